use super::*;

/// What FFmpeg sends: the block alone.
const BARE: [u8; 34] = [
    0x04, 0x4A, 0x04, 0x4A, // blocks of 1098 samples
    0x00, 0x01, 0x3F, 0x00, 0x01, 0xAE, // frames of 319 to 430 bytes
    0x0B, 0xB8, 0x02, 0xF0, // 48000 Hz, 2 channels, 16 bits
    0x00, 0x01, 0xE7, 0x80, // 124800 samples
    0x6E, 0xE7, 0xC8, 0xA7, 0x06, 0xA6, 0xA3, 0x0B, 0x19, 0x8B, 0x90, 0xDD, 0xD9, 0xE8, 0xD9, 0xAF,
];

#[test]
fn the_block_of_ffmpeg() {
    let info = StreamInfo::parse(&BARE).unwrap();
    assert_eq!((info.min_block_size, info.max_block_size), (1098, 1098));
    assert_eq!((info.min_frame_size, info.max_frame_size), (319, 430));
    assert_eq!(info.total_samples, 124_800);
    assert_eq!(info.md5[15], 0xAF);
    assert_eq!(info.encode(StreamInfoForm::Bare), BARE[..]);
    let info = info.info();
    assert_eq!((info.sample_rate, info.channels), (48_000, 2));
    assert_eq!(info.bits_per_sample, Some(16));
    assert_eq!(info.samples_per_frame, Some(1098));
    assert_eq!(info.codec_string.as_deref(), Some("flac"));
}

#[test]
fn the_other_forms_say_the_same() {
    let bare = StreamInfo::parse(&BARE).unwrap();
    let header = [0x80, 0x00, 0x00, 0x22];
    let with_header = [&header[..], &BARE].concat();
    assert_eq!(StreamInfo::parse(&with_header), Ok(bare));
    // Not the last block: another one follows.
    let more = [
        &b"fLaC"[..],
        &[0x00, 0x00, 0x00, 0x22],
        &BARE,
        &[0x84, 0, 0, 1, 0],
    ]
    .concat();
    assert_eq!(StreamInfo::parse(&more), Ok(bare));
    let with_marker = [&b"fLaC"[..], &with_header].concat();
    assert_eq!(StreamInfo::parse(&with_marker), Ok(bare));
    assert_eq!(bare.encode(StreamInfoForm::WithMarker), with_marker);
}

#[test]
fn blocks_of_changing_length_have_no_common_one() {
    let mut bytes = BARE;
    bytes[3] = 0x4B;
    let info = StreamInfo::parse(&bytes).unwrap().info();
    assert_eq!(info.samples_per_frame, None);
}

#[test]
fn what_is_no_block_is_refused() {
    assert_eq!(StreamInfo::parse(&[]), Err(ConfigError::Truncated));
    assert_eq!(StreamInfo::parse(&BARE[..33]), Err(ConfigError::Truncated));
    assert_eq!(StreamInfo::parse(b"fLaC"), Err(ConfigError::Truncated));
    // Blocks of 15 samples; the shortest longer than the longest
    for (at, value) in [(0, 0), (0, 0xFF)] {
        let mut bytes = BARE;
        bytes[at] = value;
        bytes[1] = 15;
        assert!(matches!(
            StreamInfo::parse(&bytes),
            Err(ConfigError::Value { .. })
        ));
    }
}

proptest::proptest! {
    #[test]
    fn blocks_are_written_as_they_were_read(bytes in proptest::collection::vec(0..=255_u8, 34)) {
        if let Ok(info) = StreamInfo::parse(&bytes) {
            proptest::prop_assert_eq!(info.encode(StreamInfoForm::Bare), &bytes[..]);
            let other = StreamInfo::parse(&info.encode(StreamInfoForm::WithMarker));
            proptest::prop_assert_eq!(other, Ok(info));
        }
    }
}
