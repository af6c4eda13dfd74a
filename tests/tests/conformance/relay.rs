//! What players are sent, and when.

use std::thread;

use bytes::Bytes;
use rtmp_core::chunk::MessageType;
use rtmp_core::message::{Command, UserControl};
use rtmp_core::units::ChunkSize;

use crate::server::{Runtime, Server};
use crate::talk::{AVC_HEADER, STREAM, aac_frame, inter_frame, keyframe, user_control, video};

pub(crate) fn what_one_publishes_others_play_bit_for_bit(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");

    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(40, keyframe(1));
    let large = inter_frame(100_000);
    publisher.send_video(80, large.clone());

    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(1));
    let last = player.next_video();
    assert_eq!(
        (last.timestamp.as_millis(), last.payload),
        (80, Bytes::from(large))
    );

    drop(publisher);
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    drop(player);
    server.until(|server| server.connections() == 0);
    server.until_told("2 ends: closed by the peer");
    let lines = server.diary();
    for line in [
        "1 starts",
        "1 uses live",
        "1 publishes live/room",
        "2 plays live/room",
        "1 stops live/room",
        "1 ends: closed by the peer",
        "2 stops live/room",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:#?}");
    }
    assert_eq!(server.streams(), []);
}

pub(crate) fn a_late_player_starts_at_the_newest_key_frame(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(1));
    publisher.send_video(40, inter_frame(500));
    publisher.send_video(80, keyframe(2));
    publisher.send_video(120, inter_frame(600));
    server.until_published(5);

    let mut player = server.client();
    player.play("room");
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(2));
    assert_eq!(player.next_video().payload, inter_frame(600));
}

pub(crate) fn a_player_that_comes_first_waits_for_its_publisher(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut player = server.client();
    player.request_play(STREAM, "room");
    server.until(|server| server.streams().len() == 1);
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(0, keyframe(1));
    player.wait_for_status("NetStream.Play.Start");
    assert_eq!(player.next_video().payload, keyframe(1));
}

pub(crate) fn a_player_goes_on_with_the_next_publisher(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(1));

    drop(publisher);
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(9000, AVC_HEADER);
    publisher.send_video(9000, keyframe(2));
    player.wait_for_status("NetStream.Play.PublishNotify");
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(2));
}

pub(crate) fn all_players_get_the_same(runtime: &dyn Runtime) {
    const PLAYERS: usize = 40;
    const FRAMES: u8 = 100;
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut players: Vec<_> = (0..PLAYERS).map(|_| server.client()).collect();
    for player in &mut players {
        player.play("room");
    }
    publisher.send_video(0, AVC_HEADER);
    for n in 0..FRAMES {
        publisher.send_video(u32::from(n) * 10, keyframe(n));
        publisher.send_audio(u32::from(n) * 10 + 5, aac_frame(n));
    }
    for player in &mut players {
        assert_eq!(player.next_video().payload, AVC_HEADER);
        for n in 0..FRAMES {
            let (picture, sound) = (player.next_message().unwrap(), player.next_message().unwrap());
            assert_eq!(
                (picture.kind, picture.payload),
                (MessageType::Video, keyframe(n).into())
            );
            assert_eq!(
                (sound.kind, sound.payload),
                (MessageType::Audio, aac_frame(n).into())
            );
        }
    }
}

/// More players than a runtime serves in one go, and a publisher who sends more at once than it is read of in one go, and then
/// nothing that would wake anybody.
pub(crate) fn a_crowd_gets_all_of_a_burst(runtime: &dyn Runtime) {
    const PLAYERS: usize = 120;
    const FRAMES: usize = 40;
    const FRAME: usize = 50_000;
    // Both ends of each connection are here, and other scenarios.
    rtmp_sockets::raise_descriptor_limit();
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.publish("room");
    thread::scope(|scope| {
        for _ in 0..PLAYERS {
            let mut player = server.client();
            player.play("room");
            scope.spawn(move || {
                assert_eq!(player.next_video().payload, keyframe(1));
                for n in 0..FRAMES {
                    assert_eq!(player.next_video().payload.len(), FRAME + n);
                }
            });
        }
        let mut burst = publisher.encoded(&video(STREAM, 0, keyframe(1)));
        for n in 0..FRAMES {
            burst.extend(publisher.encoded(&video(STREAM, 40, inter_frame(FRAME + n))));
        }
        publisher.send_bytes(&burst);
    });
}

pub(crate) fn streams_of_one_connection_do_not_mix(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    // One connection publishes two streams, and plays one of them.
    let mut both = server.client();
    let second = both.create_stream();
    let third = both.create_stream();
    both.publish("one");
    both.request_publish(second, "two");
    both.wait_for_status("NetStream.Publish.Start");
    both.request_play(third, "two");
    both.wait_for_status("NetStream.Play.Start");
    let mut player = server.client();
    player.play("one");
    let on_two = player.create_stream();
    player.request_play(on_two, "two");
    player.wait_for_status("NetStream.Play.Start");
    assert_eq!(server.keys(), ["live/one", "live/two"]);

    for n in 0..4 {
        both.send(&video(STREAM, 40 * u32::from(n), keyframe(10 + n)));
        both.send(&video(second, 40 * u32::from(n), keyframe(20 + n)));
    }
    let mut heard = [Vec::new(), Vec::new()];
    for _ in 0..8 {
        let message = player.next_video();
        let from = usize::from(message.stream == on_two);
        heard[from].push(message.payload);
    }
    assert_eq!(
        heard,
        [10, 20].map(|first| (0..4).map(|n| keyframe(first + n)).collect::<Vec<_>>())
    );
    for n in 0..4 {
        let message = both.next_video();
        assert_eq!(
            (message.stream, message.payload),
            (third, keyframe(20 + n).into())
        );
    }

    // The one may end while the other goes on.
    both.command(STREAM, &Command::new("closeStream", 0.0));
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    both.send(&video(second, 400, keyframe(30)));
    assert_eq!(player.next_video().payload, keyframe(30));
}

pub(crate) fn a_paused_player_goes_on_at_the_newest_key_frame(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));

    player.command(STREAM, &Command::new("pause", 0.0).with(true).with(0.0));
    player.wait_for_status("NetStream.Pause.Notify");
    publisher.send_video(40, keyframe(2));
    publisher.send_video(80, keyframe(3));
    publisher.send_video(120, inter_frame(100));
    server.until_published(4);

    player.command(STREAM, &Command::new("pause", 0.0).with(false).with(80.0));
    // Nothing has been sent meanwhile: the answer comes first.
    loop {
        let message = player.next_message().unwrap();
        assert_ne!(message.kind, MessageType::Video, "sent while it was paused");
        if let Some(UserControl::StreamBegin(_)) = user_control(&message) {
            break;
        }
    }
    assert_eq!(player.next_video().payload, keyframe(3));
    assert_eq!(player.next_video().payload, inter_frame(100));
}

pub(crate) fn a_player_may_switch_off_video(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));

    player.command(STREAM, &Command::new("receiveVideo", 0.0).with(false));
    // The command has been taken when the answer to the next one is here.
    player.create_stream();
    publisher.send_video(40, keyframe(2));
    publisher.send_audio(60, aac_frame(1));
    let message = player.next_message().unwrap();
    assert_eq!(
        (message.kind, message.payload),
        (MessageType::Audio, aac_frame(1).into())
    );
}
