//! Two sessions on one hub, and a driver that does anything in any order: valid and invalid input, decisions early and
//! late, short writes, wake-ups, the clock, the end. Nothing panics, what is sent can be read, queues are bounded, the
//! hub is not wanted for ever, and when both have gone nothing is left in it.

#![no_main]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use bytes::Buf;
use libfuzzer_sys::fuzz_target;
use rtmp_core::amf0::{Object, Value};
use rtmp_core::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use rtmp_core::connection::server::{ConnectCommand, Refusal, RequestId, StreamName};
use rtmp_core::connection::{Error, ServerConfig};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::hub::{Hub, HubConfig, StreamKey, Token, WakeList};
use rtmp_core::limits::Limits;
use rtmp_core::message::{Command, UserControl};
use rtmp_core::session::{Decision, Policy, ServerSession, SessionConfig, SessionEvent};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// What the driver does: which, with which number, with which bytes.
type Step = (u8, u8, Vec<u8>);

fuzz_target!(|case: (u8, Vec<Step>)| {
    let (options, steps) = case;
    let mut world = World::new(options);
    for (what, number, bytes) in steps {
        world.step(what, number, bytes);
        for client in &mut world.clients {
            client.check();
        }
    }
    for client in &mut world.clients {
        client.session.handle_eof(world.now);
    }
    world.settle();
    assert_eq!(world.hub.streams().count(), 0, "nothing is left behind");
});

struct World {
    hub: Hub,
    clients: [Client; 2],
    answers: Arc<Answers>,
    now: Instant,
}

struct Client {
    session: ServerSession,
    encoder: ChunkEncoder,
    decoder: ChunkDecoder,
    /// Bytes of the server's handshake that have yet to be taken.
    handshake: usize,
    is_woken: bool,
    end: Option<Option<Error>>,
    requests: VecDeque<RequestId>,
}

/// The policy: two bits for each question.
struct Answers(AtomicU8);

fn decision(bits: u8) -> Decision {
    match bits & 3 {
        0 | 1 => Decision::Accept,
        2 => Decision::Later,
        _ => Decision::Reject(Refusal::Denied("no".into())),
    }
}

impl Policy for Answers {
    fn connect(&self, _: &ConnectCommand, _: Instant) -> Decision {
        decision(self.0.load(Ordering::Relaxed))
    }

    fn publish(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        decision(self.0.load(Ordering::Relaxed) >> 2)
    }

    fn play(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        decision(self.0.load(Ordering::Relaxed) >> 4)
    }
}

/// Small, so that they are met.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_media_message = 16 << 10;
    limits.max_message_streams = 3;
    limits.max_held_bytes = 2 << 10;
    limits.max_partial_bytes = 32 << 10;
    limits.max_unsent_replies = 2 << 10;
    limits.max_unsent_media = 2 << 10;
    limits
}

/// What may wait to be sent: the limits, one message of media for each stream, and the replies to one input.
const MAX_UNSENT: usize = 1 << 20;

impl World {
    fn new(options: u8) -> Self {
        let mut connection = ServerConfig::default();
        connection.limits = limits();
        connection.verify_c2 = options & 1 != 0;
        let mut hub = HubConfig::default();
        hub.takeover = options & 2 != 0;
        hub.max_log_bytes = 64 << 10;
        hub.max_lag_bytes = 8 << 10;
        if options & 4 != 0 {
            hub.chunk_size = connection.chunk_size;
        }
        let mut session = SessionConfig::default();
        session.zero_based = options & 8 != 0;
        session.convert_tags = options & 64 != 0;
        if options & 16 != 0 {
            session.wait = Duration::ZERO;
        }
        if options & 128 != 0 {
            session.write_latency = Duration::from_millis(300);
        }
        session.connection = Arc::new(connection);
        let (session, now) = (Arc::new(session), Instant::now());
        let answers = Arc::new(Answers(AtomicU8::new(0)));
        let client = |token| Client::new(&session, &answers, token, now);
        let mut world = Self {
            clients: [client(0), client(1)],
            hub: Hub::new(hub),
            answers: Arc::clone(&answers),
            now,
        };
        if options & 32 == 0 {
            for index in 0..2 {
                world.clients[index].shake_hands(now);
                world.command(index, 0, 0);
                world.command(index, 1, 0);
                world.settle();
            }
        }
        world
    }

