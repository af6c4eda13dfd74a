//! Any bytes decode or fail, alone and switched to from AMF 0; what was decoded survives its encoding, and becomes AMF 0.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::amf3::{self, DecodeError, Decoder, ExternalBody, Externals, FlexCollections, Value};
use rtmp_core::limits::Limits;
use rtmp_core::{amf0, amf3::referents};

/// Knows a class that mixes bytes and values.
#[derive(Debug)]
struct Mixed;

impl Externals for Mixed {
    fn read(&self, class: &str, body: &mut ExternalBody<'_, '_>) -> Result<(), DecodeError> {
        if class != "m" {
            return FlexCollections.read(class, body);
        }
        let count = body.bytes(1)?.first().copied().unwrap_or_default();
        for _ in 0..count {
            body.value()?;
        }
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let mut decoder = Decoder::new(bytes, &limits).with_externals(&Mixed);
    let mut values = Vec::new();
    while let Ok(Some(value)) = decoder.next_value() {
        values.push(value);
    }
    let rest = decoder.rest();
    assert_eq!(decoder.next_value().is_err(), !rest.is_empty());
    assert_eq!(decoder.rest(), rest);
    assert!(values.len() <= limits.max_amf_values);

    let encoded = encode_all(&values);
    // What references repeat is written in full; what is not UTF-8 becomes U+FFFD, of three bytes.
    assert!(encoded.len() <= 16 * bytes.len() + 3 * limits.max_amf_repeated);
    let mut decoder = Decoder::new(&encoded, &limits).with_externals(&Mixed);
    let again: Vec<_> = values
        .iter()
        .map_while(|_| decoder.next_value().ok().flatten())
        .collect();
    // As Debug texts, since NaN is not equal to itself.
    assert_eq!(format!("{again:?}"), format!("{values:?}"));
    assert!(decoder.rest().is_empty());
    assert_eq!(encode_all(&again), encoded);

    let complex = referents(&values).len();
    for value in &values {
        let _ = value.to_string();
        if let Value::Reference { index, .. } = value {
            assert!((*index as usize) < complex);
        }
        let plain = amf0::Value::from_amf3(value.clone());
        assert!(!format!("{plain:?}").contains("AvmPlus("));
    }

    // Each switched to: one decoder of AMF 0 reads them all alike.
    let mut switched = Vec::new();
    for value in &values {
        amf0::encode(&amf0::Value::AvmPlus(Box::new(value.clone())), &mut switched);
    }
    let mut decoder = amf0::Decoder::new(&switched, &limits).with_externals(&Mixed);
    for value in &values {
        match decoder.next_value() {
            Ok(Some(amf0::Value::AvmPlus(read))) => assert_eq!(format!("{read:?}"), format!("{value:?}")),
            // The switches are values too, and may be too many.
            Err(error) => {
                assert!(error.is_over_limit());
                break;
            }
            other => panic!("{other:?}"),
        }
    }
});

fn encode_all(values: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        amf3::encode(value, &mut out);
    }
    out
}
