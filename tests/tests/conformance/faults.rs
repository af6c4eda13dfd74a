//! Peers that err, break off, or mean harm.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::chunk::{ChunkEncoder, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::message::Command;
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed};

use crate::client::{Client, reset};
use crate::server::{Runtime, Server};
use crate::talk::{STREAM, inter_frame, keyframe, video};

pub(crate) fn garbage_is_closed_and_touches_nobody_else(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");

    // In the place of C0, in the place of chunks, and while it publishes.
    let mut http = server.socket();
    http.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_is_closed(http);
    let mut behind_the_handshake = Client::open(server.socket(), usize::MAX);
    // Basic header of type 3: it continues a message that was never begun.
    behind_the_handshake.send_bytes(&[0xC7; 64]);
    assert_eq!(behind_the_handshake.next_message(), None);
    let mut as_publisher = server.client();
    as_publisher.publish("other");
    as_publisher.send_bytes(&[0xC7; 64]);
    while as_publisher.next_message().is_some() {}
    drop((behind_the_handshake, as_publisher));

    server.until(|server| server.connections() == 2);
    assert_eq!(server.keys(), ["live/room"]);
    publisher.send_video(0, keyframe(1));
    assert_eq!(player.next_video().payload, keyframe(1));
}

pub(crate) fn a_message_that_is_too_long_ends_its_connection(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    // A header of type 0 that announces 16 MB of video: csid 6, time 0, length, type 9, stream 1.
    publisher.send_bytes(&[6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 9, 1, 0, 0, 0]);
    while publisher.next_message().is_some() {}
    drop(publisher);
    server.until(|server| server.connections() == 0);
    assert_eq!(server.keys(), [""; 0]);
    server.until_told("1 ends: ");
}

pub(crate) fn half_a_handshake_is_forgotten(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut c0_c1 = Vec::new();
    ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut c0_c1);
    for len in [0, 1, 700, c0_c1.len(), c0_c1.len() + 1000] {
        let mut socket = server.socket();
        let mut bytes = c0_c1.clone();
        bytes.resize(len, 0);
        socket.write_all(&bytes).unwrap();
        server.until(|server| server.connections() == 1);
        socket.shutdown(Shutdown::Write).unwrap();
        assert_is_closed(socket);
        server.until(|server| server.connections() == 0);
    }
}

/// A connection is reset at each of its stages, many times.
pub(crate) fn resets_at_every_stage_leave_nothing_behind(runtime: &dyn Runtime) {
    const ROUNDS: usize = 30;
    let server = Server::start(runtime);
    let mut bystander = server.client();
    bystander.publish("bystander");
    let mut player = server.client();
    player.play("bystander");

    for round in 0..ROUNDS {
        reset(server.socket());
        let mut in_c1 = server.socket();
        in_c1.write_all(&[3; 500]).unwrap();
        reset(in_c1);
        reset(Client::open(server.socket(), usize::MAX).into_socket());
        reset(server.client().into_socket());

        let name = format!("room{round}");
        let mut publisher = server.client();
        publisher.publish(&name);
        let mut reading = server.client();
        reading.play(&name);
        let mut waiting = server.client();
        waiting.request_play(STREAM, "nobody");
        publisher.send_video(0, keyframe(1));
        assert_eq!(reading.next_of(MessageType::Video).payload, keyframe(1));
        // In the middle of a message.
        publisher.change_chunk_size(ChunkSize::new(65_536).unwrap());
        let half = publisher.encoded(&video(STREAM, 40, inter_frame(60_000)));
        publisher.send_bytes(&half[..30_000]);
        for client in [publisher, reading, waiting] {
            reset(client.into_socket());
        }
    }
    server.until(|server| server.connections() == 2);
    assert_eq!(server.keys(), ["live/bystander"]);
    bystander.send_video(0, keyframe(2));
    assert_eq!(player.next_video().payload, keyframe(2));
    let ends = server
        .diary()
        .into_iter()
        .filter(|line| line.contains(" ends: "))
        .count();
    assert_eq!(ends, ROUNDS * 7);
}

/// Who asks and asks, and reads no answer, is read no further; once it reads, all is answered.
pub(crate) fn who_reads_no_answers_is_read_no_further(runtime: &dyn Runtime) {
    const MOST: usize = 64 << 20;
    let server = Server::start(runtime);
    let mut client = server.client();
    // There are message streams for the first ones, and a longer answer for the others.
    let message =
        Command::new("createStream", 9.0).to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
    let mut question = Vec::new();
    ChunkEncoder::new().encode(&message, ChunkSize::INITIAL, &mut question);
    let questions = question.repeat(2000);

    let socket = client.socket();
    socket
        .set_write_timeout(Some(Duration::from_millis(700)))
        .unwrap();
    let mut sent = 0;
    while let Ok(written) = (&mut &*socket).write(&questions[sent % questions.len()..]) {
        sent += written;
        assert!(sent < MOST, "it reads on and on");
    }
    let mut bystander = server.client();
    bystander.publish("room");

    for _ in 0..sent / question.len() {
        let message = client.next_message().expect("it is answered");
        assert_eq!(message.kind, MessageType::CommandAmf0);
    }
    client.send_bytes(&questions[sent % questions.len()..]);
    assert!(client.next_message().is_some(), "it is read again");
}

/// Who sends as much as can be sent does not keep the server from the others.
pub(crate) fn a_flood_does_not_hold_the_others(runtime: &dyn Runtime) {
    const FLOODS: usize = 3;
    let server = Server::start(runtime);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for n in 0..FLOODS {
            let mut publisher = server.client();
            publisher.change_chunk_size(ChunkSize::new(1 << 20).unwrap());
            publisher.publish(&format!("flood{n}"));
            let is_over = &is_over;
            scope.spawn(move || {
                for time in 0.. {
                    publisher.send_video(time, inter_frame(200_000));
                    if is_over.load(Relaxed) {
                        break;
                    }
                }
            });
        }
        let started = Instant::now();
        for n in 0..20 {
            let mut publisher = server.client();
            publisher.publish("room");
            let mut player = server.client();
            player.play("room");
            publisher.send_video(0, keyframe(n));
            assert_eq!(player.next_video().payload, keyframe(n));
            drop(publisher);
            player.wait_for_status("NetStream.Play.UnpublishNotify");
        }
        is_over.store(true, Relaxed);
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{:?}",
            started.elapsed()
        );
    });
}

/// The server closes the connection, after which it may answer something.
fn assert_is_closed(mut socket: TcpStream) {
    let mut answer = Vec::new();
    match socket.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
}
