//! Bytes in, messages out.

#![deny(clippy::arithmetic_side_effects)]

use std::mem;

use crate::chunk::budget::{Credit, Lengths, Unfinished};
use crate::chunk::chunk_stream::{ChunkStream, ChunkStreams, Index};
use crate::chunk::extended_timestamp::{self, Custom, Found};
use crate::chunk::header::{BasicHeader, HeaderBytes, MessageHeader};
use crate::chunk::payload::{Payload, RoomyPayload};
use crate::chunk::{ChunkError, ChunkHeader, Message, MessageType};
use crate::limits::Limits;
use crate::prefetch::prefetch;
use crate::units::{ChunkSize, ChunkStreamId};
use crate::wire::Reader;

/// Larger chunk sizes change nothing: no message is longer.
const MAX_CHUNK_LEN: usize = 16 << 20;

/// Puts the messages of one direction of a connection together again.
///
/// Payload is copied once, from the caller's bytes to the message's own buffer; nothing else is held back but
/// a chunk header that is cut short. *Set Chunk Size* and *Abort Message* are obeyed, and handed out like all
/// other messages.
///
/// What programs do beside the specification is understood: chunks of type 3 without their extended
/// timestamp; a chunk stream whose first chunk is of type 1 (librtmp on chunk stream 2); a message header
/// repeated in the middle of a message; chunk sizes up to 2^31 - 1; ids in a longer form than they need.
#[derive(Debug)]
pub struct ChunkDecoder {
    chunk_size: ChunkSize,
    streams: ChunkStreams,
    /// The chunk whose payload is being read.
    open: Option<OpenChunk>,
    /// A header that is cut short.
    held: HeaderBytes,
    extended_on_fmt_3: Custom,
    lengths: Lengths,
    max_reserve_ahead: usize,
    unfinished: Unfinished,
    credit: Credit,
    failed: Option<ChunkError>,
}

#[derive(Clone, Copy, Debug)]
struct OpenChunk {
    stream: Index,
    missing: usize,
}

impl ChunkDecoder {
    /// A decoder at the start of a connection: chunk size 128, no chunk stream known.
    pub fn new(limits: &Limits) -> Self {
        Self {
            chunk_size: ChunkSize::INITIAL,
            streams: ChunkStreams::new(limits.max_chunk_streams),
            open: None,
            held: HeaderBytes::default(),
            extended_on_fmt_3: Custom::Unknown,
            lengths: Lengths::new(limits),
            max_reserve_ahead: limits.max_reserve_ahead,
            unfinished: Unfinished::new(limits),
            credit: Credit::new(limits),
            failed: None,
        }
    }

    pub(crate) fn prefetch(&self) {
        prefetch(&self.streams);
        prefetch(&self.open);
        prefetch(&self.unfinished);
        prefetch(&self.credit);
    }

    pub(crate) fn prefetch_streams(&self) {
        self.streams.prefetch();
    }

    /// Begins with another chunk size: for a reader who joins in mid-connection, where a *Set Chunk Size* was
    /// said before.
    #[must_use]
    pub fn with_chunk_size(self, chunk_size: ChunkSize) -> Self {
        Self { chunk_size, ..self }
    }

