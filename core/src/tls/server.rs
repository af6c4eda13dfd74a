//! A server's side of TLS.

use std::fmt;
#[allow(clippy::disallowed_types)]
// As rustls has some; it is held for as long as a reference is counted.
use std::sync::RwLock;
use std::sync::{Arc, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::Ticketer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{
    ClientHello, NoClientAuth, NoServerSessionStorage, ProducesTickets, ResolvesServerCert,
    UnbufferedServerConnection, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;

use super::error::TlsError;
use super::identity::Identity;
use super::pipe::TlsPipe;
use super::trust::Trusted;
use super::{clock, provider};

/// What a server's TLS is set up from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerTlsSettings {
    /// Who the server is. Of several, a client gets the first that is for the name that it asks for (SNI, RFC 6066
    /// §3); the first of all if there is none, or if it says no name.
    pub identities: Vec<Identity>,
    /// Whether clients have to say who they are.
    pub clients: Clients,
    /// What time it is, for clients' certificates and the age of tickets: the system's clock by default.
    pub clock: Arc<dyn TimeProvider>,
}

impl ServerTlsSettings {
    /// A server of one identity, for any client.
    pub fn new(identity: Identity) -> Self {
        Self {
            identities: vec![identity],
            clients: Clients::default(),
            clock: clock(),
        }
    }
}

/// Whose clients' certificates a server wants to see.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Clients {
    /// Nobody's: RTMP has its own ways to tell clients apart.
    #[default]
    Unasked,
    /// Who has one has to have one that is signed by who is trusted.
    Asked(Trusted),
    /// Who has none is not let in.
    Required(Trusted),
}

/// A server's side of TLS: makes a [`TlsPipe`] of each connection that is accepted. Clones are the same server.
#[derive(Clone)]
pub struct ServerTls {
    shared: Arc<Shared>,
}

struct Shared {
    provider: Arc<CryptoProvider>,
    clients: Arc<dyn ClientCertVerifier>,
    clock: Arc<dyn TimeProvider>,
    /// They outlive a change of certificates: who was here before still has a short handshake.
    tickets: Arc<dyn ProducesTickets>,
    #[allow(clippy::disallowed_types)]
    config: RwLock<Arc<ServerConfig>>,
}

impl ServerTls {
    /// # Errors
    ///
    /// [`TlsError::Protocol`] when there is no identity, nobody is trusted whose clients are asked, or the system has no randomness.
    pub fn new(settings: ServerTlsSettings) -> Result<Self, TlsError> {
        let provider = provider();
        let clients = match &settings.clients {
            Clients::Unasked => Ok(Arc::new(NoClientAuth) as Arc<dyn ClientCertVerifier>),
            Clients::Asked(trusted) => {
                WebPkiClientVerifier::builder_with_provider(trusted.roots(), Arc::clone(&provider))
                    .allow_unauthenticated()
                    .build()
            }
            Clients::Required(trusted) => {
                WebPkiClientVerifier::builder_with_provider(trusted.roots(), Arc::clone(&provider)).build()
            }
        };
        let clients = clients.map_err(|error| rustls::Error::General(error.to_string()))?;
        let tickets = Ticketer::new()?;
        let config = configure(
            &provider,
            &clients,
            &settings.clock,
            &tickets,
            settings.identities,
        )?;
        Ok(Self {
            shared: Arc::new(Shared {
                provider,
                clients,
                clock: settings.clock,
                tickets,
                #[allow(clippy::disallowed_types)]
                config: RwLock::new(config),
            }),
        })
    }

    /// Takes other certificates, on all clones, for connections that are accepted from now on. Those that are there go on.
    ///
    /// # Errors
    ///
    /// [`TlsError::Protocol`] when there is none; all stays as it was then.
    pub fn reload(&self, identities: Vec<Identity>) -> Result<(), TlsError> {
        let Shared {
            provider,
            clients,
            clock,
            tickets,
            config,
        } = &*self.shared;
        let changed = configure(provider, clients, clock, tickets, identities)?;
        *config.write().unwrap_or_else(PoisonError::into_inner) = changed;
        Ok(())
    }

    /// A connection that has just been accepted.
    ///
    /// # Errors
    ///
    /// [`TlsError::Protocol`] when the system has no randomness.
    pub fn accept(&self) -> Result<TlsPipe, TlsError> {
        let config = self.shared.config.read().unwrap_or_else(PoisonError::into_inner);
        let connection = UnbufferedServerConnection::new(Arc::clone(&config))?;
        Ok(TlsPipe::of_server(connection))
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

fn configure(
    provider: &Arc<CryptoProvider>,
    clients: &Arc<dyn ClientCertVerifier>,
    clock: &Arc<dyn TimeProvider>,
    tickets: &Arc<dyn ProducesTickets>,
    identities: Vec<Identity>,
) -> Result<Arc<ServerConfig>, TlsError> {
    if identities.is_empty() {
        return Err(rustls::Error::NoCertificatesPresented.into());
    }
    let mut config = ServerConfig::builder_with_details(Arc::clone(provider), Arc::clone(clock))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::clone(clients))
        .with_cert_resolver(Arc::new(ByName(identities)));
    // What a client needs to come back is with the client, encrypted: nothing is kept for those who may. One ticket is enough for
    // who has one connection at a time.
    config.ticketer = Arc::clone(tickets);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

/// Identities, of which the name that a client asks for picks one.
#[derive(Debug)]
struct ByName(Vec<Identity>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = || {
            let name = client_hello.server_name()?;
            self.0.iter().find(|identity| identity.is_for(name))
        };
        let chosen = match self.0.as_slice() {
            [only] => Some(only),
            several => named().or_else(|| several.first()),
        };
        chosen.map(Identity::certified)
    }
}
