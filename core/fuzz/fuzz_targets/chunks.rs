//! Any bytes as chunks: no panic, the same result however they are cut, and what was decoded survives being
//! encoded and decoded again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, ChunkError, ChunkedMessage, Message, MessageType};
use rtmp_core::limits::Limits;

type Outcome = (Vec<Message>, Option<ChunkError>);

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let mut messages = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(piece.is_empty());
    }
    (messages, None)
}

fuzz_target!(|bytes: &[u8]| {
    // The first byte says where to cut.
    let Some((&cut, bytes)) = bytes.split_first() else {
        return;
    };
    let outcome = decode([bytes]);
    assert_eq!(decode(bytes.chunks(usize::from(cut).max(1))), outcome);

    let mut encoder = ChunkEncoder::new();
    let (mut full, mut short) = (Vec::new(), Vec::new());
    let chunk_size = ChunkDecoder::new(&Limits::default()).chunk_size();
    let mut sent = outcome.0;
    // These change how what follows is read.
    sent.retain(|message| !matches!(message.kind, MessageType::SetChunkSize | MessageType::Abort));
    for message in &sent {
        full.extend_from_slice(ChunkedMessage::encode(message, chunk_size).bytes());
        encoder.encode(message, chunk_size, &mut short);
    }
    for bytes in [full, short] {
        let (messages, error) = decode([&bytes[..]]);
        // Small messages may have come in larger chunks, or with larger ones, than they go out in.
        assert!(sent.starts_with(&messages));
        assert!(messages.len() == sent.len() || matches!(error, Some(ChunkError::TooLittlePayload { .. })));
    }
});
