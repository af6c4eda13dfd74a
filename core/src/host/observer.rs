//! What a host hears of its server's connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::connection::{ConnectionStats, Error};
use crate::host::peer::{Peer, PeerAddr};
use crate::session::SessionEvent;

/// Hears what happens: for logs, counters, and whatever else a host does about it.
///
/// It is called where the connection's bytes are moved, between two reads or writes: what takes long belongs elsewhere.
/// A panic in it ends that connection and no other.
pub trait Observer: Send + Sync + 'static {
    /// A connection begins.
    fn on_start(&self, peer: &Peer) {
        let _ = peer;
    }

    /// Something has happened on a connection.
    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        let _ = (peer, event);
    }

    /// A connection has ended; its streams have, before this.
    fn on_end(&self, peer: &Peer, end: &End) {
        let _ = (peer, end);
    }

    /// Connections could not be accepted. Each kind of trouble is told at once, and once a minute from then on.
    fn on_trouble(&self, trouble: &Trouble) {
        let _ = trouble;
    }
}

/// Hears nothing.
impl Observer for () {}

/// What a host keeps a hand on.
impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn on_start(&self, peer: &Peer) {
        O::on_start(self, peer);
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        O::on_event(self, peer, event);
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        O::on_end(self, peer, end);
    }

    fn on_trouble(&self, trouble: &Trouble) {
        O::on_trouble(self, trouble);
    }
}

/// How a connection ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// From its start to its end.
    pub duration: Duration,
    /// What it has measured.
    pub stats: ConnectionStats,
}

/// Why a connection ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum EndReason {
    /// The peer closed it.
    PeerClosed,
    /// The session was over, as it should.
    Done,
    /// The protocol, a deadline, or a refusal ended it.
    Fault(Error),
    /// The socket broke.
    Socket(io::Error),
    /// TLS failed, or was cut.
    #[cfg(feature = "tls")]
    Tls(crate::tls::TlsError),
    /// The server stopped.
    ShutDown,
    /// A part of the host (a policy, an observer) or of the server panicked.
    Panicked(String),
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerClosed => f.write_str("closed by the peer"),
            Self::Done => f.write_str("done"),
            Self::Fault(error) => error.fmt(f),
            Self::Socket(error) => error.fmt(f),
            #[cfg(feature = "tls")]
            Self::Tls(error) => error.fmt(f),
            Self::ShutDown => f.write_str("the server stops"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
        }
    }
}

/// What keeps connections from being accepted.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble {
    /// The system won't accept: most often it is out of descriptors. The server tries again.
    Accept {
        /// What the system said.
        error: io::Error,
    },
    /// There are as many connections as are allowed, in all or of one address.
    Full {
        /// Whose connection was closed, the last time.
        address: PeerAddr,
        /// Which limit.
        limit: Full,
        /// Connections closed for this since it was told last.
        times: u64,
    },
}

/// A limit on connections that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// [`ConnectionLimits::all`](super::ConnectionLimits::all).
    #[error("there are {0} connections, which is the limit")]
    Server(usize),
    /// [`ConnectionLimits::per_ip`](super::ConnectionLimits::per_ip).
    #[error("there are {0} connections of its address, which is the limit")]
    Address(usize),
    /// [`ConnectionLimits::idle_per_ip`](super::ConnectionLimits::idle_per_ip).
    #[error("{0} connections of its address neither publish nor play, which is the limit")]
    Idle(usize),
}
