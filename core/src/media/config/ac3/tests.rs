use super::*;
use crate::media::config::bit_writer::BitWriter;

/// What FFmpeg sends for AC-3 at 48000 Hz, stereo.
const AC3: [u8; 8] = [
    0x0B, 0x77, // sync
    0xA1, 0xB1, // crc1
    0x08, // fscod 0: 48000 Hz, frmsizecod 8: 64 kbit/s
    0x40, // bsid 8, bsmod 0
    0x43, // acmod 2, dsurmod 0, lfeon 0
    0xE1,
];
/// The same of E-AC-3.
const EAC3: [u8; 8] = [
    0x0B, 0x77, // sync
    0x00, 0x7F, // independent, substream 0, 128 words
    0x34, // 48000 Hz, six blocks, acmod 2, no LFE
    0x87, // bsid 16
    0xC0, 0x00,
];

#[test]
fn a_stereo_frame_of_ac3() {
    let frame = SyncFrame::parse(&AC3).unwrap();
    assert!(!frame.enhanced);
    assert_eq!((frame.bsid, frame.frame_len), (8, 256));
    let info = identify(&AC3).unwrap();
    assert_eq!(info.codec, AudioCodec::Ac3);
    assert_eq!((info.sample_rate, info.channels), (48_000, 2));
    assert_eq!(info.samples_per_frame, Some(1536));
    assert_eq!(info.codec_string.as_deref(), Some("ac-3"));
}

#[test]
fn a_stereo_frame_of_eac3() {
    let frame = SyncFrame::parse(&EAC3).unwrap();
    assert!(frame.enhanced && !frame.dependent);
    assert_eq!((frame.bsid, frame.frame_len), (16, 256));
    let info = identify(&EAC3).unwrap();
    assert_eq!(info.codec, AudioCodec::Eac3);
    assert_eq!((info.sample_rate, info.channels), (48_000, 2));
    assert_eq!(info.samples_per_frame, Some(1536));
    assert_eq!(info.codec_string.as_deref(), Some("ec-3"));
}

#[test]
fn surround_has_more_fields_before_lfe() {
    // 448 kbit/s, bsid 8; acmod 7, cmixlev 1, surmixlev 1, lfeon 1
    let frame = SyncFrame::parse(&[0x0B, 0x77, 0, 0, 30, 0x40, 0b1110_1011, 0]).unwrap();
    assert_eq!((frame.arrangement, frame.channels()), (7, 6));
    assert_eq!(frame.frame_len, 1792);
}

#[test]
fn frames_of_5_1_of_ffmpeg() {
    for (frame, rate, len) in [
        ([0x0B, 0x77, 0xFE, 0x95, 0x1E, 0x40, 0xEB, 0xF8], 48_000, 1792),
        ([0x0B, 0x77, 0x81, 0xD5, 0x5E, 0x40, 0xEB, 0xF8], 44_100, 1950),
        ([0x0B, 0x77, 0x03, 0x7F, 0x3F, 0x87, 0xC0, 0x00], 48_000, 1792),
    ] {
        assert_eq!(SyncFrame::parse(&frame).unwrap().frame_len, len);
        let info = identify(&frame).unwrap();
        assert_eq!((info.sample_rate, info.channels), (rate, 6));
    }
}

#[test]
fn every_arrangement_has_its_channels() {
    for (arrangement, channels) in [2, 1, 2, 3, 3, 4, 4, 5].into_iter().enumerate() {
        let mut bytes = EAC3;
        bytes[4] = 0x30 | u8::try_from(arrangement).unwrap() << 1;
        assert_eq!(SyncFrame::parse(&bytes).unwrap().channels(), channels);
        bytes[4] |= 1;
        assert_eq!(SyncFrame::parse(&bytes).unwrap().channels(), channels + 1);
    }
}

