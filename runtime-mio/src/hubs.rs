//! The streams, of one loop or shared by several.

use std::sync::Arc;
use std::time::Instant;

use rtmp_core::hub::{Hub, HubConfig, StreamKey, StreamStats, WakeList};
use rtmp_sockets::Shards;

/// Where streams are. A loop that is alone has its hub to itself, without a lock.
#[derive(Debug)]
pub(crate) enum Hubs {
    Own(Box<Hub>),
    Shared(Arc<Shards>),
}

impl Hubs {
    /// For so many loops.
    pub(crate) fn new(config: HubConfig, workers: usize) -> Self {
        if workers <= 1 {
            return Self::Own(Box::new(Hub::new(config)));
        }
        Self::Shared(Arc::new(Shards::new(config, workers)))
    }

    /// All go on with other settings.
    pub(crate) fn reconfigure(&mut self, config: &HubConfig) {
        match self {
            Self::Own(hub) => hub.reconfigure(config.clone()),
            Self::Shared(shards) => shards.reconfigure(config),
        }
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

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Own(hub) => hub.poll_timeout(),
            Self::Shared(shards) => shards.poll_timeout(),
        }
    }

    /// Wakes those who have been held for long enough.
    pub(crate) fn handle_timeout(&mut self, wake: &mut WakeList, now: Instant) {
        match self {
            Self::Own(hub) => hub.handle_timeout(wake, now),
            Self::Shared(shards) => shards.handle_timeout(wake, now),
        }
    }

    /// All streams, in the order of their keys.
    pub(crate) fn streams(&self) -> Vec<StreamStats> {
        match self {
            Self::Own(hub) => hub.streams().collect(),
            Self::Shared(shards) => shards.streams(),
        }
    }
}
