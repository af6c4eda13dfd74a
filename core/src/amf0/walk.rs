//! The grammar, once, for all who read it: one walk over a value's bytes, which tells a visitor what it meets.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use smallvec::SmallVec;

use super::marker;
use super::value::{Object, Value};
use crate::amf3::{self, Externals, FlexCollections};
use crate::limits::Limits;
use crate::wire::{Reader, Truncated};

/// The most containers inside one another that are decoded, whatever
/// [`Limits::max_amf_depth`] says: what walks a decoded value may recurse.
pub const MAX_DEPTH: usize = amf3::MAX_DEPTH;

/// Why bytes are not AMF 0, or more of it than is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The message ends inside a value.
    #[error("the message ends inside an AMF0 value")]
    Truncated,
    /// More objects and arrays inside one another than are allowed.
    #[error("AMF0 objects and arrays nested more than {limit} deep")]
    TooDeep {
        /// The depth that is allowed.
        limit: usize,
    },
    /// More values in the message than are allowed.
    #[error("more than {limit} AMF0 values in a message")]
    TooManyValues {
        /// The number that is allowed.
        limit: usize,
    },
    /// What is wrong with a value in AMF 3, behind the avmplus-object marker (AMF 0 §3.1).
    #[error(transparent)]
    AvmPlus(#[from] amf3::DecodeError),
    /// A marker that is reserved (movieclip, recordset) or that AMF 0 does not know.
    #[error("AMF0 marker {0:#04x} is reserved or unknown")]
    UnknownMarker(u8),
    /// An object's end marker where a member's value belongs.
    #[error("AMF0 object end in the place of a value")]
    UnexpectedObjectEnd,
    /// A reference to a complex value that has not begun before it.
    #[error("AMF0 reference to complex value {index}, but only {begun} have begun")]
    DanglingReference {
        /// The index on the wire, from 0.
        index: u16,
        /// How many complex values there have been.
        begun: usize,
    },
}

impl DecodeError {
    /// Whether what is wrong is that there is more of something than is allowed.
    pub const fn is_over_limit(&self) -> bool {
        match self {
            Self::TooDeep { .. } | Self::TooManyValues { .. } => true,
            Self::AvmPlus(error) => error.is_over_limit(),
            Self::Truncated
            | Self::UnknownMarker(_)
            | Self::UnexpectedObjectEnd
            | Self::DanglingReference { .. } => false,
        }
    }
}

impl From<Truncated> for DecodeError {
    fn from(Truncated: Truncated) -> Self {
        Self::Truncated
    }
}

/// Is told what a walk meets, in the order of the wire. Keys are empty where there are none; a value is made only for
/// those who ask for it.
pub(super) trait Visitor<'a> {
    /// What a visitor keeps of a container up to its end.
    type Place: Copy;

    /// Makes text of a string's bytes, for a visitor that wants it.
    fn text(bytes: &'a [u8]) -> Cow<'a, str>;
    /// A value without members.
    fn scalar(&mut self, key: Cow<'a, str>, value: impl FnOnce() -> Value<'a>);
    /// An object or array, still empty. What follows up to its end are its members.
    fn open(&mut self, key: Cow<'a, str>, container: Value<'a>) -> Self::Place;
    /// The end of an object or array. Those that were opened after it have ended.
    fn close(&mut self, place: Self::Place);
}

/// Wants to know nothing but whether the walk succeeds.
pub(super) struct Nobody;

impl<'a> Visitor<'a> for Nobody {
    type Place = ();

    fn text(_: &'a [u8]) -> Cow<'a, str> {
        Cow::Borrowed("")
    }

    fn scalar(&mut self, _: Cow<'a, str>, _: impl FnOnce() -> Value<'a>) {}

    fn open(&mut self, _: Cow<'a, str>, _: Value<'a>) {}

    fn close(&mut self, (): ()) {}
}

/// Where in a message a walk is, and what it may still meet.
#[derive(Clone, Debug)]
pub(super) struct Walker<'a> {
    reader: Reader<'a>,
    budget: amf3::Budget,
    /// Complex values begun: what a reference may point at.
    begun: usize,
    /// What the values in AMF 3 share, once there is one.
    avmplus: Option<Box<amf3::Tables<'a>>>,
    max_repeated: usize,
    externals: &'a dyn Externals,
}

/// A container whose end has not come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Open {
    /// Ends with its marker.
    Object,
    /// Ends with its marker too, or once it has had its count of members, if it is to be believed.
    EcmaArray { left: u32 },
    /// Ends with its last member.
    StrictArray { left: u32 },
}

impl Open {
    /// Whether it begins with a count of its members that its sender may have meant.
    pub(super) const fn is_counted(self) -> bool {
        matches!(self, Self::EcmaArray { .. } | Self::StrictArray { .. })
    }
}

