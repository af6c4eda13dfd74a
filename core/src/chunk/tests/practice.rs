//! What programs and devices send beside the specification.

use super::*;

#[test]
fn rtmpdump_leaves_the_extended_timestamp_out_of_type_3() {
    let input = [
        &set_chunk_size(4)[..],
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00,
        ],
        &[0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0xCC, 0xDD],
        &[0xC6, 0xAF, 0x01, 0xAA, 0xBB], // another message, again without
        &[0xC6, 0xCC, 0xDD],
    ]
    .concat();
    let expected = message(6, 1, 0x0100_0000, 8, &[0xAF, 0x01, 0xAA, 0xBB, 0xCC, 0xDD]);
    assert_eq!(decode(&input)[1..], [expected.clone(), expected]);
    assert!(
        headers(&input)[2..]
            .iter()
            .all(|h| h.extended_timestamp_omitted && h.fmt == 3)
    );
}

#[test]
fn a_message_without_repeated_extended_timestamps_does_not_wait_for_the_next() {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let input = [
        &set_chunk_size(4)[..],
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 5, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00,
        ],
        &[0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0xCC], // the last byte that there is
    ]
    .concat();
    let mut input = &input[..];
    assert!(decoder.decode(&mut input).unwrap().is_some());
    assert!(decoder.decode(&mut input).unwrap().is_some());
}

#[test]
fn payload_that_begins_like_the_extended_timestamp_is_payload_all_the_same() {
    // Three bytes agree, and two of the four belong to the next chunks.
    let input = [
        &set_chunk_size(4)[..],
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0, 0, 0x01, 0x00, 0x84, 0x05,
        ],
        &[0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0x01, 0x00],
        &[0x84, 0, 0, 1, 0xAF, 0x01, 0xAA, 0xBB],
    ]
    .concat();
    let (messages, result, _) = decode_with_limits(&Limits::default(), &input);
    assert_eq!(
        messages[1..],
        [message(
            6,
            1,
            0x0100_8405,
            8,
            &[0xAF, 0x01, 0xAA, 0xBB, 0x01, 0x00]
        )]
    );
    // csid 4 has had no header: the byte 0x84 was taken for what it is.
    let chunk_stream = ChunkStreamId::new(4).unwrap();
    assert_eq!(result, Err(ChunkError::NoHeaderYet { fmt: 2, chunk_stream }));
}

#[test]
fn an_extended_delta_on_type_1_is_a_delta_and_is_repeated_as_such() {
    let input = [
        &set_chunk_size(4)[..],
        &[0x06, 0, 0, 10, 0, 0, 1, 8, 1, 0, 0, 0, 0xAF],
        &[
            0x46, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 0x01, 0x00, 0x00, 0x02, 0xAF, 0x01, 0xAA, 0xBB,
        ],
        &[0xC6, 0x01, 0x00, 0x00, 0x02, 0xCC, 0xDD],
        // a type 3 that begins a message adds it again, and says so
        &[0xC6, 0x01, 0x00, 0x00, 0x02, 0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0x01, 0x00, 0x00, 0x02, 0xCC, 0xDD],
    ]
    .concat();
    assert_eq!(timestamps(&input)[1..], [10, 0x0100_000C, 0x0200_000E]);
}

#[test]
fn an_extended_delta_repeated_as_the_absolute_timestamp_is_understood() {
    let input = [
        &set_chunk_size(4)[..],
        &[0x06, 0, 0, 10, 0, 0, 1, 8, 1, 0, 0, 0, 0xAF],
        &[
            0x46, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 0x01, 0x00, 0x00, 0x02, 0xAF, 0x01, 0xAA, 0xBB,
        ],
        &[0xC6, 0x01, 0x00, 0x00, 0x0C, 0xCC, 0xDD],
    ]
    .concat();
    assert_eq!(
        decode(&input)[2].payload,
        &[0xAF, 0x01, 0xAA, 0xBB, 0xCC, 0xDD][..]
    );
}

#[test]
fn an_extended_timestamp_repeated_without_its_top_bit_is_understood() {
    let input = [
        &set_chunk_size(4)[..],
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0, 0, 0x81, 0x00, 0x00, 0x00,
        ],
        &[0xAF, 0x01, 0xAA, 0xBB],
        &[0xC6, 0x01, 0x00, 0x00, 0x00, 0xCC, 0xDD],
    ]
    .concat();
    assert_eq!(
        decode(&input)[1].payload,
        &[0xAF, 0x01, 0xAA, 0xBB, 0xCC, 0xDD][..]
    );
}

#[test]
fn an_extended_timestamp_is_over_with_the_next_header_that_has_none() {
    let input = [
        &set_chunk_size(1)[..],
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 1, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00, 0xAF,
        ],
        &[0x46, 0, 0, 5, 0, 0, 2, 8, 0x01],
        &[0xC6, 0x01],
    ]
    .concat();
    assert_eq!(decode(&input)[2], message(6, 1, 0x0100_0005, 8, &[0x01, 0x01]));
}

