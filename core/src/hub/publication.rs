//! A publisher's hold on its stream, and what it puts into the log.

use super::entry::Entry;
use super::spellings::Spellings;
use super::{SHARED_STREAM, key::StreamId};
use crate::chunk::{ChunkedMessage, Message, MessageType, Payload};
use crate::media::spelling::Reads;
use crate::media::{MediaKind, MediaMessage};
use crate::units::{ChunkSize, ChunkStreamId, Timestamp};

/// The stream has a publisher, and [`takeover`](super::HubConfig::takeover) is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream already has a publisher")]
pub struct AlreadyPublishing;

/// Somebody else has taken the stream over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another publisher has taken the stream over")]
pub struct NoLongerPublishing;

/// The right to publish one stream. A session owns it, or a program that publishes without a connection.
///
/// It knows all that encoding takes, so that no hub is held meanwhile: [`encode`](Self::encode), then lend the
/// hub and [`push`](super::Hub::push). Give it back with [`Hub::unpublish`](super::Hub::unpublish): one that is
/// merely dropped leaves a stream whose publisher is silent for ever.
#[derive(Debug)]
#[must_use = "the stream stays taken until the publication goes back to `Hub::unpublish`"]
pub struct Publication {
    pub(super) stream: StreamId,
    pub(super) epoch: u32,
    chunk_size: ChunkSize,
    timeline: Timeline,
}

/// How a publisher's timestamps map to its stream's.
#[derive(Clone, Copy, Debug)]
enum Timeline {
    /// The stream is new: they are one.
    Own,
    /// The stream goes on from here with the first frame. Headers before it do not count: encoders stamp them
    /// with zero, whatever their clock says.
    ResumeAt(Timestamp),
    /// Milliseconds added to each timestamp, modulo 2^32.
    Shifted(u32),
}

impl Publication {
    pub(super) const fn new(
        stream: StreamId,
        epoch: u32,
        chunk_size: ChunkSize,
        resume_at: Option<Timestamp>,
    ) -> Self {
        let timeline = match resume_at {
            None => Timeline::Own,
            Some(timestamp) => Timeline::ResumeAt(timestamp),
        };
        Self {
            stream,
            epoch,
            chunk_size,
            timeline,
        }
    }

    /// Makes a log entry of `message`: looks at its class, places it on the stream's timeline and splits it into
    /// chunks, once for all players. This is the only copy of the payload that the log holds,
    /// but for those in other spellings that players ask for later.
    ///
    /// Metadata begins with its handler's name: the `@setDataFrame` before it is for the server, not for players.
    pub fn encode(&mut self, message: MediaMessage) -> Entry {
        self.enclose(message.map(Into::into))
    }

    /// As [`encode`](Self::encode), of a message that has just come: if it is one chunk, its payload stays where it is.
    pub(crate) fn enclose(&mut self, message: MediaMessage<Payload>) -> Entry {
        let class = message.class();
        let reads_that_matter = Reads::that_matter_to(&message);
        let timestamp = self.place(message.timestamp, class.is_frame());
        let (kind, chunk_stream) = match message.kind {
            MediaKind::Audio => (MessageType::Audio, AUDIO),
            MediaKind::Video => (MessageType::Video, VIDEO),
            MediaKind::Data => (MessageType::DataAmf0, DATA),
        };
        let chunked = ChunkedMessage::enclose(
            Message {
                chunk_stream,
                stream: SHARED_STREAM,
                timestamp,
                kind,
                payload: message.payload,
            },
            self.chunk_size,
        );
        Entry {
            kind: message.kind,
            class,
            header: class.is_header().then(|| chunked.payload()),
            message: chunked,
            reads_that_matter,
            spellings: Spellings::default(),
        }
    }

    const fn place(&mut self, timestamp: Timestamp, is_frame: bool) -> Timestamp {
        match self.timeline {
            Timeline::Own => timestamp,
            Timeline::ResumeAt(resume_at) if is_frame => {
                let shift = resume_at.as_millis().wrapping_sub(timestamp.as_millis());
                self.timeline = Timeline::Shifted(shift);
                resume_at
            }
            Timeline::ResumeAt(resume_at) => resume_at,
            Timeline::Shifted(shift) => timestamp.wrapping_add(shift),
        }
    }
}

const fn chunk_stream(id: u32) -> ChunkStreamId {
    match ChunkStreamId::new(id) {
        Some(id) => id,
        None => ChunkStreamId::COMMAND,
    }
}

// One chunk stream per kind, the same for all streams: a kind's messages never interleave among themselves.
const AUDIO: ChunkStreamId = chunk_stream(4);
const VIDEO: ChunkStreamId = chunk_stream(6);
const DATA: ChunkStreamId = chunk_stream(7);
