//! Our server at the other end of each socket, and a clock of the tests' own.

use bytes::{Buf, Bytes};

use super::*;
use crate::amf0::Object;
use crate::chunk::encode;
use crate::connection::client::{NotFollowed, PlayOptions, PublishMode, StreamHandle};
use crate::connection::server::{ServerConnection, ServerEvent};
use crate::connection::{ApiMisuse, Error, Timer, Unanswered};
use crate::handshake::{self, PACKET_LEN};
use crate::host::Candidates;
use crate::media::{MediaKind, MediaMessage};
use crate::message::{Command, ReconnectRequest};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

mod ending;
mod following;
mod resuming;
#[cfg(feature = "tls")]
mod tls;

/// A call, and the server that it has reached.
struct World {
    call: Call,
    server: ServerConnection,
    /// What the server has before it.
    transport: Transport,
    now: Instant,
    /// What the call has told.
    events: Vec<ClientEvent>,
    /// What the server has heard.
    heard: Vec<ServerEvent>,
}

impl World {
    fn new(url: &str, role: Role) -> Self {
        Self::with(url.parse().unwrap(), role, ClientSettings::default()).unwrap()
    }

    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn with(url: RtmpUrl, role: Role, settings: ClientSettings) -> Result<Self, CallError> {
        let now = Instant::now();
        Ok(Self {
            call: Call::new(&url, role, settings, now)?,
            server: server(now),
            transport: Transport::default(),
            now,
            events: Vec::new(),
            heard: Vec::new(),
        })
    }

    /// Publishes "key", granted.
    fn publishing() -> (Self, StreamHandle) {
        Self::publishing_with(ClientSettings::default())
    }

    fn publishing_with(settings: ClientSettings) -> (Self, StreamHandle) {
        let url = "rtmp://a.example/live/key".parse().unwrap();
        let mut world = Self::with(url, Role::Publisher, settings).unwrap();
        let stream = world
            .call
            .connection()
            .publish("key", PublishMode::Live, world.now);
        world.connect();
        world.run();
        assert_eq!(world.events.last(), Some(&ClientEvent::Publishing { stream }));
        (world, stream)
    }

    /// A socket is connected to a server that has just started.
    fn connect(&mut self) {
        assert!(self.call.dial().is_some());
        self.server = server(self.now);
        self.call.connected([1; 32].into(), self.now);
        assert_eq!(self.call.dial(), None);
    }

    /// Carries bytes both ways until there are none.
    fn run(&mut self) {
        loop {
            let mut up = self.sent().to_vec();
            let server = &mut self.server;
            self.transport
                .handle_input(&mut up, |plain| server.handle_input(plain, self.now).unwrap());
            while let Some(event) = self.server.poll_event() {
                if let ServerEvent::Connect { request, .. }
                | ServerEvent::Publish { request, .. }
                | ServerEvent::Play { request, .. } = &event
                {
                    self.server.accept(*request, self.now).unwrap();
                }
                self.heard.push(event);
            }
            let out = self.transport.transmit(self.server.transmit(), false);
            let mut down = out.copy_to_bytes(out.remaining()).to_vec();
            if up.is_empty() && down.is_empty() {
                return;
            }
            self.call.handle_input(&mut down, self.now);
            self.take_events();
        }
    }

    fn sent(&mut self) -> Bytes {
        let out = self.call.transmit();
        out.copy_to_bytes(out.remaining())
    }

    fn take_events(&mut self) {
        self.events.extend(std::iter::from_fn(|| self.call.poll_event()));
    }

    /// Gets as far as `connect`, which is answered with this.
    fn answer_connect(&mut self, answer: &Command<'_>) {
        for _ in 0..2 {
            let up = self.sent();
            self.server.handle_input(&up, self.now).unwrap();
            let out = self.server.transmit();
            let mut down = out.copy_to_bytes(out.remaining()).to_vec();
            self.call.handle_input(&mut down, self.now);
        }
        let mut bytes = Vec::new();
        let message = answer.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
        encode(&message, ChunkSize::INITIAL, &mut bytes);
        self.call.handle_input(&mut bytes, self.now);
        self.take_events();
    }

    fn step(&mut self) -> Step {
        self.call.step(true, self.now)
    }

    fn dial(&self) -> Option<String> {
        self.call.dial().map(Dial::to_string)
    }

    fn error(&self) -> String {
        self.call.error().unwrap().to_string()
    }

    fn pass(&mut self, seconds: f32) -> bool {
        self.now += Duration::from_secs_f32(seconds);
        self.call.handle_timeout(self.now)
    }
}

fn server(now: Instant) -> ServerConnection {
    ServerConnection::new(Arc::default(), [2; 32].into(), now)
}

fn refusal(code: &str) -> Object<'static> {
    Object::new().with("level", "error").with("code", code.to_owned())
}

/// What FMS and SRS answer to `connect` to send a client elsewhere.
fn redirect(to: &'static str) -> Command<'static> {
    let ex = Object::new().with("code", 302.0).with("redirect", to);
    Command::new("_error", 1.0).with(refusal("NetConnection.Connect.Rejected").with("ex", ex))
}

fn frame(payload: &'static str) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::ZERO,
        payload: payload.into(),
    }
}

#[test]
fn what_is_asked_for_before_there_is_a_socket_is_granted_after() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Publisher);
    assert_eq!(world.dial().as_deref(), Some("a.example:1935"));
    let stream = world
        .call
        .connection()
        .publish("key", PublishMode::Live, world.now);
    assert!(world.call.connection().has_stream(stream));
    assert!(world.sent().is_empty() && !world.call.wants_input());
    world.connect();
    world.run();
    let is_granted = matches!(
        world.events[..],
        [ClientEvent::Handshaken(_), ClientEvent::Connected(_), ClientEvent::Publishing { stream: granted }]
            if granted == stream
    );
    assert!(is_granted, "{:?}", world.events);
    assert_eq!(world.server.connect().app, "live");
}

#[test]
fn an_address_of_ipv6_is_dialled_without_its_brackets_and_shown_with_them() {
    let world = World::new("rtmp://[2001:db8::1]:1936/live/key", Role::Player);
    assert_eq!(world.call.dial().unwrap().host, "2001:db8::1");
    assert_eq!(world.dial().as_deref(), Some("[2001:db8::1]:1936"));
}

#[test]
fn the_handshakes_deadline_begins_with_the_socket() {
    let mut world = World::new("rtmp://a.example/live/key", Role::Player);
    assert!(!world.pass(9.5));
    world.connect();
    assert!(!world.pass(9.5));
    assert!(world.call.error().is_none() && !world.call.is_over());
    assert_eq!(world.step(), Step::Stay);
}
