use bytes::Bytes;
use proptest::prelude::*;

use super::{HevcConfiguration, ProfileTierLevel, Sps, Vps};
use crate::media::config::{ChromaFormat, Colour, ConfigError, SampleAspectRatio, digits};
use crate::media::nal::{LengthSize, ebsp};

/// The record that FFmpeg 8 writes for x265's Main profile with B frames, 320x180, 25 frames per second. Of the
/// fourth array, the encoder's note to itself, only the beginning is here.
#[rustfmt::skip]
const MAIN: &[u8] = &[
    1, 0x01,                            // version; no profile space, Main tier, Main
    0x60, 0x00, 0x00, 0x00,             // compatible with profiles 1 and 2
    0x90, 0x00, 0x00, 0x00, 0x00, 0x00, // progressive source, frame only
    60,                                 // level 2.0
    0xF0, 0x00, 0xFC, 0xFD, 0xF8, 0xF8, // no segmentation, parallelism unknown, 4:2:0, 8 bits, 8 bits
    0, 0, 0x0F,                         // no frame rate; one layer, nested, lengths of 4 bytes
    4,                                  // four arrays
    32, 0, 1, 0, 24,                    // one video parameter set of 24 bytes
    0x40, 0x01, 0x0C, 0x01, 0xFF, 0xFF, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
    0x00, 0x00, 0x03, 0x00, 0x3C, 0x95, 0x94, 0x09,
    33, 0, 1, 0, 43,                    // one sequence parameter set of 43 bytes
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x3C, 0xA0, 0x0A, 0x08, 0x0B, 0x9F, 0x79, 0x65, 0x65, 0x92, 0x4C, 0xAF, 0x01, 0x68, 0x08,
    0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xC8, 0x40,
    34, 0, 1, 0, 7,                     // one picture parameter set of 7 bytes
    0x44, 0x01, 0xC1, 0x72, 0xB4, 0x62, 0x40,
    39, 0, 1, 0, 5,                     // one SEI of 5 bytes
    0x4E, 0x01, 0x05, 0xFF, 0x80,
];
/// Where the fourth array begins.
const SEI_AT: usize = MAIN.len() - 10;

// Sequence parameter sets that x265 makes, by what is particular to them.

/// 1918x1078 of 1920x1080.
const CROPPED: &[u8] = &[
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x78, 0xA0, 0x03, 0xC0, 0x80, 0x10, 0xE7, 0x55, 0x96, 0x56, 0x69, 0x24, 0xCA, 0xF0, 0x16, 0x80, 0x80,
    0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0C, 0x84,
];
/// 320x180 of 320x184, 10 bits, BT.2020, PQ.
const MAIN_10: &[u8] = &[
    0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x3C, 0xA0, 0x0A, 0x08, 0x0B, 0x9F, 0x6D, 0x96, 0x56, 0x69, 0x24, 0xCA, 0xF0, 0x16, 0xA1, 0x22, 0x01,
    0x20, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0C, 0x84,
];
/// 318x182 of 320x184, 4:2:2, 10 bits.
const YUV_422_10: &[u8] = &[
    0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9D, 0x08, 0x00, 0x00, 0x03, 0x00, 0x00, 0x3C,
    0xB0, 0x0A, 0x08, 0x0B, 0x9D, 0x5B, 0x65, 0x95, 0x9A, 0x49, 0x32, 0xBC, 0x05, 0xA0, 0x20, 0x00, 0x00,
    0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x21,
];
/// 322x178 of 328x184, 4:4:4.
const YUV_444: &[u8] = &[
    0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9E, 0x08, 0x00, 0x00, 0x03, 0x00, 0x00, 0x3C,
    0x90, 0x01, 0x49, 0x01, 0x73, 0x9E, 0x7C, 0xB2, 0xB3, 0x49, 0x26, 0x57, 0x80, 0xB4, 0x04, 0x00, 0x00,
    0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0x64, 0x20,
];
/// 320x180 of 320x184, 4:0:0, full range.
const GREY: &[u8] = &[
    0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9F, 0xC8, 0x00, 0x00, 0x03, 0x00, 0x00, 0x3C,
    0xC0, 0x28, 0x20, 0x2E, 0x7C, 0xB9, 0x65, 0x66, 0x92, 0x4C, 0xAF, 0x01, 0x6C, 0x08, 0x00, 0x00, 0x03,
    0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xC8, 0x40,
];
/// 720x576, pictures are fields, samples of 64:45.
const FIELDS: &[u8] = &[
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x5A, 0xA0, 0x05, 0xA2, 0x00, 0x90, 0x59, 0x65, 0x66, 0x92, 0x4C, 0xAF, 0xFF, 0x00, 0x40, 0x00, 0x2D,
    0x68, 0x68, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xC8, 0x40,
];
/// 640x360, default scaling lists, 60000/1001 frames per second.
const SCALING_LISTS: &[u8] = &[
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x5A, 0xA0, 0x05, 0x02, 0x01, 0x69, 0x65, 0x95, 0x9A, 0x49, 0x39, 0x5E, 0x02, 0xD0, 0x10, 0x00, 0x00,
    0x3E, 0x90, 0x00, 0x0E, 0xA6, 0x00, 0x80,
];
/// 640x360, level 5.1, with parameters of a reference decoder.
const HIGH_TIER: &[u8] = &[
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x99, 0xA0, 0x05, 0x02, 0x01, 0x69, 0x65, 0x95, 0x9A, 0x49, 0x32, 0xBC, 0x05, 0xA0, 0x20, 0x00, 0x00,
    0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0x2C, 0x02, 0x92, 0xCB, 0xC0, 0x00, 0x26, 0x25, 0xA0, 0x00,
    0x13, 0x12, 0xD1,
];
/// 640x360, one picture.
const STILL: &[u8] = &[
    0x42, 0x01, 0x01, 0x03, 0x70, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
    0x3F, 0xA0, 0x05, 0x02, 0x01, 0x69, 0x65, 0xBA, 0x92, 0x4C, 0xAF, 0x01, 0x68, 0x08, 0x00, 0x00, 0x03,
    0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xC8, 0x40,
];

