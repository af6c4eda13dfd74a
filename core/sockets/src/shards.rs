//! A hub for several threads.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtmp_core::hub::{Hub, HubConfig, StreamKey, StreamStats, WakeList};

/// Shards for each thread: two that are at work at different streams seldom want the same one.
const SHARDS_PER_THREAD: usize = 4;

/// A hub in shards, each behind a lock of its own: threads that are at work at different streams seldom wait for each
/// other.
#[derive(Debug)]
pub struct Shards {
    shards: Box<[Shard]>,
    deadline: Deadline,
    /// Seeded by the system: nobody can choose keys that all fall on one shard.
    hasher: RandomState,
}

#[derive(Debug)]
struct Shard {
    hub: Mutex<Hub>,
    /// Its hub's, as it was when that was lent last.
    deadline: AtomicU64,
}

impl Shards {
    /// For so many threads. A single one meets nobody, and has one shard.
    pub fn new(config: HubConfig, threads: usize) -> Self {
        let count = match threads {
            0 | 1 => 1,
            _ => threads.saturating_mul(SHARDS_PER_THREAD),
        };
        let config = of_each(&config, count);
        let shard = || Shard {
            hub: Mutex::new(Hub::new(config.clone())),
            deadline: AtomicU64::new(NEVER),
        };
        Self {
            shards: (0..count).map(|_| shard()).collect(),
            deadline: Deadline::new(),
            hasher: RandomState::new(),
        }
    }

    /// All go on with other settings, as [`Hub::reconfigure`] says.
    pub fn reconfigure(&self, config: &HubConfig) {
        let config = of_each(config, self.shards.len());
        for shard in &self.shards {
            self.lend(shard).reconfigure(config.clone());
        }
    }

    /// The hub that this stream is in. Whoever holds it does no I/O, and waits for nothing.
    pub fn lock(&self, key: &StreamKey) -> Lent<'_> {
        let shard = match &*self.shards {
            [shard] => shard,
            shards => {
                // The remainder is below the number of shards, a usize.
                #[allow(clippy::cast_possible_truncation)]
                let index = (self.hasher.hash_one(key) % shards.len() as u64) as usize;
                &shards[index]
            }
        };
        self.lend(shard)
    }

    fn lend<'a>(&'a self, shard: &'a Shard) -> Lent<'a> {
        Lent {
            // A hub does not run its host's code: no panic can have left it in the middle of something.
            hub: shard.hub.lock().unwrap_or_else(PoisonError::into_inner),
            shard,
            deadline: &self.deadline,
        }
    }

    /// The earliest of all hubs' deadlines ([`Hub::poll_timeout`]), without a lock. It may be earlier than that, and while another
    /// thread is in [`handle_timeout`](Self::handle_timeout) it may be later: whoever was there, or has lent a hub, asks again.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Wakes those who are held until now: [`Hub::handle_timeout`], of each hub that is due.
    pub fn handle_timeout(&self, wake: &mut WakeList, now: Instant) {
        if !self.deadline.take_due(now) {
            return;
        }
        let now_nanos = self.deadline.nanos(now);
        for shard in &self.shards {
            // Who lends a hub meanwhile says its deadline afterwards.
            match shard.deadline.load(Ordering::Acquire) {
                at if at <= now_nanos => self.lend(shard).handle_timeout(wake, now),
                at => self.deadline.lower(at),
            }
        }
    }

    /// All streams, in the order of their keys.
    pub fn streams(&self) -> Vec<StreamStats> {
        let mut streams = Vec::new();
        for shard in &self.shards {
            streams.extend(self.lend(shard).streams());
        }
        streams.sort_by(|a, b| a.key.cmp(&b.key));
        streams
    }
}

/// A hub under its lock.
#[derive(Debug)]
pub struct Lent<'a> {
    hub: MutexGuard<'a, Hub>,
    shard: &'a Shard,
    deadline: &'a Deadline,
}

impl Deref for Lent<'_> {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.hub
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Hub {
        &mut self.hub
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let at = self
            .hub
            .poll_timeout()
            .map_or(NEVER, |at| self.deadline.nanos(at));
        if at == self.shard.deadline.load(Ordering::Relaxed) {
            self.deadline.lower(at);
        } else {
            self.shard.deadline.store(at, Ordering::Release);
            // Whatever is there: whoever takes it away after this sees what has just been stored, and before this it is lowered.
            self.deadline.at.fetch_min(at, Ordering::AcqRel);
        }
    }
}

/// The earliest of all shards' deadlines. Whoever takes it away, because it has passed, lowers it to those that are left.
#[derive(Debug)]
struct Deadline {
    start: Instant,
    /// Nanoseconds since the start; [`NEVER`].
    at: AtomicU64,
}

/// In five centuries.
const NEVER: u64 = u64::MAX;

impl Deadline {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            at: AtomicU64::new(NEVER),
        }
    }

    fn nanos(&self, at: Instant) -> u64 {
        let since_start = at.saturating_duration_since(self.start).as_nanos();
        u64::try_from(since_start).unwrap_or(NEVER)
    }

    fn lower(&self, at: u64) {
        if at < self.at.load(Ordering::Acquire) {
            self.at.fetch_min(at, Ordering::AcqRel);
        }
    }

    fn get(&self) -> Option<Instant> {
        match self.at.load(Ordering::Acquire) {
            NEVER => None,
            nanos => self.start.checked_add(Duration::from_nanos(nanos)),
        }
    }

    /// Whether it has passed. Then there is none from here on.
    fn take_due(&self, now: Instant) -> bool {
        let is_due = self.get().is_some_and(|at| at <= now);
        is_due && self.at.swap(NEVER, Ordering::AcqRel) != NEVER
    }
}

