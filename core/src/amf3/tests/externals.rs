//! Classes that write themselves in a way of their own.

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
