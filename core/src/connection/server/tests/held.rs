//! A request that waits for the host holds back what depends on it, and nothing else.

use super::*;

/// A client with two message streams.
fn client() -> Client {
    let mut client = Client::connected(|_| ());
    client.write_command(0, &command("createStream", 2));
    client.write_command(0, &command("createStream", 3));
    client.flush().unwrap();
    client.heard();
    client
}

#[test]
fn media_in_the_read_of_publish_come_after_the_answer_whole_and_in_order() {
    let mut client = client();
    client.write_command(1, &publish("key"));
    client.write(&message(
        MessageType::DataAmf0,
        1,
        0,
        b"\x02\x00\x0D@setDataFrame\x02\x00\x02hi",
    ));
    client.write(&video(1, 0, "header"));
    client.write(&message(MessageType::Audio, 1, 1, b"sound"));
    client.write(&video(1, 2, "frame"));
    client.flush().unwrap();
    assert_eq!(client.events(), ["1: publish live/key Live"]);
    client.send(&video(1, 42, "later")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    client.grant();
    assert_eq!(
        client.events(),
        [
            "1: Data @0 \"\\u{2}\\0\\u{2}hi\"",
            "1: Video @0 \"header\"",
            "1: Audio @1 \"sound\"",
            "1: Video @2 \"frame\"",
            "1: Video @42 \"later\"",
        ]
    );
    assert_eq!(client.server.stats().messages_unclaimed, 0);
}

#[test]
fn the_end_of_a_stream_waits_behind_its_media() {
    for end in [
        command("FCUnpublish", 0).with("key"),
        command("closeStream", 0),
        command("deleteStream", 0).with(1.0),
        command("close", 0),
        publish("next"),
    ] {
        let mut client = client();
        client.write_command(1, &publish("key"));
        client.write(&video(1, 0, "frame"));
        client.write_command(1, &end);
        client.flush().unwrap();
        assert_eq!(client.events(), ["1: publish live/key Live"]);
        client.grant();
        assert_eq!(
            client.events()[..2],
            ["1: Video @0 \"frame\"", "1: closed"],
            "{}",
            end.name
        );
    }
}

#[test]
fn of_a_refused_publish_nothing_is_forwarded() {
    let mut client = client();
    client.call(2, &play("other")).unwrap();
    client.grant();
    client.write_command(1, &publish("key"));
    client.write(&video(1, 0, "frame"));
    client.flush().unwrap();
    client.refuse(&Refusal::Denied("no".into()));
    client.send(&video(1, 40, "frame")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    assert!(!client.server.is_over(), "the other stream plays");
    assert!(client.server.wants_input());
}

/// The media of the refused one are not those of the other.
#[test]
fn of_a_refused_publish_nothing_is_forwarded_to_another_stream() {
    let mut client = client();
    client.call(2, &publish("other")).unwrap();
    client.grant();
    client.call(1, &publish("key")).unwrap();
    client.refuse(&Refusal::NameInUse);
    client.send(&video(1, 40, "frame")).unwrap();
    assert_eq!(client.events(), [""; 0]);
    assert_eq!(client.server.stats().messages_unclaimed, 1);
}

#[test]
fn requests_may_be_answered_in_any_order_and_other_streams_go_on() {
    let mut client = client();
    client.write_command(1, &publish("a"));
    client.write_command(2, &publish("b"));
    client.write(&video(1, 1, "to a"));
    client.write(&video(2, 2, "to b"));
    client.write_command(0, &command("createStream", 4));
    client.flush().unwrap();
    assert_eq!(
        client.events(),
        ["1: publish live/a Live", "2: publish live/b Live"]
    );
    assert_eq!(client.heard(), ["0: _result 4 3"]);
    let (a, b) = (client.request(), client.request());
    client.server.accept(b, client.now).unwrap();
    assert_eq!(client.events(), ["2: Video @2 \"to b\""]);
    client.server.accept(a, client.now).unwrap();
    assert_eq!(client.events(), ["1: Video @1 \"to a\""]);
}

#[test]
fn a_request_is_answered_once() {
    let mut client = client();
    client.call(1, &publish("key")).unwrap();
    let request = client.request();
    client.server.accept(request, client.now).unwrap();
    let misuse = ApiMisuse::UnknownRequest;
    assert_eq!(
        client.server.accept(request, client.now),
        Err(Error::ApiMisuse(misuse))
    );
    assert!(!Error::from(misuse).is_peer_fault());
    assert_eq!(
        client.server.reject(request, &Refusal::NotFound, client.now),
        Err(misuse)
    );
    assert!(!client.server.is_over());
}

#[test]
fn a_fault_in_what_was_held_is_found_when_it_is_handled() {
    let mut client = Client::new(|_| ());
    client.write_command(0, &connect("live"));
    client.write(&message(MessageType::CommandAmf0, 0, 0, &[0x05]));
    client.write_command(0, &command("createStream", 2));
    client.flush().unwrap();
    let request = client.request();
    assert!(matches!(
        client.server.accept(request, client.now),
        Err(Error::Command(_))
    ));
    assert!(client.server.is_over());
    assert_eq!(client.heard(), CONNECTED, "and nothing after it");
}

#[test]
fn a_connection_that_ends_withdraws_its_requests() {
    let mut client = client();
    client.call(1, &publish("a")).unwrap();
    client.call(2, &play("b")).unwrap();
    let requests = [client.request(), client.request()];
    assert_eq!(client.server.handle_eof(client.now), Ok(()));
    assert_eq!(client.events(), ["1: closed", "2: closed"]);
    for request in requests {
        assert_eq!(
            client.server.accept(request, client.now),
            Err(ApiMisuse::UnknownRequest.into())
        );
    }
    assert_eq!(client.heard(), [""; 0]);
}
