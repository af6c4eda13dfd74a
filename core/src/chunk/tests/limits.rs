//! Every limit: at it, and one beyond.

use super::*;

/// A message of so many bytes, in one chunk if the chunk size allows.
fn header(chunk_stream: u8, length: u32, kind: u8) -> [u8; 12] {
    let [_, a, b, c] = length.to_be_bytes();
    [chunk_stream, 0, 0, 0, a, b, c, kind, 1, 0, 0, 0]
}

#[test]
fn each_type_of_message_has_its_longest_length() {
    let limits = Limits {
        max_media_message: 300,
        max_command_message: 200,
        max_data_message: 250,
        max_other_message: 150,
        ..Limits::default()
    };
    for kind in 0..=255 {
        let limit = match kind {
            8 | 9 | 22 => 300,
            17 | 20 => 200,
            15 | 18 => 250,
            // Control messages too: what they have beyond their fields is ignored.
            _ => 150,
        };
        let decode = |length: u32| {
            let mut decoder = ChunkDecoder::new(&limits);
            let mut input = &header(6, length, kind)[..];
            decoder.decode(&mut input)
        };
        assert_eq!(decode(limit), Ok(None));
        let length = limit + 1;
        let kind = MessageType::from(kind);
        assert_eq!(
            decode(length),
            Err(ChunkError::MessageTooLong { kind, length, limit })
        );
    }
}

#[test]
fn a_length_over_the_limit_is_an_error_that_names_type_length_and_limit() {
    let error = decode_error(&header(3, 65_537, 20));
    assert_eq!(
        error.to_string(),
        "message of type 20 announces 65537 bytes, the limit is 65536"
    );
    // also when it comes with type 1, which changes length and type
    let input = [&header(3, 1, 20)[..], &[0], &[0x43, 0, 0, 0, 0x80, 0, 1, 9]].concat();
    assert!(matches!(
        decode_error(&input),
        ChunkError::MessageTooLong {
            length: 0x0080_0001,
            ..
        }
    ));
}

#[test]
fn chunk_streams_are_counted_whatever_their_ids() {
    let limits = Limits {
        max_chunk_streams: 3,
        ..Limits::default()
    };
    let empty = &[0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0][..];
    let three = [
        &[63],
        empty,
        &[0x01, 0xFF, 0xFF],
        empty,
        &[0x00, 0x00],
        empty,
        &[63],
        empty,
    ]
    .concat();
    let (messages, result, _) = decode_with_limits(&limits, &three);
    assert_eq!((messages.len(), result), (4, Ok(())));
    for basic in [&[2][..], &[0x00, 0x01]] {
        let four = [&three, basic, empty].concat();
        let error = ChunkError::TooManyChunkStreams { limit: 3 };
        assert_eq!(decode_with_limits(&limits, &four).1, Err(error));
    }
}

#[test]
fn unfinished_messages_are_counted() {
    let limits = Limits {
        max_partial_messages: 2,
        ..Limits::default()
    };
    let begun = |chunk_stream| [&header(chunk_stream, 129, 9)[..], &[0; 128]].concat();
    let two = [begun(4), begun(5)].concat();
    assert_eq!(decode_with_limits(&limits, &two).1, Ok(()));
    let three = [&two, &begun(6)[..]].concat();
    let error = ChunkError::TooManyPartialMessages { limit: 2 };
    assert_eq!(decode_with_limits(&limits, &three).1, Err(error));
    // One that ends makes room.
    let next = [&two, &[0xC4, 0][..], &begun(6)].concat();
    assert_eq!(decode_with_limits(&limits, &next).1, Ok(()));
    // So does one that is given up, and that message, of one chunk, always has room.
    let abort = [0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4];
    let next = [&two, &abort[..], &begun(6)].concat();
    assert_eq!(decode_with_limits(&limits, &next).1, Ok(()));
}

