//! The end, by whatever cause.

use super::*;

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
    let bytes = std::mem::take(&mut client.outbox);
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

#[test]
fn a_server_that_stops_answers_a_connect_that_waits() {
    let mut client = Client::new(|_| ());
    client.call(0, &connect("live")).unwrap();
    client.server.shut_down(client.now);
    assert_eq!(client.heard(), ["0: _error 1 NetConnection.Connect.AppShutdown"]);
}
