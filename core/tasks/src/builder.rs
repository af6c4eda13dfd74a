//! A server to be: where it listens, what it is told.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, AtomicU64};
use std::sync::{Arc, RwLock};

use rtmp_core::host::{ListenAddr, Observer, Protection, ServerSettings, Ticks};
use rtmp_core::session::{AllowAll, Policy};
#[cfg(feature = "tls")]
use rtmp_core::tls::ServerTls;
use rtmp_sockets::{BindError, Shards, with_max_connections};

use crate::accept::Listener;
use crate::authorize::{AskLater, Authorize};
use crate::coalescing::ReadLatency;
use crate::place::SharedCensus;
use crate::runtime::Serve;
use crate::server::Server;
use crate::shared::{Phase, Shared};
use crate::timekeeper::Timekeeper;

/// A [`Server`] to be: where it listens, its host's part in it, its [settings](ServerSettings).
#[must_use]
pub struct Builder<R> {
    addresses: Vec<(ListenAddr, Protection)>,
    listeners: Vec<(std::net::TcpListener, Protection)>,
    settings: ServerSettings,
    policy: Option<Arc<dyn Policy>>,
    authorize: Option<Box<dyn Authorize>>,
    observer: Box<dyn Observer>,
    runtime: PhantomData<fn() -> R>,
}

impl<R> Default for Builder<R> {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            listeners: Vec::new(),
            settings: ServerSettings::default(),
            policy: None,
            authorize: None,
            observer: Box::new(()),
            runtime: PhantomData,
        }
    }
}

impl<R: Serve> Builder<R> {
    /// Listens at one more address. Without any, and without a [`listener`](Self::listener), nothing is listened at:
    /// connections come through [`Handle::connect`](crate::Handle::connect) then.
    pub fn listen(mut self, address: impl Into<ListenAddr>) -> Self {
        self.addresses.push((address.into(), Protection::default()));
        self
    }

    /// The same for RTMPS: connections speak TLS. They get the certificates that [`ServerTls`] has when they come; whoever
    /// keeps a clone of it [changes](ServerTls::reload) them.
    #[cfg(feature = "tls")]
    pub fn listen_tls(mut self, address: impl Into<ListenAddr>, tls: ServerTls) -> Self {
        self.addresses.push((address.into(), tls.into()));
        self
    }

    /// Accepts connections from a socket that is bound already: systemd's, or a test's.
    pub fn listener(mut self, listener: std::net::TcpListener) -> Self {
        self.listeners.push((listener, Protection::default()));
        self
    }

    /// The same for RTMPS.
    #[cfg(feature = "tls")]
    pub fn listener_tls(mut self, listener: std::net::TcpListener, tls: ServerTls) -> Self {
        self.listeners.push((listener, tls.into()));
        self
    }

    /// The settings that servers have on every runtime.
    pub fn settings(mut self, settings: ServerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Who may do what. Everybody may do everything by default.
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Who may do what, answered in its own time: asked about every stream, or with a [`policy`](Self::policy) about
    /// those that it answers with [`Decision::Later`](rtmp_core::session::Decision::Later).
    pub fn authorize(mut self, authorize: impl Authorize) -> Self {
        self.authorize = Some(Box::new(authorize));
        self
    }

    /// Who hears what happens.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Box::new(observer);
        self
    }

    /// Binds all addresses. Connections wait in the system's backlog until the server is served.
    ///
    /// # Errors
    ///
    /// [`BindError`] for the first address that is taken, not allowed, or not this machine's.
    // A runtime has to be there; with `async` nobody can forget it.
    #[allow(clippy::unused_async)]
    pub async fn bind(self) -> Result<Server<R>, BindError> {
        let mut listeners = Vec::new();
        for (address, protection) in self.addresses {
            listeners.push(Listener::new(
                rtmp_sockets::Listener::bind(&address)?,
                protection,
            )?);
        }
        for (socket, protection) in self.listeners {
            listeners.push(Listener::new(rtmp_sockets::Listener::adopt(socket)?, protection)?);
        }
        let default_policy = || -> Arc<dyn Policy> {
            if self.authorize.is_some() {
                Arc::new(AskLater)
            } else {
                Arc::new(AllowAll)
            }
        };
        let settings = self.settings;
        let shared = Shared {
            policy: self.policy.unwrap_or_else(default_policy),
            authorize: self.authorize,
            observer: self.observer,
            hubs: Shards::new(settings.hub.clone(), R::threads()),
            read_latency: ReadLatency::new(settings.read_latency),
            now: R::now,
            ticks: Ticks::new(R::now()),
            wakes: Arc::default(),
            timekeeper: Timekeeper::default(),
            census: Arc::new(SharedCensus::new(with_max_connections(settings.connections))),
            phase: AtomicU8::new(Phase::Serving as u8),
            terms: RwLock::new(Arc::new(settings.into())),
            connections: AtomicU64::new(0),
        };
        Ok(Server {
            listeners,
            shared: Arc::new(shared),
        })
    }
}

impl<R> fmt::Debug for Builder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
