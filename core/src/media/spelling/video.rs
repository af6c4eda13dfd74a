//! Video, spelled anew.

#![deny(clippy::arithmetic_side_effects)]

use super::{Front, Outcome, Reads, write};
use crate::media::TrackId;
use crate::media::class::begins_with_key_frame;
use crate::media::video::{FrameType, VideoCodec, VideoPacket, VideoPacketType, VideoTag};

pub(super) fn reads_that_matter(payload: &[u8]) -> Reads {
    let Some((front, packet)) = look(payload) else {
        return Reads::NOTHING;
    };
    let packet = packet.map_or(Reads::NOTHING, |packet| match packet.packet_type {
        VideoPacketType::Metadata => Reads::METADATA,
        VideoPacketType::SequenceStart
        | VideoPacketType::CodedFrames
        | VideoPacketType::SequenceEnd
        | VideoPacketType::CodedFramesX
        | VideoPacketType::Mpeg2TsSequenceStart => name_that_matters(packet.codec, packet.enhanced),
    });
    front.that_matters() | packet
}

pub(super) fn respell(payload: &[u8], reads: Reads) -> Outcome {
    let Some((front, packet)) = look(payload) else {
        return Outcome::Unchanged;
    };
    if front.is_multitrack && reads.contains(Reads::MULTITRACK) {
        return front.respell(payload, reads);
    }
    let Some(packet) = packet else {
        return Outcome::Dropped;
    };
    let is_metadata = packet.packet_type == VideoPacketType::Metadata;
    if is_metadata && !reads.contains(Reads::METADATA) {
        return Outcome::Dropped;
    }
    let name = name_that_matters(packet.codec, packet.enhanced);
    let mut wanted = if is_metadata || name.is_empty() || reads.contains(name) == packet.enhanced {
        packet
    } else if packet.enhanced {
        let Some(legacy) = legacy(packet) else {
            return Outcome::Dropped;
        };
        legacy
    } else {
        enhanced(packet)
    };
    if wanted.enhanced == packet.enhanced && !front.is_multitrack {
        return front.respell(payload, reads);
    }
    if !reads.contains(Reads::MOD_EX) {
        wanted.nanos = 0;
    }
    write(wanted.payload, |out| wanted.write_header(out))
}

/// The default track's packet, and what stands before it. `None` for what has no tracks or cannot be read.
fn look(payload: &[u8]) -> Option<(Front, Option<VideoPacket<'_>>)> {
    let VideoTag::Packets(mut packets) = VideoTag::parse(payload).ok()? else {
        return None;
    };
    let is_multitrack = packets.is_multitrack();
    let packet = packets.find_map(|packet| packet.ok().filter(|packet| packet.track == TrackId::DEFAULT));
    let is_enhanced = match packet {
        Some(packet) => packet.enhanced,
        None if is_multitrack => true,
        None => return None,
    };
    Some((Front::new(payload, is_enhanced, is_multitrack), packet))
}

/// The name on which the form of a codec's packets depends. AV1 and VVC by number are read by few: whoever does not
/// announce their FourCCs is still better served with them.
pub(super) const fn name_that_matters(codec: VideoCodec, enhanced: bool) -> Reads {
    if enhanced && matches!(codec, VideoCodec::Av1 | VideoCodec::Vvc) {
        Reads::NOTHING
    } else {
        Reads::of_video(codec)
    }
}

/// `None` if there is no such packet in the legacy form.
fn legacy(packet: VideoPacket<'_>) -> Option<VideoPacket<'_>> {
    let packet_type = match packet.packet_type {
        VideoPacketType::CodedFrames | VideoPacketType::CodedFramesX => VideoPacketType::CodedFrames,
        same @ (VideoPacketType::SequenceStart | VideoPacketType::SequenceEnd) => same,
        VideoPacketType::Metadata | VideoPacketType::Mpeg2TsSequenceStart => return None,
    };
    // Players of old go by the frame type, which some senders of enhanced headers leave out.
    let frame_type = match packet.frame_type {
        FrameType::Reserved(_) => {
            let is_key = packet_type != VideoPacketType::CodedFrames
                || begins_with_key_frame(packet.codec, packet.payload);
            if is_key { FrameType::Key } else { FrameType::Inter }
        }
        said @ (FrameType::Key
        | FrameType::Inter
        | FrameType::DisposableInter
        | FrameType::GeneratedKey
        | FrameType::Command) => said,
    };
    Some(VideoPacket {
        packet_type,
        frame_type,
        nanos: 0,
        enhanced: false,
        ..packet
    })
}

const fn enhanced(packet: VideoPacket<'_>) -> VideoPacket<'_> {
    let is_frame = matches!(packet.packet_type, VideoPacketType::CodedFrames);
    // Other legacy headers have the field as well, and nobody gives it a meaning there.
    let composition_time = if is_frame { packet.composition_time } else { 0 };
    let packet_type = if is_frame {
        VideoPacketType::of_frame(packet.codec, composition_time)
    } else {
        packet.packet_type
    };
    VideoPacket {
        packet_type,
        composition_time,
        enhanced: true,
        ..packet
    }
}
