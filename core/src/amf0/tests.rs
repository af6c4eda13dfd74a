//! Behaviours on literal bytes, and limits at their edge.

use std::borrow::Cow;

use super::*;
use crate::limits::Limits;

mod avmplus;

fn all(bytes: &[u8]) -> Result<Vec<Value<'_>>, DecodeError> {
    decode_all(bytes, &Limits::default())
}

/// The only value in `bytes`.
fn one(bytes: &[u8]) -> Result<Value<'_>, DecodeError> {
    all(bytes).map(|values| match <[_; 1]>::try_from(values) {
        Ok([value]) => value,
        Err(values) => unreachable!("{} values", values.len()),
    })
}

fn encoded(value: impl Into<Value<'static>>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&value.into(), &mut out);
    out
}

/// `value` decodes from `bytes`, and encodes to the same.
#[track_caller]
fn assert_both_ways(bytes: &[u8], value: Value<'static>) {
    assert_eq!(one(bytes).as_ref(), Ok(&value));
    assert_eq!(validate(bytes, &Limits::default()), Ok(()));
    assert_eq!(encoded(value), bytes);
}

mod types {
    use super::*;

    #[test]
    fn a_number_is_a_big_endian_double() {
        assert_both_ways(&[0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0], 1.0.into());
    }

    #[test]
    fn a_number_keeps_its_bits_even_if_it_is_none() {
        let bytes = [0, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0x01];
        let number = one(&bytes).unwrap();
        assert!(number.as_number().unwrap().is_nan());
        assert_eq!(encoded(number.into_owned()), bytes);
    }

    #[test]
    fn a_boolean_is_true_unless_it_is_zero() {
        assert_both_ways(&[1, 0], false.into());
        assert_both_ways(&[1, 1], true.into());
        assert_eq!(one(&[1, 0x80]), Ok(true.into()));
    }

    #[test]
    fn a_string_has_a_length_of_two_bytes_and_is_borrowed() {
        let bytes = [2, 0, 4, b'l', b'i', b'v', b'e'];
        assert_both_ways(&bytes, "live".into());
        assert!(matches!(one(&bytes), Ok(Value::String(Cow::Borrowed("live")))));
        assert_both_ways(&[2, 0, 0], "".into());
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        // "caf\xE9" in Latin-1.
        assert_eq!(one(&[2, 0, 4, b'c', b'a', b'f', 0xE9]), Ok("caf\u{FFFD}".into()));
    }

    #[test]
    fn a_long_string_has_a_length_of_four_bytes() {
        assert_eq!(one(&[0x0C, 0, 0, 0, 2, b'h', b'i']), Ok("hi".into()));
    }

    #[test]
    fn a_string_becomes_long_beyond_65535_bytes() {
        let short = encoded("x".repeat(65_535));
        assert_eq!(short[..3], [2, 0xFF, 0xFF]);
        assert_eq!(short.len(), 3 + 65_535);
        let long = encoded("x".repeat(65_536));
        assert_eq!(long[..5], [0x0C, 0, 1, 0, 0]);
        assert_eq!(one(&long), Ok("x".repeat(65_536).into()));
    }

    #[test]
    fn an_object_holds_properties_in_their_order() {
        #[rustfmt::skip]
        let bytes = [
            3,                                              // object
            0, 3, b'a', b'p', b'p',                         // key
            2, 0, 4, b'l', b'i', b'v', b'e',                // string
            0, 1, b'a',                                     // key
            0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0,                // number
            0, 0, 9,                                        // end
        ];
        assert_both_ways(&bytes, Object::new().with("app", "live").with("a", 1.0).into());
        assert_both_ways(&[3, 0, 0, 9], Object::new().into());
    }

    #[test]
    fn null_undefined_and_unsupported_are_bare_markers() {
        assert_both_ways(&[5], Value::Null);
        assert_both_ways(&[6], Value::Undefined);
        assert_both_ways(&[0x0D], Value::Unsupported);
    }

    #[test]
    fn an_ecma_array_is_written_with_its_count() {
        #[rustfmt::skip]
        let bytes = [
            8, 0, 0, 0, 1,                                  // ECMA array, one member
            0, 5, b'w', b'i', b'd', b't', b'h',             // key
            0, 0x40, 0x94, 0, 0, 0, 0, 0, 0,                // number
            0, 0, 9,                                        // end
        ];
        assert_both_ways(&bytes, Value::EcmaArray(Object::new().with("width", 1280.0)));
    }

