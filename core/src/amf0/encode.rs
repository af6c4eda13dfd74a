//! From values to bytes.

use bytes::BufMut;

use super::marker;
use super::value::{Object, Value};
use crate::amf3;

/// Appends a value to `out`.
///
/// A string of more than 65535 bytes is written as a long string. There is no long form for keys and names of
/// classes: what is beyond 65535 bytes of them is left out.
///
/// It recurses as deep as the value is: see [the module](super).
pub fn encode(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => {
            out.put_u8(marker::NUMBER);
            out.put_f64(*number);
        }
        Value::Boolean(boolean) => out.put_slice(&[marker::BOOLEAN, u8::from(*boolean)]),
        Value::String(text) => match u16::try_from(text.len()) {
            Ok(len) => {
                out.put_u8(marker::STRING);
                out.put_u16(len);
                out.put_slice(text.as_bytes());
            }
            Err(_) => put_long_string(marker::LONG_STRING, text, out),
        },
        Value::Object(object) => {
            out.put_u8(marker::OBJECT);
            put_properties(object, out);
        }
        Value::Null => out.put_u8(marker::NULL),
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::Reference(index) => {
            out.put_u8(marker::REFERENCE);
            out.put_u16(*index);
        }
        Value::EcmaArray(object) => {
            out.put_u8(marker::ECMA_ARRAY);
            out.put_u32(saturated(object.len()));
            put_properties(object, out);
        }
        Value::StrictArray(items) => {
            out.put_u8(marker::STRICT_ARRAY);
            out.put_u32(saturated(items.len()));
            for item in items {
                encode(item, out);
            }
        }
        Value::Date { millis, zone } => {
            out.put_u8(marker::DATE);
            out.put_f64(*millis);
            out.put_i16(*zone);
        }
        Value::Unsupported => out.put_u8(marker::UNSUPPORTED),
        Value::Xml(text) => put_long_string(marker::XML_DOCUMENT, text, out),
        Value::TypedObject { class, object } => {
            out.put_u8(marker::TYPED_OBJECT);
            put_name(class, out);
            put_properties(object, out);
        }
        Value::AvmPlus(value) => {
            out.put_u8(marker::AVMPLUS);
            amf3::encode(value, out);
        }
    }
}

fn put_properties(object: &Object<'_>, out: &mut Vec<u8>) {
    for (key, value) in object.iter() {
        put_name(key, out);
        encode(value, out);
    }
    out.put_slice(&[0, 0, marker::OBJECT_END]);
}

/// A key or the name of a class: without a marker, and cut, between characters, to the length that can be said.
fn put_name(name: &str, out: &mut Vec<u8>) {
    let mut end = name.len().min(usize::from(u16::MAX));
    while !name.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let name = name.get(..end).unwrap_or_default();
    out.put_u16(u16::try_from(name.len()).unwrap_or(u16::MAX));
    out.put_slice(name.as_bytes());
}

fn put_long_string(marker: u8, text: &str, out: &mut Vec<u8>) {
    out.put_u8(marker);
    out.put_u32(saturated(text.len()));
    out.put_slice(text.as_bytes());
}

/// A length or count for the wire. No message can hold 4 GiB, so what is cut here is never sent.
fn saturated(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
