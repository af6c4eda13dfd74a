//! The bytes: how they may come, and what they may say.

use std::io::{Read, Write};

use rtmp_core::connection::client::{ClientEvent, Role};
use rtmp_core::handshake::Kind;
use rtmp_core::host::ClientSettings;
use rtmp_core::message::{Control, UserControl};
use rtmp_core::units::{ChunkSize, MessageStreamId};

use super::scripted::Scripted;
use super::{Caller, Dialling, frame, heard, next_media};
use crate::client::{AT_ONCE, delay_at_a_lazy_peer};
use crate::talk::{STREAM, inter_frame, keyframe, video};
use crate::wire::{CHUNK_SIZES, TIMES, assert_each_is_acknowledged};

fn connect<T>(runtime: &dyn Dialling, server: &Scripted<T>, role: Role) -> Box<dyn Caller>
where
    T: Send + 'static,
{
    let called = runtime.call(&server.url, role, ClientSettings::default());
    called.expect("it is let in")
}

pub(crate) fn a_server_may_send_one_byte_at_a_time(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        door.write_at_most(1);
        let mut guest = door.player();
        guest.send_video(7, keyframe(9));
        guest.read_to_the_end();
    });
    let mut player = connect(runtime, &server, Role::Player);
    let stream = player.play("room").unwrap();
    assert_eq!(next_media(&mut *player), (stream, frame(7, keyframe(9))));
    player.close().unwrap();
    server.end();
}

pub(crate) fn a_handshake_without_digests_is_taken(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        // S0, an S1 with neither version nor digest, and an S2 that is nobody's echo.
        let mut socket = door.socket();
        socket.write_all(&[3]).unwrap();
        socket.write_all(&[0; 2 * 1536]).unwrap();
        let mut said = vec![0; 1 + 2 * 1536];
        socket.read_exact(&mut said).unwrap();
        assert_eq!(said[0], 3);
        assert_eq!(said[1537..], [0; 1536], "C2 is the echo of S1");
        let _ = std::io::copy(&mut socket, &mut std::io::sink());
    });
    let mut settings = ClientSettings::default();
    settings.connection.limits.answer_timeout = std::time::Duration::from_millis(300);
    // It says no more than that.
    assert!(runtime.call(&server.url, Role::Player, settings).is_err());
    server.end();
}

pub(crate) fn a_server_that_can_not_read_digests_is_spoken_to_without(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        drop(door.socket());
        door.player().read_to_the_end();
    });
    let mut player = connect(runtime, &server, Role::Player);
    player.play("room").unwrap();
    let is_simple = |event: &ClientEvent| *event == ClientEvent::Handshaken(Kind::Simple);
    let closed = player.close();
    closed.unwrap();
    let (events, error) = heard(&mut *player);
    assert!(events.iter().any(is_simple) && error.is_none(), "{events:?}");
    server.end();
}

pub(crate) fn chunk_sizes_may_change_in_the_middle(runtime: &dyn Dialling) {
    let frame_of = |n: usize| inter_frame(20 + n * 1111);
    let server = Scripted::start(runtime, move |door| {
        let mut guest = door.player();
        for (n, size) in CHUNK_SIZES.into_iter().enumerate() {
            guest.change_chunk_size(ChunkSize::new(size).unwrap());
            guest.send_video(n as u32 * 40, keyframe(n as u8));
            guest.send_video(n as u32 * 40 + 20, frame_of(n));
        }
        guest.read_to_the_end();
    });
    let mut player = connect(runtime, &server, Role::Player);
    let stream = player.play("room").unwrap();
    for n in 0..CHUNK_SIZES.len() {
        let short = frame(n as u32 * 40, keyframe(n as u8));
        assert_eq!(next_media(&mut *player), (stream, short));
        let long = frame(n as u32 * 40 + 20, frame_of(n));
        assert_eq!(next_media(&mut *player), (stream, long));
    }
    player.close().unwrap();
    server.end();
}

/// Both ways. Frames of many chunks: each chunk repeats an extended timestamp.
pub(crate) fn timestamps_may_be_extended_and_wrap(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.connected();
        guest.let_publish(STREAM);
        let second = MessageStreamId::new(2);
        guest.let_play(second);
        for time in TIMES {
            let (short, long) = (guest.next_video(), guest.next_video());
            assert_eq!(
                (short.timestamp.as_millis(), &*short.payload),
                (time, &*keyframe(1))
            );
            assert_eq!(
                (long.timestamp.as_millis(), &*long.payload),
                (time.wrapping_add(1), &*inter_frame(10_000))
            );
            guest.send(&video(second, time, keyframe(2)));
            guest.send(&video(second, time.wrapping_add(1), inter_frame(1000)));
        }
        guest.read_to_the_end();
    });
    let mut client = connect(runtime, &server, Role::Publisher);
    let up = client.publish("room").unwrap();
    let down = client.play("room").unwrap();
    for time in TIMES {
        client.send(up, frame(time, keyframe(1))).unwrap();
        let long = frame(time.wrapping_add(1), inter_frame(10_000));
        client.send(up, long).unwrap();
        assert_eq!(next_media(&mut *client), (down, frame(time, keyframe(2))));
        let long = frame(time.wrapping_add(1), inter_frame(1000));
        assert_eq!(next_media(&mut *client), (down, long));
    }
    client.close().unwrap();
    server.end();
}

