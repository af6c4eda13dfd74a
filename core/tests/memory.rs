//! What a connection costs its server in memory, by what it does. The bounds are generous: they fail when something is
//! kept that nobody needs.
//!
//! `cargo test -p rtmp-core --test memory -- --nocapture --test-threads 1` prints the figures.

#![allow(clippy::disallowed_macros, clippy::disallowed_methods)] // It prints, and begins its clock somewhere.

mod heap;

use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use heap::{Cost, cost, uncounted};
use rtmp_core::amf0::{Object, Value};
use rtmp_core::chunk::{Message, MessageType, encode};
use rtmp_core::handshake::{ClientHandshake, Kind, PACKET_LEN, Scheme};
use rtmp_core::hub::{Hub, Token, WakeList};
use rtmp_core::message::Command;
use rtmp_core::session::{AllowAll, Policy, ServerSession, SessionConfig};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// Bytes of a connection that is connected, and has created a stream.
const MAX_IDLE: usize = 2 << 10;
/// Of a player that waits for its publisher.
const MAX_WAITING: usize = 3 << 10;
/// Of a player that has been sent all there is, with the handles by which the log's messages are shared now.
const MAX_PLAYING: usize = 4 << 10;
/// Of a publisher, but for what it has published.
const MAX_PUBLISHING: usize = 4 << 10;
/// Requests for memory from accept to the answer to `createStream`.
const MAX_REQUESTS: usize = 96;

#[test]
fn an_idle_connection_is_small() {
    let mut server = Server::new();
    let mut open = |created: bool, connected: bool, handshaken: bool| {
        server.cost(|server| {
            let mut peer = server.accept();
            if handshaken {
                peer.shake_hands(server);
            }
            if connected {
                peer.connect(server);
            }
            if created {
                peer.create_stream(server);
            }
            peer
        })
    };
    println!("just accepted       {}", open(false, false, false));
    println!("after the handshake {}", open(false, false, true));
    println!("connected           {}", open(false, true, true));
    let idle = open(true, true, true);
    println!("stream created      {idle}");
    assert!(idle.bytes < MAX_IDLE && idle.requests < MAX_REQUESTS, "{idle}");
}

#[test]
fn a_player_that_waits_is_small() {
    let mut server = Server::new();
    let _first = server.player();
    let waiting = server.cost(Server::player);
    println!("waiting player      {waiting}");
    assert!(waiting.bytes < MAX_WAITING, "{waiting}");
}

#[test]
fn a_player_that_has_caught_up_is_small() {
    let mut server = Server::new();
    let mut publisher = server.publisher();
    publisher.frames(&mut server, 10);
    let mut sent = 0;
    let playing = server.cost(|server| {
        let player = server.player();
        sent = player.session.stats().messages_out;
        player
    });
    println!("playing player      {playing}");
    assert_eq!(sent, 11, "a header and ten frames");
    assert!(playing.bytes < MAX_PLAYING, "{playing}");
}

#[test]
fn a_publisher_is_small() {
    let mut server = Server::new();
    let publishing = server.cost(Server::publisher);
    println!("publisher           {publishing}, with its stream and a header");
    assert!(publishing.bytes < MAX_PUBLISHING, "{publishing}");
}

#[test]
fn what_a_connection_had_is_given_back() {
    let mut server = Server::new();
    let closed = server.cost(|server| {
        let mut publisher = server.publisher();
        let mut player = server.player();
        publisher.frames(server, 100);
        player.wake(server);
        for mut peer in [publisher, player] {
            peer.session.handle_eof(server.now);
            peer.turn(server);
        }
    });
    assert!(closed.bytes < 1024, "the hub may keep room for streams: {closed}");
}

/// A session, on the heap as servers have it.
struct Peer {
    session: Box<ServerSession>,
}

struct Server {
    config: Arc<SessionConfig>,
    policy: Arc<dyn Policy>,
    hub: Hub,
    wake: WakeList,
    now: Instant,
}

/// Bytes of a frame.
const FRAME: usize = 1000;

impl Server {
    fn new() -> Self {
        Self {
            config: Arc::default(),
            policy: Arc::new(AllowAll),
            hub: Hub::default(),
            wake: WakeList::new(),
            now: Instant::now(),
        }
    }