#[test]
fn lengths_of_unfinished_messages_are_summed() {
    let limits = Limits {
        max_partial_bytes: 400,
        ..Limits::default()
    };
    let begun = |chunk_stream, length| [&header(chunk_stream, length, 9)[..], &[0; 128]].concat();
    let decode = |parts: &[Vec<u8>]| decode_with_limits(&limits, &parts.concat()).1;
    assert_eq!(decode(&[begun(4, 200), begun(5, 200)]), Ok(()));
    let error = ChunkError::TooManyPartialBytes {
        bytes: 401,
        limit: 400,
    };
    assert_eq!(decode(&[begun(4, 200), begun(5, 201)]), Err(error));
    let rest = [&[0xC4][..], &[0; 72]].concat();
    assert_eq!(decode(&[begun(4, 200), rest, begun(5, 400)]), Ok(()));
    let abort = vec![0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4];
    assert_eq!(decode(&[begun(4, 200), abort, begun(5, 400)]), Ok(()));
}

#[test]
fn chunks_with_little_payload_are_counted_until_a_second_has_passed() {
    let limits = Limits {
        max_idle_chunks: 3,
        min_payload_per_chunk: 4,
        ..Limits::default()
    };
    let mut decoder = ChunkDecoder::new(&limits);
    let empty = header(4, 0, 9);
    for _ in 0..3 {
        assert!(decoder.decode(&mut &empty[..]).unwrap().is_some());
    }
    decoder.replenish();
    for _ in 0..3 {
        assert!(decoder.decode(&mut &empty[..]).unwrap().is_some());
    }
    let error = ChunkError::TooLittlePayload {
        idle_chunks: 3,
        min_payload: 4,
    };
    assert_eq!(decoder.decode(&mut &empty[..]), Err(error));
}

#[test]
fn chunks_with_enough_payload_go_on_for_ever() {
    let limits = Limits {
        max_idle_chunks: 1,
        min_payload_per_chunk: 16,
        ..Limits::default()
    };
    let mut decoder = ChunkDecoder::new(&limits);
    let input = [&header(4, 16, 9)[..], &[0; 16]].concat();
    for _ in 0..1000 {
        assert!(decoder.decode(&mut &input[..]).unwrap().is_some());
    }
}

#[test]
fn the_default_limits_let_chunks_of_one_byte_pass_for_a_second_and_no_longer() {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    assert!(decoder.decode(&mut &set_chunk_size(1)[..]).unwrap().is_some());
    let mut input = header(4, 60_000, 9).to_vec();
    input.push(0);
    input.extend([0xC4, 0].repeat(59_999));
    assert!(matches!(
        decoder.decode(&mut &input[..]),
        Err(ChunkError::TooLittlePayload { .. })
    ));
}

#[test]
fn what_a_header_announces_is_set_aside_up_to_the_limit_and_what_comes_is_at_most_doubled() {
    let capacity = |decoder: &mut ChunkDecoder| decoder.buffer_capacity(ChunkStreamId::new(4).unwrap());
    let limits = Limits {
        max_reserve_ahead: 1000,
        ..Limits::default()
    };
    for (length, reserved) in [(999, 999), (1000, 1000), (1001, 1000), (8 << 20, 1000)] {
        let mut decoder = ChunkDecoder::new(&limits);
        assert_eq!(decoder.decode(&mut &header(4, length, 9)[..]), Ok(None));
        assert_eq!(capacity(&mut decoder), reserved);
    }
    let mut decoder = ChunkDecoder::new(&limits);
    assert!(
        decoder
            .decode(&mut &set_chunk_size(0x7FFF_FFFF)[..])
            .unwrap()
            .is_some()
    );
    assert_eq!(decoder.decode(&mut &header(4, 3500, 9)[..]), Ok(None));
    for received in 1..3500 {
        assert_eq!(decoder.decode(&mut &[0; 1][..]), Ok(None));
        let set_aside = capacity(&mut decoder);
        assert!(
            set_aside <= (2 * received).max(1000) && set_aside <= 3500,
            "{set_aside} for {received}"
        );
    }
    assert_eq!(capacity(&mut decoder), 3500, "the last step is exact");
}
