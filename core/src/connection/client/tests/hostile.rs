//! Servers that answer twice, late, half, or something else.

use super::*;
use crate::message::ReconnectRequest;

#[test]
fn a_server_that_says_close_instead_of_an_answer_has_refused() {
    let close = command("close", 0);
    let mut server = Server::connected(target(), |_| ());
    server.client.publish("key", PublishMode::Live, server.now);
    server.call(0, &result(4, 1.0)).unwrap();
    let error = server.call(0, &close).unwrap_err();
    assert!(error.to_string().contains("check the stream key"), "{error}");

    let mut server = Server::fresh(target(), |_| ()).shake();
    let error = server.call(0, &close).unwrap_err();
    assert!(error.to_string().contains("check the application"), "{error}");

    let (mut server, _) = Server::publishing(|_| ());
    server.call(0, &close).unwrap();
    assert!(server.client.is_over(), "nothing was owed");
}

/// nginx-rtmp answers each createStream with 1.
#[test]
fn the_message_stream_of_another_stream_is_not_deleted_with_one_that_nobody_wants_any_more() {
    let (mut server, first) = Server::publishing(|_| ());
    let second = server.client.publish("two", PublishMode::Live, server.now);
    server.client.close(second, server.now);
    server.heard();
    server.call(0, &result(8, 1.0)).unwrap();
    assert_eq!(server.heard(), [""; 0]);
    assert!(server.client.wants_media(first));
}

#[test]
fn who_has_left_is_not_sent_elsewhere() {
    let (mut server, _) = Server::publishing(|_| ());
    server
        .call(0, &ReconnectRequest::to("rtmp://b/live").to_command())
        .unwrap();
    assert!(server.client.next_attempt().is_some());
    server.client.disconnect(server.now);
    assert!(server.client.next_attempt().is_none());
}

#[test]
fn metadata_in_the_place_of_a_status_are_not_lost() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    // What is not of the stream is no beginning: |RtmpSampleAccess, and anything unknown.
    for other in [
        &b"\x02\x00\x11|RtmpSampleAccess\x01\x01\x01\x01"[..],
        b"\x02\x00\x02hi",
    ] {
        server.send(&data(1, other)).unwrap();
    }
    assert_eq!(server.events(), [""; 0]);
    server.send(&data(1, b"\x02\x00\x0AonMetaData\x05")).unwrap();
    server.send(&video(1, 0, "v")).unwrap();
    let events = server.events();
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(events[0], "0: playing");
    assert!(events[1].contains("onMetaData"), "{events:?}");
}

#[test]
fn words_of_a_request_to_reconnect_can_go_to_a_log() {
    let (mut server, _) = Server::publishing(|_| ());
    let mut request = ReconnectRequest::to("rtmp://b/live");
    request.description = Some(format!("\x1B[2J{}", "x".repeat(9000)));
    server.call(0, &request.to_command()).unwrap();
    let mut told = request.clone();
    told.description = Some(format!("[2J{}", "x".repeat(509)));
    assert_eq!(
        server.client.poll_event(),
        Some(ClientEvent::ReconnectRequested(told))
    );
    request.tc_url = Some("rtmp://b/live\n".to_owned());
    server.call(0, &request.to_command()).unwrap();
    request.tc_url = Some("rtmp://b/live".to_owned());
    request.description = Some(format!("[2J{}", "x".repeat(509)));
    let reason = NotFollowed::NoUrl;
    assert_eq!(
        server.client.poll_event(),
        Some(ClientEvent::ReconnectDeclined { request, reason })
    );
}

/// FMS remarks that a publisher sends nothing, and lets it go on; others end it.
#[test]
fn a_publisher_that_is_idle_is_ended_by_an_error_only() {
    let (mut server, stream) = Server::publishing(|_| ());
    server.call(1, &status("NetStream.Publish.Idle")).unwrap();
    assert_eq!(server.events(), ["Some(0): status NetStream.Publish.Idle"]);
    assert!(server.client.wants_media(stream));
    server.call(1, &failure("NetStream.Publish.Idle")).unwrap();
    assert!(!server.client.wants_media(stream));
}
