//! A message in chunks, encoded once for many receivers.

use bytes::Bytes;
use smallvec::{SmallVec, smallvec};

use crate::chunk::encoder::{self, full_header};
use crate::chunk::header::{Body, MessageHeader, TimestampField, continuation};
use crate::chunk::payload::Payload;
use crate::chunk::{Message, MessageType};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// A message as [`encode`](super::encode) writes it, in one shared buffer: a clone costs a reference count.
///
/// A receiver with the same chunk size takes the bytes as they are. One that knows the stream by another
/// message stream id, or by another timeline, takes them [with its own head](Self::with_head).
#[derive(Clone, Debug)]
pub struct ChunkedMessage {
    bytes: Bytes,
    chunk_stream: ChunkStreamId,
    stream: MessageStreamId,
    timestamp: Timestamp,
    body: Body,
    chunk_size: ChunkSize,
}

impl ChunkedMessage {
    /// Encodes a message; this copies its payload, once, to a buffer of the exact size.
    pub fn encode(message: &Message, chunk_size: ChunkSize) -> Self {
        let mut bytes = Vec::new();
        encoder::encode(message, chunk_size, &mut bytes);
        Self {
            bytes: bytes.into(),
            chunk_stream: message.chunk_stream,
            stream: message.stream,
            timestamp: message.timestamp,
            body: encoder::body(message),
            chunk_size,
        }
    }

    /// Encodes a message that has come: if one chunk holds it, and nobody else has its payload, that stays where it is.
    pub(crate) fn enclose(message: Message<Payload>, chunk_size: ChunkSize) -> Self {
        let body = encoder::body(&message);
        match message.payload {
            Payload::Roomy(payload) if body.length <= chunk_size.get() => {
                let head =
                    full_header(message.stream, message.timestamp, body).to_bytes(message.chunk_stream);
                Self {
                    bytes: payload.behind(&head),
                    chunk_stream: message.chunk_stream,
                    stream: message.stream,
                    timestamp: message.timestamp,
                    body,
                    chunk_size,
                }
            }
            Payload::Roomy(_) | Payload::Shared(_) => Self::encode(&message.map(Into::into), chunk_size),
        }
    }

    /// All of it: headers and payload.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Bytes on the wire.
    #[expect(clippy::len_without_is_empty, reason = "there is always a header")]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The chunk size it was encoded for.
    pub const fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// The timestamp it was encoded with.
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The message stream it was encoded for.
    pub const fn stream(&self) -> MessageStreamId {
        self.stream
    }

    /// What kind of message it is.
    pub fn kind(&self) -> MessageType {
        self.body.kind.into()
    }

    /// The same message on another message stream or at another time, to be sent in this order. It costs a
    /// head of 12 to 18 bytes; all the rest is shared.
    ///
    /// The exception are messages of several chunks whose extended timestamp changes, comes or goes: each
    /// chunk has it, so the whole message is encoded again. This takes one of the two timestamps to be at
    /// 0xFFFFFF ms (4 hours 39 minutes) or later: give players timelines that start near zero.
    pub fn with_head(&self, stream: MessageStreamId, timestamp: Timestamp) -> SmallVec<[Bytes; 2]> {
        if stream == self.stream && timestamp == self.timestamp {
            return smallvec![self.bytes.clone()];
        }
        let header = full_header(stream, timestamp, self.body);
        let is_one_chunk = self.body.length <= self.chunk_size.get();
        let extended = |timestamp: Timestamp| TimestampField::new(timestamp.as_millis()).extended();
        if is_one_chunk || extended(timestamp) == extended(self.timestamp) {
            let head = header.to_bytes(self.chunk_stream);
            smallvec![
                Bytes::copy_from_slice(head.as_slice()),
                self.bytes.slice(self.head_len()..)
            ]
        } else {
            smallvec![self.encode_again(header)]
        }
    }

    /// Another payload in the place of this message's: encoded as this one was, with a copy of its own.
    pub fn with_payload(&self, payload: Bytes) -> Self {
        let message = Message {
            chunk_stream: self.chunk_stream,
            stream: self.stream,
            timestamp: self.timestamp,
            kind: self.kind(),
            payload,
        };
        Self::encode(&message, self.chunk_size)
    }

    /// The payload: shared with this message if it is one chunk, copied together if it is several.
    pub fn payload(&self) -> Bytes {
        if self.body.length <= self.chunk_size.get() {
            return self.front();
        }
        let mut payload = Vec::with_capacity(self.body.length as usize);
        self.pieces().for_each(|piece| payload.extend_from_slice(piece));
        payload.into()
    }

    /// The payload's part in the first chunk, shared with this message.
    pub(crate) fn front(&self) -> Bytes {
        let front = self.body.length.min(self.chunk_size.get()) as usize;
        let start = self.head_len();
        self.bytes.slice(start..start.saturating_add(front))
    }

    fn encode_again(&self, header: MessageHeader) -> Bytes {
        let mut out = Vec::new();
        encoder::put(
            header,
            self.chunk_stream,
            self.body.length as usize,
            self.pieces(),
            &mut out,
        );
        out.into()
    }

    /// The payload, chunk by chunk.
    fn pieces(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let time = TimestampField::new(self.timestamp.as_millis());
        let chunk_len = self.chunk_size.as_len();
        // After the head: a chunk's payload and the next chunk's header, again and again.
        let stride = chunk_len.saturating_add(continuation(self.chunk_stream, time).len());
        let tail = self.bytes.get(self.head_len()..).unwrap_or_default();
        tail.chunks(stride)
            .map(move |piece| piece.get(..chunk_len).unwrap_or(piece))
    }

