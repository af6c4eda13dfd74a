use bytes::Bytes;
use proptest::prelude::*;

use super::{AvcConfiguration, Sps};
use crate::media::config::{ChromaFormat, Colour, ConfigError, SampleAspectRatio, digits};
use crate::media::nal::{LengthSize, ebsp};

/// The record that FFmpeg 5.1 writes for x264's Main profile, 320x180, 25 frames per second.
#[rustfmt::skip]
const MAIN: &[u8] = &[
    1, 0x4D, 0x40, 0x0C, // version, Main, constraint_set1_flag, level 1.2
    0xFF,                // lengths of 4 bytes
    0xE1, 0, 23,         // one sequence parameter set of 23 bytes
    0x67, 0x4D, 0x40, 0x0C, 0xDA, 0x05, 0x06, 0x7E, 0x7C, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40,
    0x00, 0x00, 0x0C, 0x83, 0xC5, 0x0A, 0xA8,
    1, 0, 4,             // one picture parameter set of 4 bytes
    0x68, 0xEF, 0x3C, 0x80,
];
/// The same of the High profile, with B frames.
#[rustfmt::skip]
const HIGH: &[u8] = &[
    1, 0x64, 0x00, 0x0C, // version, High, no constraints, level 1.2
    0xFF,                // lengths of 4 bytes
    0xE1, 0, 26,         // one sequence parameter set of 26 bytes
    0x67, 0x64, 0x00, 0x0C, 0xAC, 0xD9, 0x41, 0x41, 0x9F, 0x9F, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00,
    0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
    1, 0, 5,             // one picture parameter set of 5 bytes
    0x68, 0xEB, 0xEC, 0xB2, 0x2C,
    0xFD, 0xF8, 0xF8, 0, // 4:2:0, 8 bits, 8 bits, no sequence parameter set extensions
];

// Sequence parameter sets that x264 makes, by what is particular to them.

/// 1918x1078 of 1920x1088, BT.709, limited range.
const CROPPED: &[u8] = &[
    0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02, 0x27, 0xA9, 0xB0, 0x16, 0xA0, 0x20, 0x20, 0x28,
    0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x01, 0x90, 0x78, 0xC1, 0x8C, 0xB0,
];
/// 318x182 of 320x192, 4:2:2, 10 bits.
const YUV_422_10: &[u8] = &[
    0x67, 0x7A, 0x00, 0x0C, 0xB6, 0xCD, 0x94, 0x14, 0x19, 0xEA, 0x2F, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00,
    0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
];
/// 322x178 of 336x192, 4:4:4.
const YUV_444: &[u8] = &[
    0x67, 0xF4, 0x00, 0x0D, 0x91, 0x9B, 0x28, 0x2A, 0x33, 0xC7, 0xC7, 0xE0, 0x22, 0x00, 0x00, 0x03, 0x00,
    0x02, 0x00, 0x00, 0x03, 0x00, 0x64, 0x1E, 0x28, 0x53, 0x2C,
];
/// 320x180 of 320x192, 4:0:0, full range.
const GREY: &[u8] = &[
    0x67, 0x64, 0x00, 0x0C, 0xF3, 0x65, 0x05, 0x06, 0x7E, 0x37, 0x01, 0x6C, 0x80, 0x00, 0x00, 0x03, 0x00,
    0x80, 0x00, 0x00, 0x19, 0x07, 0x8A, 0x14, 0xCB,
];
/// 720x576 in fields, samples of 64:45.
const INTERLACED: &[u8] = &[
    0x67, 0x64, 0x00, 0x1E, 0xAC, 0xD9, 0x40, 0xB4, 0x24, 0xDF, 0xF8, 0x02, 0x00, 0x01, 0x68, 0x80, 0x00,
    0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x0F, 0x8A, 0x14, 0xCB,
];
/// 640x360, 30000/1001 frames per second, Constrained Baseline, full range.
const BASELINE: &[u8] = &[
    0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0, 0x2F, 0xF9, 0x70, 0x16, 0xC8, 0x00, 0x00, 0x1F, 0x48, 0x00,
    0x07, 0x53, 0x00, 0x78, 0xB1, 0x72, 0x40,
];
/// 320x180, 10 bits, each frame a key frame.
const INTRA: &[u8] = &[
    0x67, 0x6E, 0x10, 0x0C, 0xA6, 0xCB, 0x82, 0x83, 0x3F, 0x3E, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20,
    0x00, 0x00, 0x06, 0x40, 0x80,
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

fn record(bytes: &[u8]) -> AvcConfiguration {
    AvcConfiguration::parse(&Bytes::copy_from_slice(bytes)).unwrap()
}

#[test]
fn a_record_tells_all() {
    let configuration = record(MAIN);
    assert_eq!(configuration.length_size(), LengthSize::FOUR);
    assert_eq!(configuration.sps(), [&MAIN[8..31]]);
    assert_eq!(configuration.pps(), [&MAIN[34..]]);
    assert_eq!(configuration.extension(), None);
    let info = configuration.info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("avc1.4d400c"));
    assert_eq!(info.profile, Some("Main"));
    assert_eq!(info.level.as_deref(), Some("1.2"));
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.frame_rate.unwrap().to_string(), "25");
    assert_eq!(info.bit_depth, 8);
    assert_eq!(info.chroma, Some(ChromaFormat::Yuv420));
    assert_eq!(
        info.sample_aspect_ratio,
        Some(SampleAspectRatio { width: 1, height: 1 })
    );
}

