//! A client, its host and a server that do anything in any order: valid and invalid input, requests early and late, short
//! writes, the clock, the end, the next attempt. Nothing panics, what is sent can be read, queues are bounded, an end is an
//! end, and there is an end to attempts.

#![no_main]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Buf;
use libfuzzer_sys::fuzz_target;
use rtmp_core::amf0::{Object, Value};
use rtmp_core::authmod::Credentials;
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, ChunkedMessage, Message, MessageType};
use rtmp_core::connection::client::{
    ClientConnection, ClientEvent, PlayOptions, PlayStart, PublishMode, StreamHandle, Target,
};
use rtmp_core::connection::{ClientConfig, Error};
use rtmp_core::handshake::{Kind, PACKET_LEN, ServerHandshake};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::{Command, UserControl};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// What the world does: which, with which number, with which bytes.
type Step = (u8, u8, Vec<u8>);

fuzz_target!(|case: (u8, Vec<Step>)| {
    let (options, steps) = case;
    let mut world = World::new(options);
    for (what, number, bytes) in steps {
        world.step(what, number, bytes);
        world.check();
    }
    let _ = world.client.handle_eof(world.now);
    world.check();
    assert!(world.client.is_over());
    assert_eq!(world.client.poll_timeout(), None);
    world.take(usize::MAX);
});

struct World {
    config: Arc<ClientConfig>,
    client: ClientConnection,
    streams: Vec<StreamHandle>,
    encoder: ChunkEncoder,
    decoder: ChunkDecoder,
    /// Bytes of the client's handshake that have yet to be taken.
    handshake: usize,
    now: Instant,
    end: Option<Option<Error>>,
    /// Attempts in quick succession.
    attempts: usize,
    /// When the last one began.
    since: Instant,
}

/// What may wait to be sent, media of the host's own apart: the limit, and the replies to one input.
const MAX_UNSENT: usize = 1 << 20;

const HANDSHAKE: usize = 1 + 2 * PACKET_LEN;

impl World {
    fn new(options: u8) -> Self {
        let mut config = ClientConfig::default();
        config.limits.max_media_message = 16 << 10;
        config.limits.max_partial_bytes = 32 << 10;
        config.limits.max_unsent_replies = 2 << 10;
        config.limits.max_unsent_media = 2 << 10;
        config.limits.max_kept_headers = 1 << 10;
        config.chunk_size_first = options & 1 != 0;
        if options & 2 != 0 {
            config.handshake = Kind::Simple;
        }
        let mut target = Target::new("live", "rtmp://host/live");
        if options & 16 != 0 {
            target.credentials = Some(Credentials::new("user1", "pass1"));
        }
        if options & 4 != 0 {
            target = target.to_play();
        }
        let (config, now) = (Arc::new(config), Instant::now());
        let mut world = Self {
            client: ClientConnection::new(Arc::clone(&config), target, [1; 32].into(), now),
            config,
            streams: Vec::new(),
            encoder: ChunkEncoder::new(),
            decoder: ChunkDecoder::new(&Limits::default()),
            handshake: HANDSHAKE,
            now,
            end: None,
            attempts: 0,
            since: now,
        };
        if options & 8 == 0 {
            world.shake_hands();
            world.command(0, 0, 0);
        }
        world
    }

