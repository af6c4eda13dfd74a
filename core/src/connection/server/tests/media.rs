//! What becomes of a publisher's messages.

use super::*;

#[test]
fn media_on_no_published_stream_are_dropped_and_counted() {
    let mut client = Client::connected(|_| ());
    client.call(0, &command("createStream", 2)).unwrap();
    client.send(&video(1, 0, "too early")).unwrap();
    client.call(1, &play("key")).unwrap();
    client.grant();
    client.send(&video(1, 0, "from a player")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    assert_eq!(client.server.stats().messages_unclaimed, 2);
}

/// 0, another number, and 1 in the wrong byte order.
#[test]
fn a_wrong_message_stream_id_does_no_harm_if_only_one_stream_publishes() {
    for stream in [0, 7, 0x0100_0000] {
        let mut client = Client::publishing(|_| ());
        client.send(&video(stream, 0, "frame")).unwrap();
        assert_eq!(client.events(), ["1: Video @0 \"frame\""]);
    }
}

#[test]
fn with_two_publishers_a_wrong_message_stream_id_names_nobody() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("createStream", 6)).unwrap();
    client.call(2, &publish("b")).unwrap();
    client.grant();
    client.send(&video(0, 0, "frame")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    assert_eq!(client.server.stats().messages_unclaimed, 1);
}

#[test]
fn the_set_data_frame_and_the_format_byte_are_taken_off() {
    let named = b"\x02\x00\x0D@setDataFrame\x02\x00\x04name";
    let plain = b"\x02\x00\x04name";
    for (kind, format) in [
        (MessageType::DataAmf0, &[][..]),
        (MessageType::DataAmf3, &[0]),
        (MessageType::DataAmf3, &[]),
    ] {
        for body in [&named[..], plain] {
            let mut client = Client::publishing(|_| ());
            let payload = [format, body].concat();
            client.send(&message(kind, 1, 0, &payload)).unwrap();
            assert_eq!(client.events(), ["1: Data @0 \"\\u{2}\\0\\u{4}name\""]);
        }
    }
}

#[test]
fn the_order_to_forget_metadata_is_known_in_both_types() {
    let order = b"\x02\x00\x0F@clearDataFrame\x02\x00\x0AonMetaData";
    for (kind, format) in [(MessageType::DataAmf0, &[][..]), (MessageType::DataAmf3, &[0])] {
        let mut client = Client::publishing(|_| ());
        let payload = [format, order].concat();
        client.send(&message(kind, 1, 0, &payload)).unwrap();
        let Some(ServerEvent::Media { message, .. }) = client.server.poll_event() else {
            unreachable!("a data message");
        };
        assert_eq!(message.class(), crate::media::Class::ClearMetadata);
    }
}

/// Two records: audio at 1000 ms, video at 1023 ms; the aggregate says 5000 ms.
#[test]
fn aggregates_are_taken_apart() {
    #[rustfmt::skip]
    let body = [
        0x08, 0, 0, 1, 0x00, 0x03, 0xE8, 0x00, 0, 0, 0, b'a', 0, 0, 0, 12,
        0x09, 0, 0, 1, 0x00, 0x03, 0xFF, 0x00, 0, 0, 0, b'v', 0, 0, 0, 12,
    ];
    let parts = ["1: Audio @5000 \"a\"", "1: Video @5023 \"v\""];
    let aggregate = message(MessageType::Aggregate, 1, 5000, &body);
    let mut client = Client::publishing(|_| ());
    client.send(&aggregate).unwrap();
    assert_eq!(client.events(), parts);

    let mut client = Client::connected(|_| ());
    client.write_command(1, &publish("key"));
    client.write(&aggregate);
    client.flush().unwrap();
    client.grant();
    assert_eq!(client.events(), parts, "those that were held, too");
}

#[test]
fn empty_messages_and_any_timestamps_are_passed_on() {
    let mut client = Client::publishing(|_| ());
    for millis in [u32::MAX, 0, 0xFF_FFFF, 5] {
        client.send(&video(1, millis, "")).unwrap();
    }
    assert_eq!(
        client.events(),
        [
            "1: Video @4294967295 \"\"",
            "1: Video @0 \"\"",
            "1: Video @16777215 \"\"",
            "1: Video @5 \"\""
        ]
    );
}