#[test]
fn a_record_of_a_high_profile_ends_with_an_extension() {
    let configuration = record(HIGH);
    let extension = configuration.extension().unwrap();
    assert_eq!(extension.chroma(), ChromaFormat::Yuv420);
    assert_eq!((extension.bit_depth_luma(), extension.bit_depth_chroma()), (8, 8));
    assert!(extension.sps_extensions().is_empty());
    let info = configuration.info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("avc1.64000c"));
    assert_eq!(info.profile, Some("High"));
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.frame_rate.unwrap().to_string(), "25");
}

#[test]
fn parameter_sets_are_slices_of_the_record() {
    let bytes = Bytes::copy_from_slice(MAIN);
    let configuration = AvcConfiguration::parse(&bytes).unwrap();
    assert_eq!(configuration.sps()[0].as_ptr(), bytes[8..].as_ptr());
}

#[test]
fn what_was_parsed_is_written_again() {
    for bytes in [MAIN, HIGH] {
        assert_eq!(record(bytes).encode(), bytes);
    }
}

#[test]
fn parameter_sets_make_the_record_that_ffmpeg_writes() {
    for bytes in [MAIN, HIGH] {
        let parsed = record(bytes);
        let made = AvcConfiguration::from_parameter_sets(parsed.sps(), parsed.pps()).unwrap();
        assert_eq!(made, parsed);
        assert_eq!(made.encode(), bytes);
    }
}

#[test]
fn a_record_needs_a_readable_sequence_parameter_set() {
    assert_eq!(
        AvcConfiguration::from_parameter_sets(&[], &[]),
        Err(ConfigError::Missing("sequence parameter set"))
    );
    assert_eq!(
        AvcConfiguration::from_parameter_sets(&[Bytes::from_static(&[0x67, 0x64])], &[]),
        Err(ConfigError::Truncated)
    );
}

#[test]
fn a_record_holds_so_many_sets_and_so_long_ones() {
    let parsed = record(MAIN);
    let too_many = vec![parsed.pps()[0].clone(); 256];
    assert_eq!(
        AvcConfiguration::from_parameter_sets(parsed.sps(), &too_many),
        Err(ConfigError::TooMany {
            field: "numOfPictureParameterSets",
            count: 256,
            limit: 255
        })
    );
    let too_long = [Bytes::from(vec![0x68; 0x1_0000])];
    assert_eq!(
        AvcConfiguration::from_parameter_sets(parsed.sps(), &too_long),
        Err(ConfigError::Value {
            field: "numOfPictureParameterSets",
            value: 0x1_0000
        })
    );
}

