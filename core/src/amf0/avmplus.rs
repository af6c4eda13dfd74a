//! What is said in AMF 3, said in AMF 0, for those who read nothing else.

use std::borrow::Cow;

use super::value::{Object, Value};
use crate::amf3::{self, ExternalPart};

impl<'a> Value<'a> {
    /// The same value without AMF 3 in it: see [`from_amf3`](Self::from_amf3).
    #[must_use]
    pub fn into_amf0(self) -> Self {
        match self {
            Self::AvmPlus(value) => Self::from_amf3(*value),
            Self::Object(object) => Self::Object(object.map(Self::into_amf0)),
            Self::EcmaArray(object) => Self::EcmaArray(object.map(Self::into_amf0)),
            Self::StrictArray(items) => Self::StrictArray(items.into_iter().map(Self::into_amf0).collect()),
            Self::TypedObject { class, object } => Self::TypedObject {
                class,
                object: Box::new(object.map(Self::into_amf0)),
            },
            simple @ (Self::Number(_)
            | Self::Boolean(_)
            | Self::String(_)
            | Self::Null
            | Self::Undefined
            | Self::Reference(_)
            | Self::Date { .. }
            | Self::Unsupported
            | Self::Xml(_)) => simple,
        }
    }

    /// What comes closest to an AMF 3 value:
    ///
    /// | AMF 3 | AMF 0 |
    /// | --- | --- |
    /// | undefined, null, boolean, string | the same |
    /// | integer, double | number |
    /// | date, XML | date, XML document |
    /// | array without names, vector | strict array |
    /// | array with names | ECMA array, the members without a name behind those with one as `"0"`, `"1"` ... |
    /// | object | object, typed object if it has a class |
    /// | dictionary whose keys are strings and numbers | object |
    /// | externalizable object that consists of one value, as the collections of Flex do | that value |
    /// | what remains: bytes, other dictionaries and externalizable objects, references | unsupported |
    #[must_use]
    pub fn from_amf3(value: amf3::Value<'a>) -> Self {
        match value {
            amf3::Value::Undefined => Self::Undefined,
            amf3::Value::Null => Self::Null,
            amf3::Value::Boolean(boolean) => Self::Boolean(boolean),
            amf3::Value::Integer(number) => Self::Number(number.into()),
            amf3::Value::Double(number) => Self::Number(number),
            amf3::Value::String(text) => Self::String(text),
            amf3::Value::XmlDocument(text) | amf3::Value::Xml(text) => Self::Xml(text),
            amf3::Value::Date { millis } => Self::Date { millis, zone: 0 },
            amf3::Value::Array(array) => from_array(*array),
            amf3::Value::Object(object) => from_object(*object),
            amf3::Value::VectorInt { items, .. } => from_numbers(items),
            amf3::Value::VectorUint { items, .. } => from_numbers(items),
            amf3::Value::VectorDouble { items, .. } => from_numbers(items),
            amf3::Value::VectorObject(vector) => from_items(vector.items),
            amf3::Value::Dictionary { entries, .. } => from_dictionary(entries),
            amf3::Value::External(external) => match <[_; 1]>::try_from(external.parts) {
                Ok([ExternalPart::Value(value)]) => Self::from_amf3(value),
                _ => Self::Unsupported,
            },
            amf3::Value::ByteArray(_) | amf3::Value::Reference { .. } => Self::Unsupported,
        }
    }
}

