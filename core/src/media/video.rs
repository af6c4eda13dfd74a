//! The headers of video messages, legacy and enhanced (Adobe FLV 10.1 §E.4.3; Enhanced RTMP v2, "Enhanced
//! Video").

#![deny(clippy::arithmetic_side_effects)]

use super::enhanced::{Share, Tracks, mod_ex, nibbles};
use super::{FourCc, TagError, TrackId};
use crate::wire::Reader;

/// Set in the first byte of an enhanced header.
const IS_EX_HEADER: u8 = 0x80;
/// The packet type that announces several tracks.
const MULTITRACK: u8 = 6;

/// A video message.
#[derive(Clone, Debug)]
pub enum VideoTag<'a> {
    /// No bytes at all.
    Empty,
    /// Frame type 5: a word to the player, without video.
    Command(VideoCommand),
    /// Packets, one for each track.
    Packets(VideoPackets<'a>),
}

impl<'a> VideoTag<'a> {
    /// Reads the header of a video message's payload.
    ///
    /// # Errors
    ///
    /// [`TagError`], if the header is cut short or uses what is reserved.
    pub fn parse(payload: &'a [u8]) -> Result<Self, TagError> {
        let mut r = Reader::new(payload);
        match r.u8() {
            Err(_) => Ok(Self::Empty),
            Ok(first) if first & IS_EX_HEADER != 0 => Self::parse_enhanced(first & !IS_EX_HEADER, r),
            Ok(first) => Self::parse_legacy(first, r),
        }
    }

    fn parse_enhanced(first: u8, mut r: Reader<'a>) -> Result<Self, TagError> {
        let [frame_type, packet_type] = nibbles(first);
        let frame_type = FrameType::from(frame_type);
        let (packet_type, nanos) = mod_ex(&mut r, packet_type)?;
        // The frame type of a Metadata packet says nothing: FFmpeg sets it to 5, OBS to 0.
        if frame_type == FrameType::Command && packet_type != VideoPacketType::Metadata.id() {
            return Ok(Self::Command(VideoCommand::from(r.u8()?)));
        }
        let (packet_type, tracks) = Tracks::read(r, packet_type, MULTITRACK)?;
        let packet_type = VideoPacketType::try_from(packet_type)?;
        Ok(Self::Packets(VideoPackets(Source::Enhanced {
            frame_type,
            packet_type,
            nanos,
            tracks,
        })))
    }

    fn parse_legacy(first: u8, mut r: Reader<'a>) -> Result<Self, TagError> {
        let [frame_type, codec_id] = nibbles(first);
        let frame_type = FrameType::from(frame_type);
        if frame_type == FrameType::Command {
            return Ok(Self::Command(VideoCommand::from(r.u8()?)));
        }
        let codec = VideoCodec::from_id(codec_id);
        let (packet_type, composition_time) = if codec.has_avc_packet_type() {
            avc_packet_type(&mut r)?
        } else {
            (VideoPacketType::CodedFrames, 0)
        };
        let packet = VideoPacket {
            track: TrackId::DEFAULT,
            codec,
            packet_type,
            frame_type,
            composition_time,
            nanos: 0,
            payload: r.rest(),
            enhanced: false,
        };
        Ok(Self::Packets(VideoPackets(Source::Legacy(Some(packet)))))
    }
}

/// `AVCPacketType` and `CompositionTime` of a legacy header.
fn avc_packet_type(r: &mut Reader<'_>) -> Result<(VideoPacketType, i32), TagError> {
    match r.u8()? {
        0 => Ok((VideoPacketType::SequenceStart, r.i24()?)),
        1 => Ok((VideoPacketType::CodedFrames, r.i24()?)),
        // Some senders end here: an end has no time of composition.
        2 => Ok((VideoPacketType::SequenceEnd, r.i24().unwrap_or(0))),
        reserved => Err(TagError::PacketType(reserved)),
    }
}

/// One track's part of a video message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoPacket<'a> {
    /// The track it belongs to.
    pub track: TrackId,
    /// The codec.
    pub codec: VideoCodec,
    /// What the payload is.
    pub packet_type: VideoPacketType,
    /// How a frame depends on others. It holds for all tracks of the message.
    pub frame_type: FrameType,
    /// Milliseconds from decoding to presentation; may be negative.
    pub composition_time: i32,
    /// Nanoseconds to add to the presentation time: 0 to 999999 if the sender keeps to the specification.
    pub nanos: u32,
    /// The codec's bytes, behind all headers.
    pub payload: &'a [u8],
    /// Whether the header was an enhanced one.
    pub enhanced: bool,
}

/// The packets of one video message, in the order of the wire.
///
/// A packet that is too short for its composition time is an error of its own; the tracks behind it follow. An
/// error in the division into tracks is the last item.
#[derive(Clone, Debug)]
pub struct VideoPackets<'a>(Source<'a>);

#[derive(Clone, Debug)]
enum Source<'a> {
    Legacy(Option<VideoPacket<'a>>),
    Enhanced {
        frame_type: FrameType,
        packet_type: VideoPacketType,
        nanos: u32,
        tracks: Tracks<'a>,
    },
}

impl VideoPackets<'_> {
    /// Whether nothing follows.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            Source::Legacy(packet) => packet.is_none(),
            Source::Enhanced { tracks, .. } => tracks.is_done(),
        }
    }
}

