//! Any bytes have a class, and packets that lie within them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::media::audio::AudioTag;
use rtmp_core::media::video::VideoTag;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Data] {
        let payload = bytes.to_vec().into();
        let message = MediaMessage {
            kind,
            timestamp: Timestamp::ZERO,
            payload,
        };
        let _ = message.class().is_header();
    }
    if let Ok(VideoTag::Packets(packets)) = VideoTag::parse(bytes) {
        let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
        assert!(sum < bytes.len());
    }
    if let Ok(AudioTag::Packets(packets)) = AudioTag::parse(bytes) {
        let sum: usize = packets.flatten().map(|packet| packet.payload.len()).sum();
        assert!(sum < bytes.len());
    }
});
