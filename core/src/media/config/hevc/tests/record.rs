//! `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15 §8.3.3.1.2).

use super::*;

#[test]
fn a_record_tells_all() {
    let configuration = record(MAIN);
    assert_eq!(configuration.length_size(), LengthSize::FOUR);
    assert_eq!(configuration.arrays().len(), 4);
    assert!(configuration.arrays().iter().all(|array| !array.is_complete()));
    assert_eq!(collect(configuration.vps()), [&MAIN[28..52]]);
    assert_eq!(collect(configuration.sps()), [&MAIN[57..100]]);
    assert_eq!(collect(configuration.pps()), [&MAIN[105..112]]);
    assert_eq!(configuration.parameter_sets().count(), 3);
    let info = configuration.info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("hvc1.1.6.L60.90"));
    assert_eq!(info.profile, Some("Main"));
    assert_eq!(info.level.as_deref(), Some("2.0"));
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.frame_rate.unwrap().to_string(), "25");
    assert_eq!(info.bit_depth, 8);
    assert_eq!(info.chroma, Some(ChromaFormat::Yuv420));
}

#[test]
fn parameter_sets_are_slices_of_the_record() {
    let bytes = Bytes::copy_from_slice(MAIN);
    let configuration = HevcConfiguration::parse(&bytes).unwrap();
    assert_eq!(configuration.vps().next().unwrap().as_ptr(), bytes[28..].as_ptr());
}

#[test]
fn what_was_parsed_is_written_again() {
    assert_eq!(record(MAIN).encode(), MAIN);
    let mut complete = MAIN.to_vec();
    complete[23] |= 0x80; // array_completeness of the video parameter sets
    assert!(record(&complete).arrays()[0].is_complete());
    assert_eq!(record(&complete).encode(), complete);
}

#[test]
fn parameter_sets_make_the_record_that_ffmpeg_writes() {
    let parsed = record(MAIN);
    let (vps, sps, pps) = (
        collect(parsed.vps()),
        collect(parsed.sps()),
        collect(parsed.pps()),
    );
    let made = HevcConfiguration::from_parameter_sets(&vps, &sps, &pps).unwrap();
    let mut expected = MAIN[..SEI_AT].to_vec();
    expected[22] = 3; // arrays
    assert_eq!(made.encode(), expected);
}

#[test]
fn start_codes_in_the_place_of_a_record_are_converted() {
    let parsed = record(MAIN);
    let mut bytes = Vec::new();
    for unit in parsed.parameter_sets() {
        bytes.extend_from_slice(&[0, 0, 0, 1]);
        bytes.extend_from_slice(unit);
    }
    let converted = record(&bytes);
    assert!(converted.parameter_sets().eq(parsed.parameter_sets()));
    assert_eq!(converted.codec_string(), parsed.codec_string());
}

#[test]
fn a_record_needs_a_sequence_parameter_set() {
    assert_eq!(
        HevcConfiguration::from_parameter_sets(&[], &[], &[]),
        Err(ConfigError::Missing("sequence parameter set"))
    );
}

#[test]
fn a_record_without_arrays_still_tells_the_profile() {
    let mut bytes = MAIN[..23].to_vec();
    bytes[0] = 0; // the version that some encoders write
    bytes[22] = 0;
    let info = record(&bytes).info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("hvc1.1.6.L60.90"));
    assert_eq!(info.profile, Some("Main"));
    assert_eq!(info.bit_depth, 8);
    assert_eq!((info.width, info.height), (0, 0));
    bytes[0] = 1;
    assert_eq!(record(&bytes).encode(), bytes);
}

#[test]
fn what_has_been_read_is_never_written_as_start_codes() {
    // Version 0, no profile, no arrays, two bytes too many: it begins with a start code, but is also a unit of one
    // byte and five of none behind lengths. With its reserved bits set it would be no lengths any more.
    let mut bytes = [0; 25];
    bytes[3] = 1;
    let parsed = record(&bytes);
    let written = parsed.encode();
    assert_eq!(record(&written), parsed);
    assert_eq!(written[..4], [1, 0, 0, 1]);
}

#[test]
fn a_record_cut_short_is_truncated() {
    for len in 0..MAIN.len() {
        let cut = Bytes::copy_from_slice(&MAIN[..len]);
        assert_eq!(
            HevcConfiguration::parse(&cut),
            Err(ConfigError::Truncated),
            "{len}"
        );
    }
}

#[test]
fn another_version_is_something_else() {
    let mut bytes = MAIN.to_vec();
    bytes[0] = 2;
    assert_eq!(
        HevcConfiguration::parse(&Bytes::from(bytes)),
        Err(ConfigError::NotA("an HEVCDecoderConfigurationRecord"))
    );
}

#[test]
fn more_units_than_any_stream_has_are_refused() {
    // Two arrays, of 200 and 57 empty units.
    let mut bytes = MAIN[..23].to_vec();
    bytes[22] = 2;
    bytes.extend_from_slice(&[32, 0, 200]);
    bytes.resize(bytes.len() + 400, 0);
    bytes.extend_from_slice(&[33, 0, 57]);
    bytes.resize(bytes.len() + 114, 0);
    let refused = |count, limit| {
        Err(ConfigError::TooMany {
            field: "numNalus",
            count,
            limit,
        })
    };
    assert_eq!(
        HevcConfiguration::parse(&Bytes::from(bytes.clone())),
        refused(57, 56)
    );
    bytes[22] = 1;
    assert_eq!(record(&bytes).vps().count(), 200);
    // The same among those that a record is made of.
    let parsed = record(MAIN);
    let (vps, sps) = (collect(parsed.vps()), collect(parsed.sps()));
    let pps = vec![parsed.pps().next().unwrap().clone(); 255];
    assert_eq!(
        HevcConfiguration::from_parameter_sets(&vps, &sps, &pps),
        refused(255, 254)
    );
    let made = HevcConfiguration::from_parameter_sets(&vps, &sps, &pps[1..]).unwrap();
    assert_eq!(record(&made.encode()), made);
    // And among units behind start codes.
    assert_eq!(
        HevcConfiguration::parse(&Bytes::from([0, 0, 1, 0x42, 1].repeat(257))),
        Err(ConfigError::TooMany {
            field: "parameter sets",
            count: 257,
            limit: 256
        })
    );
}

#[test]
fn codec_strings_leave_out_zeros() {
    // The examples of ISO/IEC 14496-15 §E.3, as far as they are of hvc1.
    let mut profile = ProfileTierLevel {
        profile_space: 0,
        high_tier: false,
        profile: 1,
        compatibility: 0x6000_0000,
        constraints: [0xB0, 0, 0, 0, 0, 0],
        level: 93,
    };
    assert_eq!(profile.codec_string(), "hvc1.1.6.L93.B0");
    profile.constraints = [0x90, 0, 0x08, 0, 0, 0];
    profile.profile_space = 1;
    profile.profile = 4;
    profile.compatibility = 0x0800_0000;
    profile.high_tier = true;
    profile.level = 120;
    assert_eq!(profile.codec_string(), "hvc1.A4.10.H120.90.0.8");
    profile.constraints = [0; 6];
    assert_eq!(profile.codec_string(), "hvc1.A4.10.H120");
}
