//! The server over real sockets, with clients made of the core's parts.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

mod client;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_one_publishes_others_play_bit_for_bit() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().observer(diary.clone())).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    publisher.send_video(0, AVC_HEADER).await;
    publisher.send_video(40, keyframe(1)).await;
    let large = inter_frame(100_000);
    publisher.send_video(80, large.clone()).await;

    assert_eq!(player.next_video().await.payload, AVC_HEADER);
    assert_eq!(player.next_video().await.payload, keyframe(1));
    let last = player.next_video().await;
    assert_eq!(
        (last.timestamp.as_millis(), last.payload),
        (80, Bytes::from(large))
    );

    drop(publisher);
    player.wait_for_status("NetStream.Play.UnpublishNotify").await;
    drop(player);
    server.until(|handle| handle.connections() == 0).await;
    let lines = diary.lines();
    for line in [
        "1 starts",
        "1 uses live",
        "1 publishes live/room",
        "2 plays live/room",
        "1 stops live/room",
        "1 ends: closed by the peer",
        "2 stops live/room",
        "2 ends: closed by the peer",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:#?}");
    }
    assert_eq!(server.handle.streams(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_player_starts_at_the_newest_key_frame() {
    let server = Running::start(Server::builder()).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    publisher.send_video(0, AVC_HEADER).await;
    publisher.send_video(0, keyframe(1)).await;
    publisher.send_video(40, inter_frame(500)).await;
    publisher.send_video(80, keyframe(2)).await;
    publisher.send_video(120, inter_frame(600)).await;
    server
        .until(|handle| handle.streams().iter().any(|stream| stream.messages_in == 5))
        .await;

    let mut player = server.client().await;
    player.play("room").await;
    assert_eq!(player.next_video().await.payload, AVC_HEADER);
    assert_eq!(player.next_video().await.payload, keyframe(2));
    assert_eq!(player.next_video().await.payload, inter_frame(600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_comes_first_waits_for_its_publisher() {
    let server = Running::start(Server::builder()).await;
    let mut player = server.client().await;
    player.request_play("room").await;
    server.until(|handle| handle.streams().len() == 1).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    publisher.send_video(0, keyframe(1)).await;
    player.wait_for_status("NetStream.Play.Start").await;
    assert_eq!(player.next_video().await.payload, keyframe(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_waits_no_longer_than_it_is_told_to() {
    let mut config = SessionConfig::default();
    config.wait = Duration::from_millis(50);
    let server = Running::start(Server::builder().session(config)).await;
    let mut player = server.client().await;
    player.request_play("nobody").await;
    player.wait_for_status("NetStream.Play.StreamNotFound").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let server = Running::start(Server::builder()).await;
    let mut first = server.client().await;
    first.publish("room").await;
    let mut second = server.client().await;
    second
        .command(
            client::STREAM,
            &Command::new("publish", 3.0).with("room").with("live"),
        )
        .await;
    let codes = second.statuses_to_the_end().await;
    assert_eq!(
        codes,
        ["NetStream.Publish.BadName"],
        "the refusal is read before the connection closes"
    );

    let mut player = server.handle.play(&StreamKey::from("live/room"));
    first.send_video(0, keyframe(1)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(0, keyframe(1))))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_is_told_to_publisher_and_player() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().observer(diary.clone())).await;
    let mut publisher = server.client().await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    let started = Instant::now();
    server.handle.shutdown();
    let codes = publisher.statuses_to_the_end().await;
    assert_eq!(
        codes,
        ["NetStream.Unpublish.Success", "NetConnection.Connect.AppShutdown"]
    );
    let codes = player.statuses_to_the_end().await;
    assert!(
        codes.ends_with(&["NetConnection.Connect.AppShutdown".to_owned()]),
        "{codes:?}"
    );
    drop((publisher, player));
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "nobody had to be waited for"
    );
    let lines = diary.lines();
    assert!(
        lines.contains(&"1 ends: the server stops".to_owned()),
        "{lines:?}"
    );
    let ListenAddr::Tcp(address) = server.address else {
        unreachable!()
    };
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the listener is closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_sends_elsewhere_those_who_can_reconnect() {
    let request = ReconnectRequest::to("rtmp://b.example/live");
    let server = Running::start(Server::builder().reconnect(request.clone())).await;
    let ListenAddr::Tcp(address) = server.address.clone() else {
        unreachable!()
    };
    let socket = TcpStream::connect(address).await.unwrap();
    let properties = Object::new().with("capsEx", 1.0);
    let mut publisher = Client::connect_with(socket, usize::MAX, properties).await;
    publisher.publish("room").await;
    let mut player = server.client().await;
    player.play("room").await;

    server.handle.shutdown();
    let asked = publisher.wait_for_command("onStatus").await;
    assert_eq!(ReconnectRequest::from_command(&asked), Some(request));
    let codes = player.statuses_to_the_end().await;
    assert_eq!(
        codes.last().map(String::as_str),
        Some("NetConnection.Connect.AppShutdown"),
        "who announced nothing is not asked"
    );
    // It goes on until it leaves, and then the server has nobody to wait for.
    publisher.send_video(0, keyframe(1)).await;
    assert_eq!(server.handle.streams().len(), 1);
    drop((publisher, player));
    timeout(PATIENCE / 2, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_those_who_do_not_reconnect_in_time() {
    let mut connection = ServerConfig::default();
    connection.limits.reconnect_timeout = Duration::from_millis(200);
    let mut session = SessionConfig::default();
    session.connection = Arc::new(connection);
    let builder = Server::builder()
        .session(session)
        .reconnect(ReconnectRequest::to("rtmp://b.example/live"));
    let diary = Diary::default();
    let server = Running::start(builder.observer(diary.clone())).await;
    let ListenAddr::Tcp(address) = server.address.clone() else {
        unreachable!()
    };
    let socket = TcpStream::connect(address).await.unwrap();
    let properties = Object::new().with("capsEx", 1.0);
    let mut client = Client::connect_with(socket, usize::MAX, properties).await;
    server.handle.shutdown();
    assert_eq!(
        client.statuses_to_the_end().await,
        [ReconnectRequest::CODE, "NetConnection.Connect.AppShutdown"]
    );
    drop(client);
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    let lines = diary.lines();
    assert!(
        lines.contains(&"1 ends: the server stops".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_does_not_wait_for_who_does_not_read() {
    let builder = Server::builder().shutdown_timeout(Duration::from_millis(200));
    let server = Running::start(builder).await;
    let mut stuck = server.client().await;
    stuck.play_without_reading(&server.handle).await;
    let started = Instant::now();
    server.handle.shutdown();
    timeout(PATIENCE, server.task)
        .await
        .expect("serve does not return")
        .unwrap();
    assert!(
        started.elapsed() >= Duration::from_millis(200),
        "it was given its time"
    );
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(server.handle.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_player_does_not_hold_the_others() {
    let server = Running::start(Server::builder()).await;
    let mut quick = server.client().await;
    quick.request_play("stuck").await;
    server.until(|handle| handle.streams().len() == 1).await;
    let mut stuck = server.client().await;
    let last_of_quick = async {
        quick.wait_for_status("NetStream.Play.Start").await;
        while quick.next_video().await.payload != keyframe(255) {}
    };
    tokio::join!(last_of_quick, stuck.play_without_reading(&server.handle));

    // When it reads again, it goes on at the newest key frame.
    let mut frames = 0;
    while stuck.next_video().await.payload != keyframe(255) {
        frames += 1;
    }
    assert!(
        frames < 300,
        "it was sent {frames} of 320 frames, all that it had missed"
    );
    // The quick one may have skipped as well, on a machine that is busy.
    assert!(server.handle.streams()[0].messages_skipped >= 320 + 2 - frames);
}

impl Client<TcpStream> {
    /// Asks for a stream, which the server's own program fills with 32 MB, and reads nothing of it.
    async fn play_without_reading(&mut self, handle: &Handle) {
        let key = StreamKey::from("live/stuck");
        let mut publisher = handle.publish(&key).unwrap();
        publisher.send(video(0, AVC_HEADER.to_vec())).unwrap();
        publisher.send(video(0, keyframe(0))).unwrap();
        self.play("stuck").await;
        for n in 0..320 {
            publisher.send(video(n * 10, inter_frame(100_000))).unwrap();
            sleep(Duration::from_millis(1)).await;
        }
        publisher.send(video(3300, keyframe(255))).unwrap();
        sleep(Duration::from_millis(200)).await;
        std::mem::forget(publisher);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_send_one_byte_at_a_time() {
    let server = Running::start(Server::builder()).await;
    let socket = server.socket().await;
    socket.set_nodelay(true).unwrap();
    let mut publisher = Client::connect_in_pieces(socket, 1).await;
    publisher.publish("room").await;
    let mut player = server.handle.play(&StreamKey::from("live/room"));
    publisher.send_video(7, keyframe(9)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(7, keyframe(9))))
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_serves_and_its_file_comes_and_goes() {
    let path = std::env::temp_dir().join(format!("rtmp-tokio-{}.sock", std::process::id()));
    // As after a kill: the file is there, and nobody listens.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let bind = || Server::builder().listen(ListenAddr::Unix(path.clone())).bind();
    let server = Running::serve(bind().await.unwrap());
    assert_eq!(server.address.to_string(), format!("unix:{}", path.display()));

    let in_use = bind().await.unwrap_err();
    assert_eq!(in_use.source.kind(), std::io::ErrorKind::AddrInUse);

    let socket = tokio::net::UnixStream::connect(&path).await.unwrap();
    let mut publisher = Client::connect(socket).await;
    publisher.publish("room").await;
    drop(publisher);
    server.handle.shutdown();
    timeout(PATIENCE, server.task).await.unwrap().unwrap();
    assert!(!path.exists());

    std::fs::write(&path, "a file of somebody's").unwrap();
    assert_eq!(
        bind().await.unwrap_err().source.kind(),
        std::io::ErrorKind::AddrInUse
    );
    assert!(path.exists(), "only an abandoned socket is replaced");
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unspecified_ipv6_address_takes_ipv4_too() {
    let diary = Diary::default();
    let server = Server::builder()
        .listen(ListenAddr::any(0))
        .observer(diary.clone())
        .bind()
        .await
        .unwrap();
    let server = Running::serve(server);
    let ListenAddr::Tcp(address) = server.address else {
        unreachable!()
    };
    let mut publisher =
        Client::connect(TcpStream::connect(("127.0.0.1", address.port())).await.unwrap()).await;
    publisher.publish("four").await;
    if address.is_ipv6() {
        let mut publisher = Client::connect(TcpStream::connect(("::1", address.port())).await.unwrap()).await;
        publisher.publish("six").await;
        assert_eq!(server.handle.streams().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_listener_is_adopted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Running::serve(Server::builder().listener(listener).bind().await.unwrap());
    assert_eq!(server.address, ListenAddr::Tcp(address));
    server.client().await.publish("room").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_connections_are_accepted_and_closed() {
    let diary = Diary::default();
    let server = Running::start(Server::builder().max_connections(1).observer(diary.clone())).await;
    let first = server.client().await;
    let mut second = server.socket().await;
    // Nothing is said; it is an end or, as we have sent nothing, at worst a reset.
    assert_eq!(
        timeout(PATIENCE, second.read(&mut [0; 16]))
            .await
            .unwrap()
            .unwrap_or(0),
        0
    );
    drop(first);
    server.until(|handle| handle.connections() == 0).await;
    server.client().await.publish("room").await;
    assert!(
        diary.lines().iter().any(|line| line.contains("Server(1)")),
        "{:?}",
        diary.lines()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_can_be_limited() {
    let server = Running::start(Server::builder().max_connections_per_ip(1)).await;
    let _first = server.client().await;
    let (_socket, other) = tokio::io::duplex(64);
    let refused = server.handle.connect(
        other,
        "127.0.0.1:9".parse::<std::net::SocketAddr>().unwrap().into(),
    );
    assert_eq!(refused.err(), Some(Full::Address(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_ask_for_nothing_are_limited_by_address() {
    let server = Running::start(Server::builder().max_idle_per_ip(1)).await;
    // What the address says, not what the socket is: loopback has no limit.
    let connect = |address: &str| {
        let (socket, other) = tokio::io::duplex(64 << 10);
        let address = address.parse::<std::net::SocketAddr>().unwrap();
        let connection = server.handle.connect(other, address.into())?;
        tokio::spawn(connection);
        Ok(socket)
    };
    let mut first = Client::connect(connect("192.0.2.1:1").unwrap()).await;
    assert_eq!(connect("192.0.2.1:2").err(), Some(Full::Idle(1)));
    assert!(connect("192.0.2.2:1").is_ok());
    first.publish("room").await;
    let mut second = Client::connect(connect("192.0.2.1:3").unwrap()).await;
    assert_eq!(connect("192.0.2.1:4").err(), Some(Full::Idle(1)));
    second.play("room").await;
    assert!(connect("192.0.2.1:5").is_ok());
    let _here: Vec<_> = (0..3).map(|_| connect("127.0.0.1:1").unwrap()).collect();
}

/// Panics where it is asked to.
struct Panics;

impl Policy for Panics {
    fn publish(&self, key: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        assert_ne!(key.as_str(), "live/policy", "asked to panic");
        Decision::Accept
    }
}

impl Observer for Panics {
    fn on_event(&self, _: &Peer, event: &SessionEvent) {
        if let SessionEvent::Publishing { key, .. } = event {
            assert_ne!(key.as_str(), "live/observer", "asked to panic");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_connection_and_frees_its_streams() {
    let server = Running::start(Server::builder().policy(Panics).observer(Panics)).await;
    let mut bystander = server.client().await;
    bystander.publish("bystander").await;

    for name in ["policy", "observer"] {
        let mut publisher = server.client().await;
        let publish = Command::new("publish", 3.0).with(name).with("live");
        publisher.command(client::STREAM, &publish).await;
        assert_eq!(publisher.statuses_to_the_end().await, [""; 0]);
    }
    server.until(|handle| handle.connections() == 1).await;
    let keys: Vec<_> = server
        .handle
        .streams()
        .into_iter()
        .map(|stream| stream.key)
        .collect();
    assert_eq!(keys, [StreamKey::from("live/bystander")]);

    let mut player = server.handle.play(&StreamKey::from("live/bystander"));
    bystander.send_video(0, keyframe(3)).await;
    assert_eq!(player.next().await, Some(PlayerEvent::Started));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(0, keyframe(3))))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_may_take_its_time_to_decide() {
    let decide = |_: &Peer, asked: &Asked| {
        let is_allowed = matches!(asked, Asked::Publish(_, name) if name.query == "token=good");
        async move {
            sleep(Duration::from_millis(20)).await;
            if is_allowed {
                Decision::Accept
            } else {
                Decision::Reject(Refusal::Denied("no token".into()))
            }
        }
    };
    let diary = Diary::default();
    let server = Running::start(Server::builder().authorize(decide).observer(diary.clone())).await;
    server.client().await.publish("room?token=good").await;

    let mut publisher = server.client().await;
    let publish = Command::new("publish", 3.0).with("other").with("live");
    publisher.command(client::STREAM, &publish).await;
    let codes = publisher.statuses_to_the_end().await;
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert!(
        diary
            .lines()
            .iter()
            .any(|line| line == "2 is refused: not allowed: no token"),
        "{:?}",
        diary.lines()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_publishes_and_plays_without_a_connection() {
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

    let mut outside = server.client().await;
    outside.play("inside").await;
    publisher.send(video(3, keyframe(2))).unwrap();
    assert_eq!(outside.next_video().await.payload, keyframe(1));
    assert_eq!(outside.next_video().await.payload, keyframe(2));
    assert_eq!(
        player.next().await,
        Some(PlayerEvent::Message(video(3, keyframe(2))))
    );

    drop(publisher);
    assert_eq!(player.next().await, Some(PlayerEvent::Ended));
    outside.wait_for_status("NetStream.Play.UnpublishNotify").await;
    drop(outside);
    server.until(|handle| handle.connections() == 0).await;
    assert_eq!(server.handle.streams()[0].players, 1);
    server.handle.shutdown();
    assert_eq!(player.next().await, None);
    drop(player);
    assert_eq!(server.handle.streams(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_connection_leaves_the_hub() {
    let server = Running::start(Server::builder()).await;
    let (near, far) = tokio::io::duplex(1 << 16);
    let task = tokio::spawn(server.handle.connect(far, rtmp_tokio::PeerAddr::Unix).unwrap());
    let mut publisher = Client::connect(near).await;
    publisher.publish("room").await;
    assert_eq!(server.handle.streams().len(), 1);
    task.abort();
    server
        .until(|handle| handle.streams().is_empty() && handle.connections() == 0)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_in_the_error() {
    let server = Running::start(Server::builder()).await;
    let error = Server::builder()
        .listen(server.address.clone())
        .bind()
        .await
        .unwrap_err();
    assert_eq!(error.source.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&server.address.to_string()), "{error}");
}
