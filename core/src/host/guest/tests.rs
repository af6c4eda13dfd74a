//! A connection of a server through TLS: what its event loop sees, and what the session does.

#![allow(clippy::disallowed_methods, clippy::panic)] // Its clock begins somewhere.

use std::sync::Arc;
use std::time::Duration;

use bytes::Buf;
use rustls::AlertDescription;
use rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::amf0::Object;
use crate::chunk::{Message, MessageType, encode};
use crate::connection::{Error, Timer};
use crate::handshake::{ClientHandshake, Kind, PACKET_LEN};
use crate::host::PeerAddr;
use crate::hub::{Hub, Token, WakeList};
use crate::message::Command;
use crate::session::AllowAll;
use crate::tls::{
    ClientTls, ClientTlsSettings, Identity, OtherProtocol, ServerTls, ServerTlsSettings, TlsError, TlsPipe,
    Trust,
};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

#[test]
fn a_session_says_the_same_through_tls_as_without() {
    let mut plain = Plain(World::new(Transport::default()));
    let mut secret = Secret::new();
    for part in [client_hello(), connect(), publish(), frames()] {
        let expected = plain.exchange(&part);
        assert!(!expected.is_empty() || part == frames());
        assert_eq!(secret.exchange(&part), expected);
    }
    assert_eq!(plain.0.events, secret.world.events);
    assert_eq!(
        plain.0.guest.session().stats(),
        secret.world.guest.session().stats()
    );
}

#[test]
fn what_came_with_the_end_counts() {
    let mut secret = Secret::new();
    secret.exchange(&client_hello());
    secret.exchange(&connect());
    // In one read: a stream, its frames, and the end.
    let mut sent = encrypted(&mut secret.peer, &[publish(), frames()].concat());
    secret.peer.close();
    sent.extend(taken(&mut secret.peer));
    let answer = secret.world.exchange(&mut sent);
    let Some(SessionEvent::Stopped { summary, .. }) = secret.world.events.last() else {
        panic!("{:?}", secret.world.events);
    };
    assert_eq!(summary.messages, 2, "it was let in, and its frames were taken");
    assert!(!answer.is_empty());
    assert_eq!(
        secret.world.step(),
        Step::HalfClose,
        "what it was told is on its way"
    );
    secret.world.guest.half_closed(secret.world.now);
    secret.world.guest.handle_eof(secret.world.now);
    assert_eq!(secret.world.step(), Step::Close);
    assert!(matches!(secret.world.end(), EndReason::PeerClosed));
}

#[test]
fn the_last_words_are_said_and_then_that_they_were_the_last() {
    let mut secret = Secret::new();
    secret.exchange(&client_hello());
    secret.exchange(&connect());
    secret.world.guest.handle_stop(None, secret.world.now);
    let mut sent = secret.world.exchange(&mut []);
    assert_eq!(secret.world.step(), Step::HalfClose);
    let mut heard = Vec::new();
    secret
        .peer
        .handle_input(&mut sent, |plain| heard.extend_from_slice(plain));
    assert!(!heard.is_empty() && secret.peer.is_peer_closed());
    assert!(secret.world.exchange(&mut []).is_empty(), "it is said once");
    assert!(matches!(secret.world.end(), EndReason::ShutDown));
}

#[test]
fn who_is_cut_off_has_not_left() {
    let mut secret = Secret::new();
    secret.exchange(&client_hello());
    secret.world.guest.handle_eof(secret.world.now);
    secret.world.exchange(&mut []);
    assert_eq!(secret.world.step(), Step::Close);
    assert!(matches!(secret.world.end(), EndReason::Tls(TlsError::Truncated)));
}

#[test]
fn who_speaks_something_else_is_not_answered() {
    let mut secret = Secret::new();
    secret.world = World::new(secret.server.accept().unwrap().into());
    assert!(secret.world.exchange(&mut client_hello()).is_empty());
    assert_eq!(secret.world.step(), Step::HalfClose);
    let reason = secret.world.end();
    assert!(
        matches!(reason, EndReason::Tls(TlsError::NotTls(OtherProtocol::Rtmp))),
        "{reason}"
    );
}