    #[test]
    fn a_strict_array_has_as_many_members_as_it_says() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 0, 0, 0, 2,                               // strict array, two members
            2, 0, 4, b'h', b'v', b'c', b'1',                // string
            2, 0, 4, b'a', b'v', b'0', b'1',                // string
        ];
        assert_both_ways(&bytes, vec!["hvc1".into(), "av01".into()].into());
        assert_both_ways(&[0x0A, 0, 0, 0, 0], vec![].into());
        assert_eq!(one(&[0x0A, 0, 0, 0, 2, 5]), Err(DecodeError::Truncated));
        assert_eq!(one(&[0x0A, 0xFF, 0xFF, 0xFF, 0xFF]), Err(DecodeError::Truncated));
    }

    #[test]
    fn a_date_has_milliseconds_and_a_zone() {
        let bytes = [0x0B, 0x42, 0x78, 0xBC, 0xFE, 0x56, 0x80, 0, 0, 0, 0];
        assert_both_ways(
            &bytes,
            Value::Date {
                millis: 1_700_000_000_000.0,
                zone: 0,
            },
        );
        let bytes = [0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xC4];
        assert_both_ways(
            &bytes,
            Value::Date {
                millis: 0.0,
                zone: -60,
            },
        );
    }

    #[test]
    fn an_xml_document_is_text_with_a_long_length() {
        assert_both_ways(
            &[0x0F, 0, 0, 0, 4, b'<', b'a', b'/', b'>'],
            Value::Xml("<a/>".into()),
        );
    }

    #[test]
    fn a_typed_object_has_the_name_of_its_class_in_front() {
        #[rustfmt::skip]
        let bytes = [
            0x10, 0, 1, b'P',                               // typed object of class "P"
            0, 1, b'x', 5,                                  // "x": null
            0, 0, 9,                                        // end
        ];
        let object = Box::new(Object::new().with("x", Value::Null));
        assert_both_ways(
            &bytes,
            Value::TypedObject {
                class: "P".into(),
                object,
            },
        );
    }

    #[test]
    fn markers_that_are_reserved_or_unknown_are_refused() {
        for marker in [0x04, 0x0E, 0x12, 0xFF] {
            assert_eq!(one(&[marker, 0, 0, 9]), Err(DecodeError::UnknownMarker(marker)));
        }
    }

    #[test]
    fn a_name_too_long_for_the_wire_is_cut_between_characters() {
        // 65534 bytes, then one character of two.
        let key = "k".repeat(65_534) + "\u{E9}";
        let bytes = encoded(Object::new().with(key, Value::Null));
        assert_eq!(bytes[..3], [3, 0xFF, 0xFE]);
        let value = one(&bytes).unwrap();
        assert_eq!(
            value.as_object().unwrap().get(&"k".repeat(65_534)),
            Some(&Value::Null)
        );
    }
}

mod references {
    use super::*;

    #[test]
    fn a_reference_points_at_a_complex_value_that_has_begun() {
        #[rustfmt::skip]
        let bytes = [
            3, 0, 1, b'a',                                  // object, number 0; "a":
            0x0A, 0, 0, 0, 2,                               // strict array, number 1
            7, 0, 0,                                        // reference to the object around it
            7, 0, 1,                                        // reference to the array itself
            0, 0, 9,                                        // end of object
            7, 0, 1,                                        // reference from a later value of the message
        ];
        let array = vec![Value::Reference(0), Value::Reference(1)];
        assert_eq!(
            all(&bytes),
            Ok(vec![Object::new().with("a", array).into(), Value::Reference(1)])
        );
    }

    #[test]
    fn a_reference_to_what_has_not_begun_is_refused() {
        assert_eq!(
            one(&[7, 0, 0]),
            Err(DecodeError::DanglingReference { index: 0, begun: 0 })
        );
        // A string is not a complex value; an object is.
        let bytes = [2, 0, 0, 3, 0, 0, 9, 7, 0, 1];
        assert_eq!(
            all(&bytes),
            Err(DecodeError::DanglingReference { index: 1, begun: 1 })
        );
    }

