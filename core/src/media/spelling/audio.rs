//! Audio, spelled anew.

#![deny(clippy::arithmetic_side_effects)]

use super::{Front, Outcome, Reads, write};
use crate::media::TrackId;
use crate::media::audio::{AudioCodec, AudioPacket, AudioPacketType, AudioTag, SoundFlags};

pub(super) fn reads_that_matter(payload: &[u8]) -> Reads {
    let Some((front, packet)) = look(payload) else {
        return Reads::NOTHING;
    };
    let name = packet.map_or(Reads::NOTHING, |packet| Reads::of_audio(packet.codec));
    front.that_matters() | name
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
    let name = Reads::of_audio(packet.codec);
    let mut wanted = if name.is_empty() || reads.contains(name) == packet.enhanced {
        packet
    } else if packet.enhanced {
        let Some(legacy) = legacy(packet) else {
            return Outcome::Dropped;
        };
        legacy
    } else {
        AudioPacket {
            enhanced: true,
            ..packet
        }
    };
    if wanted.enhanced == packet.enhanced && !front.is_multitrack {
        return front.respell(payload, reads);
    }
    if !reads.contains(Reads::MOD_EX) {
        wanted.nanos = 0;
    }
    write(wanted.payload, |out| wanted.write_header(out))
}

/// The default track's packet, and what stands before it. `None` for silence and what cannot be read.
fn look(payload: &[u8]) -> Option<(Front, Option<AudioPacket<'_>>)> {
    let AudioTag::Packets(mut packets) = AudioTag::parse(payload).ok()? else {
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

/// `None` if there is no such packet in the legacy form.
fn legacy(packet: AudioPacket<'_>) -> Option<AudioPacket<'_>> {
    let is_aac = packet.codec == AudioCodec::Aac;
    let has_legacy_form = match packet.packet_type {
        AudioPacketType::CodedFrames => true,
        AudioPacketType::SequenceStart => is_aac,
        AudioPacketType::SequenceEnd | AudioPacketType::MultichannelConfig => false,
    };
    let sound = if is_aac {
        SoundFlags::AAC
    } else {
        mp3_flags(packet.payload)
    };
    has_legacy_form.then_some(AudioPacket {
        nanos: 0,
        sound: Some(sound),
        enhanced: false,
        ..packet
    })
}

/// The flags that belong to a frame of MP3, by its header (ISO/IEC 11172-3 §2.4.1.3). What is none is marked as most
/// MP3 is.
const fn mp3_flags(frame: &[u8]) -> SoundFlags {
    let &[0xFF, version, rate, mode, ..] = frame else {
        return SoundFlags::AAC;
    };
    // MPEG-1, or MPEG-2 with half the rate, or 2.5 with a quarter of it.
    let halvings = match version >> 3 & 3 {
        3 => 0,
        2 => 1,
        _ => 2,
    };
    let rate = match rate >> 2 & 3 {
        0 => 44_100_u32,
        1 => 48_000,
        _ => 32_000,
    };
    let channels = if mode >> 6 == 3 { 1 } else { 2 };
    SoundFlags::new(rate >> halvings, 16, channels)
}
