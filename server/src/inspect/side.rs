//! One direction of a session: its messages, and how they were cut into chunks.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rtmp_core::chunk::{ChunkDecoder, ChunkError, ChunkHeader, Message};
use rtmp_core::limits::Limits;
use rtmp_core::units::ChunkStreamId;

use super::stream::Stream;

/// What a recording may cost. It lies on the operator's own disk, and what strains a server is just what one
/// wants to look at.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_media_message = 0xFF_FFFF;
    limits.max_command_message = 0xFF_FFFF;
    limits.max_data_message = 0xFF_FFFF;
    limits.max_other_message = 0xFF_FFFF;
    limits.max_chunk_streams = 65_598;
    limits.max_partial_messages = 1024;
    limits.max_partial_bytes = 1 << 30;
    limits.max_idle_chunks = u32::MAX;
    limits.max_amf_depth = 64;
    limits.max_amf_values = 1 << 16;
    limits
}

/// What one peer sent behind its handshake.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// All whole messages, in the order in which they were completed.
    pub messages: Vec<Recorded>,
    /// How often each chunk type (0 to 3) occurs on each chunk stream.
    pub chunk_types: BTreeMap<ChunkStreamId, [u64; 4]>,
    /// How often basic headers of 1, 2 and 3 bytes occur; also that of a chunk that is cut short.
    pub basic_header_lens: [u64; 3],
    /// Chunks of type 3 that repeat the extended timestamp of their chunk stream.
    pub extended_timestamps_repeated: u64,
    /// Chunks of type 3 that leave it out.
    pub extended_timestamps_omitted: u64,
    /// Bytes at the end that are no whole chunk, or that came after an error.
    pub unparsed: usize,
    /// What a reader of the specification would not expect.
    pub oddities: Vec<Oddity>,
}

/// A message, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The message.
    pub message: Message,
    /// When its last byte arrived, since the Unix epoch.
    pub time: Duration,
    /// Where its first chunk begins in the TCP stream.
    pub offset: usize,
    /// The chunk type of its first chunk.
    pub fmt: u8,
    /// How many chunks it was cut into.
    pub chunks: u32,
    /// Its chunk stream's last message header had an extended timestamp.
    pub has_extended_timestamp: bool,
}

/// Something odd about chunks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Of the chunk, in the TCP stream.
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
        }
    }
}

impl Side {
    /// Reads the chunks of `stream` from the byte at `start` on.
    pub(super) fn read(stream: &Stream, start: usize) -> Self {
        let bytes = stream.bytes.get(start..).unwrap_or_default();
        let mut decoder = ChunkDecoder::new(&limits());
        let mut chunks = ChunkReader {
            end: start,
            ..ChunkReader::default()
        };
        let mut input = bytes;
        loop {
            match decoder.decode_with(&mut input, |header| chunks.begin(header)) {
                Ok(Some(message)) => {
                    let end = stream.bytes.len() - input.len();
                    chunks.finish_message(message, stream.time_of(end.saturating_sub(1)));
                }
                Ok(None) => break,
                Err(error) => {
                    chunks.note(Odd::Broken(error));
                    break;
                }
            }
        }
        let is_unfinished = decoder.has_partial_message();
        chunks.finish(&stream.bytes, is_unfinished)
    }
}

/// Follows the decoder from header to header.
#[derive(Default)]
struct ChunkReader {
    side: Side,
    streams: BTreeMap<ChunkStreamId, Begun>,
    /// The chunk being read, and where it begins.
    open: Option<(ChunkHeader, usize)>,
    /// Where the chunks seen so far end, the open one included.
    end: usize,
}

/// The last message begun on a chunk stream.
#[derive(Default)]
struct Begun {
    offset: usize,
    fmt: u8,
    chunks: u32,
    has_extended_timestamp: bool,
    told_timestamp_as_delta: bool,
}

