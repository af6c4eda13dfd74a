//! What all tasks of a server share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rtmp_core::host::{Observer, Ticks};
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{Policy, SessionConfig};
use tokio::sync::watch;

use crate::authorize::Authorize;
use crate::hubs::Hubs;
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
    pub(crate) hubs: Hubs,
    pub(crate) ticks: Ticks,
    pub(crate) wakes: Arc<WakeRegistry>,
    pub(crate) census: Arc<SharedCensus>,
    pub(crate) phase: watch::Sender<Phase>,
    /// What clients are asked, if they can do it, when the server stops.
    pub(crate) reconnect: Option<ReconnectRequest>,
    pub(crate) connections: AtomicU64,
}

impl Shared {
    /// Goes on to a later phase and tells everybody.
    pub(crate) fn enter(&self, phase: Phase) {
        let changed = self.phase.send_if_modified(|current| {
            let changed = (*current as u8) < phase as u8;
            if changed {
                *current = phase;
            }
            changed
        });
        if changed {
            self.wakes.wake_all();
        }
    }

    /// Returns when the server is no longer in `Phase::Serving`.
    pub(crate) async fn stopping(&self) {
        // It fails when the sender is gone, and we hold it.
        let _ = self
            .phase
            .subscribe()
            .wait_for(|&phase| phase != Phase::Serving)
            .await;
    }
}
