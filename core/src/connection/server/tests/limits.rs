//! Limits: at the limit, and one beyond it.

use super::*;

#[test]
fn the_applications_name() {
    for (len, is_taken) in [(512, true), (513, false)] {
        let mut client = Client::new(|_| ());
        let result = client.call(0, &connect(&"a".repeat(len)));
        assert_eq!(result.is_ok(), is_taken);
        let heard = client.heard();
        assert_eq!(heard.is_empty(), is_taken);
        if !is_taken {
            assert_eq!(heard.last().unwrap(), "0: _error 1 NetConnection.Connect.Failed");
        }
    }
    let mut client = Client::new(|_| ());
    assert!(client.call(0, &connect("a\u{7}")).is_err());
}

#[test]
fn a_streams_name() {
    for (len, is_taken) in [(1024, true), (1025, false)] {
        for name in ["publish", "play"] {
            let mut client = Client::connected(|_| ());
            let command = command(name, 2).with("k".repeat(len));
            assert_eq!(client.call(1, &command).is_ok(), is_taken);
            assert_eq!(client.requests.len(), 0);
            client.events();
            assert_eq!(client.requests.len(), usize::from(is_taken));
        }
    }
}

#[test]
fn message_streams() {
    let mut client = Client::connected(|config| config.limits.max_message_streams = 2);
    for reply in [
        "0: _result 2 1",
        "0: _result 2 2",
        "0: _error 2 NetConnection.Call.Failed",
    ] {
        client.call(0, &command("createStream", 2)).unwrap();
        assert_eq!(client.heard().last().unwrap(), reply);
    }
    // Those that come to be by their use count as well.
    client.call(1, &publish("key")).unwrap();
    client.grant();
    client.heard();
    client.call(3, &publish("other")).unwrap();
    assert_eq!(client.heard(), ["3: onStatus 0 NetStream.Publish.Rejected"]);
    client.call(0, &command("deleteStream", 0).with(2.0)).unwrap();
    client.call(0, &command("createStream", 2)).unwrap();
    assert_eq!(client.heard(), ["0: _result 2 2"]);
}

#[test]
fn values_in_data() {
    for (depth, is_taken) in [(2, true), (3, false)] {
        let mut client = Client::publishing(|config| config.limits.max_amf_depth = 2);
        let open = b"\x03\x00\x01a".repeat(depth);
        let close = b"\x00\x00\x09".repeat(depth);
        let payload = [b"\x02\x00\x0AonMetaData", &open[..], b"\x05", &close[..]].concat();
        client
            .send(&message(MessageType::DataAmf0, 1, 0, &payload))
            .unwrap();
        assert_eq!(client.events().len(), usize::from(is_taken));
        assert_eq!(client.server.stats().messages_unclaimed, u64::from(!is_taken));
    }
    for (nulls, is_taken) in [(4, true), (5, false)] {
        let mut client = Client::publishing(|config| config.limits.max_amf_values = 5);
        let payload = [&b"\x02\x00\x0AonMetaData"[..], &[0x05].repeat(nulls)].concat();
        client
            .send(&message(MessageType::DataAmf0, 1, 0, &payload))
            .unwrap();
        assert_eq!(client.events().len(), usize::from(is_taken));
    }
}

/// Audio in a data message, a bare timecode.
#[test]
fn data_that_are_no_amf_have_no_limits_of_amf() {
    for payload in [&b"\xFF\xF1\x50\x80"[..], b"\x02\x00\x04name\xFF\xFF"] {
        let mut client = Client::publishing(|_| ());
        client
            .send(&message(MessageType::DataAmf0, 1, 0, payload))
            .unwrap();
        assert_eq!(client.events().len(), 1);
    }
}

#[test]
fn messages_in_an_aggregate() {
    // Audio without a payload; with its back pointer it has 15 bytes.
    let part = [0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11];
    for (count, is_taken) in [(3, true), (4, false)] {
        let mut client = Client::publishing(|config| config.limits.max_aggregate_parts = 3);
        let aggregate = message(MessageType::Aggregate, 1, 0, &part.repeat(count));
        let result = client.send(&aggregate);
        assert_eq!(
            result.err(),
            (!is_taken).then(|| PeerMisbehaved::TooManyParts.into())
        );
    }
}

#[test]
fn held_bytes_stop_the_reading_and_then_the_connection() {
    let mut client = Client::connected(|config| {
        config.limits.max_held_bytes = 1000;
        config.limits.max_partial_bytes = 1000;
    });
    client.call(1, &publish("key")).unwrap();
    assert!(client.server.wants_input());
    let frame = video(1, 0, &"x".repeat(500));
    client.send(&frame).unwrap();
    assert!(client.server.wants_input());
    client.send(&frame).unwrap();
    assert!(!client.server.wants_input());
    // A driver that goes on reading.
    client.send(&frame).unwrap();
    let error = Error::PeerMisbehaved(PeerMisbehaved::TooMuchHeld);
    assert_eq!(client.send(&frame), Err(error));
}

#[test]
fn held_messages_without_payload_count_too() {
    let mut client = Client::connected(|config| config.limits.max_held_bytes = 1000);
    client.call(1, &publish("key")).unwrap();
    for _ in 0..30 {
        client.send(&video(1, 0, "")).unwrap();
    }
    assert!(!client.server.wants_input());
    client.grant();
    assert!(client.server.wants_input());
}

#[test]
fn what_was_held_is_forgotten_with_its_request() {
    let mut client = Client::connected(|config| config.limits.max_held_bytes = 1000);
    client.call(0, &command("createStream", 2)).unwrap();
    client.call(0, &command("createStream", 3)).unwrap();
    client.call(2, &play("other")).unwrap();
    client.grant();
    for _ in 0..3 {
        client.call(1, &publish("key")).unwrap();
        client.send(&video(1, 0, &"x".repeat(1000))).unwrap();
        assert!(!client.server.wants_input());
        client.refuse(&Refusal::NameInUse);
        assert!(client.server.wants_input());
    }
}

#[test]
fn replies_that_nobody_takes_stop_the_reading() {
    let mut client = Client::connected(|config| config.limits.max_unsent_replies = 1000);
    // 18 bytes each: 12 of the header and 6.
    let ping = UserControl::PingRequest(1).to_message();
    for _ in 0..55 {
        client.send(&ping).unwrap();
    }
    assert!(client.server.wants_input());
    client.send(&ping).unwrap();
    assert!(!client.server.wants_input());
    client.server.transmit().advance(18);
    assert!(client.server.wants_input());
}

#[test]
fn a_message_longer_than_its_type_may_be() {
    let mut client = Client::connected(|config| config.limits.max_command_message = 100);
    let long = command("x", 0).with("y".repeat(100));
    assert!(matches!(client.call(0, &long), Err(Error::Chunk(_))));
}
