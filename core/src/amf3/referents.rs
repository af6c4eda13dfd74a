//! What references stand for.

use super::object::ExternalPart;
use super::value::Value;

/// The complex values in all the values of one message, in the order in which they begin: a
/// [`Value::Reference`]'s index is one into this.
///
/// A value may hold a reference to itself: whoever follows references has to expect cycles.
///
/// ```
/// use rtmp_core::amf3::{self, Value};
/// use rtmp_core::limits::Limits;
///
/// // An array of one, which is the array itself.
/// let values = amf3::decode_all(&[0x09, 0x03, 0x01, 0x09, 0x00], &Limits::default())?;
/// let array = values[0].as_array().unwrap();
/// let Value::Reference { index, .. } = array.items[0] else { unreachable!() };
/// assert_eq!(amf3::referents(&values)[index as usize], &values[0]);
/// # Ok::<(), amf3::DecodeError>(())
/// ```
pub fn referents<'v, 'a>(values: impl IntoIterator<Item = &'v Value<'a>>) -> Vec<&'v Value<'a>>
where
    'a: 'v,
{
    let mut found = Vec::new();
    values.into_iter().for_each(|value| collect(value, &mut found));
    found
}

fn collect<'v, 'a>(value: &'v Value<'a>, found: &mut Vec<&'v Value<'a>>) {
    if value.complex_type().is_some() {
        found.push(value);
    }
    if let Value::Array(array) = value {
        array.named.iter().for_each(|(_, value)| collect(value, found));
        array.items.iter().for_each(|item| collect(item, found));
    } else if let Value::Object(object) = value {
        object.iter().for_each(|(_, value)| collect(value, found));
    } else if let Value::External(external) = value {
        for part in &external.parts {
            if let ExternalPart::Value(value) = part {
                collect(value, found);
            }
        }
    } else if let Value::VectorObject(vector) = value {
        vector.items.iter().for_each(|item| collect(item, found));
    } else if let Value::Dictionary { entries, .. } = value {
        for (key, value) in entries {
            collect(key, found);
            collect(value, found);
        }
    }
}
