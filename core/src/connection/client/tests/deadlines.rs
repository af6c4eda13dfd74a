//! What a server has to do in time.

use super::*;

#[test]
fn the_handshake_and_each_answer_have_a_deadline() {
    let mut server = Server::fresh(target(), |_| ());
    assert_eq!(server.wait(seconds(10)), Err(Error::TimedOut(Timer::Handshake)));
    let mut server = Server::fresh(target(), |_| ()).shake();
    assert_eq!(server.wait(seconds(14)), Ok(()));
    assert_eq!(server.wait(seconds(1)), Err(Error::TimedOut(Timer::Answer)));
    assert_eq!(server.client.poll_timeout(), None);

    let mut server = Server::connected(target(), |_| ());
    assert_eq!(server.wait(seconds(15)), Ok(()), "nothing has been asked for");
    server.client.publish("key", PublishMode::Live, server.now);
    server.heard();
    server.call(0, &result(4, 1.0)).unwrap();
    server.heard();
    assert_eq!(server.wait(seconds(14)), Ok(()));
    assert_eq!(server.wait(seconds(1)), Err(Error::TimedOut(Timer::Answer)));
}

#[test]
fn a_play_may_wait_for_its_publisher() {
    let mut server = Server::connected(target().to_play(), |_| ());
    server.client.play(PlayOptions::new("key"), server.now);
    server.call(0, &result(2, 1.0)).unwrap();
    server.drain();
    assert_eq!(server.wait(seconds(19)), Ok(()));
}

#[test]
fn a_silent_server_is_sent_a_ping_and_has_gone_if_it_does_not_answer() {
    let (mut server, _) = Server::playing(|_| ());
    assert_eq!(server.wait(seconds(20)), Ok(()));
    assert_eq!(server.heard(), ["PingRequest(20000)"]);
    server.send(&control(UserControl::PingResponse(None))).unwrap();
    assert_eq!(server.wait(seconds(20)), Ok(()));
    assert_eq!(server.heard(), ["PingRequest(40000)"]);
    assert_eq!(
        server.wait(seconds(20)),
        Err(Error::TimedOut(Timer::PingResponse))
    );
}

/// As after a long pause: the ping is due before what has come is read, in one turn at one time.
#[test]
fn what_is_read_at_the_time_of_the_ping_answers_it() {
    let (mut server, _) = Server::playing(|_| ());
    for millis in [20_000, 40_000, 60_000] {
        assert_eq!(server.wait(seconds(20)), Ok(()));
        assert_eq!(server.heard(), [format!("PingRequest({millis})")]);
        let news = UserControl::StreamBegin(MessageStreamId::new(7));
        server.send(&control(news)).unwrap();
    }
}

#[test]
fn the_hosts_own_pings_neither_prove_that_a_server_is_there_nor_that_it_is_not() {
    let (mut server, _) = Server::playing(|_| ());
    assert_eq!(server.wait(seconds(20)), Ok(()));
    server.drain();
    server.now += seconds(15);
    server.client.ping(server.now);
    server.drain();
    server.now += seconds(5);
    let gone = Err(Error::TimedOut(Timer::PingResponse));
    assert_eq!(server.client.handle_timeout(server.now), gone);

    let (mut server, _) = Server::playing(|_| ());
    assert_eq!(server.wait(seconds(20)), Ok(()));
    server.drain();
    server.now += seconds(15);
    server.send(&control(UserControl::PingResponse(None))).unwrap();
    server.client.ping(server.now);
    assert_eq!(server.wait(seconds(5)), Ok(()), "it has answered");
}

#[test]
fn a_round_trip_that_the_host_measures_is_not_cut_short_by_a_ping_for_silence() {
    let (mut server, _) = Server::playing(|_| ());
    server.now += seconds(19);
    server.client.ping(server.now);
    assert_eq!(server.wait(seconds(1)), Ok(()));
    assert_eq!(server.heard(), ["PingRequest(19000)", "PingRequest(20000)"]);
    server.now += seconds(1);
    server
        .send(&control(UserControl::PingResponse(Some(19_000))))
        .unwrap();
    assert_eq!(server.events(), ["pong after 2s"]);
}

