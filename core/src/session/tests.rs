//! A driver in memory: sessions, two shards of a hub, a clock, and clients that read or do not.

use std::collections::VecDeque;
use std::time::Duration;

use super::*;
use crate::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use crate::connection::ServerConfig;
use crate::connection::server::StreamName;
use crate::connection::server::tests::{connect, play, publish};
use crate::connection::testing::{command, line, message, seconds};
use crate::handshake::{ClientHandshake, Kind};
use crate::hub::{Hub, HubConfig, StreamKey, WakeList};
use crate::limits::Limits;
use crate::media::{Class, MediaKind, MediaMessage};
use crate::message::Command;
use crate::units::{ChunkSize, ChunkStreamId};

mod authenticated;
mod ending;
mod latency;
mod play;
mod policy;
mod publish;
mod slow;
mod spelling;
mod splits;
mod takeover;

struct World {
    /// Streams whose names end in a digit are in the second.
    shards: [Hub; 2],
    config: Arc<SessionConfig>,
    policy: Arc<dyn Policy>,
    now: Instant,
    clients: Vec<Client>,
}

struct Client {
    session: ServerSession,
    encoder: ChunkEncoder,
    decoder: ChunkDecoder,
    reads: bool,
    is_woken: bool,
    heard: Vec<String>,
    /// The payloads of all audio and video heard.
    media: Vec<Vec<u8>>,
    /// The payloads of all metadata heard.
    metadata: Vec<Vec<u8>>,
    requests: VecDeque<RequestId>,
    /// The shards lent so far.
    lent: Vec<usize>,
}

/// Names a client of a [`World`].
type Id = usize;

impl World {
    fn new(configure: impl FnOnce(&mut SessionConfig, &mut ServerConfig, &mut HubConfig)) -> Self {
        Self::with_policy(AllowAll, configure)
    }

    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn with_policy(
        policy: impl Policy + 'static,
        configure: impl FnOnce(&mut SessionConfig, &mut ServerConfig, &mut HubConfig),
    ) -> Self {
        let mut session = SessionConfig::default();
        // Silence means nothing to most tests.
        let limits = Limits {
            publisher_timeout: Duration::MAX,
            ping_interval: Duration::MAX,
            ..Limits::default()
        };
        let mut connection = ServerConfig {
            limits,
            ..ServerConfig::default()
        };
        let mut hub = HubConfig {
            chunk_size: connection.chunk_size,
            ..HubConfig::default()
        };
        configure(&mut session, &mut connection, &mut hub);
        session.connection = Arc::new(connection);
        Self {
            shards: [Hub::new(hub.clone()), Hub::new(hub)],
            config: Arc::new(session),
            policy: Arc::new(policy),
            now: Instant::now(),
            clients: Vec::new(),
        }
    }

