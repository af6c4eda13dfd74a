//! Any runtime, with TLS between its server and clients that know nothing of it.

use rtmp_core::host::{ListenAddr, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_sockets::BindError;

use crate::server::{Running, Runtime, Settings};
use crate::tunnel;

pub(crate) struct ThroughTls<R>(pub(crate) R);

struct Tunnelled {
    server: Box<dyn Running>,
    /// Of the tunnels.
    addresses: Vec<ListenAddr>,
}

impl<R: Runtime> Runtime for ThroughTls<R> {
    fn start(&self, mut settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let (server, client) = tunnel::sides();
        settings.tls = Some(server);
        let server = self.0.start(settings)?;
        let addresses = server.addresses().iter().map(|address| match address {
            ListenAddr::Tcp(address) => tunnel::open(*address, client.clone()).into(),
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
