//! Servers that err, break off, or mean harm.

use std::io::Write;
use std::net::Shutdown;

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::connection::client::{ClientEvent, Role};
use rtmp_core::connection::{Error, PeerMisbehaved, Unanswered};
use rtmp_core::handshake::HandshakeError;
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};

use super::scripted::{Guest, Scripted};
use super::{Caller, Dialling, frame, heard, next_media, of_connection};
use crate::talk::{AVC_HEADER, STREAM, inter_frame, keyframe, video};

fn connect(runtime: &dyn Dialling, server: &Scripted<()>, role: Role) -> Result<Box<dyn Caller>, CallError> {
    runtime.call(&server.url, role, ClientSettings::default())
}

/// A player that has seen one frame when the server does this, and what has ended it.
fn end_of_player(runtime: &dyn Dialling, act: impl FnOnce(&mut Guest) + Send + 'static) -> CallError {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.player();
        guest.send_video(0, keyframe(1));
        act(&mut guest);
    });
    let mut player = connect(runtime, &server, Role::Player).expect("it is let in");
    let stream = player.play("room").unwrap();
    assert_eq!(next_media(&mut *player), (stream, frame(0, keyframe(1))));
    let (events, error) = heard(&mut *player);
    let is_closed = |event: &ClientEvent| *event == ClientEvent::StreamClosed { stream };
    assert!(events.iter().any(is_closed), "{events:?}");
    server.end();
    error.expect("its host has not ended it")
}

pub(crate) fn who_speaks_something_else_is_left(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut socket = door.socket();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // What the client has said, to the end.
        let _ = std::io::copy(&mut socket, &mut std::io::sink());
    });
    let error = of_connection(connect(runtime, &server, Role::Player));
    assert_eq!(
        error,
        Error::Handshake(HandshakeError::UnsupportedVersion(b'H')),
        "and it is not tried again"
    );
    server.end();
}

pub(crate) fn garbage_in_the_place_of_chunks_ends_the_connection(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        let mut guest = door.guest();
        // Basic header of type 3: it continues a message that was never begun.
        guest.send_bytes(&[0xC7; 64]);
        guest.read_to_the_end();
    });
    let error = of_connection(connect(runtime, &server, Role::Publisher));
    assert!(matches!(error, Error::Chunk(_)), "{error}");
    server.end();

    let error = end_of_player(runtime, |guest| {
        guest.send_bytes(&[0xC7; 64]);
        guest.read_to_the_end();
    });
    assert!(matches!(error, CallError::Connection(Error::Chunk(_))), "{error}");
}

pub(crate) fn a_command_that_is_none_ends_the_connection(runtime: &dyn Dialling) {
    let error = end_of_player(runtime, |guest| {
        guest.send(&Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::CONNECTION,
            timestamp: Timestamp::ZERO,
            kind: MessageType::CommandAmf0,
            // A string that is longer than the message.
            payload: vec![2, 0xFF, 0xFF, b'o', b'n'].into(),
        });
        guest.read_to_the_end();
    });
    assert!(
        matches!(error, CallError::Connection(Error::Command(_))),
        "{error}"
    );
}

pub(crate) fn a_message_that_is_too_long_ends_the_connection(runtime: &dyn Dialling) {
    let error = end_of_player(runtime, |guest| {
        // A header of type 0 that announces 16 MB of video: csid 6, time 0, length, type 9, stream 1.
        guest.send_bytes(&[6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 9, 1, 0, 0, 0]);
        guest.read_to_the_end();
    });
    assert!(matches!(error, CallError::Connection(Error::Chunk(_))), "{error}");
}

pub(crate) fn a_server_that_leaves_in_the_middle_of_a_message_has_cut_it(runtime: &dyn Dialling) {
    let error = end_of_player(runtime, |guest| {
        let bytes = guest.encoded(&video(STREAM, 40, inter_frame(5000)));
        guest.send_bytes(&bytes[..3000]);
    });
    assert!(
        matches!(
            error,
            CallError::Connection(Error::PeerMisbehaved(PeerMisbehaved::UnexpectedEof))
        ),
        "{error}"
    );
}

/// In the middle of a GOP, at the end of a message: it is not the end of the stream, which would have been said.
pub(crate) fn a_server_that_leaves_in_the_middle_of_a_gop_is_an_error(runtime: &dyn Dialling) {
    let error = end_of_player(runtime, |guest| guest.send_video(40, inter_frame(5000)));
    assert!(matches!(error, CallError::Closed), "{error}");

    let server = Scripted::start(runtime, |door| {
        let mut guest = door.publisher();
        for payload in [AVC_HEADER.to_vec(), keyframe(1), inter_frame(300)] {
            assert_eq!(guest.next_video().payload, payload);
        }
        guest.socket().shutdown(Shutdown::Write).unwrap();
        guest.read_to_the_end();
    });
    let mut publisher = connect(runtime, &server, Role::Publisher).expect("it is let in");
    let room = publisher.publish("room").unwrap();
    for (millis, payload) in [(0, AVC_HEADER.to_vec()), (0, keyframe(1)), (40, inter_frame(300))] {
        publisher.send(room, frame(millis, payload)).unwrap();
    }
    let (_, error) = heard(&mut *publisher);
    assert!(matches!(error, Some(CallError::Closed)), "{error:?}");
    let late = publisher.send(room, frame(80, keyframe(2)));
    assert!(matches!(late, Err(CallError::Closed)), "{late:?}");
    server.end();
}

pub(crate) fn a_server_that_hangs_up_is_told_by_what_it_owes(runtime: &dyn Dialling) {
    let server = Scripted::start(runtime, |door| {
        // With digests, and once more without.
        drop(door.socket());
        drop(door.socket());
        door.guest().wait_for_command("connect");
        for name in ["publish", "play"] {
            let mut guest = door.connected();
            guest.create_stream(STREAM);
            guest.wait_for_command(name);
        }
    });
    let connecting = |role| of_connection(connect(runtime, &server, role));
    assert_eq!(connecting(Role::Player), Error::Unanswered(Unanswered::Handshake));
    assert_eq!(connecting(Role::Player), Error::Unanswered(Unanswered::Connect));
    let mut publisher = connect(runtime, &server, Role::Publisher).expect("it is let in");
    let error = of_connection(publisher.publish("room"));
    assert_eq!(error, Error::Unanswered(Unanswered::Publish));
    let mut player = connect(runtime, &server, Role::Player).expect("it is let in");
    let error = of_connection(player.play("room"));
    assert_eq!(error, Error::Unanswered(Unanswered::Play));
    server.end();
}