    fn step(&mut self, what: u8, number: u8, bytes: Vec<u8>) {
        let now = self.now;
        let choice = bytes.first().copied().unwrap_or(0);
        let stream = self.streams.get(usize::from(number & 3)).copied();
        match what % 20 {
            0 => self.input(&bytes),
            1 => self.shake_hands(),
            2 => {
                let kind = MessageType::from(number & 31);
                self.send(&message(kind, u32::from(number >> 5), 0, bytes));
            }
            3..=8 => self.command(number, choice, bytes.get(1).copied().unwrap_or(0)),
            9 => {
                let kind = if number & 1 == 0 {
                    MessageType::Audio
                } else {
                    MessageType::Video
                };
                let payload = vec![number; usize::from(number) * 8];
                self.send(&message(kind, u32::from(number & 3), choice.into(), payload));
            }
            10 => {
                let event = match number & 7 {
                    0 => UserControl::StreamBegin(MessageStreamId::new(u32::from(choice & 3))),
                    1 => UserControl::StreamEof(MessageStreamId::new(u32::from(choice & 3))),
                    2 => UserControl::PingResponse(None),
                    3 => UserControl::SwfVerifyRequest,
                    _ => UserControl::PingRequest(choice.into()),
                };
                self.send(&event.to_message());
            }
            11 if self.streams.len() < 8 => {
                let name = String::from_utf8_lossy(&bytes).into_owned();
                self.streams.push(if number & 1 == 0 {
                    self.client.publish(name, PublishMode::Live, now)
                } else {
                    let mut play = PlayOptions::new(name);
                    if number & 2 != 0 {
                        play.start = PlayStart::Live;
                    }
                    self.client.play(play, now)
                });
            }
            12 => {
                if let Some(stream) = stream {
                    self.client.close(stream, now);
                }
            }
            13 => {
                if let Some(stream) = stream.filter(|&stream| self.client.wants_media(stream)) {
                    let kind = [MediaKind::Audio, MediaKind::Video, MediaKind::Data][usize::from(choice % 3)];
                    let timestamp = Timestamp::from_millis(u32::from(number) << 16);
                    let payload = bytes.into();
                    let message = MediaMessage {
                        kind,
                        timestamp,
                        payload,
                    };
                    assert_eq!(self.client.send_media(stream, message, now), Ok(()));
                }
            }
            14 => {
                if let Some(stream) = stream.filter(|&stream| self.client.wants_media(stream)) {
                    let kind = if choice & 1 == 0 {
                        MessageType::Video
                    } else {
                        MessageType::DataAmf0
                    };
                    let size = ChunkSize::new(u32::from(choice) + 1).unwrap();
                    let chunked = ChunkedMessage::encode(&message(kind, 1, 0, bytes), size);
                    let timestamp = Timestamp::from_millis(u32::from(number) << 18);
                    assert_eq!(self.client.send_chunked(stream, &chunked, timestamp, now), Ok(()));
                }
            }
            15 => {
                if let Some(stream) = stream {
                    let position = Timestamp::from_millis(choice.into());
                    let _ = match number >> 2 & 3 {
                        0 => self.client.pause(stream, position, now),
                        1 => self.client.resume(stream, position, now),
                        2 => self.client.seek(stream, position, now),
                        _ => self.client.receive_video(stream, choice & 1 == 0, now),
                    };
                }
            }
            16 => {
                self.now += Duration::from_millis(u64::from(number) * 200);
                let _ = self.client.handle_timeout(self.now);
            }
            17 => self.take(usize::from(number) * 16),
            18 => match number & 7 {
                0 => self.client.disconnect(now),
                1 => drop(self.client.handle_eof(now)),
                _ => self.client.ping(now),
            },
            _ => self.follow(),
        }
    }

    fn command(&mut self, which: u8, choice: u8, more: u8) {
        const NAMES: [&str; 8] = [
            "_result", "_error", "onStatus", "onStatus", "onBWDone", "close", "call", "onStatus",
        ];
        const CODES: [&str; 16] = [
            "NetConnection.Connect.Success",
            "NetStream.Publish.Start",
            "NetStream.Play.Start",
            "NetStream.Play.Stop",
            "NetStream.Play.UnpublishNotify",
            "NetStream.Play.PublishNotify",
            "NetStream.Publish.BadName",
            "NetStream.Unpublish.Success",
            "NetStream.Seek.Notify",
            "NetStream.Failed",
            "NetStream.Pause.Notify",
            "NetConnection.Connect.Rejected",
            "NetConnection.Connect.AppShutdown",
            "NetConnection.Connect.ReconnectRequest",
            "NetStream.Play.StreamNotFound",
            "",
        ];
        let name = NAMES[usize::from(which & 7)];
        let transaction = if which == 0 { 1.0 } else { f64::from(more & 31) };
        let level = if which & 8 == 0 { "status" } else { "error" };
        const DESCRIPTIONS: [&str; 4] = [
            "",
            "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ",
            "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=user1&salt=a&challenge=b&opaque=b",
            "[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=user1&nonce=a",
        ];
        let object = Object::new()
            .with("level", level)
            .with("code", CODES[usize::from(choice & 15)])
            .with("description", DESCRIPTIONS[usize::from(more & 3)])
            .with("tcUrl", "//other/live");
        let command = Command::new(name, transaction);
        let command = match choice >> 5 {
            0 => command.with(f64::from(more >> 5)),
            1 => command.with(object.with("ex", Object::new().with("redirect", "rtmp://other/app"))),
            2 => command.with(Value::Null),
            3 => command.with_object(f64::from(more >> 5)),
            _ => command.with(object),
        };
        let stream = MessageStreamId::new(u32::from(more >> 6));
        self.send(&command.to_message(ChunkStreamId::COMMAND, stream));
    }

