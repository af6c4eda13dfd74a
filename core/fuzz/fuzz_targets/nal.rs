//! Records of AVC, HEVC and VVC that can be read are written so that the same is read again; units lie within their
//! payload, and are the same in either form.

#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use rtmp_core::media::config::avc::{self, AvcConfiguration};
use rtmp_core::media::config::hevc::{self, HevcConfiguration};
use rtmp_core::media::config::vvc::{self, VvcConfiguration};
use rtmp_core::media::nal::{self, LengthSize, NalCodec, NalFilter};

fuzz_target!(|bytes: &[u8]| {
    let payload = Bytes::copy_from_slice(bytes);

    macro_rules! record {
        ($configuration:ty) => {
            if let Ok(configuration) = <$configuration>::parse(&payload) {
                let _ = configuration.info();
                let written = configuration.encode();
                assert_eq!(<$configuration>::parse(&written), Ok(configuration));
            }
        };
    }
    record!(AvcConfiguration);
    record!(HevcConfiguration);
    record!(VvcConfiguration);
    let _ = avc::Sps::parse(bytes);
    let _ = hevc::Sps::parse(bytes);
    let _ = hevc::Vps::parse(bytes);
    let _ = vvc::Sps::parse(bytes);

    let sum: usize = nal::units(&payload, LengthSize::FOUR)
        .flatten()
        .map(|unit| unit.len())
        .sum();
    assert!(sum <= bytes.len());
    let units: Vec<Bytes> = nal::annex_b_units(&payload).collect();
    let mut out = BytesMut::new();
    nal::write_length_prefixed(&units, LengthSize::FOUR, &mut out).expect("no unit has 4 GB");
    assert!(
        nal::units(&out.freeze(), LengthSize::FOUR)
            .map(Result::unwrap)
            .eq(units.iter().cloned())
    );
    assert_eq!(nal::rbsp(&nal::ebsp(bytes)), bytes);

    let mut filter = NalFilter::default();
    for codec in [NalCodec::Avc, NalCodec::Hevc, NalCodec::Vvc] {
        for unit in &units {
            let _ = filter.keeps(codec, unit);
        }
    }
    assert_eq!(
        filter.counts().kept + filter.counts().dropped(),
        3 * units.len() as u64
    );
});
