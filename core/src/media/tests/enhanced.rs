//! Headers of Enhanced RTMP with one track.

use super::*;

#[test]
fn hevc_sequence_start() {
    let payload = [0x90, b'h', b'v', b'c', b'1', 0x01, 0x01, 0x60];
    let packet = enhanced(
        VideoCodec::Hevc,
        VideoPacketType::SequenceStart,
        &[0x01, 0x01, 0x60],
    );
    assert_eq!(video(&payload), [Ok(packet)]);
    assert_eq!(video_class(&payload), SEQUENCE_HEADER);
}

#[test]
fn hevc_coded_frames_begin_with_a_composition_time() {
    let payload = [0xA1, b'h', b'v', b'c', b'1', 0, 0, 0x21, 0, 0, 0, 2, 0x02, 0x01];
    let packet = VideoPacket {
        frame_type: FrameType::Inter,
        composition_time: 33,
        ..enhanced(
            VideoCodec::Hevc,
            VideoPacketType::CodedFrames,
            &[0, 0, 0, 2, 0x02, 0x01],
        )
    };
    assert_eq!(video(&payload), [Ok(packet)]);
    assert_eq!(video_class(&payload), Class::Inter);
}

#[test]
fn coded_frames_x_leave_the_composition_time_out() {
    let payload = [0x93, b'h', b'v', b'c', b'1', 0, 0, 0, 2, 0x26, 0x01];
    let packet = enhanced(
        VideoCodec::Hevc,
        VideoPacketType::CodedFramesX,
        &[0, 0, 0, 2, 0x26, 0x01],
    );
    assert_eq!(video(&payload), [Ok(packet)]);
    assert_eq!(video_class(&payload), Class::Keyframe);
}

#[test]
fn avc_composition_times_may_be_negative() {
    let payload = [
        0xA1, b'a', b'v', b'c', b'1', 0xFF, 0xFF, 0xD8, 0, 0, 0, 2, 0x41, 0x9A,
    ];
    assert_eq!(video(&payload)[0].unwrap().composition_time, -40);
}

#[test]
fn av1_coded_frames_have_no_composition_time() {
    // A temporal delimiter (12 00), then a sequence header of 2 bytes.
    let payload = [0x91, b'a', b'v', b'0', b'1', 0x12, 0x00, 0x0A, 0x02, 0x00, 0x00];
    let data = [0x12, 0x00, 0x0A, 0x02, 0x00, 0x00];
    let packet = enhanced(VideoCodec::Av1, VideoPacketType::CodedFrames, &data);
    assert_eq!(video(&payload), [Ok(packet)]);
    assert_eq!(video_class(&payload), Class::Keyframe);
}

#[test]
fn a_mod_ex_prefix_adds_nanoseconds_and_is_looked_through() {
    // Inter, ModEx; 3 bytes: 250000 ns; kind 0, CodedFrames.
    let payload = [
        0xA7, 0x02, 0x03, 0xD0, 0x90, 0x01, b'h', b'v', b'c', b'1', 0, 0, 0x21, 0, 0, 0, 2, 0x02, 0x01,
    ];
    let packet = video(&payload)[0].unwrap();
    assert_eq!((packet.nanos, packet.composition_time), (250_000, 33));
    assert_eq!(packet.payload, [0, 0, 0, 2, 0x02, 0x01]);
    assert_eq!(video_class(&payload), Class::Inter);
}

#[test]
fn an_unknown_or_short_mod_ex_is_skipped() {
    // Kind 5 with one byte, then kind 0 with one byte (too few for an offset), then SequenceEnd.
    let payload = [0x97, 0x00, 0xAA, 0x57, 0x00, 0xBB, 0x02, b'a', b'v', b'0', b'1'];
    let packet = video(&payload)[0].unwrap();
    assert_eq!(
        (packet.packet_type, packet.nanos),
        (VideoPacketType::SequenceEnd, 0)
    );
    assert_eq!(video_class(&payload), Class::SequenceEnd);
}

#[test]
fn a_chain_of_mod_ex_has_an_end() {
    let chain = |links: usize| {
        let mut payload = vec![0x97];
        for _ in 1..links {
            payload.extend([0x00, 0xAA, 0x17]); // one byte; kind 1, ModEx again
        }
        payload.extend([0x00, 0xAA, 0x12]); // the last: SequenceEnd
        payload.extend(b"av01");
        payload
    };
    assert_eq!(video_class(&chain(8)), Class::SequenceEnd);
    assert_eq!(
        VideoTag::parse(&chain(9)).unwrap_err(),
        TagError::TooManyModEx { limit: 8 }
    );
    assert_eq!(video_class(&chain(9)), Class::Opaque);
}

