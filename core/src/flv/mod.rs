//! FLV files, and the endless ones of HTTP-FLV: bytes in, tags out, and back.
//!
//! A tag's payload is the payload of the RTMP message of the same type, bit for bit; nothing here looks into it but
//! for what a file's own metadata say, and to say [in AMF 0](FlvTag::message) what is in AMF 3. So whatever RTMP
//! carries, legacy or enhanced, goes through.
//!
//! ```
//! use rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
//!
//! // The header, PreviousTagSize0; an audio tag of 3 bytes at 23 ms, and its PreviousTagSize.
//! let file = b"FLV\x01\x04\0\0\0\x09\0\0\0\0\x08\0\0\x03\0\0\x17\0\0\0\0\xaf\x01\x21\0\0\0\x0e";
//!
//! let mut reader = FlvReader::new(ReadOptions::default());
//! let mut input = &file[..];
//! while let Some(item) = reader.read(&mut input)? {
//!     match item {
//!         FlvItem::Header(header) => assert!(header.has_audio() && !header.has_video()),
//!         FlvItem::Tag(tag) => assert_eq!((tag.offset, tag.timestamp.as_millis()), (13, 23)),
//!         other => panic!("this file is whole: {other:?}"),
//!     }
//! }
//! # Ok::<(), rtmp_core::flv::FlvError>(())
//! ```
//!
//! A file that is to be found whole, with its duration and an index of its key frames, is an [`FlvWriter`]'s work; a
//! stream over HTTP is a header and [encoded tags](EncodedTag).
//!
//! Source: Adobe Flash Video File Format Specification 10.1, annex E.

mod encoded;
mod error;
mod header;
mod index;
mod reader;
mod tag;
#[cfg(test)]
mod tests;
mod timeline;
mod writer;

pub use self::encoded::{EncodedTag, TagDataTooLong};
pub use self::error::{Damage, FlvError, NoMessage};
pub use self::header::FlvHeader;
pub use self::reader::{FlvItem, FlvReader, ReadOptions};
pub use self::tag::{FlvTag, TagType};
pub use self::writer::{FlvWriter, WriteOptions};
