use bytes::Bytes;

use super::*;
use crate::media::config::bit_writer::BitWriter;

fn parse(bytes: &[u8]) -> AudioSpecificConfig {
    AudioSpecificConfig::parse(&Bytes::copy_from_slice(bytes)).unwrap()
}

fn refused(bytes: &[u8]) -> ConfigError {
    AudioSpecificConfig::parse(&Bytes::copy_from_slice(bytes)).unwrap_err()
}

fn fields(all: &[(u32, u32)]) -> Bytes {
    let mut w = BitWriter::default();
    for &(value, bits) in all {
        w.u(value, bits);
    }
    w.finish()
}

#[test]
fn two_bytes_are_all_that_plain_aac_needs() {
    // 00010 AAC LC, 0100 44100 Hz, 0010 stereo, 000
    let config = parse(&[0x12, 0x10]);
    assert_eq!(config.object_type(), ObjectType::AAC_LC);
    assert_eq!((config.sample_rate(), config.channels()), (44_100, 2));
    assert_eq!(config.extension(), None);
    assert_eq!(config.samples_per_frame(), Some(1024));
    assert_eq!(config.codec_string(), "mp4a.40.2");
    assert_eq!(config.info().profile, Some("LC"));
    for (bytes, rate, channels) in [
        ([0x11, 0x90], 48_000, 2),
        ([0x12, 0x08], 44_100, 1),
        ([0x15, 0x88], 8000, 1),
    ] {
        let config = parse(&bytes);
        assert_eq!((config.sample_rate(), config.channels()), (rate, channels));
    }
}

#[test]
fn what_ffmpeg_sends_says_that_there_is_no_sbr() {
    // AAC LC, 44100 Hz, stereo; sync 0x2B7, SBR: sbrPresentFlag 0
    let config = parse(&[0x12, 0x10, 0x56, 0xE5, 0x00]);
    assert_eq!(config.extension(), None);
    assert_eq!((config.sample_rate(), config.channels()), (44_100, 2));
    // 48000 Hz, mono
    let config = parse(&[0x11, 0x88, 0x56, 0xE5, 0x00]);
    assert_eq!((config.sample_rate(), config.channels()), (48_000, 1));
}

#[test]
fn a_rate_without_index_is_written_out() {
    // 00010 AAC LC, 1111, 24 bits 3500, 0010 stereo
    let config = parse(&[0x17, 0x80, 0x06, 0xD6, 0x10]);
    assert_eq!((config.sample_rate(), config.channels()), (3500, 2));
}

#[test]
fn sbr_comes_first_when_it_is_explicit() {
    // 00101 SBR, 0111 22050 Hz, 0010 stereo, 0100 44100 Hz, 00010 AAC LC
    let config = parse(&[0x2B, 0x92, 0x08, 0x00]);
    assert_eq!(config.object_type(), ObjectType::AAC_LC);
    assert_eq!(
        config.extension(),
        Some(Extension {
            sample_rate: 44_100,
            parametric_stereo: false,
            explicit: true
        })
    );
    assert_eq!(
        (config.core_sample_rate(), config.sample_rate()),
        (22_050, 44_100)
    );
    assert_eq!(config.samples_per_frame(), Some(2048));
    assert_eq!(config.codec_string(), "mp4a.40.5");
    assert_eq!(config.info().profile, Some("HE-AAC"));
}

#[test]
fn parametric_stereo_makes_two_channels_of_one() {
    // 11101 PS, 0111 22050 Hz, 0001 mono, 0100 44100 Hz, 00010 AAC LC
    let config = parse(&[0xEB, 0x8A, 0x08, 0x00]);
    assert_eq!((config.sample_rate(), config.channels()), (44_100, 2));
    assert_eq!(config.channel_configuration(), 1);
    assert_eq!(config.codec_string(), "mp4a.40.29");
    assert_eq!(config.info().profile, Some("HE-AACv2"));
}

#[test]
fn sbr_is_told_in_the_end_for_who_looks_there() {
    // 00010 AAC LC, 0111 22050 Hz, 0010 stereo, 000; 0x2B7, 00101 SBR, 1, 0100 44100 Hz
    let config = parse(&[0x13, 0x90, 0x56, 0xE5, 0xA0]);
    let extension = config.extension().unwrap();
    assert_eq!((extension.sample_rate, extension.explicit), (44_100, false));
    assert!(!extension.parametric_stereo);
    assert_eq!(config.codec_string(), "mp4a.40.5");
    // The same with mono, and 0x548, 1
    let config = parse(&[0x13, 0x88, 0x56, 0xE5, 0xA5, 0x48, 0x80]);
    assert!(config.extension().unwrap().parametric_stereo);
    assert_eq!(config.channels(), 2);
    assert_eq!(config.codec_string(), "mp4a.40.29");
    // Padding behind is no extension.
    assert_eq!(parse(&[0x13, 0x90, 0, 0, 0]).extension(), None);
}

