//! Headers as they are written, on literal bytes.

use bytes::BytesMut;

use super::*;
use crate::media::UnwritableTag;
use crate::media::audio::SoundFlags;

fn written(packet: VideoPacket<'_>) -> Result<Vec<u8>, UnwritableTag> {
    let mut out = BytesMut::new();
    packet.write(&mut out)?;
    Ok(out.to_vec())
}

fn written_audio(packet: AudioPacket<'_>) -> Result<Vec<u8>, UnwritableTag> {
    let mut out = BytesMut::new();
    packet.write(&mut out)?;
    Ok(out.to_vec())
}

fn aac(packet_type: AudioPacketType, payload: &[u8]) -> AudioPacket<'_> {
    AudioPacket {
        track: TrackId::DEFAULT,
        codec: AudioCodec::Aac,
        packet_type,
        nanos: 0,
        payload,
        sound: Some(SoundFlags::AAC),
        enhanced: false,
    }
}

const NAL: &[u8] = &[0, 0, 0, 2, 0x41, 0x9A];

/// An inter frame of HEVC.
const INTER: VideoPacket<'static> = VideoPacket {
    track: TrackId::DEFAULT,
    codec: VideoCodec::Hevc,
    packet_type: VideoPacketType::CodedFrames,
    frame_type: FrameType::Inter,
    composition_time: -40,
    nanos: 0,
    payload: NAL,
    enhanced: true,
};

#[test]
fn a_frame_in_either_form() {
    // Inter, CodedFrames, FourCC, -40 ms.
    let enhanced = [&b"\xA1hvc1\xFF\xFF\xD8"[..], NAL].concat();
    assert_eq!(written(INTER), Ok(enhanced));
    // Inter, codec 12, NAL units, -40 ms.
    let legacy = VideoPacket {
        enhanced: false,
        ..INTER
    };
    let expected = [&[0x2C, 0x01, 0xFF, 0xFF, 0xD8][..], NAL].concat();
    assert_eq!(written(legacy), Ok(expected));
}

#[test]
fn nanoseconds_come_in_a_mod_ex_prefix() {
    let packet = VideoPacket {
        nanos: 250_000,
        ..INTER
    };
    // Inter, ModEx; 3 bytes: 250000; kind 0, CodedFrames.
    let expected = [&b"\xA7\x02\x03\xD0\x90\x01hvc1\xFF\xFF\xD8"[..], NAL].concat();
    assert_eq!(written(packet), Ok(expected));
    // Behind it, OneTrack: kind 0, Multitrack; OneTrack, CodedFrames; track 3.
    let packet = VideoPacket {
        track: TrackId::new(3),
        ..packet
    };
    let expected = [&b"\xA7\x02\x03\xD0\x90\x06\x01hvc1\x03\xFF\xFF\xD8"[..], NAL].concat();
    assert_eq!(written(packet), Ok(expected));
}

#[test]
fn a_track_other_than_the_default_one_says_which() {
    let packet = VideoPacket {
        track: TrackId::new(1),
        codec: VideoCodec::Avc,
        packet_type: VideoPacketType::CodedFramesX,
        composition_time: 0,
        ..INTER
    };
    assert_eq!(written(packet), Ok([b"\xA6\x03avc1\x01", NAL].concat()));
    let packet = AudioPacket {
        track: TrackId::new(1),
        enhanced: true,
        sound: None,
        ..aac(AudioPacketType::SequenceStart, &[0x11, 0x90])
    };
    assert_eq!(written_audio(packet), Ok(b"\x95\x00mp4a\x01\x11\x90".to_vec()));
}

#[test]
fn several_tracks_share_a_codec_or_name_each() {
    let first = VideoPacket {
        frame_type: FrameType::Key,
        composition_time: 0,
        ..INTER
    };
    let second = VideoPacket {
        track: TrackId::new(1),
        ..first
    };
    let mut out = BytesMut::new();
    VideoPacket::write_many(&[first, second], &mut out).unwrap();
    let share = |track: u8| [&[track, 0, 0, 9, 0, 0, 0][..], NAL].concat();
    // Key, Multitrack; ManyTracks, CodedFrames.
    assert_eq!(out[..], [&b"\x96\x11hvc1"[..], &share(0), &share(1)].concat());

    let end = |codec, track| VideoPacket {
        codec,
        track: TrackId::new(track),
        packet_type: VideoPacketType::SequenceEnd,
        payload: &[],
        ..first
    };
    out.clear();
    VideoPacket::write_many(&[end(VideoCodec::Av1, 0), end(VideoCodec::Hevc, 2)], &mut out).unwrap();
    assert_eq!(out[..], b"\x96\x22av01\0\0\0\0hvc1\x02\0\0\0"[..]);
}

#[test]
fn tracks_that_do_not_go_together_are_no_message() {
    let mut out = BytesMut::from("before");
    let key = VideoPacket {
        frame_type: FrameType::Key,
        ..INTER
    };
    assert_eq!(
        VideoPacket::write_many(&[INTER, key], &mut out),
        Err(UnwritableTag::MixedTracks)
    );
    assert_eq!(
        VideoPacket::write_many(&[], &mut out),
        Err(UnwritableTag::NoTracks)
    );
    let long = vec![0; 1 << 24];
    let long = VideoPacket {
        payload: &long,
        ..INTER
    };
    assert_eq!(
        VideoPacket::write_many(&[INTER, long], &mut out),
        Err(UnwritableTag::TrackLen((1 << 24) + 3))
    );
    assert_eq!(out, "before");
}

