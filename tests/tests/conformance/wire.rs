//! The bytes: how they may come, and what they may say.

use std::io::{Read, Write};
use std::net::Shutdown;

use rtmp_core::amf0::Object;
use rtmp_core::chunk::{ChunkEncoder, MessageType};
use rtmp_core::handshake::{ClientHandshake, Kind, Scheme};
use rtmp_core::message::{Command, Control};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Seed};

use crate::client::Client;
use crate::server::{Runtime, Server};
use crate::talk::{STREAM, Talk, inter_frame, keyframe, video};

/// Chunk sizes to change to while messages go on.
pub(crate) const CHUNK_SIZES: [u32; 6] = [128, 1, 4096, 60_000, 129, 1 << 20];

/// Around 2^24 - 1, from which on a timestamp is extended, around 2^31, and over 2^32.
pub(crate) const TIMES: [u32; 7] = [
    0xFF_FFFE,
    0xFF_FFFF,
    0x100_0000,
    0x7FFF_FFFF,
    0x8000_0010,
    0xFFFF_FFF0,
    20,
];

/// One who has asked for an acknowledgement of every 10,000 bytes sends ten messages of a little more.
pub(crate) fn assert_each_is_acknowledged(talk: &mut Talk<impl Read + Write>) {
    let mut last = 0;
    for n in 0..10 {
        talk.send_video(n * 40, inter_frame(10_100));
        let message = talk.next_of(MessageType::Acknowledgement);
        let Some(Control::Acknowledgement(bytes)) = Control::parse(message.kind, &message.payload) else {
            panic!("{message:?}");
        };
        assert!(bytes >= last + 5_000, "{bytes} after {last}");
        last = bytes;
    }
    assert!((100_000..110_000).contains(&last), "{last}");
}

pub(crate) fn a_client_may_send_one_byte_at_a_time(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = Client::in_pieces(server.socket(), 1);
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    publisher.send_video(7, keyframe(9));
    let message = player.next_video();
    assert_eq!(
        (message.timestamp.as_millis(), message.payload),
        (7, keyframe(9).into())
    );
}

pub(crate) fn a_client_may_send_everything_at_once(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut player = server.client();
    player.request_play(STREAM, "room");
    server.until(|server| server.streams().len() == 1);

    // From C0 to the media in one write: C2 is not looked at.
    let mut bytes = Vec::new();
    ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut bytes);
    bytes.extend([0; 1536]);
    let mut encoder = ChunkEncoder::new();
    let connect = Object::new()
        .with("app", "live")
        .with("tcUrl", "rtmp://127.0.0.1/live");
    for (stream, command) in [
        (
            MessageStreamId::CONNECTION,
            Command::new("connect", 1.0).with_object(connect),
        ),
        (MessageStreamId::CONNECTION, Command::new("createStream", 2.0)),
        (STREAM, Command::new("publish", 0.0).with("room").with("live")),
    ] {
        let message = command.to_message(ChunkStreamId::COMMAND, stream);
        encoder.encode(&message, ChunkSize::INITIAL, &mut bytes);
    }
    for n in 0..3 {
        encoder.encode(
            &video(STREAM, u32::from(n) * 40, keyframe(n)),
            ChunkSize::INITIAL,
            &mut bytes,
        );
    }
    let mut socket = server.socket();
    socket.write_all(&bytes).unwrap();
    for n in 0..3 {
        assert_eq!(player.next_video().payload, keyframe(n));
    }

    // The end of the connection behind the end of the stream, likewise.
    let delete = Command::new("deleteStream", 0.0).with(1.0);
    let delete = delete.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
    let mut bytes = Vec::new();
    encoder.encode(&video(STREAM, 120, keyframe(3)), ChunkSize::INITIAL, &mut bytes);
    encoder.encode(&delete, ChunkSize::INITIAL, &mut bytes);
    socket.write_all(&bytes).unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    assert_eq!(player.next_video().payload, keyframe(3));
    player.wait_for_status("NetStream.Play.UnpublishNotify");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.contains("NetStream.Publish.Start"),
        "all is answered before the end"
    );
}

pub(crate) fn chunk_sizes_may_change_in_the_middle(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    for (n, size) in CHUNK_SIZES.into_iter().enumerate() {
        publisher.change_chunk_size(ChunkSize::new(size).unwrap());
        let frame = inter_frame(20 + n * 1111);
        publisher.send_video(n as u32 * 40, keyframe(n as u8));
        publisher.send_video(n as u32 * 40 + 20, frame.clone());
        assert_eq!(player.next_video().payload, keyframe(n as u8));
        assert_eq!(player.next_video().payload, frame);
    }
}

pub(crate) fn timestamps_may_be_extended_and_wrap(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.publish("room");
    let mut player = server.client();
    player.play("room");
    // Frames of many chunks: each chunk repeats an extended timestamp.
    for time in TIMES {
        publisher.send_video(time, keyframe(1));
        publisher.send_video(time.wrapping_add(1), inter_frame(1000));
        let (short, long) = (player.next_video(), player.next_video());
        assert_eq!(short.timestamp.as_millis(), time);
        assert_eq!(
            (long.timestamp.as_millis(), long.payload),
            (time.wrapping_add(1), inter_frame(1000).into())
        );
    }
}

pub(crate) fn what_is_received_is_acknowledged(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    let mut publisher = server.client();
    publisher.send(&Control::WindowAcknowledgementSize(10_000).to_message());
    publisher.publish("room");
    publisher.change_chunk_size(ChunkSize::new(65_536).unwrap());
    assert_each_is_acknowledged(&mut publisher);
}

pub(crate) fn a_digest_handshake_is_answered(runtime: &dyn Runtime) {
    let server = Server::start(runtime);
    for kind in [
        Kind::Simple,
        Kind::Digest(Scheme::Zero),
        Kind::Digest(Scheme::One),
    ] {
        let mut socket = server.socket();
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(kind, Seed::from([7; 32]), &mut out);
        socket.write_all(&out).unwrap();
        let mut answer = vec![0; 1 + 2 * 1536];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer[0], 3, "the version");
        let mut rest = &answer[..];
        assert_eq!(handshake.handle_input(&mut rest, &mut Vec::new()), Ok(true));
        assert_eq!(
            handshake.kind(),
            Some(kind),
            "the server's S1 and S2 have digests, or have not"
        );
    }
}
