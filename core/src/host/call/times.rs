//! How long the way to a server takes.

use std::time::Instant;

use super::Call;
use crate::connection::client::ClientConnection;
use crate::host::transport::Transport;

/// When a call has come how far: on the last of its connections, but for the beginning. What has not been reached is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallTimes {
    /// There is a call.
    pub begun: Instant,
    /// A socket is connected.
    pub dialled: Option<Instant>,
    /// TLS is established. Without it, that is at once.
    pub secured: Option<Instant>,
    /// RTMP's own handshake is done.
    pub handshaken: Option<Instant>,
    /// The server has let us in.
    pub connected: Option<Instant>,
}

impl CallTimes {
    pub(super) const fn new(begun: Instant) -> Self {
        Self {
            begun,
            dialled: None,
            secured: None,
            handshaken: None,
            connected: None,
        }
    }

    pub(super) const fn dial(&mut self, now: Instant) {
        *self = Self::new(self.begun);
        self.dialled = Some(now);
    }

    pub(super) fn note(&mut self, transport: &Transport, connection: &ClientConnection, now: Instant) {
        for (time, is_reached) in [
            (&mut self.secured, transport.is_established()),
            (&mut self.handshaken, connection.handshake_kind().is_some()),
            (&mut self.connected, connection.is_connected()),
        ] {
            if is_reached {
                time.get_or_insert(now);
            }
        }
    }
}

impl Call {
    /// How far it has come, and when.
    pub const fn times(&self) -> CallTimes {
        self.times
    }
}
