use super::TagType;
use crate::amf0::DecodeError;

/// Where a file cannot be read any further, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {damage}")]
pub struct FlvError {
    /// The place in the file of the header or tag that is damaged: of its first byte.
    pub offset: u64,
    /// What is wrong with it.
    pub damage: Damage,
}

/// What is wrong with the header or a tag of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file does not begin with `FLV`.
    #[error("no FLV signature")]
    Signature,
    /// The tags are said to begin inside the header, or further behind it than anybody would have them.
    #[error("the header's length is said to be {0} bytes: it has 9")]
    DataOffset(u32),
    /// A type that the specification does not know, and the tag's size does not stand behind it either.
    #[error("no tag: its type would be {0}")]
    TagType(TagType),
    /// A tag is longer than [`ReadOptions::max_tag_data`](super::ReadOptions::max_tag_data).
    #[error("a tag of {size} bytes of data, of which {limit} are allowed")]
    TagTooLong {
        /// Bytes of data announced.
        size: u32,
        /// The most that are read.
        limit: u32,
    },
    /// Behind the tag stands neither its size nor another tag: bytes are missing in it, or its length is wrong.
    #[error("behind a tag of {size} bytes its size is given as {stated}, and no tag follows")]
    TagSize {
        /// Bytes of the tag by its own length.
        size: u32,
        /// PreviousTagSize behind it.
        stated: u32,
    },
    /// The file ends inside the header or a tag.
    #[error("the file ends, {missing} bytes are missing")]
    Truncated {
        /// The least number of bytes that would have had to follow.
        missing: u32,
    },
}

/// Why a tag is no message of a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoMessage {
    /// Its data are encrypted (FLV 10.1 annex F).
    #[error("the tag is encrypted")]
    Encrypted,
    /// The specification knows no such tag.
    #[error("no message is of type {0}")]
    TagType(TagType),
    /// The values of an AMF 3 tag cannot be said in AMF 0.
    #[error("the tag's AMF3 cannot be read: {0}")]
    Amf3(#[from] DecodeError),
}
