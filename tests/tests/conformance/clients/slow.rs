//! Who is slow: servers that do not read, and clients that do not.

use std::time::{Duration, Instant};

use rtmp_core::connection::client::{ClientEvent, Role};
use rtmp_core::host::ClientSettings;
use rtmp_core::units::ChunkSize;

use super::scripted::Scripted;
use super::{Dialling, call, frame, next_media};
use crate::server::Server;
use crate::talk::{AVC_HEADER, inter_frame, keyframe};

/// The buffers of all sockets between the two ends hold less.
const MOST: usize = 64 << 20;
const FRAME: usize = 100_000;

/// A publisher that waits sends everything, one that would rather not is told, and neither keeps more than it is meant to.
pub(crate) fn a_publisher_waits_for_a_server_that_reads_slowly(runtime: &dyn Dialling) {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let server = Scripted::start(runtime, move |door| {
        let mut guest = door.publisher();
        wait.recv().unwrap();
        let mut frames = Vec::new();
        while let Some(message) = guest.next_message() {
            if !message.payload.is_empty() && message.kind == rtmp_core::chunk::MessageType::Video {
                frames.push((message.timestamp.as_millis(), message.payload.len()));
            }
        }
        frames
    });
    let mut publisher = runtime
        .call(&server.url, Role::Publisher, ClientSettings::default())
        .unwrap();
    let room = publisher.publish("room").unwrap();
    let mut sent = 0;
    let within = Duration::from_millis(200);
    while let Some(result) = publisher.send_within(within, room, frame(sent, inter_frame(FRAME))) {
        result.unwrap();
        sent += 1;
        assert!((sent as usize) * FRAME < MOST, "it takes more and more");
    }
    assert!(!publisher.wants_media(room));
    // Nothing of the message that it gave up has gone out, and what was taken before arrives.
    go_on.send(()).unwrap();
    publisher.send(room, frame(sent, inter_frame(FRAME + 1))).unwrap();
    publisher.close().unwrap();
    let mut expected: Vec<_> = (0..sent).map(|n| (n, FRAME)).collect();
    expected.push((sent, FRAME + 1));
    assert_eq!(server.end(), expected);
}

/// A socket that is closed with unread bytes is reset: a server in the midst of sending would not come to read what its client
/// has said last.
pub(crate) fn what_is_said_last_arrives_although_nobody_takes_what_comes(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.player();
        guest.change_chunk_size(ChunkSize::DEFAULT);
        // More than a client keeps for its host, and then more than the sockets between the two hold.
        for number in 0..500 {
            guest.send_video(number, inter_frame(1000));
        }
        for number in 500..660 {
            guest.send_video(number, inter_frame(FRAME));
        }
        guest.wait_for_command("deleteStream");
    });
    let mut player = runtime
        .call(&server.url, Role::Player, ClientSettings::default())
        .unwrap();
    let room = player.play("room").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(next_media(&mut *player), (room, frame(0, inter_frame(1000))));
    player.close().unwrap();
    server.end();
}

/// What does not fit between the server and a client that takes nothing is left out, and the client goes on at the newest
/// key frame.
pub(crate) fn a_player_that_takes_nothing_is_left_behind(runtime: &dyn Dialling) {
    const GROUPS: u8 = 40;
    const FRAMES: u32 = 10;
    let server = Server::start(runtime);
    let mut publisher = call(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    let mut player = call(runtime, &server, Role::Player);
    player.play("room").unwrap();
    publisher.send(room, frame(0, AVC_HEADER)).unwrap();
    let mut time = 0;
    for group in 0..GROUPS {
        time += 40;
        publisher.send(room, frame(time, keyframe(group))).unwrap();
        for _ in 0..FRAMES {
            time += 40;
            publisher.send(room, frame(time, inter_frame(FRAME))).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    publisher.close().unwrap();
    let started = Instant::now();
    let mut groups = Vec::new();
    let mut frames = 0;
    let mut last = 0;
    loop {
        match player.next().expect("its stream ends first").unwrap() {
            ClientEvent::Media { message, .. } => {
                let time = message.timestamp.as_millis();
                assert!(time >= last, "{time} after {last}");
                last = time;
                if message.payload.len() == FRAME {
                    frames += 1;
                } else if let Some(group) = (0..GROUPS).find(|&group| message.payload == keyframe(group)) {
                    groups.push(group);
                } else {
                    assert_eq!(message.payload, AVC_HEADER);
                }
            }
            ClientEvent::Ended { .. } => break,
            _ => {}
        }
    }
    assert!(started.elapsed() < crate::PATIENCE);
    assert!(
        frames < u32::from(GROUPS) * FRAMES,
        "all {frames} of them have waited somewhere"
    );
    assert!(groups.is_sorted_by(|a, b| a < b), "{groups:?}");
    player.close().unwrap();
}