    #[test]
    fn every_complex_type_counts() {
        #[rustfmt::skip]
        let bytes = [
            3, 0, 0, 9,                                     // object
            8, 0, 0, 0, 0, 0, 0, 9,                         // ECMA array
            0x0A, 0, 0, 0, 0,                               // strict array
            0x10, 0, 0, 0, 0, 9,                            // typed object
            7, 0, 3,                                        // reference to the fourth
        ];
        assert_eq!(all(&bytes).unwrap().last(), Some(&Value::Reference(3)));
    }
}

mod sloppy_senders {
    use super::*;

    /// `{"a":{"b":null` without any end.
    const UNENDED: [u8; 9] = [3, 0, 1, b'a', 3, 0, 1, b'b', 5];

    #[test]
    fn the_end_of_the_message_ends_all_objects() {
        let value = Object::new()
            .with("a", Object::new().with("b", Value::Null))
            .into();
        for missing in [
            &[][..],
            &[0],
            &[0, 0],
            &[0, 0, 9],
            &[0, 0, 9, 0],
            &[0, 0, 9, 0, 0],
            &[0, 0, 9, 0, 0, 9],
        ] {
            assert_eq!(
                one(&[&UNENDED, missing].concat()).as_ref(),
                Ok(&value),
                "{missing:?}"
            );
        }
    }

    #[test]
    fn the_end_of_the_message_ends_no_value_and_no_strict_array() {
        assert_eq!(one(&[3, 0, 1, b'a']), Err(DecodeError::Truncated));
        assert_eq!(one(&[3, 0, 2, b'a']), Err(DecodeError::Truncated));
        assert_eq!(one(&[3, 1]), Err(DecodeError::Truncated));
        let in_an_array = [&[0x0A, 0, 0, 0, 2][..], &UNENDED].concat();
        assert_eq!(one(&in_an_array), Err(DecodeError::Truncated));
    }

    #[test]
    fn an_ecma_arrays_count_is_only_a_hint() {
        let expected = Value::EcmaArray(Object::new().with("a", Value::Null).with("b", Value::Null));
        for count in [0, 1, 2, 20, 0xFF] {
            #[rustfmt::skip]
            let bytes = [
                8, 0, 0, 0, count,                          // ECMA array
                0, 1, b'a', 5,                              // "a": null
                0, 1, b'b', 5,                              // "b": null
                0, 0, 9,                                    // end
                5,                                          // a further value
            ];
            assert_eq!(
                all(&bytes),
                Ok(vec![expected.clone(), Value::Null]),
                "count {count}"
            );
        }
    }

    #[test]
    fn an_ecma_array_without_end_marker_ends_by_its_count() {
        #[rustfmt::skip]
        let bytes = [
            8, 0, 0, 0, 1,                                  // ECMA array, one member
            0, 1, b'a', 5,                                  // "a": null
            2, 0, 2, b'h', b'i',                            // a further value
        ];
        let array = Value::EcmaArray(Object::new().with("a", Value::Null));
        assert_eq!(all(&bytes), Ok(vec![array, "hi".into()]));
    }

    #[test]
    fn a_count_of_zero_ends_nothing() {
        let bytes = [8, 0, 0, 0, 0, 2, 0, 2, b'h', b'i'];
        assert_eq!(all(&bytes), Err(DecodeError::Truncated));
    }

    #[test]
    fn end_markers_too_many_between_values_are_passed_over() {
        assert_eq!(all(&[5, 9, 9, 6, 9]), Ok(vec![Value::Null, Value::Undefined]));
        assert_eq!(all(&[9]), Ok(vec![]));
    }

    #[test]
    fn an_end_marker_in_the_place_of_a_member_is_refused() {
        assert_eq!(one(&[3, 0, 1, b'a', 9]), Err(DecodeError::UnexpectedObjectEnd));
        assert_eq!(one(&[0x0A, 0, 0, 0, 1, 9]), Err(DecodeError::UnexpectedObjectEnd));
    }

    #[test]
    fn what_follows_the_values_asked_for_is_the_callers_affair() {
        let bytes = [2, 0, 0, 5, 0xFF, 0xFF];
        let mut decoder = Decoder::new(&bytes, &Limits::default());
        assert_eq!(decoder.next_value(), Ok(Some("".into())));
        assert_eq!(decoder.skip_value(), Ok(true));
        assert_eq!(decoder.rest(), [0xFF, 0xFF]);
        assert_eq!(decoder.skip_value(), Err(DecodeError::UnknownMarker(0xFF)));
    }