#[test]
fn a_new_message_of_type_3_may_carry_its_own_absolute_timestamp() {
    let input = [
        &[
            0x06, 0xFF, 0xFF, 0xFF, 0, 0, 1, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00, 0xAF,
        ][..],
        &[0xC6, 0x01, 0x00, 0x00, 0x17, 0xAF],
        &[0xC6, 0x01, 0x00, 0x00, 0x2E, 0xAF],
    ]
    .concat();
    assert_eq!(timestamps(&input), [0x0100_0000, 0x0100_0017, 0x0100_002E]);
}

#[test]
fn fmle_begins_a_message_with_type_3() {
    let input = [
        &[0x04, 0, 0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1][..],
        &[0x44, 0, 0, 23, 0, 0, 2, 8, 0xAF, 1],
        &[0xC4, 0xAF, 1],
    ]
    .concat();
    assert_eq!(timestamps(&input), [0, 23, 46]);
}

#[test]
fn ffmpeg_and_obs_write_type_3_after_type_0_for_a_message_as_far_from_the_first_as_the_first_from_zero() {
    let input = [
        &[0x04, 0, 0, 23, 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1][..],
        &[0xC4, 0xAF, 1],
    ]
    .concat();
    assert_eq!(timestamps(&input), [23, 46]);
    // A second is the most that is taken for an interval.
    let input = [
        &[0x04, 0, 3, 0xE8, 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1][..],
        &[0xC4, 0xAF, 1],
    ]
    .concat();
    assert_eq!(timestamps(&input), [1000, 2000]);
}

#[test]
fn nginx_rtmp_and_rtmpdump_write_type_3_after_type_0_for_a_message_at_the_same_time() {
    let input = [
        &[0x04, 0, 3, 0xE9, 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1][..], // 1001 ms: no interval
        &[0xC4, 0xAF, 1],
        &[0xC4, 0xAF, 1],
        &[0x84, 0, 0, 23, 0xAF, 1],
        &[0xC4, 0xAF, 1], // after type 2, all agree
    ]
    .concat();
    assert_eq!(timestamps(&input), [1001, 1001, 1001, 1024, 1047]);
    // librtmp repeats extended timestamps in the middle of messages, but has none here.
    let input = [
        &set_chunk_size(1)[..],
        &[
            0x04, 0xFF, 0xFF, 0xFF, 0, 0, 2, 8, 1, 0, 0, 0, 0x01, 0x00, 0x00, 0x00, 0xAF,
        ],
        &[0xC4, 0x01, 0x00, 0x00, 0x00, 1],
        &[0xC4, 0xAF],
        &[0xC4, 0x01, 0x00, 0x00, 0x00, 1],
    ]
    .concat();
    assert_eq!(timestamps(&input)[1..], [0x0100_0000, 0x0100_0000]);
}

#[test]
fn gstreamer_begins_with_type_3_after_type_0_at_zero() {
    // Window Acknowledgement Size and Acknowledgement, both of 4 bytes and one type.
    let input = [
        &[0x02, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, 9][..],
        &[0xC2, 0, 0, 0, 18],
    ]
    .concat();
    assert_eq!(decode(&input)[1], message(2, 0, 0, 3, &[0, 0, 0, 18]));
}

#[test]
fn librtmp_and_cameras_open_chunk_stream_2_with_type_1() {
    // PingResponse
    let input = [0x42, 0, 0, 5, 0, 0, 6, 4, 0, 7, 1, 2, 3, 4];
    assert_eq!(decode(&input), [message(2, 0, 5, 4, &[0, 7, 1, 2, 3, 4])]);
}

#[test]
fn a_chunk_stream_that_begins_with_type_2_or_3_is_an_error_that_names_them() {
    // DJI Osmo Action does so on chunk stream 33: neither length nor type is known.
    let error = decode_error(&[0xA1, 0, 0, 0]);
    assert_eq!(error.to_string(), "chunk stream 33 begins with chunk type 2");
    assert_eq!(
        decode_error(&[0xC6]).to_string(),
        "chunk stream 6 begins with chunk type 3"
    );
}

#[test]
fn cameras_send_control_messages_on_other_chunk_streams_and_message_streams() {
    for chunk_stream in [3, 4, 5, 6] {
        let mut decoder = ChunkDecoder::new(&Limits::default());
        let mut input = set_chunk_size(4096);
        (input[0], input[8]) = (chunk_stream, 1);
        assert!(decoder.decode(&mut &input[..]).unwrap().is_some());
        assert_eq!(decoder.chunk_size().get(), 4096);
    }
}

#[test]
fn encoders_use_chunk_streams_that_nginx_rtmp_and_mediamtx_refuse() {
    for (basic, id) in [(&[45][..], 45), (&[0, 0], 64), (&[1, 0, 0x10], 64 + 4096)] {
        let input = [basic, &[0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0x17]].concat();
        assert_eq!(decode(&input)[0].chunk_stream.get(), id);
    }
}

