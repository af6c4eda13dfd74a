//! Values in AMF 3 among those in AMF 0.

use super::*;
use crate::amf3;

fn avmplus(value: impl Into<amf3::Value<'static>>) -> Value<'static> {
    Value::AvmPlus(Box::new(value.into()))
}

#[test]
fn the_switch_to_amf3_holds_for_one_value() {
    #[rustfmt::skip]
    let bytes = [
        0x11, 0x04, 0x7F,                               // AMF 3: 127
        0x03, 0, 1, b'k', 0x11, 0x06, 0x03, b'v',       // object; "k": AMF 3 "v"
        0, 1, b'n', 0x05, 0, 0, 9,                      // "n": null; end
        0x02, 0, 1, b's',                               // "s"
    ];
    let object = Object::new().with("k", avmplus("v")).with("n", Value::Null);
    assert_eq!(all(&bytes), Ok(vec![avmplus(127), object.into(), "s".into()]));
    assert_eq!(validate(&bytes, &Limits::default()), Ok(()));
    assert_both_ways(&bytes[..3], avmplus(127));
}

#[test]
fn simple_values_are_what_they_are_in_either() {
    assert_eq!(avmplus(127).as_number(), Some(127.0));
    assert_eq!(avmplus("cam").as_str(), Some("cam"));
    assert_eq!(avmplus(false).as_bool(), Some(false));
    assert_eq!(avmplus(amf3::Object::new()).as_object(), None);
    let object = avmplus(amf3::Object::new().with("k", 1)).into_amf0();
    assert_eq!(object.as_object().unwrap().get("k"), Some(&1.0.into()));
}

#[test]
fn the_values_of_a_message_share_their_tables() {
    #[rustfmt::skip]
    let bytes = [
        0x11, 0x0A, 0x0B, 0x01, 0x03, b'k', 0x01, 0x01, // AMF 3: {"k": null}
        0x05,                                           // null
        0x11, 0x06, 0x00,                               // AMF 3: string 0
        0x11, 0x0A, 0x00,                               // AMF 3: object 0
    ];
    let reference = amf3::Value::Reference {
        to: amf3::ComplexType::Object,
        index: 0,
    };
    assert_eq!(
        all(&bytes).unwrap()[1..],
        [Value::Null, avmplus("k"), avmplus(reference)]
    );
}

#[test]
fn a_value_that_fails_leaves_nothing_in_the_tables() {
    // Behind a null, or behind an AMF 3 value: a strict array of an AMF 3 "a" and what is unknown.
    for first in [&[0x05][..], &[0x11, 0x06, 0x03, b'z']] {
        let bytes = [first, &[0x0A, 0, 0, 0, 2, 0x11, 0x06, 0x03, b'a', 0x12]].concat();
        let limits = Limits::default();
        let mut decoder = Decoder::new(&bytes, &limits);
        assert!(decoder.next_value().is_ok());
        for _ in 0..2 {
            assert_eq!(decoder.next_value(), Err(DecodeError::UnknownMarker(0x12)));
            assert_eq!(decoder.rest(), &bytes[first.len()..]);
        }
    }
    let bytes = [0x11, 0x04];
    let mut decoder = Decoder::new(&bytes, &Limits::default());
    for _ in 0..2 {
        let truncated = amf3::DecodeError::Truncated;
        assert_eq!(decoder.next_value(), Err(DecodeError::AvmPlus(truncated)));
        assert_eq!(decoder.rest(), bytes);
    }
}

#[test]
fn depth_and_number_count_through_the_switch() {
    // A strict array around an AMF 3 array around null: the switch is a value too.
    let bytes = [0x0A, 0, 0, 0, 1, 0x11, 0x09, 0x03, 0x01, 0x01];
    let limits = |max_amf_depth, max_amf_values| Limits {
        max_amf_depth,
        max_amf_values,
        ..Limits::default()
    };
    assert!(decode_all(&bytes, &limits(2, 4)).is_ok());
    for (limits, error) in [
        (limits(1, 4), amf3::DecodeError::TooDeep { limit: 1 }),
        (limits(2, 3), amf3::DecodeError::TooManyValues { limit: 3 }),
    ] {
        let error = DecodeError::AvmPlus(error);
        assert!(error.is_over_limit());
        assert_eq!(validate(&bytes, &limits), Err(error.clone()));
        assert_eq!(decode_all(&bytes, &limits), Err(error));
    }
}

#[test]
fn externalizable_classes_are_known_to_who_registers_them() {
    #[derive(Debug)]
    struct Empty;
    impl amf3::Externals for Empty {
        fn read(&self, _: &str, _: &mut amf3::ExternalBody<'_, '_>) -> Result<(), amf3::DecodeError> {
            Ok(())
        }
    }
    let bytes = [0x11, 0x0A, 0x07, 0x03, b'C'];
    let limits = Limits::default();
    let class = "C".into();
    let unknown = DecodeError::AvmPlus(amf3::DecodeError::Externalizable { class });
    assert!(!unknown.is_over_limit());
    assert_eq!(Decoder::new(&bytes, &limits).next_value(), Err(unknown));
    let known = Decoder::new(&bytes, &limits).with_externals(&Empty).next_value();
    assert_eq!(known.unwrap().unwrap().to_string(), r#"amf3("C"())"#);
}
