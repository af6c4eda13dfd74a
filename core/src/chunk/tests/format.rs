//! The format as the specification has it (RTMP 1.0 §5.3, §5.4).

use super::*;

#[test]
fn set_chunk_size_is_handed_out_and_obeyed() {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    assert_eq!(decoder.chunk_size(), ChunkSize::INITIAL);
    let input = set_chunk_size(4096);
    let payload = [0x00, 0x00, 0x10, 0x00];
    assert_eq!(
        decoder.decode(&mut &input[..]),
        Ok(Some(message(2, 0, 0, 1, &payload)))
    );
    assert_eq!(decoder.chunk_size().get(), 4096);
}

#[test]
fn a_reader_who_joins_later_names_the_chunk_size() {
    let body = [0xAF; 130];
    // csid 4, timestamp 0, length 130, type 8, msid 1; one chunk
    let input = [&[0x04, 0, 0, 0, 0, 0, 130, 8, 1, 0, 0, 0], &body[..]].concat();
    let size = ChunkSize::new(130).unwrap();
    let mut decoder = ChunkDecoder::new(&Limits::default()).with_chunk_size(size);
    assert_eq!(
        decoder.decode(&mut &input[..]),
        Ok(Some(message(4, 1, 0, 8, &body)))
    );
    assert_eq!(decoder.chunk_size(), size);
}

#[test]
fn a_command_of_one_chunk() {
    let body = b"\x02\x00\x0ccreateStream\x00\x40\x10\x00\x00\x00\x00\x00\x00\x05";
    // csid 3, timestamp 0, length 25, type 20, msid 0
    let input = [&[0x03, 0, 0, 0, 0, 0, 0x19, 0x14, 0, 0, 0, 0], &body[..]].concat();
    assert_eq!(decode(&input), [message(3, 0, 0, 20, body)]);
}

#[test]
fn a_message_of_three_chunks() {
    let body: Vec<u8> = (0..307_u32).map(|i| i.to_le_bytes()[0]).collect();
    let input = [
        &[
            0x04, 0x00, 0x03, 0xE8, 0x00, 0x01, 0x33, 0x09, 0x3A, 0x30, 0x00, 0x00,
        ], // 1000 ms, 307, msid 12346
        &body[..128],
        &[0xC4],
        &body[128..256],
        &[0xC4],
        &body[256..],
    ]
    .concat();
    assert_eq!(decode(&input), [message(4, 12346, 1000, 9, &body)]);
    let shown: Vec<_> = headers(&input)
        .iter()
        .map(|h| (h.fmt, h.payload_len, h.begins_message))
        .collect();
    assert_eq!(shown, [(0, 128, true), (3, 128, false), (3, 51, false)]);
}

#[test]
fn an_extended_timestamp_is_repeated_in_every_chunk() {
    let input = [
        &set_chunk_size(4)[..],
        // csid 6, "extended", length 6, audio, msid 1; 16777216 ms
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00,
        ],
        &[0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0x01, 0x00, 0x00, 0x00, 0xCC, 0xDD],
    ]
    .concat();
    let expected = message(6, 1, 0x0100_0000, 8, &[0xAF, 0x01, 0xAA, 0xBB, 0xCC, 0xDD]);
    assert_eq!(decode(&input)[1..], [expected]);
    let shown: Vec<_> = headers(&input)
        .iter()
        .map(|h| (h.extended_timestamp, h.extended_timestamp_omitted))
        .collect();
    assert_eq!(
        shown,
        [
            (None, false),
            (Some(0x0100_0000), false),
            (Some(0x0100_0000), false)
        ]
    );
}

#[test]
fn types_2_and_3_add_the_delta() {
    let input = [
        &[0x04, 0, 0, 20, 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1][..], // 20 ms
        &[0x84, 0, 0, 23, 0xAF, 1],                             // 23 ms later
        &[0xC4, 0xAF, 1],                                       // 23 ms later
        &[0x44, 0, 0, 1, 0, 0, 1, 9, 0x17],                     // 1 ms later, a video message
        &[0xC4, 0x27],                                          // 1 ms later, another
    ]
    .concat();
    let two: &[u8] = &[0xAF, 1];
    assert_eq!(
        decode(&input),
        [
            message(4, 1, 20, 8, two),
            message(4, 1, 43, 8, two),
            message(4, 1, 66, 8, two),
            message(4, 1, 67, 9, &[0x17]),
            message(4, 1, 68, 9, &[0x27]),
        ]
    );
}

