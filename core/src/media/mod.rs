//! Audio, video and data as they travel: tag bodies that RTMP and FLV share.
//!
//! A relay needs [`MediaMessage::class`] alone: which messages to keep for those who join late, where a player
//! may start, what to skip when it falls behind. It looks at a few bytes and never fails, because nothing on
//! the forwarding path may depend on a payload's health. [`video`] and [`audio`] read tag headers in full, for
//! those who want the headers, and write them; [`spelling`] puts one form of headers in the place of another.
//! [`demux`] makes frames of messages, and [`mux`] messages of frames.
//!
//! Sources: Adobe FLV 10.1 §E.4, Enhanced RTMP v2.

pub mod audio;
mod class;
pub mod config;
pub(crate) mod data;
pub mod demux;
mod enhanced;
mod error;
mod fourcc;
mod headers;
pub mod metadata;
pub mod mux;
pub mod nal;
pub mod obu;
pub mod sample;
pub mod spelling;
#[cfg(test)]
mod tests;
pub mod video;

use std::fmt;

use bytes::Bytes;

pub use self::class::{Class, TrackSlot};
pub use self::error::{TagError, UnwritableTag};
pub use self::fourcc::FourCc;
pub use self::headers::Headers;
pub(crate) use self::headers::outdates;
use crate::units::Timestamp;

/// What a media message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// An audio message (type 8): an FLV `AUDIODATA`.
    Audio,
    /// A video message (type 9): an FLV `VIDEODATA`.
    Video,
    /// A data message (type 18): AMF 0 values, of which the first is the handler's name.
    Data,
}

/// One message of a published stream. Its payload is [`Bytes`] wherever this crate takes one or gives one
/// away.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaMessage<P = Bytes> {
    /// What it carries.
    pub kind: MediaKind,
    /// Its place on the stream's timeline; for audio and video the decoding time.
    pub timestamp: Timestamp,
    /// The message's payload, bit for bit as the publisher sent it.
    pub payload: P,
}

impl<P> MediaMessage<P> {
    /// The same message with its payload in another form.
    pub(crate) fn map<Q>(self, change: impl FnOnce(P) -> Q) -> MediaMessage<Q> {
        MediaMessage {
            kind: self.kind,
            timestamp: self.timestamp,
            payload: change(self.payload),
        }
    }
}

impl<P: AsRef<[u8]>> MediaMessage<P> {
    /// What a relay must know of this message.
    ///
    /// It looks at the tag header, or at a data message's handler name, and takes the same few steps for any
    /// length of payload.
    pub fn class(&self) -> Class {
        Class::of(self.kind, self.payload.as_ref())
    }
}

/// Shows everything but the payload's bytes.
impl<P: AsRef<[u8]>> fmt::Debug for MediaMessage<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaMessage")
            .field("kind", &self.kind)
            .field("timestamp", &self.timestamp)
            .field("class", &self.class())
            .field("len", &self.payload.as_ref().len())
            .finish()
    }
}

/// Names one of the tracks of audio, or of video, in a stream: 0 to 255 (Enhanced RTMP v2, "Multitrack").
/// Audio and video count apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(u8);

impl TrackId {
    /// Track 0: what a message without a multitrack header belongs to.
    pub const DEFAULT: Self = Self(0);

    /// The track of this number.
    pub const fn new(id: u8) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