    /// Takes bytes off the front of `input` up to the end of a message, and returns the message. `None` means
    /// that `input` is used up: call again with more. How the bytes are cut makes no difference.
    ///
    /// # Errors
    ///
    /// When the peer breaks the format or a limit. The decoder is of no use after it and returns the same
    /// error again.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ChunkError> {
        self.decode_with(input, |_| ())
    }

    /// Like [`decode`](Self::decode), and shows each chunk's header as soon as it is whole.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn decode_with(
        &mut self,
        input: &mut &[u8],
        observer: impl FnMut(ChunkHeader),
    ) -> Result<Option<Message>, ChunkError> {
        let message = self.assemble_with(input, observer)?;
        Ok(message.map(|message| message.map(Into::into)))
    }

    /// Like [`decode`](Self::decode), of a message whose payload may have room before it.
    pub(crate) fn assemble(&mut self, input: &mut &[u8]) -> Result<Option<Message<Payload>>, ChunkError> {
        self.assemble_with(input, |_| ())
    }

    fn assemble_with(
        &mut self,
        input: &mut &[u8],
        mut observer: impl FnMut(ChunkHeader),
    ) -> Result<Option<Message<Payload>>, ChunkError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.advance(input, &mut observer);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// A second has passed: the peer may again send [`Limits::max_idle_chunks`] with little payload.
    pub const fn replenish(&mut self) {
        self.credit.replenish();
    }

    /// The chunk size in force, as the peer said it.
    pub const fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// Whether the bytes so far end in the middle of a header, a chunk or a message.
    pub const fn has_partial_message(&self) -> bool {
        self.held.len() > 0 || self.open.is_some() || self.unfinished.messages() > 0
    }

    fn advance(
        &mut self,
        input: &mut &[u8],
        observer: &mut impl FnMut(ChunkHeader),
    ) -> Result<Option<Message<Payload>>, ChunkError> {
        while self.held.len() > 0 {
            let joined = self.held.join(input);
            let mut rest = joined.as_slice();
            let message = self.run(&mut rest, observer)?;
            let taken = joined.len().saturating_sub(rest.len());
            if let Some(of_input) = taken.checked_sub(self.held.len()) {
                self.held = HeaderBytes::default();
                *input = input.get(of_input..).unwrap_or_default();
            } else if taken == 0 {
                // Still no whole header, hence shorter than one: all of the input is in there.
                self.held = joined;
                *input = &[];
            } else {
                // What was held back while it might have been an extended timestamp was something else.
                self.held = self.held.without_first(taken);
            }
            if message.is_some() || taken == 0 {
                return Ok(message);
            }
        }
        let message = self.run(input, observer)?;
        if message.is_none() {
            self.held = HeaderBytes::default().join(input);
            *input = &[];
        }
        Ok(message)
    }

    /// Reads until a message is whole, or until `input` is empty or begins with a header that is cut short.
    fn run(
        &mut self,
        input: &mut &[u8],
        observer: &mut impl FnMut(ChunkHeader),
    ) -> Result<Option<Message<Payload>>, ChunkError> {
        loop {
            let chunk = match self.open.take() {
                Some(chunk) => chunk,
                None => match self.read_header(input, observer)? {
                    Some(chunk) => chunk,
                    None => return Ok(None),
                },
            };
            let Some(stream) = self.streams.at(chunk.stream) else {
                return Ok(None);
            };
            let (payload, rest) = input.split_at_checked(chunk.missing).unwrap_or((input, &[]));
            *input = rest;
            append(stream, payload);
            let missing = chunk.missing.saturating_sub(payload.len());
            if missing > 0 {
                self.open = Some(OpenChunk { missing, ..chunk });
                return Ok(None);
            }
            let chunk_len = self.chunk_size.as_len().min(MAX_CHUNK_LEN);
            read_middle(stream, chunk_len, &mut self.credit, input, observer)?;
            if stream.missing == 0 {
                self.unfinished.end(stream.payload.len(), stream.is_partial);
                let message = Message {
                    chunk_stream: stream.id,
                    stream: stream.stream,
                    timestamp: stream.timestamp,
                    kind: stream.body.kind.into(),
                    payload: Payload::Roomy(mem::take(&mut stream.payload)),
                };
                self.obey(&message)?;
                return Ok(Some(message));
            }
        }
    }

    /// Takes a chunk's header off the front of `input`; takes nothing if it is cut short.
    fn read_header(
        &mut self,
        input: &mut &[u8],
        observer: &mut impl FnMut(ChunkHeader),
    ) -> Result<Option<OpenChunk>, ChunkError> {
        let mut r = Reader::new(input);
        let Ok(basic) = BasicHeader::parse(&mut r) else {
            return Ok(None);
        };
        let Ok(header) = MessageHeader::parse(basic.fmt, &mut r) else {
            return Ok(None);
        };
        let index = match self.streams.find(basic.chunk_stream) {
            Some(index) => index,
            None if basic.fmt > 1 => {
                return Err(ChunkError::NoHeaderYet {
                    fmt: basic.fmt,
                    chunk_stream: basic.chunk_stream,
                });
            }
            None => self.streams.add(basic.chunk_stream)?,
        };
        let Some(stream) = self.streams.at(index) else {
            return Ok(None);
        };

        let begins_message = stream.missing == 0;
        let mut extended_timestamp = header.and_then(|header| header.time().extended());
        let mut extended_timestamp_omitted = false;
        if let (None, Some(last)) = (header, stream.extended) {
            let custom = &mut self.extended_on_fmt_3;
            let found = if begins_message {
                extended_timestamp::find_on_new_message(r.rest(), last, *custom)
            } else {
                extended_timestamp::find_on_continuation(r.rest(), last, stream.timestamp, custom)
            };
            match (found, r.rest().split_at_checked(4)) {
                (Found::Present(value), Some((_, rest))) => {
                    r = Reader::new(rest);
                    extended_timestamp = Some(value);
                }
                (Found::Absent, _) => extended_timestamp_omitted = true,
                (Found::Undecided | Found::Present(_), _) => return Ok(None),
            }
        }

        match header {
            Some(header) if begins_message => {
                stream.begin(&header);
                self.lengths.check(stream.body)?;
            }
            Some(header) if !stream.continues(&header) => {
                return Err(ChunkError::UnfinishedMessage {
                    fmt: basic.fmt,
                    chunk_stream: basic.chunk_stream,
                    missing: stream.missing,
                });
            }
            Some(header) => stream.extended = header.extended(),
            None if begins_message => stream.begin_again(extended_timestamp),
            None => {}
        }

        let max_chunk_len = self.chunk_size.as_len().min(MAX_CHUNK_LEN);
        let payload_len;
        if begins_message {
            let length = stream.body.length as usize;
            payload_len = length.min(max_chunk_len);
            stream.missing = length;
            stream.is_partial = payload_len < length;
            self.unfinished.begin(length, stream.is_partial)?;
            stream.payload = RoomyPayload::with_capacity(length.min(self.max_reserve_ahead));
        } else {
            payload_len = stream.missing.min(max_chunk_len);
        }
        self.credit.spend(payload_len)?;
        observer(ChunkHeader {
            fmt: basic.fmt,
            chunk_stream: basic.chunk_stream,
            basic_header_len: basic.len,
            extended_timestamp,
            extended_timestamp_omitted,
            payload_len,
            begins_message,
        });
        *input = r.rest();
        Ok(Some(OpenChunk {
            stream: index,
            missing: payload_len,
        }))
    }

    /// Does what a message asks of the chunk stream itself. Bodies that are too short ask nothing.
    fn obey(&mut self, message: &Message<Payload>) -> Result<(), ChunkError> {
        if !matches!(message.kind, MessageType::SetChunkSize | MessageType::Abort) {
            return Ok(());
        }
        let Ok(value) = Reader::new(&message.payload).u32() else {
            return Ok(());
        };
        if message.kind == MessageType::SetChunkSize {
            self.chunk_size = ChunkSize::new(value).ok_or(ChunkError::InvalidChunkSize(value))?;
        } else if let Some(id) = ChunkStreamId::new(value) {
            self.abort(id);
        }
        Ok(())
    }

    /// Gives up the message in the making. What its header said stays, its timestamp too.
    fn abort(&mut self, id: ChunkStreamId) {
        if let Some(index) = self.streams.find(id)
            && let Some(stream) = self.streams.at(index).filter(|stream| stream.missing > 0)
        {
            self.unfinished
                .end(stream.body.length as usize, stream.is_partial);
            stream.missing = 0;
            stream.payload = RoomyPayload::default();
        }
    }
}

