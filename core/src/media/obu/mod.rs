//! AV1's open bitstream units: a temporal unit taken apart without a copy, and put together again (AV1 §5.3,
//! §7.5).
//!
//! A message of AV1 video is one temporal unit in the low-overhead format, in which each unit says its size; the
//! last may leave it out. Senders differ in one thing: FFmpeg leaves the temporal delimiter in front, OBS and the
//! ISO file format leave it out.

#![deny(clippy::arithmetic_side_effects)]

mod leb128;
#[cfg(test)]
mod tests;
mod write;

use bytes::Bytes;

use self::leb128::read_leb128;
pub(crate) use self::write::write_units;
pub use self::write::{Delimiters, TEMPORAL_DELIMITER, write_temporal_unit};
use crate::wire::{Reader, Truncated};

/// Units in one temporal unit that are read. A frame of the highest level has 128 tiles, each in a unit of its own
/// at worst.
pub const MAX_UNITS: usize = 4096;

/// One open bitstream unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obu {
    bytes: Bytes,
    head: Head,
}

/// What a unit's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    kind: ObuType,
    layer: Option<Layer>,
    has_size: bool,
    /// Bytes of the header.
    len: usize,
    /// Bytes of the whole unit, which are there.
    unit_len: usize,
}

impl Head {
    /// Reads the header of the unit at the front.
    fn parse(bytes: &[u8]) -> Result<Self, ObuError> {
        let mut r = Reader::new(bytes);
        let first = r.u8()?;
        if first & 0x80 != 0 {
            return Err(ObuError::Forbidden);
        }
        let layer = match first & 4 {
            0 => None,
            _ => Some(Layer::from(r.u8()?)),
        };
        let has_size = first & 2 != 0;
        let size = match has_size {
            true => read_leb128(&mut r)?,
            false => r.rest().len(),
        };
        let left = r.rest().len();
        if size > left {
            return Err(ObuError::Overrun { size, left });
        }
        let len = bytes.len().saturating_sub(left);
        Ok(Self {
            kind: ObuType::from(first >> 3 & 0x0F),
            layer,
            has_size,
            len,
            unit_len: len.saturating_add(size),
        })
    }
}

impl Obu {
    /// Reads one unit off the front, and takes it off.
    fn take(rest: &mut Bytes) -> Result<Self, ObuError> {
        let head = Head::parse(rest)?;
        Ok(Self {
            // `parse` has seen that they are there.
            bytes: rest.split_to(head.unit_len),
            head,
        })
    }

    /// What it is.
    pub const fn kind(&self) -> ObuType {
        self.head.kind
    }

    /// The layer it belongs to, if its header says that.
    pub const fn layer(&self) -> Option<Layer> {
        self.head.layer
    }

    /// Whether its header says its size.
    pub const fn has_size(&self) -> bool {
        self.head.has_size
    }

    /// The unit with its header, as it came.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What is behind the header.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.head.len..).unwrap_or_default()
    }
}

/// The units of one temporal unit, as slices of it. An error is the last item.
pub fn units(temporal_unit: &Bytes) -> Units {
    Units {
        rest: temporal_unit.clone(),
        count: 0,
    }
}

/// See [`units`].
#[derive(Clone, Debug)]
pub struct Units {
    rest: Bytes,
    count: usize,
}

impl Iterator for Units {
    type Item = Result<Obu, ObuError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let unit = match self.count {
            MAX_UNITS => Err(ObuError::TooMany),
            _ => Obu::take(&mut self.rest),
        };
        self.count = self.count.saturating_add(1);
        if unit.is_err() {
            self.rest.clear();
        }
        Some(unit)
    }
}

