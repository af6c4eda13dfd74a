//! What references point at.

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
