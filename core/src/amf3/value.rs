//! Values, and what they are made of.

use std::borrow::Cow;

use super::marker;
use super::object::{Array, External, Object, VectorObject};

/// One AMF 3 value. What has come from the wire borrows its strings and bytes from there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// AMF 3 §3.2.
    Undefined,
    /// AMF 3 §3.3.
    Null,
    /// AMF 3 §3.4, §3.5.
    Boolean(bool),
    /// A number of 29 bits: -2^28 to 2^28 - 1. One beyond that is written as a double (AMF 3 §3.6).
    Integer(i32),
    /// AMF 3 §3.7.
    Double(f64),
    /// AMF 3 §3.8.
    String(Cow<'a, str>),
    /// The text of an XML document of the old kind (AMF 3 §3.9).
    XmlDocument(Cow<'a, str>),
    /// A point in time (AMF 3 §3.10).
    Date {
        /// Milliseconds since 1970-01-01 00:00 UTC.
        millis: f64,
    },
    /// Values by name and by number (AMF 3 §3.11).
    Array(Box<Array<'a>>),
    /// Values by name (AMF 3 §3.12).
    Object(Box<Object<'a>>),
    /// An object of a class that writes itself in a way of its own (AMF 3 §3.12).
    External(Box<External<'a>>),
    /// The text of an XML document of the new kind (AMF 3 §3.13).
    Xml(Cow<'a, str>),
    /// AMF 3 §3.14.
    ByteArray(Cow<'a, [u8]>),
    /// AMF 3 §3.15.
    VectorInt {
        /// Whether its length is not to change.
        fixed: bool,
        /// Its members.
        items: Vec<i32>,
    },
    /// AMF 3 §3.15.
    VectorUint {
        /// Whether its length is not to change.
        fixed: bool,
        /// Its members.
        items: Vec<u32>,
    },
    /// AMF 3 §3.15.
    VectorDouble {
        /// Whether its length is not to change.
        fixed: bool,
        /// Its members.
        items: Vec<f64>,
    },
    /// Values of one class (AMF 3 §3.15).
    VectorObject(Box<VectorObject<'a>>),
    /// Values by values (AMF 3 §3.16).
    Dictionary {
        /// Whether being a key in it keeps no value alive.
        weak_keys: bool,
        /// Keys and their values, in the order of the wire.
        entries: Vec<(Self, Self)>,
    },
    /// Stands for a complex value of the same message that begins before it; [`referents`](super::referents) finds it.
    /// It is never resolved here: a copy for each reference would let a few bytes become gigabytes, and one to a value
    /// around it is a cycle.
    Reference {
        /// The type that the reference claims for it.
        to: ComplexType,
        /// Its place among the complex values of the message, from 0.
        index: u32,
    },
}

/// The types of values that enter the table of objects, where references find them (AMF 3 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComplexType {
    /// [`Value::XmlDocument`].
    XmlDocument,
    /// [`Value::Date`].
    Date,
    /// [`Value::Array`].
    Array,
    /// [`Value::Object`] and [`Value::External`].
    Object,
    /// [`Value::Xml`].
    Xml,
    /// [`Value::ByteArray`].
    ByteArray,
    /// [`Value::VectorInt`].
    VectorInt,
    /// [`Value::VectorUint`].
    VectorUint,
    /// [`Value::VectorDouble`].
    VectorDouble,
    /// [`Value::VectorObject`].
    VectorObject,
    /// [`Value::Dictionary`].
    Dictionary,
}

impl ComplexType {
    pub(super) const fn from_marker(marker: u8) -> Option<Self> {
        Some(match marker {
            marker::XML_DOCUMENT => Self::XmlDocument,
            marker::DATE => Self::Date,
            marker::ARRAY => Self::Array,
            marker::OBJECT => Self::Object,
            marker::XML => Self::Xml,
            marker::BYTE_ARRAY => Self::ByteArray,
            marker::VECTOR_INT => Self::VectorInt,
            marker::VECTOR_UINT => Self::VectorUint,
            marker::VECTOR_DOUBLE => Self::VectorDouble,
            marker::VECTOR_OBJECT => Self::VectorObject,
            marker::DICTIONARY => Self::Dictionary,
            _ => return None,
        })
    }

    pub(super) const fn marker(self) -> u8 {
        match self {
            Self::XmlDocument => marker::XML_DOCUMENT,
            Self::Date => marker::DATE,
            Self::Array => marker::ARRAY,
            Self::Object => marker::OBJECT,
            Self::Xml => marker::XML,
            Self::ByteArray => marker::BYTE_ARRAY,
            Self::VectorInt => marker::VECTOR_INT,
            Self::VectorUint => marker::VECTOR_UINT,
            Self::VectorDouble => marker::VECTOR_DOUBLE,
            Self::VectorObject => marker::VECTOR_OBJECT,
            Self::Dictionary => marker::DICTIONARY,
        }
    }
}

impl<'a> Value<'a> {
    /// The number, if it is an integer or a double.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Integer(number) = self {
            Some((*number).into())
        } else if let Self::Double(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The boolean, if it is one, or whether the number is other than 0: some peers send the one for the other.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(boolean) = self {
            Some(*boolean)
        } else {
            self.as_number().map(|number| number != 0.0)
        }
    }

    /// The properties, if it is an object.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<&Array<'a>> {
        if let Self::Array(array) = self {
            Some(array)
        } else {
            None
        }
    }

    /// Its type, if references can point at it. A reference is none itself.
    pub const fn complex_type(&self) -> Option<ComplexType> {
        Some(match self {
            Self::XmlDocument(_) => ComplexType::XmlDocument,
            Self::Date { .. } => ComplexType::Date,
            Self::Array(_) => ComplexType::Array,
            Self::Object(_) | Self::External(_) => ComplexType::Object,
            Self::Xml(_) => ComplexType::Xml,
            Self::ByteArray(_) => ComplexType::ByteArray,
            Self::VectorInt { .. } => ComplexType::VectorInt,
            Self::VectorUint { .. } => ComplexType::VectorUint,
            Self::VectorDouble { .. } => ComplexType::VectorDouble,
            Self::VectorObject(_) => ComplexType::VectorObject,
            Self::Dictionary { .. } => ComplexType::Dictionary,
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Integer(_)
            | Self::Double(_)
            | Self::String(_)
            | Self::Reference { .. } => return None,
        })
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Undefined => Value::Undefined,
            Self::Null => Value::Null,
            Self::Boolean(boolean) => Value::Boolean(boolean),
            Self::Integer(number) => Value::Integer(number),
            Self::Double(number) => Value::Double(number),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::XmlDocument(text) => Value::XmlDocument(Cow::Owned(text.into_owned())),
            Self::Date { millis } => Value::Date { millis },
            Self::Array(array) => Value::Array(Box::new(array.into_owned())),
            Self::Object(object) => Value::Object(Box::new(object.into_owned())),
            Self::External(external) => Value::External(Box::new(external.into_owned())),
            Self::Xml(text) => Value::Xml(Cow::Owned(text.into_owned())),
            Self::ByteArray(bytes) => Value::ByteArray(Cow::Owned(bytes.into_owned())),
            Self::VectorInt { fixed, items } => Value::VectorInt { fixed, items },
            Self::VectorUint { fixed, items } => Value::VectorUint { fixed, items },
            Self::VectorDouble { fixed, items } => Value::VectorDouble { fixed, items },
            Self::VectorObject(vector) => Value::VectorObject(Box::new(vector.into_owned())),
            Self::Dictionary { weak_keys, entries } => Value::Dictionary {
                weak_keys,
                entries: entries
                    .into_iter()
                    .map(|(key, value)| (key.into_owned(), value.into_owned()))
                    .collect(),
            },
            Self::Reference { to, index } => Value::Reference { to, index },
        }
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::String(text)
    }
}

impl<'a> From<Object<'a>> for Value<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(Box::new(object))
    }
}

impl<'a> From<Array<'a>> for Value<'a> {
    fn from(array: Array<'a>) -> Self {
        Self::Array(Box::new(array))
    }
}

