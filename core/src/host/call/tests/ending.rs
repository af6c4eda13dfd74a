//! How calls end.

use super::*;

#[test]
fn a_host_that_hangs_up_is_heard_and_the_server_has_a_moment() {
    let (mut world, stream) = World::publishing();
    let now = world.now;
    world
        .call
        .connection()
        .send_media(stream, frame("v"), now)
        .unwrap();
    world.call.connection().disconnect(now);
    assert_eq!(world.step(), Step::Stay, "it is not sent");
    world.heard.clear();
    world.run();
    assert!(matches!(
        world.heard[..],
        [
            ServerEvent::Media { .. },
            ServerEvent::StreamClosed { .. },
            ServerEvent::StreamClosed { .. }
        ] | [ServerEvent::Media { .. }, ServerEvent::StreamClosed { .. }]
    ));
    assert_eq!(world.step(), Step::HalfClose);
    world.call.half_closed(now);
    assert_eq!(world.step(), Step::Stay);
    world.call.handle_eof(now);
    assert_eq!(world.step(), Step::Close);
    assert!(world.call.is_over() && world.call.error().is_none());
    assert_eq!(world.dial(), None);
}

#[test]
fn a_server_that_keeps_its_side_open_is_not_waited_for_long() {
    let (mut world, _) = World::publishing();
    world.call.connection().disconnect(world.now);
    world.run();
    assert_eq!(world.step(), Step::HalfClose);
    world.call.half_closed(world.now);
    assert!(world.pass(1.0));
    assert_eq!(world.step(), Step::Close);
    assert!(world.call.is_over());
}

#[test]
fn what_could_not_be_sent_to_the_end_is_an_error() {
    let (mut world, stream) = World::publishing();
    let now = world.now;
    world
        .call
        .connection()
        .send_media(stream, frame("v"), now)
        .unwrap();
    world.call.connection().disconnect(now);
    assert_eq!(world.step(), Step::Stay);
    assert!(world.pass(5.0));
    assert_eq!(world.step(), Step::Close);
    assert!(matches!(
        world.call.error(),
        Some(CallError::Connection(Error::TimedOut(Timer::Stall)))
    ));
}

#[test]
fn what_breaks_the_socket_before_all_is_sent_is_an_error_and_after_that_none() {
    for is_sent in [false, true] {
        let (mut world, _) = World::publishing();
        world.call.connection().disconnect(world.now);
        if is_sent {
            world.sent();
        }
        world
            .call
            .handle_error(io::ErrorKind::ConnectionReset.into(), world.now);
        assert_eq!(world.step(), Step::Close);
        assert_eq!(world.call.error().is_none(), is_sent);
    }
}

#[test]
fn a_host_may_hang_up_before_there_is_a_socket() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    world.call.connection().disconnect(world.now);
    assert!(world.call.is_over() && world.call.error().is_none());
    assert_eq!(world.dial(), None);
    world.call.connected([1; 32].into(), world.now);
    assert!(world.sent().is_empty(), "too late");
}

#[test]
fn a_host_that_is_not_there_is_an_error_with_a_remedy_and_its_streams_end() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    let stream = world
        .call
        .connection()
        .publish("key", PublishMode::Live, world.now);
    world
        .call
        .dial_failed(io::ErrorKind::ConnectionRefused.into(), world.now);
    assert!(world.call.is_over());
    assert_eq!(
        world.error(),
        "a.example:1935 can't be reached: connection refused (check the port, and whether a server runs there)"
    );
    world.take_events();
    assert_eq!(world.events, [ClientEvent::StreamClosed { stream }]);
}

#[test]
fn what_the_host_asks_for_is_unsent_until_it_is_written_and_the_end_until_it_is_begun() {
    let (mut world, _) = World::publishing();
    assert!(!world.call.has_unsent() && !world.call.is_to_close());
    world.call.connection().ping(world.now);
    assert!(world.call.has_unsent() && !world.call.is_to_close());
    world.sent();
    assert!(!world.call.has_unsent());
    world.call.connection().disconnect(world.now);
    assert!(world.call.has_unsent() && world.call.is_to_close());
    world.sent();
    assert_eq!(world.step(), Step::HalfClose);
    assert!(!world.call.has_unsent() && !world.call.is_to_close());
}