#[test]
fn who_breaks_tls_is_told() {
    let mut secret = Secret::new();
    let mut sent = encrypted(&mut secret.peer, b"C0");
    *sent.last_mut().unwrap() ^= 1;
    let mut answer = secret.world.exchange(&mut sent);
    secret
        .peer
        .handle_input(&mut answer, |_| panic!("an alert is none"));
    assert_eq!(
        secret.peer.error(),
        Some(&TlsError::Alert(AlertDescription::BadRecordMac))
    );
    assert_eq!(secret.world.step(), Step::HalfClose);
    assert!(matches!(
        secret.world.end(),
        EndReason::Tls(TlsError::Protocol(_))
    ));
}

#[test]
fn who_leaves_within_the_handshake_of_tls_is_told_from_who_leaves_later() {
    let (mut world, mut peer, _) = unmet();
    let mut hello = taken(&mut peer);
    let half = hello.len() / 2;
    assert!(world.exchange(&mut hello[..half]).is_empty());
    world.guest.handle_eof(world.now);
    assert!(world.exchange(&mut []).is_empty());
    assert_eq!(world.step(), Step::Close);
    assert!(matches!(world.end(), EndReason::Tls(TlsError::HandshakeCut)));
}

#[test]
fn the_handshakes_deadline_holds_before_tls_is_there() {
    let (mut world, mut peer, _) = unmet();
    let mut hello = taken(&mut peer);
    assert!(world.exchange(&mut hello[..20]).is_empty());
    let deadline = world.guest.poll_timeout().unwrap();
    assert_eq!(deadline, world.now + Duration::from_secs(10));
    world.now = deadline;
    assert!(world.guest.handle_timeout(world.now));
    assert!(world.exchange(&mut []).is_empty(), "nobody would understand it");
    assert_eq!(world.step(), Step::HalfClose);
    assert!(matches!(
        world.end(),
        EndReason::Fault(Error::TimedOut(Timer::Handshake))
    ));
}

#[test]
fn who_came_through_tls_is_known_to_have() {
    let (world, ..) = unmet();
    assert!(world.guest.peer().is_tls && world.guest.transport().is_tls());
    let plain = World::new(Transport::default());
    assert!(!plain.guest.peer().is_tls && !plain.guest.transport().is_tls());
}

#[test]
fn a_socket_that_breaks_is_the_reason_and_nothing_is_sent_any_more() {
    let mut secret = Secret::new();
    secret.exchange(&client_hello());
    secret.exchange(&connect());
    let now = secret.world.now;
    secret
        .world
        .guest
        .handle_error(io::ErrorKind::ConnectionReset.into(), now);
    assert!(secret.world.guest.is_broken() && !secret.world.guest.wants_input());
    assert_eq!(secret.world.step(), Step::Close);
    let reason = secret.world.end();
    assert!(
        matches!(&reason, EndReason::Socket(error) if error.kind() == io::ErrorKind::ConnectionReset),
        "{reason}"
    );
}

/// A guest, its hub, and what an event loop does.
struct World {
    guest: Guest,
    hub: Hub,
    now: Instant,
    events: Vec<SessionEvent>,
}

impl World {
    fn new(transport: Transport) -> Self {
        let now = Instant::now();
        let policy = Arc::new(AllowAll);
        let session = ServerSession::new(Arc::default(), policy, Token(1), [7; 32].into(), now);
        Self {
            guest: Guest::new(Peer::new(1, PeerAddr::Unix), session, now).through(transport),
            hub: Hub::default(),
            now,
            events: Vec::new(),
        }
    }