#[test]
fn the_extension_may_be_missing() {
    let configuration = record(&HIGH[..HIGH.len() - 4]);
    assert_eq!(configuration.extension(), None);
    assert_eq!(configuration.info().unwrap().profile, Some("High"));
    assert_eq!(configuration.encode(), HIGH[..HIGH.len() - 4]);
    // Cut short within it: as if it were not there.
    assert_eq!(record(&HIGH[..HIGH.len() - 1]).extension(), None);
}

#[test]
fn a_record_without_parameter_sets_still_tells_the_profile() {
    // Version, High, level 3.1, lengths of 4 bytes, nothing, nothing, 4:2:0, 8 bits, 8 bits, nothing.
    let configuration = record(&[1, 100, 0, 31, 0xFF, 0xE0, 0, 0xFD, 0xF8, 0xF8, 0]);
    let info = configuration.info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("avc1.64001f"));
    assert_eq!(info.profile, Some("High"));
    assert_eq!(info.level.as_deref(), Some("3.1"));
    assert_eq!(info.bit_depth, 8);
    assert_eq!((info.width, info.height), (0, 0));
}

#[test]
fn a_start_code_inside_the_record_is_left_out() {
    let mut bytes = vec![1, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0, 27, 0, 0, 0, 1];
    bytes.extend_from_slice(&MAIN[8..31]);
    bytes.extend_from_slice(&[1, 0, 7, 0, 0, 1]);
    bytes.extend_from_slice(&MAIN[34..]);
    assert_eq!(record(&bytes), record(MAIN));
}

#[test]
fn start_codes_in_the_place_of_a_record_are_converted() {
    let mut bytes = vec![0, 0, 0, 1];
    bytes.extend_from_slice(&HIGH[8..34]);
    bytes.extend_from_slice(&[0, 0, 0, 1]);
    bytes.extend_from_slice(&HIGH[37..42]);
    assert_eq!(record(&bytes).encode(), HIGH);
}

#[test]
fn a_record_cut_short_is_truncated() {
    // The whole of MAIN has no extension to be left out.
    for len in 0..MAIN.len() {
        let cut = Bytes::copy_from_slice(&MAIN[..len]);
        assert_eq!(
            AvcConfiguration::parse(&cut),
            Err(ConfigError::Truncated),
            "{len}"
        );
    }
}

#[test]
fn another_version_is_something_else() {
    let parsed = AvcConfiguration::parse(&Bytes::from_static(&[2, 100, 0, 31, 0xFF, 0xE0, 0]));
    assert_eq!(parsed, Err(ConfigError::NotA("an AVCDecoderConfigurationRecord")));
}

#[test]
fn an_unreadable_sequence_parameter_set_is_an_error_of_the_facts_alone() {
    // One sequence parameter set of one byte.
    let configuration = record(&[1, 77, 0, 31, 0xFF, 0xE1, 0, 1, 0x67, 0]);
    assert_eq!(configuration.codec_string(), "avc1.4d001f");
    assert_eq!(configuration.info(), Err(ConfigError::Truncated));
}

#[test]
fn cropping_counts_in_units_of_chroma() {
    let cropped = sps(CROPPED);
    assert_eq!(size(&cropped), (1918, 1078));
    assert_eq!(
        cropped.colour,
        Some(Colour {
            primaries: 1,
            transfer: 1,
            matrix: 1,
            full_range: false
        })
    );
    assert_eq!(size(&sps(YUV_422_10)), (318, 182));
    assert_eq!(size(&sps(YUV_444)), (322, 178));
    assert_eq!(size(&sps(GREY)), (320, 180));
}

#[test]
fn chroma_and_depth_are_told_by_high_profiles() {
    let sps_422 = sps(YUV_422_10);
    assert_eq!(sps_422.chroma, ChromaFormat::Yuv422);
    assert_eq!((sps_422.bit_depth_luma, sps_422.bit_depth_chroma), (10, 10));
    assert_eq!(sps(YUV_444).chroma, ChromaFormat::Yuv444);
    assert_eq!(sps(GREY).chroma, ChromaFormat::Monochrome);
    assert_eq!(sps(GREY).colour.map(|c| c.full_range), Some(true));
}

