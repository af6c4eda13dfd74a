//! Chunks: reading them beside a hand-written reader that validates nothing (the ceiling) and beside
//! `rml_rtmp`, and writing them beside a plain copy. One second of 6 Mbit/s video and 160 kbit/s audio, in
//! cache, in reads of 16 KiB; allocations are counted along.
//!
//! `cargo bench -p rtmp-core --bench chunk`

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use bytes::Bytes;
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use rml_rtmp::chunk_io::ChunkDeserializer;
use rtmp_core::chunk::{ChunkDecoder, ChunkedMessage, Message, MessageType, encode};
use rtmp_core::limits::Limits;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const READ: usize = 16 << 10;
const CHUNK_SIZES: [u32; 3] = [128, 4096, 65536];

fn main() {
    divan::main();
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

/// The messages as they come from a socket.
fn wire(size: u32) -> Vec<u8> {
    let mut wire = Vec::new();
    for message in messages() {
        encode(&message, chunk_size(size), &mut wire);
    }
    wire
}

#[divan::bench(args = CHUNK_SIZES)]
fn read(bencher: Bencher<'_, '_>, size: u32) {
    let wire = wire(size);
    // Set Chunk Size, on chunk stream 2.
    let mut start = vec![0x02, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];
    start.extend_from_slice(&size.to_be_bytes());
    let mut decoder = ChunkDecoder::new(&Limits::default());
    assert!(decoder.decode(&mut &start[..]).unwrap().is_some());
    bencher.counter(BytesCount::of_slice(&wire)).bench_local(move || {
        decoder.replenish();
        let mut messages = 0;
        for mut input in wire.chunks(READ) {
            while let Some(message) = decoder.decode(&mut input).unwrap() {
                black_box(&message.payload);
                messages += 1;
            }
        }
        assert_eq!(messages, 107);
    });
}

#[divan::bench(args = CHUNK_SIZES)]
fn read_copy1(bencher: Bencher<'_, '_>, size: u32) {
    let wire = wire(size);
    let mut reader = Copy1::new(size);
    bencher.counter(BytesCount::of_slice(&wire)).bench_local(move || {
        let mut messages = 0;
        for input in wire.chunks(READ) {
            reader.feed(input, |payload| {
                black_box(&payload);
                messages += 1;
            });
        }
        assert_eq!(messages, 107);
    });
}

#[divan::bench(args = CHUNK_SIZES)]
fn read_rml_rtmp(bencher: Bencher<'_, '_>, size: u32) {
    let wire = wire(size);
    let mut reader = ChunkDeserializer::new();
    reader.set_max_chunk_size(size as usize).unwrap();
    bencher.counter(BytesCount::of_slice(&wire)).bench_local(move || {
        let mut messages = 0;
        for input in wire.chunks(READ) {
            let mut next = reader.get_next_message(input).unwrap();
            while let Some(message) = next {
                black_box(&message.data);
                messages += 1;
                next = reader.get_next_message(&[]).unwrap();
            }
        }
        assert_eq!(messages, 107);
    });
}

#[divan::bench(args = CHUNK_SIZES)]
fn write_chunked_message(bencher: Bencher<'_, '_>, size: u32) {
    let messages = messages();
    bencher
        .counter(BytesCount::of_slice(&wire(size)))
        .bench_local(|| {
            for message in &messages {
                black_box(ChunkedMessage::encode(black_box(message), chunk_size(size)));
            }
        });
}

/// The least that can be done: one allocation of the exact size, and the bytes put there.
#[divan::bench(args = CHUNK_SIZES)]
fn write_copy(bencher: Bencher<'_, '_>, size: u32) {
    let messages = messages();
    bencher
        .counter(BytesCount::of_slice(&wire(size)))
        .bench_local(|| {
            for message in &messages {
                let payload: &Bytes = &black_box(message).payload;
                let mut out = Vec::with_capacity(12 + payload.len() + (payload.len() - 1) / size as usize);
                out.extend_from_slice(&[0; 12]);
                let (first, rest) = payload.split_at(payload.len().min(size as usize));
                out.extend_from_slice(first);
                for piece in rest.chunks(size as usize) {
                    out.push(0xC4);
                    out.extend_from_slice(piece);
                }
                black_box(Bytes::from(out));
            }
        });
}

/// One copy per payload byte, one allocation per message, and nothing else: no limit, no extended timestamp,
/// no error, chunk streams below 64.
struct Copy1 {
    chunk_size: usize,
    streams: Vec<Stream>,
    stream: usize,
    left: usize,
    held: Vec<u8>,
}

#[derive(Clone, Default)]
struct Stream {
    length: usize,
    payload: Vec<u8>,
}

impl Copy1 {
    fn new(chunk_size: u32) -> Self {
        Self {
            chunk_size: chunk_size as usize,
            streams: vec![Stream::default(); 64],
            stream: 0,
            left: 0,
            held: Vec::with_capacity(16),
        }
    }

    fn feed(&mut self, mut input: &[u8], mut message: impl FnMut(Vec<u8>)) {
        while !input.is_empty() {
            if self.left == 0 {
                let first = self.held.first().copied().unwrap_or(input[0]);
                let len = [12, 8, 4, 1][usize::from(first >> 6)];
                let lacks = len - self.held.len();
                if input.len() < lacks {
                    self.held.extend_from_slice(input);
                    return;
                }
                if self.held.is_empty() {
                    self.header(&input[..len]);
                } else {
                    self.held.extend_from_slice(&input[..lacks]);
                    let held = std::mem::take(&mut self.held);
                    self.header(&held);
                    self.held = held;
                    self.held.clear();
                }
                input = &input[lacks..];
            }
            let stream = &mut self.streams[self.stream];
            let n = self.left.min(input.len());
            stream.payload.extend_from_slice(&input[..n]);
            input = &input[n..];
            self.left -= n;
            if stream.payload.len() == stream.length {
                message(std::mem::take(&mut stream.payload));
            }
        }
    }

    #[inline]
    fn header(&mut self, header: &[u8]) {
        self.stream = usize::from(header[0] & 63);
        let stream = &mut self.streams[self.stream];
        if header.len() >= 8 {
            stream.length = u32::from_be_bytes([0, header[4], header[5], header[6]]) as usize;
        }
        if stream.payload.is_empty() {
            stream.payload = Vec::with_capacity(stream.length);
        }
        self.left = self.chunk_size.min(stream.length - stream.payload.len());
    }
}
