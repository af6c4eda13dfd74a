//! The decoder, on literal bytes. All that is decoded here is decoded in one piece, in two pieces cut at every
//! byte, and byte by byte; the result must be the same.

mod format;
mod limits;
mod practice;
mod properties;

use bytes::Bytes;

use crate::chunk::{ChunkDecoder, ChunkError, ChunkHeader, Message, MessageType};
use crate::limits::Limits;
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// Messages up to an error, the error, and whether the input ended in the middle of something.
type Outcome = (Vec<Message>, Result<(), ChunkError>, bool);

fn message(chunk_stream: u32, stream: u32, timestamp: u32, kind: u8, payload: &[u8]) -> Message {
    Message {
        chunk_stream: ChunkStreamId::new(chunk_stream).unwrap(),
        stream: MessageStreamId::new(stream),
        timestamp: Timestamp::from_millis(timestamp),
        kind: MessageType::from(kind),
        payload: Bytes::copy_from_slice(payload),
    }
}

fn decode_pieces<'a>(limits: &Limits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = ChunkDecoder::new(limits);
    let mut messages = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.decode(&mut &[][..]), Err(error.clone()), "an error stays");
                    return (messages, Err(error), false);
                }
            }
        }
        assert!(piece.is_empty(), "without a message, the input is used up");
    }
    (messages, Ok(()), decoder.has_partial_message())
}

fn decode_with_limits(limits: &Limits, bytes: &[u8]) -> Outcome {
    let outcome = decode_pieces(limits, [bytes]);
    assert_eq!(decode_pieces(limits, bytes.chunks(1)), outcome, "byte by byte");
    // Long inputs only repeat themselves.
    for at in 0..bytes.len().min(600) {
        let (left, right) = bytes.split_at(at);
        assert_eq!(decode_pieces(limits, [left, right]), outcome, "cut at {at}");
    }
    outcome
}

/// The messages of input that is valid and ends with a message.
fn decode(bytes: &[u8]) -> Vec<Message> {
    let (messages, result, is_partial) = decode_with_limits(&Limits::default(), bytes);
    assert_eq!((result, is_partial), (Ok(()), false));
    messages
}

fn decode_error(bytes: &[u8]) -> ChunkError {
    decode_with_limits(&Limits::default(), bytes).1.unwrap_err()
}

fn timestamps(bytes: &[u8]) -> Vec<u32> {
    decode(bytes)
        .iter()
        .map(|message| message.timestamp.as_millis())
        .collect()
}

fn headers(bytes: &[u8]) -> Vec<ChunkHeader> {
    let mut headers = Vec::new();
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let mut input = bytes;
    while decoder
        .decode_with(&mut input, |header| headers.push(header))
        .unwrap()
        .is_some()
    {}
    headers
}

/// *Set Chunk Size*: the first bytes of most tests.
const fn set_chunk_size(bytes: u32) -> [u8; 16] {
    let [a, b, c, d] = bytes.to_be_bytes();
    [0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, a, b, c, d]
}
