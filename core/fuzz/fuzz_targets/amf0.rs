//! Any bytes decode or fail alike whether built or only validated, and what was decoded survives its encoding.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::amf0::{self, Decoder, Value};
use rtmp_core::limits::Limits;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let mut decoder = Decoder::new(bytes, &limits);
    let mut values = Vec::new();
    let end = loop {
        match decoder.next_value() {
            Ok(Some(value)) => values.push(value),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert_eq!(amf0::validate(bytes, &limits), end);
    assert!(values.len() <= limits.max_amf_values);

    let encoded = encode_all(&values);
    let again = amf0::decode_all(&encoded, &limits).expect("what was encoded decodes");
    // As Debug texts, since NaN is not equal to itself. Longer keys may outgrow the wire when U+FFFD, of three
    // bytes, takes the place of one that is not UTF-8; they are cut then.
    if bytes.len() < usize::from(u16::MAX) / 3 {
        assert_eq!(format!("{again:?}"), format!("{values:?}"));
    }
    assert_eq!(encode_all(&again), encoded);
    for value in &again {
        let _ = value.to_string();
    }
});

fn encode_all(values: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        amf0::encode(value, &mut out);
    }
    out
}
