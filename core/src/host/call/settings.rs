//! What a host decides about its clients.

use std::time::Duration;

use crate::connection::ClientConfig;
#[cfg(feature = "tls")]
use crate::tls::ClientTls;

/// The settings of a client, the same on every runtime.
///
/// ```
/// use std::time::Duration;
/// use rtmp_core::host::ClientSettings;
///
/// let mut settings = ClientSettings::default();
/// settings.connection.chunk_size_first = true;
/// settings.dial_timeout = Duration::from_secs(3);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientSettings {
    /// What is said, and what the server may cost.
    pub connection: ClientConfig,
    /// How long it may take to look up the host's name and to connect a socket to one of its addresses, in all. 10 seconds by
    /// default. No address uses it up while there are others: see [`Candidates`](crate::host::Candidates). A
    /// [`timeout`](crate::url::LibrtmpOptions::timeout) in the URL counts more, here and for the
    /// [deadlines](crate::limits::Limits) of the server's answers and its silence.
    pub dial_timeout: Duration,
    /// How `rtmps` is spoken. `None`: Mozilla's CAs are trusted, and the client does not say who it is.
    #[cfg(feature = "tls")]
    pub tls: Option<ClientTls>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connection: ClientConfig::default(),
            dial_timeout: Duration::from_secs(10),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl ClientSettings {
    /// With the URL's `timeout`, which says how many seconds a server may be silent: while it is dialled, while it owes an answer,
    /// and while it is played from. 0 is for ever, as with librtmp.
    pub(super) fn with_timeout(mut self, seconds: u32) -> Self {
        let timeout = match seconds {
            0 => Duration::MAX,
            seconds => Duration::from_secs(seconds.into()),
        };
        self.dial_timeout = timeout;
        let limits = &mut self.connection.limits;
        limits.handshake_timeout = timeout;
        limits.answer_timeout = timeout;
        // Half of it passes before the server is asked for a sign of life.
        limits.ping_interval = timeout / 2;
        limits.ping_timeout = timeout / 2;
        self
    }
}