pub(crate) fn streams_of_one_connection_do_not_mix(runtime: &dyn Dialling) {
    let [first, second, third] = [1, 2, 3].map(MessageStreamId::new);
    let server = Scripted::start(runtime, move |door| {
        let mut guest = door.connected();
        guest.let_play(first);
        guest.let_play(second);
        guest.let_publish(third);
        for n in 0..4 {
            guest.send(&video(first, 40 * u32::from(n), keyframe(10 + n)));
            guest.send(&video(second, 40 * u32::from(n), keyframe(20 + n)));
            let message = guest.next_video();
            assert_eq!(
                (message.stream, message.payload),
                (third, keyframe(30 + n).into())
            );
        }
        // Of a stream that is nobody's.
        guest.send(&video(MessageStreamId::new(9), 0, keyframe(99)));
        // One ends by the server's word, another one by the client's; the rest goes on.
        guest.send(&UserControl::StreamEof(first).to_message());
        let delete = guest.wait_for_command("deleteStream");
        assert_eq!(delete.arguments[0].as_number(), Some(3.0));
        guest.send(&video(second, 400, keyframe(40)));
        guest.read_to_the_end();
    });
    let mut client = connect(runtime, &server, Role::Publisher);
    let one = client.play("one").unwrap();
    let two = client.play("two").unwrap();
    let up = client.publish("three").unwrap();
    for n in 0..4 {
        let time = 40 * u32::from(n);
        assert_eq!(next_media(&mut *client), (one, frame(time, keyframe(10 + n))));
        assert_eq!(next_media(&mut *client), (two, frame(time, keyframe(20 + n))));
        client.send(up, frame(time, keyframe(30 + n))).unwrap();
    }
    while client.next().expect("it goes on").unwrap() != (ClientEvent::Ended { stream: one }) {}
    client.end_stream(up);
    assert!(client.send(up, frame(400, keyframe(34))).is_err());
    assert_eq!(next_media(&mut *client), (two, frame(400, keyframe(40))));
    client.close().unwrap();
    server.end();
}

pub(crate) fn what_is_received_is_acknowledged(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.player();
        guest.send(&Control::WindowAcknowledgementSize(10_000).to_message());
        guest.change_chunk_size(ChunkSize::new(65_536).unwrap());
        assert_each_is_acknowledged(&mut guest);
        guest.read_to_the_end();
    });
    let mut player = connect(runtime, &server, Role::Player);
    player.play("room").unwrap();
    for _ in 0..10 {
        next_media(&mut *player);
    }
    player.close().unwrap();
    server.end();
}

/// All that was sent is there when `close` is done, and then the end of the stream.
pub(crate) fn what_was_sent_arrives_before_the_farewell(runtime: &dyn Dialling) {
    const FRAMES: u32 = 60;
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.publisher();
        for n in 0..FRAMES {
            let message = guest.next_video();
            assert_eq!(
                (message.timestamp.as_millis(), message.payload.len()),
                (n * 40, 50_000)
            );
        }
        guest.wait_for_command("FCUnpublish");
        guest.wait_for_command("deleteStream");
        assert!(guest.next_message().is_none(), "it has said that this is all");
    });
    let mut publisher = connect(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    for n in 0..FRAMES {
        publisher.send(room, frame(n * 40, inter_frame(50_000))).unwrap();
    }
    publisher.close().unwrap();
    let (_, error) = heard(&mut *publisher);
    assert!(error.is_none());
    server.end();
}

pub(crate) fn a_message_does_not_wait_for_the_last_one_to_be_acknowledged(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| door.publisher());
    let mut publisher = connect(runtime, &server, Role::Publisher);
    let room = publisher.publish("room").unwrap();
    let mut guest = server.end();
    let socket = guest.socket().try_clone().unwrap();
    let delay = delay_at_a_lazy_peer(
        &socket,
        || publisher.send(room, frame(40, inter_frame(100))).unwrap(),
        || assert_eq!(guest.next_video().payload, inter_frame(100)),
    );
    assert!(delay < AT_ONCE, "{delay:?}");
}