#[test]
fn fifteen_bits_are_more_than_there_are() {
    // High, level 3.0, id 0: 4:2:0, 14 bits (00111) of luma, then 15 (0001000) of chroma.
    let high = "01100100 00000000 00011110 1";
    assert_eq!(
        Sps::parse(&unit(&format!("{high} 010 00111 0001000"))),
        Err(ConfigError::Value {
            field: "bit_depth_chroma_minus8",
            value: 7
        })
    );
}

#[test]
fn a_picture_in_fields_has_twice_the_height_of_its_map() {
    let interlaced = sps(INTERLACED);
    assert!(!interlaced.frames_only);
    assert_eq!(size(&interlaced), (720, 576));
    assert_eq!(rate(&interlaced), "25");
    assert_eq!(
        interlaced.sample_aspect_ratio,
        Some(SampleAspectRatio {
            width: 64,
            height: 45
        })
    );
}

#[test]
fn profiles_have_the_names_that_ffmpeg_prints() {
    let name = |unit| sps(unit).info().profile.unwrap();
    assert_eq!(name(BASELINE), "Constrained Baseline");
    assert_eq!(name(YUV_422_10), "High 4:2:2");
    assert_eq!(name(YUV_444), "High 4:4:4 Predictive");
    assert_eq!(name(INTRA), "High 10 Intra");
    assert_eq!(super::profile_name(66, 0), Some("Baseline"));
    assert_eq!(super::profile_name(110, 0), Some("High 10"));
    assert_eq!(super::profile_name(1, 0), None);
}

#[test]
fn a_level_between_1_and_1_1_is_1b() {
    assert_eq!(super::level_name(66, 0x10, 11), "1b");
    assert_eq!(super::level_name(66, 0x00, 11), "1.1");
    // In high profiles constraint_set3_flag means something else.
    assert_eq!(super::level_name(100, 0x10, 11), "1.1");
    assert_eq!(super::level_name(100, 0x00, 9), "1b");
    assert_eq!(super::level_name(100, 0x00, 52), "5.2");
}

#[test]
fn a_frame_lasts_two_ticks() {
    assert_eq!(rate(&sps(BASELINE)), "30000/1001");
    assert_eq!(size(&sps(BASELINE)), (640, 360));
}

/// What comes behind the header, from `profile_idc` on, as a unit.
fn unit(bits: &str) -> Vec<u8> {
    [&[0x67][..], &ebsp(&digits::bytes(bits))].concat()
}

/// Baseline, level 3.0, id 0.
const BASELINE_HEAD: &str = "01000010 00000000 00011110 1";
/// log2_max_frame_num 4, picture order count type 2, one reference frame, no gaps.
const TYPE_2: &str = "1 011 010 0";

#[test]
fn usability_information_cut_short_leaves_the_rest_unsaid() {
    // 1x1 macroblocks, frames only, direct_8x8, no cropping; vui: 2:1 samples, then the end.
    let sps = sps(&unit(&format!("{BASELINE_HEAD} {TYPE_2} 1 1 1 1 0 1 1 00010000")));
    assert_eq!(size(&sps), (16, 16));
    assert_eq!(
        sps.sample_aspect_ratio,
        Some(SampleAspectRatio { width: 2, height: 1 })
    );
    assert_eq!(sps.frame_rate, None);
}

#[test]
fn picture_order_counts_of_type_1_have_a_cycle() {
    // Type 1: flag, offsets 0 and 0, a cycle of 2: 0, 0; then one reference frame, no gaps, 1x1, no cropping, no vui.
    let bits = format!("{BASELINE_HEAD} 1 010 0 1 1 011 1 1 010 0 1 1 1 1 0 0 1");
    assert_eq!(size(&sps(&unit(&bits))), (16, 16));
    // A cycle of 256: 0 0000 0000 1 0000 0001 is 2^8 - 1 + 1.
    let bits = format!("{BASELINE_HEAD} 1 010 0 1 1 00000000 1 00000001 1");
    assert_eq!(
        Sps::parse(&unit(&bits)),
        Err(ConfigError::TooMany {
            field: "num_ref_frames_in_pic_order_cnt_cycle",
            count: 256,
            limit: 255
        })
    );
}

