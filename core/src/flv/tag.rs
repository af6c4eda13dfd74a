//! One tag: eleven bytes of header, then data (FLV 10.1 §E.4.1).

#![deny(clippy::arithmetic_side_effects)]

use std::fmt;

use bytes::Bytes;

use super::NoMessage;
use crate::chunk::MessageType;
use crate::limits::Limits;
use crate::media::{MediaKind, MediaMessage};
use crate::message::DataMessage;
use crate::units::Timestamp;

/// What a tag holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagType {
    /// 8: `AUDIODATA`.
    Audio,
    /// 9: `VIDEODATA`.
    Video,
    /// 18: AMF 0 values, of which the first is a name.
    Script,
    /// 15: the same by AMF 3 (Enhanced RTMP v2, as RTMP's message type 15).
    ScriptAmf3,
    /// Any other number, the two reserved bits in front of it included.
    Unknown(u8),
}

impl From<u8> for TagType {
    fn from(number: u8) -> Self {
        match number {
            8 => Self::Audio,
            9 => Self::Video,
            15 => Self::ScriptAmf3,
            18 => Self::Script,
            other => Self::Unknown(other),
        }
    }
}

impl From<TagType> for u8 {
    fn from(tag_type: TagType) -> Self {
        match tag_type {
            TagType::Audio => 8,
            TagType::Video => 9,
            TagType::ScriptAmf3 => 15,
            TagType::Script => 18,
            TagType::Unknown(other) => other,
        }
    }
}

impl From<MediaKind> for TagType {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Audio => Self::Audio,
            MediaKind::Video => Self::Video,
            MediaKind::Data => Self::Script,
        }
    }
}

impl fmt::Display for TagType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        u8::from(*self).fmt(f)
    }
}

/// One tag of a file, with its place in it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlvTag {
    /// Bytes from the start of the file to the tag's first.
    pub offset: u64,
    /// What it holds.
    pub tag_type: TagType,
    /// The filter bit: the payload is encrypted, and begins with how (FLV 10.1 annex F).
    pub filtered: bool,
    /// Its place on the timeline; for audio and video the decoding time. All 32 bits.
    pub timestamp: Timestamp,
    /// Always 0 by the specification.
    pub stream_id: u32,
    /// The tag's data.
    pub payload: Bytes,
    /// The PreviousTagSize behind it: it should be [`size`](Self::size). `None` where the file ends in front of it.
    pub previous_tag_size: Option<u32>,
}

impl FlvTag {
    /// Bytes of the tag: its header and its data.
    pub fn size(&self) -> u32 {
        // A tag's length has 24 bits.
        u32::try_from(self.payload.len()).map_or(u32::MAX, TagHeader::tag_size)
    }

    /// Whether the size behind the tag is another than the tag's. It harms nobody who reads forwards.
    pub fn has_wrong_size_behind(&self) -> bool {
        self.previous_tag_size.is_some_and(|stated| stated != self.size())
    }

    /// The tag as a message of a stream.
    ///
    /// The values of an AMF 3 tag become AMF 0, as which all data of streams go: see
    /// [`DataMessage::payload_in_amf0`].
    ///
    /// # Errors
    ///
    /// [`NoMessage`], if there is none in it.
    pub fn message(&self, limits: &Limits) -> Result<MediaMessage, NoMessage> {
        if self.filtered {
            return Err(NoMessage::Encrypted);
        }
        let payload = &self.payload;
        let (kind, payload) = match self.tag_type {
            TagType::Audio => (MediaKind::Audio, payload.clone()),
            TagType::Video => (MediaKind::Video, payload.clone()),
            TagType::Script => (MediaKind::Data, payload.clone()),
            TagType::ScriptAmf3 => {
                let payload = DataMessage::payload_in_amf0(MessageType::DataAmf3, payload, limits)?;
                (MediaKind::Data, payload)
            }
            TagType::Unknown(_) => return Err(NoMessage::TagType(self.tag_type)),
        };
        Ok(MediaMessage {
            kind,
            timestamp: self.timestamp,
            payload,
        })
    }
}

