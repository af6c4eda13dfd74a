//! Behaviours on literal bytes, and limits at their edge.

use std::borrow::Cow;

use super::*;
use crate::limits::Limits;

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
fn assert_both_ways(bytes: &[u8], value: impl Into<Value<'static>>) {
    let value = value.into();
    assert_eq!(one(bytes).as_ref(), Ok(&value));
    assert_eq!(encoded(value), bytes);
}

mod types {
    use super::*;

    #[test]
    fn some_values_are_bare_markers() {
        assert_both_ways(&[0x00], Value::Undefined);
        assert_both_ways(&[0x01], Value::Null);
        assert_both_ways(&[0x02], false);
        assert_both_ways(&[0x03], true);
    }

    #[test]
    fn an_integer_has_29_bits_with_sign() {
        assert_both_ways(&[0x04, 0x00], 0);
        assert_both_ways(&[0x04, 0x7F], 127);
        assert_both_ways(&[0x04, 0xFF, 0xFF, 0xFF, 0xFF], -1);
        assert_both_ways(&[0x04, 0xBF, 0xFF, 0xFF, 0xFF], 268_435_455);
        assert_both_ways(&[0x04, 0xC0, 0x80, 0x80, 0x00], -268_435_456);
    }

    #[test]
    fn an_integer_beyond_29_bits_is_written_as_a_double() {
        // 2^28.
        let bytes = [0x05, 0x41, 0xB0, 0, 0, 0, 0, 0, 0];
        assert_eq!(encoded(268_435_456), bytes);
        assert_both_ways(&bytes, 268_435_456.0);
    }

    #[test]
    fn a_double_is_big_endian() {
        assert_both_ways(&[0x05, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0], 1.0);
    }

    #[test]
    fn a_string_has_its_length_above_one_bit_and_is_borrowed() {
        let bytes = [0x06, 4 << 1 | 1, b'l', b'i', b'v', b'e'];
        assert_both_ways(&bytes, "live");
        assert!(matches!(one(&bytes), Ok(Value::String(Cow::Borrowed("live")))));
        assert_both_ways(&[0x06, 0x01], "");
        // 128 bytes and more have a head of two.
        assert_both_ways(&[&[0x06, 0x82, 0x01][..], &[b'x'; 128]].concat(), "x".repeat(128));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        // "caf\xE9" in Latin-1.
        assert_eq!(one(b"\x06\x09caf\xE9"), Ok("caf\u{FFFD}".into()));
    }

    #[test]
    fn xml_has_an_old_and_a_new_kind() {
        assert_both_ways(b"\x07\x09<a/>", Value::XmlDocument("<a/>".into()));
        assert_both_ways(b"\x0B\x09<a/>", Value::Xml("<a/>".into()));
    }

    #[test]
    fn a_date_has_milliseconds_and_no_zone() {
        assert_both_ways(
            &[0x08, 0x01, 0x42, 0x78, 0xBC, 0xFE, 0x56, 0x80, 0, 0],
            Value::Date {
                millis: 1_700_000_000_000.0,
            },
        );
    }

    #[test]
    fn an_array_has_named_members_in_front_of_the_others() {
        #[rustfmt::skip]
        let bytes = [
            0x09, 2 << 1 | 1,                               // array of two
            0x01,                                           // no names
            0x04, 0x01,                                     // 1
            0x06, 0x03, b'n',                               // "n"
        ];
        assert_both_ways(&bytes, vec![1.into(), "n".into()]);
        #[rustfmt::skip]
        let bytes = [
            0x09, 1 << 1 | 1,                               // array of one
            0x03, b'k', 0x01,                               // "k": null
            0x01,                                           // end of names
            0x03,                                           // true
        ];
        assert_both_ways(
            &bytes,
            Array {
                named: vec![("k".into(), Value::Null)],
                items: vec![true.into()],
            },
        );
    }

