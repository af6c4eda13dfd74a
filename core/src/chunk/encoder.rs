//! Messages in, bytes out.

use crate::chunk::Message;
use crate::chunk::header::{Body, MessageHeader, TimestampField, continuation};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// The most that the 24 bits of a message's length can say.
const MAX_MESSAGE_LEN: u32 = 0xFF_FFFF;

/// Appends a message whose bytes do not depend on what was sent before: a chunk of type 0, then type 3. This
/// is what servers send, since the same bytes do for all players.
///
/// Of a payload of more than 16,777,215 bytes, which no header can announce, the rest is left out.
pub fn encode(message: &Message, chunk_size: ChunkSize, out: &mut Vec<u8>) {
    let header = full_header(message.stream, message.timestamp, body(message));
    put(
        header,
        message.chunk_stream,
        message.payload.len(),
        pieces(message, chunk_size),
        out,
    );
}

/// Writes one direction of a connection, and leaves out of headers what has not changed since the last message
/// on the chunk stream. This is what clients send: it spares some 8 bytes per message.
///
/// A message begins with type 0 where the timestamp goes back, the message stream changes or the difference of
/// the timestamps needs an extended timestamp, which not everybody reads right on other types; else with 1 or
/// 2. It never begins with type 3: receivers do not agree on what that adds to the timestamp.
#[derive(Debug, Default)]
pub struct ChunkEncoder {
    last: Vec<Last>,
}

/// The last message on a chunk stream.
#[derive(Debug)]
struct Last {
    chunk_stream: ChunkStreamId,
    stream: MessageStreamId,
    timestamp: Timestamp,
    body: Body,
}

impl ChunkEncoder {
    /// An encoder at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a message. Of a payload of more than 16,777,215 bytes, which no header can announce, the rest
    /// is left out.
    pub fn encode(&mut self, message: &Message, chunk_size: ChunkSize, out: &mut Vec<u8>) {
        let header = self.header(message);
        put(
            header,
            message.chunk_stream,
            message.payload.len(),
            pieces(message, chunk_size),
            out,
        );
    }

    /// The shortest header that says what the message is, which then is the last one.
    fn header(&mut self, message: &Message) -> MessageHeader {
        let (stream, timestamp, body) = (message.stream, message.timestamp, body(message));
        let known = self
            .last
            .iter_mut()
            .find(|last| last.chunk_stream == message.chunk_stream);
        let Some(last) = known else {
            self.last.push(Last {
                chunk_stream: message.chunk_stream,
                stream,
                timestamp,
                body,
            });
            return full_header(stream, timestamp, body);
        };
        let delta = TimestampField::new(timestamp.as_millis().wrapping_sub(last.timestamp.as_millis()));
        // A step back is a difference of 2^31 or more, and as such extended too.
        let header = if last.stream != stream || delta.is_extended {
            full_header(stream, timestamp, body)
        } else if last.body != body {
            MessageHeader::SameStream { delta, body }
        } else {
            MessageHeader::SameBody { delta }
        };
        *last = Last {
            chunk_stream: message.chunk_stream,
            stream,
            timestamp,
            body,
        };
        header
    }
}

/// The header of type 0: it leaves out nothing.
pub(super) const fn full_header(stream: MessageStreamId, timestamp: Timestamp, body: Body) -> MessageHeader {
    MessageHeader::Full {
        timestamp: TimestampField::new(timestamp.as_millis()),
        body,
        stream,
    }
}

pub(super) fn body<P: AsRef<[u8]>>(message: &Message<P>) -> Body {
    let length = u32::try_from(message.payload.as_ref().len())
        .unwrap_or(MAX_MESSAGE_LEN)
        .min(MAX_MESSAGE_LEN);
    Body {
        length,
        kind: message.kind.id(),
    }
}

/// The payload chunk by chunk.
fn pieces(message: &Message, chunk_size: ChunkSize) -> impl ExactSizeIterator<Item = &[u8]> {
    let payload = message
        .payload
        .get(..MAX_MESSAGE_LEN as usize)
        .unwrap_or(&message.payload);
    payload.chunks(chunk_size.as_len())
}

