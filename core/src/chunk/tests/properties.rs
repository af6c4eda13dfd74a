//! What holds for all messages and all bytes.

use proptest::prelude::*;

use super::*;
use crate::chunk::{ChunkEncoder, ChunkedMessage, encode};

/// Timestamps near the places where something changes, and any others.
fn timestamp() -> impl Strategy<Value = u32> {
    prop_oneof![
        0..2000_u32,
        0xFF_FFF0..0x100_0010_u32,
        0xFFFF_FF00..=u32::MAX,
        any::<u32>()
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    let chunk_stream = prop_oneof![4 => 3..8_u32, 1 => 60..70_u32, 1 => 318..322_u32, 1 => Just(65_599)];
    // Set Chunk Size and Abort act on the decoder; the messages here only travel.
    let kind = prop_oneof![Just(8), Just(9), Just(18), Just(20), Just(3), 30..40_u8];
    let payload = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..40),
        1 => prop::collection::vec(any::<u8>(), 100..600),
    ];
    (chunk_stream, 0..3_u32, timestamp(), kind, payload).prop_map(
        |(chunk_stream, stream, at, kind, payload)| message(chunk_stream, stream, at, kind, &payload),
    )
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    prop::collection::vec(any_message(), 1..12)
}

fn any_chunk_size() -> impl Strategy<Value = u32> {
    prop_oneof![1..8_u32, 100..300_u32, Just(4096), Just(0x7FFF_FFFF)]
}

/// Bytes that look like chunks more often than random ones.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 1..20),
        2 => prop::sample::select(vec![0xC4, 0xC6, 0xC2, 0x00, 0x01]).prop_map(|byte| vec![byte]),
        2 => any_message().prop_map(|message| {
            let mut out = Vec::new();
            encode(&message, ChunkSize::INITIAL, &mut out);
            out
        }),
        1 => any::<u32>().prop_map(|size| set_chunk_size(size >> (size % 32)).to_vec()),
        1 => (0..8_u8).prop_map(|id| vec![0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, id]),
        1 => (0..64_u8, timestamp()).prop_map(|(id, at)| {
            let head = [0x40 | id, 0xFF, 0xFF, 0xFF, 0, 0, 200, 9];
            [&head[..], &at.to_be_bytes()].concat()
        }),
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

/// `bytes` cut at the places given, whichever of them exist.
fn cut<'a>(bytes: &'a [u8], lens: &[usize]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    for len in lens {
        let (piece, after) = rest.split_at((*len).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(messages in messages(), size in any_chunk_size(), lens in prop::collection::vec(0..300_usize, 0..30)) {
        let chunk_size = ChunkSize::new(size).unwrap();
        let mut encoder = ChunkEncoder::new();
        let (mut full, mut short, mut chunked) = (Vec::new(), Vec::new(), Vec::new());
        for message in &messages {
            encode(message, chunk_size, &mut full);
            encoder.encode(message, chunk_size, &mut short);
            chunked.extend_from_slice(ChunkedMessage::encode(message, chunk_size).bytes());
        }
        prop_assert_eq!(&chunked, &full);
        prop_assert!(short.len() <= full.len());
        for bytes in [full, short] {
            let input = [&set_chunk_size(size)[..], &bytes].concat();
            let (decoded, result, is_partial) = decode_pieces(&Limits::default(), cut(&input, &lens));
            prop_assert_eq!((result, is_partial), (Ok(()), false));
            prop_assert_eq!(&decoded[1..], &messages[..]);
        }
    }

    #[test]
    fn a_message_with_another_head_is_that_message(message in any_message(), size in any_chunk_size(), stream in 0..3_u32, at in timestamp()) {
        let chunk_size = ChunkSize::new(size).unwrap();
        let (stream, timestamp) = (MessageStreamId::new(stream), Timestamp::from_millis(at));
        let chunked = ChunkedMessage::encode(&message, chunk_size);
        let moved = ChunkedMessage::encode(&Message { stream, timestamp, ..message }, chunk_size);
        prop_assert_eq!(&chunked.with_head(stream, timestamp).concat()[..], &moved.bytes()[..]);
    }

    #[test]
    fn a_message_that_has_come_is_sent_on_as_any_other(message in any_message(), came_with in any_chunk_size(), size in any_chunk_size(), stream in 0..3_u32, at in timestamp()) {
        let mut bytes = set_chunk_size(came_with).to_vec();
        encode(&message, ChunkSize::new(came_with).unwrap(), &mut bytes);
        let (mut decoder, mut input) = (ChunkDecoder::new(&Limits::default()), &bytes[..]);
        decoder.assemble(&mut input).unwrap().unwrap();
        let come = decoder.assemble(&mut input).unwrap().unwrap();

        let chunk_size = ChunkSize::new(size).unwrap();
        let (stream, timestamp) = (MessageStreamId::new(stream), Timestamp::from_millis(at));
        let enclosed = ChunkedMessage::enclose(Message { stream, timestamp, ..come }, chunk_size);
        let encoded = ChunkedMessage::encode(&Message { stream, timestamp, ..message.clone() }, chunk_size);
        prop_assert_eq!(enclosed.bytes(), encoded.bytes());
        prop_assert_eq!(enclosed.payload(), &message.payload);
    }

    #[test]
    fn how_bytes_are_cut_makes_no_difference(bytes in bytes(), lens in prop::collection::vec(0..40_usize, 0..60)) {
        let limits = Limits { max_partial_messages: 3, max_chunk_streams: 6, ..Limits::default() };
        prop_assert_eq!(decode_pieces(&limits, cut(&bytes, &lens)), decode_pieces(&limits, [&bytes[..]]));
    }

    #[test]
    fn no_bytes_take_more_memory_than_the_limits_allow(bytes in bytes()) {
        let limits = Limits { max_reserve_ahead: 64, max_partial_bytes: 4096, ..Limits::default() };
        let mut decoder = ChunkDecoder::new(&limits);
        for piece in bytes.chunks(7) {
            let mut input = piece;
            while let Ok(Some(_)) = decoder.decode(&mut input) {}
            prop_assert!(decoder.memory() <= 4096);
            prop_assert!(decoder.memory() <= 2 * bytes.len() + 64 * limits.max_partial_messages + 64);
        }
    }
}
