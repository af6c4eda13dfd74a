use bytes::Bytes;

use super::*;

/// What FFmpeg sends for VP9 at 320x180.
const BOXED: &[u8] = &[
    0x01, 0x00, 0x00, 0x00, // version and flags of a box
    0x00, // profile 0
    0x0B, // level 1.1
    0x82, // 8 bits, 4:2:0 colocated, limited range
    0x02, 0x02, 0x02, // colour unspecified
    0x00, 0x00, // no initialization data
];

fn parse(bytes: &[u8]) -> VpConfiguration {
    VpConfiguration::parse(&Bytes::copy_from_slice(bytes)).unwrap()
}

#[test]
fn a_record_with_and_without_a_box_header() {
    let boxed = parse(BOXED);
    let bare = parse(&BOXED[4..]);
    assert!(boxed.boxed && !bare.boxed);
    assert_eq!(boxed.encode(), BOXED);
    assert_eq!(bare.encode(), BOXED[4..]);
    for configuration in [boxed, bare] {
        let info = configuration.info(VideoCodec::Vp9);
        assert_eq!(info.profile, Some("Profile 0"));
        assert_eq!(info.level.as_deref(), Some("1.1"));
        assert_eq!((info.bit_depth, info.chroma), (8, Some(ChromaFormat::Yuv420)));
        assert_eq!(info.colour, None);
        assert_eq!(info.codec_string.as_deref(), Some("vp09.00.11.08"));
    }
}

#[test]
fn a_string_says_what_is_not_the_default() {
    // Profile 2, level 1.0, 10 bits, 4:2:0 colocated, BT.2020, PQ, limited range
    let hdr = parse(&[0x02, 0x0A, 0xA2, 0x09, 0x10, 0x09, 0x00, 0x00]);
    let info = hdr.info(VideoCodec::Vp9);
    assert_eq!(info.codec_string.as_deref(), Some("vp09.02.10.10.01.09.16.09.00"));
    assert_eq!(info.colour.map(|colour| colour.transfer), Some(16));
    // BT.709 is what the short one means.
    let bt709 = parse(&[0x00, 0x0A, 0x82, 0x01, 0x01, 0x01, 0x00, 0x00]);
    assert_eq!(bt709.codec_string(VideoCodec::Vp9), "vp09.00.10.08");
    // 4:4:4, full range, nothing else said
    let full = parse(&[0x01, 0x0A, 0x87, 0x02, 0x02, 0x02, 0x00, 0x00]);
    assert_eq!(full.codec_string(VideoCodec::Vp9), "vp09.01.10.08.03.02.02.02.01");
    assert_eq!(full.chroma(), Some(ChromaFormat::Yuv444));
}

#[test]
fn vp8_has_the_same_record() {
    let info = parse(&BOXED[4..]).info(VideoCodec::Vp8);
    assert_eq!(info.codec, VideoCodec::Vp8);
    assert_eq!(info.profile, None);
    assert_eq!(info.codec_string.as_deref(), Some("vp08.00.11.08"));
}

#[test]
fn initialization_data_is_kept() {
    let bytes = [0x00, 0x0B, 0x82, 0x02, 0x02, 0x02, 0x00, 0x02, 0xAB, 0xCD];
    let configuration = parse(&bytes);
    assert_eq!(configuration.initialization_data, [0xAB, 0xCD][..]);
    assert_eq!(configuration.encode(), bytes[..]);
}

#[test]
fn what_is_no_record_is_refused() {
    for end in [0, 3, 7] {
        let bytes = Bytes::copy_from_slice(&BOXED[4..4 + end]);
        assert_eq!(VpConfiguration::parse(&bytes), Err(ConfigError::Truncated));
    }
    assert_eq!(
        VpConfiguration::parse(&Bytes::from_static(&[0, 0x0B, 0x92, 2, 2, 2, 0, 0])),
        Err(ConfigError::Value {
            field: "bitDepth",
            value: 9
        })
    );
    assert_eq!(
        VpConfiguration::parse(&Bytes::from_static(&[0, 0x0B, 0x82, 2, 2, 2, 0, 1])),
        Err(ConfigError::Truncated)
    );
}

#[test]
fn a_key_frame_of_vp9_says_the_size() {
    // Marker 2, profile 0, key frame, shown | sync code | color_space 0, limited range, 319, 179
    let head =
        Vp9FrameHead::parse(&[0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xF0, 0x0B, 0x36, 0x08, 0x38]).unwrap();
    let info = head.info();
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.profile, Some("Profile 0"));
    assert_eq!((info.bit_depth, info.chroma), (8, Some(ChromaFormat::Yuv420)));
    // Inter frame, error resilient or not; an existing frame shown
    for first in [0x86, 0x87, 0x88] {
        assert_eq!(Vp9FrameHead::parse(&[first, 0x00, 0x40]).unwrap().key, None);
    }
}

