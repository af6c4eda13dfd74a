//! What a server says is the core's doing: no runtime adds to it, leaves out of it, or puts it in another order.

use rtmp_core::chunk::MessageType;
use rtmp_core::message::Command;
use rtmp_core::units::ChunkSize;

use crate::client::{AVC_HEADER, STREAM, aac_frame, inter_frame, keyframe};
use crate::runtimes;
use crate::server::{Runtime, Server, Settings};

#[test]
fn every_runtime_says_the_same_to_the_byte() {
    let [(first, runtime), others @ ..] = runtimes::ALL;
    let expected = transcripts(runtime);
    for (name, runtime) in others {
        for ((whose, said), (_, theirs)) in expected.iter().zip(transcripts(runtime)) {
            let differ = said.iter().zip(&theirs).position(|(a, b)| a != b);
            assert_eq!(
                (said.len(), differ),
                (theirs.len(), None),
                "to the {whose}: {first} and {name}"
            );
        }
    }
}

/// All that a server says behind the handshake, which is random: to a publisher, to players that come early and late, and
/// to one that is refused. Who speaks waits for what it brings about, so that there is one order only.
fn transcripts(runtime: &dyn Runtime) -> Vec<(&'static str, Vec<u8>)> {
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
        (name, client.transcript)
    });
    said.into()
}
