//! A hub for several threads.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rtmp_core::hub::{Hub, HubConfig, StreamKey, StreamStats};

/// Shards for each thread: two that are at work at different streams seldom want the same one.
const SHARDS_PER_THREAD: usize = 4;

/// A hub in shards, each behind a lock of its own: threads that are at work at different streams seldom wait for each
/// other.
#[derive(Debug)]
pub struct Shards {
    hubs: Box<[Mutex<Hub>]>,
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
    pub fn lock(&self, key: &StreamKey) -> MutexGuard<'_, Hub> {
        let hub = match &*self.hubs {
            [hub] => hub,
            hubs => {
                // The remainder is below the number of shards, a usize.
                #[allow(clippy::cast_possible_truncation)]
                let shard = (self.hasher.hash_one(key) % hubs.len() as u64) as usize;
                &hubs[shard]
            }
        };
        // A hub does not run its host's code: no panic can have left it in the middle of something.
        hub.lock().unwrap_or_else(PoisonError::into_inner)
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