    #[test]
    fn an_object_without_a_class_is_dynamic() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 0x0B,                                     // object; its traits follow: dynamic, none declared
            0x01,                                           // no class
            0x07, b'a', b'p', b'p', 0x06, 0x09, b'l', b'i', b'v', b'e',
            0x03, b'n', 0x04, 0x01,                         // "n": 1
            0x01,                                           // end
        ];
        assert_both_ways(&bytes, Object::new().with("app", "live").with("n", 1));
    }

    #[test]
    fn declared_members_have_their_names_in_front() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 2 << 4 | 0b0011,                          // object; its traits follow: two declared
            0x0B, b'P', b'o', b'i', b'n', b't',             // class
            0x03, b'x', 0x03, b'y',                         // names
            0x04, 0x01, 0x04, 0x02,                         // values
        ];
        let point = Object::sealed("Point", vec![("x".into(), 1.into()), ("y".into(), 2.into())]);
        assert_both_ways(&bytes, point);
    }

    #[test]
    fn declared_members_come_before_others() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 1 << 4 | 0b1011,                          // object; its traits follow: dynamic, one declared
            0x03, b'C',                                     // class
            0x03, b'x',                                     // name
            0x04, 0x01,                                     // value
            0x03, b'y', 0x04, 0x02,                         // "y": 2
            0x01,                                           // end
        ];
        assert_both_ways(
            &bytes,
            Object::sealed("C", vec![("x".into(), 1.into())]).with("y", 2),
        );
    }

    #[test]
    fn bytes_are_borrowed() {
        let bytes = [0x0C, 3 << 1 | 1, 0xFF, 0x00, 0x80];
        assert_both_ways(&bytes, Value::ByteArray(Cow::Owned(vec![0xFF, 0x00, 0x80])));
        assert!(matches!(one(&bytes), Ok(Value::ByteArray(Cow::Borrowed(_)))));
    }

    #[test]
    fn vectors_of_numbers_are_packed() {
        assert_both_ways(
            &[0x0D, 2 << 1 | 1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2],
            Value::VectorInt {
                fixed: true,
                items: vec![-1, 2],
            },
        );
        assert_both_ways(
            &[0x0E, 1 << 1 | 1, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            Value::VectorUint {
                fixed: false,
                items: vec![u32::MAX],
            },
        );
        assert_both_ways(
            &[0x0F, 1 << 1 | 1, 0, 0x3F, 0xE0, 0, 0, 0, 0, 0, 0],
            Value::VectorDouble {
                fixed: false,
                items: vec![0.5],
            },
        );
    }

    #[test]
    fn a_vector_of_objects_names_their_class() {
        #[rustfmt::skip]
        let bytes = [
            0x10, 2 << 1 | 1, 1,                            // vector of two, fixed
            0x03, b'P',                                     // class
            0x01,                                           // null
            0x0A, 0x03, 0x01,                               // an object without class and members
        ];
        assert_both_ways(
            &bytes,
            Value::VectorObject(Box::new(VectorObject {
                fixed: true,
                class: "P".into(),
                items: vec![Value::Null, Object::sealed("", vec![]).into()],
            })),
        );
    }

    #[test]
    fn a_dictionary_has_values_for_keys() {
        #[rustfmt::skip]
        let bytes = [
            0x11, 2 << 1 | 1, 1,                            // dictionary of two, with weak keys
            0x04, 0x07, 0x06, 0x03, b'v',                   // 7: "v"
            0x09, 0x01, 0x01, 0x01,                         // []: null
        ];
        assert_both_ways(
            &bytes,
            Value::Dictionary {
                weak_keys: true,
                entries: vec![(7.into(), "v".into()), (vec![].into(), Value::Null)],
            },
        );
    }

    #[test]
    fn unknown_markers_are_refused() {
        for marker in [0x12, 0x80, 0xFF] {
            assert_eq!(one(&[marker, 1, 1]), Err(DecodeError::UnknownMarker(marker)));
        }
    }

    #[test]
    fn what_ends_too_early_is_truncated() {
        for bytes in [
            &[0x04][..],
            &[0x04, 0x80],
            &[0x05, 0, 0],
            &[0x06, 0x05, b'x'],
            &[0x08, 0x01, 0],
            &[0x09, 0x03, 0x01],
            &[0x09, 0x01],
            &[0x0A, 0x0B, 0x01, 0x03, b'k'],
            &[0x0A, 0x0B, 0x01],
            &[0x0A, 0x23, 0x01, 0x03, b'k'],
            &[0x0D, 0x03, 0, 1, 2, 3],
            &[0x0F, 0xFF, 0xFF, 0xFF, 0xFF, 0],
            &[0x10, 0x03, 0, 0x01],
            &[0x11, 0x03, 0, 0x01],
        ] {
            assert_eq!(one(bytes), Err(DecodeError::Truncated), "{bytes:02X?}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_left_out() {
        let object = Object::new().with("", 1).with("a", 2);
        assert_eq!(one(&encoded(object)), Ok(Object::new().with("a", 2).into()));
        let array = Array {
            named: vec![("".into(), 1.into())],
            items: vec![2.into()],
        };
        assert_eq!(one(&encoded(array)), Ok(vec![2.into()].into()));
        // The name of a declared member may be empty.
        let object = Object::sealed("C", vec![("".into(), 1.into())]);
        assert_eq!(one(&encoded(object.clone())), Ok(object.into()));
    }
}

mod references {
    use super::*;

    #[test]
    fn strings_are_found_by_their_place_and_the_empty_one_has_none() {
        #[rustfmt::skip]
        let bytes = [
            0x06, 0x03, b'a',                               // "a", string 0
            0x06, 0x01,                                     // "", none
            0x0A, 0x0B, 0x01,                               // object
            0x03, b'b', 0x06, 0x00,                         // key "b", string 1: string 0
            0x02, 0x06, 0x02,                               // key string 1: string 1
            0x01,                                           // end
        ];
        let object = Object::new().with("b", "a").with("b", "b");
        assert_eq!(all(&bytes), Ok(vec!["a".into(), "".into(), object.into()]));
    }

    #[test]
    fn the_text_of_xml_is_no_string_of_the_table() {
        let bytes = [0x0B, 0x03, b'x', 0x06, 0x00];
        assert_eq!(
            all(&bytes),
            Err(DecodeError::DanglingReference {
                table: Table::Strings,
                index: 0,
                len: 0
            })
        );
    }

    #[test]
    fn objects_of_a_class_share_its_traits() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 0x13, 0x03, b'P', 0x03, b'x', 0x04, 0x01, // object of class "P", which declares "x": 1
            0x0A, 0x01, 0x04, 0x02,                         // another: 2
        ];
        let point = |x: i32| Value::from(Object::sealed("P", vec![("x".into(), x.into())]));
        assert_eq!(all(&bytes), Ok(vec![point(1), point(2)]));
        assert_eq!(
            one(&[0x0A, 0x05]),
            Err(DecodeError::DanglingReference {
                table: Table::Traits,
                index: 1,
                len: 0
            })
        );
    }

    #[test]
    fn a_reference_points_at_a_complex_value_that_has_begun_and_may_be_a_cycle() {
        #[rustfmt::skip]
        let bytes = [
            0x0A, 0x0B, 0x01,                               // object 0
            0x03, b'a', 0x09, 0x03, 0x01,                   // "a": array 1, of one:
            0x0A, 0x00,                                     // object 0, which is around it
            0x03, b'd', 0x08, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, // "d": date 2
            0x01,                                           // end
            0x08, 0x04,                                     // date 2, from a later value of the message
        ];
        let values = all(&bytes).unwrap();
        assert_eq!(
            values[1],
            Value::Reference {
                to: ComplexType::Date,
                index: 2
            }
        );
        let found = referents(&values);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], &values[0]);
        let cycle = Value::Reference {
            to: ComplexType::Object,
            index: 0,
        };
        assert_eq!(found[1], &Value::from(vec![cycle]));
        assert_eq!(found[2], &Value::Date { millis: 0.0 });
        assert_eq!(
            values.iter().fold(Vec::new(), |mut out, value| {
                encode(value, &mut out);
                out
            }),
            bytes
        );
    }

    #[test]
    fn every_complex_type_counts() {
        #[rustfmt::skip]
        let bytes = [
            0x07, 0x01,                                     // XML document
            0x08, 0x01, 0, 0, 0, 0, 0, 0, 0, 0,             // date
            0x09, 0x01, 0x01,                               // array
            0x0A, 0x03, 0x01,                               // object
            0x0B, 0x01,                                     // XML
            0x0C, 0x01,                                     // bytes
            0x0D, 0x01, 0,                                  // vectors
            0x0E, 0x01, 0,
            0x0F, 0x01, 0,
            0x10, 0x01, 0, 0x01,
            0x11, 0x01, 0,                                  // dictionary
            0x11, 10 << 1,                                  // reference to the dictionary
        ];
        let values = all(&bytes).unwrap();
        assert_eq!(
            values[11],
            Value::Reference {
                to: ComplexType::Dictionary,
                index: 10
            }
        );
        assert_eq!(referents(&values).len(), 11);
        assert_eq!(
            all(&[&bytes[..], &[0x0A, 11 << 1]].concat()),
            Err(DecodeError::DanglingReference {
                table: Table::Objects,
                index: 11,
                len: 11
            })
        );
    }

    #[test]
    fn a_value_that_fails_leaves_nothing_in_the_tables() {
        // An array of a string, an object and what is unknown.
        let bytes = [0x09, 0x07, 0x01, 0x06, 0x03, b'a', 0x0A, 0x03, 0x01, 0x12];
        let mut decoder = Decoder::new(&bytes, &Limits::default());
        for _ in 0..2 {
            assert_eq!(decoder.next_value(), Err(DecodeError::UnknownMarker(0x12)));
            assert_eq!(decoder.rest(), bytes);
        }
    }
}