#[test]
fn the_remedy_is_that_of_the_most_telling_error_of_all_addresses() {
    for (error, remedy) in [
        (
            io::ErrorKind::TimedOut.into(),
            " (check the host, and whether a firewall is in between)",
        ),
        // What the system has a number for is nothing about the name. 13: no permission, on Linux.
        (io::Error::from_raw_os_error(13), ""),
    ] {
        let mut world = World::new("rtmp://a.example/live/key", Role::Player);
        let said = error.to_string();
        let found = [1, 2].map(|number| ([192, 0, 2, number], 1935).into());
        let mut candidates = Candidates::new(found, world.call.poll_timeout());
        candidates.next(world.now).unwrap();
        candidates.failed(error);
        candidates.next(world.now).unwrap();
        candidates.failed(io::ErrorKind::NetworkUnreachable.into());
        let error = candidates.next(world.now).unwrap_err();
        world.call.dial_failed(error, world.now);
        let told = format!("a.example:1935 can't be reached: {said}; 2 addresses tried{remedy}");
        assert_eq!(world.error(), told);
    }
}

#[test]
fn a_host_that_does_not_answer_is_given_up() {
    let settings = ClientSettings {
        dial_timeout: Duration::from_secs(3),
        ..ClientSettings::default()
    };
    let url = "rtmp://a.example/live/key".parse().unwrap();
    let mut world = World::with(url, Role::Player, settings).unwrap();
    assert!(!world.pass(2.9));
    assert!(world.pass(0.1));
    assert!(world.call.is_over() && world.dial().is_none());
    assert!(
        world
            .error()
            .starts_with("a.example:1935 has not answered for 3 seconds: check host and port")
    );
}

#[test]
fn a_server_that_leaves_without_a_word_is_told_from_one_that_leaves_instead_of_answering() {
    let (mut world, stream) = World::publishing();
    world.call.handle_eof(world.now);
    assert!(matches!(world.call.error(), Some(CallError::Closed)));
    world.take_events();
    assert_eq!(world.events.last(), Some(&ClientEvent::StreamClosed { stream }));
    assert_eq!(world.step(), Step::Close);

    // A reset is what is seen of a server that closes with something unread.
    for error in [None, Some(io::ErrorKind::ConnectionReset)] {
        let (mut world, _) = World::publishing();
        world
            .call
            .connection()
            .publish("two", PublishMode::Live, world.now);
        match error {
            None => world.call.handle_eof(world.now),
            Some(error) => world.call.handle_error(error.into(), world.now),
        }
        assert!(matches!(
            world.call.error(),
            Some(CallError::Connection(Error::Unanswered(Unanswered::Publish)))
        ));
    }
}

#[test]
fn what_breaks_the_network_is_told_as_it_is() {
    let (mut world, _) = World::publishing();
    world
        .call
        .connection()
        .publish("two", PublishMode::Live, world.now);
    world.call.handle_error(io::ErrorKind::TimedOut.into(), world.now);
    assert!(matches!(world.call.error(), Some(CallError::Socket(_))));
    assert!(world.call.is_broken());
    assert_eq!(world.step(), Step::Close);
    assert_eq!(world.step(), Step::Stay, "there is no socket any more");
}

#[test]
fn a_refusal_is_the_end_with_the_servers_words() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    world.connect();
    let refusal = refusal("NetConnection.Connect.InvalidApp").with("description", "no such app");
    world.answer_connect(&Command::new("_error", 1.0).with(refusal));
    assert!(world.error().contains("no such app"), "{}", world.error());
    assert_eq!(world.step(), Step::HalfClose);
    world.call.handle_input(&mut [0; 100], world.now);
    world.call.handle_eof(world.now);
    assert_eq!(world.step(), Step::Close);
    assert!(world.call.is_over());
}

#[cfg(not(feature = "tls"))]
#[test]
fn what_can_not_be_spoken_is_not_dialled() {
    let url = "rtmps://a.example/live/key".parse().unwrap();
    let world = World::with(url, Role::Player, ClientSettings::default());
    assert!(matches!(world.err(), Some(CallError::NoTls)));
}

#[test]
fn the_urls_timeout_is_how_long_the_server_may_be_silent() {
    let silent = |url: &str| World::new(url, Role::Player);
    let mut world = silent("rtmp://a.example/live/key timeout=3");
    assert!(!world.pass(2.5));
    assert!(world.pass(0.6));
    assert!(
        world
            .error()
            .starts_with("a.example:1935 has not answered for 3 seconds")
    );

    let mut world = silent("rtmp://a.example/live/key timeout=3");
    world.connect();
    assert!(world.pass(3.1), "the handshake has a deadline");

    let mut world = silent("rtmp://a.example/live/key timeout=3");
    world.connect();
    world.run();
    assert!(world.pass(1.6), "a ping");
    world.run();
    assert!(world.pass(1.6), "another");
    assert!(world.pass(1.6), "and no answer");
    assert!(matches!(
        world.call.error(),
        Some(CallError::Connection(Error::TimedOut(Timer::PingResponse)))
    ));

    let mut world = silent("rtmp://a.example/live/key timeout=0");
    assert_eq!(world.call.poll_timeout(), None);
    assert!(!world.pass(1e6));
}
