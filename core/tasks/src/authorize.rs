//! Answers to publishers and players that take time: a database, a web service.

use std::future::Future;
use std::pin::Pin;

use rtmp_core::connection::server::{ConnectCommand, StreamName};
use rtmp_core::host::Peer;
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Asked, Decision, Policy};

/// An answer on its way.
pub type PendingDecision = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// Decides, in its own time, what a [`Policy`] has answered with [`Decision::Later`].
///
/// Meanwhile the connection goes on; what a publisher sends waits, within
/// [`Limits::max_held_bytes`](rtmp_core::limits::Limits::max_held_bytes).
pub trait Authorize: Send + Sync + 'static {
    /// Decides about `asked`. The future is dropped when the connection ends before it is ready.
    fn authorize(&self, peer: &Peer, asked: &Asked) -> PendingDecision;
}

impl<F, D> Authorize for F
where
    F: Fn(&Peer, &Asked) -> D + Send + Sync + 'static,
    D: Future<Output = Decision> + Send + 'static,
{
    fn authorize(&self, peer: &Peer, asked: &Asked) -> PendingDecision {
        Box::pin(self(peer, asked))
    }
}

/// The policy of a server that has an [`Authorize`] and no policy of its own: it is asked about every stream.
pub(crate) struct AskLater;

impl Policy for AskLater {
    fn publish(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        Decision::Later
    }

    fn play(&self, _: &StreamKey, _: &StreamName, _: &ConnectCommand) -> Decision {
        Decision::Later
    }
}