    /// The driver reads only when it should.
    fn input(&mut self, bytes: &[u8]) {
        if self.client.wants_input() {
            let _ = self.client.handle_input(bytes, self.now);
        }
    }

    fn shake_hands(&mut self) {
        let c1 = self.client.unsent().chunk().to_vec();
        let mut out = Vec::new();
        let mut handshake = ServerHandshake::new([2; 32].into(), false);
        if handshake.handle_input(&mut &c1[..], &mut out).is_ok() {
            self.input(&out);
        }
    }

    fn send(&mut self, message: &Message) {
        let mut bytes = Vec::new();
        self.encoder.encode(message, ChunkSize::INITIAL, &mut bytes);
        self.input(&bytes);
    }

    /// The connection that the client wants to be followed by another.
    fn follow(&mut self) {
        let Some(attempt) = self.client.next_attempt() else {
            return;
        };
        self.take(usize::MAX);
        if self.now - self.since >= Duration::from_secs(60) {
            self.attempts = 0;
        }
        self.since = self.now;
        self.attempts += 1;
        // Of each of six servers the simple handshake, two answers, and a word where to go.
        assert!(self.attempts < 25, "attempts come to an end");
        let config = Arc::clone(&self.config);
        self.client = ClientConnection::follow(config, attempt, [3; 32].into(), self.now);
        self.encoder = ChunkEncoder::new();
        self.decoder = ChunkDecoder::new(&Limits::default());
        self.handshake = HANDSHAKE;
        self.end = None;
    }

    /// The socket takes up to so many bytes, and the server reads them.
    fn take(&mut self, count: usize) {
        let transmit = self.client.transmit();
        let bytes = transmit.copy_to_bytes(count.min(transmit.remaining()));
        let of_handshake = self.handshake.min(bytes.len());
        self.handshake -= of_handshake;
        let mut input = &bytes[of_handshake..];
        while let Some(message) = self.decoder.decode(&mut input).expect("what is sent can be read") {
            if message.kind == MessageType::CommandAmf0 {
                let command = Command::decode(message.kind, &message.payload, &Limits::default());
                assert!(command.is_ok_and(|command| command.broken_off.is_none()));
            }
        }
    }

    fn check(&mut self) {
        while let Some(event) = self.client.poll_event() {
            if let ClientEvent::Media { stream, .. } = event {
                assert!(self.streams.contains(&stream));
            }
        }
        assert!(self.client.unsent().remaining() < MAX_UNSENT);
        if let Some(error) = &self.end {
            assert!(self.client.is_over());
            assert_eq!(self.client.error(), error.as_ref());
        } else if self.client.is_over() {
            self.end = Some(self.client.error().cloned());
        }
    }
}

fn message(kind: MessageType, stream: u32, millis: u32, payload: Vec<u8>) -> Message {
    Message {
        chunk_stream: ChunkStreamId::new(4).unwrap(),
        stream: MessageStreamId::new(stream),
        timestamp: Timestamp::from_millis(millis),
        kind,
        payload: payload.into(),
    }
}