#[test]
fn chunk_stream_ids_have_three_forms() {
    for (basic, id) in [
        (&[0x3F][..], 63),
        (&[0x00, 0x00], 64),
        (&[0x00, 0xFF], 319),
        (&[0x01, 0x00, 0x01], 320),
        (&[0x01, 0xFF, 0xFF], 65_599),
    ] {
        let input = [basic, &[0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0x17]].concat();
        assert_eq!(decode(&input), [message(id, 1, 0, 9, &[0x17])]);
        assert_eq!(usize::from(headers(&input)[0].basic_header_len), basic.len());
    }
}

#[test]
fn the_long_and_the_short_form_of_an_id_are_one_chunk_stream() {
    let input = [
        &set_chunk_size(1)[..],
        &[0x00, 0x05, 0, 0, 9, 0, 0, 2, 9, 1, 0, 0, 0, 0x17], // csid 69 in two bytes
        &[0xC1, 0x05, 0x00, 0x01],                            // csid 69 in three
    ]
    .concat();
    assert_eq!(decode(&input)[1..], [message(69, 1, 9, 9, &[0x17, 0x01])]);
}

#[test]
fn an_extended_delta_wraps() {
    let input = [
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 1, 9, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xF0, 0x17,
        ][..], // 0xFFFFFFF0
        &[0x46, 0xFF, 0xFF, 0xFF, 0, 0, 1, 9, 0x01, 0x00, 0x00, 0x02, 0x17], // + 0x01000002, not the excess
    ]
    .concat();
    assert_eq!(timestamps(&input), [0xFFFF_FFF0, 0x00FF_FFF2]);
}

#[test]
fn timestamps_cross_24_and_32_bits() {
    let input = [
        &[0x06, 0xFF, 0xFF, 0xFE, 0, 0, 1, 9, 1, 0, 0, 0, 0x17][..], // the last that needs no extension
        &[0x86, 0x00, 0x00, 0x01, 0x17],                             // 0xFFFFFF, by a delta
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 1, 9, 1, 0, 0, 0, 0x00, 0xFF, 0xFF, 0xFF, 0x17,
        ], // by itself
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 1, 9, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x17,
        ],
        &[0x86, 0x00, 0x00, 0x21, 0x17], // across the wrap
    ]
    .concat();
    assert_eq!(
        timestamps(&input),
        [0xFF_FFFE, 0xFF_FFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0x20]
    );
}

#[test]
fn messages_on_four_chunk_streams_interleave() {
    let input = [
        &set_chunk_size(2)[..],
        &[0x06, 0, 0, 1, 0, 0, 5, 9, 1, 0, 0, 0, 0x17, 1], // video, 2 of 5
        &[0x04, 0, 0, 2, 0, 0, 3, 8, 1, 0, 0, 0, 0xAF, 1], // audio, 2 of 3
        &[0x00, 0x00, 0, 0, 3, 0, 0, 3, 18, 1, 0, 0, 0, 2, 0], // data on csid 64, 2 of 3
        &[0x05, 0, 0, 4, 0, 0, 4, 20, 0, 0, 0, 0, 2, 0],   // a command, 2 of 4
        &[0xC6, 2, 3],
        &[0xC0, 0x00, 9],
        &[0xC5, 1, 1],
        &[0xC6, 4],
        &[0xC4, 7],
    ]
    .concat();
    assert_eq!(
        decode(&input)[1..],
        [
            message(64, 1, 3, 18, &[2, 0, 9]),
            message(5, 0, 4, 20, &[2, 0, 1, 1]),
            message(6, 1, 1, 9, &[0x17, 1, 2, 3, 4]),
            message(4, 1, 2, 8, &[0xAF, 1, 7]),
        ]
    );
}

