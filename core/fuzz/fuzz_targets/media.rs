//! Any bytes have a class, packets that lie within them and can be written again, and spellings that stay as they are.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use rtmp_core::media::audio::AudioTag;
use rtmp_core::media::spelling::{Reads, Respelled, Spelling, respell};
use rtmp_core::media::video::VideoTag;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

const SPELLINGS: [Spelling; 5] = [
    Spelling::AsPublished,
    Spelling::LEGACY,
    Spelling::ENHANCED,
    Spelling::For(Reads::MULTITRACK),
    Spelling::For(Reads::MOD_EX.union(Reads::HEVC).union(Reads::AAC)),
];

fuzz_target!(|bytes: &[u8]| {
    for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Data] {
        let payload = bytes.to_vec().into();
        let message = MediaMessage {
            kind,
            timestamp: Timestamp::ZERO,
            payload,
        };
        let _ = message.class().is_header();
        for spelling in SPELLINGS {
            if let Respelled::Changed(changed) = respell(&message, spelling) {
                assert_eq!(respell(&changed, spelling), Respelled::Unchanged);
            }
        }
    }
    let mut out = BytesMut::new();
    if let Ok(VideoTag::Packets(packets)) = VideoTag::parse(bytes) {
        let mut sum = 0;
        for packet in packets.flatten() {
            sum += packet.payload.len();
            out.clear();
            packet.write(&mut out).unwrap();
            let Ok(VideoTag::Packets(mut written)) = VideoTag::parse(&out) else {
                panic!("{packet:?} was not written as packets");
            };
            assert_eq!(written.next(), Some(Ok(packet)));
        }
        assert!(sum < bytes.len());
    }
    if let Ok(AudioTag::Packets(packets)) = AudioTag::parse(bytes) {
        let mut sum = 0;
        for packet in packets.flatten() {
            sum += packet.payload.len();
            out.clear();
            packet.write(&mut out).unwrap();
            let Ok(AudioTag::Packets(mut written)) = AudioTag::parse(&out) else {
                panic!("{packet:?} was not written as packets");
            };
            assert_eq!(written.next(), Some(Ok(packet)));
        }
        assert!(sum < bytes.len());
    }
});
