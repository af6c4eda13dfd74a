//! What is written is read back as what it was made of, and what is read can be written.

use bytes::BytesMut;
use proptest::option;
use proptest::sample::select;

use super::*;
use crate::media::audio::SoundFlags;

/// Any packet, writable or not.
fn any_video() -> impl Strategy<Value = (VideoPacket<'static>, Vec<u8>)> {
    let codec = prop_oneof![
        any::<u8>().prop_map(|id| VideoCodec::from_id(id & 15)),
        select(vec![
            b"avc1", b"hvc1", b"vvc1", b"av01", b"vp08", b"vp09", b"xyz9"
        ])
        .prop_map(|name| VideoCodec::from_fourcc(FourCc::new(*name))),
    ];
    let packet_type = (0..6_u8).prop_map(|id| VideoPacketType::try_from(id).unwrap());
    let frame_type = (0..10_u8).prop_map(FrameType::from);
    let composition_time = prop_oneof![Just(0), -0x80_0000..0x80_0000_i32, any::<i32>()];
    let nanos = prop_oneof![Just(0), 0..1_000_000_u32, any::<u32>()];
    let track = prop_oneof![Just(0), any::<u8>()].prop_map(TrackId::new);
    let head = (track, codec, packet_type, frame_type);
    (head, composition_time, nanos, any::<bool>(), payload()).prop_map(
        |((track, codec, packet_type, frame_type), composition_time, nanos, enhanced, payload)| {
            let packet = VideoPacket {
                track,
                codec,
                packet_type,
                frame_type,
                composition_time,
                nanos,
                payload: &[],
                enhanced,
            };
            (packet, payload)
        },
    )
}

fn any_audio() -> impl Strategy<Value = (AudioPacket<'static>, Vec<u8>)> {
    let codec = prop_oneof![
        any::<u8>().prop_map(|id| AudioCodec::from_id(id & 15)),
        select(vec![
            b"mp4a", b".mp3", b"Opus", b"fLaC", b"ac-3", b"ec-3", b"xyz9"
        ])
        .prop_map(|name| AudioCodec::from_fourcc(FourCc::new(*name))),
    ];
    let packet_type = select(vec![
        AudioPacketType::SequenceStart,
        AudioPacketType::CodedFrames,
        AudioPacketType::SequenceEnd,
        AudioPacketType::MultichannelConfig,
    ]);
    let nanos = prop_oneof![Just(0), 0..1_000_000_u32, any::<u32>()];
    let track = prop_oneof![Just(0), any::<u8>()].prop_map(TrackId::new);
    let sound = option::of((0..16_u8).prop_map(SoundFlags::of_nibble));
    (track, codec, packet_type, nanos, sound, payload()).prop_map(
        |(track, codec, packet_type, nanos, sound, payload)| {
            let packet = AudioPacket {
                track,
                codec,
                packet_type,
                nanos,
                payload: &[],
                sound,
                enhanced: sound.is_none(),
            };
            (packet, payload)
        },
    )
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..20)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((packet, payload) in any_video()) {
        let packet = VideoPacket { payload: &payload, ..packet };
        let mut out = BytesMut::new();
        if packet.write(&mut out).is_ok() {
            prop_assert_eq!(video(&out), [Ok(packet)]);
        } else {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn what_is_written_of_audio_is_read_back((packet, payload) in any_audio()) {
        let packet = AudioPacket { payload: &payload, ..packet };
        let mut out = BytesMut::new();
        if packet.write(&mut out).is_ok() {
            prop_assert_eq!(audio(&out), [Ok(packet)]);
        } else {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn what_is_read_can_be_written(payload in tag()) {
        let mut out = BytesMut::new();
        if let Ok(VideoTag::Packets(packets)) = VideoTag::parse(&payload) {
            for packet in packets.flatten() {
                out.clear();
                prop_assert_eq!(packet.write(&mut out), Ok(()));
                prop_assert_eq!(video(&out), [Ok(packet)]);
            }
        }
        if let Ok(AudioTag::Packets(packets)) = AudioTag::parse(&payload) {
            for packet in packets.flatten() {
                out.clear();
                prop_assert_eq!(packet.write(&mut out), Ok(()));
                prop_assert_eq!(audio(&out), [Ok(packet)]);
            }
        }
    }

    #[test]
    fn several_tracks_are_read_back(
        parts in prop::collection::vec(any_video(), 1..5),
        many_codecs in any::<bool>(),
    ) {
        let first = parts[0].0;
        let packets: Vec<_> = parts
            .iter()
            .map(|(packet, payload)| VideoPacket {
                track: packet.track,
                codec: if many_codecs { packet.codec } else { first.codec },
                composition_time: packet.composition_time,
                payload,
                enhanced: true,
                ..first
            })
            .collect();
        let mut out = BytesMut::new();
        if VideoPacket::write_many(&packets, &mut out).is_ok() {
            let read = video(&out).into_iter().collect::<Result<Vec<_>, _>>();
            prop_assert_eq!(read, Ok(packets));
        } else {
            prop_assert!(out.is_empty());
        }
    }

    #[test]
    fn several_tracks_of_audio_are_read_back(parts in prop::collection::vec(any_audio(), 1..5)) {
        let first = parts[0].0;
        let packets: Vec<_> = parts
            .iter()
            .map(|(packet, payload)| AudioPacket {
                track: packet.track,
                codec: packet.codec,
                payload,
                sound: None,
                enhanced: true,
                ..first
            })
            .collect();
        let mut out = BytesMut::new();
        if AudioPacket::write_many(&packets, &mut out).is_ok() {
            let read = audio(&out).into_iter().collect::<Result<Vec<_>, _>>();
            prop_assert_eq!(read, Ok(packets));
        } else {
            prop_assert!(out.is_empty());
        }
    }
}
