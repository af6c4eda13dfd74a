//! What holds for all values and all bytes.

use proptest::prelude::*;

use super::*;
use crate::amf3;
use crate::limits::Limits;

/// All but NaN, which is not equal to itself, and references, which need something to point at.
fn any_value() -> impl Strategy<Value = Value<'static>> {
    use proptest::num::f64::{INFINITE, NORMAL, SUBNORMAL, ZERO};
    let number = || NORMAL | SUBNORMAL | ZERO | INFINITE;
    let leaf = prop_oneof![
        number().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        (number(), any::<i16>()).prop_map(|(millis, zone)| Value::Date { millis, zone }),
        any::<String>().prop_map(|text| Value::Xml(text.into())),
        Just(Value::Null),
        Just(Value::Undefined),
        Just(Value::Unsupported),
        amf3::properties::any_value().prop_map(|value| Value::AvmPlus(Box::new(value))),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let key = prop_oneof![Just(String::new()), any::<String>()];
        let object = prop::collection::vec((key, inner.clone()), 0..6).prop_map(|properties| {
            properties
                .into_iter()
                .fold(Object::new(), |object, (key, value)| object.with(key, value))
        });
        prop_oneof![
            object.clone().prop_map(Value::Object),
            object.clone().prop_map(Value::EcmaArray),
            (any::<String>(), object).prop_map(|(class, object)| Value::TypedObject {
                class: class.into(),
                object: Box::new(object)
            }),
            prop::collection::vec(inner, 0..6).prop_map(Value::StrictArray),
        ]
    })
}

/// Bytes in which markers, small lengths and ends abound, so that containers come about.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0_u8..=0x11).prop_map(|marker| vec![marker]),
        2 => Just(vec![0, 0, 9]),
        2 => Just(vec![0, 1, b'k']),
        2 => Just(vec![3, 0, 1, b'k']),
        2 => (0_u8..4).prop_map(|count| vec![0x0A, 0, 0, 0, count]),
        2 => (0_u8..4).prop_map(|count| vec![8, 0, 0, 0, count, 0, 1, b'k']),
        1 => Just(vec![0x11, 0x0A, 0x0B, 1]),
        1 => Just(vec![0x11, 0x09, 3, 1]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Values and depth of what has been decoded.
fn size(value: &Value<'_>) -> (usize, usize) {
    let members: Vec<&Value<'_>> = if let Value::StrictArray(items) = value {
        items.iter().collect()
    } else if let Some(object) = value.as_object() {
        object.iter().map(|(_, value)| value).collect()
    } else if let Value::AvmPlus(value) = value {
        let (values, depth) = amf3::properties::size(value);
        return (values + 1, depth);
    } else {
        return (1, 0);
    };
    let sizes = members.into_iter().map(size);
    let (values, depth) = sizes.fold((0, 0), |(n, d), (values, depth)| (n + values, d.max(depth)));
    (values + 1, depth + 1)
}

fn message(values: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    values.iter().for_each(|value| encode(value, &mut out));
    out
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(values in prop::collection::vec(any_value(), 0..4)) {
        let bytes = message(&values);
        prop_assert_eq!(validate(&bytes, &Limits::default()), Ok(()));
        prop_assert_eq!(decode_all(&bytes, &Limits::default()), Ok(values));
    }

    #[test]
    fn a_message_cut_short_yields_what_was_whole_before_the_cut(
        values in prop::collection::vec(any_value(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = message(&values);
        let cut = cut.index(bytes.len());
        let mut whole = 0;
        let mut end = 0;
        for value in &values {
            end += message(std::slice::from_ref(value)).len();
            whole += usize::from(end <= cut);
        }
        let limits = Limits::default();
        let mut decoder = Decoder::new(&bytes[..cut], &limits);
        for value in &values[..whole] {
            prop_assert_eq!(decoder.next_value(), Ok(Some(value.clone())));
        }
        // The value that is cut is an error, unless it can lack its end, or the end of its last member.
        match decoder.next_value() {
            Err(error) => prop_assert!(matches!(
                error,
                DecodeError::Truncated | DecodeError::AvmPlus(amf3::DecodeError::Truncated)
            )),
            Ok(None) => prop_assert!(decoder.rest().is_empty()),
            Ok(Some(value)) => prop_assert!(size(&value).1 > 0),
        }
    }

    #[test]
    fn any_bytes_decode_within_the_limits_or_not_at_all(
        bytes in prop_oneof![likely_bytes(), prop::collection::vec(any::<u8>(), 0..200)],
        max_amf_depth in 0..5_usize,
        max_amf_values in 0..40_usize,
    ) {
        let limits = Limits { max_amf_depth, max_amf_values, ..Limits::default() };
        let decoded = decode_all(&bytes, &limits);
        prop_assert_eq!(validate(&bytes, &limits), decoded.clone().map(drop));
        if let Ok(values) = decoded {
            prop_assert!(values.iter().map(|value| size(value).0).sum::<usize>() <= max_amf_values);
            prop_assert!(values.iter().all(|value| size(value).1 <= max_amf_depth));
            // Debug texts, since NaN is not equal to itself.
            let again = message(&values);
            prop_assert_eq!(format!("{:?}", decode_all(&again, &limits)), format!("{:?}", Ok::<_, ()>(values)));
        }
    }

    #[test]
    fn what_has_been_said_in_amf0_has_no_amf3_in_it_and_is_no_larger(value in any_value()) {
        let before = size(&value);
        let value = value.into_amf0();
        let bytes = message(std::slice::from_ref(&value));
        let text = format!("{value:?}");
        prop_assert!(!text.contains("AvmPlus("), "{}", text);
        prop_assert!(size(&value).1 <= before.1 + 1); // Vectors of numbers become arrays.
        prop_assert_eq!(decode_all(&bytes, &Limits::default()), Ok(vec![value]));
    }

    #[test]
    fn the_text_of_a_value_is_one_line_without_control_characters(value in any_value()) {
        prop_assert!(!value.to_string().contains(char::is_control));
    }
}