    fn step(&mut self, what: u8, number: u8, bytes: Vec<u8>) {
        let index = usize::from(what & 1);
        let now = self.now;
        let client = &mut self.clients[index];
        match what >> 1 {
            0 => client.input(&bytes, now),
            1 => client.shake_hands(now),
            2 => {
                let kind = MessageType::from(number & 31);
                client.send(&message(kind, u32::from(number >> 5), 0, bytes), now);
            }
            3..=6 => self.command(index, number, bytes.first().copied().unwrap_or(0)),
            7..=9 => {
                // Frames and headers of AVC and AAC, small and large.
                const TAGS: [&[u8]; 4] = [&[0x17, 1], &[0x27, 1], &[0x17, 0], &[0xAF, 1]];
                let tag = TAGS[usize::from(number & 3)];
                let kind = if tag[0] == 0xAF {
                    MessageType::Audio
                } else {
                    MessageType::Video
                };
                let mut payload = [tag, &[0, 0, 0]].concat();
                payload.resize(5 + usize::from(number >> 4) * 300, number);
                let millis = bytes.iter().fold(0, |sum: u32, &byte| {
                    sum.wrapping_mul(250).wrapping_add(byte.into())
                });
                client.send(&message(kind, u32::from(number >> 2 & 3), millis, payload), now);
            }
            10 => client.session.handle_wake(),
            11 => {
                self.now += Duration::from_millis(u64::from(number) * 200);
                for client in &mut self.clients {
                    client.session.handle_timeout(self.now);
                }
            }
            12 => {
                let mut wake = WakeList::new();
                client
                    .session
                    .sync(&mut self.hub, &mut wake, usize::from(number) << 5, now);
                self.wake(wake);
            }
            13 => client.take(usize::from(number) * 16),
            14 => self.answers.0.store(number, Ordering::Relaxed),
            15 => {
                if let Some(request) = client.requests.pop_front() {
                    client.session.decide(request, decision(number), now);
                }
            }
            16 => client.session.handle_eof(now),
            17 => client.session.shut_down(now),
            _ => self.settle(),
        }
    }

    fn command(&mut self, index: usize, which: u8, choice: u8) {
        const NAMES: [&str; 20] = [
            "connect",
            "createStream",
            "publish",
            "play",
            "FCPublish",
            "releaseStream",
            "FCUnpublish",
            "deleteStream",
            "closeStream",
            "pause",
            "seek",
            "receiveAudio",
            "receiveVideo",
            "play2",
            "getStreamLength",
            "_checkbw",
            "FCSubscribe",
            "close",
            "something",
            "_result",
        ];
        let name = NAMES[usize::from(which) % NAMES.len()];
        let stream_name = ["a", "b", "a?token=1", "..", ""][usize::from(choice & 7).min(4)];
        let number = f64::from(choice >> 3 & 3);
        let command = Command::new(name, f64::from(choice >> 5));
        let command = match name {
            "connect" => {
                command.with_object(Object::new().with("app", "live").with("tcUrl", "rtmp://h/live"))
            }
            "play" => command.with(stream_name).with(-1.0).with(number * 1000.0 - 1.0),
            "play2" => command.with(Object::new().with("streamName", stream_name)),
            "deleteStream" => command.with(number),
            "pause" | "seek" | "receiveAudio" | "receiveVideo" => {
                command.with(Value::Boolean(choice & 1 == 0))
            }
            _ => command.with(stream_name),
        };
        let stream = MessageStreamId::new(u32::from(choice >> 3 & 3));
        let now = self.now;
        self.clients[index].send(&command.to_message(ChunkStreamId::COMMAND, stream), now);
    }

