//! Why a client is not let in, or no longer.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::connection::Error;
use crate::host::candidates::NoneAnswers;
#[cfg(feature = "tls")]
use crate::tls::TlsError;

/// The end of a [`Call`](super::Call) that is not its host's doing. What is shown says what can be done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No socket could be connected.
    #[error("{dial} can't be reached: {source}{}", remedy(.source))]
    Dial {
        /// Where to.
        dial: Dial,
        /// What the system says. If it says several things of several addresses, the most telling one: see
        /// [`Candidates::next`](crate::host::Candidates::next). Addresses that have not answered have
        /// [timed out](io::ErrorKind::TimedOut).
        source: Arc<io::Error>,
    },
    /// No socket was connected in time, and nobody has said why: looking up the name takes too long.
    #[error(
        "{dial} has not answered for {} seconds: check host and port, and whether a firewall is in between", .after.as_secs_f32()
    )]
    Timeout {
        /// Where to.
        dial: Dial,
        /// How long it was waited for.
        after: Duration,
    },
    /// TLS failed, or was cut.
    #[cfg(feature = "tls")]
    #[error("TLS with the server failed: {0}")]
    Tls(#[from] TlsError),
    /// The URL has `rtmps`, and the program was built without it.
    #[error("rtmps is not part of this program: it was built without the feature `tls`")]
    NoTls,
    /// The protocol, a deadline, or the server's refusal.
    #[error(transparent)]
    Connection(#[from] Error),
    /// The socket broke.
    #[error("the connection broke: {0}")]
    Socket(Arc<io::Error>),
    /// The server has closed the connection, and said no more.
    #[error("the server has closed the connection")]
    Closed,
}

/// Where a socket is to be connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dial {
    /// A name, or an IP address: of IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // The system has many, and not each has a remedy.
fn remedy(error: &io::Error) -> &'static str {
    let of_several = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<NoneAnswers>());
    let error = of_several.map_or(error, |several| &several.error);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => " (check the port, and whether a server runs there)",
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            " (check the host, and whether a firewall is in between)"
        }
        // A name that can't be looked up has no kind of its own, and no number.
        _ if error.raw_os_error().is_none() => " (check the host's name)",
        _ => "",
    }
}