impl<'a> Iterator for VideoPackets<'a> {
    type Item = Result<VideoPacket<'a>, TagError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Legacy(packet) => packet.take().map(Ok),
            Source::Enhanced {
                frame_type,
                packet_type,
                nanos,
                tracks,
            } => {
                let (frame_type, packet_type, nanos) = (*frame_type, *packet_type, *nanos);
                tracks
                    .next()
                    .map(|share| packet_of(&share?, frame_type, packet_type, nanos))
            }
        }
    }
}

fn packet_of<'a>(
    share: &Share<'a>,
    frame_type: FrameType,
    packet_type: VideoPacketType,
    nanos: u32,
) -> Result<VideoPacket<'a>, TagError> {
    let codec = VideoCodec::from_fourcc(share.codec);
    let mut r = Reader::new(share.body);
    let has_composition_time = packet_type == VideoPacketType::CodedFrames && codec.has_composition_time();
    let composition_time = if has_composition_time { r.i24()? } else { 0 };
    Ok(VideoPacket {
        track: share.track,
        codec,
        packet_type,
        frame_type,
        composition_time,
        nanos,
        payload: r.rest(),
        enhanced: true,
    })
}

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

/// A video codec, whichever way the header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoCodec {
    /// Id 2: Sorenson's H.263.
    SorensonH263,
    /// Id 3: screen video.
    Screen,
    /// Id 4: On2 VP6.
    Vp6,
    /// Id 5: On2 VP6 with an alpha channel.
    Vp6Alpha,
    /// Id 6: screen video, version 2.
    Screen2,
    /// Id 7 or `avc1`: AVC (H.264).
    Avc,
    /// Id 8: H.263 proper, as FFmpeg has it.
    H263,
    /// Id 9: MPEG-4 part 2, as FFmpeg has it.
    Mpeg4,
    /// Id 12 (a custom of Chinese networks) or `hvc1`: HEVC (H.265).
    Hevc,
    /// Id 13 (the same custom) or `av01`: AV1.
    Av1,
    /// Id 14 (the same custom) or `vvc1`: VVC (H.266).
    Vvc,
    /// `vp08`: VP8.
    Vp8,
    /// `vp09`: VP9.
    Vp9,
    /// Any other id of a legacy header.
    UnknownId(u8),
    /// Any other FourCC.
    UnknownFourCc(FourCc),
}

impl VideoCodec {
    /// The codec of a legacy header's `CodecID`.
    pub const fn from_id(id: u8) -> Self {
        match id {
            2 => Self::SorensonH263,
            3 => Self::Screen,
            4 => Self::Vp6,
            5 => Self::Vp6Alpha,
            6 => Self::Screen2,
            7 => Self::Avc,
            8 => Self::H263,
            9 => Self::Mpeg4,
            12 => Self::Hevc,
            13 => Self::Av1,
            14 => Self::Vvc,
            other => Self::UnknownId(other),
        }
    }

    /// The codec of an enhanced header's FourCC.
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match fourcc {
            FourCc::AVC1 => Self::Avc,
            FourCc::HVC1 => Self::Hevc,
            FourCc::VVC1 => Self::Vvc,
            FourCc::AV01 => Self::Av1,
            FourCc::VP08 => Self::Vp8,
            FourCc::VP09 => Self::Vp9,
            other => Self::UnknownFourCc(other),
        }
    }

    /// The `CodecID` of a legacy header, if there is one.
    pub const fn id(self) -> Option<u8> {
        match self {
            Self::SorensonH263 => Some(2),
            Self::Screen => Some(3),
            Self::Vp6 => Some(4),
            Self::Vp6Alpha => Some(5),
            Self::Screen2 => Some(6),
            Self::Avc => Some(7),
            Self::H263 => Some(8),
            Self::Mpeg4 => Some(9),
            Self::Hevc => Some(12),
            Self::Av1 => Some(13),
            Self::Vvc => Some(14),
            Self::UnknownId(id) => Some(id),
            Self::Vp8 | Self::Vp9 | Self::UnknownFourCc(_) => None,
        }
    }

    /// The FourCC of an enhanced header, if there is one.
    pub const fn fourcc(self) -> Option<FourCc> {
        match self {
            Self::Avc => Some(FourCc::AVC1),
            Self::Hevc => Some(FourCc::HVC1),
            Self::Vvc => Some(FourCc::VVC1),
            Self::Av1 => Some(FourCc::AV01),
            Self::Vp8 => Some(FourCc::VP08),
            Self::Vp9 => Some(FourCc::VP09),
            Self::UnknownFourCc(fourcc) => Some(fourcc),
            Self::SorensonH263
            | Self::Screen
            | Self::Vp6
            | Self::Vp6Alpha
            | Self::Screen2
            | Self::H263
            | Self::Mpeg4
            | Self::UnknownId(_) => None,
        }
    }

    /// Whether a legacy header goes on with `AVCPacketType` and `CompositionTime`: AVC, and the ids that were
    /// added in its likeness.
    const fn has_avc_packet_type(self) -> bool {
        matches!(self, Self::Avc | Self::Hevc | Self::Av1 | Self::Vvc)
    }

    /// Whether the enhanced CodedFrames packet begins with a composition time.
    const fn has_composition_time(self) -> bool {
        matches!(self, Self::Avc | Self::Hevc | Self::Vvc)
    }
}