#[test]
fn a_tail_that_cannot_be_read_leaves_the_core() {
    // LC, 44100 Hz, stereo; then the sync word of SBR and its type, and nothing behind; or a rate that is reserved.
    for tail in [&[0x56, 0xE5][..], &[0x56, 0xE5, 0xE8]] {
        let config = parse(&[&[0x12, 0x10], tail].concat());
        assert_eq!(config.extension(), None);
        assert_eq!((config.sample_rate(), config.channels()), (44_100, 2));
    }
}

#[test]
fn sbr_at_the_cores_rate_keeps_the_frame_length() {
    // 00101 SBR, 0100 44100 Hz, 0010 stereo, 0100 44100 Hz, 00010 AAC LC
    let config = parse(&fields(&[(5, 5), (4, 4), (2, 4), (4, 4), (2, 5), (0, 3)]));
    assert_eq!(config.samples_per_frame(), Some(1024));
}

#[test]
fn object_types_beyond_31_are_escaped() {
    // 31 + 7: 39 ELD, 48000 Hz, stereo, 480 samples, three flags, no SBR
    let config = parse(&fields(&[
        (31, 5),
        (7, 6),
        (3, 4),
        (2, 4),
        (1, 1),
        (0, 3),
        (0, 1),
        (0, 4),
        (0, 2),
    ]));
    assert_eq!(config.object_type(), ObjectType::ER_ELD);
    assert_eq!(config.samples_per_frame(), Some(480));
    assert_eq!(config.codec_string(), "mp4a.40.39");
    assert_eq!(config.info().profile, Some("ELD"));
    // 31 + 10: 42 USAC
    let config = parse(&fields(&[(31, 5), (10, 6), (3, 4), (2, 4)]));
    assert_eq!(config.codec_string(), "mp4a.40.42");
    assert_eq!(config.samples_per_frame(), None);
}

#[test]
fn low_delay_sbr_doubles_rate_and_frame() {
    // ELD, 24000 Hz, mono, 512 samples, three flags, ldSbrPresentFlag, ldSbrSamplingRate 1
    let config = parse(&fields(&[
        (31, 5),
        (7, 6),
        (6, 4),
        (1, 4),
        (0, 1),
        (0, 3),
        (1, 1),
        (1, 1),
    ]));
    assert_eq!((config.sample_rate(), config.channels()), (48_000, 1));
    assert_eq!(config.samples_per_frame(), Some(1024));
    assert_eq!(config.codec_string(), "mp4a.40.39");
}

#[test]
fn low_delay_frames_are_short() {
    // 23 LD, 48000 Hz, stereo, 512 samples, no core coder, extensionFlag with three flags and one, epConfig 0
    let config = parse(&fields(&[
        (23, 5),
        (3, 4),
        (2, 4),
        (0, 1),
        (0, 1),
        (1, 1),
        (0, 3),
        (0, 1),
        (0, 2),
    ]));
    assert_eq!(config.samples_per_frame(), Some(512));
    assert_eq!(config.info().profile, Some("LD"));
}

#[test]
fn a_program_config_element_counts_the_channels() {
    let element = |comment: u32| {
        fields(&[
            (2, 5),
            (3, 4),
            (0, 4), // AAC LC, 48000 Hz, channels in an element
            (0, 3),
            (0, 4),
            (1, 2),
            (3, 4), // tag, type, rate
            (2, 4), // front elements
            (0, 4), // side elements
            (1, 4), // back elements
            (1, 2), // LFE elements
            (1, 3), // data elements
            (1, 4), // coupling elements
            (1, 1),
            (5, 4), // a mono mixdown
            (0, 1), // no stereo mixdown
            (1, 1),
            (3, 3), // a matrix mixdown
            (0, 5), // front: one channel
            (0x10, 5),
            (0x11, 5), // front: a pair; back: a pair
            (0, 4),
            (0, 4), // LFE, data
            (0, 5), // coupling
            // 85 bits so far: three up to a whole byte
            (0, 3),
            (comment, 8),
            (0x4142, 16),
            // Behind it: SBR in the end
            (0x2B7, 11),
            (5, 5),
            (1, 1),
            (0, 4),
        ])
    };
    let config = parse(&element(2));
    assert_eq!((config.channels(), config.channel_configuration()), (6, 0));
    assert_eq!(config.sample_rate(), 96_000);
    // A comment beyond the end
    assert_eq!(refused(&element(200)), ConfigError::Truncated);
}