impl ChunkReader {
    fn begin(&mut self, header: ChunkHeader) {
        self.close();
        let start = self.end;
        self.end = start + header_len(&header) + header.payload_len;
        self.open = Some((header, start));

        let chunk_stream = header.chunk_stream;
        let is_new = !self.streams.contains_key(&chunk_stream);
        let begun = self.streams.entry(chunk_stream).or_default();
        let odd = if is_new && header.fmt != 0 {
            Some(Odd::HeaderLeftOut {
                chunk_stream,
                fmt: header.fmt,
            })
        } else if !header.begins_message && header.fmt != 3 {
            Some(Odd::HeaderInMessage {
                chunk_stream,
                fmt: header.fmt,
            })
        } else if header.begins_message
            && header.fmt == 3
            && begun.fmt == 0
            && !std::mem::replace(&mut begun.told_timestamp_as_delta, true)
        {
            Some(Odd::TimestampAsDelta { chunk_stream })
        } else {
            None
        };
        if header.begins_message {
            begun.offset = start;
            begun.fmt = header.fmt;
            begun.chunks = 0;
            begun.has_extended_timestamp =
                header.extended_timestamp.is_some() || header.extended_timestamp_omitted;
        }
        begun.chunks += 1;
        if let Some(what) = odd {
            self.side.oddities.push(Oddity { offset: start, what });
        }
    }

    /// Counts the open chunk, which turned out to be whole.
    fn close(&mut self) {
        let Some((header, _)) = self.open.take() else {
            return;
        };
        let side = &mut self.side;
        let types = side.chunk_types.entry(header.chunk_stream).or_default();
        if let Some(count) = types.get_mut(usize::from(header.fmt)) {
            *count += 1;
        }
        if header.fmt == 3 {
            side.extended_timestamps_repeated += u64::from(header.extended_timestamp.is_some());
            side.extended_timestamps_omitted += u64::from(header.extended_timestamp_omitted);
        }
        self.count_basic_header(usize::from(header.basic_header_len));
    }

    fn count_basic_header(&mut self, len: usize) {
        if let Some(count) = self.side.basic_header_lens.get_mut(len.saturating_sub(1)) {
            *count += 1;
        }
    }

    fn finish_message(&mut self, message: Message, time: Duration) {
        self.close();
        let begun = self.streams.entry(message.chunk_stream).or_default();
        self.side.messages.push(Recorded {
            time,
            offset: begun.offset,
            fmt: begun.fmt,
            chunks: begun.chunks,
            has_extended_timestamp: begun.has_extended_timestamp,
            message,
        });
    }

    fn note(&mut self, what: Odd) {
        let offset = self.open.as_ref().map_or(self.end, |(_, start)| *start);
        self.side.oddities.push(Oddity { offset, what });
    }

    fn finish(mut self, stream: &[u8], is_unfinished: bool) -> Side {
        let known = match self.open {
            Some((_, start)) if self.end > stream.len() => start,
            _ => {
                self.close();
                self.end
            }
        };
        let tail = stream.get(known..).unwrap_or_default();
        self.side.unparsed = tail.len();
        if let Some(len) = tail
            .first()
            .map(basic_header_len)
            .filter(|len| *len <= tail.len())
        {
            self.count_basic_header(len);
        }
        let is_broken = matches!(
            self.side.oddities.last(),
            Some(Oddity {
                what: Odd::Broken(_),
                ..
            })
        );
        if is_unfinished && !is_broken {
            self.side.oddities.push(Oddity {
                offset: known,
                what: Odd::Unfinished,
            });
        }
        self.side
    }
}

/// Bytes of the basic header that begins with `first` (RTMP 1.0 §5.3.1.1).
fn basic_header_len(first: &u8) -> usize {
    match first & 0x3F {
        0 => 2,
        1 => 3,
        _ => 1,
    }
}

