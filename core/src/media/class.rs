//! What a relay must know of a message.

#![deny(clippy::arithmetic_side_effects)]

use super::audio::{AudioCodec, AudioPacketType, AudioTag};
use super::nal::NalCodec;
use super::video::{FrameType, VideoCodec, VideoPacketType, VideoTag};
use super::{MediaKind, TagError, TrackId, data};
use crate::wire::Reader;

/// The part a message plays in its stream.
///
/// Those for which [`is_header`](Self::is_header) says yes are a stream's state: what a player who joins late
/// needs first. A header replaces an earlier one of *equal* class (which names the track) and stands behind all
/// others, so a cache is a list of `(Class, message)` in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Configuration of a video decoder. A header.
    VideoSequenceHeader {
        /// What it configures.
        track: TrackSlot,
    },
    /// Facts on video outside of the codec, such as HDR's `colorInfo`. A header.
    VideoMetadata {
        /// What it describes.
        track: TrackSlot,
    },
    /// A frame of the default track, or of several of which it is the first, that depends on no other: a player
    /// may start here.
    Keyframe,
    /// A key frame of another track, or of several of which that is the first. Its stream's default track tells
    /// where to start, if it has one.
    TrackKeyframe {
        /// The track.
        track: TrackId,
    },
    /// A frame that depends on earlier ones.
    Inter,
    /// A frame that depends on earlier ones, and on which none depends: the first to go when a player lags.
    Disposable,
    /// A word to the player in the place of a frame.
    VideoCommand,
    /// Configuration of an audio decoder. A header.
    AudioSequenceHeader {
        /// What it configures.
        track: TrackSlot,
    },
    /// The layout of audio channels, which follows the sequence header and has a place beside it. A header.
    MultichannelConfig {
        /// What it describes.
        track: TrackSlot,
    },
    /// Audio frames.
    Audio,
    /// `onMetaData`, with `@setDataFrame` before it or without. A header.
    Metadata,
    /// `@clearDataFrame` of `onMetaData`: the publisher takes its metadata back. It speaks to the server.
    ClearMetadata,
    /// Any other data.
    Data,
    /// The end of a video or audio sequence. Others may follow: the stream goes on.
    SequenceEnd,
    /// Nothing at all, nothing behind the tag header, or a header cut short. An audio message of no bytes means
    /// silence; a sequence header of no bytes must not take the place of a good one.
    Empty,
    /// Not understood. It is passed on, like every message.
    Opaque,
}

/// The tracks that a header holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackSlot {
    /// A single track.
    One(TrackId),
    /// Several tracks in one message, told apart by the first.
    Many(TrackId),
}

impl TrackSlot {
    /// The default track alone.
    pub const DEFAULT: Self = Self::One(TrackId::DEFAULT);

    const fn new(first: TrackId, alone: bool) -> Self {
        if alone {
            Self::One(first)
        } else {
            Self::Many(first)
        }
    }
}

impl Class {
    /// Whether the message belongs to the state of a stream that each new player must be given before frames.
    pub const fn is_header(self) -> bool {
        matches!(
            self,
            Self::VideoSequenceHeader { .. }
                | Self::VideoMetadata { .. }
                | Self::AudioSequenceHeader { .. }
                | Self::MultichannelConfig { .. }
                | Self::Metadata
        )
    }

    /// Whether the message has frames, at a time that its encoder's clock has made.
    pub const fn is_frame(self) -> bool {
        matches!(self, Self::Audio) || self.is_video_frame()
    }

    /// Whether the message has frames of video.
    pub const fn is_video_frame(self) -> bool {
        matches!(
            self,
            Self::Keyframe | Self::TrackKeyframe { .. } | Self::Inter | Self::Disposable
        )
    }

    pub(super) fn of(kind: MediaKind, payload: &[u8]) -> Self {
        let class = match kind {
            MediaKind::Video => of_video(payload),
            MediaKind::Audio => of_audio(payload),
            MediaKind::Data => Ok(of_data(payload)),
        };
        class.unwrap_or_else(|error| match error {
            TagError::Truncated => Self::Empty,
            TagError::PacketType(_)
            | TagError::MultitrackType(_)
            | TagError::TooManyModEx { .. }
            | TagError::TrackOverrun { .. } => Self::Opaque,
        })
    }
}

fn of_video(payload: &[u8]) -> Result<Class, TagError> {
    let mut packets = match VideoTag::parse(payload)? {
        VideoTag::Empty => return Ok(Class::Empty),
        VideoTag::Command(_) => return Ok(Class::VideoCommand),
        VideoTag::Packets(packets) => packets,
    };
    let first = packets.next().ok_or(TagError::Truncated)??;
    let alone = packets.is_done();
    let nothing = alone && first.payload.is_empty();
    let track = TrackSlot::new(first.track, alone);
    Ok(match first.packet_type {
        VideoPacketType::SequenceEnd => Class::SequenceEnd,
        VideoPacketType::Metadata => Class::VideoMetadata { track },
        VideoPacketType::SequenceStart
        | VideoPacketType::Mpeg2TsSequenceStart
        | VideoPacketType::CodedFrames
        | VideoPacketType::CodedFramesX
            if nothing =>
        {
            Class::Empty
        }
        VideoPacketType::SequenceStart | VideoPacketType::Mpeg2TsSequenceStart => {
            Class::VideoSequenceHeader { track }
        }
        VideoPacketType::CodedFrames | VideoPacketType::CodedFramesX => {
            of_frame(first.frame_type, track, || {
                begins_with_key_frame(first.codec, first.payload)
            })
        }
    })
}