/// Appends a message by its first header and its pieces.
pub(super) fn put<'a>(
    header: MessageHeader,
    chunk_stream: ChunkStreamId,
    payload_len: usize,
    mut pieces: impl ExactSizeIterator<Item = &'a [u8]>,
    out: &mut Vec<u8>,
) {
    let head = header.to_bytes(chunk_stream);
    let continuation = continuation(chunk_stream, header.time());
    let continuations = pieces.len().saturating_sub(1) * continuation.len();
    out.reserve(head.len() + payload_len + continuations);

    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(pieces.next().unwrap_or_default());
    if let [byte] = continuation.as_slice() {
        // The common case: a byte is stored, where a slice of unknown length is copied by a call.
        for piece in pieces {
            out.push(*byte);
            out.extend_from_slice(piece);
        }
    } else {
        for piece in pieces {
            out.extend_from_slice(continuation.as_slice());
            out.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::MessageType;

    fn audio(stream: u32, timestamp: u32, payload: &'static [u8]) -> Message {
        Message {
            chunk_stream: ChunkStreamId::new(4).unwrap(),
            stream: MessageStreamId::new(stream),
            timestamp: Timestamp::from_millis(timestamp),
            kind: MessageType::Audio,
            payload: payload.into(),
        }
    }

    /// The first byte of each message, and all that follows in it.
    fn fmts(messages: &[Message]) -> Vec<u8> {
        let mut encoder = ChunkEncoder::new();
        messages
            .iter()
            .map(|message| {
                let mut out = Vec::new();
                encoder.encode(message, ChunkSize::INITIAL, &mut out);
                out[0] >> 6
            })
            .collect()
    }

    #[test]
    fn each_chunk_repeats_the_extended_timestamp() {
        let message = audio(1, 0x0100_0000, &[0xAF, 0x01, 0xAA, 0xBB, 0xCC, 0xDD]);
        let mut out = Vec::new();
        encode(&message, ChunkSize::new(4).unwrap(), &mut out);
        assert_eq!(
            out,
            [
                0x04, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0,
                0, // head: "extended", length 6, audio, msid 1
                0x01, 0x00, 0x00, 0x00, // extended timestamp
                0xAF, 0x01, 0xAA, 0xBB, // the first 4 bytes
                0xC4, 0x01, 0x00, 0x00, 0x00, // type 3, and the timestamp again
                0xCC, 0xDD,
            ]
        );
    }

    #[test]
    fn a_stateful_encoder_leaves_out_what_is_known() {
        let mut encoder = ChunkEncoder::new();
        let mut out = Vec::new();
        for message in [
            audio(1, 20, b"ab"),
            audio(1, 43, b"cd"),
            audio(1, 66, b"ef"),
            audio(1, 66, b"g"),
        ] {
            encoder.encode(&message, ChunkSize::INITIAL, &mut out);
        }
        assert_eq!(
            out,
            [
                0x04, 0, 0, 20, 0, 0, 2, 8, 1, 0, 0, 0, b'a', b'b', // type 0
                0x84, 0, 0, 23, b'c', b'd', // type 2: 23 ms later
                0x84, 0, 0, 23, b'e', b'f', // never type 3
                0x44, 0, 0, 0, 0, 0, 1, 8, b'g', // type 1: another length
            ]
        );
    }

    #[test]
    fn a_step_back_another_message_stream_and_a_long_gap_need_the_whole_header() {
        assert_eq!(fmts(&[audio(1, 100, b"a"), audio(1, 99, b"a")]), [0, 0]);
        assert_eq!(fmts(&[audio(1, 100, b"a"), audio(2, 100, b"a")]), [0, 0]);
        assert_eq!(fmts(&[audio(1, 0, b"a"), audio(1, 0xFF_FFFE, b"a")]), [0, 2]);
        assert_eq!(fmts(&[audio(1, 0, b"a"), audio(1, 0xFF_FFFF, b"a")]), [0, 0]);
        // across the wrap of timestamps is no step back
        assert_eq!(fmts(&[audio(1, 0xFFFF_FFF0, b"a"), audio(1, 0x10, b"a")]), [0, 2]);
    }

    #[test]
    fn chunk_streams_are_remembered_apart() {
        let other = Message {
            chunk_stream: ChunkStreamId::new(5).unwrap(),
            ..audio(1, 10, b"a")
        };
        assert_eq!(
            fmts(&[audio(1, 10, b"a"), other.clone(), audio(1, 10, b"a"), other]),
            [0, 0, 2, 2]
        );
    }

    #[test]
    fn a_message_without_payload_is_one_chunk() {
        let mut out = Vec::new();
        encode(&audio(1, 0, b""), ChunkSize::INITIAL, &mut out);
        assert_eq!(out, [0x04, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0]);
    }

    #[test]
    fn a_payload_that_no_header_can_announce_is_cut() {
        let long = Message {
            payload: vec![0; 0x100_0000].into(),
            ..audio(1, 0, b"")
        };
        let mut out = Vec::new();
        encode(&long, ChunkSize::new(0x7FFF_FFFF).unwrap(), &mut out);
        assert_eq!(out[4..7], [0xFF, 0xFF, 0xFF]);
        assert_eq!(out.len(), 12 + 0xFF_FFFF);
    }
}