#[test]
fn scaling_lists_are_passed_over() {
    // High, level 3.0, id 0, 4:2:0, 8 bits, 8 bits, no bypass, scaling matrix.
    let head = "01100100 00000000 00011110 1 010 1 1 0 1";
    // The first list: deltas of 0; the second: one of -8, after which the default is used; no others.
    let lists = "1 1111111111111111 1 000010001 000000";
    let bits = format!("{head} {lists} {TYPE_2} 1 1 1 1 0 0 1");
    assert_eq!(size(&sps(&unit(&bits))), (16, 16));
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    // 31 zeros, a one and 31 ones: a number of 2^32 - 2, for the width in macroblocks.
    let huge = format!("{0}1{1}", "0".repeat(31), "1".repeat(31));
    let bits = format!("{BASELINE_HEAD} {TYPE_2} {huge} 1 1 1 0 0 1");
    let refused = ConfigError::Value {
        field: "pic_width_in_mbs_minus1",
        value: 16 * 0xFFFF_FFFF,
    };
    assert_eq!(Sps::parse(&unit(&bits)), Err(refused));
    // 16x16, of which the largest numbers are cropped on each side.
    let bits = format!("{BASELINE_HEAD} {TYPE_2} 1 1 1 1 1 {huge} {huge} {huge} {huge} 0 1");
    let refused = ConfigError::Value {
        field: "pic_width_in_mbs_minus1",
        value: 4 * 0xFFFF_FFFE,
    };
    assert_eq!(Sps::parse(&unit(&bits)), Err(refused));
}

#[test]
fn another_unit_is_no_sequence_parameter_set() {
    for other in [&[][..], &[0x68, 0xEB], &[0x65; 30]] {
        assert_eq!(
            Sps::parse(other),
            Err(ConfigError::NotA("a sequence parameter set"))
        );
    }
}

fn units(max: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(1..=u8::MAX, 1..40), 0..max)
}

proptest! {
    #[test]
    fn well_formed_records_come_back(
        profile in prop_oneof![Just(66), Just(77), Just(100), Just(122), Just(244), any::<u8>()],
        [compatibility, level] in any::<[u8; 2]>(),
        length_size_minus_one in 0..4_u8,
        (sps, pps, extensions) in (units(4), units(4), units(3)),
        (chroma, luma, chroma_depth) in (0..4_u8, 0..8_u8, 0..8_u8),
    ) {
        let mut bytes = vec![1, profile, compatibility, level, 0xFC | length_size_minus_one];
        let mut put = |reserved: u8, units: &[Vec<u8>]| {
            bytes.push(reserved | u8::try_from(units.len()).unwrap());
            for unit in units {
                bytes.extend_from_slice(&u16::try_from(unit.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(unit);
            }
        };
        put(0xE0, &sps);
        put(0, &pps);
        if super::has_extension(profile) {
            bytes.extend_from_slice(&[0xFC | chroma, 0xF8 | luma, 0xF8 | chroma_depth]);
            let mut tail = vec![u8::try_from(extensions.len()).unwrap()];
            for unit in &extensions {
                tail.extend_from_slice(&u16::try_from(unit.len()).unwrap().to_be_bytes());
                tail.extend_from_slice(unit);
            }
            bytes.extend(tail);
        }
        prop_assert_eq!(record(&bytes).encode(), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AvcConfiguration::parse(&Bytes::from(bytes.clone())).map(|c| c.info());
        let _ = Sps::parse(&[&[0x67], &bytes[..]].concat());
    }

    /// A real set, with some bits changed: far more of the reader sees them than random bytes.
    #[test]
    fn no_damage_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for unit in [CROPPED, YUV_444, INTERLACED] {
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
