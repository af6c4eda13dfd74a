//! What is odd about the chunks of a recording, in words.

use std::fmt;

use rtmp_core::chunk::ChunkError;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId};

/// Something odd about chunks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Of the chunk, among the recorded bytes.
    pub offset: usize,
    /// What it is.
    pub what: Odd,
}

/// What chunks may look like beside the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Odd {
    /// A chunk stream's first chunk leaves out header fields.
    HeaderLeftOut {
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
        /// The chunk type, 1 to 3.
        fmt: u8,
    },
    /// A message header in the middle of a message.
    HeaderInMessage {
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
        /// The chunk type, 0 to 2.
        fmt: u8,
    },
    /// A chunk of type 3 begins a message right after one that began with type 0: its timestamp, read as a
    /// delta, is added once more (RTMP 1.0 §5.3.1.2.4). Told once for each chunk stream.
    TimestampAsDelta {
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
    },
    /// Nothing can be read from here on.
    Broken(ChunkError),
    /// The bytes end in the middle of a chunk or a message.
    Unfinished,
    /// A message or more that had begun are given up, because bytes of theirs are missing or cannot be told
    /// from others.
    Interrupted,
    /// Reading goes on here, behind a gap or behind bytes that could not be read. It was told from the bytes
    /// alone where a chunk begins.
    Resumed {
        /// Recorded bytes in front of it that were not read.
        passed_over: usize,
        /// The chunk size assumed: the last one known if it fits, otherwise a usual one that does.
        chunk_size: ChunkSize,
    },
    /// No chunks could be told among these bytes up to the next gap or the end.
    PassedOver {
        /// How many they are.
        bytes: usize,
    },
    /// Behind a gap, a chunk stream goes on with a header that leaves out what was said before.
    Relative {
        /// The chunk stream.
        chunk_stream: ChunkStreamId,
        /// The message stream of its last message before, if there was one.
        stream: Option<MessageStreamId>,
    },
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderLeftOut { chunk_stream, fmt } => {
                write!(f, "csid {chunk_stream} begins with fmt {fmt}")
            }
            Self::HeaderInMessage { chunk_stream, fmt } => {
                write!(f, "csid {chunk_stream}: fmt {fmt} inside an unfinished message")
            }
            Self::TimestampAsDelta { chunk_stream } => {
                write!(f, "csid {chunk_stream}: fmt 3 begins a message right after fmt 0")
            }
            Self::Broken(error) => write!(f, "unreadable from here on: {error}"),
            Self::Unfinished => f.write_str("the stream ends in the middle of a message"),
            Self::Interrupted => f.write_str("a message is given up unfinished"),
            Self::Resumed {
                passed_over,
                chunk_size,
            } => write!(
                f,
                "read on from here with chunk size {}, {passed_over} bytes passed over",
                chunk_size.get()
            ),
            Self::PassedOver { bytes } => {
                write!(f, "{bytes} bytes passed over: no chunks can be told among them")
            }
            Self::Relative {
                chunk_stream,
                stream: Some(stream),
            } => write!(
                f,
                "csid {chunk_stream} goes on without a full header: timestamps with a ? are counted from its last \
                 message, and message stream {} is assumed to be the same",
                stream.get()
            ),
            Self::Relative {
                chunk_stream,
                stream: None,
            } => write!(
                f,
                "csid {chunk_stream} goes on without a full header: timestamps with a ? are counted from 0, and 0 \
                 stands for the message stream"
            ),
        }
    }
}
