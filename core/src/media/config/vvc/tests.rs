#![allow(clippy::arithmetic_side_effects)]

use bytes::Bytes;
use proptest::prelude::*;

use super::{Sps, VvcConfiguration};
use crate::media::config::{ChromaFormat, Colour, ConfigError, SampleAspectRatio, digits};
use crate::media::nal::{LengthSize, ebsp};

/// The record that FFmpeg 8 writes for VVenC's Main 10 profile, 320x180, 25 frames per second.
#[rustfmt::skip]
const MAIN_10: &[u8] = &[
    0xFF,                   // lengths of 4 bytes, profile is told
    0x00, 0x65, 0x5F,       // layer set 0, 6 sub-layers, constant rate, 4:2:0, 10 bits
    1, 0x02, 32, 0x80,      // one byte of constraints: Main 10, Main tier, level 2.0, frames only
    0x00, 0,                // no levels of sub-layers, no sub-profiles
    0x01, 0x40, 0x00, 0xB8, // 320x184 with what is cropped
    0, 0,                   // no frame rate
    2,                      // two arrays
    15, 0, 1, 0, 164,       // one sequence parameter set of 164 bytes
    0x00, 0x79, 0x00, 0xAB, 0x02, 0x20, 0x80, 0x00, 0x00, 0x80, 0x28, 0x20, 0x2E, 0x7D, 0x9A, 0x80,
    0x1C, 0xDF, 0xFE, 0xB0, 0x84, 0xD9, 0x58, 0xC1, 0x02, 0x09, 0xC0, 0x0C, 0xA0, 0xC5, 0x84, 0x21,
    0x83, 0x11, 0x08, 0x19, 0x22, 0x0D, 0x48, 0x7A, 0x3D, 0x5A, 0x92, 0xF2, 0x49, 0xA9, 0x2C, 0x91,
    0x16, 0xA2, 0x2F, 0x11, 0x26, 0xA2, 0x24, 0x52, 0x44, 0x49, 0x92, 0x22, 0x4D, 0x46, 0x59, 0x21,
    0x0B, 0x50, 0x85, 0xE1, 0x0B, 0xD5, 0xA9, 0x2F, 0x25, 0xEA, 0x19, 0x41, 0x8B, 0x10, 0x0C, 0x58,
    0x80, 0x81, 0x08, 0x10, 0x10, 0x2A, 0x10, 0x20, 0x20, 0x69, 0x08, 0x10, 0x10, 0x2C, 0x40, 0x80,
    0x81, 0x10, 0x40, 0x40, 0xB2, 0x08, 0x08, 0x12, 0x10, 0x10, 0x64, 0x08, 0x11, 0x08, 0x10, 0x2C,
    0x84, 0x08, 0x12, 0x20, 0x41, 0xA0, 0x81, 0x24, 0x10, 0x70, 0x83, 0x20, 0x45, 0xA1, 0x04, 0x90,
    0x87, 0x10, 0xD0, 0x97, 0x23, 0x95, 0x0C, 0xC1, 0x19, 0xC5, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
    0x00, 0x03, 0x00, 0x19, 0xE0, 0x1B, 0x00, 0x2B, 0xF0, 0x00, 0x0B, 0x71, 0xB0, 0x01, 0x5F, 0x80,
    0x00, 0x5B, 0x8D, 0x84,
    16, 0, 1, 0, 11,        // one picture parameter set of 11 bytes
    0x00, 0x81, 0x00, 0x00, 0x14, 0x10, 0x17, 0x22, 0x24, 0x1F, 0x41,
];
/// Where the sequence parameter set is.
const SPS: std::ops::Range<usize> = 22..186;

fn record(bytes: &[u8]) -> VvcConfiguration {
    VvcConfiguration::parse(&Bytes::copy_from_slice(bytes)).unwrap()
}

fn collect<'a>(units: impl Iterator<Item = &'a Bytes>) -> Vec<Bytes> {
    units.cloned().collect()
}

