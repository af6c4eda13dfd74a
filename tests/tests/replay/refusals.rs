//! Recorded clients meet a server that has reasons to refuse them.

use std::time::{Duration, Instant};

use rtmp_core::amf0::Value;
use rtmp_core::chunk::{ChunkDecoder, MessageType};
use rtmp_core::connection::server::{ConnectCommand, Refusal, StreamName};
use rtmp_core::handshake::PACKET_LEN;
use rtmp_core::hub::StreamKey;
use rtmp_core::limits::Limits;
use rtmp_core::message::Command;
use rtmp_core::session::{AllowAll, Decision, Policy, SessionEvent};
use rtmp_server::inspect::Session;

use crate::recording;
use crate::server::{Company, Server};
use crate::source::Source;

/// Longer than a player waits for a publisher.
const LONG_ENOUGH: Duration = Duration::from_secs(15);

/// Refuses a client for each reason there is; how many there were.
pub(crate) fn check(session: &Session, source: &Source) -> usize {
    let mut refused = 0;
    let mut expect = |server: Server, code: &str| {
        refused += 1;
        let (codes, events) = run(session, server);
        assert_eq!(
            codes.last().map(String::as_str),
            Some(code),
            "the last word, of {codes:?}"
        );
        let is_refusal = |event: &SessionEvent| matches!(event, SessionEvent::Refused { .. });
        assert_eq!(
            events.iter().filter(|event| is_refusal(event)).count(),
            1,
            "{events:?}"
        );
    };
    let start = session.connection.start;
    let server = |policy: Refuse| Server::new(policy, Company::default(), start);
    let says = |command| recording::says(session, command);

    if says("connect") {
        expect(server(Refuse::Application), "NetConnection.Connect.InvalidApp");
    }
    if says("publish") {
        expect(server(Refuse::Publisher), "NetStream.Publish.Denied");
        let mut taken = Server::new(AllowAll, Company::default(), start);
        taken.publish(&key(session), source.clone());
        expect(taken, "NetStream.Publish.BadName");
    } else if says("play") {
        expect(server(Refuse::Player), "NetStream.Play.Failed");
        let nobody_publishes = Server::new(AllowAll, Company::default(), start);
        expect(nobody_publishes, "NetStream.Play.StreamNotFound");
    }
    refused
}

/// The stream that the client publishes.
fn key(session: &Session) -> StreamKey {
    let mut server = Server::new(AllowAll, Company::default(), session.connection.start);
    let peer = server.open();
    server.receive(peer, &session.connection.client_stream.bytes);
    let key = server
        .peer(peer)
        .events
        .iter()
        .find_map(|(_, event)| match event {
            SessionEvent::Publishing { key, .. } => Some(key.clone()),
            _ => None,
        });
    key.unwrap()
}

/// What the server says to the client until it has had enough: the codes of its answers.
fn run(session: &Session, mut server: Server) -> (Vec<String>, Vec<SessionEvent>) {
    let peer = server.open();
    for burst in recording::bursts(session) {
        server.advance(burst.time);
        server.receive(peer, &session.connection.client_stream.bytes[burst.bytes.clone()]);
        let plays = recording::commands(session, &["play"]);
        if plays.iter().any(|play| burst.bytes.contains(&play.offset)) {
            // Patience: what ends the play comes too late.
            server.advance(burst.time + LONG_ENOUGH);
            break;
        }
    }
    let peer = server.peer(peer);
    assert!(peer.session.is_over(), "a client that is refused is let go");
    let events = peer.events.iter().map(|(_, event)| event.clone()).collect();
    (codes(&peer.output()), events)
}

/// The code of each information object in what a server sent.
fn codes(output: &[u8]) -> Vec<String> {
    let mut chunks = output.get(1 + 2 * PACKET_LEN..).unwrap_or_default();
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let mut codes = Vec::new();
    while let Some(message) = decoder.decode(&mut chunks).unwrap() {
        if message.kind == MessageType::CommandAmf0 {
            let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
            let information = command.arguments.first().and_then(Value::as_object);
            let code = information
                .and_then(|object| object.get("code"))
                .and_then(Value::as_str);
            codes.extend(code.map(str::to_owned));
        }
    }
    codes
}

/// Allows all but one thing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refuse {
    Application,
    Publisher,
    Player,
}

impl Refuse {
    fn accept_unless(self, other: Self, refusal: Refusal) -> Decision {
        if self == other {
            Decision::Reject(refusal)
        } else {
            Decision::Accept
        }
    }
}

impl Policy for Refuse {
    fn connect(&self, _: &ConnectCommand, _: Instant) -> Decision {
        self.accept_unless(Self::Application, Refusal::NotFound)
    }

    fn publish(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        self.accept_unless(Self::Publisher, Refusal::Denied("not today".into()))
    }

    fn play(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        self.accept_unless(Self::Player, Refusal::Denied("not today".into()))
    }
}
