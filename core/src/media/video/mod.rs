//! The headers of video messages, legacy and enhanced (Adobe FLV 10.1 §E.4.3; Enhanced RTMP v2, "Enhanced
//! Video").

#![deny(clippy::arithmetic_side_effects)]

mod codec;
mod packet_type;
mod write;

pub use self::codec::VideoCodec;
pub use self::packet_type::{FrameType, VideoCommand, VideoPacketType};
use super::enhanced::{Share, Tracks, mod_ex, nibbles};
use super::{TagError, TrackId};
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
