//! Who has a name, and what becomes of those who ask for one that nobody has.

use std::time::Duration;

use crate::client::reset;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{AVC_HEADER, STREAM, keyframe};

pub(crate) fn a_second_publisher_is_refused_and_the_first_goes_on(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut first = server.client();
    first.publish("room");
    let mut player = server.client();
    player.play("room");
    let mut second = server.client();
    second.request_publish(STREAM, "room");
    assert_eq!(
        second.statuses_to_the_end(),
        ["NetStream.Publish.BadName"],
        "the refusal is read before the connection closes"
    );
    first.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
}

pub(crate) fn a_stream_may_be_taken_over(runtime: &dyn Runtime) {
    let settings = Settings::with(|server| server.hub.takeover = true);
    let server = Server::with(runtime, settings);
    let mut first = server.client();
    first.publish("room");
    first.send_video(0, AVC_HEADER);
    first.send_video(0, keyframe(1));
    let mut player = server.client();
    player.play("room");
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(1));

    let mut second = server.client();
    second.publish("room");
    let codes = first.statuses_to_the_end();
    assert!(!codes.is_empty(), "the old publisher is told");
    second.send_video(5000, AVC_HEADER);
    second.send_video(5000, keyframe(2));
    assert_eq!(player.next_video().payload, AVC_HEADER);
    assert_eq!(player.next_video().payload, keyframe(2));
    drop(first);
    server.until(|server| server.connections() == 2);
    assert_eq!(server.keys(), ["live/room"]);
}

pub(crate) fn a_player_waits_no_longer_than_it_is_told_to(runtime: &dyn Runtime) {
    let settings = Settings::with(|server| server.session.wait = Duration::from_millis(50));
    let server = Server::with(runtime, settings);
    let mut player = server.client();
    player.request_play(STREAM, "nobody");
    player.wait_for_status("NetStream.Play.StreamNotFound");
    server.until(|server| server.streams().is_empty());
}

pub(crate) fn a_name_is_free_again_when_its_publisher_is_reset(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    for n in 0..20 {
        let mut publisher = server.client();
        publisher.publish("room");
        publisher.send_video(0, keyframe(n));
        reset(publisher.into_socket());
        server.until(|server| server.streams().is_empty() && server.connections() == 0);
    }
}
