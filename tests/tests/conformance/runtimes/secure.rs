//! Any runtime, with TLS between it and a test that knows nothing of it.

use std::net::SocketAddr;

use rtmp_core::connection::client::Role;
use rtmp_core::host::{CallError, ClientSettings, ListenAddr, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::BindError;

use crate::clients::{Caller, Dialling};
use crate::server::{Running, Runtime, Settings};
use crate::tunnel;

/// Clients of the test's come to its servers through tunnels.
pub(crate) struct ThroughTls<R>(pub(crate) R);

struct Tunnelled {
    server: Box<dyn Running>,
    /// Of the tunnels.
    addresses: Vec<ListenAddr>,
}

impl<R: Runtime> Runtime for ThroughTls<R> {
    fn start(&self, mut settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let (server, _) = tunnel::sides();
        settings.tls = Some(server);
        let server = self.0.start(settings)?;
        let addresses = server.addresses().iter().map(|address| match address {
            ListenAddr::Tcp(address) => tunnel::to_tls(*address).into(),
            ListenAddr::Unix(_) => panic!("tunnels lead to TCP ports"),
        });
        Ok(Box::new(Tunnelled {
            addresses: addresses.collect(),
            server,
        }))
    }
}

impl Running for Tunnelled {
    fn addresses(&self) -> &[ListenAddr] {
        &self.addresses
    }

    fn connections(&self) -> usize {
        self.server.connections()
    }

    fn streams(&self) -> Vec<StreamStats> {
        self.server.streams()
    }

    fn reconfigure(&self, settings: ServerSettings) {
        self.server.reconfigure(settings);
    }

    fn shut_down(&self) {
        self.server.shut_down();
    }

    fn has_ended(&self) -> bool {
        self.server.has_ended()
    }
}

/// Its own clients come to its servers as they are, and to the test's through tunnels.
pub(crate) struct CallingByTls<R>(pub(crate) R);

impl<R: Runtime> Runtime for CallingByTls<R> {
    fn start(&self, mut settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let (server, _) = tunnel::sides();
        settings.tls = Some(server);
        self.0.start(settings)
    }
}

impl<R: Dialling> Dialling for CallingByTls<R> {
    fn call(
        &self,
        url: &RtmpUrl,
        role: Role,
        mut settings: ClientSettings,
    ) -> Result<Box<dyn Caller>, CallError> {
        let (_, client) = tunnel::sides();
        settings.tls.get_or_insert(client);
        self.0.call(url, role, settings)
    }

    fn scheme(&self) -> &'static str {
        "rtmps"
    }

    fn way_to(&self, server: SocketAddr) -> SocketAddr {
        tunnel::from_tls(server)
    }
}