    /// A client behind its handshake.
    fn join(&mut self) -> Id {
        let id = self.clients.len();
        let (config, policy) = (Arc::clone(&self.config), Arc::clone(&self.policy));
        self.clients.push(Client {
            session: ServerSession::new(config, policy, Token(id), [2; 32].into(), self.now),
            encoder: ChunkEncoder::new(),
            decoder: ChunkDecoder::new(&Limits::default()),
            reads: true,
            is_woken: false,
            heard: Vec::new(),
            media: Vec::new(),
            metadata: Vec::new(),
            requests: VecDeque::new(),
            lent: Vec::new(),
        });
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, [1; 32].into(), &mut out);
        let session = &mut self.clients[id].session;
        session.handle_input(&out, self.now);
        let transmit = session.transmit();
        let answer = transmit.copy_to_bytes(transmit.remaining());
        out.clear();
        assert_eq!(handshake.handle_input(&mut &answer[..], &mut out), Ok(true));
        session.handle_input(&out, self.now);
        id
    }

    /// A client that is connected to "live" and has message stream 1.
    fn connected(&mut self) -> Id {
        let id = self.join();
        self.call(id, 0, &connect("live"));
        self.call(id, 0, &command("createStream", 2));
        self.heard(id);
        id
    }

    fn publisher(&mut self, name: &str) -> Id {
        let id = self.connected();
        self.call(id, 1, &publish(name));
        id
    }

    fn player(&mut self, name: &str) -> Id {
        let id = self.connected();
        self.call(id, 1, &play(name));
        id
    }

    fn call(&mut self, id: Id, stream: u32, command: &Command<'_>) {
        self.send(id, [to_message(stream, command)]);
    }

    /// Sends messages in one piece.
    fn send(&mut self, id: Id, messages: impl IntoIterator<Item = Message>) {
        let client = &mut self.clients[id];
        let mut bytes = Vec::new();
        for message in messages {
            client.encoder.encode(&message, ChunkSize::INITIAL, &mut bytes);
        }
        client.session.handle_input(&bytes, self.now);
        self.settle();
    }

    fn end(&mut self, id: Id) {
        self.clients[id].session.handle_eof(self.now);
        self.settle();
    }

    /// What a driver does, until there is nothing left to do.
    fn settle(&mut self) {
        let mut is_busy = true;
        while std::mem::take(&mut is_busy) {
            let mut wake = WakeList::new();
            for client in &mut self.clients {
                if std::mem::take(&mut client.is_woken) {
                    client.session.handle_wake();
                }
                let mut turns = 0;
                while let Some(key) = client.session.wants_hub() {
                    let shard = usize::from(key.as_str().ends_with(|c: char| c.is_ascii_digit()));
                    client.lent.push(shard);
                    client
                        .session
                        .sync(&mut self.shards[shard], &mut wake, 0, self.now);
                    turns += 1;
                    assert!(turns < 1000, "wants_hub comes to an end");
                }
                if client.reads && client.read() {
                    is_busy = true;
                }
            }
            for token in wake {
                self.clients[token.0].is_woken = true;
                is_busy = true;
            }
        }
    }

    /// Time passes, and sessions and hubs are told when they want to be.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let sessions = self
                .clients
                .iter()
                .filter_map(|client| client.session.poll_timeout());
            let hubs = self.shards.iter().filter_map(Hub::poll_timeout);
            let Some(at) = sessions.chain(hubs).min().filter(|&at| at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            for client in &mut self.clients {
                client.session.handle_timeout(self.now);
            }
            self.release();
            self.settle();
        }
        self.now = end;
    }

    /// Wakes those who have been held for long enough.
    fn release(&mut self) {
        let mut wake = WakeList::new();
        for hub in &mut self.shards {
            hub.handle_timeout(&mut wake, self.now);
        }
        for token in wake {
            self.clients[token.0].is_woken = true;
        }
    }

    /// What a client has heard since the last time.
    fn heard(&mut self, id: Id) -> Vec<String> {
        std::mem::take(&mut self.clients[id].heard)
    }

    /// What a session has reported since the last time, as lines.
    fn events(&mut self, id: Id) -> Vec<String> {
        let client = &mut self.clients[id];
        let mut lines = Vec::new();
        while let Some(event) = client.session.poll_event() {
            lines.push(match event {
                SessionEvent::Connected => "connected".to_owned(),
                SessionEvent::Asked { request, what } => {
                    client.requests.push_back(request);
                    match what {
                        Asked::Connect => "asked to connect".to_owned(),
                        Asked::Publish(key, _) => format!("asked to publish {key}"),
                        Asked::Play(key, _) => format!("asked to play {key}"),
                    }
                }
                SessionEvent::Publishing { key, .. } => format!("publishing {key}"),
                SessionEvent::Playing { key, .. } => format!("playing {key}"),
                SessionEvent::Waiting { key } => format!("waiting for {key}"),
                SessionEvent::Skipped { key, messages } => format!("skipped {messages} of {key}"),
                SessionEvent::Stopped { key, role, summary } => {
                    format!("{role:?} of {key} stopped after {}", summary.messages)
                }
                SessionEvent::Refused { key, .. } => match key {
                    Some(key) => format!("refused {key}"),
                    None => "refused".to_owned(),
                },
                SessionEvent::Message(message) => format!("message {:?}", message.kind),
            });
        }
        lines
    }

    /// Answers a client's oldest request.
    fn decide(&mut self, id: Id, decision: Decision) {
        self.events(id);
        let request = self.clients[id].requests.pop_front().unwrap();
        self.clients[id].session.decide(request, decision, self.now);
        self.settle();
    }

    fn is_over(&self, id: Id) -> bool {
        self.clients[id].session.is_over()
    }

    fn streams(&self) -> usize {
        self.shards.iter().map(|hub| hub.streams().count()).sum()
    }
}

