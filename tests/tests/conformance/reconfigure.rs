//! Other settings for a server that runs.

use std::io::Read;
use std::time::Duration;

use rtmp_core::amf0::Object;
use rtmp_core::message::ReconnectRequest;

use crate::client::Client;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{STREAM, keyframe};

pub(crate) fn who_comes_meets_other_limits_and_who_is_there_stays(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let (mut publisher, mut player) = (server.client(), server.client());
    publisher.publish("room");
    player.play("room");

    server.reconfigure(|server| server.connections.all = Some(1));
    let turned_away = server.socket().read(&mut [0; 16]);
    assert!(matches!(turned_away, Ok(0) | Err(_)), "{turned_away:?}");
    server.until_told("Server(1)");
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));

    server.reconfigure(|_| ());
    server.client().play("room");
}

pub(crate) fn a_stream_goes_on_and_may_be_taken_over(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let (mut first, mut player) = (server.client(), server.client());
    first.publish("room");
    player.play("room");
    first.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));

    server.reconfigure(|server| server.hub.takeover = true);
    first.send_video(40, keyframe(2));
    assert_eq!(player.next_video().payload, keyframe(2));
    let mut second = server.client();
    second.publish("room");
    second.send_video(0, keyframe(3));
    assert_eq!(player.next_video().payload, keyframe(3));
}

pub(crate) fn sessions_keep_what_they_have_begun_with(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut before = server.client();
    server.reconfigure(|server| server.session.wait = Duration::ZERO);
    let mut after = server.client();
    after.request_play(STREAM, "room");
    after.wait_for_status("NetStream.Play.StreamNotFound");
    before.request_play(STREAM, "room");
    server.until(|server| server.streams().len() == 1);
    let mut publisher = server.client();
    publisher.publish("room");
    publisher.send_video(0, keyframe(1));
    before.wait_for_status("NetStream.Play.Start");
    assert_eq!(before.next_video().payload, keyframe(1));
}

pub(crate) fn how_it_stops_is_what_was_said_last(runtime: &dyn Runtime) {
    let former = ReconnectRequest::to("rtmp://a.example/live");
    let server = Server::with(runtime, Settings::with(|server| server.reconnect = Some(former)));
    let mut clients = [0, 1].map(|_| Client::announcing(server.socket(), Object::new().with("capsEx", 1.0)));
    let last = ReconnectRequest::to("rtmp://b.example/live");
    server.reconfigure(|server| server.reconnect = Some(last.clone()));
    server.shut_down();
    for client in &mut clients {
        let asked = client.wait_for_command("onStatus");
        assert_eq!(ReconnectRequest::from_command(&asked), Some(last.clone()));
    }
    drop(clients);
    server.until_stopped();
}