fn of_frame(frame_type: FrameType, track: TrackSlot, looks_like_key_frame: impl FnOnce() -> bool) -> Class {
    let is_key = match frame_type {
        FrameType::Key | FrameType::GeneratedKey => true,
        FrameType::Inter => false,
        FrameType::DisposableInter => return Class::Disposable,
        FrameType::Command => return Class::VideoCommand,
        FrameType::Reserved(_) => looks_like_key_frame(),
    };
    let (TrackSlot::One(track) | TrackSlot::Many(track)) = track;
    match (is_key, track) {
        (true, TrackId::DEFAULT) => Class::Keyframe,
        (true, track) => Class::TrackKeyframe { track },
        (false, _) => Class::Inter,
    }
}

fn of_audio(payload: &[u8]) -> Result<Class, TagError> {
    let mut packets = match AudioTag::parse(payload)? {
        AudioTag::Silence => return Ok(Class::Empty),
        AudioTag::Packets(packets) => packets,
    };
    let first = packets.next().ok_or(TagError::Truncated)??;
    let alone = packets.is_done();
    let nothing = alone && first.payload.is_empty();
    let track = TrackSlot::new(first.track, alone);
    Ok(match first.packet_type {
        AudioPacketType::SequenceEnd => Class::SequenceEnd,
        AudioPacketType::MultichannelConfig => Class::MultichannelConfig { track },
        // Opus, MP3, AC-3 and E-AC-3 can do without a configuration: theirs may be empty.
        AudioPacketType::SequenceStart if nothing && first.codec == AudioCodec::Aac => Class::Empty,
        AudioPacketType::SequenceStart => Class::AudioSequenceHeader { track },
        AudioPacketType::CodedFrames if nothing => Class::Empty,
        AudioPacketType::CodedFrames => Class::Audio,
    })
}

fn of_data(payload: &[u8]) -> Class {
    if payload.is_empty() {
        return Class::Empty;
    }
    match data::handler(payload) {
        Some((data::ON_META_DATA, _)) => Class::Metadata,
        Some((data::SET_DATA_FRAME, rest)) if is_metadata(rest) => Class::Metadata,
        Some((data::CLEAR_DATA_FRAME, rest)) if is_metadata(rest) => Class::ClearMetadata,
        _ => Class::Data,
    }
}

fn is_metadata(payload: &[u8]) -> bool {
    data::handler(payload).is_some_and(|(name, _)| name == data::ON_META_DATA)
}

/// NAL units looked at for the first that holds a slice; parameter sets and the like come before it.
const MAX_NAL_UNITS: usize = 8;

/// Whether a frame whose sender leaves the frame type at 0 (as gortmplib does) is a key frame by its own bytes.
/// It looks at the front only, and a codec it does not know has none.
pub(super) fn begins_with_key_frame(codec: VideoCodec, frame: &[u8]) -> bool {
    let Some(&first) = frame.first() else {
        return false;
    };
    if let Some(codec) = NalCodec::of(codec) {
        return begins_with_key_slice(codec, frame).unwrap_or(false);
    }
    match codec {
        // A sequence header (OBU type 1), perhaps behind a temporal delimiter (AV1 §5.3.2).
        VideoCodec::Av1 => {
            let first = frame.strip_prefix(&[0x12, 0x00]).unwrap_or(frame).first();
            first.is_some_and(|obu| obu >> 3 & 0x0F == 1)
        }
        // RFC 6386 §9.1.
        VideoCodec::Vp8 => first & 0x01 == 0,
        // VP9 §6.2: frame_marker 2, two bits of profile (3 adds a reserved one), show_existing_frame, frame_type.
        VideoCodec::Vp9 if first & 0x30 == 0x30 => first & 0xCE == 0x80,
        VideoCodec::Vp9 => first & 0xCC == 0x80,
        VideoCodec::Avc
        | VideoCodec::Hevc
        | VideoCodec::Vvc
        | VideoCodec::SorensonH263
        | VideoCodec::Screen
        | VideoCodec::Vp6
        | VideoCodec::Vp6Alpha
        | VideoCodec::Screen2
        | VideoCodec::H263
        | VideoCodec::Mpeg4
        | VideoCodec::UnknownId(_)
        | VideoCodec::UnknownFourCc(_) => false,
    }
}

/// Whether the first slice is one of a key frame. Lengths have four bytes with all but a few old encoders; with
/// those, and where no slice is found, the answer is none.
fn begins_with_key_slice(codec: NalCodec, frame: &[u8]) -> Option<bool> {
    let mut r = Reader::new(frame);
    for _ in 0..MAX_NAL_UNITS {
        let len = r.u32().ok()? as usize;
        if codec.is_slice(r.rest()) {
            return Some(codec.is_keyframe_slice(r.rest()));
        }
        r.bytes(len).ok()?;
    }
    None
}
