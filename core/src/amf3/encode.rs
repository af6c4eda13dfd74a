//! From values to bytes.

use bytes::BufMut;

use super::object::{ExternalPart, Object};
use super::value::{ComplexType, Value};
use super::{marker, u29};

/// The most that can be counted above the bit that tells a length from an index.
const MAX_LEN: usize = (u29::MAX >> 1) as usize;

/// The most members that a class can declare: a count above four bits.
const MAX_SEALED: usize = (u29::MAX >> 4) as usize;

/// Appends a value to `out`.
///
/// Strings and traits are written in full each time, so that no reader can disagree over when their tables begin anew.
/// References are written as they are: they hold in a message with the same complex values before them.
///
/// What cannot be said is left out: properties with an empty key behind those that a class declares, named members of
/// an array with an empty name, and what is beyond 2^28 - 1 bytes of a string or members of an array.
///
/// It recurses as deep as the value is: see [the module](super).
pub fn encode(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::Null => out.put_u8(marker::NULL),
        Value::Boolean(false) => out.put_u8(marker::FALSE),
        Value::Boolean(true) => out.put_u8(marker::TRUE),
        Value::Integer(number) => match u29::from_signed(*number) {
            Some(bits) => {
                out.put_u8(marker::INTEGER);
                u29::write(bits, out);
            }
            None => put_double((*number).into(), out),
        },
        Value::Double(number) => put_double(*number, out),
        Value::String(text) => {
            out.put_u8(marker::STRING);
            put_text(text, out);
        }
        Value::XmlDocument(text) => {
            out.put_u8(marker::XML_DOCUMENT);
            put_text(text, out);
        }
        Value::Xml(text) => {
            out.put_u8(marker::XML);
            put_text(text, out);
        }
        Value::Date { millis } => {
            out.put_u8(marker::DATE);
            put_head(0, out);
            out.put_f64(*millis);
        }
        Value::ByteArray(bytes) => {
            out.put_u8(marker::BYTE_ARRAY);
            let bytes = put_len(bytes, out);
            out.put_slice(bytes);
        }
        Value::Array(array) => {
            out.put_u8(marker::ARRAY);
            let items = put_len(&array.items, out);
            put_pairs(
                array.named.iter().map(|(name, value)| (name.as_ref(), value)),
                out,
            );
            items.iter().for_each(|item| encode(item, out));
        }
        Value::Object(object) => put_object(object, out),
        Value::External(external) => {
            out.put_u8(marker::OBJECT);
            // Neither dynamic nor with members; then externalizable, with traits, no reference.
            u29::write(0b0111, out);
            put_text(&external.class, out);
            for part in &external.parts {
                match part {
                    ExternalPart::Bytes(bytes) => out.put_slice(bytes),
                    ExternalPart::Value(value) => encode(value, out),
                }
            }
        }
        Value::VectorInt { fixed, items } => {
            put_vector(ComplexType::VectorInt, *fixed, items, out, |item, out| {
                out.put_i32(*item);
            });
        }
        Value::VectorUint { fixed, items } => {
            put_vector(ComplexType::VectorUint, *fixed, items, out, |item, out| {
                out.put_u32(*item);
            });
        }
        Value::VectorDouble { fixed, items } => {
            put_vector(ComplexType::VectorDouble, *fixed, items, out, |item, out| {
                out.put_f64(*item);
            });
        }
        Value::VectorObject(vector) => {
            out.put_u8(marker::VECTOR_OBJECT);
            let items = put_len(&vector.items, out);
            out.put_u8(vector.fixed.into());
            put_text(&vector.class, out);
            items.iter().for_each(|item| encode(item, out));
        }
        Value::Dictionary { weak_keys, entries } => {
            out.put_u8(marker::DICTIONARY);
            let entries = put_len(entries, out);
            out.put_u8((*weak_keys).into());
            for (key, value) in entries {
                encode(key, out);
                encode(value, out);
            }
        }
        Value::Reference { to, index } => {
            out.put_u8(to.marker());
            u29::write(index << 1, out);
        }
    }
}

fn put_object(object: &Object<'_>, out: &mut Vec<u8>) {
    let sealed = object.declared().min(MAX_SEALED);
    out.put_u8(marker::OBJECT);
    // The count of declared members; then whether it is dynamic; not externalizable, with traits, no reference.
    u29::write(
        counted(sealed) << 4 | u32::from(object.is_dynamic()) << 3 | 0b0011,
        out,
    );
    put_text(object.class(), out);
    let declared = || object.iter().take(sealed);
    declared().for_each(|(name, _)| put_text(name, out));
    declared().for_each(|(_, value)| encode(value, out));
    if object.is_dynamic() {
        put_pairs(object.iter().skip(object.declared()), out);
    }
}

fn put_pairs<'v, 'a: 'v>(pairs: impl Iterator<Item = (&'v str, &'v Value<'a>)>, out: &mut Vec<u8>) {
    for (name, value) in pairs.filter(|(name, _)| !name.is_empty()) {
        put_text(name, out);
        encode(value, out);
    }
    put_text("", out);
}

fn put_vector<T>(
    vector: ComplexType,
    fixed: bool,
    items: &[T],
    out: &mut Vec<u8>,
    put: impl Fn(&T, &mut Vec<u8>),
) {
    out.put_u8(vector.marker());
    let items = put_len(items, out);
    out.put_u8(fixed.into());
    items.iter().for_each(|item| put(item, out));
}

fn put_double(number: f64, out: &mut Vec<u8>) {
    out.put_u8(marker::DOUBLE);
    out.put_f64(number);
}

/// A string without its marker, cut, between characters, to the length that can be said.
fn put_text(text: &str, out: &mut Vec<u8>) {
    let mut end = text.len().min(MAX_LEN);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let text = put_len(text.as_bytes().get(..end).unwrap_or_default(), out);
    out.put_slice(text);
}

/// Writes how many there are, and gives back as many.
fn put_len<'v, T>(items: &'v [T], out: &mut Vec<u8>) -> &'v [T] {
    let items = items.get(..MAX_LEN).unwrap_or(items);
    put_head(counted(items.len()), out);
    items
}

/// What is the thing itself and no reference.
fn put_head(len: u32, out: &mut Vec<u8>) {
    u29::write(len << 1 | 1, out);
}

/// A count that has been cut to what fits.
fn counted(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u29::MAX)
}
