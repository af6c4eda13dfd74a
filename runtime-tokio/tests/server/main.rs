//! The server over real sockets, with clients made of the core's parts.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod client;
mod host;
mod limits;
mod listening;
mod relay;
mod shutdown;
mod slow;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use client::{AVC_HEADER, Client, PATIENCE, inter_frame, keyframe};
use rtmp_core::amf0::Object;
use rtmp_core::connection::ServerConfig;
use rtmp_core::connection::server::{ConnectCommand, Refusal, StreamName};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::{Command, ReconnectRequest};
use rtmp_core::session::{Asked, Decision, Policy, SessionConfig, SessionEvent};
use rtmp_core::units::Timestamp;
use rtmp_tokio::{
    Builder, End, Full, Handle, ListenAddr, Observer, Peer, PlayerEvent, SendError, Server, Trouble,
};
use tokio::io::AsyncReadExt;
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

/// Keeps what it hears, in words.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Observer for Diary {
    fn on_start(&self, peer: &Peer) {
        self.write(format!("{} starts", peer.id));
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        match event {
            SessionEvent::Connected => self.write(format!("{} uses {}", peer.id, peer.connect.app)),
            SessionEvent::Publishing { key, .. } => self.write(format!("{} publishes {key}", peer.id)),
            SessionEvent::Playing { key, .. } => self.write(format!("{} plays {key}", peer.id)),
            SessionEvent::Stopped { key, .. } => self.write(format!("{} stops {key}", peer.id)),
            SessionEvent::Refused { reason, .. } => self.write(format!("{} is refused: {reason}", peer.id)),
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.write(format!("{} ends: {}", peer.id, end.reason));
    }

    fn on_trouble(&self, trouble: &Trouble) {
        self.write(format!("trouble: {trouble:?}"));
    }
}

fn video(timestamp: u32, payload: Vec<u8>) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(timestamp),
        payload: payload.into(),
    }
}
