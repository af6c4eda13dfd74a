//! What this runtime's client has of its own: futures that are dropped, streams, sinks. What all runtimes have in common is in
//! `tests/tests/conformance`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod latency;
mod moving;
mod waiting;

use std::future::{Future, pending};
use std::time::Duration;

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, ClientSettings, Handle, ListenAddr, PlayerEvent, Server};
use tokio::time::timeout;

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server in this process, until the test ends.
async fn serve() -> (RtmpUrl, Handle) {
    let address: ListenAddr = "127.0.0.1:0".parse().unwrap();
    let server = Server::builder().listen(address).bind().await.unwrap();
    let url = format!("rtmp://{}/live/key", server.local_addrs()[0]);
    let handle = server.handle();
    tokio::spawn(server.serve(pending()));
    (url.parse().unwrap(), handle)
}

async fn connect(url: &RtmpUrl, role: Role) -> Client {
    soon(Client::connect(url, role, ClientSettings::default()))
        .await
        .unwrap()
}

async fn publisher(url: &RtmpUrl) -> (Client, StreamHandle) {
    let mut client = connect(url, Role::Publisher).await;
    let stream = soon(client.publish("key", PublishMode::Live)).await.unwrap();
    (client, stream)
}

async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it takes too long")
}

/// An AVC key frame whose last byte tells it from others.
fn keyframe(number: u8) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(number.into()),
        payload: vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, number].into(),
    }
}

/// The next frame that the client is sent.
async fn next_frame(client: &mut Client) -> u8 {
    loop {
        let event = soon(client.next()).await.expect("an event").expect("no error");
        if let ClientEvent::Media { message, .. } = event
            && message.kind == MediaKind::Video
        {
            return *message.payload.last().unwrap();
        }
    }
}
