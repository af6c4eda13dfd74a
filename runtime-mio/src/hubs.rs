//! The streams, of one loop or shared by several.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtmp_core::hub::{Hub, HubConfig, StreamKey, StreamStats};

/// Shards for each worker: two that are at work at different streams seldom want the same one.
const SHARDS_PER_WORKER: usize = 4;

/// Where streams are. A loop that is alone has its hub to itself, without a lock.
#[derive(Debug)]
pub(crate) enum Hubs {
    Own(Box<Hub>),
    Shared(Arc<Shards>),
}

/// The hubs that several loops share, chosen by key. None is locked across I/O.
#[derive(Debug)]
pub(crate) struct Shards {
    hubs: Box<[Mutex<Hub>]>,
    /// Seeded by the system: nobody can choose keys that all fall on one shard.
    hasher: RandomState,
}

impl Hubs {
    /// For so many loops.
    pub(crate) fn new(mut config: HubConfig, workers: usize) -> Self {
        if workers <= 1 {
            return Self::Own(Box::new(Hub::new(config)));
        }
        let count = workers * SHARDS_PER_WORKER;
        // What is for all streams together is for all shards together; one stream must still have room.
        config.max_total_log_bytes = (config.max_total_log_bytes / count).max(config.max_log_bytes);
        Self::Shared(Arc::new(Shards {
            hubs: (0..count).map(|_| Mutex::new(Hub::new(config.clone()))).collect(),
            hasher: RandomState::new(),
        }))
    }

    /// The same streams, for one more loop; `None` if they are not shared.
    pub(crate) fn share(&self) -> Option<Self> {
        match self {
            Self::Own(_) => None,
            Self::Shared(shards) => Some(Self::Shared(Arc::clone(shards))),
        }
    }

    /// Lends the hub that this stream is in.
    pub(crate) fn lend<R>(&mut self, key: &StreamKey, work: impl FnOnce(&mut Hub) -> R) -> R {
        match self {
            Self::Own(hub) => work(hub),
            Self::Shared(shards) => work(&mut shards.lock(key)),
        }
    }

    /// All streams, in the order of their keys.
    pub(crate) fn streams(&self) -> Vec<StreamStats> {
        match self {
            Self::Own(hub) => hub.streams().collect(),
            Self::Shared(shards) => {
                let mut streams = Vec::new();
                for hub in &shards.hubs {
                    streams.extend(hub.lock().unwrap_or_else(PoisonError::into_inner).streams());
                }
                streams.sort_by(|a, b| a.key.cmp(&b.key));
                streams
            }
        }
    }
}

impl Shards {
    /// The hub that this stream is in.
    pub(crate) fn lock(&self, key: &StreamKey) -> MutexGuard<'_, Hub> {
        // The remainder is below the number of shards, a usize.
        #[allow(clippy::cast_possible_truncation)]
        let shard = (self.hasher.hash_one(key) % self.hubs.len() as u64) as usize;
        // A hub does not run its host's code: no panic can have left it in the middle of something.
        self.hubs[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
