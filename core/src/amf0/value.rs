//! Values, and objects as ordered pairs.

use std::borrow::Cow;

use crate::amf3;

/// One AMF 0 value. What has come from the wire borrows its strings from there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// All numbers are doubles (AMF 0 §2.2).
    Number(f64),
    /// A byte, of which anything but 0 is true (AMF 0 §2.3).
    Boolean(bool),
    /// A string, or a long string if it has more than 65535 bytes (AMF 0 §2.4, §2.14).
    String(Cow<'a, str>),
    /// Properties by name (AMF 0 §2.5).
    Object(Object<'a>),
    /// AMF 0 §2.7.
    Null,
    /// AMF 0 §2.8.
    Undefined,
    /// Stands for a complex value (object, typed object, ECMA array or strict array) of the same message that
    /// begins before it, by its place among them, from 0 (AMF 0 §2.9). It is never resolved: a copy for each
    /// reference would let a few bytes become gigabytes, and one to a value around it would be a cycle.
    Reference(u16),
    /// An array with names for indices: an object by another marker. Metadata comes in it (AMF 0 §2.10).
    EcmaArray(Object<'a>),
    /// An array without names (AMF 0 §2.12).
    StrictArray(Vec<Self>),
    /// A point in time (AMF 0 §2.13).
    Date {
        /// Milliseconds since 1970-01-01 00:00 UTC.
        millis: f64,
        /// Meant as the time zone's minutes from UTC; to be written as 0 and ignored.
        zone: i16,
    },
    /// What its sender could not encode (AMF 0 §2.15).
    Unsupported,
    /// The text of an XML document (AMF 0 §2.17).
    Xml(Cow<'a, str>),
    /// An object of a registered class (AMF 0 §2.18).
    TypedObject {
        /// The name under which the class is registered.
        class: Cow<'a, str>,
        /// Its properties, in a box: that makes all values smaller by a third for one that hardly occurs.
        object: Box<Object<'a>>,
    },
    /// A value in AMF 3, for which the encoding is switched, and then back (AMF 0 §3.1).
    /// [`into_amf0`](Self::into_amf0) says the same in AMF 0.
    AvmPlus(Box<amf3::Value<'a>>),
}

impl<'a> Value<'a> {
    /// The number, if it is one, be it in AMF 3.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else if let Self::AvmPlus(value) = self {
            value.as_number()
        } else {
            None
        }
    }

    /// The text, if it is a string, be it in AMF 3.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else if let Self::AvmPlus(value) = self {
            value.as_str()
        } else {
            None
        }
    }

    /// The boolean, if it is one, be it in AMF 3, or whether the number is other than 0: some peers send the one for
    /// the other.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(boolean) = self {
            Some(*boolean)
        } else if let Self::AvmPlus(value) = self {
            value.as_bool()
        } else {
            self.as_number().map(|number| number != 0.0)
        }
    }

    /// The properties, if it has them: an object, a typed object or an ECMA array. Peers use the first and the
    /// last one for the other, so no reader should ask which it was. An object in AMF 3 has other properties: those of
    /// [`into_amf0`](Self::into_amf0).
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::TypedObject { object, .. } = self {
            Some(object)
        } else if let Self::Object(object) | Self::EcmaArray(object) = self {
            Some(object)
        } else {
            None
        }
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Number(number) => Value::Number(number),
            Self::Boolean(boolean) => Value::Boolean(boolean),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Object(object) => Value::Object(object.into_owned()),
            Self::Null => Value::Null,
            Self::Undefined => Value::Undefined,
            Self::Reference(index) => Value::Reference(index),
            Self::EcmaArray(object) => Value::EcmaArray(object.into_owned()),
            Self::StrictArray(items) => {
                Value::StrictArray(items.into_iter().map(Value::into_owned).collect())
            }
            Self::Date { millis, zone } => Value::Date { millis, zone },
            Self::Unsupported => Value::Unsupported,
            Self::Xml(text) => Value::Xml(Cow::Owned(text.into_owned())),
            Self::TypedObject { class, object } => Value::TypedObject {
                class: Cow::Owned(class.into_owned()),
                object: Box::new(object.into_owned()),
            },
            Self::AvmPlus(value) => Value::AvmPlus(Box::new(value.into_owned())),
        }
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
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
        Self::Object(object)
    }
}

impl<'a> From<Vec<Self>> for Value<'a> {
    fn from(items: Vec<Self>) -> Self {
        Self::StrictArray(items)
    }
}

/// Properties in the order of the wire. A key may be empty, and may occur more than once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a> {
    properties: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// No properties.
    pub const fn new() -> Self {
        Self {
            properties: Vec::new(),
        }
    }

    /// The object with one property more, at its end.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        self.push(key, value);
        self
    }

    /// Appends a property, also if there is one of that key.
    pub fn push(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.properties.push((key.into(), value.into()));
    }

    /// The value of the last property with this key. Case matters. Each call looks at every property.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.properties
            .iter()
            .rfind(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The properties in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> + DoubleEndedIterator + Clone {
        self.properties.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// How many properties there are, keys that occur twice counted twice.
    pub const fn len(&self) -> usize {
        self.properties.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }

    /// The same properties, with these values.
    pub(super) fn map(self, value: impl Fn(Value<'a>) -> Value<'a>) -> Self {
        let properties = self.properties.into_iter();
        Self {
            properties: properties.map(|(key, old)| (key, value(old))).collect(),
        }
    }

    /// The same properties, which borrow nothing.
    pub fn into_owned(self) -> Object<'static> {
        let owned =
            |(key, value): (Cow<'_, str>, Value<'_>)| (Cow::Owned(key.into_owned()), value.into_owned());
        Object {
            properties: self.properties.into_iter().map(owned).collect(),
        }
    }
}

impl<'a> From<Vec<(Cow<'a, str>, Value<'a>)>> for Object<'a> {
    fn from(properties: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        Self { properties }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_as_a_boolean() {
        assert_eq!(Value::from(true).as_bool(), Some(true));
        assert_eq!(Value::from(-2.0).as_bool(), Some(true));
        assert_eq!(Value::from(0.0).as_bool(), Some(false));
        assert_eq!(Value::from("true").as_bool(), None);
    }

    #[test]
    fn all_that_has_properties_is_an_object() {
        let object = Object::new().with("a", 1.0);
        let typed = Value::TypedObject {
            class: "C".into(),
            object: Box::new(object.clone()),
        };
        for value in [object.clone().into(), Value::EcmaArray(object.clone()), typed] {
            assert_eq!(value.as_object(), Some(&object));
        }
        assert_eq!(Value::StrictArray(vec![]).as_object(), None);
    }

    #[test]
    fn strings_and_numbers_are_not_mistaken_for_each_other() {
        assert_eq!(Value::from("1").as_number(), None);
        assert_eq!(Value::from(1.0).as_str(), None);
        assert_eq!(
            (Value::from("1").as_str(), Value::from(1.0).as_number()),
            (Some("1"), Some(1.0))
        );
    }

    #[test]
    fn an_owned_value_outlives_its_message() {
        let text = String::from("b");
        let borrowed =
            Value::from(Object::new().with("a", vec![text.as_str().into(), Value::Xml("<c/>".into())]));
        let owned: Value<'static> = borrowed.clone().into_owned();
        assert_eq!(owned, borrowed);
        drop(text);
        assert_eq!(owned.to_string(), r#"{"a":["b",xml("<c/>")]}"#);
    }
}