#[test]
fn key_frames_of_libvpx() {
    // VP8
    let frame = [0x30, 0x59, 0x00, 0x9D, 0x01, 0x2A, 0x42, 0x01, 0xB6, 0x00];
    let info = Vp8FrameHead::parse(&frame).unwrap().info();
    assert_eq!((info.width, info.height), (322, 182));
    // VP9 of 10 bits and 4:2:2, which is profile 3
    let frame = [0xB1, 0x24, 0xC1, 0xA1, 0x02, 0x00, 0xA0, 0x80, 0x5A, 0xB0];
    let info = Vp9FrameHead::parse(&frame).unwrap().info();
    assert_eq!((info.width, info.height), (322, 182));
    assert_eq!(info.profile, Some("Profile 3"));
    assert_eq!((info.bit_depth, info.chroma), (10, Some(ChromaFormat::Yuv422)));
}

#[test]
fn a_key_frame_of_profile_3_has_more_fields() {
    // Marker 2, profile 3, reserved 0, show_existing_frame 0, frame_type 0, show_frame 1 | error_resilient_mode 0,
    // the sync code, ten_or_twelve_bit 1, color_space 5, range 1, subsampling 1 0, reserved 0, 1919, 1079
    let bits = concat!(
        "10110001",
        "0",
        "010010011000001101000010",
        "1",
        "101",
        "1",
        "1",
        "0",
        "0",
        "0000011101111111",
        "0000010000110111",
        "0000000"
    );
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |value, bit| value << 1 | (bit - b'0')))
        .collect();
    let key = Vp9FrameHead::parse(&bytes).unwrap().key.unwrap();
    assert_eq!((key.size.width, key.size.height), (1920, 1080));
    assert_eq!((key.bit_depth, key.chroma), (12, Some(ChromaFormat::Yuv422)));
    let colour = key.colour.unwrap();
    assert_eq!((colour.matrix, colour.full_range), (9, true));
}

#[test]
fn what_is_no_frame_of_vp9_is_refused() {
    assert_eq!(
        Vp9FrameHead::parse(&[0x42, 0, 0, 0]),
        Err(ConfigError::NotA("a frame of VP9"))
    );
    assert_eq!(
        Vp9FrameHead::parse(&[0x82, 0x49, 0x83, 0x43, 0, 0]),
        Err(ConfigError::NotA("a key frame of VP9"))
    );
    // RGB in profile 0
    assert_eq!(
        Vp9FrameHead::parse(&[0x82, 0x49, 0x83, 0x42, 0xE0, 0, 0, 0, 0]),
        Err(ConfigError::Value {
            field: "color_space",
            value: 7
        })
    );
    assert_eq!(Vp9FrameHead::parse(&[]), Err(ConfigError::Truncated));
    assert_eq!(
        Vp9FrameHead::parse(&[0x82, 0x49, 0x83, 0x42, 0x00, 0x13]),
        Err(ConfigError::Truncated)
    );
}

#[test]
fn a_key_frame_of_vp8_says_the_size() {
    // Key frame, version 0, shown | start code | 320 and 180, the first scaled by 5/4
    let head = Vp8FrameHead::parse(&[0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x41, 0xB4, 0x00]).unwrap();
    let info = head.info();
    assert!(head.is_shown);
    assert_eq!((info.width, info.height), (320, 180));
    assert_eq!(info.codec_string.as_deref(), Some("vp8"));
    assert_eq!(Vp8FrameHead::parse(&[0x11, 0, 0]).unwrap().key, None);
    assert_eq!(
        Vp8FrameHead::parse(&[0x10, 0, 0, 0x9D, 0x01, 0x2B, 0, 0, 0, 0]),
        Err(ConfigError::NotA("a key frame of VP8"))
    );
    assert_eq!(Vp8FrameHead::parse(&[0x10, 0]), Err(ConfigError::Truncated));
}

proptest::proptest! {
    #[test]
    fn records_are_written_as_they_were_read(bytes in proptest::collection::vec(0..=255_u8, 0..20)) {
        let bytes = Bytes::from(bytes);
        if let Ok(configuration) = VpConfiguration::parse(&bytes) {
            proptest::prop_assert!(bytes.starts_with(&configuration.encode()));
            configuration.info(VideoCodec::Vp9);
        }
        let _ = Vp9FrameHead::parse(&bytes);
        let _ = Vp8FrameHead::parse(&bytes);
    }
}