/// Bytes of a chunk before its payload (RTMP 1.0 §5.3.1).
fn header_len(header: &ChunkHeader) -> usize {
    let message_header = match header.fmt {
        0 => 11,
        1 => 7,
        2 => 3,
        _ => 0,
    };
    let extended = if header.extended_timestamp.is_some() { 4 } else { 0 };
    usize::from(header.basic_header_len) + message_header + extended
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_core::chunk::MessageType;

    /// Reads what follows a front of ten bytes that is no chunk.
    fn read(chunks: &[u8]) -> Side {
        let mut assembler = super::super::stream::Assembler::default();
        assembler.push(0, &[0; 10], 0, Duration::from_secs(1));
        assembler.push(10, chunks, 0, Duration::from_secs(2));
        Side::read(&assembler.finish(), 10)
    }

    /// Acknowledgement of `n` bytes: chunk type 0 on chunk stream 2, timestamp 0, 4 bytes, type 3, stream 0.
    fn acknowledgement(n: u8) -> Vec<u8> {
        vec![0x02, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, n]
    }

    #[test]
    fn messages_know_where_and_when_and_how() {
        let mut chunks = acknowledgement(1);
        // Audio of 130 bytes at 16777216 ms: chunk type 0, the timestamp extended; the rest in a type 3.
        chunks.extend([0x04, 0xFF, 0xFF, 0xFF, 0, 0, 130, 8, 1, 0, 0, 0, 1, 0, 0, 0]);
        chunks.extend([0xAF; 128]);
        chunks.extend([0xC4, 1, 0, 0, 0, 0xAF, 0xAF]);
        let side = read(&chunks);
        let [acknowledgement, audio] = side.messages.as_slice() else {
            panic!("{side:?}")
        };
        assert_eq!(
            (
                acknowledgement.offset,
                acknowledgement.chunks,
                acknowledgement.fmt
            ),
            (10, 1, 0)
        );
        assert!(!acknowledgement.has_extended_timestamp);
        assert_eq!(audio.message.kind, MessageType::Audio);
        assert_eq!(
            (audio.offset, audio.chunks, audio.time),
            (26, 2, Duration::from_secs(2))
        );
        assert!(audio.has_extended_timestamp);
        assert_eq!(
            (
                side.extended_timestamps_repeated,
                side.extended_timestamps_omitted
            ),
            (1, 0)
        );
        assert_eq!(side.basic_header_lens, [3, 0, 0]);
        assert_eq!(
            side.chunk_types.values().copied().collect::<Vec<_>>(),
            [[1, 0, 0, 0], [1, 0, 0, 1]]
        );
        assert_eq!((side.unparsed, side.oddities), (0, vec![]));
    }

    #[test]
    fn a_chunk_cut_short_is_not_counted() {
        let mut chunks = acknowledgement(1);
        chunks.extend(&acknowledgement(2)[..14]);
        let side = read(&chunks);
        assert_eq!((side.messages.len(), side.unparsed), (1, 14));
        assert_eq!(
            side.oddities,
            [Oddity {
                offset: 26,
                what: Odd::Unfinished
            }]
        );

        let side = read(&chunks[..19]);
        assert_eq!((side.messages.len(), side.unparsed), (1, 3), "a header cut short");
    }

    #[test]
    fn what_breaks_the_format_is_named_with_its_place() {
        let mut chunks = acknowledgement(1);
        chunks.extend([0xC5, 1, 2, 3]); // chunk type 3 on chunk stream 5, which has had no header
        let side = read(&chunks);
        assert_eq!(side.messages.len(), 1);
        assert_eq!((side.oddities[0].offset, side.unparsed), (26, 4));
        assert_eq!(
            side.oddities[0].what.to_string(),
            "unreadable from here on: chunk stream 5 begins with chunk type 3"
        );
    }

    #[test]
    fn type_3_right_after_type_0_is_told_once() {
        let mut chunks = acknowledgement(1);
        for n in 2..5 {
            chunks.extend([0xC2, 0, 0, 0, n]);
        }
        let side = read(&chunks);
        assert_eq!(side.messages.len(), 4);
        let chunk_stream = ChunkStreamId::CONTROL;
        assert_eq!(
            side.oddities,
            [Oddity {
                offset: 26,
                what: Odd::TimestampAsDelta { chunk_stream }
            }]
        );
    }
}