#[test]
fn program_config_elements_of_ffmpeg() {
    for (channels, element) in [
        (4, &[0x11, 0x80, 0x04, 0xC4, 0x04, 0x00, 0x21, 0x10][..]), // quad
        (6, &[0x11, 0x80, 0x04, 0xC8, 0x08, 0x00, 0x20, 0x08, 0x84]), // hexagonal
        (7, &[0x11, 0x80, 0x04, 0xC8, 0x48, 0x00, 0x20, 0x00, 0xC4, 0x40]), // 6.1
    ] {
        // Its comment of 13 bytes; and that there is no SBR
        let bytes = [element, b"\x0DLavc59.37.100", &[0x56, 0xE5, 0x00]].concat();
        let config = parse(&bytes);
        assert_eq!((config.sample_rate(), config.channels()), (48_000, channels));
        assert_eq!(config.extension(), None);
        // With the flag of SBR set, and 96000 Hz, it is found behind the comment.
        let mut bytes = bytes;
        bytes.pop();
        bytes.push(0x80);
        assert_eq!(parse(&bytes).sample_rate(), 96_000);
    }
}

#[test]
fn an_element_without_channels_is_refused() {
    let bytes = fields(&[
        (2, 5),
        (3, 4),
        (0, 4),
        (0, 3),
        (0, 10),
        (0, 21),
        (0, 3),
        (0, 6),
        (0, 8),
    ]);
    assert_eq!(
        refused(&bytes),
        ConfigError::Missing("channel in the program config element")
    );
}

#[test]
fn eight_channels_are_configuration_7() {
    for (configuration, channels) in [(6, 6), (7, 8), (11, 7), (12, 8), (13, 24), (14, 8)] {
        let config = parse(&fields(&[(2, 5), (3, 4), (configuration, 4), (0, 3)]));
        assert_eq!(config.channels(), channels);
    }
    for reserved in [8, 9, 10, 15] {
        assert_eq!(
            refused(&fields(&[(2, 5), (3, 4), (reserved, 4), (0, 3)])),
            ConfigError::Value {
                field: "channelConfiguration",
                value: reserved.into()
            }
        );
    }
}

#[test]
fn what_is_reserved_or_cut_short_is_refused() {
    assert_eq!(refused(&[]), ConfigError::Truncated);
    assert_eq!(refused(&[0x12]), ConfigError::Truncated);
    assert_eq!(refused(&[0x00, 0x10]), bad("audioObjectType", 0_u8));
    // Index 13; a rate of 0 written out
    assert_eq!(
        refused(&fields(&[(2, 5), (13, 4), (2, 4)])),
        bad("samplingFrequencyIndex", 13_u8)
    );
    assert_eq!(
        refused(&fields(&[(2, 5), (15, 4), (0, 24)])),
        bad("samplingFrequency", 0_u8)
    );
}

#[test]
fn a_plain_configuration_is_written() {
    let config = AudioSpecificConfig::new(ObjectType::AAC_LC, 44_100, 2).unwrap();
    assert_eq!(config.encode(), [0x12, 0x10][..]);
    let config = AudioSpecificConfig::new(ObjectType::AAC_LC, 3500, 2).unwrap();
    assert_eq!(config.encode(), [0x17, 0x80, 0x06, 0xD6, 0x10][..]);
    assert!(AudioSpecificConfig::new(ObjectType::SBR, 44_100, 2).is_err());
    assert!(AudioSpecificConfig::new(ObjectType::AAC_LC, 0, 2).is_err());
    assert!(AudioSpecificConfig::new(ObjectType::AAC_LC, 1 << 24, 2).is_err());
    for channels in [0, 8, 16] {
        assert!(AudioSpecificConfig::new(ObjectType::AAC_LC, 44_100, channels).is_err());
    }
}

#[test]
fn an_adts_header_is_written_and_read() {
    let config = parse(&[0x12, 0x10]);
    let header = adts_header(&config, 371).unwrap();
    // Sync, MPEG-4, no CRC | LC, 44100 Hz, | stereo, 378 bytes | fullness all ones, one block
    assert_eq!(header, [0xFF, 0xF1, 0x50, 0x80, 0x2F, 0x5F, 0xFC]);
    let read = AdtsHeader::parse(&header).unwrap();
    assert_eq!(read.object_type, ObjectType::AAC_LC);
    assert_eq!((read.sample_rate, read.channel_configuration), (44_100, 2));
    assert_eq!((read.len(), read.frame_len, read.raw_data_blocks), (7, 378, 1));
    assert_eq!(read.audio_specific_config(), Ok(config));
}

#[test]
fn he_aac_is_written_as_its_core() {
    let header = adts_header(&parse(&[0x2B, 0x92, 0x08, 0x00]), 100).unwrap();
    assert_eq!(AdtsHeader::parse(&header).unwrap().sample_rate, 22_050);
}

