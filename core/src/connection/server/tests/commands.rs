//! Commands beside publish and play.

use super::*;

#[test]
fn create_stream_counts_from_1_and_gives_freed_numbers_again() {
    let mut client = Client::connected(|_| ());
    for (transaction_id, reply) in [(2, "0: _result 2 1"), (3, "0: _result 3 2")] {
        client.call(0, &command("createStream", transaction_id)).unwrap();
        assert_eq!(client.heard(), [reply]);
    }
    client.call(0, &command("deleteStream", 0).with(1.0)).unwrap();
    client.call(0, &command("createStream", 4)).unwrap();
    assert_eq!(client.heard(), ["0: _result 4 1"]);
}

#[test]
fn the_fields_side_commands_are_answered_and_never_close() {
    let mut client = Client::connected(|_| ());
    for (name, replies) in [
        ("_checkbw", vec!["0: _result 8 Undefined"]),
        ("checkBandwidth", vec!["0: _result 8 Undefined"]),
        ("releaseStream", vec!["0: _result 8 Undefined"]),
        ("getStreamLength", vec!["0: _result 8 0"]),
        (
            "FCSubscribe",
            vec![
                "0: _result 8 Undefined",
                "0: onFCSubscribe 0 NetStream.Play.Start",
            ],
        ),
        (
            "FCUnsubscribe",
            vec![
                "0: _result 8 Undefined",
                "0: onFCUnsubscribe 0 NetStream.Play.Stop",
            ],
        ),
        ("FCUnpublish", vec!["0: _result 8 Undefined"]),
    ] {
        client.call(0, &command(name, 8).with("key")).unwrap();
        assert_eq!(client.heard(), replies, "{name}");
        client.call(0, &command(name, 0).with("key")).unwrap();
        assert_eq!(client.heard(), replies[1..], "{name} wants no answer");
    }
    assert_eq!(client.events(), [""; 0]);
}

#[test]
fn unknown_commands_get_an_empty_result_and_go_to_the_host() {
    let mut client = Client::connected(|_| ());
    client
        .call(0, &command("NetStream.Authenticate.UsherToken", 6))
        .unwrap();
    assert_eq!(client.heard(), ["0: _result 6 Null"]);
    client.call(0, &command("set_playlist", 0)).unwrap();
    assert_eq!(client.heard(), [""; 0]);
    assert_eq!(
        client.events(),
        ["0: message CommandAmf0", "0: message CommandAmf0"]
    );
}

#[test]
fn answers_that_nobody_asked_for_are_ignored() {
    let mut client = Client::connected(|_| ());
    for name in ["_result", "_error", "onStatus"] {
        client.call(0, &command(name, 99)).unwrap();
    }
    assert_eq!((client.heard(), client.events()), (vec![], vec![]));
}

#[test]
fn names_are_taken_in_any_case() {
    let mut client = Client::connected(|_| ());
    client.call(0, &command("CREATESTREAM", 2)).unwrap();
    assert_eq!(client.heard(), ["0: _result 2 1"]);
}

#[test]
fn delete_stream_without_a_number_that_can_be_one_does_nothing() {
    let mut client = Client::publishing(|_| ());
    for argument in [
        Value::Null,
        Value::Number(-1.0),
        Value::Number(f64::NAN),
        Value::Number(9.0),
    ] {
        client
            .call(0, &command("deleteStream", 0).with(argument))
            .unwrap();
    }
    client.call(0, &command("deleteStream", 0)).unwrap();
    assert_eq!(client.events(), [""; 0]);
}

#[test]
fn commands_of_type_17_are_read_with_and_without_their_format_byte() {
    for format in [&[0x00][..], &[]] {
        let mut client = Client::connected(|_| ());
        let mut payload = format.to_vec();
        command("createStream", 2).encode(&mut payload);
        client
            .send(&message(MessageType::CommandAmf3, 0, 0, &payload))
            .unwrap();
        assert_eq!(client.heard(), ["0: _result 2 1"]);
    }
}

#[test]
fn a_command_that_is_none_ends_the_connection() {
    let mut client = Client::connected(|_| ());
    let result = client.send(&message(MessageType::CommandAmf0, 0, 0, &[0x05]));
    assert!(matches!(result, Err(Error::Command(_))));
    assert!(client.server.error().unwrap().is_peer_fault());
}

#[test]
fn types_that_are_not_understood_go_to_the_host() {
    let mut client = Client::connected(|_| ());
    for kind in [7, 16, 19, 21, 255] {
        client
            .send(&message(MessageType::from(kind), 0, 0, b"?"))
            .unwrap();
    }
    assert_eq!(client.events().len(), 5);
}
