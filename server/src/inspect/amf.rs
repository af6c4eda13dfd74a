//! The AMF values in messages, and values as JSON.

use std::collections::BTreeSet;

use rtmp_core::amf0::{DecodeError, Decoder, Object, Value};
use rtmp_core::amf3;
use rtmp_core::chunk::{Message, MessageType};
use serde_json::{Map, Value as Json};

use super::side::limits;

/// The values of a command message.
pub(super) fn command_values(message: &Message) -> Option<&[u8]> {
    match message.kind {
        MessageType::CommandAmf0 => Some(&message.payload),
        MessageType::CommandAmf3 => Some(behind_format_byte(&message.payload)),
        _ => None,
    }
}

/// The values of a data message.
pub(super) fn data_values(kind: MessageType, payload: &[u8]) -> Option<&[u8]> {
    match kind {
        MessageType::DataAmf0 => Some(payload),
        MessageType::DataAmf3 => Some(behind_format_byte(payload)),
        _ => None,
    }
}

/// Messages "in AMF 3" are in AMF 0, with values in AMF 3, behind a byte that says so.
fn behind_format_byte(payload: &[u8]) -> &[u8] {
    payload.strip_prefix(&[0]).unwrap_or(payload)
}

/// Why a value cannot be read, and where it begins in the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub offset: usize,
    pub error: DecodeError,
}

/// The values at the front of a payload, and why there are no more, if it does not end behind them.
pub(super) fn decode(payload: &[u8]) -> (Vec<Value<'_>>, Option<Malformed>) {
    /// The type of an AMF 3 string, with which a message begins that is all in AMF 3. In AMF 0 it is undefined, with
    /// which none begins.
    const AMF3_STRING: u8 = 6;
    let mut values = Vec::new();
    let (end, rest) = if payload.first() == Some(&AMF3_STRING) {
        let mut decoder = amf3::Decoder::new(payload, &limits());
        let mut next = || decoder.next_value().map_err(DecodeError::from);
        let avmplus = |value| Value::AvmPlus(Box::new(value));
        (take_all(|| Ok(next()?.map(avmplus)), &mut values), decoder.rest())
    } else {
        let mut decoder = Decoder::new(payload, &limits());
        (take_all(|| decoder.next_value(), &mut values), decoder.rest())
    };
    let offset = payload.len().saturating_sub(rest.len());
    (values, end.err().map(|error| Malformed { offset, error }))
}

fn take_all<'a>(
    mut next: impl FnMut() -> Result<Option<Value<'a>>, DecodeError>,
    values: &mut Vec<Value<'a>>,
) -> Result<(), DecodeError> {
    while let Some(value) = next()? {
        values.push(value);
    }
    Ok(())
}

/// `value` in JSON's words: whole numbers without a fraction, ECMA arrays as objects, `null` for what JSON
/// has no word for; values in AMF 3 as what comes closest in AMF 0. Of members with the same key the last one counts.
pub(super) fn json(value: &Value<'_>) -> Json {
    match value {
        Value::Number(number) => json_number(*number),
        Value::Boolean(boolean) => Json::Bool(*boolean),
        Value::String(text) | Value::Xml(text) => Json::String(text.to_string()),
        Value::Object(object) | Value::EcmaArray(object) => Json::Object(members(object, Map::new())),
        Value::TypedObject { class, object } => {
            let class = Map::from_iter([("<class>".to_owned(), Json::String(class.to_string()))]);
            Json::Object(members(object, class))
        }
        Value::StrictArray(items) => Json::Array(items.iter().map(json).collect()),
        Value::Reference(index) => Json::String(format!("<ref {index}>")),
        Value::Date { millis, .. } => Json::String(format!("<date {millis:?}>")),
        Value::AvmPlus(value) => json(&Value::from_amf3((**value).clone())),
        _ => Json::Null,
    }
}

fn json_number(number: f64) -> Json {
    // All whole numbers up to here are exact.
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Json::from(number as i64)
    } else {
        // Neither infinity nor NaN has a number in JSON.
        serde_json::Number::from_f64(number).map_or_else(|| Json::String(number.to_string()), Json::Number)
    }
}

