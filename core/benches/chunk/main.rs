//! Chunks: reading and writing them beside the least that can be done, and beside other crates. One second of
//! 6 Mbit/s video and 160 kbit/s audio, in cache, in reads of 16 KiB; allocations are counted along.
//!
//! [`Copy1`] is the ceiling of a reader that copies: one copy, one allocation per message, nothing validated. Those
//! of the peers that read from a buffer of their own have it filled here with a copy, which a program that reads
//! its socket into that buffer does not make: [`Copy2`] is their ceiling.
//!
//! `cargo bench -p rtmp-core --bench chunk`

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod floor;
mod peers;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use rtmp_core::chunk::{ChunkDecoder, ChunkedMessage, Message, MessageType, encode};
use rtmp_core::limits::Limits;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

use floor::{Copy1, Copy2, PlainCopy};
use peers::{RmlRtmp, RtmpRs, Scuffle};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const READ: usize = 16 << 10;
const CHUNK_SIZES: [u32; 3] = [128, 4096, 65536];

fn main() {
    divan::main();
}

/// One direction of a connection.
trait Reader {
    /// One that has been told the chunk size.
    fn new(chunk_size: u32) -> Self;

    /// Takes what one read brought, and lets go of the messages that it completes: how many.
    fn read(&mut self, input: &[u8]) -> usize;
}

trait Writer {
    /// What it writes from.
    type Message;

    fn new(chunk_size: u32) -> Self;

    fn prepare(message: Message) -> Self::Message;

    /// Writes a message to a buffer of its own.
    fn write(&mut self, message: &Self::Message);
}

#[divan::bench(args = CHUNK_SIZES, types = [Copy1, Copy2, RtmpCore, RtmpRs, Scuffle, RmlRtmp])]
fn read<R: Reader>(bencher: Bencher<'_, '_>, size: u32) {
    let messages = messages();
    let mut wire = Vec::new();
    for message in &messages {
        encode(message, chunk_size(size), &mut wire);
    }
    let mut reader = R::new(size);
    bencher.counter(BytesCount::of_slice(&wire)).bench_local(|| {
        let read: usize = wire.chunks(READ).map(|input| reader.read(input)).sum();
        assert_eq!(read, messages.len());
    });
}

#[divan::bench(args = CHUNK_SIZES, types = [PlainCopy, RtmpCore, RtmpRs, Scuffle, RmlRtmp])]
fn write<W: Writer>(bencher: Bencher<'_, '_>, size: u32) {
    let payload: usize = messages().iter().map(|message| message.payload.len()).sum();
    let messages: Vec<W::Message> = messages().into_iter().map(W::prepare).collect();
    let mut writer = W::new(size);
    bencher.counter(BytesCount::new(payload)).bench_local(|| {
        for message in &messages {
            writer.write(black_box(message));
        }
    });
}

/// The crate itself.
struct RtmpCore {
    decoder: ChunkDecoder,
    chunk_size: ChunkSize,
}

impl Reader for RtmpCore {
    fn new(size: u32) -> Self {
        let chunk_size = chunk_size(size);
        Self {
            decoder: ChunkDecoder::new(&Limits::default()).with_chunk_size(chunk_size),
            chunk_size,
        }
    }

    fn read(&mut self, mut input: &[u8]) -> usize {
        let mut messages = 0;
        while let Some(message) = self.decoder.decode(&mut input).unwrap() {
            black_box(&message.payload);
            messages += 1;
        }
        messages
    }
}

impl Writer for RtmpCore {
    type Message = Message;

    fn new(size: u32) -> Self {
        Reader::new(size)
    }

    fn prepare(message: Message) -> Message {
        message
    }

    fn write(&mut self, message: &Message) {
        black_box(ChunkedMessage::encode(message, self.chunk_size));
    }
}

/// 60 video frames, the first of them a key frame, and 47 audio frames between them: 107 messages.
fn messages() -> Vec<Message> {
    let mut messages = Vec::new();
    for frame in 0..60u32 {
        let len = if frame == 0 { 150_000 } else { 10_000 };
        messages.push(message(6, MessageType::Video, frame * 1000 / 60, len));
        if frame * 47 / 60 != (frame + 1) * 47 / 60 {
            messages.push(message(4, MessageType::Audio, frame * 1000 / 60, 427));
        }
    }
    messages
}

fn message(chunk_stream: u32, kind: MessageType, millis: u32, len: usize) -> Message {
    Message {
        chunk_stream: ChunkStreamId::new(chunk_stream).unwrap(),
        stream: MessageStreamId::new(1),
        timestamp: Timestamp::from_millis(millis),
        kind,
        payload: (0..len).map(|i| i.to_le_bytes()[0]).collect(),
    }
}

fn chunk_size(size: u32) -> ChunkSize {
    ChunkSize::new(size).unwrap()
}
