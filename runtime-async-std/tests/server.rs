//! What this runtime has of its own: streams, sockets and futures of the program around it. What all runtimes have in
//! common is in `tests/tests/conformance`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::future::pending;
use std::io::Read as _;
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use async_std::future::timeout;
use async_std::io::ReadExt as _;
use async_std::net::{TcpListener, TcpStream};
use async_std::task::{self, JoinHandle, block_on, sleep};
use rtmp_async_std::{
    Builder, Handle, ListenAddr, PeerAddr, PlayerEvent, SendError, Server, ServerSettings, Socket,
};
use rtmp_core::hub::StreamKey;
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::session::ServerSession;
use rtmp_core::units::Timestamp;

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until the test cancels it.
struct Running {
    address: SocketAddr,
    handle: Handle,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(builder: Builder) -> Self {
        let listen = ListenAddr::Tcp("127.0.0.1:0".parse().unwrap());
        Self::serve(builder.listen(listen).bind().await.unwrap())
    }

    fn serve(server: Server) -> Self {
        let ListenAddr::Tcp(address) = server.local_addrs().remove(0) else {
            panic!("it was told a TCP address")
        };
        Self {
            address,
            handle: server.handle(),
            task: task::spawn(server.serve(pending())),
        }
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

/// Settings that end a connection which says nothing at once.
fn impatient() -> ServerSettings {
    let mut limits = Limits::default();
    limits.handshake_timeout = Duration::from_millis(1);
    let mut settings = ServerSettings::default();
    std::sync::Arc::make_mut(&mut settings.session.connection).limits = limits;
    settings
}

fn video(timestamp: u32, payload: Vec<u8>) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::from_millis(timestamp),
        payload: payload.into(),
    }
}

/// An AVC key frame whose last byte tells it from others.
fn keyframe(number: u8) -> Vec<u8> {
    vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, number]
}

#[test]
fn a_program_publishes_and_plays_without_a_connection() {
    block_on(async {
        let server = Running::start(Server::builder()).await;
        let key = StreamKey::from("live/inside");
        let mut player = server.handle.play(&key);
        let mut publisher = server.handle.publish(&key).unwrap();
        assert!(server.handle.publish(&key).is_err(), "the name is taken");
        assert_eq!(player.next().await, Some(PlayerEvent::Started));
        publisher.send(video(1, keyframe(1))).unwrap();
        assert_eq!(
            player.next().await,
            Some(PlayerEvent::Message(video(1, keyframe(1))))
        );
        let too_long = video(2, vec![0; 0x100_0000]);
        assert_eq!(publisher.send(too_long), Err(SendError::TooLong(0x100_0000)));
        drop(publisher);
        assert_eq!(player.next().await, Some(PlayerEvent::Ended));
        server.handle.shutdown();
        assert_eq!(player.next().await, None);
        server.task.await;
    });
}

#[test]
fn the_servers_own_sockets_say_the_end_before_they_go() {
    let server = block_on(Running::start(Server::builder().settings(impatient())));
    let mut socket = std::net::TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(socket.read(&mut [0; 1]).unwrap(), 0);
    // The server has said all and reads on, for the peer to do likewise.
    assert_eq!(server.handle.connections(), 1);
    socket.shutdown(Shutdown::Write).unwrap();
    block_on(server.until(|handle| handle.connections() == 0));
}

#[test]
fn a_connection_may_be_handed_over() {
    block_on(async {
        let server = Running::start(Server::builder().settings(impatient())).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, address) = listener.accept().await.unwrap();
        let connection = server.handle.connect(socket, address.into()).unwrap();
        assert_eq!(server.handle.connections(), 1);
        task::spawn(connection);
        // Such a socket does not say the end; it goes a moment later, and that does.
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
        server.until(|handle| handle.connections() == 0).await;
    });
}

#[test]
fn a_connection_has_no_buffers_of_its_own() {
    block_on(async {
        let server = Server::builder().bind().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let connection = server.handle().connect(socket, PeerAddr::Unix).unwrap();
        let own =
            size_of_val(&connection) - size_of::<TcpStream>() + size_of::<Socket<std::net::TcpStream>>();
        assert!(own < size_of::<ServerSession>() + 800, "{own}");
    });
}

#[test]
fn a_server_whose_future_is_dropped_ends_its_connections() {
    block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Running::serve(Server::builder().listener(listener).bind().await.unwrap());
        assert_eq!(server.address, address, "a bound listener is adopted");
        let mut client = TcpStream::connect(address).await.unwrap();
        server.until(|handle| handle.connections() == 1).await;
        let Running { handle, task, .. } = server;
        task.cancel().await;
        let end = timeout(PATIENCE, client.read(&mut [0; 1])).await;
        assert_eq!(end.expect("the server holds on to it").unwrap_or(0), 0);
        while handle.connections() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
        assert!(
            TcpStream::connect(address).await.is_err(),
            "the listener is closed"
        );
    });
}