impl<'a> Walker<'a> {
    pub(super) fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(bytes),
            budget: amf3::Budget::new(limits),
            begun: 0,
            avmplus: None,
            max_repeated: limits.max_amf_repeated,
            externals: &FlexCollections,
        }
    }

    pub(super) const fn set_externals(&mut self, externals: &'a dyn Externals) {
        self.externals = externals;
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    pub(super) const fn has_avmplus(&self) -> bool {
        self.avmplus.is_some()
    }

    /// Walks over the next value; false if there is none. An error leaves the walker in front of the value.
    pub(super) fn walk<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<bool, DecodeError> {
        self.skip_ends();
        if self.reader.is_empty() {
            return Ok(false);
        }
        let before = (self.reader, self.budget, self.begun);
        let mark = self.avmplus.as_ref().map(|tables| tables.mark());
        let walked = self.walk_value(0, visitor);
        if walked.is_err() {
            (self.reader, self.budget, self.begun) = before;
            match (&mut self.avmplus, mark) {
                (Some(tables), Some(mark)) => tables.restore(mark),
                (tables, _) => *tables = None,
            }
        }
        walked.map(|()| true)
    }

    /// Opens the next value, if it is an object of any kind, in place of walking over it; else it stays where it is.
    /// What comes of an error is no place to go on from.
    pub(super) fn open_object(&mut self) -> Result<Option<Open>, DecodeError> {
        self.skip_ends();
        let Some(marker @ (marker::OBJECT | marker::TYPED_OBJECT | marker::ECMA_ARRAY)) = self.reader.peek()
        else {
            return Ok(None);
        };
        self.count_value()?;
        self.reader.u8()?;
        self.begun = self.begun.saturating_add(1);
        let (open, _) = self.begin_container::<Nobody>(marker)?;
        Ok(Some(open))
    }

    /// Reads the key of the next member of an opened object, up to its value; `None` past the object's end.
    pub(super) fn next_key(&mut self, object: &mut Open) -> Result<Option<&'a [u8]>, DecodeError> {
        let before = self.reader.rest();
        let key = self.next_member::<Nobody>(object)?;
        Ok(key.and_then(|_| short_string(&mut Reader::new(before)).ok()))
    }

    /// Walks over the value of an opened object's member.
    pub(super) fn walk_member<V: Visitor<'a>>(&mut self, visitor: &mut V) -> Result<(), DecodeError> {
        self.walk_value(1, visitor)
    }

    /// Ends of objects between values are ends too many.
    fn skip_ends(&mut self) {
        while let [marker::OBJECT_END, rest @ ..] = self.reader.rest() {
            self.reader = Reader::new(rest);
        }
    }

    /// Walks over a value that is inside `depth` containers.
    fn walk_value<V: Visitor<'a>>(&mut self, depth: usize, visitor: &mut V) -> Result<(), DecodeError> {
        let mut open = SmallVec::<[(Open, V::Place); 16]>::new();
        let mut key = Cow::Borrowed("");
        loop {
            if let Some(container) = self.begin(depth.saturating_add(open.len()), key, visitor)? {
                open.push(container);
            }
            // A container that has no more members may be the last member of the one around it.
            key = loop {
                let Some((container, place)) = open.last_mut() else {
                    return Ok(());
                };
                if let Some(key) = self.next_member::<V>(container)? {
                    break key;
                }
                visitor.close(*place);
                open.pop();
            };
        }
    }

    /// Reads a value that is inside `depth` containers, or the head of one that is a container itself.
    fn begin<V: Visitor<'a>>(
        &mut self,
        depth: usize,
        key: Cow<'a, str>,
        visitor: &mut V,
    ) -> Result<Option<(Open, V::Place)>, DecodeError> {
        self.count_value()?;
        // Each type hands its value over by itself: gathered in a variable first, it would be moved once more.
        match self.reader.u8()? {
            marker::NUMBER => {
                let number = self.reader.f64()?;
                visitor.scalar(key, || Value::Number(number));
            }
            marker::BOOLEAN => {
                let byte = self.reader.u8()?;
                visitor.scalar(key, || Value::Boolean(byte != 0));
            }
            marker::STRING => {
                let text = V::text(short_string(&mut self.reader)?);
                visitor.scalar(key, || Value::String(text));
            }
            marker::LONG_STRING => {
                let text = V::text(long_string(&mut self.reader)?);
                visitor.scalar(key, || Value::String(text));
            }
            marker::XML_DOCUMENT => {
                let text = V::text(long_string(&mut self.reader)?);
                visitor.scalar(key, || Value::Xml(text));
            }
            marker::NULL => visitor.scalar(key, || Value::Null),
            marker::UNDEFINED => visitor.scalar(key, || Value::Undefined),
            marker::UNSUPPORTED => visitor.scalar(key, || Value::Unsupported),
            marker::DATE => {
                let (millis, zone) = (self.reader.f64()?, self.reader.u16()?.cast_signed());
                visitor.scalar(key, || Value::Date { millis, zone });
            }
            marker::REFERENCE => {
                let index = self.reader.u16()?;
                if usize::from(index) >= self.begun {
                    return Err(DecodeError::DanglingReference {
                        index,
                        begun: self.begun,
                    });
                }
                visitor.scalar(key, || Value::Reference(index));
            }
            marker @ (marker::OBJECT | marker::TYPED_OBJECT | marker::ECMA_ARRAY | marker::STRICT_ARRAY) => {
                let limit = self.budget.max_depth;
                if depth >= limit {
                    return Err(DecodeError::TooDeep { limit });
                }
                self.begun = self.begun.saturating_add(1);
                let (open, container) = self.begin_container::<V>(marker)?;
                return Ok(Some((open, visitor.open(key, container))));
            }
            marker::OBJECT_END => return Err(DecodeError::UnexpectedObjectEnd),
            marker::AVMPLUS => {
                let value = self.avmplus_value(depth)?;
                visitor.scalar(key, || Value::AvmPlus(Box::new(value)));
            }
            unknown => return Err(DecodeError::UnknownMarker(unknown)),
        }
        Ok(None)
    }

    fn count_value(&mut self) -> Result<(), DecodeError> {
        let Some(values_left) = self.budget.values_left.checked_sub(1) else {
            return Err(DecodeError::TooManyValues {
                limit: self.budget.max_values,
            });
        };
        self.budget.values_left = values_left;
        Ok(())
    }

    /// Reads a value in AMF 3. It counts beside the switch to it.
    fn avmplus_value(&mut self, depth: usize) -> Result<amf3::Value<'a>, amf3::DecodeError> {
        let new_tables = || Box::new(amf3::Tables::new(self.max_repeated, self.externals));
        let mut parser = amf3::Parser {
            reader: &mut self.reader,
            budget: &mut self.budget,
            tables: self.avmplus.get_or_insert_with(new_tables),
        };
        parser.value(depth)
    }

    /// Reads the head of a container.
    fn begin_container<V: Visitor<'a>>(&mut self, marker: u8) -> Result<(Open, Value<'a>), Truncated> {
        Ok(match marker {
            marker::STRICT_ARRAY => (
                Open::StrictArray {
                    left: self.reader.u32()?,
                },
                Value::StrictArray(Vec::new()),
            ),
            marker::ECMA_ARRAY => {
                let open = match self.reader.u32()? {
                    // What those write who do not count.
                    0 => Open::Object,
                    count => Open::EcmaArray { left: count },
                };
                (open, Value::EcmaArray(Object::new()))
            }
            marker::TYPED_OBJECT => {
                let class = V::text(short_string(&mut self.reader)?);
                (
                    Open::Object,
                    Value::TypedObject {
                        class,
                        object: Box::default(),
                    },
                )
            }
            _ => (Open::Object, Value::Object(Object::new())),
        })
    }

    /// The key of the container's next member (empty in a strict array), read up to its value; `None` if there
    /// is no other, read past the container's end.
    fn next_member<V: Visitor<'a>>(
        &mut self,
        container: &mut Open,
    ) -> Result<Option<Cow<'a, str>>, DecodeError> {
        if let Open::StrictArray { left } = container {
            let more = *left > 0;
            *left = left.saturating_sub(1);
            return Ok(more.then_some(Cow::Borrowed("")));
        }
        let past_end = match self.reader.rest() {
            // An empty key, and in the place of its value the end.
            [0, 0, marker::OBJECT_END, rest @ ..] => Some(rest),
            // The end of the message, where some forget all or part of it.
            [] | [0] | [0, 0] => Some([].as_slice()),
            _ => None,
        };
        if let Some(rest) = past_end {
            self.reader = Reader::new(rest);
            return Ok(None);
        }
        if let Open::EcmaArray { left } = container {
            if *left == 0 && !self.property_follows() {
                return Ok(None);
            }
            *left = left.saturating_sub(1);
        }
        Ok(Some(V::text(short_string(&mut self.reader)?)))
    }

    /// Whether the bytes ahead could be a key and the marker of its value.
    fn property_follows(&self) -> bool {
        let mut ahead = self.reader;
        short_string(&mut ahead).is_ok()
            && matches!(
                ahead.peek(),
                Some(
                    marker::NUMBER..=marker::OBJECT
                    | marker::NULL..=marker::ECMA_ARRAY
                    | marker::STRICT_ARRAY..=marker::UNSUPPORTED
                    | marker::XML_DOCUMENT..=marker::AVMPLUS,
                )
            )
    }
}

fn short_string<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Truncated> {
    let len = reader.u16()?;
    reader.bytes(len.into())
}

fn long_string<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Truncated> {
    let len = reader.u32()?;
    // A length that does not fit into a usize is longer than any message.
    reader.bytes(usize::try_from(len).map_err(|_| Truncated)?)
}