    /// One turn of the loop: what it writes.
    fn exchange(&mut self, input: &mut [u8]) -> Vec<u8> {
        self.guest.handle_input(input, self.now);
        let mut output = Vec::new();
        loop {
            while self.guest.wants_hub(self.now).is_some() {
                let mut wake = WakeList::new();
                self.guest.session().sync(&mut self.hub, &mut wake, 0, self.now);
            }
            while let Some(event) = self.guest.poll_event() {
                self.events.push(event);
            }
            let out = self.guest.transmit();
            if out.is_empty() {
                return output;
            }
            output.extend_from_slice(&out.copy_to_bytes(out.remaining()));
        }
    }

    fn step(&mut self) -> Step {
        self.guest.step(true, self.now)
    }

    fn end(&mut self) -> EndReason {
        self.guest.leave(self.now);
        self.guest.end(self.now).reason
    }
}

struct Plain(World);

impl Plain {
    fn exchange(&mut self, said: &[u8]) -> Vec<u8> {
        self.0.exchange(&mut said.to_vec())
    }
}

/// A guest behind TLS, and its peer.
struct Secret {
    world: World,
    peer: TlsPipe,
    server: ServerTls,
}

impl Secret {
    /// After the handshake of TLS.
    fn new() -> Self {
        let (world, peer, server) = unmet();
        let mut secret = Self { world, peer, server };
        while secret.peer.is_handshaking() || secret.peer.unsent() > 0 {
            assert!(secret.exchange(&[]).is_empty());
        }
        secret
    }

    /// What the session answers to what the peer says.
    fn exchange(&mut self, said: &[u8]) -> Vec<u8> {
        let mut sent = encrypted(&mut self.peer, said);
        let mut answer = self.world.exchange(&mut sent);
        let mut heard = Vec::new();
        self.peer
            .handle_input(&mut answer, |plain| heard.extend_from_slice(plain));
        assert_eq!(self.peer.error(), None);
        heard
    }
}

/// A guest and its peer, before either has said a word.
fn unmet() -> (World, TlsPipe, ServerTls) {
    let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let identity = Identity::new(vec![made.cert.der().clone()], &key).unwrap();
    let server = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    let settings = ClientTlsSettings {
        trust: Trust::Anybody,
        ..ClientTlsSettings::default()
    };
    let peer = ClientTls::new(settings).unwrap().connect("live.example").unwrap();
    (World::new(server.accept().unwrap().into()), peer, server)
}

fn encrypted(pipe: &mut TlsPipe, mut plain: &[u8]) -> Vec<u8> {
    pipe.encrypt(&mut plain);
    assert!(plain.is_empty());
    taken(pipe)
}

fn taken(pipe: &mut TlsPipe) -> Vec<u8> {
    let out = pipe.transmit();
    out.copy_to_bytes(out.remaining()).to_vec()
}

/// C0 and C1.
fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    ClientHandshake::new(Kind::Simple, [5; 32].into(), &mut bytes);
    bytes
}

/// C2, and the requests up to `createStream`.
fn connect() -> Vec<u8> {
    let mut bytes = vec![0; PACKET_LEN];
    let connect = Command::new("connect", 1.0).with_object(Object::new().with("app", "live"));
    command(&connect, MessageStreamId::CONNECTION, &mut bytes);
    let create = Command::new("createStream", 2.0);
    command(&create, MessageStreamId::CONNECTION, &mut bytes);
    bytes
}

fn publish() -> Vec<u8> {
    let mut bytes = Vec::new();
    let publish = Command::new("publish", 3.0).with("cam").with("live");
    command(&publish, MessageStreamId::new(1), &mut bytes);
    bytes
}

/// Two key frames of AVC.
fn frames() -> Vec<u8> {
    let mut bytes = Vec::new();
    for millis in [0, 40] {
        let message = Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(millis),
            kind: MessageType::Video,
            payload: vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0].into(),
        };
        encode(&message, ChunkSize::INITIAL, &mut bytes);
    }
    bytes
}

fn command(command: &Command<'_>, stream: MessageStreamId, out: &mut Vec<u8>) {
    encode(
        &command.to_message(ChunkStreamId::COMMAND, stream),
        ChunkSize::INITIAL,
        out,
    );
}
