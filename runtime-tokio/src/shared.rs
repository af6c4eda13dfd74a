//! What all tasks of a server share.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rtmp_core::session::{Policy, SessionConfig};
use rtmp_core::units::Seed;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::authorize::Authorize;
use crate::census::Census;
use crate::connection::Connection;
use crate::hubs::Hubs;
use crate::observer::{Full, Observer};
use crate::peer::{Peer, PeerAddr};
use crate::wake::WakeRegistry;

/// How far the server's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Peers are told, and what they are told is sent.
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
    pub(crate) wakes: Arc<WakeRegistry>,
    pub(crate) census: Arc<Census>,
    pub(crate) phase: watch::Sender<Phase>,
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

    /// A connection's whole life, unless there are too many. `acknowledge_now` is called after reads that open it.
    pub(crate) fn connect<S>(
        self: &Arc<Self>,
        socket: S,
        acknowledge_now: fn(&S),
        address: PeerAddr,
    ) -> Result<impl Future<Output = ()> + use<S>, Full>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let place = self.census.enter(address.ip())?;
        let id = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let mut connection = Connection::new(
            Arc::clone(self),
            socket,
            acknowledge_now,
            Peer::new(id, address),
            seed(),
        );
        // A block, not a function: a function's future would have room for its argument twice.
        Ok(async move {
            connection.run().await;
            drop((connection, place));
        })
    }
}

/// The system's randomness.
fn seed() -> Seed {
    let mut bytes = [0; 32];
    // It fails on systems that have no such source at all. The handshake's randomness guards no secret: a seed
    // that is merely different each time serves as well.
    if getrandom::fill(&mut bytes).is_err() {
        use std::hash::BuildHasher;
        let random = std::collections::hash_map::RandomState::new();
        for (n, part) in bytes.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&random.hash_one(n).to_ne_bytes());
        }
    }
    bytes.into()
}