impl Client {
    /// Takes what is to be sent; `true` if there was something.
    fn read(&mut self) -> bool {
        let transmit = self.session.transmit();
        let bytes = transmit.copy_to_bytes(transmit.remaining());
        let mut input = &bytes[..];
        while let Some(message) = self.decoder.decode(&mut input).unwrap() {
            let line = heard(&message);
            if line.contains(": metadata @") {
                self.metadata.push(message.payload.to_vec());
            }
            self.heard.push(line);
            if matches!(message.kind, MessageType::Audio | MessageType::Video) {
                self.media.push(message.payload.to_vec());
            }
        }
        !bytes.is_empty()
    }
}

/// "2: key @40" for a key frame on message stream 2.
#[allow(clippy::wildcard_enum_match_arm)] // What is not listed is none of these tests' business.
fn heard(message: &Message) -> String {
    let kind = match message.kind {
        MessageType::Audio => MediaKind::Audio,
        MessageType::Video => MediaKind::Video,
        MessageType::DataAmf0 => MediaKind::Data,
        _ => return line(message),
    };
    let (timestamp, payload) = (message.timestamp, message.payload.clone());
    let media = MediaMessage {
        kind,
        timestamp,
        payload,
    };
    let what = match media.class() {
        Class::Keyframe => "key",
        Class::Inter => "inter",
        Class::Audio => "audio",
        Class::VideoSequenceHeader { .. } => "video header",
        Class::AudioSequenceHeader { .. } => "audio header",
        Class::Metadata => "metadata",
        _ => "other",
    };
    format!("{}: {what} @{}", message.stream, timestamp.as_millis())
}

fn to_message(stream: u32, command: &Command<'_>) -> Message {
    command.to_message(ChunkStreamId::COMMAND, MessageStreamId::new(stream))
}

/// Metadata and the sequence headers of AVC and AAC.
fn headers() -> [Message; 3] {
    [
        message(
            MessageType::DataAmf0,
            1,
            0,
            b"\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x08\0\0\0\0\0\0\x09",
        ),
        message(MessageType::Video, 1, 0, &[0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1F]),
        message(MessageType::Audio, 1, 0, &[0xAF, 0, 0x12, 0x10]),
    ]
}

/// What a player hears of [`headers`] when it starts at this time.
/// As a player is sent them who joins at this time: metadata are always at 0.
fn headers_at(millis: u32) -> [String; 3] {
    [
        ("metadata", 0),
        ("video header", millis),
        ("audio header", millis),
    ]
    .map(|(what, millis)| format!("1: {what} @{millis}"))
}

fn key(millis: u32) -> Message {
    message(MessageType::Video, 1, millis, &[0x17, 1, 0, 0, 0, 0x65])
}

fn inter(millis: u32) -> Message {
    message(MessageType::Video, 1, millis, &[0x27, 1, 0, 0, 0, 0x41])
}

fn audio(millis: u32) -> Message {
    message(MessageType::Audio, 1, millis, &[0xAF, 1, 0x21])
}

/// A frame of so many bytes.
fn large(mut frame: Message, len: usize) -> Message {
    let mut payload = frame.payload.to_vec();
    payload.resize(len, 0);
    frame.payload = payload.into();
    frame
}