    /// What a good driver does, until there is nothing left to do.
    fn settle(&mut self) {
        for _ in 0..1000 {
            let mut wake = WakeList::new();
            self.hub.handle_timeout(&mut wake, self.now);
            let mut is_idle = true;
            for client in &mut self.clients {
                if std::mem::take(&mut client.is_woken) {
                    client.session.handle_wake();
                }
                let mut turns = 0;
                while client.session.wants_hub().is_some() {
                    client.session.sync(&mut self.hub, &mut wake, 0, self.now);
                    turns += 1;
                    assert!(turns < 10_000, "wants_hub comes to an end");
                }
                is_idle &= client.session.transmit().is_empty();
                client.take(usize::MAX);
            }
            is_idle &= wake.is_empty();
            self.wake(wake);
            if is_idle {
                return;
            }
        }
        panic!("there is always something left to do");
    }

    fn wake(&mut self, wake: WakeList) {
        for token in wake {
            self.clients[token.0].is_woken = true;
        }
    }
}

impl Client {
    fn new(config: &Arc<SessionConfig>, answers: &Arc<Answers>, token: usize, now: Instant) -> Self {
        let policy: Arc<dyn Policy> = Arc::<Answers>::clone(answers);
        Self {
            session: ServerSession::new(Arc::clone(config), policy, Token(token), [2; 32].into(), now),
            encoder: ChunkEncoder::new(),
            decoder: ChunkDecoder::new(&Limits::default()),
            handshake: 3073,
            is_woken: false,
            end: None,
            requests: VecDeque::new(),
        }
    }

    /// The driver reads only when it should.
    fn input(&mut self, bytes: &[u8], now: Instant) {
        if self.session.wants_input() {
            self.session.handle_input(bytes, now);
        }
    }

    fn shake_hands(&mut self, now: Instant) {
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, [1; 32].into(), &mut out);
        self.input(&out, now);
        let answer = self.session.transmit().chunk().to_vec();
        out.clear();
        if let Ok(true) = handshake.handle_input(&mut &answer[..], &mut out) {
            self.take(3073);
            self.input(&out, now);
        }
    }

    fn send(&mut self, message: &Message, now: Instant) {
        let mut bytes = Vec::new();
        self.encoder.encode(message, ChunkSize::INITIAL, &mut bytes);
        self.input(&bytes, now);
    }

    /// The socket takes up to so many bytes, and the client reads them.
    fn take(&mut self, count: usize) {
        let transmit = self.session.transmit();
        let bytes = transmit.copy_to_bytes(count.min(transmit.remaining()));
        let of_handshake = self.handshake.min(bytes.len());
        self.handshake -= of_handshake;
        let mut input = &bytes[of_handshake..];
        while let Some(message) = self.decoder.decode(&mut input).expect("what is sent can be read") {
            match message.kind {
                MessageType::UserControl => assert!(UserControl::parse(&message.payload).is_some()),
                MessageType::CommandAmf0 => {
                    let command = Command::decode(message.kind, &message.payload, &Limits::default());
                    assert!(command.is_ok_and(|command| command.broken_off.is_none()));
                }
                _ => {}
            }
        }
    }

    fn check(&mut self) {
        while let Some(event) = self.session.poll_event() {
            if let SessionEvent::Asked { request, .. } = event {
                self.requests.push_back(request);
            }
        }
        assert!(self.session.transmit().remaining() < MAX_UNSENT);
        if let Some(error) = &self.end {
            assert!(self.session.is_over());
            assert_eq!(self.session.error(), error.as_ref());
        } else if self.session.is_over() {
            self.end = Some(self.session.error().cloned());
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
