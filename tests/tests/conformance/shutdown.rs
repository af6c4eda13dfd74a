//! How a server ends.

use std::time::{Duration, Instant};

use rtmp_core::amf0::Object;
use rtmp_core::chunk::MessageType;
use rtmp_core::message::ReconnectRequest;
use rtmp_core::units::ChunkSize;

use crate::client::Client;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

pub(crate) fn a_shutdown_is_told_to_publisher_and_player(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    let mut idle = server.client();

    let started = Instant::now();
    server.shut_down();
    assert_eq!(
        publisher.statuses_to_the_end(),
        ["NetStream.Unpublish.Success", "NetConnection.Connect.AppShutdown"]
    );
    for client in [&mut player, &mut idle] {
        let codes = client.statuses_to_the_end();
        assert!(
            codes.ends_with(&["NetConnection.Connect.AppShutdown".to_owned()]),
            "{codes:?}"
        );
    }
    drop((publisher, player, idle));
    server.until_stopped();
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "nobody had to be waited for"
    );
    server.until_told("1 ends: the server stops");
}

/// In the middle of a GOP, with more on its way than a socket takes at once.
pub(crate) fn a_shutdown_flushes_what_was_published(runtime: &dyn Runtime) {
    const FRAMES: usize = 60;
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.publish("room");
    let mut players = [server.client(), server.client()];
    for player in &mut players {
        player.play("room");
    }
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(1));
    for n in 0..FRAMES {
        publisher.send_video(40 * n as u32, inter_frame(50_000));
    }
    server.until_published(FRAMES as u64 + 2);
    // Nobody has read a byte of it. What the players' sessions hold by now comes before the goodbye, whole.
    server.shut_down();
    for player in &mut players {
        let mut frames = Vec::new();
        let mut codes = 0;
        while let Some(message) = player.next_message() {
            match message.kind {
                MessageType::Video => frames.push(message.payload.len()),
                MessageType::CommandAmf0 => codes += 1,
                _ => {}
            }
        }
        assert_eq!(frames[..2], [AVC_HEADER.len(), keyframe(1).len()]);
        assert!(frames[2..].iter().all(|&len| len == 50_000), "{frames:?}");
        assert!(frames.len() > 2, "{frames:?}");
        assert!(codes > 0, "it was told");
    }
    drop((publisher, players));
    server.until_stopped();
}

pub(crate) fn a_shutdown_sends_elsewhere_those_who_can_reconnect(runtime: &dyn Runtime) {
    let request = ReconnectRequest::to("rtmp://b.example/live");
    let settings = Settings::with(|server| server.reconnect = Some(request.clone()));
    let server = Server::with(runtime, settings);
    let properties = Object::new().with("capsEx", 1.0);
    let mut publisher = Client::announcing(server.socket(), properties);
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");

    server.shut_down();
    let asked = publisher.wait_for_command("onStatus");
    assert_eq!(ReconnectRequest::from_command(&asked), Some(request));
    let codes = player.statuses_to_the_end();
    assert_eq!(
        codes.last().map(String::as_str),
        Some("NetConnection.Connect.AppShutdown"),
        "who announced nothing is not asked"
    );
    // It goes on until it leaves, and then the server has nobody to wait for.
    publisher.send_video(0, keyframe(1));
    server.until_published(1);
    drop((publisher, player));
    server.until_stopped();
}

pub(crate) fn a_shutdown_ends_those_who_do_not_reconnect_in_time(runtime: &dyn Runtime) {
    let mut settings = Settings::with_limits(|limits| limits.reconnect_timeout = Duration::from_millis(200));
    settings.server.reconnect = Some(ReconnectRequest::to("rtmp://b.example/live"));
    let server = Server::with(runtime, settings);
    let mut client = Client::announcing(server.socket(), Object::new().with("capsEx", 1.0));
    server.shut_down();
    assert_eq!(
        client.statuses_to_the_end(),
        [ReconnectRequest::CODE, "NetConnection.Connect.AppShutdown"]
    );
    drop(client);
    server.until_stopped();
    server.until_told("1 ends: the server stops");
}
