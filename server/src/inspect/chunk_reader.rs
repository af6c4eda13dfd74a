//! Follows a chunk decoder from header to header.

use std::collections::BTreeMap;
use std::time::Duration;

use rtmp_core::chunk::{ChunkHeader, Message, MessageType};
use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};

use super::oddity::{Odd, Oddity};
use super::side::{Recorded, Side};

/// What was last said on each chunk stream, also before a gap.
pub(super) type LastMessages = BTreeMap<ChunkStreamId, LastMessage>;

/// What the headers that follow a message may leave out.
#[derive(Clone, Copy)]
pub(super) struct LastMessage {
    pub(super) kind: MessageType,
    stream: MessageStreamId,
    timestamp: Timestamp,
}

/// Follows one decoder over bytes without a gap.
pub(super) struct ChunkReader<'a> {
    side: &'a mut Side,
    last: &'a mut LastMessages,
    /// The decoder joined in mid-stream.
    is_resumed: bool,
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
    /// No full header was seen since reading was resumed. Holds the last message before.
    relative_to: Option<Option<LastMessage>>,
}

impl<'a> ChunkReader<'a> {
    /// Reads from the byte at `start` on.
    pub(super) fn new(
        side: &'a mut Side,
        last: &'a mut LastMessages,
        start: usize,
        is_resumed: bool,
    ) -> Self {
        Self {
            side,
            last,
            is_resumed,
            streams: BTreeMap::new(),
            open: None,
            end: start,
        }
    }

    pub(super) fn begin(&mut self, header: ChunkHeader) {
        self.close();
        let start = self.end;
        self.end = start + header_len(&header) + header.payload_len;
        self.open = Some((header, start));

        let chunk_stream = header.chunk_stream;
        let is_new = !self.streams.contains_key(&chunk_stream);
        let begun = self.streams.entry(chunk_stream).or_default();
        if header.fmt == 0 {
            begun.relative_to = None;
        }
        let odd = if is_new && header.fmt != 0 && self.is_resumed {
            let last = self.last.get(&chunk_stream).copied();
            begun.relative_to = Some(last);
            Some(Odd::Relative {
                chunk_stream,
                stream: last.map(|last| last.stream),
            })
        } else if is_new && header.fmt != 0 {
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
        let side = &mut *self.side;
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

    pub(super) fn finish_message(&mut self, mut message: Message, time: Duration) {
        self.close();
        let begun = self.streams.entry(message.chunk_stream).or_default();
        if let Some(Some(last)) = begun.relative_to {
            // The decoder has counted from 0.
            message.timestamp = last.timestamp.wrapping_add(message.timestamp.as_millis());
            message.stream = last.stream;
        }
        let last = LastMessage {
            kind: message.kind,
            stream: message.stream,
            timestamp: message.timestamp,
        };
        self.last.insert(message.chunk_stream, last);
        self.side.messages.push(Recorded {
            time,
            offset: begun.offset,
            fmt: begun.fmt,
            chunks: begun.chunks,
            has_extended_timestamp: begun.has_extended_timestamp,
            is_relative: begun.relative_to.is_some(),
            message,
        });
    }

    pub(super) fn note(&mut self, what: Odd) {
        let offset = self.open.as_ref().map_or(self.end, |(_, start)| *start);
        self.side.oddities.push(Oddity { offset, what });
    }

    /// Ends where `bytes` do. Returns where the last whole chunk ends.
    pub(super) fn finish(mut self, bytes: &[u8]) -> usize {
        let known = match self.open {
            Some((_, start)) if self.end > bytes.len() => start,
            _ => {
                self.close();
                self.end
            }
        };
        let tail = bytes.get(known..).unwrap_or_default();
        if let Some(len) = tail
            .first()
            .map(basic_header_len)
            .filter(|len| *len <= tail.len())
        {
            self.count_basic_header(len);
        }
        known
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
