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
    hubs: Box<[Mutex<Hub>]>,
    deadline: Deadline,
    /// Seeded by the system: nobody can choose keys that all fall on one shard.
    hasher: RandomState,
}

impl Shards {
    /// For so many threads. A single one meets nobody, and has one shard.
    pub fn new(config: HubConfig, threads: usize) -> Self {
        let count = match threads {
            0 | 1 => 1,
            _ => threads.saturating_mul(SHARDS_PER_THREAD),
        };
        let config = of_each(&config, count);
        Self {
            hubs: (0..count).map(|_| Mutex::new(Hub::new(config.clone()))).collect(),
            deadline: Deadline::new(),
            hasher: RandomState::new(),
        }
    }

    /// All go on with other settings, as [`Hub::reconfigure`] says.
    pub fn reconfigure(&self, config: &HubConfig) {
        let config = of_each(config, self.hubs.len());
        for hub in &self.hubs {
            let mut hub = hub.lock().unwrap_or_else(PoisonError::into_inner);
            hub.reconfigure(config.clone());
        }
    }

    /// The hub that this stream is in. Whoever holds it does no I/O, and waits for nothing.
    pub fn lock(&self, key: &StreamKey) -> Lent<'_> {
        let hub = match &*self.hubs {
            [hub] => hub,
            hubs => {
                // The remainder is below the number of shards, a usize.
                #[allow(clippy::cast_possible_truncation)]
                let shard = (self.hasher.hash_one(key) % hubs.len() as u64) as usize;
                &hubs[shard]
            }
        };
        self.lend(hub)
    }

    fn lend<'a>(&'a self, hub: &'a Mutex<Hub>) -> Lent<'a> {
        Lent {
            // A hub does not run its host's code: no panic can have left it in the middle of something.
            hub: hub.lock().unwrap_or_else(PoisonError::into_inner),
            deadline: &self.deadline,
        }
    }

    /// The earliest of all hubs' deadlines, or an earlier time: [`Hub::poll_timeout`], without a lock.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Wakes those who have been held for long enough: [`Hub::handle_timeout`].
    pub fn handle_timeout(&self, wake: &mut WakeList, now: Instant) {
        if self.deadline.take_due(now) {
            for hub in &self.hubs {
                self.lend(hub).handle_timeout(wake, now);
            }
        }
    }

    /// All streams, in the order of their keys.
    pub fn streams(&self) -> Vec<StreamStats> {
        let mut streams = Vec::new();
        for hub in &self.hubs {
            streams.extend(hub.lock().unwrap_or_else(PoisonError::into_inner).streams());
        }
        streams.sort_by(|a, b| a.key.cmp(&b.key));
        streams
    }
}

/// A hub under its lock.
#[derive(Debug)]
pub struct Lent<'a> {
    hub: MutexGuard<'a, Hub>,
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
        if let Some(at) = self.hub.poll_timeout() {
            self.deadline.set(at);
        }
    }
}

/// The earliest of several deadlines. Whoever takes it away, because it has passed, sets it to those that are left.
#[derive(Debug)]
struct Deadline {
    start: Instant,
    /// Nanoseconds since the start; [`NEVER`].
    at: AtomicU64,
}

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
        // Five centuries are as good as never.
        u64::try_from(since_start).unwrap_or(NEVER)
    }

    fn set(&self, at: Instant) {
        let at = self.nanos(at);
        // Nearly always it is no news.
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
    use rtmp_core::hub::{SubscribeOptions, Token};

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
            let hubs = shards.hubs.iter();
            hubs.map(|hub| hub.lock().unwrap().config().max_total_log_bytes)
                .sum()
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
}
