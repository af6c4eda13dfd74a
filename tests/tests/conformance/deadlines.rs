//! Peers that are silent.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rtmp_core::message::UserControl;

use crate::client::Client;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{STREAM, keyframe, user_control};

/// Short, but not so short that a busy machine can't answer in time.
const SHORT: Duration = Duration::from_millis(300);

/// A machine that is busy comes late, but not so late.
const LATE: Duration = Duration::from_secs(5);

pub(crate) fn who_does_not_finish_the_handshake_is_closed(runtime: &dyn Runtime) {
    let server = Server::with(
        runtime,
        Settings::with_limits(|limits| limits.handshake_timeout = SHORT),
    );
    let started = Instant::now();
    let mut silent = server.socket();
    let mut slow = server.socket();
    slow.write_all(&[3; 100]).unwrap();
    for socket in [&mut silent, &mut slow] {
        assert_eq!(socket.read(&mut [0; 16]).unwrap_or(0), 0);
    }
    assert!((SHORT..LATE).contains(&started.elapsed()));
    drop((silent, slow));
    server.until_told("the handshake did not end in time");
    server.until(|server| server.connections() == 0);
}

pub(crate) fn who_does_not_connect_is_closed(runtime: &dyn Runtime) {
    let server = Server::with(
        runtime,
        Settings::with_limits(|limits| limits.connect_timeout = SHORT),
    );
    let mut client = Client::open(server.socket(), usize::MAX);
    let started = Instant::now();
    assert_eq!(client.next_message(), None);
    assert!(started.elapsed() < LATE);
    drop(client);
    server.until_told("no connect command came");
}

pub(crate) fn who_asks_for_nothing_is_closed(runtime: &dyn Runtime) {
    let server = Server::with(
        runtime,
        Settings::with_limits(|limits| limits.idle_timeout = SHORT),
    );
    let mut publisher = server.client();
    publisher.publish("room");
    let mut idle = server.client();
    while idle.next_message().is_some() {}
    drop(idle);
    server.until_told("2 ends: timed out: neither publish nor play came");
    std::thread::sleep(SHORT);
    assert_eq!(server.keys(), ["live/room"], "who publishes may stay");
}

pub(crate) fn a_peer_that_does_not_answer_a_ping_is_closed(runtime: &dyn Runtime) {
    let settings = Settings::with_limits(|limits| {
        limits.ping_interval = SHORT;
        limits.ping_timeout = 2 * SHORT;
    });
    let server = Server::with(runtime, settings);
    // Neither says anything more by itself; the first is as if its machine had lost its network.
    let started = Instant::now();
    let mut gone = server.client();
    gone.request_play(STREAM, "nobody");
    let mut alive = server.client();
    alive.request_play(STREAM, "nobody");
    let answering =
        std::thread::spawn(move || while started.elapsed() < 8 * SHORT && alive.next_message().is_some() {});

    let mut pings = 0;
    while let Some(message) = gone.next_message_unanswered() {
        pings += usize::from(matches!(
            user_control(&message),
            Some(UserControl::PingRequest(_))
        ));
    }
    assert_eq!(pings, 1);
    assert!((3 * SHORT..LATE).contains(&started.elapsed()));
    drop(gone);
    server.until_told("1 ends: timed out: the peer did not answer a ping");
    answering.join().unwrap();
    assert!(started.elapsed() >= 8 * SHORT, "who answers stays");
}

pub(crate) fn a_silent_publisher_frees_its_name(runtime: &dyn Runtime) {
    let server = Server::with(
        runtime,
        Settings::with_limits(|limits| limits.publisher_timeout = SHORT),
    );
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(0, keyframe(1));
    let mut player = server.client();
    player.play("room");
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    drop(publisher);
    server.until_told("1 ends: timed out: the publisher has been silent");
    let mut next = server.client();
    next.publish("room");
}