#[test]
fn a_record_tells_all() {
    let configuration = record(MAIN_10);
    assert_eq!(configuration.length_size(), LengthSize::FOUR);
    assert_eq!(collect(configuration.sps()), [&MAIN_10[SPS]]);
    assert_eq!(collect(configuration.pps()), [&MAIN_10[191..]]);
    assert_eq!(configuration.vps().count(), 0);
    let operating_point = configuration.operating_point().unwrap();
    assert_eq!(operating_point.output_layer_set, 0);
    assert_eq!(operating_point.sub_layers, 6);
    assert_eq!(operating_point.constant_frame_rate, 1);
    assert_eq!(operating_point.frame_rate(), None);
    let info = configuration.info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("vvc1.1.L32.CQA"));
    assert_eq!(info.profile, Some("Main 10"));
    assert_eq!(info.level.as_deref(), Some("2.0"));
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.frame_rate.unwrap().to_string(), "25");
    assert_eq!(info.bit_depth, 10);
    assert_eq!(info.chroma, Some(ChromaFormat::Yuv420));
}

#[test]
fn parameter_sets_are_slices_of_the_record() {
    let bytes = Bytes::copy_from_slice(MAIN_10);
    let configuration = VvcConfiguration::parse(&bytes).unwrap();
    assert_eq!(configuration.sps().next().unwrap().as_ptr(), bytes[SPS].as_ptr());
}

#[test]
fn what_was_parsed_is_written_again() {
    assert_eq!(record(MAIN_10).encode(), MAIN_10);
    let mut complete = MAIN_10.to_vec();
    complete[17] |= 0x80; // array_completeness of the sequence parameter sets
    assert!(record(&complete).arrays()[0].is_complete());
    assert_eq!(record(&complete).encode(), complete);
}

#[test]
fn parameter_sets_make_the_record_that_ffmpeg_writes() {
    let parsed = record(MAIN_10);
    let made =
        VvcConfiguration::from_parameter_sets(&[], &collect(parsed.sps()), &collect(parsed.pps())).unwrap();
    let mut expected = MAIN_10.to_vec();
    expected[2] &= !0x0C; // it is not known whether the frame rate is constant
    assert_eq!(made.encode(), expected);
}