#[test]
fn chunk_sizes_up_to_2147483647_are_taken_and_reserve_nothing() {
    // nginx-rtmp took 2 GB for it; joy4 sends 128 MiB, Flussonic more than 65536.
    for size in [0x7FFF_FFFF, 134_217_728, 65_537] {
        let mut decoder = ChunkDecoder::new(&Limits::default());
        assert!(decoder.decode(&mut &set_chunk_size(size)[..]).unwrap().is_some());
        assert_eq!(decoder.chunk_size().get(), size);
        let head = [0x06, 0, 0, 0, 0, 2, 0, 9, 1, 0, 0, 0];
        let input = [&head[..], &[0x27; 512]].concat();
        assert_eq!(
            decoder.decode(&mut &input[..]),
            Ok(Some(message(6, 1, 0, 9, &[0x27; 512])))
        );
    }
}

#[test]
fn ffmpeg_echoes_set_chunk_size_and_peers_repeat_it() {
    let input = [set_chunk_size(4096), set_chunk_size(4096), set_chunk_size(1)].concat();
    assert_eq!(decode(&input).len(), 3);
}

#[test]
fn messages_without_payload_and_of_one_byte_are_messages() {
    let input = [
        &[0x04, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0][..],
        &[0xC4],
        &[0x44, 0, 0, 1, 0, 0, 1, 9, 0x17],
        &[0x44, 0, 0, 1, 0, 0, 0, 9],
    ]
    .concat();
    assert_eq!(
        decode(&input),
        [
            message(4, 1, 1, 8, &[]),
            message(4, 1, 2, 8, &[]),
            message(4, 1, 3, 9, &[0x17]),
            message(4, 1, 4, 9, &[])
        ]
    );
}

#[test]
fn obs_sends_audio_video_and_data_on_one_chunk_stream() {
    let input = [
        &[0x04, 0, 0, 0, 0, 0, 1, 18, 1, 0, 0, 0, 0x02][..], // data
        &[0x44, 0, 0, 0, 0, 0, 2, 9, 0x17, 0],               // video
        &[0x44, 0, 0, 0, 0, 0, 2, 8, 0xAF, 0],               // audio
        &[0x84, 0, 0, 21, 0xAF, 1],                          // audio
        &[0x44, 0, 0, 12, 0, 0, 2, 9, 0x27, 1],              // video
    ]
    .concat();
    let kinds: Vec<_> = decode(&input)
        .iter()
        .map(|m| (m.kind.id(), m.timestamp.as_millis()))
        .collect();
    assert_eq!(kinds, [(18, 0), (9, 0), (8, 0), (8, 21), (9, 33)]);
}

#[test]
fn timestamps_may_go_back_and_sequence_headers_at_zero_may_come_at_any_time() {
    let at = |millis: [u8; 3]| {
        [
            0x04, millis[0], millis[1], millis[2], 0, 0, 2, 8, 1, 0, 0, 0, 0xAF, 1,
        ]
    };
    let input = [at([0, 2, 0]), at([0, 1, 0xF0]), at([0, 0, 0]), at([0, 2, 0])].concat();
    assert_eq!(timestamps(&input), [0x200, 0x1F0, 0, 0x200]);
}

#[test]
fn message_stream_ids_are_handed_out_as_they_came() {
    // Written with its high byte first, 1 becomes 16777216.
    let input = [0x04, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 1, 0x17];
    assert_eq!(decode(&input)[0].stream.get(), 16_777_216);
}

#[test]
fn a_header_repeated_within_a_message_continues_it() {
    let first = [0x06, 0, 0, 9, 0, 0, 3, 9, 1, 0, 0, 0, 0x17];
    for again in [&first[..12], &[0x46, 0, 0, 7, 0, 0, 3, 9], &[0x86, 0, 0, 7]] {
        let input = [&set_chunk_size(1)[..], &first, again, &[1], &[0xC6, 2]].concat();
        assert_eq!(decode(&input)[1..], [message(6, 1, 9, 9, &[0x17, 1, 2])]);
    }
}

#[test]
fn another_header_within_a_message_is_an_error() {
    let first = [0x06, 0, 0, 9, 0, 0, 3, 9, 1, 0, 0, 0, 0x17];
    for (fmt, other) in [
        (0, &[0x06, 0, 0, 9, 0, 0, 4, 9, 1, 0, 0, 0][..]), // length
        (0, &[0x06, 0, 0, 9, 0, 0, 3, 8, 1, 0, 0, 0]),     // type
        (0, &[0x06, 0, 0, 9, 0, 0, 3, 9, 2, 0, 0, 0]),     // message stream
        (1, &[0x46, 0, 0, 9, 0, 0, 4, 9]),
        (1, &[0x46, 0, 0, 9, 0, 0, 3, 8]),
    ] {
        let input = [&set_chunk_size(1)[..], &first, other].concat();
        let chunk_stream = ChunkStreamId::new(6).unwrap();
        assert_eq!(
            decode_error(&input),
            ChunkError::UnfinishedMessage {
                fmt,
                chunk_stream,
                missing: 2
            }
        );
    }
}
