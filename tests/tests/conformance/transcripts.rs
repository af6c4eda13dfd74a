//! What a server says, and what a client says, is the core's doing: no runtime adds to it, leaves out of it, or puts it in
//! another order.

use std::mem::take;
use std::thread;

use rtmp_core::chunk::MessageType;
use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, Role};
use rtmp_core::host::ClientSettings;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::{Command, UserControl};
use rtmp_core::units::{ChunkSize, MessageStreamId, Timestamp};
use rtmp_core::url::RtmpUrl;

use crate::clients::scripted::{Door, Guest};
use crate::clients::{Caller, Dialling, next_media, of_connection};
use crate::runtimes;
use crate::server::{Runtime, Server, Settings};
use crate::talk::{AVC_HEADER, STREAM, aac_frame, inter_frame, keyframe, user_control};

/// What was said, and to whom or by whom.
type Transcripts = Vec<(&'static str, Vec<u8>)>;

#[test]
fn every_runtime_says_the_same_to_the_byte() {
    let all = runtimes::ALL.map(|(name, runtime)| (name, transcripts(runtime)));
    assert_are_equal(&all);
}

#[test]
fn every_client_says_the_same_to_the_byte() {
    // Plain ones speak of `rtmp`, the others of `rtmps`.
    for runtimes in runtimes::CALLING.chunks(runtimes::PLAIN_CALLING.len()) {
        // One address for all of them: it is said in `connect`.
        let door = Door::open();
        let (_, first) = runtimes[0];
        let url = first.url(first.way_to(door.address()));
        let all = runtimes.iter();
        let all = all.map(|(name, runtime)| (*name, transcripts_of_clients(*runtime, &door, &url)));
        assert_are_equal(&all.collect::<Vec<_>>());
    }
}

#[track_caller]
fn assert_are_equal(all: &[(&str, Transcripts)]) {
    let [(first, expected), others @ ..] = all else {
        panic!("there are some");
    };
    for (name, transcripts) in others {
        for ((whose, said), (_, theirs)) in expected.iter().zip(transcripts) {
            let differ = said.iter().zip(theirs).position(|(a, b)| a != b);
            assert_eq!(
                (said.len(), differ),
                (theirs.len(), None),
                "{whose}: {first} and {name}"
            );
        }
    }
}

/// All that a server says behind the handshake, which is random: to a publisher, to players that come early and late, and
/// to one that is refused. Who speaks waits for what it brings about, so that there is one order only.
fn transcripts(runtime: &dyn Runtime) -> Transcripts {
    let server = Server::with(runtime, Settings::default());
    let mut early = server.client();
    early.request_play(STREAM, "room?token=1");
    server.until(|server| server.streams().len() == 1);
    let mut publisher = server.client();
    publisher.publish("room?token=2");
    early.wait_for_status("NetStream.Play.Start");
    publisher.change_chunk_size(ChunkSize::new(60_000).unwrap());
    let frames = [
        AVC_HEADER.to_vec(),
        keyframe(1),
        inter_frame(30_000),
        inter_frame(4096),
    ];
    for (n, frame) in (0..).zip(&frames) {
        publisher.send_video(n * 40, frame.clone());
        assert_eq!(early.next_video().payload, *frame);
    }
    publisher.send_audio(0x0100_0000, aac_frame(1));
    assert_eq!(early.next_of(MessageType::Audio).payload, aac_frame(1));

    let mut refused = server.client();
    refused.request_publish(STREAM, "room");
    while refused.next_message().is_some() {}
    let mut late = server.client();
    late.play("room");
    for frame in &frames {
        assert_eq!(late.next_video().payload, *frame);
    }
    assert_eq!(late.next_of(MessageType::Audio).payload, aac_frame(1));
    late.command(STREAM, &Command::new("pause", 0.0).with(true).with(0.0));
    late.wait_for_status("NetStream.Pause.Notify");
    publisher.command(
        STREAM,
        &Command::new("deleteStream", 0.0).with(f64::from(STREAM.get())),
    );
    for player in [&mut early, &mut late] {
        player.wait_for_status("NetStream.Play.UnpublishNotify");
    }
    server.shut_down();
    let clients = [
        ("early player", early),
        ("publisher", publisher),
        ("refused", refused),
        ("late player", late),
    ];
    let said = clients.map(|(name, mut client)| {
        while client.next_message().is_some() {}
        (name, take(&mut client.transcript))
    });
    said.into()
}

/// All that a publisher and a player say behind the handshake, which is random. Who speaks waits for what it brings about, so
/// that there is one order only.
fn transcripts_of_clients(runtime: &dyn Dialling, door: &Door, url: &RtmpUrl) -> Transcripts {
    let call = |role| {
        let client = runtime.call(url, role, ClientSettings::default());
        client.expect("it is let in")
    };
    thread::scope(|scope| {
        let script = scope.spawn(|| {
            let mut publisher = door.publisher();
            for last in [aac_frame(1), inter_frame(4097)] {
                while publisher.next_message().expect("it stays").payload != last {}
                ping(&mut publisher);
            }
            publisher.create_stream(SECOND);
            publisher.wait_for_command("publish");
            publisher.refuse(SECOND, "NetStream.Publish.BadName");
            publisher.read_to_the_end();
            let mut player = door.player();
            player.change_chunk_size(ChunkSize::new(60_000).unwrap());
            player.send_video(0xFF_FFFF, keyframe(1));
            ping(&mut player);
            player.let_play(SECOND);
            player.read_to_the_end();
            [("publisher", publisher), ("player", player)]
                .map(|(name, mut guest)| (name, take(&mut guest.transcript)))
        });
        let mut publisher = call(Role::Publisher);
        let room = publisher.publish("room?token=1").unwrap();
        let media = [
            (MediaKind::Data, 0, METADATA.to_vec()),
            (MediaKind::Video, 0, AVC_HEADER.to_vec()),
            (MediaKind::Video, 0, keyframe(1)),
            (MediaKind::Audio, 3, aac_frame(1)),
            (MediaKind::Video, 40, inter_frame(30_000)),
            (MediaKind::Video, 0x0100_0000, inter_frame(4096)),
            (MediaKind::Audio, 0xFFFF_FFFF, aac_frame(2)),
            (MediaKind::Video, 7, inter_frame(4097)),
        ];
        for half in media.chunks(4) {
            for (kind, millis, payload) in half {
                let message = MediaMessage {
                    kind: *kind,
                    timestamp: Timestamp::from_millis(*millis),
                    payload: payload.clone().into(),
                };
                publisher.send(room, message).unwrap();
            }
            until_pinged(&mut *publisher);
        }
        let refused = of_connection(publisher.publish("taken"));
        assert!(matches!(refused, Error::Rejected(_)), "{refused}");
        publisher.close().unwrap();
        let mut player = call(Role::Player);
        player.play("room?token=2").unwrap();
        next_media(&mut *player);
        until_pinged(&mut *player);
        let second = player.play("other").unwrap();
        player.end_stream(second);
        player.close().unwrap();
        script.join().expect("the script comes to its end").into()
    })
}

/// `onMetaData` without a single one.
const METADATA: &[u8] = b"\x02\x00\x0AonMetaData\x08\0\0\0\0\0\0\x09";
const SECOND: MessageStreamId = MessageStreamId::new(2);

/// Sends a ping, and something behind it that the client's host hears of.
fn ping(guest: &mut Guest) {
    guest.send(&UserControl::PingRequest(5).to_message());
    guest.status(STREAM, "NetStream.Tests.Pinged");
    while !matches!(
        user_control(&guest.next_message_unanswered().expect("it stays")),
        Some(UserControl::PingResponse(Some(5)))
    ) {}
}

fn until_pinged(client: &mut dyn Caller) {
    let is_it = |event: &ClientEvent| matches!(event, ClientEvent::Status { status, .. } if status.code == "NetStream.Tests.Pinged");
    while !is_it(&client.next().expect("it goes on").unwrap()) {}
}
