//! Connections that follow from others.

use super::*;

#[test]
fn a_redirection_is_followed_with_the_streams_and_none_of_them_has_ended() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    let stream = world
        .call
        .connection()
        .publish("key", PublishMode::Live, world.now);
    world.connect();
    world.answer_connect(&redirect("rtmp://b.example:1936/other"));
    assert_eq!(world.dial(), None, "there is the first socket");
    let two = world
        .call
        .connection()
        .publish("two", PublishMode::Live, world.now);
    assert_eq!(world.step(), Step::Close, "nothing is to be said");
    assert_eq!(world.dial().as_deref(), Some("b.example:1936"));
    assert!(!world.call.is_over() && world.call.error().is_none());
    world.connect();
    world.run();
    assert_eq!(world.server.connect().app, "other");
    let granted = |stream: StreamHandle| ClientEvent::Publishing { stream };
    assert_eq!(
        world.events[world.events.len() - 2..],
        [granted(stream), granted(two)]
    );
    let has_closed = |event: &ClientEvent| matches!(event, ClientEvent::StreamClosed { .. });
    assert!(!world.events.iter().any(has_closed));
}

#[test]
fn what_comes_behind_a_redirection_is_not_heard_and_what_is_not_there_is_an_error() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    world.connect();
    world.answer_connect(&redirect("rtmp://b.example/other"));
    world.call.handle_input(&mut [0xFF; 64], world.now);
    world.call.handle_eof(world.now);
    assert!(world.call.error().is_none());
    assert_eq!(world.step(), Step::Close);
    world
        .call
        .dial_failed(io::ErrorKind::ConnectionRefused.into(), world.now);
    assert!(world.call.is_over());
    assert!(world.error().starts_with("b.example:1935 can't be reached"));
}

#[test]
fn redirections_come_to_an_end() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    for _ in 0..5 {
        world.connect();
        world.answer_connect(&redirect("rtmp://a.example/live"));
        assert_eq!(world.step(), Step::Close);
    }
    world.connect();
    world.answer_connect(&redirect("rtmp://a.example/live"));
    assert!(world.error().ends_with("(connect to the server that it names)"));
    assert_eq!(world.step(), Step::HalfClose);
}

