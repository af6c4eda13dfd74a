//! The end, by whatever cause.

use super::*;
use crate::message::ReconnectRequest;

#[test]
fn an_end_between_messages_is_clean() {
    let mut client = Client::fresh(|_| ());
    assert_eq!(client.server.handle_eof(client.now), Ok(()), "a port probe");
    let mut client = Client::publishing(|_| ());
    assert_eq!(client.server.handle_eof(client.now), Ok(()));
    assert_eq!(client.events(), ["1: closed"]);
    assert!(client.server.is_over());
    assert_eq!(client.server.error(), None);
}

#[test]
fn an_end_in_the_middle_of_something_is_not() {
    let error = Error::PeerMisbehaved(PeerMisbehaved::UnexpectedEof);
    let mut client = Client::fresh(|_| ());
    client.input(&[3]).unwrap();
    assert_eq!(client.server.handle_eof(client.now), Err(error.clone()));

    let mut client = Client::publishing(|_| ());
    client.write(&video(1, 0, "frame"));
    let bytes = client.wire.take();
    client.input(&bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(client.server.handle_eof(client.now), Err(error));
    assert_eq!(client.events(), ["1: closed"]);
}

#[test]
fn errors_stay() {
    let mut client = Client::connected(|_| ());
    // A chunk of type 3 on a chunk stream that has had no header.
    let error = client.input(&[0xC9]).unwrap_err();
    assert!(matches!(error, Error::Chunk(_)) && error.is_peer_fault());
    let bytes_in = client.server.stats().bytes_in;
    assert_eq!(client.call(0, &command("createStream", 2)), Err(error.clone()));
    assert_eq!(client.server.handle_timeout(client.now), Err(error.clone()));
    assert_eq!(client.server.handle_eof(client.now), Err(error.clone()));
    assert_eq!(client.server.error(), Some(&error));
    assert_eq!(client.server.stats().bytes_in, bytes_in);
    assert_eq!(client.heard(), [""; 0]);
}

#[test]
fn what_is_no_rtmp_is_an_error_and_gets_no_answer() {
    let mut client = Client::fresh(|_| ());
    let result = client.input(b"GET / HTTP/1.1\r\n");
    assert!(matches!(result, Err(Error::Handshake(_))));
    assert_eq!(client.drain(), [0; 0]);
}

#[test]
fn nothing_is_taken_after_close() {
    let mut client = Client::publishing(|_| ());
    client.write_command(0, &command("close", 0));
    client.write(&control(Control::WindowAcknowledgementSize(128)));
    client.write(&video(1, 0, &"x".repeat(1000)));
    client.write_command(0, &command("createStream", 9));
    client.flush().unwrap();
    assert!(client.server.is_over());
    client.call(0, &command("createStream", 10)).unwrap();
    assert_eq!(client.events(), ["1: closed"]);
    assert_eq!(client.heard(), [""; 0]);
    assert_eq!(client.server.handle_eof(client.now), Ok(()));
    assert_eq!(client.server.error(), None);
}

#[test]
fn a_server_that_stops_says_so_to_each_stream_and_to_the_connection() {
    let mut client = Client::publishing(|_| ());
    client.call(0, &command("createStream", 6)).unwrap();
    client.call(2, &play("b")).unwrap();
    client.grant();
    client.heard();
    client.server.shut_down(client.now);
    assert_eq!(
        client.heard(),
        [
            "StreamEOF 1",
            "1: onStatus 0 NetStream.Unpublish.Success",
            "StreamEOF 2",
            "2: onStatus 0 NetStream.Play.UnpublishNotify",
            "0: onStatus 0 NetConnection.Connect.AppShutdown"
        ]
    );
    assert_eq!(client.events(), ["1: closed", "2: closed"]);
    assert!(client.server.is_over() && client.server.error().is_none());
    client.server.shut_down(client.now);
    assert_eq!(client.heard(), [""; 0]);
}

/// A client that heeds requests to reconnect, and publishes.
fn reconnecting(configure: impl FnOnce(&mut ServerConfig)) -> Client {
    let mut client = Client::new(configure);
    let object = Object::new().with("app", "live").with("capsEx", 1.0);
    client
        .call(0, &command("connect", 1).with_object(object))
        .unwrap();
    client.grant();
    client.call(1, &publish("key")).unwrap();
    client.grant();
    client.heard();
    client
}

#[test]
fn a_client_that_is_asked_to_reconnect_goes_on_until_it_leaves() {
    let mut client = reconnecting(|_| ());
    let request = ReconnectRequest::to("rtmp://b/live");
    assert!(client.server.request_reconnect(&request, client.now));
    let message = client.messages().pop().unwrap();
    assert_eq!(message.stream, MessageStreamId::CONNECTION);
    let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
    assert_eq!(ReconnectRequest::from_command(&command), Some(request));
    client.send(&video(1, 40, "frame")).unwrap();
    assert_eq!(client.events(), ["1: Video @40 \"frame\""]);
    assert_eq!(client.server.handle_eof(client.now), Ok(()));
    assert_eq!(client.server.poll_timeout(), None);
}

#[test]
fn a_client_that_does_not_leave_is_shut_down_at_the_deadline_of_the_first_request() {
    let mut client = reconnecting(|config| config.limits.reconnect_timeout = seconds(10));
    let request = ReconnectRequest::default();
    assert!(client.server.request_reconnect(&request, client.now));
    client.wait(seconds(6)).unwrap();
    assert!(client.server.request_reconnect(&request, client.now));
    client.heard();
    client.wait(seconds(3)).unwrap();
    assert!(!client.server.is_over());
    client.wait(seconds(1)).unwrap();
    assert!(client.server.is_over() && client.server.error().is_none());
    assert_eq!(
        client.heard(),
        [
            "StreamEOF 1",
            "1: onStatus 0 NetStream.Unpublish.Success",
            "0: onStatus 0 NetConnection.Connect.AppShutdown"
        ]
    );
}

#[test]
fn only_a_connected_client_that_heeds_it_is_asked_to_reconnect() {
    let request = ReconnectRequest::default();
    let mut client = Client::publishing(|_| ());
    assert!(!client.server.request_reconnect(&request, client.now));
    assert_eq!(client.heard(), [""; 0]);

    let mut client = Client::new(|_| ());
    let object = Object::new().with("capsEx", 1.0);
    client
        .call(0, &command("connect", 1).with_object(object))
        .unwrap();
    assert!(!client.server.request_reconnect(&request, client.now));
    client.grant();
    assert!(client.server.request_reconnect(&request, client.now));
    client.server.shut_down(client.now);
    assert!(!client.server.request_reconnect(&request, client.now));
}

#[test]
fn a_server_that_stops_answers_a_connect_that_waits() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.server.shut_down(client.now);
    assert_eq!(client.heard(), ["0: _error 1 NetConnection.Connect.AppShutdown"]);
}
