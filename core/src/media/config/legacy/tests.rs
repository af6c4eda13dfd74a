use super::*;
use crate::media::audio::{AudioCodec, AudioPacket, AudioTag};
use crate::media::config::vpx::PictureSize;
use crate::media::config::{AudioInfo, ConfigError};

fn size(width: u32, height: u32) -> PictureSize {
    PictureSize { width, height }
}

/// What is known of a legacy audio message.
fn sound(payload: &[u8]) -> AudioInfo {
    let AudioTag::Packets(mut packets) = AudioTag::parse(payload).unwrap() else {
        return AudioInfo::of(AudioCodec::UnknownId(255));
    };
    let AudioPacket { codec, sound, .. } = packets.next().unwrap().unwrap();
    sound_info(codec, sound).unwrap()
}

#[test]
fn the_header_says_what_pcm_is() {
    // Format 3, 11025 Hz, 16 bits, mono
    let info = sound(&[0x36, 0x91, 0x00]);
    assert_eq!((info.sample_rate, info.channels), (11_025, 1));
    assert_eq!(info.bits_per_sample, Some(16));
    assert_eq!(info.codec_string.as_deref(), Some("pcm-s16"));
    // Format 0, 44100 Hz, 8 bits, stereo
    let info = sound(&[0x0D, 0x80]);
    assert_eq!((info.sample_rate, info.channels), (44_100, 2));
    assert_eq!(info.codec_string.as_deref(), Some("pcm-u8"));
    // Without a legacy header nobody says it.
    assert_eq!(sound_info(AudioCodec::Pcm, None), None);
}

#[test]
fn the_header_says_what_adpcm_is() {
    // Format 1, 22050 Hz, 16 bits, mono
    let info = sound(&[0x1A, 0x80, 0x0F]);
    assert_eq!((info.sample_rate, info.channels), (22_050, 1));
    assert_eq!(info.samples_per_frame, Some(4096));
}

#[test]
fn g711_has_8000_hz_whatever_the_header_says() {
    // A-law, mu-law: 5512 Hz, 16 bits, mono; and 44100 Hz, stereo
    for (first, name, channels) in [(0x72, "alaw", 1), (0x82, "ulaw", 1), (0x7F, "alaw", 2)] {
        let info = sound(&[first, 0xD5]);
        assert_eq!((info.sample_rate, info.channels), (8000, channels));
        assert_eq!(info.codec_string.as_deref(), Some(name));
    }
}

#[test]
fn speex_and_two_kinds_of_nellymoser_have_their_rate() {
    // Speex with 11025 Hz in the header, and stereo
    let info = sound(&[0xB7, 0x20, 0x54]);
    assert_eq!((info.sample_rate, info.channels), (16_000, 1));
    // Nellymoser of 8 kHz with 5512 Hz in the header; of 16 kHz; of the header's 22050 Hz
    assert_eq!(sound(&[0x52, 0x63]).sample_rate, 8000);
    assert_eq!(sound(&[0x42, 0x63]).sample_rate, 16_000);
    let info = sound(&[0x6A, 0xAD]);
    assert_eq!((info.sample_rate, info.channels), (22_050, 1));
}

#[test]
fn codecs_that_say_it_themselves_are_not_guessed() {
    for codec in [AudioCodec::Aac, AudioCodec::Mp3, AudioCodec::Opus] {
        assert_eq!(sound_info(codec, None), None);
    }
}

#[test]
fn sorenson_writes_odd_sizes_out() {
    // Start code (17 bits), version 1, temporal reference 0, size 1: 16 bits each of 320 and 180
    let frame = [0x00, 0x00, 0x84, 0x00, 0x80, 0xA0, 0x00, 0x5A, 0x11];
    assert_eq!(sorenson_size(&frame), Ok(size(320, 180)));
    // Size 0: 8 bits each of 32 and 24
    assert_eq!(
        sorenson_size(&[0x00, 0x00, 0x84, 0x00, 0x10, 0x0C, 0x00]),
        Ok(size(32, 24))
    );
    // Size 7 is reserved.
    assert_eq!(
        sorenson_size(&[0x00, 0x00, 0x84, 0x03, 0x80]),
        Err(ConfigError::Value {
            field: "PictureSize",
            value: 7
        })
    );
}

