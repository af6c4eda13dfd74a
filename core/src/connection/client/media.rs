//! What a publisher sends.

use std::time::Instant;

use bytes::{Buf, Bytes};

use crate::chunk::{ChunkedMessage, Message, MessageType};
use crate::connection::client::ClientConnection;
use crate::connection::client::publication::Turn;
use crate::connection::client::stream::{StreamHandle, StreamState};
use crate::connection::error::ApiMisuse;
use crate::media::{MediaKind, MediaMessage};
use crate::message::DataMessage;
use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk streams of media, as FFmpeg has them, but that data have their own.
const AUDIO: u32 = 4;
const DATA: u32 = 5;
const VIDEO: u32 = 6;

/// `@setDataFrame` as AMF 0 has it.
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0D@setDataFrame";

impl ClientConnection {
    /// Sends a message of a stream that publishes. Metadata get `@setDataFrame`, with which servers keep them for
    /// those who join later.
    ///
    /// The message is taken whatever waits to be sent: see [`wants_media`](Self::wants_media).
    ///
    /// At a server to which [another one has led](Self::next_attempt), a stream begins as it should, whatever is sent first: the
    /// metadata and sequence headers that are in force go before, at the time of the first frame. With video, that is the next
    /// key frame, unless none comes for ten seconds; what comes before it is left out.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not publish.
    pub fn send_media(
        &mut self,
        stream: StreamHandle,
        message: MediaMessage,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        let id = self.publishing(stream)?;
        if self.prepare_for(stream, id, &message, now) {
            self.encode(id, message, now);
        }
        Ok(())
    }

    /// As [`send_media`](Self::send_media), of a message that is in chunks already, at a time of this stream. Its bytes are
    /// shared with all others to whom it is sent; only its head is our own.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not publish.
    pub fn send_chunked(
        &mut self,
        stream: StreamHandle,
        message: &ChunkedMessage,
        timestamp: Timestamp,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        let id = self.publishing(stream)?;
        if !self.prepare_for(stream, id, &outline(message, timestamp), now) {
            return Ok(());
        }
        let is_data = message.kind() == MessageType::DataAmf0;
        let data = is_data.then(|| message.with_payload(framed(message.payload())));
        let message = data.as_ref().unwrap_or(message);
        self.link
            .send_media(message, id, timestamp, &self.config.limits, now);
        Ok(())
    }

    /// Whether a stream publishes and little waits to be sent: less than
    /// [`Limits::max_unsent_media`](crate::limits::Limits::max_unsent_media). A publisher whose server takes its media too
    /// slowly has to leave some out, or wait.
    pub fn wants_media(&self, stream: StreamHandle) -> bool {
        self.publishing(stream).is_ok() && self.unsent().remaining() < self.config.limits.max_unsent_media
    }

    /// Says what has to be said before a message; `true` if the message itself is to be sent.
    fn prepare_for(
        &mut self,
        stream: StreamHandle,
        id: MessageStreamId,
        message: &MediaMessage,
        now: Instant,
    ) -> bool {
        let Some(publication) = self.streams.publication_mut(stream) else {
            return false;
        };
        match publication.take(message, now) {
            Turn::Send => true,
            Turn::LeaveOut => false,
            Turn::Resume(headers) => {
                for header in headers {
                    let timestamp = message.timestamp;
                    self.encode(id, MediaMessage { timestamp, ..header }, now);
                }
                true
            }
        }
    }

    fn encode(&mut self, id: MessageStreamId, message: MediaMessage, now: Instant) {
        let (kind, chunk_stream) = match message.kind {
            MediaKind::Audio => (MessageType::Audio, AUDIO),
            MediaKind::Data => (MessageType::DataAmf0, DATA),
            MediaKind::Video => (MessageType::Video, VIDEO),
        };
        let message = Message {
            chunk_stream: ChunkStreamId::new(chunk_stream).unwrap_or(ChunkStreamId::COMMAND),
            stream: id,
            timestamp: message.timestamp,
            kind,
            payload: if kind == MessageType::DataAmf0 {
                framed(message.payload)
            } else {
                message.payload
            },
        };
        let chunked = ChunkedMessage::encode(&message, self.config.chunk_size);
        self.link
            .send_media(&chunked, id, message.timestamp, &self.config.limits, now);
    }

    fn publishing(&self, stream: StreamHandle) -> Result<MessageStreamId, ApiMisuse> {
        match self.streams.get(stream).map(|stream| stream.state) {
            Some(StreamState::Publishing { id }) if !self.is_over() => Ok(id),
            _ => Err(ApiMisuse::UnknownStream),
        }
    }
}

/// Metadata with the order to keep them. Other data need none.
fn framed(payload: Bytes) -> Bytes {
    let message = DataMessage::parse(MessageType::DataAmf0, &payload);
    if message.is_metadata() && matches!(message, DataMessage::Plain(_)) {
        [SET_DATA_FRAME, &payload].concat().into()
    } else {
        payload
    }
}

/// A message in chunks, as far as its class needs: the first chunk of a frame, all of anything else.
#[allow(clippy::wildcard_enum_match_arm)] // All but media are data, or mean nothing here.
fn outline(message: &ChunkedMessage, timestamp: Timestamp) -> MediaMessage {
    let kind = match message.kind() {
        MessageType::Audio => MediaKind::Audio,
        MessageType::Video => MediaKind::Video,
        _ => MediaKind::Data,
    };
    let payload = message.front();
    let front = MediaMessage {
        kind,
        timestamp,
        payload,
    };
    if front.class().is_frame() {
        return front;
    }
    MediaMessage {
        payload: message.payload(),
        ..front
    }
}
