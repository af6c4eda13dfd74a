use bytes::Bytes;

use super::*;
use crate::media::config::FrameRate;
use crate::media::config::bit_writer::BitWriter;

/// What FFmpeg 9 sends for libaom at 320x180.
const RECORD: &[u8] = &[
    0x81, // marker, version 1
    0x00, // profile 0, level 0 (2.0)
    0x0C, // main tier, 8 bits, colour, 4:2:0, position unknown
    0x00, // no initial presentation delay
    0x0A, 0x0B, // a sequence header of 11 bytes
    0x00, 0x00, 0x00, 0x04, 0x3C, 0xFE, 0xCC, 0xDA, 0xF9, 0x80, 0x40,
];

fn record(bytes: &'static [u8]) -> Av1Configuration {
    Av1Configuration::parse(&Bytes::from_static(bytes)).unwrap()
}

#[test]
fn a_record_of_libaom() {
    let configuration = record(RECORD);
    assert_eq!(configuration.encode(), RECORD);
    let info = configuration.info().unwrap();
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.profile, Some("Main"));
    assert_eq!(info.level.as_deref(), Some("2.0"));
    assert_eq!(info.bit_depth, 8);
    assert_eq!(info.chroma, Some(ChromaFormat::Yuv420));
    assert_eq!(info.colour, None);
    assert_eq!(info.frame_rate, None);
    assert_eq!(info.codec_string.as_deref(), Some("av01.0.00M.08"));
}

#[test]
fn a_record_of_svt() {
    // What FFmpeg 7 sends for SVT-AV1 at 320x180, with an operating point's display delay.
    let configuration = record(&[
        0x81, 0x00, 0x0C, 0x00, // as above
        0x0A, 0x0B, 0x02, 0x00, 0x00, 0x05, 0x21, 0xE7, 0xF6, 0x60, 0x17, 0xC0, 0x02,
    ]);
    let info = configuration.info().unwrap();
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.codec_string.as_deref(), Some("av01.0.00M.08"));
}

#[test]
fn a_record_of_960_by_540() {
    let configuration = record(&[
        0x81, 0x04, 0x0C, 0x00, // Main, level 4 (3.0)
        0x0A, 0x0B, 0x00, 0x00, 0x00, 0x24, 0xCF, 0x7F, 0x0D, 0xBF, 0xFF, 0x30, 0x08,
    ]);
    let info = configuration.info().unwrap();
    assert_eq!((info.width, info.height), (960, 540));
    assert_eq!(info.level.as_deref(), Some("3.0"));
    assert_eq!(info.codec_string.as_deref(), Some("av01.0.04M.08"));
}

#[test]
fn a_record_without_units_still_says_something() {
    // High profile, level 8, high tier, 10 bits, 4:4:4; a delay of 3 frames
    let bytes = [0x81, 0x28, 0xC0, 0x12];
    let configuration = Av1Configuration::parse(&Bytes::copy_from_slice(&bytes)).unwrap();
    assert_eq!(
        configuration.sequence_header(),
        Err(ConfigError::Missing("sequence header"))
    );
    assert_eq!(configuration.initial_presentation_delay_minus_one, Some(2));
    let info = configuration.info().unwrap();
    assert_eq!(info.profile, Some("High"));
    assert_eq!(info.bit_depth, 10);
    assert_eq!(info.width, 0);
    assert_eq!(
        info.codec_string.as_deref(),
        Some("av01.1.08H.10.0.000.02.02.02.0")
    );
    assert_eq!(configuration.encode(), bytes[..]);
}

#[test]
fn a_sequence_header_that_cannot_be_read_is_told() {
    let mut bytes = RECORD.to_vec();
    // Profile 3
    bytes[6] = 0x60;
    let configuration = Av1Configuration::parse(&bytes.into()).unwrap();
    assert!(matches!(configuration.info(), Err(ConfigError::Value { .. })));
}

#[test]
fn what_is_no_record_is_refused() {
    // FFmpeg may send an empty one first.
    assert_eq!(
        Av1Configuration::parse(&Bytes::new()),
        Err(ConfigError::Truncated)
    );
    assert_eq!(
        Av1Configuration::parse(&Bytes::from_static(&[0x81, 0, 0x0C])),
        Err(ConfigError::Truncated)
    );
    for first in [0x01, 0x82, 0x0A] {
        let bytes = Bytes::copy_from_slice(&[first, 0, 0x0C, 0]);
        assert_eq!(
            Av1Configuration::parse(&bytes),
            Err(ConfigError::NotA("an AV1CodecConfigurationRecord"))
        );
    }
}