#[test]
fn start_codes_in_the_place_of_a_record_are_converted() {
    let parsed = record(MAIN_10);
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
fn a_record_without_parameter_sets_still_tells_the_size() {
    let mut bytes = MAIN_10[..17].to_vec();
    bytes[14..].copy_from_slice(&[25, 0, 0]); // 25 * 256 frames in 256 seconds, no arrays
    let info = record(&bytes).info().unwrap();
    assert_eq!(info.codec_string.as_deref(), Some("vvc1.1.L32.CQA"));
    assert_eq!(info.profile, Some("Main 10"));
    assert_eq!((info.width, info.height), (320, 184));
    assert_eq!(info.frame_rate.unwrap().to_string(), "25");
    assert_eq!(info.bit_depth, 10);
}

#[test]
fn a_record_may_leave_the_profile_to_its_parameter_sets() {
    let bytes = [&[0xFE][..], &MAIN_10[16..]].concat();
    let configuration = record(&bytes);
    assert_eq!(configuration.operating_point(), None);
    assert_eq!(configuration.codec_string().as_deref(), Some("vvc1.1.L32.CQA"));
    assert_eq!(configuration.info().unwrap().profile, Some("Main 10"));
    assert_eq!(configuration.encode(), bytes);
    // Nothing at all: lengths of 4 bytes, no arrays.
    assert_eq!(record(&[0xFE, 0]).codec_string(), None);
    assert_eq!(record(&[0xFE, 0]).info().unwrap().profile, None);
}

#[test]
fn capability_information_is_not_counted() {
    // Lengths of 4 bytes; one array: decoding capability information of 3 bytes.
    let bytes = [0xFE, 1, 13, 0, 3, 0x00, 0x69, 0x80];
    let configuration = record(&bytes);
    assert_eq!(collect(configuration.parameter_sets()), [&bytes[5..]]);
    assert_eq!(configuration.encode(), bytes[..]);
}

#[test]
fn a_record_cut_short_is_truncated() {
    for len in 0..MAIN_10.len() {
        let cut = Bytes::copy_from_slice(&MAIN_10[..len]);
        assert_eq!(
            VvcConfiguration::parse(&cut),
            Err(ConfigError::Truncated),
            "{len}"
        );
    }
}

#[test]
fn something_else_is_refused() {
    let parsed = VvcConfiguration::parse(&Bytes::from_static(&[1, 0x64, 0, 0x1F]));
    assert_eq!(parsed, Err(ConfigError::NotA("a VvcDecoderConfigurationRecord")));
    assert_eq!(
        Sps::parse(&[0x42, 0x01, 0x01]),
        Err(ConfigError::NotA("a sequence parameter set"))
    );
    assert_eq!(
        VvcConfiguration::from_parameter_sets(&[], &[], &[]),
        Err(ConfigError::Missing("sequence parameter set"))
    );
    // No bytes of constraints.
    let mut bytes = MAIN_10.to_vec();
    bytes[4] = 0;
    assert_eq!(
        VvcConfiguration::parse(&Bytes::from(bytes)),
        Err(ConfigError::Value {
            field: "num_bytes_constraint_info",
            value: 0
        })
    );
}

/// A sequence parameter set of 1920x1088 in parts, most of whose flags are set. What it has, and no real one at hand:
/// sub-pictures, four lists of tables, long-term pictures, a reference decoder, usability information.
fn rich_sps() -> Vec<u8> {
    rich_sps_of_depth(10)
}

fn rich_sps_of_depth(bit_depth: u32) -> Vec<u8> {
    let ue = |value: u32| {
        let digits = format!("{:b}", value + 1);
        format!("{}{digits}", "0".repeat(digits.len() - 1))
    };
    let bits = [
        // Id 1, VPS 1, 2 sub-layers, 4:4:4, units of 32, profile.
        "0001 0001 001 11 00 1".to_owned(),
        // Main 10 4:4:4, High tier, level 4.1; multilayer, constraints: 71 and 2 more; to the byte's end.
        format!(
            "0100001 1 {:08b} 01 1 {} 00000010 11 {}",
            67,
            "0".repeat(71),
            "0".repeat(4)
        ),
        // The lower sub-layer's level 4.0; one sub-profile.
        format!("1 0000000 {:08b} 00000001 {:032b}", 64, 7),
        // gdr, resampling, change of size.
        "1 1 1".to_owned(),
        format!(
            "{} {} 1 {} {} {} {}",
            ue(1920),
            ue(1088),
            ue(0),
            ue(0),
            ue(0),
            ue(8)
        ),
        // Two sub-pictures, neither independent nor of one size: 60 units across (6 bits), 34 down (6 bits).
        format!("1 {} 0 0 000011 000011 11 000100 000000 11", ue(1)),
        // Ids of 3 bits, explicit and here.
        format!("{} 1 1 001 010", ue(2)),
        // The depth; sync, entry points, counts of 8 bits, cycle; 1 extra byte and none.
        format!("{} 1 1 0100 1 {} 01 11111111 00", ue(bit_depth - 8), ue(3)),
        // The buffer, of both sub-layers.
        format!("1 {}", ue(1).repeat(6)),
        // Blocks; the trees of luma with depth, of chroma without, of inter slices with.
        format!("{} 1 {1}{1}{1}{1} 1 {1}{0} {1}{1}{1}{1}", ue(0), ue(1)),
        // Units of 32 have no flag for 64. Transform skip with size and bdpcm; mts; lfnst.
        format!("1 {} 1 1 1 1 1", ue(1)),
        // Joint, not the same: three tables of one point.
        format!("1 0 {}", format!("1 {} {}{}", ue(0), ue(3), ue(4)).repeat(3)),
        // sao, alf, ccalf, lmcs.
        "1 1 1 1".to_owned(),
        // Weighted, not bi-, long-term, inter-layer, idr lists, two directions.
        "1 0 1 1 1 0".to_owned(),
        // One list of four, not in the header: inter-layer 0; short-term 0 first... here it has no sign, being second;
        // short-term 2 with sign; long-term, 8 bits.
        format!(
            "{} {} 0 1 {} 0 1 {} 0 1 {} 1 0 0 10101010",
            ue(1),
            ue(4),
            ue(0),
            ue(0),
            ue(2)
        ),
        // One list of one, in the header: long-term.
        format!("{} {} 1 0 0", ue(1), ue(1)),
        // Wraparound; mvp, sbtmvp; amvr; bdof and control; smvd; dmvr and control; mmvd and fullpel.
        "1 1 1 1 1 1 1 1 1 1 1".to_owned(),
        // 6 candidates, sbt, affine with all, bcw, ciip, gpm and its candidates, parallel merge.
        format!("{} 1 1 {} 1 1 1 1 1 1 1 {} {}", ue(0), ue(0), ue(1), ue(0)),
        // isp, mrl, mip, cclm; palette; act; quantizer; ibc.
        format!("1 1 1 1 1 1 {} 1 {}", ue(1), ue(2)),
        // Filter: two intervals.
        format!("1 00 1 1 {}", ue(9)),
        // Scaling lists: lfnst, alternative and designated; dep_quant, sign hiding.
        "1 1 1 1 1 1".to_owned(),
        // Virtual boundaries: two across, none down.
        format!("1 1 {} {} {} {}", ue(2), ue(5), ue(6), ue(0)),
        // A clock of 1001 in 60000; nal and vcl, same timing, decoding units: divisor, scales; two buffers.
        format!(
            "1 {:032b} {:032b} 1 1 1 1 {:08b} 00000000 0000 {}",
            1001,
            60000,
            0,
            ue(1)
        ),
        // Both sub-layers: the first fixed, the second neither; four buffers each of four values and a flag.
        format!(
            "1 1 {} {1} 0 0 {1}",
            ue(0),
            format!("{} 1", ue(1).repeat(4)).repeat(4)
        ),
        // Fields; usability information of 8 bytes.
        format!("1 1 {}", ue(7)),
    ];
    let mut bits: String = bits.concat().chars().filter(|c| !c.is_whitespace()).collect();
    while !bits.len().is_multiple_of(8) {
        bits.push('0');
    }
    // Progressive; aspect ratio 3:2; overscan; BT.2020, HLG, full range; no chroma location.
    bits.push_str("1000 1 1 00001111 1 1 1 00001001 00010010 00001001 1 0 10000000");
    [&[0x00, 0x79][..], &ebsp(&digits::bytes(&bits))].concat()
}

#[test]
fn all_that_a_sequence_parameter_set_may_say_is_passed_over() {
    let sps = Sps::parse(&rich_sps()).unwrap();
    assert_eq!((sps.id, sps.temporal_layers), (1, 2));
    let profile = sps.profile.as_ref().unwrap();
    assert_eq!(profile.name(), Some("Main 10 4:4:4"));
    assert_eq!(profile.level_name(), "4.1");
    // 0 1 1, 71 zeros, 2 and two ones: in base 32 up to the last byte.
    assert_eq!(profile.constraints().len(), 11);
    assert_eq!(sps.chroma, ChromaFormat::Yuv444);
    assert_eq!(sps.bit_depth, 10);
    assert_eq!((sps.coded_width, sps.coded_height), (1920, 1088));
    assert_eq!((sps.width, sps.height), (1920, 1080));
    assert_eq!(sps.frame_rate.unwrap().to_string(), "60000/1001");
    assert_eq!(
        sps.sample_aspect_ratio,
        Some(SampleAspectRatio { width: 3, height: 2 })
    );
    assert_eq!(
        sps.colour,
        Some(Colour {
            primaries: 9,
            transfer: 18,
            matrix: 9,
            full_range: true
        })
    );
}

#[test]
fn a_record_is_made_of_sub_layers_and_sub_profiles_too() {
    let made = VvcConfiguration::from_parameter_sets(&[], &[Bytes::from(rich_sps())], &[]).unwrap();
    let bytes = made.encode();
    assert_eq!(
        bytes[..7],
        [
            0xFF, // lengths of 4 bytes, profile is told
            0x00, 0x23, 0x5F, // layer set 0, 2 sub-layers, 4:4:4, 10 bits
            11, 0x43, 67, // 11 bytes of constraints, Main 10 4:4:4 at the High tier, level 4.1
        ]
    );
    // After the constraints: the lower sub-layer's level 4.0; one sub-profile; 1920x1088.
    assert_eq!(bytes[18..29], [0x80, 64, 1, 0, 0, 0, 7, 0x07, 0x80, 0x04, 0x40]);
    assert_eq!(record(&bytes), made);
}

#[test]
fn no_record_is_made_that_would_say_something_else() {
    let made = |sps: Vec<u8>| VvcConfiguration::from_parameter_sets(&[], &[sps.into()], &[]);
    let refused = |field, value| Err(ConfigError::Value { field, value });
    // Three bits hold no eight sub-layers, which are reserved, and no 16 bits per sample.
    let mut sps = rich_sps();
    sps[3] |= 0b1110_0000;
    assert_eq!(made(sps), refused("sps_max_sublayers_minus1", 7));
    let sps = rich_sps_of_depth(16);
    assert_eq!(Sps::parse(&sps).map(|sps| sps.bit_depth), Ok(16));
    assert_eq!(made(sps), refused("bit_depth_minus8", 8));
}

#[test]
fn a_sequence_parameter_set_cut_short_is_truncated() {
    // Before the last of it, which is usability information and the end's padding.
    for len in 2..MAIN_10[SPS].len() - 25 {
        assert!(Sps::parse(&MAIN_10[SPS][..len]).is_err(), "{len}");
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    // Id 0, no VPS, 1 sub-layer, 4:2:0, units of 128, no profile; nothing; 8x8 of which 8 are cropped.
    let bits = "0000 0000 000 01 10 0 0 0 0001001 0001001 1 00101 1 1 1 0 1";
    let unit = [&[0x00, 0x79][..], &ebsp(&digits::bytes(bits))].concat();
    assert_eq!(
        Sps::parse(&unit),
        Err(ConfigError::Value {
            field: "sps_pic_width_max_in_luma_samples",
            value: 8
        })
    );
}

fn arrays() -> impl Strategy<Value = Vec<(u8, Vec<Vec<u8>>)>> {
    let units = prop::collection::vec(prop::collection::vec(1..=u8::MAX, 0..40), 1..4);
    // array_completeness above the type, with two zeros between.
    let head = (any::<bool>(), 0..32_u8).prop_map(|(complete, nal_type)| u8::from(complete) << 7 | nal_type);
    prop::collection::vec((head, units), 0..5)
}

proptest! {
    #[test]
    fn well_formed_records_come_back(
        length_size_minus_one in 0..4_u8,
        (layer_set, sub_layers, rate_and_chroma, depth) in (0..512_u16, 0..8_u16, 0..16_u16, 0..8_u8),
        profile in any::<[u8; 2]>(),
        constraints in prop::collection::vec(any::<u8>(), 1..64),
        present in any::<u8>(),
        sub_profiles in prop::collection::vec(any::<u32>(), 0..3),
        sizes in any::<[u8; 6]>(),
        arrays in arrays(),
    ) {
        let mut bytes = vec![0xF9 | length_size_minus_one << 1];
        bytes.extend((layer_set << 7 | sub_layers << 4 | rate_and_chroma).to_be_bytes());
        bytes.push(depth << 5 | 0x1F);
        bytes.push(u8::try_from(constraints.len()).unwrap());
        bytes.extend(profile);
        bytes.extend(&constraints);
        if sub_layers > 1 {
            let flags = present & !(0xFF >> (sub_layers - 1));
            bytes.push(flags);
            bytes.extend((0..flags.count_ones()).map(|_| 51));
        }
        bytes.push(u8::try_from(sub_profiles.len()).unwrap());
        bytes.extend(sub_profiles.iter().flat_map(|sub_profile| sub_profile.to_be_bytes()));
        bytes.extend(sizes);
        bytes.push(u8::try_from(arrays.len()).unwrap());
        for (head, units) in &arrays {
            bytes.push(*head);
            let single = matches!(head & 0x1F, 12 | 13);
            let units = if single { &units[..1] } else { units };
            if !single {
                bytes.extend(u16::try_from(units.len()).unwrap().to_be_bytes());
            }
            for unit in units {
                bytes.extend(u16::try_from(unit.len()).unwrap().to_be_bytes());
                bytes.extend(unit);
            }
        }
        prop_assert_eq!(record(&bytes).encode(), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = VvcConfiguration::parse(&Bytes::from(bytes.clone())).map(|c| c.info());
        let _ = Sps::parse(&[&[0x00, 0x79], &bytes[..]].concat());
    }

    /// A real set and a rich one, with some bytes changed: far more of the reader sees them than random bytes.
    #[test]
    fn no_damage_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for mut unit in [MAIN_10[SPS].to_vec(), rich_sps()] {
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
