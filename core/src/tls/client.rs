//! A client's side of TLS.

use std::fmt;
use std::net::Ipv6Addr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;

use super::error::TlsError;
use super::identity::Identity;
use super::pipe::TlsPipe;
use super::trust::{Trust, Verifier};
use super::{clock, provider};

/// What a client's TLS is set up from. By default: Mozilla's CAs are trusted, and the client does not say who it is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientTlsSettings {
    /// Whom the client takes for the server.
    pub trust: Trust,
    /// Who the client is, for servers that ask.
    pub identity: Option<Identity>,
    /// Servers whose tickets are kept, to come back to them with a short handshake: 32 by default. With none, every
    /// handshake is a full one.
    pub servers_remembered: usize,
    /// What time it is, for servers' certificates and the age of tickets: the system's clock by default.
    pub clock: Arc<dyn TimeProvider>,
}

impl Default for ClientTlsSettings {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            identity: None,
            servers_remembered: 32,
            clock: clock(),
        }
    }
}

/// A client's side of TLS: makes a [`TlsPipe`] of each connection to a server. Clones share what they remember of servers.
#[derive(Clone)]
pub struct ClientTls {
    pub(super) config: Arc<ClientConfig>,
}

impl ClientTls {
    /// # Errors
    ///
    /// [`TlsError::Protocol`] when nobody is trusted.
    pub fn new(settings: ClientTlsSettings) -> Result<Self, TlsError> {
        let provider = provider();
        let verifier = Arc::new(Verifier::new(&settings.trust, &provider)?);
        let builder = ClientConfig::builder_with_details(provider, settings.clock)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match settings.identity {
            Some(identity) => {
                let resolver = SingleCertAndKey::from(identity.certified());
                builder.with_client_cert_resolver(Arc::new(resolver))
            }
            None => builder.with_no_client_auth(),
        };
        config.resumption = match settings.servers_remembered {
            0 => Resumption::disabled(),
            servers => Resumption::in_memory_sessions(servers),
        };
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// A connection to the server `host`: a name, which the server is told (SNI, RFC 6066 §3), or an IP address, with or
    /// without the brackets that it has in a URL. The zone of an IPv6 address (`fe80::1%eth0`) is this machine's own word for
    /// the way to it, and no part of what the server's certificate is for.
    ///
    /// # Errors
    ///
    /// [`TlsError::ServerName`] when it is neither, [`TlsError::Protocol`] when the system has no randomness.
    pub fn connect(&self, host: &str) -> Result<TlsPipe, TlsError> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let bare = bare.unwrap_or(host);
        let without_zone = bare.split_once('%').map(|(address, _)| address);
        let address = without_zone.filter(|address| address.parse::<Ipv6Addr>().is_ok());
        let name = ServerName::try_from(address.unwrap_or(bare))
            .map_err(|_| TlsError::ServerName(host.to_owned()))?
            .to_owned();
        let connection = UnbufferedClientConnection::new(Arc::clone(&self.config), name)?;
        Ok(TlsPipe::of_client(connection))
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}