#[test]
fn a_server_that_can_not_read_the_handshake_is_given_the_simple_one() {
    for is_reset in [false, true] {
        let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
        world.connect();
        let digest = world.sent();
        if is_reset {
            let reset = io::ErrorKind::ConnectionReset;
            world.call.handle_error(reset.into(), world.now);
        } else {
            world.call.handle_eof(world.now);
        }
        assert_eq!(world.step(), Step::Close);
        assert_eq!(world.dial().as_deref(), Some("a.example:1935"));
        world.connect();
        let simple = world.call.transmit().chunk().to_vec();
        assert_eq!((digest.len(), simple.len()), (1 + PACKET_LEN, 1 + PACKET_LEN));
        assert_ne!(digest[5..9], [0; 4], "a version of Flash Player");
        assert_eq!(simple[5..9], [0; 4]);
        world.run();
        assert_eq!(
            world.call.connection().handshake_kind(),
            Some(handshake::Kind::Simple)
        );
        assert!(!world.call.is_over());
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_request_that_can_not_be_followed_is_declined_once() {
    let (mut world, _) = World::publishing();
    let request = ReconnectRequest::to("rtmps://b.example/live");
    assert!(world.server.request_reconnect(&request, world.now));
    world.run();
    assert!(world.pass(5.0));
    assert!(!world.call.reconnect(world.now));
    world.call.handle_eof(world.now);
    world.take_events();
    let reason = NotFollowed::NoTls;
    let declined = ClientEvent::ReconnectDeclined { request, reason };
    let told = world.events.iter().filter(|event| **event == declined);
    assert_eq!(told.count(), 1, "{:?}", world.events);
    assert_eq!(world.dial(), None);
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_server_whose_request_was_declined_may_ask_for_something_else() {
    let (mut world, _) = World::publishing();
    for to in ["rtmps://b.example/live", "rtmp://b.example/live"] {
        let information = ReconnectRequest::to(to).to_command();
        let message = information.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
        let mut bytes = Vec::new();
        encode(&message, ChunkSize::INITIAL, &mut bytes);
        world.call.handle_input(&mut bytes, world.now);
        assert!(world.pass(5.0));
        world.run();
    }
    assert_eq!(world.step(), Step::HalfClose);
}

#[test]
fn a_player_that_is_asked_to_reconnect_does_it_at_once() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Player);
    let stream = world.call.connection().play(PlayOptions::new("key"), world.now);
    world.connect();
    world.run();
    let request = ReconnectRequest::to("//b.example/live");
    assert!(world.server.request_reconnect(&request, world.now));
    world.heard.clear();
    world.run();
    assert!(
        matches!(world.heard[..], [ServerEvent::StreamClosed { .. }, ..]),
        "{:?}",
        world.heard
    );
    // The server may have something on its way: it is read to the end.
    assert_eq!(world.step(), Step::HalfClose);
    world.call.half_closed(world.now);
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert_eq!(world.dial().as_deref(), Some("b.example:1935"));
    world.connect();
    world.run();
    assert_eq!(world.events.last(), Some(&ClientEvent::Playing { stream }));
}

#[test]
fn a_publisher_that_is_asked_to_reconnect_has_time_to_come_to_a_key_frame() {
    for waits in [false, true] {
        let (mut world, stream) = World::publishing();
        let request = ReconnectRequest::to("/elsewhere");
        assert!(world.server.request_reconnect(&request, world.now));
        world.run();
        assert_eq!(
            world.events.last(),
            Some(&ClientEvent::ReconnectRequested(request))
        );
        assert!(world.call.wants_to_reconnect() && world.call.connection().wants_media(stream));
        if waits {
            assert!(world.pass(5.0));
        } else {
            assert!(world.call.reconnect(world.now));
        }
        assert!(!world.call.wants_to_reconnect() && !world.call.reconnect(world.now));
        let early = world.call.connection().send_media(stream, frame("v"), world.now);
        assert_eq!(early, Err(ApiMisuse::UnknownStream));
        assert!(world.call.connection().has_stream(stream));
        world.run();
        assert_eq!(world.step(), Step::HalfClose);
        world.call.handle_eof(world.now);
        assert_eq!(world.step(), Step::Close);
        world.connect();
        world.run();
        assert_eq!(world.server.connect().app, "elsewhere");
        assert_eq!(world.events.last(), Some(&ClientEvent::Publishing { stream }));
    }
}

#[test]
fn a_server_that_asks_to_reconnect_and_leaves_is_followed() {
    let (mut world, _) = World::publishing();
    let request = ReconnectRequest::default();
    assert!(world.server.request_reconnect(&request, world.now));
    world.run();
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert_eq!(world.dial().as_deref(), Some("a.example:1935"));
    let has_closed = |event: &ClientEvent| matches!(event, ClientEvent::StreamClosed { .. });
    assert!(!world.events.iter().any(has_closed));
}

#[test]
fn a_request_to_reconnect_where_nobody_must_be_sent_changes_nothing() {
    let (mut world, stream) = World::publishing();
    let request = ReconnectRequest::to("http://b.example/");
    assert!(world.server.request_reconnect(&request, world.now));
    world.run();
    let reason = NotFollowed::NoUrl;
    assert_eq!(
        world.events.last(),
        Some(&ClientEvent::ReconnectDeclined { request, reason })
    );
    assert!(!world.call.wants_to_reconnect() && !world.call.reconnect(world.now));
    assert!(world.call.connection().wants_media(stream));
    assert_eq!(world.step(), Step::Stay);
}

#[test]
fn a_server_that_wants_its_publisher_elsewhere_is_left_before_a_key_frame() {
    let (mut world, stream) = World::publishing();
    let (key, inter) = (frame("\x17\x01\0\0\0k"), frame("\x27\x01\0\0\0i"));
    world.call.reconnect_before(stream, &key, world.now);
    assert!(world.call.connection().wants_media(stream), "nobody has asked");
    assert!(
        world
            .server
            .request_reconnect(&ReconnectRequest::default(), world.now)
    );
    world.run();
    world.call.reconnect_before(stream, &inter, world.now);
    assert!(world.call.wants_to_reconnect() && world.call.connection().wants_media(stream));
    world.call.reconnect_before(stream, &key, world.now);
    assert!(!world.call.wants_to_reconnect() && !world.call.connection().wants_media(stream));
    assert!(world.call.connection().has_stream(stream));
}
