//! The first bytes of a file (FLV 10.1 §E.2, §E.3).

#![deny(clippy::arithmetic_side_effects)]

use super::Damage;

const SIGNATURE: [u8; 3] = *b"FLV";
const AUDIO: u8 = 0x04;
const VIDEO: u8 = 0x01;

/// The file's header, and the PreviousTagSize in front of the first tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlvHeader {
    /// 1 in every file there is.
    pub version: u8,
    /// Bit 2: audio tags are present; bit 0: video tags are present; the others are reserved. Many files are wrong
    /// about it.
    pub flags: u8,
    /// Bytes from the start of the file to the first PreviousTagSize: 9 in every file there is.
    pub data_offset: u32,
    /// The PreviousTagSize in front of the first tag. It should be 0; `None` where the file ends in front of it.
    pub previous_tag_size: Option<u32>,
}

impl FlvHeader {
    /// Bytes of the header itself.
    pub(super) const LEN: usize = Self::DATA_OFFSET as usize;
    const DATA_OFFSET: u32 = 9;
    /// The most that it may say it has. Nobody has made use of more than 9.
    const MAX_LEN: u32 = 1024;

    /// The header of a file with such tags.
    pub const fn new(has_audio: bool, has_video: bool) -> Self {
        Self {
            version: 1,
            flags: if has_audio { AUDIO } else { 0 } | if has_video { VIDEO } else { 0 },
            data_offset: Self::DATA_OFFSET,
            previous_tag_size: Some(0),
        }
    }

    /// Whether audio tags are announced.
    pub const fn has_audio(&self) -> bool {
        self.flags & AUDIO != 0
    }

    /// Whether video tags are announced.
    pub const fn has_video(&self) -> bool {
        self.flags & VIDEO != 0
    }

    /// The header and the first PreviousTagSize as a file begins with them. Tags follow directly, whatever
    /// [`data_offset`](Self::data_offset) says.
    pub const fn to_bytes(&self) -> [u8; 13] {
        let [f, l, v] = SIGNATURE;
        [f, l, v, self.version, self.flags, 0, 0, 0, 9, 0, 0, 0, 0]
    }

    pub(super) fn parse(bytes: [u8; Self::LEN]) -> Result<Self, Damage> {
        let [f, l, v, version, flags, data_offset @ ..] = bytes;
        let data_offset = u32::from_be_bytes(data_offset);
        if [f, l, v] != SIGNATURE {
            Err(Damage::Signature)
        } else if !(Self::DATA_OFFSET..=Self::MAX_LEN).contains(&data_offset) {
            Err(Damage::DataOffset(data_offset))
        } else {
            Ok(Self {
                version,
                flags,
                data_offset,
                previous_tag_size: None,
            })
        }
    }
}
