//! A publisher whose server sends it to another one.

use std::future::poll_fn;
use std::pin::Pin;

use futures_sink::Sink;
use rtmp_core::message::ReconnectRequest;
use rtmp_tokio::ServerSettings;

use super::*;

fn header() -> MediaMessage {
    MediaMessage {
        payload: vec![0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1F, 0xFF].into(),
        ..keyframe(0)
    }
}

/// An AVC frame that depends on others.
fn inter(number: u8) -> MediaMessage {
    MediaMessage {
        payload: vec![0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, number].into(),
        ..keyframe(number)
    }
}

/// Two servers, of which the first asks to go to the second. What is said of the stream by `say` after that arrives at the
/// second, which begins with a key frame and what it needs.
async fn move_publisher(say: impl AsyncFnOnce(&mut Client, StreamHandle, [MediaMessage; 3])) {
    let (there, second) = serve().await;
    let mut settings = ServerSettings::default();
    settings.reconnect = Some(ReconnectRequest::to(there.tc_url()));
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let builder = Server::builder().listen(address).settings(settings);
    let server = builder.bind().await.unwrap();
    let here = format!("rtmp://{}/live/key", server.local_addrs()[0]);
    let first = server.handle();
    tokio::spawn(server.serve(pending()));

    let mut player = second.play(&StreamKey::from("live/key"));
    let (mut client, stream) = publisher(&here.parse().unwrap()).await;
    for message in [header(), keyframe(0), inter(1)] {
        soon(client.send(stream, message)).await.unwrap();
    }
    first.shutdown();
    while !matches!(
        soon(client.next()).await,
        Some(Ok(ClientEvent::ReconnectRequested(_)))
    ) {}
    soon(say(&mut client, stream, [inter(2), keyframe(3), inter(4)])).await;
    for expected in [header(), keyframe(3), inter(4)] {
        loop {
            if let Some(PlayerEvent::Message(message)) = soon(player.next()).await {
                assert_eq!(message.payload, expected.payload);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_publisher_leaves_before_a_key_frame_and_goes_on_with_its_headers() {
    move_publisher(async |client, stream, messages| {
        for message in messages {
            client.send(stream, message).await.unwrap();
        }
        client.flush().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn so_does_a_sink_which_has_to_take_the_key_frame_first() {
    move_publisher(async |client, stream, messages| {
        let mut sink = client.sink(stream);
        for message in messages {
            poll_fn(|cx| Pin::new(&mut sink).poll_ready(cx)).await.unwrap();
            Pin::new(&mut sink).start_send(message).unwrap();
        }
        poll_fn(|cx| Pin::new(&mut sink).poll_flush(cx)).await.unwrap();
    })
    .await;
}
