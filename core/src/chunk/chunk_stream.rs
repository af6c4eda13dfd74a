//! What is remembered of each chunk stream, and where.

#![deny(clippy::arithmetic_side_effects)]

use crate::chunk::ChunkError;
use crate::chunk::extended_timestamp::Extended;
use crate::chunk::header::{Body, MessageHeader, TimestampField};
use crate::chunk::payload::RoomyPayload;
use crate::prefetch::prefetch;
use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// A first timestamp above this is a point in time rather than an interval.
const LONGEST_INTERVAL: u32 = 1000;

/// The state of one chunk stream: its last header, and the message that it is in the middle of.
#[derive(Debug)]
pub(super) struct ChunkStream {
    pub(super) id: ChunkStreamId,
    pub(super) body: Body,
    pub(super) stream: MessageStreamId,
    pub(super) timestamp: Timestamp,
    /// What a chunk of type 3 that begins a message adds to the timestamp.
    delta: u32,
    pub(super) extended: Option<Extended>,
    /// What has come of the message in the making.
    pub(super) payload: RoomyPayload,
    /// What it lacks; 0 if there is none.
    pub(super) missing: usize,
    /// Its first chunk does not hold all of it.
    pub(super) is_partial: bool,
}

impl ChunkStream {
    fn new(id: ChunkStreamId) -> Self {
        Self {
            id,
            body: Body { length: 0, kind: 0 },
            stream: MessageStreamId::CONNECTION,
            timestamp: Timestamp::ZERO,
            delta: 0,
            extended: None,
            payload: RoomyPayload::default(),
            missing: 0,
            is_partial: false,
        }
    }

    /// The header of a chunk of type 0, 1 or 2 that begins a message.
    ///
    /// After type 0 the specification wants a chunk of type 3 to add the timestamp itself (§5.3.1.2.4), and
    /// FFmpeg and OBS write it so, when two messages T apart follow a first one at T. nginx-rtmp and rtmpdump
    /// write type 3 for a message with the very timestamp of the one before. No encoder's frames happen to be
    /// a late point in time apart, so above a second the latter is meant.
    pub(super) fn begin(&mut self, header: &MessageHeader) {
        match *header {
            MessageHeader::Full {
                timestamp: TimestampField { value, .. },
                body,
                stream,
            } => {
                self.timestamp = Timestamp::from_millis(value);
                self.delta = if value > LONGEST_INTERVAL { 0 } else { value };
                self.body = body;
                self.stream = stream;
            }
            MessageHeader::SameStream { delta, body } => {
                self.advance(delta.value);
                self.body = body;
            }
            MessageHeader::SameBody { delta } => self.advance(delta.value),
        }
        self.extended = header.extended();
    }

    fn advance(&mut self, delta: u32) {
        self.delta = delta;
        self.timestamp = self.timestamp.wrapping_add(delta);
    }

    /// A chunk of type 3 begins a message; it carries `extended` if anything.
    pub(super) fn begin_again(&mut self, extended: Option<u32>) {
        match (self.extended, extended) {
            (Some(Extended::Absolute(_)), Some(timestamp)) => {
                self.timestamp = Timestamp::from_millis(timestamp);
                self.extended = Some(Extended::Absolute(timestamp));
            }
            _ => self.timestamp = self.timestamp.wrapping_add(self.delta),
        }
    }

    /// Whether a header may stand in the middle of this stream's message: it may say again what is known.
    pub(super) fn continues(&self, header: &MessageHeader) -> bool {
        match *header {
            MessageHeader::Full { body, stream, .. } => body == self.body && stream == self.stream,
            MessageHeader::SameStream { body, .. } => body == self.body,
            MessageHeader::SameBody { .. } => true,
        }
    }
}

/// A chunk stream's place among those of its connection. None is ever removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index(usize);

/// All chunk streams of one direction of a connection, in the order in which they were first used.
///
/// Peers use two to five, and most connections are of peers who use no more: a short list that is searched is smaller
/// than a table by id, and as fast.
#[derive(Debug)]
pub(super) struct ChunkStreams {
    streams: Vec<ChunkStream>,
    limit: usize,
}

impl ChunkStreams {
    /// A publisher's first ones are those that it sends its media on.
    pub(super) fn prefetch(&self) {
        self.streams.iter().take(4).for_each(prefetch);
    }

    pub(super) const fn new(limit: usize) -> Self {
        Self {
            streams: Vec::new(),
            limit,
        }
    }

    #[inline]
    pub(super) fn find(&self, id: ChunkStreamId) -> Option<Index> {
        self.streams.iter().position(|stream| stream.id == id).map(Index)
    }

    #[inline]
    pub(super) fn at(&mut self, index: Index) -> Option<&mut ChunkStream> {
        self.streams.get_mut(index.0)
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &ChunkStream> {
        self.streams.iter()
    }

    /// Begins to remember a chunk stream.
    pub(super) fn add(&mut self, id: ChunkStreamId) -> Result<Index, ChunkError> {
        if self.streams.len() >= self.limit {
            return Err(ChunkError::TooManyChunkStreams { limit: self.limit });
        }
        // Room for more would seldom be used.
        self.streams.reserve_exact(1);
        let index = Index(self.streams.len());
        self.streams.push(ChunkStream::new(id));
        Ok(index)
    }
}
