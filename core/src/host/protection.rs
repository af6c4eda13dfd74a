//! What protects the connections that come through a listener.

use std::fmt;
use std::io;

use super::Transport;
#[cfg(feature = "tls")]
use crate::tls::ServerTls;

/// What protects the connections that come through a listener: nothing, or TLS.
#[derive(Clone, Default)]
pub struct Protection {
    #[cfg(feature = "tls")]
    tls: Option<ServerTls>,
}

impl Protection {
    /// The transport of a connection that has just been accepted.
    ///
    /// # Errors
    ///
    /// When the system has no randomness, which TLS needs.
    pub fn accept(&self) -> io::Result<Transport> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.accept().map(Transport::from).map_err(io::Error::other);
        }
        Ok(Transport::default())
    }

    /// Connections are RTMPS.
    pub const fn is_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}

#[cfg(feature = "tls")]
impl From<ServerTls> for Protection {
    fn from(tls: ServerTls) -> Self {
        Self { tls: Some(tls) }
    }
}

impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection")
            .field("is_tls", &self.is_tls())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_plain_unless_it_is_said_that_they_are_not() {
        let plain = Protection::default();
        assert!(!plain.is_tls());
        assert!(!plain.accept().unwrap().is_tls());
    }
}