/// What is for all streams together is for all shards together; one stream must still have room.
fn of_each(config: &HubConfig, shards: usize) -> HubConfig {
    let mut config = config.clone();
    config.max_total_log_bytes = (config.max_total_log_bytes / shards).max(config.max_log_bytes);
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_core::hub::{Cursor, Publication, Pulled, SubscribeOptions, Token};
    use rtmp_core::media::{MediaKind, MediaMessage};
    use rtmp_core::units::Timestamp;

    #[test]
    fn a_stream_is_always_in_the_same_hub_and_all_are_told_in_order() {
        for threads in [1, 3] {
            let shards = Shards::new(HubConfig::default(), threads);
            let keys: Vec<_> = (10..30).map(|n| StreamKey::from(&*format!("live/{n}"))).collect();
            let mut cursors = Vec::new();
            for key in keys.iter().rev() {
                let mut hub = shards.lock(key);
                cursors.push(hub.subscribe(key, Token(1), SubscribeOptions::default()));
            }
            let told: Vec<_> = shards.streams().into_iter().map(|stream| stream.key).collect();
            assert_eq!(told, keys);
            for (key, cursor) in keys.iter().rev().zip(cursors) {
                shards.lock(key).unsubscribe(cursor);
            }
            assert_eq!(shards.streams(), []);
        }
    }

    #[test]
    fn what_is_for_all_streams_is_for_all_shards_together() {
        let config = HubConfig::default();
        let total = |shards: &Shards| -> usize {
            let hubs = shards.shards.iter().map(|shard| shards.lend(shard));
            hubs.map(|hub| hub.config().max_total_log_bytes).sum()
        };
        assert_eq!(total(&Shards::new(config.clone(), 1)), config.max_total_log_bytes);
        let shards = Shards::new(config.clone(), 2);
        assert!(total(&shards) <= config.max_total_log_bytes);
        let mut less = config;
        less.max_total_log_bytes /= 2;
        let before = total(&shards);
        shards.reconfigure(&less);
        assert_eq!(total(&shards), before / 2);
    }

    /// A stream in the hub of another shard than the others have, and a player that may be held.
    struct Room {
        key: StreamKey,
        publication: Publication,
        player: Cursor,
    }

    impl Room {
        fn new(shards: &Shards, key: StreamKey, latency: Duration) -> Self {
            let mut hub = shards.lock(&key);
            let publication = hub.publish(&key, None, &mut WakeList::new()).unwrap();
            let mut options = SubscribeOptions::default();
            options.write_latency = latency;
            let player = hub.subscribe(&key, Token(0), options);
            drop(hub);
            Self {
                key,
                publication,
                player,
            }
        }

        /// A frame comes, and whether the player is woken for it.
        fn push(&mut self, shards: &Shards, now: Instant) -> bool {
            let frame = MediaMessage {
                kind: MediaKind::Audio,
                timestamp: Timestamp::ZERO,
                payload: vec![0xAF, 1, 0].into(),
            };
            let mut wake = WakeList::new();
            let entry = self.publication.encode(frame);
            let mut hub = shards.lock(&self.key);
            hub.push(&self.publication, entry, &mut wake, now).unwrap();
            !wake.is_empty()
        }

        fn pull(&mut self, shards: &Shards) {
            let mut hub = shards.lock(&self.key);
            while hub.pull(&mut self.player, usize::MAX, |_| ()) != Pulled::CaughtUp {}
        }
    }

    #[test]
    fn the_earliest_deadline_of_all_hubs_is_known_without_a_lock_and_only_who_is_due_is_released() {
        let shards = Shards::new(HubConfig::default(), 2);
        let keys = (0..).map(|n| StreamKey::from(&*format!("live/{n}")));
        let index = |key: &StreamKey| shards.hasher.hash_one(key) % shards.shards.len() as u64;
        let first = StreamKey::from("live/first");
        let second = keys.into_iter().find(|key| index(key) != index(&first)).unwrap();
        let millis = Duration::from_millis;
        let mut rooms =
            [(first, 100), (second, 150)].map(|(key, latency)| Room::new(&shards, key, millis(latency)));
        let start = Instant::now();
        for room in &mut rooms {
            room.pull(&shards);
            assert!(
                room.push(&shards, start),
                "it has had no frame, and waits for none"
            );
            room.pull(&shards);
        }
        assert_eq!(shards.poll_timeout(), None);
        for room in rooms.iter_mut().rev() {
            assert!(!room.push(&shards, start));
        }
        let released = |at| {
            let mut wake = WakeList::new();
            shards.handle_timeout(&mut wake, start + millis(at));
            wake.len()
        };
        let is_at = |at| shards.poll_timeout() == Some(start + millis(at));
        assert!(is_at(100));
        assert_eq!(released(99), 0);
        assert!(is_at(100));
        assert_eq!(released(100), 1);
        assert!(is_at(150), "the other hub's");
        // The first is held again, for less than is left of the other's time.
        rooms[0].pull(&shards);
        assert!(!rooms[0].push(&shards, start + millis(20)));
        assert!(is_at(120));
        assert_eq!(released(150), 2);
        assert_eq!(shards.poll_timeout(), None);
        assert_eq!(released(1000), 0);
    }
}