#[test]
fn a_record_is_made_of_a_sequence_header() {
    let unit = obu::sequence_header(&Bytes::from_static(&RECORD[4..])).unwrap();
    let configuration = Av1Configuration::from_sequence_header(&unit).unwrap();
    assert_eq!(configuration.encode(), RECORD);
    // A delimiter is none.
    let other = obu::units(&Bytes::from_static(&[0x12, 0x00]))
        .next()
        .unwrap()
        .unwrap();
    assert!(Av1Configuration::from_sequence_header(&other).is_err());
}

#[test]
fn a_reserved_profile_is_refused() {
    assert_eq!(
        SequenceHeader::parse(&[0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Err(ConfigError::Value {
            field: "seq_profile",
            value: 3
        })
    );
}

#[test]
fn a_sequence_header_cut_short_is_refused_wherever_it_ends() {
    let whole = &RECORD[6..];
    // The last byte but the film grain flag is trailing bits.
    for end in 0..whole.len() - 1 {
        assert_eq!(
            SequenceHeader::parse(&whole[..end]),
            Err(ConfigError::Truncated),
            "{end}"
        );
    }
}

/// Writes fields as `(value, bits)`.
fn fields(all: &[(u32, u32)]) -> Bytes {
    let mut w = BitWriter::default();
    for &(value, bits) in all {
        w.u(value, bits);
    }
    w.finish()
}

#[test]
fn all_conditional_fields_are_passed_over() {
    let payload = fields(&[
        (2, 3), // seq_profile: Professional
        (0, 1), // still_picture
        (0, 1), // reduced_still_picture_header
        (1, 1), // timing_info_present_flag
        (1001, 32),
        (60_000, 32),
        (1, 1),     // equal_picture_interval
        (0b010, 3), // num_ticks_per_picture_minus_1: 1
        (1, 1),     // decoder_model_info_present_flag
        (9, 5),     // buffer_delay_length_minus_1: 10 bits
        (7, 32),
        (0, 5),
        (0, 5),
        (1, 1), // initial_display_delay_present_flag
        (2, 5), // operating_points_cnt_minus_1: 3 points
        // The first: level 5.1, high tier, with decoder model and display delay
        (0x103, 12),
        (13, 5),
        (1, 1),
        (1, 1),
        (0x3FF, 10),
        (0x3FF, 10),
        (1, 1),
        (1, 1),
        (9, 4),
        // The second: level 8 has a tier, neither model nor delay
        (0x101, 12),
        (8, 5),
        (0, 1),
        (0, 1),
        (0, 1),
        // The third: level 7 has no tier; delay alone
        (0x100, 12),
        (7, 5),
        (0, 1),
        (1, 1),
        (3, 4),
        // Size
        (11, 4),
        (10, 4),
        (3839, 12),
        (1599, 11),
        // frame_id_numbers_present_flag, with two lengths
        (1, 1),
        (0, 4),
        (0, 3),
        (0b111, 3),  // superblocks, filter intra, edge filter
        (0b1111, 4), // compounds, warped motion, dual filter
        (1, 1),      // enable_order_hint
        (0b11, 2),
        (0, 1), // seq_choose_screen_content_tools
        (1, 1), // seq_force_screen_content_tools
        (0, 1), // seq_choose_integer_mv
        (1, 1), // seq_force_integer_mv
        (6, 3), // order_hint_bits_minus_1
        (0b111, 3),
        // color_config
        (1, 1), // high_bitdepth
        (1, 1), // twelve_bit
        (0, 1), // mono_chrome
        (1, 1), // color_description_present_flag
        (9, 8),
        (16, 8),
        (9, 8),
        (0, 1), // color_range
        (1, 1), // subsampling_x
        (1, 1), // subsampling_y
        (2, 2), // chroma_sample_position
        (0, 1), // separate_uv_delta_q
        (1, 1), // film_grain_params_present
        (1, 1), // trailing bit
    ]);
    let header = SequenceHeader::parse(&payload).unwrap();
    assert_eq!((header.width, header.height), (3840, 1600));
    assert_eq!(header.operating_points, 3);
    assert_eq!((header.level, header.high_tier), (13, true));
    // 60000 ticks per second of 1001 units each, two to a picture
    assert_eq!(header.frame_rate, FrameRate::new(30_000, 1001));
    assert_eq!(header.samples.bit_depth(), 12);
    assert_eq!(header.samples.chroma(), ChromaFormat::Yuv420);
    assert!(header.film_grain);
    assert_eq!(header.codec_string(), "av01.2.13H.12.0.112.09.16.09.0");
    assert_eq!(header.info().profile, Some("Professional"));
    assert_eq!(header.info().level.as_deref(), Some("5.1"));
}

/// A reduced still picture of 16x16 with this color_config, and what is read of it.
fn still(profile: u32, color_config: &[(u32, u32)]) -> SequenceHeader {
    let mut all = vec![
        (profile, 3),
        (0b11, 2), // still_picture, reduced_still_picture_header
        (31, 5),   // seq_level_idx: max
        (3, 4),
        (3, 4),
        (15, 4),
        (15, 4),
        (0, 3),
        (0, 3),
    ];
    all.extend_from_slice(color_config);
    all.extend([(0, 1), (1, 1)]);
    SequenceHeader::parse(&fields(&all)).unwrap()
}

#[test]
fn a_still_picture_has_a_short_header() {
    // 8 bits, colour, no description, limited range, position 1, separate_uv_delta_q 0
    let header = still(0, &[(0, 1), (0, 1), (0, 1), (0, 1), (1, 2), (0, 1)]);
    assert!(header.still_picture && header.reduced_still_picture_header);
    assert_eq!((header.width, header.height), (16, 16));
    assert_eq!(header.info().level.as_deref(), Some("max"));
    assert_eq!(header.codec_string(), "av01.0.31M.08.0.111.02.02.02.0");
}

#[test]
fn grey_has_no_chroma() {
    // 10 bits, monochrome, no description, full range; no separate_uv_delta_q
    let header = still(0, &[(1, 1), (1, 1), (0, 1), (1, 1)]);
    assert_eq!(header.samples.chroma(), ChromaFormat::Monochrome);
    assert!(header.colour.unwrap().full_range);
    assert_eq!(header.codec_string(), "av01.0.31M.10.1.110.02.02.02.1");
}

#[test]
fn srgb_is_444_of_full_range() {
    // Profile 1 has no mono_chrome: 8 bits, described as BT.709 primaries, sRGB, identity; separate_uv_delta_q
    let header = still(1, &[(0, 1), (1, 1), (1, 8), (13, 8), (0, 8), (1, 1)]);
    assert_eq!(header.samples.chroma(), ChromaFormat::Yuv444);
    assert!(header.colour.unwrap().full_range);
    assert!(!header.film_grain);
}

#[test]
fn professional_of_ten_bits_is_422() {
    // high_bitdepth, not twelve_bit, colour, no description, limited range, separate_uv_delta_q 0
    let header = still(2, &[(1, 1), (0, 1), (0, 1), (0, 1), (0, 1), (0, 1)]);
    assert_eq!(header.samples.bit_depth(), 10);
    assert_eq!(header.samples.chroma(), ChromaFormat::Yuv422);
}

#[test]
fn bt709_is_the_short_string() {
    // 8 bits, colour, described as BT.709 throughout, limited range, position unknown
    let header = still(
        0,
        &[
            (0, 1),
            (0, 1),
            (1, 1),
            (1, 8),
            (1, 8),
            (1, 8),
            (0, 1),
            (0, 2),
            (0, 1),
        ],
    );
    assert_eq!(header.colour.map(|colour| colour.matrix), Some(1));
    assert_eq!(header.codec_string(), "av01.0.31M.08");
}

proptest::proptest! {
    #[test]
    fn records_are_written_as_they_were_read(
        [profile_and_level, samples, delay] in proptest::array::uniform3(0..=255_u8),
        obus in proptest::collection::vec(0..=255_u8, 0..40),
    ) {
        // Reserved bits are 0, and so is a delay that is not said.
        let delay = if delay & 0x10 != 0 { delay & 0x1F } else { 0 };
        let bytes = Bytes::from([&[0x81, profile_and_level, samples, delay][..], &obus].concat());
        let configuration = Av1Configuration::parse(&bytes).unwrap();
        proptest::prop_assert_eq!(configuration.encode(), bytes);
        let _ = configuration.info();
    }

    #[test]
    fn no_bytes_make_a_sequence_header_panic(bytes in proptest::collection::vec(0..=255_u8, 0..64)) {
        let _ = SequenceHeader::parse(&bytes);
    }
}