/// Shows everything but the payload's bytes.
impl fmt::Debug for FlvTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlvTag")
            .field("offset", &self.offset)
            .field("tag_type", &self.tag_type)
            .field("filtered", &self.filtered)
            .field("timestamp", &self.timestamp)
            .field("stream_id", &self.stream_id)
            .field("len", &self.payload.len())
            .field("previous_tag_size", &self.previous_tag_size)
            .finish()
    }
}

/// What stands in front of a tag's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TagHeader {
    pub(super) tag_type: TagType,
    pub(super) filtered: bool,
    /// Bytes of data: 24 bits.
    pub(super) data_size: u32,
    pub(super) timestamp: Timestamp,
    pub(super) stream_id: u32,
}

impl TagHeader {
    pub(super) const LEN: usize = Self::SIZE as usize;
    const SIZE: u32 = 11;
    const FILTER: u8 = 0x20;

    pub(super) fn parse(bytes: [u8; Self::LEN]) -> Self {
        let [first, s2, s1, s0, t2, t1, t0, t3, i2, i1, i0] = bytes;
        Self {
            tag_type: TagType::from(first & !Self::FILTER),
            filtered: first & Self::FILTER != 0,
            data_size: u32::from_be_bytes([0, s2, s1, s0]),
            // The highest byte comes last.
            timestamp: Timestamp::from_millis(u32::from_be_bytes([t3, t2, t1, t0])),
            stream_id: u32::from_be_bytes([0, i2, i1, i0]),
        }
    }

    /// The bytes, with only the lower 24 bits of the lengths' and ids' values.
    pub(super) fn to_bytes(self) -> [u8; Self::LEN] {
        let filter = if self.filtered { Self::FILTER } else { 0 };
        let [_, s2, s1, s0] = self.data_size.to_be_bytes();
        let [t3, t2, t1, t0] = self.timestamp.as_millis().to_be_bytes();
        let [_, i2, i1, i0] = self.stream_id.to_be_bytes();
        let first = u8::from(self.tag_type) | filter;
        [first, s2, s1, s0, t2, t1, t0, t3, i2, i1, i0]
    }

    /// Bytes of a tag with so much data: what PreviousTagSize says.
    pub(super) const fn tag_size(data_size: u32) -> u32 {
        data_size.saturating_add(Self::SIZE)
    }

    /// The same for arithmetic with lengths of buffers.
    pub(super) const fn tag_len(data_size: u32) -> usize {
        Self::tag_size(data_size) as usize
    }

    /// Whether the specification knows such a tag.
    pub(super) const fn is_known(&self) -> bool {
        !matches!(self.tag_type, TagType::Unknown(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Video, encrypted, 258 bytes, 0x0A0B0C0D ms, stream 1.
    const HEADER: [u8; 11] = [0x29, 0x00, 0x01, 0x02, 0x0B, 0x0C, 0x0D, 0x0A, 0x00, 0x00, 0x01];

    #[test]
    fn the_highest_byte_of_the_timestamp_comes_last() {
        let header = TagHeader::parse(HEADER);
        let expected = TagHeader {
            tag_type: TagType::Video,
            filtered: true,
            data_size: 258,
            timestamp: Timestamp::from_millis(0x0A0B_0C0D),
            stream_id: 1,
        };
        assert_eq!(header, expected);
        assert_eq!(header.to_bytes(), HEADER);
    }

    #[test]
    fn every_first_byte_survives() {
        for first in 0..=u8::MAX {
            let mut bytes = HEADER;
            bytes[0] = first;
            assert_eq!(TagHeader::parse(bytes).to_bytes(), bytes);
        }
    }

    #[test]
    fn the_reserved_bits_make_another_type() {
        let mut bytes = HEADER;
        bytes[0] = 0x49;
        assert_eq!(TagHeader::parse(bytes).tag_type, TagType::Unknown(0x49));
    }
}
