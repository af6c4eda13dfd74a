//! What one message costs for each player: append it, wake, and let everybody pull.
//!
//! Items are deliveries: one message to one player. The figures of allocations are per message, for all players
//! together.

#![allow(missing_docs, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "where the clock begins does not matter")]

use std::time::Instant;

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use rtmp_core::hub::{Cursor, Hub, HubConfig, Publication, StreamKey, SubscribeOptions, Token, WakeList};
use rtmp_core::media::spelling::Spelling;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::{MessageStreamId, Timestamp};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const PLAYERS: [usize; 3] = [10, 1_000, 10_000];

/// A frame of 30 per second at 2.5 Mbit/s.
const FRAME_LEN: usize = 10_000;

/// A GOP of two seconds.
const GOP: u32 = 60;

struct Room {
    hub: Hub,
    wake: WakeList,
    publication: Publication,
    players: Vec<Cursor>,
    next: u32,
    now: Instant,
}

impl Room {
    fn new(players: usize, options: &SubscribeOptions) -> Self {
        Self::of(players, |_| options.clone())
    }

    fn of(players: usize, options: impl Fn(usize) -> SubscribeOptions) -> Self {
        let mut hub = Hub::new(HubConfig::default());
        let mut wake = WakeList::new();
        let key = StreamKey::from("live/room");
        let publication = hub.publish(&key, None, &mut wake).unwrap();
        let players = (0..players)
            .map(|n| hub.subscribe(&key, Token(n), options(n)))
            .collect();
        let mut room = Self {
            hub,
            wake,
            publication,
            players,
            next: 0,
            now: Instant::now(),
        };
        // Started, and every buffer at its size.
        for _ in 0..3 * GOP {
            room.message();
        }
        room
    }

    fn publish(&mut self) {
        let mut payload = vec![0; FRAME_LEN];
        let frame_type = if self.next.is_multiple_of(GOP) { 0x17 } else { 0x27 };
        payload.splice(..2, [frame_type, 1]);
        let message = MediaMessage {
            kind: MediaKind::Video,
            timestamp: Timestamp::from_millis(self.next * 33),
            payload: Bytes::from(payload),
        };
        self.next += 1;
        let entry = self.publication.encode(message);
        self.hub
            .push(&self.publication, entry, &mut self.wake, self.now)
            .unwrap();
    }

    fn message(&mut self) {
        self.publish();
        self.wake.clear();
        for player in &mut self.players {
            let pulled = self.hub.pull(player, usize::MAX, |delivery| {
                black_box(delivery.chunks());
            });
            let _ = black_box(pulled);
        }
    }
}

/// Everybody keeps up, on the shared message stream.
#[divan::bench(args = PLAYERS)]
fn shared(bencher: Bencher<'_, '_>, players: usize) {
    let mut room = Room::new(players, &SubscribeOptions::default());
    bencher
        .counter(ItemsCount::new(players))
        .bench_local(|| room.message());
}

/// Everybody plays on another message stream: a head per delivery.
#[divan::bench(args = PLAYERS)]
fn own_heads(bencher: Bencher<'_, '_>, players: usize) {
    let mut options = SubscribeOptions::default();
    options.stream = MessageStreamId::new(2);
    let mut room = Room::new(players, &options);
    bencher
        .counter(ItemsCount::new(players))
        .bench_local(|| room.message());
}

/// Half of them read enhanced headers, half legacy ones, which are what is published: one more encoding per message.
#[divan::bench(args = PLAYERS)]
fn two_spellings(bencher: Bencher<'_, '_>, players: usize) {
    let mut room = Room::of(players, |n| {
        let mut options = SubscribeOptions::default();
        options.spelling = if n % 2 == 0 {
            Spelling::ENHANCED
        } else {
            Spelling::LEGACY
        };
        options
    });
    bencher
        .counter(ItemsCount::new(players))
        .bench_local(|| room.message());
}

/// Nobody pulls: what stuck players cost the publisher.
#[divan::bench(args = PLAYERS)]
fn stuck(bencher: Bencher<'_, '_>, players: usize) {
    let mut room = Room::new(players, &SubscribeOptions::default());
    room.publish();
    room.wake.clear();
    bencher.bench_local(|| room.publish());
}
