//! Messages that wait for company before they are written.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rtmp_core::chunk::MessageType;

use crate::client::{AT_ONCE, delay_at_a_lazy_peer};
use crate::server::{Runtime, Server, Settings};
use crate::talk::{AVC_HEADER, aac_frame, inter_frame, keyframe};

fn waiting(write_latency: Duration) -> Settings {
    Settings::with(|server| server.session.write_latency = write_latency)
}

pub(crate) fn what_comes_within_the_latency_arrives_with_the_first(runtime: &dyn Runtime) {
    const LATENCY: Duration = Duration::from_secs(1);
    let server = Server::with(runtime, waiting(LATENCY));
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(1));
    server.until_published(2);

    let started = Instant::now();
    let mut player = server.client();
    player.play("room");
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(1));
    assert!(started.elapsed() < LATENCY, "joining is not delayed");

    for frame in 1..3 {
        let started = Instant::now();
        publisher.send_video(frame * 80 - 40, inter_frame(5000));
        sleep(LATENCY / 10);
        publisher.send_audio(frame * 80 - 37, aac_frame(1));
        publisher.send_video(frame * 80, inter_frame(6000));
        assert_eq!(player.next_video().payload, inter_frame(5000));
        // A turn's time may be a little older than the wake that it takes.
        let waited = started.elapsed();
        assert!(waited >= LATENCY * 9 / 10, "{waited:?}");
        assert_eq!(player.next_of(MessageType::Audio).payload, aac_frame(1));
        assert_eq!(player.next_video().payload, inter_frame(6000));
        let waited = started.elapsed();
        assert!(
            waited < LATENCY * 3 / 2,
            "with the first, not after it: {waited:?}"
        );
    }

    // What came last comes, and then the end: at once, for there is nothing more to wait for.
    let started = Instant::now();
    publisher.send_video(240, inter_frame(300));
    drop(publisher);
    assert_eq!(player.next_video().payload, inter_frame(300));
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    let waited = started.elapsed();
    assert!(waited < LATENCY * 3 / 4, "{waited:?}");
}

/// Of several streams, each in its own time; and of many players, who are sent several messages in one piece.
pub(crate) fn players_of_a_stream_wait_together_and_are_sent_the_same(runtime: &dyn Runtime) {
    const LATENCY: Duration = Duration::from_millis(300);
    let server = Server::with(runtime, waiting(LATENCY));
    let mut streams: Vec<_> = ["one", "two", "three"]
        .map(|name| {
            let mut publisher = server.client();
            publisher.publish(name);
            publisher.send_video(0, AVC_HEADER);
            publisher.send_video(0, keyframe(1));
            let players: Vec<_> = (0..12)
                .map(|_| {
                    let mut player = server.client();
                    player.play(name);
                    assert_eq!(player.next_video().payload, AVC_HEADER);
                    assert_eq!(player.next_video().payload, keyframe(1));
                    player
                })
                .collect();
            (publisher, players)
        })
        .into();
    for round in 0..3 {
        let started = Instant::now();
        for (publisher, _) in &mut streams {
            for frame in 1..6 {
                publisher.send_video((round * 6 + frame) * 40, inter_frame(1000 * frame as usize));
            }
            sleep(LATENCY / 10);
        }
        for (_, players) in &mut streams {
            for player in players {
                for frame in 1..6 {
                    let message = player.next_video();
                    assert_eq!(message.timestamp.as_millis(), (round * 6 + frame) * 40);
                    assert_eq!(message.payload, inter_frame(1000 * frame as usize));
                }
            }
        }
        let waited = started.elapsed();
        assert!(waited >= LATENCY * 9 / 10, "{waited:?}");
        assert!(waited < LATENCY * 5, "{waited:?}");
    }
}

pub(crate) fn what_waits_is_sent_when_the_server_stops(runtime: &dyn Runtime) {
    let server = Server::with(runtime, waiting(Duration::from_secs(600)));
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
    publisher.send_video(40, inter_frame(5000));
    publisher.send_video(80, inter_frame(6000));
    server.until_published(3);
    server.shut_down();
    assert_eq!(player.next_video().payload, inter_frame(5000));
    assert_eq!(player.next_video().payload, inter_frame(6000));
    let codes = player.statuses_to_the_end();
    assert!(
        codes.ends_with(&["NetConnection.Connect.AppShutdown".to_owned()]),
        "{codes:?}"
    );
    drop((publisher, player));
    server.until_stopped();
}

/// Whether the server has bound its socket, or was given one that nobody has prepared.
pub(crate) fn a_message_does_not_wait_for_the_last_one_to_be_acknowledged(runtime: &dyn Runtime) {
    for adopts in [false, true] {
        let settings = Settings {
            adopts,
            ..Settings::default()
        };
        let server = Server::with(runtime, settings);
        let mut publisher = server.client();
        publisher.publish("room");
        let mut player = server.client();
        player.play("room");
        publisher.send_video(0, keyframe(1));
        assert_eq!(player.next_video().payload, keyframe(1));
        let socket = player.socket().try_clone().unwrap();
        let delay = delay_at_a_lazy_peer(
            &socket,
            || publisher.send_video(40, inter_frame(100)),
            || assert_eq!(player.next_video().payload, inter_frame(100)),
        );
        assert!(delay < AT_ONCE, "{delay:?}, adopted: {adopts}");
    }
}