/// Reads chunks of type 3 as long as they are whole, of one stream, and not its message's last. It does nothing
/// that the loop would not do in the same way: it is there because nearly all chunks are of this kind. As a function of
/// its own it keeps what it needs in registers.
#[inline(never)]
fn read_middle(
    stream: &mut ChunkStream,
    chunk_len: usize,
    credit: &mut Credit,
    input: &mut &[u8],
    observer: &mut impl FnMut(ChunkHeader),
) -> Result<(), ChunkError> {
    let basic_header = match u8::try_from(stream.id.get()) {
        Ok(id @ 0..64) if stream.extended.is_none() => 0xC0 | id,
        _ => return Ok(()),
    };
    while stream.missing > chunk_len
        && let Some((first, rest)) = input.split_first()
        && *first == basic_header
        && let Some((payload, rest)) = rest.split_at_checked(chunk_len)
    {
        credit.spend(chunk_len)?;
        observer(ChunkHeader {
            fmt: 3,
            chunk_stream: stream.id,
            basic_header_len: 1,
            extended_timestamp: None,
            extended_timestamp_omitted: false,
            payload_len: chunk_len,
            begins_message: false,
        });
        append(stream, payload);
        *input = rest;
    }
    Ok(())
}

#[cfg(test)]
impl ChunkDecoder {
    /// Bytes set aside for the message in the making on a chunk stream.
    pub(super) fn buffer_capacity(&self, id: ChunkStreamId) -> usize {
        let stream = self.streams.iter().find(|stream| stream.id == id);
        stream.map_or(0, |stream| stream.payload.capacity())
    }

    /// Bytes set aside for all messages in the making.
    pub(super) fn memory(&self) -> usize {
        self.streams.iter().map(|stream| stream.payload.capacity()).sum()
    }
}

/// Appends to the message in the making. Its buffer has the exact size from the start, up to
/// [`Limits::max_reserve_ahead`]; beyond, it at most doubles what has come.
fn append(stream: &mut ChunkStream, bytes: &[u8]) {
    let ChunkStream { payload, missing, .. } = stream;
    payload.append(bytes, *missing);
    *missing = missing.saturating_sub(bytes.len());
}
