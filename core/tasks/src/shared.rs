//! What all tasks of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use rtmp_core::host::{Observer, Ticks};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{Policy, SessionConfig};
use rtmp_sockets::Shards;

use crate::authorize::Authorize;
use crate::place::SharedCensus;
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

pub(crate) struct Shared {
    pub(crate) session: Arc<SessionConfig>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) authorize: Option<Box<dyn Authorize>>,
    pub(crate) observer: Box<dyn Observer>,
    pub(crate) hubs: Shards,
    pub(crate) ticks: Ticks,
    pub(crate) wakes: Arc<WakeRegistry>,
    pub(crate) census: Arc<SharedCensus>,
    /// A [`Phase`]; it only grows.
    pub(crate) phase: AtomicU8,
    /// What clients are asked, if they can do it, when the server stops.
    pub(crate) reconnect: Option<ReconnectRequest>,
    pub(crate) connections: AtomicU64,
}

impl Shared {
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
