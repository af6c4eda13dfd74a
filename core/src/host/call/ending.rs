//! How connections end, and what follows.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Call, CallError, Line};
use crate::host::transport::Transport;

/// How long a server that wants us elsewhere waits for the next key frame.
const UNTIL_MOVED: Duration = Duration::from_secs(5);

impl Call {
    /// There will be no socket.
    pub(super) fn fail(&mut self, error: CallError, now: Instant) {
        if self.dial().is_some() {
            self.error = Some(error);
            // Its streams end.
            let _ = self.connection.handle_eof(now);
            self.line = Line::Over;
        }
    }

    /// Nothing more will come from the socket.
    pub(super) fn end(&mut self, socket: Option<io::Error>, now: Instant) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        wire.is_eof = true;
        if wire.is_leaving() {
            return;
        }
        if !self.connection.is_over() {
            wire.transport.handle_eof();
            let _ = self.connection.handle_eof(now);
            self.conclude(socket, now);
        } else if self.error.is_none() && !wire.transmit(&mut self.connection).is_empty() {
            // The host's last words have not been sent.
            self.error = socket.map(|error| CallError::Socket(Arc::new(error)));
        }
    }

    /// What follows from what has come, be it the connection's end or not. `socket`: what broke it.
    pub(super) fn conclude(&mut self, socket: Option<io::Error>, now: Instant) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        if !self.connection.is_over() {
            if self.connection.is_asked_to_reconnect() && !wire.is_asked {
                wire.is_asked = true;
                if self.connection.is_publishing() {
                    wire.move_at = now.checked_add(UNTIL_MOVED);
                } else {
                    self.reconnect(now);
                }
            }
            return;
        }
        // Before TLS was, nobody has heard what the connection said.
        let has_spoken = wire.transport.is_established();
        let hung_up = socket.as_ref().is_none_or(is_hang_up) && !has_refused(&wire.transport);
        if !(has_spoken && hung_up && self.follow(now)) {
            self.error = Some(self.reason(socket));
        }
    }

    /// Why the connection is over.
    fn reason(&self, socket: Option<io::Error>) -> CallError {
        let connection = self.connection.error();
        #[cfg(feature = "tls")]
        if let Line::Open(wire) = &self.line
            && let Some(error) = wire.transport.tls().and_then(|tls| tls.error())
            // What was cut is worth less than what is missing for it.
            && (connection.is_none() || *error != crate::tls::TlsError::Truncated)
        {
            return CallError::Tls(error.clone());
        }
        match (socket, connection) {
            (Some(socket), Some(error)) if is_hang_up(&socket) => error.clone().into(),
            (Some(socket), _) => CallError::Socket(Arc::new(socket)),
            (None, Some(error)) => error.clone().into(),
            (None, None) => CallError::Closed,
        }
    }
}

/// What ends TLS, an alert for instance, is no matter of RTMP's. Just cut, it is as if there were none.
fn has_refused(transport: &Transport) -> bool {
    #[cfg(feature = "tls")]
    if let Some(error) = transport.tls().and_then(|tls| tls.error()) {
        return *error != crate::tls::TlsError::Truncated;
    }
    let _ = transport;
    false
}

/// The server has hung up, in one of the ways in which that is seen.
fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