    #[test]
    fn an_empty_key_is_a_key() {
        #[rustfmt::skip]
        let bytes = [
            3, 0, 0, 5,                                     // object; "": null
            0, 0, 3, 0, 0, 9,                               // "": an empty object
            0, 0, 9,                                        // end
        ];
        assert_both_ways(
            &bytes,
            Object::new().with("", Value::Null).with("", Object::new()).into(),
        );
    }

    #[test]
    fn of_a_key_that_occurs_twice_the_last_counts_and_both_are_kept() {
        let object = Object::new().with("a", 1.0).with("b", true).with("a", 2.0);
        assert_eq!(object.get("a"), Some(&2.0.into()));
        assert_eq!(object.get("A"), None);
        let bytes = encoded(object.clone());
        assert_eq!(one(&bytes), Ok(object.into()));
    }
}

mod limits {
    use super::*;

    fn limits(max_amf_depth: usize, max_amf_values: usize) -> Limits {
        Limits {
            max_amf_depth,
            max_amf_values,
            ..Limits::default()
        }
    }

    /// Strict arrays, each the only member of the one before; the innermost is empty.
    fn nested(depth: usize) -> Vec<u8> {
        let mut bytes = [0x0A, 0, 0, 0, 1].repeat(depth - 1);
        bytes.extend([0x0A, 0, 0, 0, 0]);
        bytes
    }

    #[track_caller]
    fn assert_verdict(bytes: &[u8], limits: &Limits, verdict: Result<(), DecodeError>) {
        assert_eq!(decode_all(bytes, limits).map(drop), verdict);
        assert_eq!(validate(bytes, limits), verdict);
    }

    #[test]
    fn depth_is_capped() {
        for limit in [1, 2, 16, 17] {
            assert_verdict(&nested(limit), &limits(limit, 4096), Ok(()));
            assert_verdict(
                &nested(limit + 1),
                &limits(limit, 4096),
                Err(DecodeError::TooDeep { limit }),
            );
        }
        assert_verdict(&[5], &limits(0, 4096), Ok(()));
        assert_verdict(
            &nested(1),
            &limits(0, 4096),
            Err(DecodeError::TooDeep { limit: 0 }),
        );
    }

    #[test]
    fn depth_counts_objects_in_objects_and_the_default_is_16() {
        let objects = |depth: usize| [&[3][..], &[0, 1, b'a', 3].repeat(depth - 1)].concat();
        assert_verdict(&objects(16), &Limits::default(), Ok(()));
        assert_verdict(
            &objects(17),
            &Limits::default(),
            Err(DecodeError::TooDeep { limit: 16 }),
        );
    }

    #[test]
    fn depth_beyond_64_cannot_be_configured() {
        let generous = limits(usize::MAX, 4096);
        assert_verdict(&nested(MAX_DEPTH), &generous, Ok(()));
        assert_verdict(
            &nested(MAX_DEPTH + 1),
            &generous,
            Err(DecodeError::TooDeep { limit: 64 }),
        );
    }

    #[test]
    fn siblings_are_not_depth() {
        let bytes = [3, 0, 0, 9].repeat(100);
        assert_verdict(&bytes, &limits(1, 100), Ok(()));
    }

    #[test]
    fn values_are_counted_over_the_whole_message() {
        for limit in [0, 1, 7, 4096] {
            let limits = limits(16, limit);
            assert_verdict(&vec![5; limit], &limits, Ok(()));
            assert_verdict(
                &vec![5; limit + 1],
                &limits,
                Err(DecodeError::TooManyValues { limit }),
            );
        }
    }

    #[test]
    fn containers_and_members_count_alike() {
        // A strict array of two, then an object of one: five values.
        let bytes = [0x0A, 0, 0, 0, 2, 5, 5, 3, 0, 1, b'a', 5, 0, 0, 9];
        assert_verdict(&bytes, &limits(16, 5), Ok(()));
        assert_verdict(
            &bytes,
            &limits(16, 4),
            Err(DecodeError::TooManyValues { limit: 4 }),
        );
    }

    #[test]
    fn a_value_has_32_bytes() {
        // What max_amf_values is worth: a member of an object is this and its key.
        assert_eq!(size_of::<Value<'_>>(), 32);
    }
}