fn sps(unit: &[u8]) -> Sps {
    Sps::parse(unit).unwrap()
}

fn size(sps: &Sps) -> (u32, u32) {
    (sps.width, sps.height)
}

fn rate(sps: &Sps) -> String {
    sps.frame_rate.unwrap().to_string()
}

fn record(bytes: &[u8]) -> HevcConfiguration {
    HevcConfiguration::parse(&Bytes::copy_from_slice(bytes)).unwrap()
}

fn collect<'a>(units: impl Iterator<Item = &'a Bytes>) -> Vec<Bytes> {
    units.cloned().collect()
}

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
    assert_eq!(record(&bytes).encode(), bytes);
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

#[test]
fn cropping_counts_in_units_of_chroma() {
    assert_eq!(size(&sps(CROPPED)), (1918, 1078));
    assert_eq!(size(&sps(YUV_422_10)), (318, 182));
    assert_eq!(size(&sps(YUV_444)), (322, 178));
    assert_eq!(size(&sps(GREY)), (320, 180));
}

#[test]
fn colour_and_depth_are_told() {
    let sps_10 = sps(MAIN_10);
    assert_eq!(size(&sps_10), (320, 180));
    assert_eq!((sps_10.bit_depth_luma, sps_10.bit_depth_chroma), (10, 10));
    assert_eq!(
        sps_10.colour,
        Some(Colour {
            primaries: 9,
            transfer: 16,
            matrix: 9,
            full_range: false
        })
    );
    assert_eq!(sps(YUV_422_10).chroma, ChromaFormat::Yuv422);
    assert_eq!(sps(YUV_444).chroma, ChromaFormat::Yuv444);
    assert_eq!(sps(GREY).chroma, ChromaFormat::Monochrome);
    assert_eq!(sps(GREY).colour.map(|c| c.full_range), Some(true));
}

#[test]
fn profiles_have_the_names_that_ffmpeg_prints() {
    let name = |unit| sps(unit).profile.name().unwrap();
    assert_eq!(name(CROPPED), "Main");
    assert_eq!(name(MAIN_10), "Main 10");
    assert_eq!(name(YUV_422_10), "Rext");
    assert_eq!(name(STILL), "Main Still Picture");
}

