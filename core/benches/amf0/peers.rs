//! Other crates' readers of AMF 0.
//!
//! They read what comes in a `connect`. Metadata, which is an ECMA array, is not for `scuffle-amf0` 0.2, which takes
//! the end of one for the value behind it.

use bytes::Bytes;
use divan::black_box;
use rtmp_core::limits::Limits;

use crate::Decode;

/// `rtmp-rs`: strings are copied, objects are a `HashMap`.
pub(crate) struct RtmpRs;

impl Decode for RtmpRs {
    fn decode(bytes: &Bytes, _: &Limits) {
        let mut decoder = rtmp_rs::amf::Amf0Decoder::new();
        black_box(decoder.decode_all(&mut bytes.clone()).unwrap());
    }
}

/// `scuffle-amf0`: strings are borrowed, objects are a `HashMap`.
pub(crate) struct Scuffle;

impl Decode for Scuffle {
    fn decode(bytes: &Bytes, _: &Limits) {
        let mut decoder = scuffle_amf0::decoder::Amf0Decoder::from_slice(bytes);
        black_box(decoder.decode_all().unwrap());
    }
}

/// `rml_amf0`, which is what `rml_rtmp` reads with: strings are copied, objects are a `HashMap`.
pub(crate) struct RmlRtmp;

impl Decode for RmlRtmp {
    fn decode(bytes: &Bytes, _: &Limits) {
        black_box(rml_amf0::deserialize(&mut &bytes[..]).unwrap());
    }
}