    fn head_len(&self) -> usize {
        full_header(self.stream, self.timestamp, self.body)
            .to_bytes(self.chunk_stream)
            .len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::{ChunkDecoder, encode};
    use crate::limits::Limits;

    const CHUNK_SIZE: ChunkSize = ChunkSize::new(4).unwrap();

    fn message(stream: u32, timestamp: u32, payload: &'static [u8]) -> Message {
        Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream: MessageStreamId::new(stream),
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Video,
            payload: Bytes::from_static(payload),
        }
    }

    fn encoded(message: &Message) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(message, CHUNK_SIZE, &mut bytes);
        bytes
    }

    /// What a receiver gets who takes the message at (1, from) as one at (7, to), and in how many pieces.
    fn moved(payload: &'static [u8], from: u32, to: u32) -> (Vec<u8>, usize) {
        let chunked = ChunkedMessage::encode(&message(1, from, payload), CHUNK_SIZE);
        let pieces = chunked.with_head(MessageStreamId::new(7), Timestamp::from_millis(to));
        (pieces.concat(), pieces.len())
    }

    #[test]
    fn another_payload_is_encoded_in_the_same_way() {
        let chunked = ChunkedMessage::encode(&message(1, 40, b"0123456789"), CHUNK_SIZE);
        let other = chunked.with_payload(Bytes::from_static(b"abcdef"));
        assert_eq!(other.bytes()[..], encoded(&message(1, 40, b"abcdef")));
        assert_eq!(other.payload(), "abcdef");
    }

    #[test]
    fn the_buffer_has_the_exact_size_and_is_the_stateless_encoding() {
        let message = message(1, 40, b"0123456789");
        let chunked = ChunkedMessage::encode(&message, CHUNK_SIZE);
        assert_eq!(chunked.bytes()[..], encoded(&message));
        assert_eq!(chunked.len(), 12 + 4 + 1 + 4 + 1 + 2);
    }

    #[test]
    fn a_message_that_has_come_is_sent_on_from_where_it_lies() {
        for (payload, is_one_chunk) in [(&b""[..], true), (b"0123", true), (b"01234", false)] {
            let mut input = &encoded(&message(1, 40, payload))[..];
            let mut decoder = ChunkDecoder::new(&Limits::default()).with_chunk_size(CHUNK_SIZE);
            let come = decoder.assemble(&mut input).unwrap().unwrap();
            let place = come.payload.as_ptr();
            let moved = Message {
                stream: MessageStreamId::new(7),
                timestamp: Timestamp::from_millis(0x0100_0000),
                ..come
            };
            let chunked = ChunkedMessage::enclose(moved, CHUNK_SIZE);
            assert_eq!(chunked.bytes()[..], encoded(&message(7, 0x0100_0000, payload)));
            assert_eq!(chunked.bytes()[16..].as_ptr() == place, is_one_chunk);
        }
    }

    #[test]
    fn the_payload_comes_out_again_shared_if_it_is_one_chunk() {
        for payload in [&b""[..], b"0123", b"01234567", b"0123456789"] {
            for timestamp in [40, 0x0100_0000] {
                let chunked = ChunkedMessage::encode(&message(1, timestamp, payload), CHUNK_SIZE);
                assert_eq!(chunked.payload(), payload);
            }
        }
        let chunked = ChunkedMessage::encode(&message(1, 40, b"0123"), CHUNK_SIZE);
        assert_eq!(chunked.payload().as_ptr(), chunked.bytes()[12..].as_ptr());
    }

    #[test]
    fn the_same_head_is_the_same_buffer() {
        let chunked = ChunkedMessage::encode(&message(1, 40, b"0123456789"), CHUNK_SIZE);
        let pieces = chunked.with_head(chunked.stream(), chunked.timestamp());
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].as_ptr(), chunked.bytes().as_ptr());
    }

    #[test]
    fn another_head_shares_the_tail() {
        let chunked = ChunkedMessage::encode(&message(1, 40, b"0123456789"), CHUNK_SIZE);
        let pieces = chunked.with_head(MessageStreamId::new(7), Timestamp::from_millis(80));
        assert_eq!(pieces.concat(), encoded(&message(7, 80, b"0123456789")));
        assert_eq!(pieces[1].as_ptr(), chunked.bytes()[12..].as_ptr());
    }

    #[test]
    fn an_extended_timestamp_that_comes_goes_or_changes_is_right_in_every_chunk() {
        for (from, to, pieces) in [
            (40, 0xFF_FFFE, 2),
            (40, 0xFF_FFFF, 1),
            (0xFF_FFFF, 40, 1),
            (0x0100_0000, 0x0100_0001, 1),
            (0x0100_0000, 0x0100_0000, 2),
        ] {
            for payload in [&b"0123456789"[..], b"01234567"] {
                assert_eq!(
                    moved(payload, from, to),
                    (encoded(&message(7, to, payload)), pieces)
                );
            }
        }
    }

    #[test]
    fn a_message_of_one_chunk_never_needs_encoding_again() {
        for payload in [&b"0123"[..], b""] {
            for (from, to) in [(40, 0x0100_0000), (0x0100_0000, 40), (0x0100_0000, 0x0100_0001)] {
                assert_eq!(moved(payload, from, to), (encoded(&message(7, to, payload)), 2));
            }
        }
    }
}