#[test]
fn levels_count_in_thirtieths() {
    assert_eq!(sps(CROPPED).profile.level_name(), "4.0");
    assert_eq!(sps(STILL).profile.level_name(), "2.1");
    assert_eq!(sps(HIGH_TIER).profile.level_name(), "5.1");
}

#[test]
fn a_picture_lasts_one_tick() {
    assert_eq!(rate(&sps(SCALING_LISTS)), "60000/1001");
    assert_eq!(rate(&sps(HIGH_TIER)), "25");
    let fields = sps(FIELDS);
    assert_eq!(rate(&fields), "25");
    assert_eq!(size(&fields), (720, 576));
    assert_eq!(
        fields.sample_aspect_ratio,
        Some(SampleAspectRatio {
            width: 64,
            height: 45
        })
    );
}

/// Bits as a unit with this header.
fn unit(nal_type: u8, bits: &str) -> Vec<u8> {
    [&[nal_type << 1, 1][..], &ebsp(&digits::bytes(bits))].concat()
}

/// Main tier, Main, compatible with 1 and 2, no constraints, level 3.1.
fn profile_bits() -> String {
    format!("00 0 00001 0110{:028b} {:048b} 01011101", 0, 0)
}

/// A sequence parameter set of 64x64, up to the sets of reference pictures.
fn sps_head() -> String {
    // VPS 0, one sub-layer, nested; id 0, 4:2:0, 64, 64, no window, 8 bits, 8 bits, order counts of 4 bits, all
    // sub-layers told: 0 0 0; six sizes; no scaling lists, amp, sao, pcm.
    let size = "0000001000001 0000001000001";
    let head = format!("0000 000 1 {} 1 010 {size} 0 1 1 1 1 1 1 1", profile_bits());
    format!("{head} 111111 0 0 0 0")
}

#[test]
fn sets_of_reference_pictures_are_passed_over() {
    // Three sets. One negative picture and one positive, then the second from the first: of three entries two are
    // taken; the third from the second: used ones only.
    let sets = "00100 010 010 1 1 1 1 | 1 0 1 1 00 01 | 1 0 1 1 1 1".replace('|', "");
    // Two long-term pictures, mvp, smoothing, vui: 1:1 and nothing else but 50 ticks of 1.
    let vui = format!("1 1 00000001 0 0 0 0 0 0 0 1 {:032b} {:032b}", 1, 50);
    let bits = format!("{} {sets} 1 011 0001 1 0010 1 1 1 {vui} 0 0 0 1", sps_head());
    let sps = sps(&unit(33, &bits));
    assert_eq!(size(&sps), (64, 64));
    assert_eq!(
        sps.sample_aspect_ratio,
        Some(SampleAspectRatio { width: 1, height: 1 })
    );
    assert_eq!(rate(&sps), "50");
}

#[test]
fn more_reference_pictures_than_can_be_are_refused() {
    // 65 sets: 000000 1 000010.
    let bits = format!("{} 0000001000010", sps_head());
    let refused = |field, count, limit| Err(ConfigError::TooMany { field, count, limit });
    assert_eq!(
        Sps::parse(&unit(33, &bits)),
        refused("num_short_term_ref_pic_sets", 65, 64)
    );
    // One set of 17 negative pictures: 0000 1 0010.
    let bits = format!("{} 010 000010010 1 1", sps_head());
    assert_eq!(Sps::parse(&unit(33, &bits)), refused("num_negative_pics", 17, 16));
    // One of 16 and 16: 0000 1 0001 each.
    let bits = format!("{} 010 000010001 000010001 1", sps_head());
    assert_eq!(Sps::parse(&unit(33, &bits)), refused("NumDeltaPocs", 32, 16));
    // No sets, 33 long-term pictures: 00000 1 00010.
    let bits = format!("{} 1 1 00000100010 1", sps_head());
    assert_eq!(
        Sps::parse(&unit(33, &bits)),
        refused("num_long_term_ref_pics_sps", 33, 32)
    );
}

#[test]
fn what_is_said_of_sub_layers_is_passed_over() {
    // Three sub-layers, of which the first tells profile and level, the second its level.
    let sub_layers = format!("11 01 {:012b} {:088b} {:08b} {:08b}", 0, 0, 60, 63);
    let bits = format!(
        "0000 010 1 {} {sub_layers} 1 010 0000001000001 0000001000001 0 1 1 1 0 1 1 1 111111 0 0 0 0 1 0 0 0 0 1",
        profile_bits()
    );
    let sps = sps(&unit(33, &bits));
    assert_eq!(sps.temporal_layers, 3);
    assert_eq!(size(&sps), (64, 64));
}

