//! Other crates, each in the way that its documentation shows, with room reserved where it lets one.

use bytes::BytesMut;
use divan::black_box;
use rml_rtmp::chunk_io::{ChunkDeserializer, ChunkSerializer};
use rml_rtmp::messages::MessagePayload;
use rml_rtmp::time::RtmpTimestamp;
use rtmp_core::chunk::Message;
use rtmp_rs::protocol::chunk as rtmp_rs;
use scuffle_rtmp::chunk as scuffle;

use crate::{Reader, Writer};

/// `rtmp-rs`.
pub(crate) struct RtmpRs {
    decoder: rtmp_rs::ChunkDecoder,
    input: BytesMut,
    encoder: rtmp_rs::ChunkEncoder,
}

impl Reader for RtmpRs {
    fn new(chunk_size: u32) -> Self {
        let mut decoder = rtmp_rs::ChunkDecoder::new();
        decoder.set_chunk_size(chunk_size);
        let mut encoder = rtmp_rs::ChunkEncoder::new();
        encoder.set_chunk_size(chunk_size);
        Self {
            decoder,
            input: BytesMut::new(),
            encoder,
        }
    }

    fn read(&mut self, input: &[u8]) -> usize {
        self.input.extend_from_slice(input);
        let mut messages = 0;
        loop {
            let before = self.input.len();
            if let Some(message) = self.decoder.decode(&mut self.input).unwrap() {
                black_box(&message.payload);
                messages += 1;
            } else if self.input.len() == before {
                // `None` is also the answer to a chunk that is not its message's last.
                return messages;
            }
        }
    }
}

impl Writer for RtmpRs {
    type Message = rtmp_rs::RtmpChunk;

    fn new(chunk_size: u32) -> Self {
        Reader::new(chunk_size)
    }

    fn prepare(message: Message) -> rtmp_rs::RtmpChunk {
        rtmp_rs::RtmpChunk {
            csid: message.chunk_stream.get(),
            timestamp: message.timestamp.as_millis(),
            message_type: message.kind.id(),
            stream_id: message.stream.get(),
            payload: message.payload,
        }
    }

    fn write(&mut self, message: &rtmp_rs::RtmpChunk) {
        let chunks = message.payload.len() / self.encoder.chunk_size() as usize;
        let mut out = BytesMut::with_capacity(12 + message.payload.len() + chunks);
        self.encoder.encode(message, &mut out);
        black_box(out.freeze());
    }
}

/// `scuffle-rtmp`.
pub(crate) struct Scuffle {
    reader: scuffle::reader::ChunkReader,
    input: BytesMut,
    writer: scuffle::writer::ChunkWriter,
    chunk_size: usize,
}

impl Reader for Scuffle {
    fn new(chunk_size: u32) -> Self {
        let chunk_size = chunk_size as usize;
        let mut reader = scuffle::reader::ChunkReader::default();
        assert!(reader.update_max_chunk_size(chunk_size));
        let mut writer = scuffle::writer::ChunkWriter::default();
        writer.set_chunk_size(chunk_size);
        Self {
            reader,
            input: BytesMut::new(),
            writer,
            chunk_size,
        }
    }

    fn read(&mut self, input: &[u8]) -> usize {
        self.input.extend_from_slice(input);
        let mut messages = 0;
        while let Some(message) = self.reader.read_chunk(&mut self.input).unwrap() {
            black_box(&message.payload);
            messages += 1;
        }
        messages
    }
}

impl Writer for Scuffle {
    type Message = scuffle::Chunk;

    fn new(chunk_size: u32) -> Self {
        Reader::new(chunk_size)
    }

    fn prepare(message: Message) -> scuffle::Chunk {
        scuffle::Chunk::new(
            message.chunk_stream.get(),
            message.timestamp.as_millis(),
            message.kind.id().into(),
            message.stream.get(),
            message.payload,
        )
    }

    fn write(&mut self, message: &scuffle::Chunk) {
        let payload = message.payload.len();
        let mut out = Vec::with_capacity(12 + payload + payload / self.chunk_size);
        self.writer.write_chunk(&mut out, message.clone()).unwrap();
        black_box(out);
    }
}

/// `rml_rtmp`.
pub(crate) struct RmlRtmp {
    reader: ChunkDeserializer,
    writer: ChunkSerializer,
}

impl Reader for RmlRtmp {
    fn new(chunk_size: u32) -> Self {
        let mut reader = ChunkDeserializer::new();
        reader.set_max_chunk_size(chunk_size as usize).unwrap();
        let mut writer = ChunkSerializer::new();
        let set_chunk_size = writer.set_max_chunk_size(chunk_size, RtmpTimestamp::new(0));
        assert!(set_chunk_size.is_ok());
        Self { reader, writer }
    }

    fn read(&mut self, input: &[u8]) -> usize {
        let mut messages = 0;
        let mut next = self.reader.get_next_message(input).unwrap();
        while let Some(message) = next {
            black_box(&message.data);
            messages += 1;
            next = self.reader.get_next_message(&[]).unwrap();
        }
        messages
    }
}

impl Writer for RmlRtmp {
    type Message = MessagePayload;

    fn new(chunk_size: u32) -> Self {
        Reader::new(chunk_size)
    }

    fn prepare(message: Message) -> MessagePayload {
        MessagePayload {
            timestamp: RtmpTimestamp::new(message.timestamp.as_millis()),
            type_id: message.kind.id(),
            message_stream_id: message.stream.get(),
            data: message.payload,
        }
    }

    fn write(&mut self, message: &MessagePayload) {
        black_box(self.writer.serialize(message, true, false).unwrap());
    }
}
