//! The server's hub, in shards that connections of different streams need not wait for each other at.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rtmp_core::hub::{Hub, HubConfig, StreamKey, StreamStats};

/// Hubs, chosen by key. None is locked across I/O or an await.
#[derive(Debug)]
pub(crate) struct Hubs {
    shards: Box<[Mutex<Hub>]>,
    /// Seeded by the system: nobody can choose keys that all fall on one shard.
    hasher: RandomState,
}

impl Hubs {
    /// For so many threads. A single one meets nobody, and needs no choice.
    pub(crate) fn new(config: &HubConfig, threads: usize) -> Self {
        let count = if threads > 1 { 4 * threads } else { 1 };
        let mut config = config.clone();
        // What is for all streams together is for all shards together; one stream must still have room.
        config.max_total_log_bytes = (config.max_total_log_bytes / count).max(config.max_log_bytes);
        let shards = (0..count).map(|_| Mutex::new(Hub::new(config.clone()))).collect();
        Self {
            shards,
            hasher: RandomState::new(),
        }
    }

    /// The hub that this stream is in.
    pub(crate) fn lock(&self, key: &StreamKey) -> MutexGuard<'_, Hub> {
        if let [hub] = &*self.shards {
            return hub.lock().unwrap_or_else(PoisonError::into_inner);
        }
        // The remainder is below the number of shards, a usize.
        #[allow(clippy::cast_possible_truncation)]
        let shard = (self.hasher.hash_one(key) % self.shards.len() as u64) as usize;
        // A hub does not run its host's code: no panic can have left it in the middle of something.
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All streams, in the order of their keys.
    pub(crate) fn streams(&self) -> Vec<StreamStats> {
        let mut streams = Vec::new();
        for shard in &self.shards {
            streams.extend(shard.lock().unwrap_or_else(PoisonError::into_inner).streams());
        }
        streams.sort_by(|a, b| a.key.cmp(&b.key));
        streams
    }
}
