//! A message in a log.

use bytes::Bytes;

use super::spellings::{Made, Spelled, Spellings};
use crate::chunk::ChunkedMessage;
use crate::media::spelling::{Reads, Respelled, Spelling, respell};
use crate::media::{Class, MediaKind, MediaMessage};
use crate::units::Timestamp;

/// A message as the log holds it and as players send it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) message: ChunkedMessage,
    pub(super) kind: MediaKind,
    pub(super) class: Class,
    /// A header's payload: headers are compared, and are small. Other messages exist as chunks only.
    pub(super) header: Option<Bytes>,
    /// On what of Enhanced RTMP it depends how players are sent it.
    pub(super) reads_that_matter: Reads,
    /// As players are sent it who read another spelling than its publisher writes.
    pub(super) spellings: Spellings,
}

impl Entry {
    /// What the message is to a relay.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// Whether it is audio, video or data.
    pub const fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Its place on the stream's timeline.
    pub const fn timestamp(&self) -> Timestamp {
        self.message.timestamp()
    }

    /// Bytes of the message with its chunk headers.
    #[expect(clippy::len_without_is_empty, reason = "there is always a header")]
    pub const fn len(&self) -> usize {
        self.message.len()
    }

    pub(super) fn to_media_message(&self) -> MediaMessage {
        MediaMessage {
            kind: self.kind,
            timestamp: self.timestamp(),
            payload: self.message.payload(),
        }
    }

    /// The message for those who read so much of Enhanced RTMP; `None` if it has nothing for them. What had to be
    /// encoded for it is added to `made`.
    pub(super) fn spelled_for(&self, reads: Reads, made: &mut Made) -> Option<&ChunkedMessage> {
        if self.reads_that_matter.is_empty() {
            return Some(&self.message);
        }
        let reads = reads & self.reads_that_matter;
        let spelled = self.spellings.find_or_make(reads, || {
            match respell(&self.to_media_message(), Spelling::For(reads)) {
                Respelled::Unchanged => Spelled::AsPublished,
                Respelled::Changed(message) => {
                    let message = self.message.with_payload(message.payload);
                    made.messages += 1;
                    made.bytes += message.len() as u64;
                    Spelled::Anew(message)
                }
                Respelled::Dropped => Spelled::Dropped,
            }
        });
        match spelled {
            Spelled::AsPublished => Some(&self.message),
            Spelled::Anew(message) => Some(message),
            Spelled::Dropped => None,
        }
    }

    pub(super) const fn is_frame(&self) -> bool {
        self.class.is_frame()
    }
}