mod externals {
    use super::*;

    #[test]
    fn a_class_that_is_not_known_is_a_clear_error() {
        let error = one(b"\x0A\x07\x07DSK\x00\x00").unwrap_err();
        assert_eq!(error, DecodeError::Externalizable { class: "DSK".into() });
        assert_eq!(
            error.to_string(),
            r#"AMF3 object of the externalizable class "DSK", which is not known"#
        );
    }

    #[test]
    fn the_collections_of_flex_hold_one_value() {
        for class in [
            "flex.messaging.io.ArrayCollection",
            "flex.messaging.io.ArrayList",
            "flex.messaging.io.ObjectProxy",
            "mx.collections.ArrayCollection",
            "mx.collections.ArrayList",
            "mx.utils.ObjectProxy",
        ] {
            let head = u8::try_from(class.len() << 1 | 1).unwrap();
            #[rustfmt::skip]
            let bytes = [
                &[0x0A, 0b0111, head][..], class.as_bytes(),    // object of an externalizable class
                &[0x09, 0x03, 0x01, 0x04, 0x01],                // [1]
            ].concat();
            assert_both_ways(
                &bytes,
                Value::External(Box::new(External {
                    class: class.into(),
                    parts: vec![ExternalPart::Value(vec![1.into()].into())],
                })),
            );
        }
        assert_eq!(
            one(b"\x0A\x07\x29mx.utils.ObjectProxy"),
            Err(DecodeError::Truncated)
        );
    }

