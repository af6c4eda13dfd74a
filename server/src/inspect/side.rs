//! One direction of a session: its messages, and how they were cut into chunks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use rtmp_core::chunk::{ChunkDecoder, Message};
use rtmp_core::limits::Limits;
use rtmp_core::units::{ChunkSize, ChunkStreamId};

use super::chunk_reader::{ChunkReader, LastMessages};
use super::oddity::{Odd, Oddity};
use super::resync::Resumption;
use super::stream::Stream;

/// What a recording may cost. It lies on the operator's own disk, and what strains a server is just what one
/// wants to look at.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_media_message = 0xFF_FFFF;
    limits.max_command_message = 0xFF_FFFF;
    limits.max_data_message = 0xFF_FFFF;
    limits.max_other_message = 0xFF_FFFF;
    // What fits into the largest message, at 11 bytes a part.
    limits.max_aggregate_parts = 0xFF_FFFF / 11;
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
    /// Bytes elsewhere of which the same is true, because others are missing in front of them or behind them.
    pub passed_over: usize,
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
    /// Where its first chunk begins among the recorded bytes.
    pub offset: usize,
    /// The chunk type of its first chunk.
    pub fmt: u8,
    /// How many chunks it was cut into.
    pub chunks: u32,
    /// Its chunk stream's last message header had an extended timestamp.
    pub has_extended_timestamp: bool,
    /// The header that named its message stream and counted time from a known point was not recorded: both
    /// rest on the chunk stream's last message before the gap or, without one, on nothing.
    pub is_relative: bool,
}

impl Side {
    /// Reads the chunks of `stream` from the byte at `start` of the TCP stream on; without a `start`, and
    /// behind every gap, from the first place where chunks can be told from other bytes.
    pub(super) fn read(stream: &Stream, start: Option<u64>) -> Self {
        let (first, index) = start.map_or((0, None), |start| stream.locate(start));
        let mut reader = SideReader {
            stream,
            side: Self::default(),
            chunk_size: ChunkSize::INITIAL,
            last: LastMessages::new(),
        };
        for (number, run) in stream.runs().enumerate().skip(first) {
            match index {
                Some(start) if number == first => reader.decode(start..run.end, false),
                _ => reader.resume(run),
            }
        }
        reader.side
    }
}

/// Reads one side from gap to gap.
struct SideReader<'a> {
    stream: &'a Stream,
    side: Side,
    /// The last one known.
    chunk_size: ChunkSize,
    last: LastMessages,
}

impl SideReader<'_> {
    /// Reads where a chunk begins at some place in `run`.
    fn resume(&mut self, run: Range<usize>) {
        let kinds = |last: &LastMessages| {
            let kinds = last.iter().map(|(id, last)| (id.get(), last.kind));
            kinds.collect()
        };
        let mut at = run.start;
        while at < run.end {
            let rest = self.stream.bytes.get(at..run.end).unwrap_or_default();
            let found = Resumption::find(rest, self.chunk_size, &kinds(&self.last));
            let passed_over = found.map_or(rest.len(), |found| found.start);
            self.side.passed_over += passed_over;
            let Some(Resumption {
                start,
                end,
                chunk_size,
            }) = found
            else {
                self.note(at, Odd::PassedOver { bytes: rest.len() });
                return;
            };
            let what = Odd::Resumed {
                passed_over,
                chunk_size,
            };
            self.note(at + start, what);
            self.chunk_size = chunk_size;
            self.decode(at + start..at + end, true);
            at += end;
        }
    }

    /// Reads where a chunk begins with the first byte of `range`.
    fn decode(&mut self, range: Range<usize>, is_resumed: bool) {
        let bytes = self.stream.bytes.get(..range.end).unwrap_or_default();
        let mut input = bytes.get(range.start..).unwrap_or_default();
        let mut decoder = ChunkDecoder::new(&limits()).with_chunk_size(self.chunk_size);
        let mut chunks = ChunkReader::new(&mut self.side, &mut self.last, range.start, is_resumed);
        let mut is_broken = false;
        loop {
            match decoder.decode_with(&mut input, |header| chunks.begin(header)) {
                Ok(Some(message)) => {
                    let end = bytes.len() - input.len();
                    chunks.finish_message(message, self.stream.time_of(end.saturating_sub(1)));
                }
                Ok(None) => break,
                Err(error) => {
                    chunks.note(Odd::Broken(error));
                    is_broken = true;
                    break;
                }
            }
        }
        let known = chunks.finish(bytes);
        self.chunk_size = decoder.chunk_size();
        let tail = bytes.len().saturating_sub(known);
        let is_last = bytes.len() == self.stream.bytes.len();
        if is_last {
            self.side.unparsed = tail;
        } else {
            self.side.passed_over += tail;
        }
        if decoder.has_partial_message() && !is_broken {
            let what = if is_last {
                Odd::Unfinished
            } else {
                Odd::Interrupted
            };
            self.note(known, what);
        }
    }

    fn note(&mut self, offset: usize, what: Odd) {
        self.side.oddities.push(Oddity { offset, what });
    }
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
        Side::read(&assembler.finish(), Some(10))
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