fn members(object: &Object<'_>, mut map: Map<String, Json>) -> Map<String, Json> {
    for (key, value) in object.iter() {
        map.insert(key.to_owned(), json(value));
    }
    map
}

/// Adds the names of the types of `value` and of all that it holds.
pub(super) fn types(value: &Value<'_>, names: &mut BTreeSet<&'static str>) {
    let mut inner = |object: &Object<'_>| object.iter().for_each(|(_, value)| types(value, names));
    let name = match value {
        Value::Number(_) => "number",
        Value::Boolean(_) => "boolean",
        // A long string is one by its marker; what is longer than a string can be must have had it.
        Value::String(text) if text.len() > usize::from(u16::MAX) => "long-string",
        Value::String(_) => "string",
        Value::Object(object) => {
            inner(object);
            "object"
        }
        Value::Null => "null",
        Value::Undefined => "undefined",
        Value::Reference(_) => "reference",
        Value::EcmaArray(object) => {
            inner(object);
            "ecma-array"
        }
        Value::StrictArray(items) => {
            items.iter().for_each(|item| types(item, names));
            "strict-array"
        }
        Value::Date { .. } => "date",
        Value::Unsupported => "unsupported",
        Value::Xml(_) => "xml",
        Value::TypedObject { object, .. } => {
            inner(object);
            "typed-object"
        }
        Value::AvmPlus(value) => {
            types(&Value::from_amf3((**value).clone()), names);
            "avmplus"
        }
        _ => return,
    };
    names.insert(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as literal;

    #[test]
    fn numbers_are_whole_where_they_can_be() {
        assert_eq!(json(&Value::Number(25.0)), literal!(25));
        assert_eq!(json(&Value::Number(-2000.0)), literal!(-2000));
        assert_eq!(json(&Value::Number(29.97)), literal!(29.97));
        assert_eq!(json(&Value::Number(1e300)), literal!(1e300));
        assert_eq!(json(&Value::Number(f64::NAN)), literal!("NaN"));
    }

    #[test]
    fn objects_keep_their_order_and_the_last_of_equal_keys() {
        let object = Object::new().with("b", 1.0).with("a", "x").with("b", true);
        assert_eq!(json(&Value::Object(object)).to_string(), r#"{"b":true,"a":"x"}"#);
    }

    #[test]
    fn what_was_read_before_an_error_is_kept() {
        let (values, error) = decode(b"\x02\x00\x02ab\x05\x00\x01");
        assert_eq!(values, [Value::from("ab"), Value::Null]);
        assert_eq!(
            error,
            Some(Malformed {
                offset: 6,
                error: DecodeError::Truncated
            })
        );
    }

    #[test]
    fn values_in_amf3_are_read_one_by_one_or_from_the_front() {
        for payload in [
            &b"\x02\x00\x02ab\x11\x0A\x0B\x01\x03k\x04\x07\x01"[..],
            b"\x06\x05ab\x0A\x0B\x01\x03k\x04\x07\x01",
        ] {
            let (values, error) = decode(payload);
            assert_eq!(error, None);
            assert_eq!(values[0].as_str(), Some("ab"));
            assert_eq!(values[1].to_string(), r#"amf3({"k":7})"#);
            assert_eq!(json(&values[1]), literal!({"k": 7}));
            let mut names = BTreeSet::new();
            types(&values[1], &mut names);
            assert_eq!(
                names.into_iter().collect::<Vec<_>>(),
                ["avmplus", "number", "object"]
            );
        }
        let (values, error) = decode(b"\x06\x05ab\x12");
        assert_eq!(values.len(), 1);
        let unknown = amf3::DecodeError::UnknownMarker(0x12);
        assert_eq!(
            error,
            Some(Malformed {
                offset: 4,
                error: DecodeError::AvmPlus(unknown)
            })
        );
    }

    #[test]
    fn the_types_inside_are_named_as_well() {
        let inner = Object::new()
            .with("n", 1.0)
            .with("list", Value::StrictArray(vec![Value::Null]));
        let mut names = BTreeSet::new();
        types(&Value::EcmaArray(inner), &mut names);
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["ecma-array", "null", "number", "strict-array"]
        );
    }
}
