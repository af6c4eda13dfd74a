//! The headers of audio messages, legacy and enhanced (Adobe FLV 10.1 §E.4.2; Enhanced RTMP v2, "Enhanced
//! Audio").

#![deny(clippy::arithmetic_side_effects)]

mod codec;
mod sound_flags;
mod write;

pub use self::codec::AudioCodec;
pub use self::sound_flags::SoundFlags;
use super::enhanced::{Tracks, mod_ex, nibbles};
use super::{TagError, TrackId};
use crate::wire::Reader;

/// The `SoundFormat` of an enhanced header.
const EX_HEADER: u8 = 9;
/// The packet type that announces several tracks.
const MULTITRACK: u8 = 5;

/// An audio message.
#[derive(Clone, Debug)]
pub enum AudioTag<'a> {
    /// No bytes at all: silence until the next one (Enhanced RTMP v2). A player neither waits nor takes its
    /// clock from audio.
    Silence,
    /// Packets, one for each track.
    Packets(AudioPackets<'a>),
}

impl<'a> AudioTag<'a> {
    /// Reads the header of an audio message's payload.
    ///
    /// # Errors
    ///
    /// [`TagError`], if the header is cut short or uses what is reserved.
    pub fn parse(payload: &'a [u8]) -> Result<Self, TagError> {
        let mut r = Reader::new(payload);
        let Ok(first) = r.u8() else {
            return Ok(Self::Silence);
        };
        let packets = match nibbles(first) {
            [EX_HEADER, packet_type] => {
                let (packet_type, nanos) = mod_ex(&mut r, packet_type)?;
                let (packet_type, tracks) = Tracks::read(r, packet_type, MULTITRACK)?;
                let packet_type = AudioPacketType::try_from(packet_type)?;
                Source::Enhanced {
                    packet_type,
                    nanos,
                    tracks,
                }
            }
            [sound_format, flags] => Source::Legacy(Some(legacy_packet(sound_format, flags, r)?)),
        };
        Ok(Self::Packets(AudioPackets(packets)))
    }
}

fn legacy_packet(sound_format: u8, flags: u8, mut r: Reader<'_>) -> Result<AudioPacket<'_>, TagError> {
    let codec = AudioCodec::from_id(sound_format);
    let packet_type = if codec == AudioCodec::Aac {
        match r.u8()? {
            0 => AudioPacketType::SequenceStart,
            1 => AudioPacketType::CodedFrames,
            reserved => return Err(TagError::PacketType(reserved)),
        }
    } else {
        AudioPacketType::CodedFrames
    };
    Ok(AudioPacket {
        track: TrackId::DEFAULT,
        codec,
        packet_type,
        nanos: 0,
        payload: r.rest(),
        sound: Some(SoundFlags::of_nibble(flags)),
        enhanced: false,
    })
}

/// One track's part of an audio message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioPacket<'a> {
    /// The track it belongs to.
    pub track: TrackId,
    /// The codec.
    pub codec: AudioCodec,
    /// What the payload is.
    pub packet_type: AudioPacketType,
    /// Nanoseconds to add to the presentation time: 0 to 999999 if the sender keeps to the specification.
    pub nanos: u32,
    /// The codec's bytes, behind all headers.
    pub payload: &'a [u8],
    /// What a legacy header says of the sound.
    pub sound: Option<SoundFlags>,
    /// Whether the header was an enhanced one.
    pub enhanced: bool,
}

/// The packets of one audio message, in the order of the wire. An error is the last item.
#[derive(Clone, Debug)]
pub struct AudioPackets<'a>(Source<'a>);

#[derive(Clone, Debug)]
enum Source<'a> {
    Legacy(Option<AudioPacket<'a>>),
    Enhanced {
        packet_type: AudioPacketType,
        nanos: u32,
        tracks: Tracks<'a>,
    },
}

impl AudioPackets<'_> {
    /// Whether the message has the form for several tracks, whatever their number.
    pub const fn is_multitrack(&self) -> bool {
        match &self.0 {
            Source::Legacy(_) => false,
            Source::Enhanced { tracks, .. } => tracks.is_multitrack(),
        }
    }

    /// Whether nothing follows.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            Source::Legacy(packet) => packet.is_none(),
            Source::Enhanced { tracks, .. } => tracks.is_done(),
        }
    }
}

impl<'a> Iterator for AudioPackets<'a> {
    type Item = Result<AudioPacket<'a>, TagError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Legacy(packet) => packet.take().map(Ok),
            Source::Enhanced {
                packet_type,
                nanos,
                tracks,
            } => {
                let (packet_type, nanos) = (*packet_type, *nanos);
                let packet = tracks.next()?.map(|share| AudioPacket {
                    track: share.track,
                    codec: AudioCodec::from_fourcc(share.codec),
                    packet_type,
                    nanos,
                    payload: share.body,
                    sound: None,
                    enhanced: true,
                });
                Some(packet)
            }
        }
    }
}

/// What an audio packet's payload is (Enhanced RTMP v2, `AudioPacketType`). The `AACPacketType` of legacy headers
/// is told in the same words; other legacy codecs have frames only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioPacketType {
    /// 0: the codec's configuration.
    SequenceStart,
    /// 1: frames.
    CodedFrames,
    /// 2: nothing; the sequence has ended.
    SequenceEnd,
    /// 4: how channels are laid out.
    MultichannelConfig,
}

impl AudioPacketType {
    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::SequenceStart => 0,
            Self::CodedFrames => 1,
            Self::SequenceEnd => 2,
            Self::MultichannelConfig => 4,
        }
    }
}

impl TryFrom<u8> for AudioPacketType {
    type Error = TagError;

    fn try_from(id: u8) -> Result<Self, TagError> {
        match id {
            0 => Ok(Self::SequenceStart),
            1 => Ok(Self::CodedFrames),
            2 => Ok(Self::SequenceEnd),
            4 => Ok(Self::MultichannelConfig),
            reserved => Err(TagError::PacketType(reserved)),
        }
    }
}