#[test]
fn what_adts_cannot_say_is_not_written() {
    let plain = parse(&[0x12, 0x10]);
    assert!(adts_header(&plain, 8184).is_ok());
    assert_eq!(adts_header(&plain, 8185), Err(bad("aac_frame_length", 8185_u32)));
    assert!(adts_header(&plain, usize::MAX).is_err());
    let refused = |all: &[(u32, u32)]| adts_header(&parse(&fields(all)), 100).unwrap_err();
    // A rate without index; 6.1 channels; frames of 960 samples; LD
    assert_eq!(
        refused(&[(2, 5), (15, 4), (3500, 24), (2, 4), (0, 3)]),
        bad("samplingFrequency", 3500_u32)
    );
    assert_eq!(
        refused(&[(2, 5), (4, 4), (11, 4), (0, 3)]),
        bad("channelConfiguration", 11_u8)
    );
    assert_eq!(
        refused(&[(2, 5), (4, 4), (2, 4), (4, 3)]),
        bad("frameLengthFlag", 1_u8)
    );
    assert_eq!(
        refused(&[(23, 5), (4, 4), (2, 4), (0, 3), (0, 2)]),
        bad("audioObjectType", 23_u8)
    );
}

/// Two ADTS frames, the second with a CRC.
const ADTS: &[u8] = &[
    0xFF, 0xF1, 0x50, 0x80, 0x01, 0x3F, 0xFC, // 9 bytes
    0xAA, 0xBB, // a raw frame
    0xFF, 0xF0, 0x50, 0x80, 0x01, 0x5F, 0xFC, 0x12, 0x34, // 10 bytes, with CRC
    0xCC, // a raw frame
];

#[test]
fn adts_is_taken_off_raw_frames() {
    let packet = Bytes::from_static(ADTS);
    assert!(looks_like_adts(&packet));
    let payloads: Vec<_> = frames(&packet).map(|frame| frame.unwrap().payload).collect();
    assert_eq!(payloads, [&[0xAA, 0xBB][..], &[0xCC]]);
    assert_eq!(payloads[0].as_ptr(), packet[7..].as_ptr());
}

#[test]
fn a_raw_frame_does_not_look_like_adts() {
    // The first raw frame of FFmpeg's encoder: a fill element with its name
    for raw in [
        &[0xDE, 0x04, 0x00, 0x4C, 0x61, 0x76, 0x63][..],
        &[],
        &ADTS[..8],
        &[0xFF],
    ] {
        assert!(!looks_like_adts(&Bytes::copy_from_slice(raw)));
    }
    // What is behind the frames is no frame.
    let mut longer = ADTS.to_vec();
    longer.push(0);
    assert!(!looks_like_adts(&longer.into()));
}

#[test]
fn broken_adts_ends_the_frames() {
    let mut bytes = ADTS.to_vec();
    // A length shorter than the header
    bytes[4] = 0x00;
    assert_eq!(
        frames(&bytes.clone().into()).collect::<Vec<_>>(),
        [Err(bad("aac_frame_length", 1_u8))]
    );
    // Two raw data blocks in a frame
    bytes[4] = 0x01;
    bytes[6] = 0xFD;
    assert_eq!(
        frames(&bytes.into()).collect::<Vec<_>>(),
        [Err(ConfigError::TooMany {
            field: "number_of_raw_data_blocks_in_frame",
            count: 2,
            limit: 1
        })]
    );
}

#[test]
fn adts_with_channels_in_the_frame_has_no_configuration() {
    let mut bytes = ADTS.to_vec();
    bytes[3] = 0x00;
    let header = AdtsHeader::parse(&bytes).unwrap();
    assert_eq!(header.channel_configuration, 0);
    assert!(header.audio_specific_config().is_err());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0..=255_u8, 0..64)) {
        let bytes = Bytes::from(bytes);
        if let Ok(config) = AudioSpecificConfig::parse(&bytes) {
            proptest::prop_assert_eq!(config.encode(), bytes.clone());
            proptest::prop_assert!(config.sample_rate() > 0);
            config.info();
            let _ = adts_header(&config, 100);
        }
        frames(&bytes).for_each(drop);
    }

    #[test]
    fn adts_says_what_the_configuration_says(
        object_type in 0..4_u8,
        rate in proptest::sample::select(&SAMPLE_RATES[..]),
        channels in 1..=7_u8,
        raw in proptest::collection::vec(0..=255_u8, 0..100),
    ) {
        let config = AudioSpecificConfig::new(ObjectType::of_adts_profile(object_type), rate, channels).unwrap();
        let header = adts_header(&config, raw.len()).unwrap();
        let packet = Bytes::from([&header[..], &raw].concat());
        let all: Vec<_> = frames(&packet).map(Result::unwrap).collect();
        proptest::prop_assert_eq!(all.len(), 1);
        proptest::prop_assert_eq!(&all[0].payload, &raw);
        proptest::prop_assert_eq!(all[0].header.audio_specific_config(), Ok(config));
    }
}
