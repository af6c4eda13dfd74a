//! Players that do not read.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::units::ChunkSize;

use crate::PATIENCE;
use crate::client::Client;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

/// More than the buffers of two sockets and a player's allowed lag hold: 32 MB.
const FRAMES: u32 = 320;

pub(crate) fn a_slow_player_does_not_hold_the_others(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = publisher_of_much(&server);
    let mut quick = server.client();
    quick.play("room");
    let mut stuck = server.client();
    stuck.play("room");
    let to_the_end = thread::spawn(move || while quick.next_video().payload != keyframe(255) {});
    publish_much(&mut publisher);
    publisher.send_video(FRAMES * 10, keyframe(255));
    to_the_end.join().expect("the quick one gets the last frame");

    // When it reads again, it goes on at the newest key frame.
    let mut frames = 0;
    while stuck.next_video().payload != keyframe(255) {
        frames += 1;
    }
    assert!(
        frames < FRAMES - 20,
        "it was sent {frames} of {FRAMES} frames, all that it had missed"
    );
    assert!(server.streams()[0].messages_skipped > 0);
    server.until_told("skips in live/room");
}

pub(crate) fn a_stuck_player_is_closed(runtime: &dyn Runtime) {
    let settings = Settings::with_limits(|limits| limits.stall_timeout = Duration::from_millis(500));
    let server = Server::with(runtime, settings);
    let mut publisher = publisher_of_much(&server);
    let mut stuck = server.client();
    stuck.play("room");
    publish_much(&mut publisher);
    // One that has skipped, because the machine was busy, waits for a key frame. The peer has taken all before that, perhaps.
    let started = Instant::now();
    let is_told = || {
        let lines = server.diary();
        lines
            .iter()
            .any(|line| line.contains("2 ends: timed out: the peer takes no data"))
    };
    while !is_told() {
        assert!(started.elapsed() < PATIENCE, "{:#?}", server.diary());
        publisher.send_video(FRAMES * 10, keyframe(1));
        publisher.send_video(FRAMES * 10, inter_frame(100_000));
        thread::sleep(Duration::from_millis(50));
    }
    // Its connection does not wait for it to read what is on its way.
    server.until(|server| server.connections() == 1);
    assert_eq!(server.streams()[0].players, 0);
}

pub(crate) fn a_shutdown_does_not_wait_for_who_does_not_read(runtime: &dyn Runtime) {
    const TIMEOUT: Duration = Duration::from_millis(300);
    let settings = Settings::with(|server| server.shutdown_timeout = TIMEOUT);
    let server = Server::with(runtime, settings);
    let mut publisher = publisher_of_much(&server);
    let mut stuck = server.client();
    stuck.play("room");
    publish_much(&mut publisher);
    let started = Instant::now();
    server.shut_down();
    server.until_stopped();
    assert!(started.elapsed() >= TIMEOUT, "it was given its time");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(server.connections(), 0);
}

fn publisher_of_much(server: &Server) -> Client<TcpStream> {
    let mut publisher = server.client();
    publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
    publisher.publish("room");
    publisher.send_video(0, AVC_HEADER);
    publisher.send_video(0, keyframe(0));
    publisher
}

/// 32 MB in a third of a second and more.
fn publish_much(publisher: &mut Client<TcpStream>) {
    for n in 0..FRAMES {
        publisher.send_video(n * 10, inter_frame(100_000));
        thread::sleep(Duration::from_millis(1));
    }
}