fn from_array(array: amf3::Array<'_>) -> Value<'_> {
    if array.named.is_empty() {
        return from_items(array.items);
    }
    let mut object = from_properties(array.named);
    for (index, item) in array.items.into_iter().enumerate() {
        object.push(index.to_string(), Value::from_amf3(item));
    }
    Value::EcmaArray(object)
}

fn from_object(object: amf3::Object<'_>) -> Value<'_> {
    let (class, properties) = object.into_parts();
    let object = from_properties(properties);
    if class.is_empty() {
        Value::Object(object)
    } else {
        let object = Box::new(object);
        Value::TypedObject { class, object }
    }
}

fn from_properties<'a>(properties: Vec<(Cow<'a, str>, amf3::Value<'a>)>) -> Object<'a> {
    let converted = properties
        .into_iter()
        .map(|(key, value)| (key, Value::from_amf3(value)));
    Object::from(converted.collect::<Vec<_>>())
}

fn from_dictionary<'a>(entries: Vec<(amf3::Value<'a>, amf3::Value<'a>)>) -> Value<'a> {
    let mut object = Object::new();
    for (key, value) in entries {
        let key = if let amf3::Value::String(text) = key {
            text
        } else if key.as_number().is_some() {
            Cow::Owned(key.to_string())
        } else {
            return Value::Unsupported;
        };
        object.push(key, Value::from_amf3(value));
    }
    Value::Object(object)
}

fn from_items(items: Vec<amf3::Value<'_>>) -> Value<'_> {
    Value::StrictArray(items.into_iter().map(Value::from_amf3).collect())
}

fn from_numbers<'a>(items: Vec<impl Into<f64>>) -> Value<'a> {
    Value::StrictArray(items.into_iter().map(|item| Value::Number(item.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amf3::{Array, ComplexType, External};

    #[track_caller]
    fn assert_becomes(value: impl Into<amf3::Value<'static>>, text: &str) {
        let value = value.into();
        assert_eq!(Value::from_amf3(value.clone()).to_string(), text);
        // Wherever in AMF 0 it is.
        let inside = Object::new().with("k", vec![Value::AvmPlus(Box::new(value))]);
        assert_eq!(
            Value::from(inside).into_amf0().to_string(),
            format!(r#"{{"k":[{text}]}}"#)
        );
    }

    #[test]
    fn what_both_can_say_stays_the_same() {
        assert_becomes(amf3::Value::Undefined, "undefined");
        assert_becomes(amf3::Value::Null, "null");
        assert_becomes(true, "true");
        assert_becomes(-5, "-5");
        assert_becomes(0.5, "0.5");
        assert_becomes("text", r#""text""#);
        assert_becomes(amf3::Value::Date { millis: 5.0 }, "date(5)");
        assert_becomes(amf3::Value::Xml("<a/>".into()), r#"xml("<a/>")"#);
        assert_becomes(amf3::Value::XmlDocument("<a/>".into()), r#"xml("<a/>")"#);
    }

    #[test]
    fn objects_and_arrays_find_their_like() {
        let object = amf3::Object::new().with("a", amf3::Object::new().with("b", 1));
        assert_becomes(object, r#"{"a":{"b":1}}"#);
        let object = amf3::Object::sealed("P", vec![("x".into(), 1.into())]);
        assert_becomes(object, r#""P"{"x":1}"#);
        assert_becomes(vec![1.into(), "n".into()], r#"[1,"n"]"#);
        let array = Array {
            named: vec![("k".into(), 1.into())],
            items: vec![2.into(), 3.into()],
        };
        assert_becomes(array, r#"ecma{"k":1,"0":2,"1":3}"#);
    }

    #[test]
    fn what_amf0_lacks_becomes_what_comes_closest() {
        let fixed = false;
        assert_becomes(
            amf3::Value::VectorInt {
                fixed,
                items: vec![-1, 2],
            },
            "[-1,2]",
        );
        assert_becomes(
            amf3::Value::VectorUint {
                fixed,
                items: vec![u32::MAX],
            },
            "[4294967295]",
        );
        assert_becomes(
            amf3::Value::VectorDouble {
                fixed,
                items: vec![0.5],
            },
            "[0.5]",
        );
        let vector = amf3::VectorObject {
            items: vec![amf3::Value::Null],
            ..Default::default()
        };
        assert_becomes(amf3::Value::VectorObject(Box::new(vector)), "[null]");
        let dictionary = |key: amf3::Value<'static>| amf3::Value::Dictionary {
            weak_keys: false,
            entries: vec![(key, true.into())],
        };
        assert_becomes(dictionary("k".into()), r#"{"k":true}"#);
        assert_becomes(dictionary(7.into()), r#"{"7":true}"#);
        let collection = |parts| {
            amf3::Value::External(Box::new(External {
                class: "mx.collections.ArrayList".into(),
                parts,
            }))
        };
        assert_becomes(
            collection(vec![ExternalPart::Value(vec![1.into()].into())]),
            "[1]",
        );
        assert_becomes(
            collection(vec![ExternalPart::Bytes(vec![1].into())]),
            "unsupported",
        );
        assert_becomes(dictionary(vec![].into()), "unsupported");
        assert_becomes(amf3::Value::ByteArray(vec![1].into()), "unsupported");
        let to = ComplexType::Object;
        assert_becomes(amf3::Value::Reference { to, index: 0 }, "unsupported");
    }
}