impl<'a> From<Vec<Self>> for Value<'a> {
    fn from(items: Vec<Self>) -> Self {
        Self::Array(Box::new(Array {
            items,
            ..Array::default()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_doubles_are_numbers_and_count_as_booleans() {
        assert_eq!(Value::from(-2).as_number(), Some(-2.0));
        assert_eq!(Value::from(0.5).as_number(), Some(0.5));
        assert_eq!(Value::from("1").as_number(), None);
        assert_eq!(Value::from(-2).as_bool(), Some(true));
        assert_eq!(Value::from(0.0).as_bool(), Some(false));
        assert_eq!(Value::from(true).as_bool(), Some(true));
        assert_eq!(Value::Null.as_bool(), None);
    }

    #[test]
    fn an_owned_value_outlives_its_message() {
        let text = String::from("b");
        let borrowed = Value::Dictionary {
            weak_keys: false,
            entries: vec![(
                Object::new().with("a", text.as_str()).into(),
                Value::ByteArray(text.as_bytes().into()),
            )],
        };
        let owned: Value<'static> = borrowed.clone().into_owned();
        assert_eq!(owned, borrowed);
        drop(text);
        assert_eq!(owned.to_string(), r#"dictionary{{"a":"b"}:bytes(62)}"#);
    }
}
