//! What one message costs a server from the publisher's bytes to every player's transmit queue, and out of there
//! again: all that a driver does but its system calls.
//!
//! Items are deliveries: one message to one player. As in an event loop, all players are woken and take what there is
//! before the first is flushed. With no player, an item is a message: what ingest costs.
//!
//! `cargo bench -p rtmp-core --bench session`

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "where the clock begins does not matter")]

use std::io::IoSlice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Buf;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use rtmp_core::amf0::Object;
use rtmp_core::chunk::{Message, MessageType, encode};
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::hub::{Hub, HubConfig, Token, WakeList};
use rtmp_core::message::Command;
use rtmp_core::session::{AllowAll, ServerSession, SessionConfig};
use rtmp_core::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const PLAYERS: [usize; 4] = [0, 1, 1_000, 10_000];

/// A frame of 30 per second at 2.5 Mbit/s.
const FRAME_LEN: usize = 10_000;
const FRAME_TIME: Duration = Duration::from_millis(33);

/// A GOP of two seconds.
const GOP: u32 = 60;

/// What the peers write in.
const CHUNK_SIZE: ChunkSize = ChunkSize::new(4096).unwrap();

/// Every player's socket takes each message at once.
#[divan::bench(args = PLAYERS)]
fn relay(bencher: Bencher<'_, '_>, players: usize) {
    let mut server = Server::new(players);
    bencher
        .counter(ItemsCount::new(players.max(1)))
        .bench_local(|| server.relay());
}

struct Server {
    hub: Hub,
    wake: WakeList,
    publisher: ServerSession,
    players: Vec<ServerSession>,
    woken: Vec<usize>,
    now: Instant,
    /// A key frame and an inter frame, as the publisher sends them.
    key: Vec<u8>,
    inter: Vec<u8>,
    frames: u32,
}

impl Server {
    fn new(players: usize) -> Self {
        let now = Instant::now();
        let config = Arc::new(SessionConfig::default());
        // A publisher is not woken: its token is not looked for.
        let open = |n| {
            ServerSession::new(
                Arc::clone(&config),
                Arc::new(AllowAll),
                Token(n),
                [2; 32].into(),
                now,
            )
        };
        let mut server = Self {
            hub: Hub::new(HubConfig::default()),
            wake: WakeList::new(),
            publisher: open(players),
            players: (0..players).map(open).collect(),
            woken: Vec::new(),
            now,
            key: frame(0x17),
            inter: frame(0x27),
            frames: 0,
        };
        let publish = Command::new("publish", 3.0).with("room").with("live");
        let play = Command::new("play", 3.0).with("room");
        join(&mut server.publisher, &publish, now);
        lend(&mut server.publisher, &mut server.hub, &mut server.wake, now);
        for player in &mut server.players {
            join(player, &play, now);
            lend(player, &mut server.hub, &mut server.wake, now);
        }
        // Started, and every buffer at its size.
        for _ in 0..3 * GOP {
            server.relay();
        }
        server
    }

    /// One message comes and goes.
    fn relay(&mut self) {
        let now = self.now + FRAME_TIME * self.frames;
        let frame = if self.frames.is_multiple_of(GOP) {
            &mut self.key
        } else {
            &mut self.inter
        };
        let [_, timestamp @ ..] = (self.frames * 33).to_be_bytes();
        frame[1..4].copy_from_slice(&timestamp);
        self.frames += 1;

        self.publisher.handle_input(black_box(frame), now);
        lend(&mut self.publisher, &mut self.hub, &mut self.wake, now);
        flush(&mut self.publisher);
        self.woken.extend(self.wake.drain(..).map(|Token(n)| n));
        for &n in &self.woken {
            self.players[n].handle_wake();
            lend(&mut self.players[n], &mut self.hub, &mut self.wake, now);
        }
        for n in self.woken.drain(..) {
            assert!(flush(&mut self.players[n]) >= FRAME_LEN);
        }
    }
}

/// Lends the hub for as long as it is wanted.
fn lend(session: &mut ServerSession, hub: &mut Hub, wake: &mut WakeList, now: Instant) {
    while session.wants_hub().is_some() {
        session.sync(hub, wake, 0, now);
    }
}

/// Writes to a socket that takes everything, and asks for what a driver then has to know. How many bytes it was.
fn flush(session: &mut ServerSession) -> usize {
    let transmit = session.transmit();
    let mut sent = 0;
    while transmit.has_remaining() {
        let mut slices = [IoSlice::new(&[]); 8];
        let pieces = transmit.chunks_vectored(&mut slices);
        let len = slices[..pieces].iter().map(|slice| slice.len()).sum();
        black_box(&slices);
        transmit.advance(len);
        sent += len;
    }
    black_box((session.poll_timeout(), session.wants_input(), session.is_over()));
    sent
}

/// The peer's handshake and commands, up to a request on message stream 1.
fn join(session: &mut ServerSession, request: &Command<'_>, now: Instant) {
    let mut bytes = Vec::new();
    let mut handshake = ClientHandshake::new(Kind::Simple, [1; 32].into(), &mut bytes);
    session.handle_input(&bytes, now);
    let transmit = session.transmit();
    let answer = transmit.copy_to_bytes(transmit.remaining());
    bytes.clear();
    assert_eq!(handshake.handle_input(&mut &answer[..], &mut bytes), Ok(true));

    let connection = MessageStreamId::CONNECTION;
    let connect = Command::new("connect", 1.0).with_object(Object::new().with("app", "live"));
    for (command, stream) in [
        (&connect, connection),
        (&Command::new("createStream", 2.0), connection),
        (request, MessageStreamId::new(1)),
    ] {
        let message = command.to_message(ChunkStreamId::COMMAND, stream);
        encode(&message, ChunkSize::INITIAL, &mut bytes);
    }
    let set_chunk_size = Message {
        chunk_stream: ChunkStreamId::CONTROL,
        stream: connection,
        timestamp: Timestamp::ZERO,
        kind: MessageType::SetChunkSize,
        payload: CHUNK_SIZE.get().to_be_bytes().to_vec().into(),
    };
    encode(&set_chunk_size, ChunkSize::INITIAL, &mut bytes);
    session.handle_input(&bytes, now);
}

fn frame(frame_type: u8) -> Vec<u8> {
    let mut payload = vec![0; FRAME_LEN];
    payload[..2].copy_from_slice(&[frame_type, 1]);
    let message = Message {
        chunk_stream: ChunkStreamId::new(6).unwrap(),
        stream: MessageStreamId::new(1),
        timestamp: Timestamp::ZERO,
        kind: MessageType::Video,
        payload: payload.into(),
    };
    let mut bytes = Vec::new();
    encode(&message, CHUNK_SIZE, &mut bytes);
    bytes
}
