//! Chunks: how messages share one connection (RTMP 1.0 §5.3).
//!
//! A message is cut into chunks of at most [`ChunkSize`](crate::units::ChunkSize) bytes, so that a long video
//! message does not hold up a short audio message; each chunk names its *chunk stream*, and headers leave out
//! what has not changed on that chunk stream. [`ChunkDecoder`] turns received bytes into [`Message`]s.
//! [`encode`] is the way back without memory, [`ChunkEncoder`] remembers and leaves out, and
//! [`ChunkedMessage`] is encoded once for many receivers.
//!
//! ```
//! use rtmp_core::chunk::{self, ChunkDecoder, Message, MessageType};
//! use rtmp_core::limits::Limits;
//! use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};
//!
//! let sent = Message {
//!     chunk_stream: ChunkStreamId::COMMAND,
//!     stream: MessageStreamId::new(1),
//!     timestamp: Timestamp::from_millis(40),
//!     kind: MessageType::Audio,
//!     payload: vec![0xAF; 300].into(),
//! };
//! let mut bytes = Vec::new();
//! chunk::encode(&sent, ChunkSize::INITIAL, &mut bytes);
//!
//! let mut decoder = ChunkDecoder::new(&Limits::default());
//! let mut input = &bytes[..];
//! assert_eq!(decoder.decode(&mut input), Ok(Some(sent)));
//! assert_eq!(decoder.decode(&mut input), Ok(None));
//! ```

mod budget;
mod chunk_stream;
mod chunked_message;
mod decoder;
mod encoder;
mod error;
mod extended_timestamp;
mod header;
mod message;
mod payload;

#[cfg(test)]
mod tests;

pub use chunked_message::ChunkedMessage;
pub use decoder::ChunkDecoder;
pub use encoder::{ChunkEncoder, encode};
pub use error::ChunkError;
pub use header::ChunkHeader;
pub use message::{Message, MessageType};
pub(crate) use payload::Payload;
