//! The kinds of frames, of words between them, and of packets.

#![deny(clippy::arithmetic_side_effects)]

use super::VideoCodec;
use crate::media::TagError;

/// How a frame depends on others (FLV 10.1 §E.4.3.1, `FrameType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameType {
    /// 1: depends on none.
    Key,
    /// 2: depends on earlier ones.
    Inter,
    /// 3: an inter frame that no other depends on.
    DisposableInter,
    /// 4: a key frame made by a server.
    GeneratedKey,
    /// 5: no frame, but a [`VideoCommand`].
    Command,
    /// Reserved. Some senders of enhanced headers leave it 0 always.
    Reserved(u8),
}

impl From<u8> for FrameType {
    fn from(id: u8) -> Self {
        match id {
            1 => Self::Key,
            2 => Self::Inter,
            3 => Self::DisposableInter,
            4 => Self::GeneratedKey,
            5 => Self::Command,
            other => Self::Reserved(other),
        }
    }
}

impl FrameType {
    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Inter => 2,
            Self::DisposableInter => 3,
            Self::GeneratedKey => 4,
            Self::Command => 5,
            Self::Reserved(id) => id,
        }
    }
}

/// A word to the player in the place of a frame (Enhanced RTMP v2, `VideoCommand`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCommand {
    /// 0: what follows are the frames before the one sought.
    StartSeek,
    /// 1: the frame sought has been reached.
    EndSeek,
    /// Not defined.
    Unknown(u8),
}

impl From<u8> for VideoCommand {
    fn from(id: u8) -> Self {
        match id {
            0 => Self::StartSeek,
            1 => Self::EndSeek,
            other => Self::Unknown(other),
        }
    }
}

impl VideoCommand {
    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::StartSeek => 0,
            Self::EndSeek => 1,
            Self::Unknown(id) => id,
        }
    }
}

/// What a video packet's payload is (Enhanced RTMP v2, `VideoPacketType`). The `AVCPacketType` of legacy headers
/// is told in the same words; other legacy codecs have frames only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoPacketType {
    /// 0: the codec's configuration record.
    SequenceStart,
    /// 1: a frame.
    CodedFrames,
    /// 2: nothing; the sequence has ended.
    SequenceEnd,
    /// 3: a frame with composition time 0, which is left out.
    CodedFramesX,
    /// 4: AMF 0 values, such as `colorInfo`.
    Metadata,
    /// 5: the configuration as a descriptor of MPEG-2 transport streams.
    Mpeg2TsSequenceStart,
}

impl VideoPacketType {
    /// The packet type by which an enhanced header costs least: [`CodedFramesX`](Self::CodedFramesX) where the
    /// codec has a composition time and it is 0.
    pub const fn of_frame(codec: VideoCodec, composition_time: i32) -> Self {
        if composition_time == 0 && codec.has_composition_time() {
            Self::CodedFramesX
        } else {
            Self::CodedFrames
        }
    }

    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::SequenceStart => 0,
            Self::CodedFrames => 1,
            Self::SequenceEnd => 2,
            Self::CodedFramesX => 3,
            Self::Metadata => 4,
            Self::Mpeg2TsSequenceStart => 5,
        }
    }
}

impl TryFrom<u8> for VideoPacketType {
    type Error = TagError;

    fn try_from(id: u8) -> Result<Self, TagError> {
        match id {
            0 => Ok(Self::SequenceStart),
            1 => Ok(Self::CodedFrames),
            2 => Ok(Self::SequenceEnd),
            3 => Ok(Self::CodedFramesX),
            4 => Ok(Self::Metadata),
            5 => Ok(Self::Mpeg2TsSequenceStart),
            reserved => Err(TagError::PacketType(reserved)),
        }
    }
}
