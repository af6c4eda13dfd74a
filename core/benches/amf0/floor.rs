//! The least that a reader of a `connect` can do.

use bytes::Bytes;
use divan::black_box;
use rtmp_core::limits::Limits;

use crate::Decode;

/// Knows only the markers that a `connect` and metadata have, and no limits; it borrows its strings, and puts
/// properties into a `Vec`.
pub(crate) struct Floor;

impl Decode for Floor {
    fn decode(bytes: &Bytes, _: &Limits) {
        black_box(decode_all(bytes).unwrap());
    }
}

#[allow(dead_code, reason = "the benchmark only builds them")]
enum Value<'a> {
    Number(f64),
    Boolean(bool),
    String(&'a str),
    Object(Vec<(&'a str, Self)>),
    StrictArray(Vec<Self>),
}

fn decode_all(mut bytes: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        values.push(value(&mut bytes)?);
    }
    Some(values)
}

fn value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    Some(match array(bytes)? {
        [0] => Value::Number(f64::from_be_bytes(array(bytes)?)),
        [1] => Value::Boolean(array(bytes)? != [0]),
        [2] => Value::String(string(bytes)?),
        [3] => Value::Object(properties(bytes)?),
        [8] => {
            array::<4>(bytes)?;
            Value::Object(properties(bytes)?)
        }
        [10] => {
            let mut items = Vec::new();
            for _ in 0..u32::from_be_bytes(array(bytes)?) {
                items.push(value(bytes)?);
            }
            Value::StrictArray(items)
        }
        _ => return None,
    })
}

fn properties<'a>(bytes: &mut &'a [u8]) -> Option<Vec<(&'a str, Value<'a>)>> {
    let mut properties = Vec::new();
    while !bytes.starts_with(&[0, 0, 9]) {
        properties.push((string(bytes)?, value(bytes)?));
    }
    array::<3>(bytes)?;
    Some(properties)
}

fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let len = u16::from_be_bytes(array(bytes)?);
    let (text, rest) = bytes.split_at_checked(len.into())?;
    *bytes = rest;
    str::from_utf8(text).ok()
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
