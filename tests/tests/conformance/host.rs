//! The program that a server is part of: it decides, and it may err.

use rtmp_core::amf0::Object;
use rtmp_core::connection::server::Refusal;
use rtmp_core::session::{Asked, Decision};
use rtmp_core::units::ChunkSize;

use crate::client::Client;
use crate::diary::Diary;
use crate::server::{Rules, Runtime, Server, Settings};
use crate::talk::{STREAM, inter_frame, keyframe};

pub(crate) fn a_panic_ends_its_connection_and_frees_its_streams(runtime: &dyn Runtime) {
    let rules = Rules::new(|asked| {
        if let Asked::Publish(key, _) = asked {
            assert_ne!(key.as_str(), "live/policy", "asked to panic");
        }
        Decision::Accept
    });
    let server = Server::with(
        runtime,
        Settings {
            rules,
            diary: Diary::panicking_at("live/observer"),
            ..Settings::default()
        },
    );
    let mut bystander = server.client();
    bystander.publish("bystander");
    let mut player = server.client();
    player.play("bystander");

    for name in ["policy", "observer"] {
        let mut publisher = server.client();
        publisher.request_publish(STREAM, name);
        while publisher.next_message().is_some() {}
    }
    server.until(|server| server.connections() == 2);
    assert_eq!(server.keys(), ["live/bystander"]);
    server.until_told("3 ends: panicked: ");
    server.until_told("4 ends: panicked: ");
    bystander.send_video(0, keyframe(3));
    assert_eq!(player.next_video().payload, keyframe(3));
}

pub(crate) fn a_refusal_is_told_before_the_connection_closes(runtime: &dyn Runtime) {
    let rules = Rules::new(|asked| match asked {
        Asked::Publish(_, name) if name.query == "token=good" => Decision::Accept,
        Asked::Publish(..) => Decision::Reject(Refusal::Denied("no token".into())),
        Asked::Play(key, _) if key.as_str() == "live/secret" => {
            Decision::Reject(Refusal::Denied("it is secret".into()))
        }
        _ => Decision::Accept,
    });
    let server = Server::with(
        runtime,
        Settings {
            rules,
            ..Settings::default()
        },
    );
    let mut good = server.client();
    good.publish("room?token=good");
    let mut bad = server.client();
    bad.request_publish(STREAM, "other?token=bad");
    let codes = bad.statuses_to_the_end();
    assert_eq!(codes.len(), 1, "{codes:?}");
    server.until_told("2 is refused: not allowed: no token");
    let mut player = server.client();
    player.request_play(STREAM, "secret");
    let codes = player.statuses_to_the_end();
    assert_eq!(codes.len(), 1, "{codes:?}");
    server.until_told("3 is refused: not allowed: it is secret");
    assert_eq!(server.keys(), ["live/room"]);
}

pub(crate) fn a_host_may_take_its_time_to_decide(runtime: &dyn Runtime) {
    let afterthought = Rules::new(|asked| match asked {
        Asked::Publish(_, name) if name.query != "token=good" => {
            Decision::Reject(Refusal::Denied("no token".into()))
        }
        _ => Decision::Accept,
    });
    let server = Server::with(
        runtime,
        Settings {
            rules: Rules::new(|_| Decision::Later),
            afterthought,
            ..Settings::default()
        },
    );
    // Media that come before the answer are kept for it.
    let mut publisher = Client::open(server.socket(), usize::MAX);
    publisher.connect_with(Object::new());
    assert_eq!(publisher.create_stream(), STREAM);
    publisher.request_publish(STREAM, "room?token=good");
    publisher.send_video(0, keyframe(1));
    publisher.wait_for_status("NetStream.Publish.Start");
    let mut player = server.client();
    player.play("room");
    assert_eq!(player.next_video().payload, keyframe(1));

    let mut other = server.client();
    other.request_publish(STREAM, "other");
    let codes = other.statuses_to_the_end();
    assert_eq!(codes.len(), 1, "{codes:?}");
    server.until_told("3 is refused: not allowed: no token");
    drop(other);

    // Who leaves before the answer is not missed.
    let mut gone = server.client();
    gone.request_publish(STREAM, "gone?token=good");
    drop(gone);
    server.until(|server| server.connections() == 2);
    assert_eq!(server.keys(), ["live/room"]);
}

/// More than a connection keeps for its host's answer waits in the socket, and is read once the answer is there.
pub(crate) fn what_comes_before_the_answer_is_read_after_it(runtime: &dyn Runtime) {
    const FRAMES: u32 = 60;
    const FRAME: usize = 50_000;
    let server = Server::with(
        runtime,
        Settings {
            rules: Rules::new(|asked| match asked {
                Asked::Publish(..) => Decision::Later,
                _ => Decision::Accept,
            }),
            ..Settings::default()
        },
    );
    let mut player = server.client();
    player.request_play(STREAM, "room");
    server.until(|server| server.streams().len() == 1);
    let mut publisher = server.client();
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.request_publish(STREAM, "room");
    publisher.send_video(0, keyframe(1));
    for n in 0..FRAMES {
        publisher.send_video(n, inter_frame(FRAME + n as usize));
    }
    assert_eq!(player.next_video().payload, keyframe(1));
    for n in 0..FRAMES {
        assert_eq!(player.next_video().payload.len(), FRAME + n as usize);
    }
}
