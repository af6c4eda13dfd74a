//! What all tasks of a server share.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rtmp_core::host::{Observer, ServerSettings, Ticks};
use rtmp_core::hub::{Hub, WakeList};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{Policy, SessionConfig};
use rtmp_sockets::{Lent, Shards};

use crate::authorize::Authorize;
use crate::coalescing::ReadLatency;
use crate::place::SharedCensus;
use crate::timekeeper::Timekeeper;
use crate::wake::WakeRegistry;

/// How far the server's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Peers are told, and what they are told is sent; those that can reconnect have their time to do so.
    Stopping,
    /// Time is up: connections end as they are.
    Stopped,
}

/// What connections begin with, and what they end with: the host may change it meanwhile.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) session: Arc<SessionConfig>,
    /// What clients are asked, if they can do it, when the server stops.
    pub(crate) reconnect: Option<ReconnectRequest>,
    /// How long connections have when the server stops.
    pub(crate) time_to_stop: Duration,
}

pub(crate) struct Shared {
    pub(crate) terms: RwLock<Arc<Terms>>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) authorize: Option<Box<dyn Authorize>>,
    pub(crate) observer: Box<dyn Observer>,
    pub(crate) hubs: Shards,
    pub(crate) read_latency: ReadLatency,
    /// The runtime's clock.
    pub(crate) now: fn() -> Instant,
    pub(crate) ticks: Ticks,
    pub(crate) wakes: Arc<WakeRegistry>,
    pub(crate) timekeeper: Timekeeper,
    pub(crate) census: Arc<SharedCensus>,
    /// A [`Phase`]; it only grows.
    pub(crate) phase: AtomicU8,
    pub(crate) connections: AtomicU64,
}

impl From<ServerSettings> for Terms {
    fn from(settings: ServerSettings) -> Self {
        Self {
            time_to_stop: settings.time_to_stop(),
            session: Arc::new(settings.session),
            reconnect: settings.reconnect,
        }
    }
}

/// Those to whom a hub has given something to do. They are woken also where the host's code has panicked in the middle of it.
struct Woken<'a> {
    wakes: &'a Arc<WakeRegistry>,
    tokens: WakeList,
}

impl Drop for Woken<'_> {
    fn drop(&mut self) {
        self.wakes.wake(&mut self.tokens);
    }
}

impl Shared {
    pub(crate) fn terms(&self) -> Arc<Terms> {
        Arc::clone(&self.terms.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn reconfigure(&self, settings: ServerSettings) {
        self.hubs.reconfigure(&settings.hub);
        self.read_latency.set(settings.read_latency);
        self.census
            .set_limits(rtmp_sockets::with_max_connections(settings.connections));
        *self.terms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.into());
    }

    /// Works with the hub of a stream, and wakes those to whom that gives something to do. Whom it holds is woken in time; at
    /// once where nobody looks at the clock.
    pub(crate) fn work<R>(&self, mut hub: Lent<'_>, work: impl FnOnce(&mut Hub, &mut WakeList) -> R) -> R {
        let mut woken = Woken {
            wakes: &self.wakes,
            tokens: WakeList::new(),
        };
        let before = hub.poll_timeout();
        let result = work(&mut hub, &mut woken.tokens);
        let after = hub.poll_timeout();
        drop(hub);
        if after.is_some() && after != before {
            // Another hub's deadline may have been taken away meanwhile, and be back after this.
            while let Some(at) = self.hubs.poll_timeout()
                && !self.timekeeper.remember(at)
            {
                self.hubs.handle_timeout(&mut woken.tokens, at);
            }
        }
        result
    }

    /// Wakes all who are held.
    pub(crate) fn release_all(&self) {
        let mut tokens = WakeList::new();
        while let Some(at) = self.hubs.poll_timeout() {
            self.hubs.handle_timeout(&mut tokens, at);
        }
        self.wakes.wake(&mut tokens);
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Serving,
            1 => Phase::Stopping,
            _ => Phase::Stopped,
        }
    }

    /// Goes on to a later phase and wakes everybody.
    pub(crate) fn enter(&self, phase: Phase) {
        let phase = phase as u8;
        if self.phase.fetch_max(phase, Ordering::AcqRel) < phase {
            self.wakes.wake_all();
        }
    }
}