#[test]
fn the_round_trip_is_that_of_the_ping_that_was_answered() {
    for numbered in [true, false] {
        let (mut server, _) = Server::playing(|_| ());
        assert_eq!(server.wait(seconds(20)), Ok(()));
        assert_eq!(server.heard(), ["PingRequest(20000)"]);
        server.now += seconds(1);
        let news = UserControl::StreamBegin(MessageStreamId::new(7));
        server.send(&control(news)).unwrap();
        // The ping is not late, and not answered either.
        assert_eq!(server.wait(seconds(14)), Ok(()));
        assert_eq!(server.wait(seconds(6)), Ok(()));
        assert_eq!(server.heard(), ["PingRequest(41000)"]);
        server.now += seconds(1);
        let answer = UserControl::PingResponse(numbered.then_some(41_000));
        server.send(&control(answer)).unwrap();
        assert_eq!(server.events(), ["pong after 1s"]);
    }
}

#[test]
fn a_server_to_which_nobody_listens_is_not_late() {
    let (mut server, _) = Server::playing(|_| ());
    server.client.publish("two", PublishMode::Live, server.now);
    server.drain();
    for _ in 0..10 {
        server.now += seconds(14);
        server.client.hold_input(server.now);
        assert_eq!(server.client.handle_timeout(server.now), Ok(()));
    }
    assert_eq!(server.wait(seconds(14)), Ok(()));
    let late = Err(Error::TimedOut(Timer::Answer));
    assert_eq!(server.wait(seconds(1)), late, "now it has been listened to");
}

#[test]
fn a_server_that_takes_what_is_published_may_be_silent_and_is_not_pinged() {
    let (mut server, stream) = Server::publishing(|_| ());
    for _ in 0..4 {
        assert_eq!(server.wait(seconds(20)), Ok(()));
        assert_eq!(server.heard(), [""; 0]);
    }
    server.client.close(stream, server.now);
    server.drain();
    assert_eq!(server.wait(seconds(20)), Ok(()));
    assert_eq!(
        server.heard(),
        ["PingRequest(100000)"],
        "nothing else tells that it is there"
    );
}

#[test]
fn a_ping_that_was_sent_before_publishing_need_not_be_answered() {
    let mut server = Server::connected(target(), |_| ());
    assert_eq!(server.wait(seconds(20)), Ok(()));
    assert_eq!(server.heard(), ["PingRequest(20000)"]);
    server.client.publish("key", PublishMode::Live, server.now);
    server.call(0, &result(4, 1.0)).unwrap();
    server.call(1, &status("NetStream.Publish.Start")).unwrap();
    server.drain();
    for _ in 0..3 {
        assert_eq!(server.wait(seconds(20)), Ok(()));
        assert_eq!(server.heard(), [""; 0]);
    }
}

#[test]
fn a_server_that_takes_nothing_has_gone() {
    let (mut server, stream) = Server::publishing(|_| ());
    let message = MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::ZERO,
        payload: Bytes::from_static(b"v"),
    };
    server.client.send_media(stream, message, server.now).unwrap();
    assert_eq!(server.wait(seconds(14)), Ok(()));
    server.client.transmit().advance(1);
    assert_eq!(server.client.handle_timeout(server.now), Ok(()));
    assert_eq!(server.wait(seconds(14)), Ok(()), "it has taken a byte");
    assert_eq!(server.wait(seconds(1)), Err(Error::TimedOut(Timer::Stall)));
}

#[test]
fn a_server_that_leaves_its_answers_unread_is_not_read_either() {
    let mut server = Server::connected(target(), |config| config.limits.max_unsent_replies = 50);
    assert!(server.client.wants_input());
    for number in 0..4 {
        server.send(&control(UserControl::PingRequest(number))).unwrap();
    }
    assert!(!server.client.wants_input());
    server.drain();
    assert!(server.client.wants_input());
}
