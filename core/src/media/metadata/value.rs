//! Values as senders spell them.

use crate::amf0::{Object, Value};

/// A number; some encoders send it as text. Infinities and NaN are none.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    let text = || value.as_str().and_then(|text| text.trim().parse().ok());
    value
        .as_number()
        .or_else(text)
        .filter(|number| number.is_finite())
}

/// A number that counts something.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
pub(super) fn whole(value: &Value<'_>) -> Option<u32> {
    number(value)
        .filter(|number| (0.0..=f64::from(u32::MAX)).contains(number) && number.fract() == 0.0)
        .map(|number| number as u32)
}

pub(super) fn text(value: &Value<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Puts what was read into its place. Whether it could be read.
pub(super) fn store<T>(place: &mut Option<T>, read: Option<T>) -> bool {
    let could = read.is_some();
    if could {
        *place = read;
    }
    could
}

/// Appends a property, if there is one.
pub(super) fn push<'a>(object: &mut Object<'a>, key: &'static str, value: Option<impl Into<Value<'a>>>) {
    if let Some(value) = value {
        object.push(key, value);
    }
}

/// Keeps a property as it is. One that refers to another value (AMF 0 §2.9) is left out: written in another order, it
/// would refer to something else. What is in AMF 3, where references are too, is said in AMF 0.
pub(super) fn keep(other: &mut Object<'static>, key: &str, value: &Value<'_>) {
    if !refers(value) {
        other.push(key.to_owned(), value.clone().into_amf0().into_owned());
    }
}

/// It recurses as deep as the value is, which [`MAX_DEPTH`](crate::amf0::MAX_DEPTH) bounds.
fn refers(value: &Value<'_>) -> bool {
    if let Value::StrictArray(items) = value {
        items.iter().any(refers)
    } else if let Some(object) = value.as_object() {
        object.iter().any(|(_, value)| refers(value))
    } else {
        matches!(value, Value::Reference(_))
    }
}

pub(super) fn append(object: &mut Object<'static>, other: &Object<'static>) {
    for (key, value) in other.iter() {
        object.push(key.to_owned(), value.clone());
    }
}