#[test]
fn frames_of_other_rates_have_other_lengths() {
    let len =
        |code: u8| SyncFrame::parse(&[0x0B, 0x77, 0, 0, code, 0x40, 0x40, 0]).map(|frame| frame.frame_len);
    // 128 kbit/s: 48000 Hz; 44100 Hz without and with a word more; 32000 Hz
    assert_eq!(len(16), Ok(512));
    assert_eq!(len(0x40 | 16), Ok(556));
    assert_eq!(len(0x40 | 17), Ok(558));
    assert_eq!(len(0x80 | 16), Ok(768));
    assert_eq!(len(0x80 | 37), Ok(3840));
    assert_eq!(len(38), Err(bad("frmsizecod", 38)));
    assert_eq!(len(0xC0), Err(bad("fscod", 3)));
}

#[test]
fn low_rates_are_halves() {
    // bsid 9: half of 48000 Hz
    let frame = SyncFrame::parse(&[0x0B, 0x77, 0, 0, 8, 0x48, 0x40, 0]).unwrap();
    assert_eq!(frame.sample_rate, 24_000);
    // E-AC-3: fscod 3, fscod2 2: half of 32000 Hz, six blocks
    let frame = SyncFrame::parse(&[0x0B, 0x77, 0, 0x7F, 0xE4, 0x87, 0, 0]).unwrap();
    assert_eq!((frame.sample_rate, frame.samples), (16_000, 1536));
    // One block
    let frame = SyncFrame::parse(&[0x0B, 0x77, 0, 0x7F, 0x04, 0x87, 0, 0]).unwrap();
    assert_eq!(frame.samples, 256);
}

/// An E-AC-3 frame of 16 bytes.
fn eac3(stream_type: u32, acmod: u32, lfe: u32, chanmap: Option<u32>) -> Vec<u8> {
    let mut w = BitWriter::default();
    for (value, bits) in [
        (SYNC, 16),
        (stream_type, 2),
        (0, 3),
        (7, 11),
        (0, 2),
        (3, 2),
        (acmod, 3),
        (lfe, 1),
        (16, 5),
    ] {
        w.u(value, bits);
    }
    // dialnorm, compre with compr
    w.u(31, 5);
    w.u(1, 1);
    w.u(0xAB, 8);
    if let Some(chanmap) = chanmap {
        w.u(1, 1);
        w.u(chanmap, 16);
    }
    let mut frame = w.finish().to_vec();
    frame.resize(16, 0);
    frame
}

#[test]
fn dependent_substreams_add_channels() {
    // 5.1, and Ls, Rs, Lrs/Rrs in another frame: 7.1
    let packet = [
        eac3(0, 7, 1, None),
        eac3(1, 6, 0, Some(1 << 12 | 1 << 11 | 1 << 9)),
    ]
    .concat();
    assert_eq!(identify(&packet).unwrap().channels, 8);
    // Without a map they are where the arrangement has them: nothing new.
    let packet = [eac3(0, 7, 1, None), eac3(1, 2, 0, None)].concat();
    assert_eq!(identify(&packet).unwrap().channels, 6);
    // Another program is not part of this one.
    let packet = [eac3(0, 2, 0, None), eac3(0, 7, 1, None)].concat();
    assert_eq!(identify(&packet).unwrap().channels, 2);
}

#[test]
fn what_is_no_frame_is_refused() {
    assert_eq!(
        identify(&[0x77, 0x0B, 0, 0, 8, 0x40, 0x40, 0]),
        Err(ConfigError::NotA("a frame of AC-3"))
    );
    assert_eq!(
        identify(&[0x0B, 0x77, 0, 0, 8, 0x88, 0x40, 0]),
        Err(bad("bsid", 17))
    );
    for end in 0..6 {
        assert_eq!(identify(&AC3[..end]), Err(ConfigError::Truncated));
        assert_eq!(identify(&EAC3[..end]), Err(ConfigError::Truncated));
    }
}

proptest::proptest! {
    #[test]
    fn no_packet_makes_it_panic(mut packet in proptest::collection::vec(0..=255_u8, 2..64)) {
        packet[..2].copy_from_slice(&[0x0B, 0x77]);
        if let Ok(info) = identify(&packet) {
            proptest::prop_assert!(info.channels > 0 && info.sample_rate >= 8000);
        }
    }
}
