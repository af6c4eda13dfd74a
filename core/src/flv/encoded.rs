//! A message on its way into a file.

#![deny(clippy::arithmetic_side_effects)]

use std::io::{Cursor, IoSlice};

use bytes::{Buf, Bytes};

use super::tag::TagHeader;
use super::{FlvTag, TagType};
use crate::media::MediaMessage;
use crate::units::Timestamp;

/// Data that do not fit into a tag, whose length has 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{size} bytes of data: a tag has {} at most", Self::LIMIT)]
pub struct TagDataTooLong {
    /// Bytes of data.
    pub size: usize,
}

impl TagDataTooLong {
    /// The most bytes of data that a tag can have.
    pub const LIMIT: u32 = 0xFF_FFFF;

    pub(super) fn check(size: usize) -> Result<u32, Self> {
        let checked = u32::try_from(size).ok().filter(|size| *size <= Self::LIMIT);
        checked.ok_or(Self { size })
    }
}

/// A tag as bytes, with the PreviousTagSize behind it: three pieces, of which the payload is shared and not copied.
///
/// HTTP-FLV is [`FlvHeader::to_bytes`](super::FlvHeader::to_bytes) and then such tags, without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedTag {
    header: [u8; TagHeader::LEN],
    payload: Bytes,
    size: [u8; 4],
}

impl EncodedTag {
    /// A message of a stream as a tag, with all 32 bits of its timestamp.
    ///
    /// # Errors
    ///
    /// If the payload is too long for a tag.
    pub fn new(message: &MediaMessage) -> Result<Self, TagDataTooLong> {
        let tag_type = TagType::from(message.kind);
        Self::of(tag_type, false, message.timestamp, 0, &message.payload)
    }

    /// A tag that was read, as it was but for a wrong size behind it.
    ///
    /// # Errors
    ///
    /// If the payload is too long for a tag, which that of one that was read never is.
    pub fn of_tag(tag: &FlvTag) -> Result<Self, TagDataTooLong> {
        Self::of(
            tag.tag_type,
            tag.filtered,
            tag.timestamp,
            tag.stream_id,
            &tag.payload,
        )
    }

    fn of(
        tag_type: TagType,
        filtered: bool,
        timestamp: Timestamp,
        stream_id: u32,
        payload: &Bytes,
    ) -> Result<Self, TagDataTooLong> {
        let data_size = TagDataTooLong::check(payload.len())?;
        let header = TagHeader {
            tag_type,
            filtered,
            data_size,
            timestamp,
            stream_id,
        };
        Ok(Self {
            header: header.to_bytes(),
            payload: payload.clone(),
            size: TagHeader::tag_size(data_size).to_be_bytes(),
        })
    }

    /// The pieces, for a vectored write.
    pub fn slices(&self) -> [IoSlice<'_>; 3] {
        [&self.header[..], &self.payload, &self.size].map(IoSlice::new)
    }

    /// The pieces one behind the other.
    pub fn into_buf(self) -> impl Buf {
        Cursor::new(self.header)
            .chain(self.payload)
            .chain(Cursor::new(self.size))
    }

    /// Bytes of all pieces.
    pub fn size(&self) -> u64 {
        let around = self.header.len().saturating_add(self.size.len());
        self.payload.len().saturating_add(around) as u64
    }
}