#[test]
fn aac_in_either_form() {
    let frame = aac(AudioPacketType::CodedFrames, &[0x21, 0x1A]);
    assert_eq!(written_audio(frame), Ok(vec![0xAF, 0x01, 0x21, 0x1A]));
    let frame = AudioPacket {
        enhanced: true,
        ..frame
    };
    assert_eq!(written_audio(frame), Ok(b"\x91mp4a\x21\x1A".to_vec()));
}

#[test]
fn a_command_in_either_form() {
    let mut out = BytesMut::new();
    VideoCommand::StartSeek.write_enhanced(&mut out);
    VideoCommand::EndSeek
        .write_legacy(VideoCodec::Avc, &mut out)
        .unwrap();
    assert_eq!(out[..], [0xD0, 0x00, 0x57, 0x01]);
    assert_eq!(
        VideoCommand::EndSeek.write_legacy(VideoCodec::Vp9, &mut out),
        Err(UnwritableTag::Codec)
    );
}

#[test]
fn what_a_form_cannot_say_is_refused() {
    let legacy = VideoPacket {
        enhanced: false,
        ..INTER
    };
    for (packet, error) in [
        (
            VideoPacket {
                codec: VideoCodec::Vp9,
                ..legacy
            },
            UnwritableTag::Codec,
        ),
        (
            VideoPacket {
                codec: VideoCodec::UnknownId(7),
                ..legacy
            },
            UnwritableTag::Codec,
        ),
        (
            VideoPacket {
                codec: VideoCodec::UnknownId(0x70),
                ..legacy
            },
            UnwritableTag::Codec,
        ),
        (
            VideoPacket {
                codec: VideoCodec::Vp6,
                ..INTER
            },
            UnwritableTag::Codec,
        ),
        (
            VideoPacket {
                packet_type: VideoPacketType::Metadata,
                ..legacy
            },
            UnwritableTag::PacketType,
        ),
        (
            VideoPacket {
                codec: VideoCodec::Vp6,
                packet_type: VideoPacketType::SequenceStart,
                ..legacy
            },
            UnwritableTag::PacketType,
        ),
        (
            VideoPacket {
                frame_type: FrameType::Command,
                ..INTER
            },
            UnwritableTag::FrameType,
        ),
        (
            VideoPacket {
                frame_type: FrameType::Reserved(8),
                ..legacy
            },
            UnwritableTag::FrameType,
        ),
        (
            VideoPacket {
                track: TrackId::new(1),
                ..legacy
            },
            UnwritableTag::Track(TrackId::new(1)),
        ),
        (
            VideoPacket {
                composition_time: 0x80_0000,
                ..INTER
            },
            UnwritableTag::CompositionTime(0x80_0000),
        ),
        // AV1 has no composition time, nor has CodedFramesX.
        (
            VideoPacket {
                codec: VideoCodec::Av1,
                ..INTER
            },
            UnwritableTag::CompositionTime(-40),
        ),
        (
            VideoPacket {
                packet_type: VideoPacketType::CodedFramesX,
                ..INTER
            },
            UnwritableTag::CompositionTime(-40),
        ),
        (VideoPacket { nanos: 1, ..legacy }, UnwritableTag::Nanos(1)),
        (
            VideoPacket {
                nanos: 1 << 24,
                ..INTER
            },
            UnwritableTag::Nanos(1 << 24),
        ),
    ] {
        assert_eq!(written(packet), Err(error), "{packet:?}");
    }
}

#[test]
fn what_a_form_cannot_say_of_audio_is_refused() {
    let frame = aac(AudioPacketType::CodedFrames, &[]);
    for (packet, error) in [
        (
            AudioPacket {
                codec: AudioCodec::Opus,
                ..frame
            },
            UnwritableTag::Codec,
        ),
        // 9 is the mark of the enhanced form.
        (
            AudioPacket {
                codec: AudioCodec::UnknownId(9),
                ..frame
            },
            UnwritableTag::Codec,
        ),
        (
            AudioPacket {
                packet_type: AudioPacketType::SequenceEnd,
                ..frame
            },
            UnwritableTag::PacketType,
        ),
        (
            AudioPacket {
                codec: AudioCodec::Mp3,
                packet_type: AudioPacketType::SequenceStart,
                ..frame
            },
            UnwritableTag::PacketType,
        ),
        (AudioPacket { sound: None, ..frame }, UnwritableTag::SoundFlags),
        (
            AudioPacket {
                track: TrackId::new(2),
                ..frame
            },
            UnwritableTag::Track(TrackId::new(2)),
        ),
        (AudioPacket { nanos: 1, ..frame }, UnwritableTag::Nanos(1)),
    ] {
        assert_eq!(written_audio(packet), Err(error), "{packet:?}");
    }
}
