//! What a peer can do wrong in chunks.

use crate::chunk::MessageType;
use crate::units::ChunkStreamId;

/// The peer broke the chunk format or met a limit. There is no way to find the next chunk's start after it:
/// the connection has to end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// A header announces a message that is longer than its type may be.
    #[error("message of type {} announces {length} bytes, the limit is {limit}", .kind.id())]
    MessageTooLong {
        /// The type announced.
        kind: MessageType,
        /// The length announced.
        length: u32,
        /// The limit for this type.
        limit: u32,
    },
    /// A chunk leaves out header fields of a chunk stream that has had none yet.
    #[error("chunk stream {chunk_stream} begins with chunk type {fmt}")]
    NoHeaderYet {
        /// The chunk type, 2 or 3.
        fmt: u8,
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
    },
    /// A message header of another message came before the last one was whole.
    #[error(
        "chunk type {fmt} on chunk stream {chunk_stream} begins another message, {missing} bytes before the end of the last"
    )]
    UnfinishedMessage {
        /// The chunk type, 0 or 1.
        fmt: u8,
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
        /// Bytes that the unfinished message still lacks.
        missing: usize,
    },
    /// *Set Chunk Size* with zero or with its top bit set.
    #[error("set chunk size of {0}, valid are 1 to 2147483647")]
    InvalidChunkSize(u32),
    /// One more chunk stream than are remembered.
    #[error("more than {limit} chunk streams")]
    TooManyChunkStreams {
        /// The limit.
        limit: usize,
    },
    /// One more message was begun than may be unfinished at one time.
    #[error("more than {limit} unfinished messages")]
    TooManyPartialMessages {
        /// The limit.
        limit: usize,
    },
    /// The messages begun and not yet whole are too long together.
    #[error("unfinished messages of {bytes} bytes in all, the limit is {limit}")]
    TooManyPartialBytes {
        /// The sum of their announced lengths.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The chunks bring too little payload for the work they make.
    #[error("more than {idle_chunks} chunks with less than {min_payload} bytes of payload on average")]
    TooLittlePayload {
        /// Chunks that were free of this rule.
        idle_chunks: u32,
        /// Bytes per chunk asked for beyond them.
        min_payload: u32,
    },
}
