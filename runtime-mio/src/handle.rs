//! The server as other threads see it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use rtmp_core::connection::server::RequestId;
use rtmp_core::host::ServerSettings;
use rtmp_core::hub::StreamStats;
use rtmp_core::session::Decision;

use crate::inbox::{Inbox, Letter};

/// A server's handle: cheap to clone, usable on every thread, and harmless once the server has gone.
#[derive(Clone)]
pub struct Handle {
    pub(crate) inboxes: Arc<[Arc<Inbox>]>,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Handle {
    /// Goes on with other settings, and drops nobody for it. Limits on connections and those of the hub hold at once, but for
    /// [`HubConfig::chunk_size`](rtmp_core::hub::HubConfig::chunk_size), which stays; a session goes on with what it has begun
    /// with; and how the server stops is what is said last.
    ///
    /// It is so from each loop's next turn on.
    pub fn reconfigure(&self, settings: ServerSettings) {
        let settings = Arc::new(settings);
        for inbox in &*self.inboxes {
            inbox.post(Letter::Reconfigure(Arc::clone(&settings)));
        }
    }

    /// Stops the server: listeners close, peers are told or asked to [reconnect](crate::ServerSettings::reconnect), what
    /// is on its way to them is sent; then [`Server::turn`](crate::Server::turn) says that it is over. To call it again
    /// changes nothing.
    pub fn shutdown(&self) {
        self.post(Letter::Shutdown);
    }

    /// Answers [`SessionEvent::Asked`](rtmp_core::session::SessionEvent::Asked), which a
    /// [`Policy`](rtmp_core::session::Policy) has brought about with [`Decision::Later`]. `connection` is the
    /// [`Peer::id`](crate::Peer::id) that the observer was called with. A request whose connection has gone is past
    /// answering.
    pub fn decide(&self, connection: u64, request: RequestId, decision: Decision) {
        for inbox in &*self.inboxes {
            inbox.post(Letter::Decide {
                connection,
                request,
                decision: decision.clone(),
            });
        }
    }

    /// Connections at this moment.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// All streams, in the order of their keys, as the loop sees them in its next turn, which this waits for; nothing once the
    /// server has gone. On the loop's own thread, ask [`Server::streams`](crate::Server::streams): nobody would answer here.
    /// Nor in an observer or a policy, which a loop runs.
    pub fn streams(&self) -> Vec<StreamStats> {
        let (sender, receiver) = mpsc::channel();
        self.post(Letter::Streams(sender));
        // A sender that is dropped unused is a server that has gone.
        receiver.recv().unwrap_or_default()
    }

    fn post(&self, letter: Letter) {
        if let Some(inbox) = self.inboxes.first() {
            inbox.post(letter);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}
