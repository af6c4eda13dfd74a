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
    /// How long the host's name may take to be looked up, and a socket to be connected. 10 seconds by default.
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
