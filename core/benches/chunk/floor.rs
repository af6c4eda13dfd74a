//! The least that reading and writing can come to.

use bytes::Bytes;
use divan::black_box;
use rtmp_core::chunk::Message;

use crate::{Reader, Writer};

/// One copy per payload byte, one allocation per message, and nothing else: no limit, no extended timestamp,
/// no error, chunk streams below 64.
pub(crate) struct Copy1 {
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

impl Reader for Copy1 {
    fn new(chunk_size: u32) -> Self {
        Self {
            chunk_size: chunk_size as usize,
            streams: vec![Stream::default(); 64],
            stream: 0,
            left: 0,
            held: Vec::with_capacity(16),
        }
    }

    fn read(&mut self, mut input: &[u8]) -> usize {
        let mut messages = 0;
        while !input.is_empty() {
            if self.left == 0 {
                let first = self.held.first().copied().unwrap_or(input[0]);
                let len = [12, 8, 4, 1][usize::from(first >> 6)];
                let lacks = len - self.held.len();
                if input.len() < lacks {
                    self.held.extend_from_slice(input);
                    return messages;
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
                black_box(std::mem::take(&mut stream.payload));
                messages += 1;
            }
        }
        messages
    }
}

impl Copy1 {
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

/// [`Copy1`] behind a buffer that each read is copied to.
pub(crate) struct Copy2 {
    reader: Copy1,
    buffer: Vec<u8>,
}

impl Reader for Copy2 {
    fn new(chunk_size: u32) -> Self {
        Self {
            reader: Copy1::new(chunk_size),
            buffer: Vec::new(),
        }
    }

    fn read(&mut self, input: &[u8]) -> usize {
        self.buffer.clear();
        self.buffer.extend_from_slice(input);
        self.reader.read(&self.buffer)
    }
}

/// One allocation of the exact size, and the bytes put there.
pub(crate) struct PlainCopy {
    chunk_size: usize,
}

impl Writer for PlainCopy {
    type Message = Bytes;

    fn new(chunk_size: u32) -> Self {
        Self {
            chunk_size: chunk_size as usize,
        }
    }

    fn prepare(message: Message) -> Bytes {
        message.payload
    }

    fn write(&mut self, payload: &Bytes) {
        let size = self.chunk_size;
        let mut out = Vec::with_capacity(12 + payload.len() + (payload.len() - 1) / size);
        out.extend_from_slice(&[0; 12]);
        let (first, rest) = payload.split_at(payload.len().min(size));
        out.extend_from_slice(first);
        for piece in rest.chunks(size) {
            out.push(0xC4);
            out.extend_from_slice(piece);
        }
        black_box(Bytes::from(out));
    }
}