#[test]
fn a_video_parameter_set_may_tell_the_frame_rate() {
    // VPS 3, base layer, one layer, one sub-layer, nested, 16 ones, profile; ordering: 0 0 0; layer 0, one layer
    // set; timing: 1001 of 24000.
    let bits = format!(
        "0011 11 000000 000 1 {:016b} {} 1 1 1 1 000000 1 1 {:032b} {:032b} 0 1",
        0xFFFF,
        profile_bits(),
        1001,
        24000
    );
    let vps = unit(32, &bits);
    let parsed = Vps::parse(&vps).unwrap();
    assert_eq!(parsed.id, 3);
    assert_eq!(parsed.profile.level_name(), "3.1");
    assert_eq!(parsed.frame_rate.unwrap().to_string(), "24000/1001");
    // It is asked where the sequence parameter set says nothing.
    let sps = unit(33, &format!("{} 1 0 0 0 0 0 1", sps_head()));
    let configuration =
        HevcConfiguration::from_parameter_sets(&[Bytes::from(vps)], &[Bytes::from(sps)], &[]).unwrap();
    let info = configuration.info().unwrap();
    assert_eq!(info.frame_rate.unwrap().to_string(), "24000/1001");
}

#[test]
fn another_unit_is_no_parameter_set() {
    for other in [&[][..], &[0x42], &[0x44, 0x01, 0xC1], &[0x26; 30]] {
        assert_eq!(
            Sps::parse(other),
            Err(ConfigError::NotA("a sequence parameter set"))
        );
        assert_eq!(Vps::parse(other), Err(ConfigError::NotA("a video parameter set")));
    }
}

fn arrays() -> impl Strategy<Value = Vec<(u8, Vec<Vec<u8>>)>> {
    let units = prop::collection::vec(prop::collection::vec(1..=u8::MAX, 0..40), 0..4);
    // array_completeness above the type, with a zero between.
    let head = (any::<bool>(), 0..64_u8).prop_map(|(complete, nal_type)| u8::from(complete) << 7 | nal_type);
    prop::collection::vec((head, units), 0..5)
}

proptest! {
    #[test]
    fn well_formed_records_come_back(
        profile in any::<[u8; 12]>(),
        segmentation in 0..0x1000_u16,
        (parallelism, chroma, luma, chroma_depth) in (0..4_u8, 0..4_u8, 0..8_u8, 0..8_u8),
        tail in any::<[u8; 3]>(),
        arrays in arrays(),
    ) {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&profile);
        bytes.extend_from_slice(&(0xF000 | segmentation).to_be_bytes());
        bytes.extend_from_slice(&[0xFC | parallelism, 0xFC | chroma, 0xF8 | luma, 0xF8 | chroma_depth]);
        bytes.extend_from_slice(&tail);
        bytes.push(u8::try_from(arrays.len()).unwrap());
        for (head, units) in &arrays {
            bytes.push(*head);
            bytes.extend_from_slice(&u16::try_from(units.len()).unwrap().to_be_bytes());
            for unit in units {
                bytes.extend_from_slice(&u16::try_from(unit.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(unit);
            }
        }
        prop_assert_eq!(record(&bytes).encode(), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = HevcConfiguration::parse(&Bytes::from(bytes.clone())).map(|c| c.info());
        let _ = Sps::parse(&[&[0x42, 1], &bytes[..]].concat());
        let _ = Vps::parse(&[&[0x40, 1], &bytes[..]].concat());
    }

    /// A real set, with some bytes changed: far more of the reader sees them than random bytes.
    #[test]
    fn no_damage_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for unit in [MAIN_10, SCALING_LISTS, HIGH_TIER] {
            let mut unit = unit.to_vec();
            for (index, byte) in &changes {
                *index.get_mut(&mut unit) = *byte;
            }
            if let Ok(sps) = Sps::parse(&unit) {
                prop_assert!(sps.width > 0 && sps.width < 65_536);
                prop_assert!(sps.height > 0 && sps.height < 65_536);
            }
        }
    }
}