#[test]
fn set_chunk_size_holds_from_the_next_chunk_on_also_in_a_message_half_received() {
    let input = [
        &set_chunk_size(2)[..],
        &[0x06, 0, 0, 1, 0, 0, 6, 9, 1, 0, 0, 0, 0x17, 1], // 2 of 6
        &[0x42, 0, 0, 0, 0, 0, 4, 1, 0, 0],                // the new size itself comes in chunks of 2
        &[0xC2, 0, 3],
        &[0xC6, 2, 3, 4], // 3 more
        &[0xC6, 5],
    ]
    .concat();
    assert_eq!(
        decode(&input)[1..],
        [
            message(2, 0, 0, 1, &[0, 0, 0, 3]),
            message(6, 1, 1, 9, &[0x17, 1, 2, 3, 4, 5])
        ]
    );
}

#[test]
fn a_chunk_size_of_zero_or_with_its_top_bit_is_an_error() {
    assert_eq!(decode_error(&set_chunk_size(0)), ChunkError::InvalidChunkSize(0));
    assert_eq!(
        decode_error(&set_chunk_size(0x8000_0000)),
        ChunkError::InvalidChunkSize(0x8000_0000)
    );
}

#[test]
fn a_set_chunk_size_too_short_to_say_one_is_handed_out_and_changes_nothing() {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let input = [0x02, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 9];
    assert_eq!(
        decoder.decode(&mut &input[..]),
        Ok(Some(message(2, 0, 0, 1, &[0, 9])))
    );
    assert_eq!(decoder.chunk_size(), ChunkSize::INITIAL);
}

#[test]
fn abort_drops_the_message_in_the_making_and_nothing_of_its_header() {
    let input = [
        &set_chunk_size(4)[..],
        &[0x06, 0, 0, 40, 0, 0, 5, 9, 1, 0, 0, 0, 0x17, 1, 2, 3], // 4 of 5
        &[0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 6],     // Abort of csid 6
        &[0xC6, 0x27, 5, 6, 7],                                   // begins a message: 40 ms later
        &[0xC6, 8],
    ]
    .concat();
    assert_eq!(
        decode(&input)[1..],
        [
            message(2, 0, 0, 2, &[0, 0, 0, 6]),
            message(6, 1, 80, 9, &[0x27, 5, 6, 7, 8])
        ]
    );
}

#[test]
fn abort_of_nothing_does_nothing() {
    for id in [0_u8, 2, 7] {
        let input = [0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, id];
        assert_eq!(decode(&input), [message(2, 0, 0, 2, &[0, 0, 0, id])]);
    }
}

#[test]
fn user_control_messages_follow_each_other() {
    let input = [
        &[
            0x02, 0, 0, 0, 0, 0, 10, 4, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0x0B, 0xB8,
        ][..], // SetBufferLength
        &[0x02, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4], // PingResponse
    ]
    .concat();
    assert_eq!(
        decode(&input),
        [
            message(2, 0, 0, 4, &[0, 3, 0, 0, 0, 1, 0, 0, 0x0B, 0xB8]),
            message(2, 0, 0, 4, &[0, 7, 1, 2, 3, 4]),
        ]
    );
}

#[test]
fn an_aggregate_is_a_message_like_others() {
    let body = [
        8, 0, 0, 3, 0, 3, 0xE8, 0, 0, 0, 0, 0xAF, 1, 0x21, 0, 0, 0, 14, // audio, 3 bytes, 1000 ms
        9, 0, 0, 5, 0, 3, 0xFF, 0, 0, 0, 0, 0x27, 1, 0, 0, 0, 0, 0, 0, 16, // video, 5 bytes, 1023 ms
    ];
    let input = [&[0x04, 0x00, 0x13, 0x88, 0, 0, 38, 22, 1, 0, 0, 0], &body[..]].concat();
    assert_eq!(decode(&input), [message(4, 1, 5000, 22, &body)]);
}

#[test]
fn has_partial_message_tells_where_the_input_ended() {
    let whole = [0x04, 0, 0, 0, 0, 0, 200, 9, 1, 0, 0, 0];
    let input = [&whole[..], &[1; 128], &[0xC4], &[1; 72]].concat();
    for len in 0..=input.len() {
        let (_, _, is_partial) = decode_pieces(&Limits::default(), [&input[..len]]);
        assert_eq!(is_partial, len != 0 && len != input.len(), "{len} bytes");
    }
}
