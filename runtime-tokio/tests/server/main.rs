//! What this runtime has of its own: streams, sockets and futures of the program around it. What all runtimes have in
//! common is in `tests/tests/conformance`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod client;
mod coalescing;
mod host;
mod limits;
mod tls;

use std::time::Duration;

use client::{Client, PATIENCE, keyframe};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::session::ServerSession;
use rtmp_core::units::Timestamp;
use rtmp_tokio::{Builder, Full, Handle, ListenAddr, PlayerEvent, SendError, Server};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// A server that runs until the test drops it.
struct Running {
    address: ListenAddr,
    handle: Handle,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(builder: Builder) -> Self {
        let server = builder
            .listen(ListenAddr::Tcp("127.0.0.1:0".parse().unwrap()))
            .bind()
            .await
            .unwrap();
        Self::serve(server)
    }

    fn serve(server: Server) -> Self {
        let address = server.local_addrs().remove(0);
        let handle = server.handle();
        Self {
            address,
            handle,
            task: tokio::spawn(server.serve(std::future::pending())),
        }
    }

    async fn socket(&self) -> TcpStream {
        let ListenAddr::Tcp(address) = self.address else {
            panic!("{} is no TCP address", self.address)
        };
        TcpStream::connect(address).await.unwrap()
    }

    async fn client(&self) -> Client<TcpStream> {
        Client::connect(self.socket().await).await
    }

    /// Waits for something that other tasks bring about.
    async fn until(&self, is_so: impl Fn(&Handle) -> bool) {
        let wait = async {
            while !is_so(&self.handle) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, wait).await.expect("it never became so");
    }
}

fn video(timestamp: u32, payload: Vec<u8>) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(timestamp),
        payload: payload.into(),
    }
}