    #[test]
    fn they_share_traits_and_can_be_referred_to() {
        let mut bytes = b"\x0A\x07\x29mx.utils.ObjectProxy\x01".to_vec();
        bytes.extend([0x0A, 0x01, 0x0A, 0x00]); // Another, which holds the first.
        let values = all(&bytes).unwrap();
        let Value::External(second) = &values[1] else {
            unreachable!("{}", values[1])
        };
        let first = Value::Reference {
            to: ComplexType::Object,
            index: 0,
        };
        assert_eq!(second.parts, [ExternalPart::Value(first)]);
        assert_eq!(referents(&values), values.iter().collect::<Vec<_>>());
    }

    /// Takes one byte after another, up to the end.
    #[derive(Debug)]
    struct Greedy;

    impl Externals for Greedy {
        fn read(&self, _: &str, body: &mut ExternalBody<'_, '_>) -> Result<(), DecodeError> {
            loop {
                body.bytes(1)?;
            }
        }
    }

    #[test]
    fn what_a_reader_takes_is_counted() {
        let bytes = [&[0x0A, 0x07, 0x01][..], &[0; 100]].concat();
        let limits = Limits {
            max_amf_values: 50,
            ..Limits::default()
        };
        let mut decoder = Decoder::new(&bytes, &limits).with_externals(&Greedy);
        assert_eq!(
            decoder.next_value(),
            Err(DecodeError::TooManyValues { limit: 50 })
        );
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

    /// What holds one value, up to that value.
    const HOLDERS: [&[u8]; 5] = [
        &[0x09, 0x03, 0x01],
        &[0x0A, 0x13, 0x01, 0x03, b'k'],
        &[0x10, 0x03, 0, 0x01],
        &[0x11, 0x03, 0, 0x01],
        b"\x0A\x07\x29mx.utils.ObjectProxy",
    ];

    #[test]
    fn depth_is_capped_whatever_nests() {
        for holder in HOLDERS {
            for limit in [0, 1, 2, 16, 17] {
                let nested = |depth: usize| [&holder.repeat(depth)[..], &[0x01]].concat();
                assert!(decode_all(&nested(limit), &limits(limit, 4096)).is_ok());
                assert_eq!(
                    decode_all(&nested(limit + 1), &limits(limit, 4096)),
                    Err(DecodeError::TooDeep { limit })
                );
            }
        }
    }

    #[test]
    fn depth_beyond_64_cannot_be_configured() {
        let nested = |depth: usize| [&HOLDERS[0].repeat(depth)[..], &[0x01]].concat();
        let generous = limits(usize::MAX, usize::MAX);
        assert!(decode_all(&nested(MAX_DEPTH), &generous).is_ok());
        assert_eq!(
            decode_all(&nested(MAX_DEPTH + 1), &generous),
            Err(DecodeError::TooDeep { limit: 64 })
        );
        assert_eq!(
            decode_all(&nested(100_000), &generous),
            Err(DecodeError::TooDeep { limit: 64 })
        );
    }

    #[test]
    fn values_are_counted_over_the_whole_message() {
        for limit in [0, 1, 7, 4096] {
            let limits = limits(16, limit);
            assert!(decode_all(&vec![1; limit], &limits).is_ok());
            assert_eq!(
                decode_all(&vec![1; limit + 1], &limits),
                Err(DecodeError::TooManyValues { limit })
            );
        }
    }

    #[test]
    fn containers_and_members_count_alike_and_keys_do_not() {
        // {"k": [null]} and a dictionary of one: six values.
        let bytes = b"\x0A\x0B\x01\x03k\x09\x03\x01\x01\x01\x11\x03\x00\x01\x01";
        assert!(decode_all(bytes, &limits(16, 6)).is_ok());
        assert_eq!(
            decode_all(bytes, &limits(16, 5)),
            Err(DecodeError::TooManyValues { limit: 5 })
        );
    }

    #[test]
    fn a_class_cannot_declare_more_members_than_there_may_be_values() {
        // Traits with 2^25 - 1 names, of which none follows.
        assert_eq!(
            one(&[0x0A, 0xFF, 0xFF, 0xFF, 0xF3, 0x01]),
            Err(DecodeError::TooManyValues { limit: 4096 })
        );
    }

    #[test]
    fn what_references_repeat_is_capped() {
        let limit = 5;
        let limits = Limits {
            max_amf_repeated: limit,
            ..Limits::default()
        };
        // "abc", then references to it.
        let bytes = b"\x06\x07abc\x06\x00\x06\x00";
        assert!(decode_all(&bytes[..7], &limits).is_ok());
        assert_eq!(
            decode_all(bytes, &limits),
            Err(DecodeError::TooMuchRepeated { limit })
        );
        // An object of class "abc" that declares "d", then others of that class.
        let bytes = b"\x0A\x13\x07abc\x03d\x01\x0A\x01\x01\x0A\x01\x01";
        assert!(decode_all(&bytes[..12], &limits).is_ok());
        assert_eq!(
            decode_all(bytes, &limits),
            Err(DecodeError::TooMuchRepeated { limit })
        );
    }

    #[test]
    fn a_small_message_stands_for_no_gigabytes() {
        // A string of 60 kB, and an array with references to it: 120 MB of text.
        let mut bytes = vec![0x09, 0x9F, 0x21, 0x01, 0x06, 0x87, 0xA9, 0x41];
        bytes.extend([b'x'; 60_000]);
        bytes.extend([0x06, 0x00].repeat(1_999));
        assert_eq!(
            one(&bytes),
            Err(DecodeError::TooMuchRepeated { limit: 256 << 10 })
        );
    }

    #[test]
    fn a_value_has_32_bytes() {
        // What max_amf_values is worth: a member of an object is this and its key.
        assert_eq!(size_of::<Value<'_>>(), 32);
    }
}

mod text {
    use super::*;

    #[test]
    fn every_type_has_its_text() {
        let text = |value: Value<'_>| value.to_string();
        assert_eq!(text(Value::Undefined), "undefined");
        assert_eq!(text((-5).into()), "-5");
        assert_eq!(text(1e300.into()), "1e300");
        assert_eq!(text("a\"\n".into()), r#""a\"\n""#);
        assert_eq!(text(Value::Xml("<a/>".into())), r#"xml("<a/>")"#);
        assert_eq!(text(Value::Date { millis: 1e12 }), "date(1000000000000)");
        assert_eq!(
            text(Object::sealed("P", vec![("x".into(), true.into())]).into()),
            r#""P"{"x":true}"#
        );
        let array = Array {
            named: vec![("k".into(), 1.into())],
            items: vec![2.into(), Value::Null],
        };
        assert_eq!(text(array.into()), r#"{"k":1}[2,null]"#);
        assert_eq!(text(Value::ByteArray(vec![0, 0xFF].into())), "bytes(00ff)");
        let fixed = true;
        assert_eq!(
            text(Value::VectorInt {
                fixed,
                items: vec![-1, 2]
            }),
            "int[-1,2]"
        );
        assert_eq!(
            text(Value::VectorUint {
                fixed,
                items: vec![1]
            }),
            "uint[1]"
        );
        assert_eq!(
            text(Value::VectorDouble {
                fixed,
                items: vec![0.5]
            }),
            "double[0.5]"
        );
        let vector = VectorObject {
            fixed,
            class: "P".into(),
            items: vec![Value::Null],
        };
        assert_eq!(
            text(Value::VectorObject(Box::new(vector))),
            r#"vector<"P">[null]"#
        );
        let entries = vec![(1.into(), "v".into()), ("k".into(), 2.into())];
        assert_eq!(
            text(Value::Dictionary {
                weak_keys: false,
                entries
            }),
            r#"dictionary{1:"v","k":2}"#
        );
        assert_eq!(
            text(Value::Reference {
                to: ComplexType::Date,
                index: 3
            }),
            "ref(3)"
        );
    }
}
