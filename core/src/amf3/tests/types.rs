//! Every type, both ways.

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