#[test]
fn sorenson_has_numbers_for_common_sizes() {
    for (code, expected) in [
        (2, size(352, 288)),
        (3, size(176, 144)),
        (4, size(128, 96)),
        (5, size(320, 240)),
        (6, size(160, 120)),
    ] {
        // The code's three bits are the last two of a byte and the first of the next.
        let code: u16 = code << 7;
        let [high, low] = code.to_be_bytes();
        assert_eq!(sorenson_size(&[0x00, 0x00, 0x84, high, low]), Ok(expected));
    }
}

#[test]
fn h263_proper_has_its_own_head() {
    // Start code (22 bits), TR 0, PTYPE 1 0 0 0 0, format 3: CIF
    assert_eq!(h263_size(&[0x00, 0x00, 0x80, 0x02, 0x0C]), Ok(size(352, 288)));
    // Format 7: extended
    assert_eq!(
        h263_size(&[0x00, 0x00, 0x80, 0x02, 0x1C]),
        Err(ConfigError::Value {
            field: "source format",
            value: 7
        })
    );
    assert_eq!(
        h263_size(&[0x00, 0x00, 0x84, 0x02, 0x0C]),
        Err(ConfigError::NotA("a frame of H.263"))
    );
}

#[test]
fn screen_video_has_the_size_beside_that_of_blocks() {
    // Blocks of 64 (3) by 64 (3); 1024 by 768
    assert_eq!(screen_size(&[0x34, 0x00, 0x33, 0x00, 0xFF]), Ok(size(1024, 768)));
    // FFmpeg's encoder: 322 by 182
    assert_eq!(screen_size(&[0x31, 0x42, 0x30, 0xB6, 0x01]), Ok(size(322, 182)));
    assert_eq!(screen_size(&[0x34, 0x00, 0x33]), Err(ConfigError::Truncated));
}

#[test]
fn vp6_counts_macroblocks() {
    // 0 to the right, 12 below | key frame, one partition | version 6, advanced profile | 12 rows, 20 columns,
    // stored and displayed
    let frame = [0x0C, 0x10, 0x36, 12, 20, 12, 20];
    assert_eq!(vp6_size(&frame), Ok(Some(size(320, 180))));
    // The simple profile, and two partitions: an offset comes first.
    let frame = [0x80, 0x10, 0x30, 0x01, 0x23, 12, 20, 12, 20];
    assert_eq!(vp6_size(&frame), Ok(Some(size(312, 192))));
    let frame = [0x00, 0x11, 0x36, 0x01, 0x23, 12, 20, 12, 20];
    assert_eq!(vp6_size(&frame), Ok(Some(size(320, 192))));
    // With alpha: its offset comes before
    let frame = [0x0C, 0x00, 0x12, 0x34, 0x10, 0x36, 12, 20, 12, 20];
    assert_eq!(vp6_alpha_size(&frame), Ok(Some(size(320, 180))));
    // An inter frame
    assert_eq!(vp6_size(&[0x0C, 0x90]), Ok(None));
    assert_eq!(vp6_size(&[0x0C, 0x10, 0x36, 12]), Err(ConfigError::Truncated));
    assert_eq!(vp6_size(&[]), Err(ConfigError::Truncated));
}

proptest::proptest! {
    #[test]
    fn no_frame_makes_them_panic(frame in proptest::collection::vec(0..=255_u8, 0..16)) {
        let _ = (sorenson_size(&frame), h263_size(&frame), screen_size(&frame));
        let _ = (vp6_size(&frame), vp6_alpha_size(&frame));
    }
}