    /// What `make` costs as long as what it made is there.
    fn cost<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Cost {
        cost(|| make(self))
    }

    fn accept(&self) -> Peer {
        let (config, policy) = (Arc::clone(&self.config), Arc::clone(&self.policy));
        let session = ServerSession::new(config, policy, Token(1), [7; 32].into(), self.now);
        Peer {
            session: Box::new(session),
        }
    }

    fn connected(&mut self) -> Peer {
        let mut peer = self.accept();
        peer.shake_hands(self);
        peer.connect(self);
        peer.create_stream(self);
        peer
    }

    fn player(&mut self) -> Peer {
        let mut peer = self.connected();
        peer.command(8, &Command::new("play", 4.0).with("key").with(-2000.0), self);
        peer
    }

    fn publisher(&mut self) -> Peer {
        let mut peer = self.connected();
        peer.command(8, &Command::new("publish", 5.0).with("key").with("live"), self);
        peer.video(0, &[&[0x17, 0, 0, 0, 0][..], &[1; 40]].concat(), self);
        peer
    }
}

impl Peer {
    fn shake_hands(&mut self, server: &mut Server) {
        let c0_c1 = uncounted(|| {
            let mut bytes = Vec::new();
            ClientHandshake::new(Kind::Digest(Scheme::Zero), [5; 32].into(), &mut bytes);
            bytes
        });
        self.read(&c0_c1, server);
        self.read(&[0; PACKET_LEN], server);
        uncounted(|| drop(c0_c1));
    }

    /// As OBS does.
    fn connect(&mut self, server: &mut Server) {
        let connect = uncounted(|| {
            let codecs = ["av01", "hvc1"].map(Value::from).to_vec();
            let object = Object::new()
                .with("app", "live")
                .with("type", "nonprivate")
                .with("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
                .with("swfUrl", "rtmp://stream.example.org:1935/live")
                .with("tcUrl", "rtmp://stream.example.org:1935/live")
                .with("fourCcList", Value::StrictArray(codecs));
            Command::new("connect", 1.0).with_object(object)
        });
        self.command(3, &connect, server);
        uncounted(|| drop(connect));
    }

    fn create_stream(&mut self, server: &mut Server) {
        self.command(3, &Command::new("createStream", 2.0), server);
    }

    fn command(&mut self, chunk_stream: u32, command: &Command<'_>, server: &mut Server) {
        let chunk_stream = ChunkStreamId::new(chunk_stream).unwrap();
        let message = uncounted(|| command.to_message(chunk_stream, MessageStreamId::new(1)));
        self.message(message, server);
    }

    fn frames(&mut self, server: &mut Server, count: u32) {
        for n in 0..count {
            let first = if n == 0 { 0x17 } else { 0x27 };
            let frame = uncounted(|| [&[first, 1, 0, 0, 0][..], &[1; FRAME]].concat());
            self.video(40 * n, &frame, server);
            uncounted(|| drop(frame));
        }
    }

    fn video(&mut self, millis: u32, payload: &[u8], server: &mut Server) {
        let message = uncounted(|| Message {
            chunk_stream: ChunkStreamId::new(4).unwrap(),
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(millis),
            kind: MessageType::Video,
            payload: payload.to_vec().into(),
        });
        self.message(message, server);
    }

    fn message(&mut self, message: Message, server: &mut Server) {
        let bytes = uncounted(|| {
            let mut bytes = Vec::new();
            encode(&message, ChunkSize::INITIAL, &mut bytes);
            bytes
        });
        self.read(&bytes, server);
        uncounted(|| drop((message, bytes)));
    }

    fn wake(&mut self, server: &mut Server) {
        self.session.handle_wake();
        self.turn(server);
    }

    fn read(&mut self, bytes: &[u8], server: &mut Server) {
        self.session.handle_input(bytes, server.now);
        self.turn(server);
    }

    /// The peer reads all that it is sent, at once.
    fn turn(&mut self, server: &mut Server) {
        loop {
            while self.session.wants_hub().is_some() {
                self.session
                    .sync(&mut server.hub, &mut server.wake, 0, server.now);
            }
            server.wake.clear();
            while self.session.poll_event().is_some() {}
            let out = self.session.transmit();
            if out.is_empty() {
                return;
            }
            out.advance(out.remaining());
        }
    }
}
