//! Tag headers and classes, on literal bytes: what encoders send, and what nobody should.

#![allow(clippy::panic)]

mod enhanced;
mod legacy;
mod messages;
mod multitrack;
mod properties;
mod round_trip;
mod written;

use bytes::Bytes;
use proptest::prelude::*;

use super::audio::{AudioCodec, AudioPacket, AudioPacketType, AudioTag};
use super::video::{FrameType, VideoCodec, VideoCommand, VideoPacket, VideoPacketType, VideoTag};
use super::{Class, FourCc, MediaKind, MediaMessage, TagError, TrackId, TrackSlot};
use crate::units::Timestamp;

fn video(payload: &[u8]) -> Vec<Result<VideoPacket<'_>, TagError>> {
    match VideoTag::parse(payload) {
        Ok(VideoTag::Packets(packets)) => packets.collect(),
        other => panic!("{other:?}"),
    }
}

fn audio(payload: &[u8]) -> Vec<Result<AudioPacket<'_>, TagError>> {
    match AudioTag::parse(payload) {
        Ok(AudioTag::Packets(packets)) => packets.collect(),
        other => panic!("{other:?}"),
    }
}

fn class(kind: MediaKind, payload: &[u8]) -> Class {
    MediaMessage {
        kind,
        timestamp: Timestamp::ZERO,
        payload: Bytes::copy_from_slice(payload),
    }
    .class()
}

fn video_class(payload: &[u8]) -> Class {
    class(MediaKind::Video, payload)
}

fn audio_class(payload: &[u8]) -> Class {
    class(MediaKind::Audio, payload)
}

fn enhanced(codec: VideoCodec, packet_type: VideoPacketType, payload: &[u8]) -> VideoPacket<'_> {
    VideoPacket {
        track: TrackId::DEFAULT,
        codec,
        packet_type,
        frame_type: FrameType::Key,
        composition_time: 0,
        nanos: 0,
        payload,
        enhanced: true,
    }
}

const SEQUENCE_HEADER: Class = Class::VideoSequenceHeader {
    track: TrackSlot::DEFAULT,
};

/// Bytes that begin like a tag, so that the deeper branches are reached.
fn tag() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![any::<u8>(), 0x80..=0xFFu8, Just(0x96), Just(0x97), Just(0x95)];
    (
        first,
        prop::collection::vec(prop_oneof![any::<u8>(), 0..8u8], 0..64),
    )
        .prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            rest
        })
}