#[test]
fn what_is_reserved_is_opaque() {
    // Packet type 8; multitrack inside multitrack; ModEx inside multitrack; multitrack type 3.
    for (payload, error) in [
        (&[0x98, b'a', b'v', b'0', b'1', 0][..], TagError::PacketType(8)),
        (
            &[0x96, 0x06, b'a', b'v', b'0', b'1', 0][..],
            TagError::PacketType(6),
        ),
        (
            &[0x96, 0x07, b'a', b'v', b'0', b'1', 0][..],
            TagError::PacketType(7),
        ),
        (
            &[0x96, 0x31, b'a', b'v', b'0', b'1', 0][..],
            TagError::MultitrackType(3),
        ),
    ] {
        assert_eq!(VideoTag::parse(payload).unwrap_err(), error);
        assert_eq!(video_class(payload), Class::Opaque);
    }
}

#[test]
fn opus_sequence_start_and_channel_layout_are_two_headers() {
    let start = [
        0x90, b'O', b'p', b'u', b's', // SequenceStart
        b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', 1, 2, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0,
    ];
    let packet = audio(&start)[0].unwrap();
    assert_eq!(
        (packet.codec, packet.packet_type),
        (AudioCodec::Opus, AudioPacketType::SequenceStart)
    );
    assert_eq!(
        (packet.payload.len(), packet.sound, packet.enhanced),
        (19, None, true)
    );
    assert_eq!(
        audio_class(&start),
        Class::AudioSequenceHeader {
            track: TrackSlot::DEFAULT
        }
    );

    // MultichannelConfig: native order, 2 channels, mask 3.
    let layout = [0x94, b'O', b'p', b'u', b's', 1, 2, 0, 0, 0, 3];
    assert_eq!(
        audio(&layout)[0].unwrap().packet_type,
        AudioPacketType::MultichannelConfig
    );
    assert_eq!(
        audio_class(&layout),
        Class::MultichannelConfig {
            track: TrackSlot::DEFAULT
        }
    );
    assert!(audio_class(&layout).is_header());
}

#[test]
fn codecs_without_configuration_may_start_with_an_empty_one() {
    let header = Class::AudioSequenceHeader {
        track: TrackSlot::DEFAULT,
    };
    assert_eq!(audio_class(b"\x90ac-3"), header);
    assert_eq!(audio_class(b"\x90Opus"), header);
    assert_eq!(audio_class(b"\x90mp4a"), Class::Empty);
    // FFmpeg may send an empty AV1 record before the good one.
    assert_eq!(video_class(b"\x90av01"), Class::Empty);
}

#[test]
fn a_command_frame_has_no_fourcc() {
    let tag = VideoTag::parse(&[0xD0, 0x00]);
    assert!(
        matches!(tag, Ok(VideoTag::Command(VideoCommand::StartSeek))),
        "{tag:?}"
    );
    assert_eq!(video_class(&[0xD0, 0x00]), Class::VideoCommand);
}

#[test]
fn metadata_is_a_header_whatever_its_frame_type() {
    let body = b"hvc1\x02\x00\x09colorInfo\x03\x00\x00\x09";
    // Frame type 0 (OBS), 5 (FFmpeg) and 1.
    for first in [0x84, 0xD4, 0x94] {
        let payload = [&[first][..], body].concat();
        let packet = video(&payload)[0].unwrap();
        assert_eq!(packet.packet_type, VideoPacketType::Metadata);
        assert_eq!(packet.payload, &body[4..]);
        assert_eq!(
            video_class(&payload),
            Class::VideoMetadata {
                track: TrackSlot::DEFAULT
            }
        );
    }
}

#[test]
fn mod_ex_data_of_256_bytes_has_a_length_of_two_bytes_more() {
    let mut payload = vec![0x97, 0xFF, 0x00, 0xFF]; // ModEx; 255: u16 follows; 255 + 1 bytes
    payload.extend([0x00, 0x00, 0x07]); // 7 ns
    payload.resize(4 + 256, 0);
    payload.extend([0x01]); // kind 0, CodedFrames
    payload.extend(b"Opus\xFC");
    let packet = audio(&payload)[0].unwrap();
    assert_eq!((packet.nanos, packet.payload), (7, &[0xFC][..]));
    assert_eq!(audio_class(&payload), Class::Audio);
}

#[test]
fn codecs_to_come_pass_like_known_ones() {
    let packet = video(b"\x91xyz9\x01\x02")[0].unwrap();
    assert_eq!(packet.codec, VideoCodec::UnknownFourCc(FourCc::new(*b"xyz9")));
    assert_eq!(packet.payload, [1, 2]);
    assert_eq!(video_class(b"\x91xyz9\x01\x02"), Class::Keyframe);
    assert_eq!(audio_class(b"\x91xyz9\x01\x02"), Class::Audio);
}
