//! What holds for all values and all bytes.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::limits::Limits;

fn number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{INFINITE, NORMAL, SUBNORMAL, ZERO};
    NORMAL | SUBNORMAL | ZERO | INFINITE
}

/// All but NaN, which is not equal to itself, integers that become doubles, and references, which need something to
/// point at.
pub(crate) fn any_value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-0x1000_0000..0x1000_0000).prop_map(Value::from),
        number().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<String>().prop_map(|text| Value::XmlDocument(text.into())),
        any::<String>().prop_map(|text| Value::Xml(text.into())),
        number().prop_map(|millis| Value::Date { millis }),
        any::<Vec<u8>>().prop_map(|bytes| Value::ByteArray(bytes.into())),
        any::<(bool, Vec<i32>)>().prop_map(|(fixed, items)| Value::VectorInt { fixed, items }),
        any::<(bool, Vec<u32>)>().prop_map(|(fixed, items)| Value::VectorUint { fixed, items }),
        (any::<bool>(), prop::collection::vec(number(), 0..6))
            .prop_map(|(fixed, items)| Value::VectorDouble { fixed, items }),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let pairs = |key: BoxedStrategy<String>| {
            prop::collection::vec((key.prop_map(Cow::Owned), inner.clone()), 0..6)
        };
        let items = || prop::collection::vec(inner.clone(), 0..6);
        let named = || pairs(".{1,6}".boxed());
        prop_oneof![
            (named(), items()).prop_map(|(named, items)| Array { named, items }.into()),
            (
                any::<String>(),
                pairs(any::<String>().boxed()),
                named(),
                any::<bool>()
            )
                .prop_map(|(class, sealed, named, dynamic)| {
                    let object = Object::sealed(class, sealed);
                    let named = if dynamic { named } else { Vec::new() };
                    Value::from(
                        named
                            .into_iter()
                            .fold(object, |object, (key, value)| object.with(key, value)),
                    )
                }),
            items().prop_map(|items| {
                Value::External(Box::new(External {
                    class: "mx.collections.ArrayList".into(),
                    parts: vec![ExternalPart::Value(items.into())],
                }))
            }),
            (any::<(bool, String)>(), items()).prop_map(|((fixed, class), items)| {
                Value::VectorObject(Box::new(VectorObject {
                    fixed,
                    class: class.into(),
                    items,
                }))
            }),
            (
                any::<bool>(),
                prop::collection::vec((inner.clone(), inner.clone()), 0..4)
            )
                .prop_map(|(weak_keys, entries)| Value::Dictionary { weak_keys, entries }),
        ]
    })
}

/// Bytes in which markers, small lengths and references abound, so that containers come about.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0_u8..=0x12).prop_map(|marker| vec![marker]),
        2 => (0_u8..8).prop_map(|head| vec![head]),
        2 => Just(vec![0x03, b'k']),
        2 => Just(vec![0x0A, 0x0B, 0x01]),
        2 => Just(vec![0x0A, 0x13, 0x01, 0x03, b'k']),
        2 => (0_u8..4).prop_map(|count| vec![0x09, count * 2 + 1, 0x01]),
        2 => (0_u8..3).prop_map(|count| vec![0x11, count * 2 + 1, 0]),
        1 => Just(b"\x0A\x07\x33mx.collections.ArrayCollection"[..].to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Values and depth of what has been decoded.
pub(crate) fn size(value: &Value<'_>) -> (usize, usize) {
    let members: Vec<&Value<'_>> = if let Value::Array(array) = value {
        array
            .named
            .iter()
            .map(|(_, value)| value)
            .chain(&array.items)
            .collect()
    } else if let Value::Object(object) = value {
        object.iter().map(|(_, value)| value).collect()
    } else if let Value::External(external) = value {
        let parts = external.parts.iter();
        parts
            .map(|part| match part {
                ExternalPart::Bytes(_) => &Value::Null,
                ExternalPart::Value(value) => value,
            })
            .collect()
    } else if let Value::VectorObject(vector) = value {
        vector.items.iter().collect()
    } else if let Value::Dictionary { entries, .. } = value {
        entries.iter().flat_map(|(key, value)| [key, value]).collect()
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
        prop_assert_eq!(decode_all(&bytes, &Limits::default()), Ok(values));
    }

    #[test]
    fn a_message_cut_short_yields_what_was_whole_before_the_cut(
        values in prop::collection::vec(any_value(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = message(&values);
        let cut = cut.index(bytes.len());
        let limits = Limits::default();
        let mut decoder = Decoder::new(&bytes[..cut], &limits);
        let mut end = 0;
        for value in &values {
            end += message(std::slice::from_ref(value)).len();
            if end > cut {
                break;
            }
            prop_assert_eq!(decoder.next_value(), Ok(Some(value.clone())));
        }
        let expected = if decoder.rest().is_empty() { Ok(None) } else { Err(DecodeError::Truncated) };
        prop_assert_eq!(decoder.next_value(), expected.clone());
        prop_assert_eq!(decoder.next_value(), expected);
    }

    #[test]
    fn any_bytes_decode_within_the_limits_or_not_at_all(
        bytes in prop_oneof![likely_bytes(), prop::collection::vec(any::<u8>(), 0..200)],
        max_amf_depth in 0..5_usize,
        max_amf_values in 0..40_usize,
        max_amf_repeated in 0..9_usize,
    ) {
        let limits = Limits { max_amf_depth, max_amf_values, max_amf_repeated, ..Limits::default() };
        if let Ok(values) = decode_all(&bytes, &limits) {
            prop_assert!(values.iter().map(|value| size(value).0).sum::<usize>() <= max_amf_values);
            prop_assert!(values.iter().all(|value| size(value).1 <= max_amf_depth));
            // Debug texts, since NaN is not equal to itself.
            let again = message(&values);
            prop_assert_eq!(format!("{:?}", decode_all(&again, &limits)), format!("{:?}", Ok::<_, ()>(&values)));
            let references = referents(&values);
            for value in &values {
                if let Value::Reference { index, .. } = value {
                    prop_assert!((*index as usize) < references.len());
                }
            }
        }
    }

    #[test]
    fn a_value_that_fails_leaves_the_decoder_as_it_was(bytes in likely_bytes()) {
        let limits = Limits::default();
        let mut decoder = Decoder::new(&bytes, &limits);
        while let Ok(Some(_)) = decoder.next_value() {}
        let rest = decoder.rest();
        prop_assert_eq!(decoder.next_value(), decoder.clone().next_value());
        prop_assert_eq!(decoder.rest(), rest);
    }

    #[test]
    fn the_text_of_a_value_is_one_line_without_control_characters(value in any_value()) {
        prop_assert!(!value.to_string().contains(char::is_control));
    }
}
