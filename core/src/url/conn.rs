//! Arguments of `connect` as librtmp writes them: `conn=S:token`, `conn=O:1 conn=NN:code:1.5 conn=O:0`.

#![deny(clippy::arithmetic_side_effects)]

use crate::amf0::{Object, Value};

/// Objects inside of objects. Real ones have one level.
const MAX_DEPTH: usize = 8;

/// One more argument of `connect`.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnValue {
    /// `B:1` or `B:0`.
    Boolean(bool),
    /// `N:1.5`; finite.
    Number(f64),
    /// `S:text`.
    String(String),
    /// `Z:`.
    Null,
    /// `O:1`, its members, `O:0`. A member has its name in the middle: `NN:code:1.5`.
    Object(Vec<(String, Self)>),
}

/// A `conn` that says no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnError {
    /// None of the known types.
    #[error("is no value: write B:0, B:1, N:NUMBER, S:TEXT, Z: or O:1 ... O:0")]
    NoValue,
    /// A member outside of an object.
    #[error("names a member, and no object is open: write conn=O:1 before it")]
    NoObject,
    /// A value without a name inside of an object.
    #[error("has no name inside of an object: write NS:NAME:TEXT, NN:NAME:NUMBER, NB:NAME:1")]
    NoName,
    /// More objects inside of objects than real ones have.
    #[error("opens an object inside of too many others; {MAX_DEPTH} are allowed")]
    TooDeep,
    /// An end without a beginning.
    #[error("ends an object, and none is open: leave O:0 out")]
    NotOpen,
    /// A beginning without an end.
    #[error("begins an object that does not end: write conn=O:0 behind its members")]
    NotClosed,
}

impl From<ConnValue> for Value<'static> {
    fn from(value: ConnValue) -> Self {
        match value {
            ConnValue::Boolean(boolean) => Self::Boolean(boolean),
            ConnValue::Number(number) => Self::Number(number),
            ConnValue::String(text) => Self::String(text.into()),
            ConnValue::Null => Self::Null,
            ConnValue::Object(members) => {
                let mut object = Object::new();
                for (name, value) in members {
                    object.push(name, Self::from(value));
                }
                Self::Object(object)
            }
        }
    }
}

impl ConnValue {
    /// What each `conn` says of it.
    pub(super) fn items(&self) -> Vec<String> {
        let mut items = Vec::new();
        self.write("", "", &mut items);
        items
    }

    fn write(&self, mark: &str, name: &str, items: &mut Vec<String>) {
        match self {
            Self::Boolean(boolean) => items.push(format!("{mark}B:{name}{}", u8::from(*boolean))),
            Self::Number(number) => items.push(format!("{mark}N:{name}{number}")),
            Self::String(text) => items.push(format!("{mark}S:{name}{text}")),
            Self::Null => items.push(format!("{mark}Z:{name}")),
            Self::Object(members) => {
                items.push(format!("{mark}O:{name}1"));
                for (name, value) in members {
                    value.write("N", &format!("{name}:"), items);
                }
                items.push("O:0".to_owned());
            }
        }
    }
}

/// Puts arguments together from one `conn` after the other.
#[derive(Default)]
pub(super) struct Arguments {
    done: Vec<ConnValue>,
    /// Those that have begun and not ended, the innermost last.
    open: Vec<OpenObject>,
}

#[derive(Default)]
struct OpenObject {
    name: Option<String>,
    members: Vec<(String, ConnValue)>,
}

impl Arguments {
    pub(super) fn push(&mut self, item: &str) -> Result<(), ConnError> {
        let (kind, data) = item.split_once(':').ok_or(ConnError::NoValue)?;
        let (kind, name, data) = match kind.strip_prefix('N') {
            // `N:1` is a number, `NN:name:1` is one with a name.
            None | Some("") => (kind, None, data),
            Some(kind) => {
                let (name, data) = data.split_once(':').ok_or(ConnError::NoValue)?;
                (kind, Some(name.to_owned()), data)
            }
        };
        let value = match (kind, data) {
            ("B", "0") => ConnValue::Boolean(false),
            ("B", "1") => ConnValue::Boolean(true),
            ("N", number) => {
                let number: f64 = number.parse().map_err(|_| ConnError::NoValue)?;
                if !number.is_finite() {
                    return Err(ConnError::NoValue);
                }
                ConnValue::Number(number)
            }
            ("S", text) => ConnValue::String(text.to_owned()),
            ("Z", _) => ConnValue::Null,
            ("O", "0") if name.is_none() => return self.close(),
            ("O", "1") => return self.open(name),
            _ => return Err(ConnError::NoValue),
        };
        self.add(name, value)
    }

    /// All arguments, once the last `conn` has been said.
    pub(super) fn finish(self) -> Result<Vec<ConnValue>, ConnError> {
        if self.open.is_empty() {
            Ok(self.done)
        } else {
            Err(ConnError::NotClosed)
        }
    }

    fn open(&mut self, name: Option<String>) -> Result<(), ConnError> {
        self.check(name.as_ref())?;
        if self.open.len() >= MAX_DEPTH {
            return Err(ConnError::TooDeep);
        }
        self.open.push(OpenObject {
            name,
            members: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ConnError> {
        let OpenObject { name, members } = self.open.pop().ok_or(ConnError::NotOpen)?;
        self.add(name, ConnValue::Object(members))
    }

    fn add(&mut self, name: Option<String>, value: ConnValue) -> Result<(), ConnError> {
        self.check(name.as_ref())?;
        match (self.open.last_mut(), name) {
            (Some(object), Some(name)) => object.members.push((name, value)),
            _ => self.done.push(value),
        }
        Ok(())
    }

    /// Members have names, arguments have none.
    fn check(&self, name: Option<&String>) -> Result<(), ConnError> {
        match (self.open.is_empty(), name) {
            (true, Some(_)) => Err(ConnError::NoObject),
            (false, None) => Err(ConnError::NoName),
            (true, None) | (false, Some(_)) => Ok(()),
        }
    }
}