/// Whether a decoder that has the sequence header can begin with this temporal unit: its first frame is a key frame
/// that is shown (AV1 §7.6.2). The sequence header need not be in it: a sequence start may have carried it.
///
/// A unit that cannot be read up to its first frame header is none.
pub fn is_keyframe(temporal_unit: &[u8]) -> bool {
    let mut one_picture = false;
    for (kind, payload) in payloads(temporal_unit) {
        let first = payload.first().copied();
        if kind == ObuType::SequenceHeader {
            // `reduced_still_picture_header`: frame headers leave their first fields out.
            one_picture = first.is_some_and(|byte| byte & 0x08 != 0);
        } else if matches!(kind, ObuType::Frame | ObuType::FrameHeader) {
            // show_existing_frame = 0, frame_type = KEY_FRAME, show_frame = 1
            return one_picture || first.is_some_and(|byte| byte & 0xF0 == 0x10);
        }
    }
    false
}

/// The first sequence header in a temporal unit or in a configuration.
pub fn sequence_header(obus: &Bytes) -> Option<Obu> {
    units(obus)
        .map_while(Result::ok)
        .find(|unit| unit.kind() == ObuType::SequenceHeader)
}

/// What the units are and what is in them, up to the first that cannot be read.
pub(crate) fn payloads(mut temporal_unit: &[u8]) -> impl Iterator<Item = (ObuType, &[u8])> {
    std::iter::from_fn(move || {
        let head = Head::parse(temporal_unit).ok()?;
        let (unit, rest) = temporal_unit.split_at_checked(head.unit_len)?;
        temporal_unit = rest;
        Some((head.kind, unit.get(head.len..)?))
    })
    .take(MAX_UNITS)
}

/// What a unit is (AV1 §6.2.2, `obu_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObuType {
    /// 1: what holds for the whole sequence.
    SequenceHeader,
    /// 2: the beginning of a temporal unit.
    TemporalDelimiter,
    /// 3: a frame's header; its tiles follow.
    FrameHeader,
    /// 4: tiles.
    TileGroup,
    /// 5: metadata: HDR, scalability, time codes.
    Metadata,
    /// 6: a frame's header with tiles.
    Frame,
    /// 7: a frame's header once more.
    RedundantFrameHeader,
    /// 8: tiles of a large picture.
    TileList,
    /// 15: nothing.
    Padding,
    /// Any other number: reserved, and to be passed over.
    Unknown(u8),
}

impl From<u8> for ObuType {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::SequenceHeader,
            2 => Self::TemporalDelimiter,
            3 => Self::FrameHeader,
            4 => Self::TileGroup,
            5 => Self::Metadata,
            6 => Self::Frame,
            7 => Self::RedundantFrameHeader,
            8 => Self::TileList,
            15 => Self::Padding,
            other => Self::Unknown(other),
        }
    }
}

/// Where a unit belongs in a scalable stream (AV1 §5.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layer {
    /// `temporal_id`: 0 to 7.
    pub temporal: u8,
    /// `spatial_id`: 0 to 3.
    pub spatial: u8,
}

impl From<u8> for Layer {
    fn from(extension: u8) -> Self {
        Self {
            temporal: extension >> 5,
            spatial: extension >> 3 & 3,
        }
    }
}

/// Why a temporal unit cannot be taken apart. The units before the one in question are sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObuError {
    /// It ends inside a unit's header.
    #[error("it ends inside a unit's header")]
    Truncated,
    /// The first bit of a header is set: these are no units.
    #[error("a unit's forbidden bit is set")]
    Forbidden,
    /// A size is written in more than 8 bytes, or does not fit in 32 bits (AV1 §4.10.5).
    #[error("a unit's size is not a number of 32 bits")]
    Size,
    /// A unit announces more bytes than there are.
    #[error("a unit announces {size} bytes where {left} are left")]
    Overrun {
        /// Bytes announced.
        size: usize,
        /// Bytes left.
        left: usize,
    },
    /// More units than any real frame has.
    #[error("more than {MAX_UNITS} units")]
    TooMany,
}

impl From<Truncated> for ObuError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}
