//! A server: its settings, its sockets, its life.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rtmp_core::host::{ConnectionLimits, ListenAddr, Observer};
use rtmp_core::hub::HubConfig;
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{AllowAll, Policy, SessionConfig};
use rtmp_sockets::BindError;
use tokio::runtime::Handle as Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::accept::accept;
use crate::authorize::{AskLater, Authorize};
use crate::handle::Handle;
use crate::hubs::Hubs;
use crate::listen::Listener;
use crate::place::SharedCensus;
use crate::shared::{Phase, Shared};

/// How long connections that end as they are have for it. They only need a turn of the runtime.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// An RTMP server, bound to its addresses.
///
/// It accepts connections from the call of [`serve`](Self::serve) on, and lives until that returns.
pub struct Server {
    listeners: Vec<Listener>,
    shutdown_timeout: Duration,
    shared: Arc<Shared>,
}

impl Server {
    /// A server with the default settings, to be changed and bound.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The addresses that connections are accepted at, in the order in which they were asked for; port 0 is the
    /// port that it became. On a machine without IPv6, `[::]` is `0.0.0.0`.
    pub fn local_addrs(&self) -> Vec<ListenAddr> {
        self.listeners
            .iter()
            .map(|listener| listener.address.clone())
            .collect()
    }

    /// What the host program does with the server from elsewhere.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Serves until `shutdown` is ready, or [`Handle::shutdown`] is called. Then listeners close, peers are told (or
    /// asked to [reconnect](Builder::reconnect)), what is on its way to them is sent, and what takes longer than
    /// [`Builder::shutdown_timeout`] is dropped.
    ///
    /// Dropping the future closes the listeners and ends the connections as they are.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let _stop = StopOnDrop(Arc::clone(&self.shared));
        let mut listeners = JoinSet::new();
        for listener in self.listeners {
            listeners.spawn(accept(listener, Arc::clone(&self.shared)));
        }
        tokio::select! {
            () = shutdown => {}
            () = self.shared.stopping() => {}
        }
        listeners.shutdown().await;
        self.shared.enter(Phase::Stopping);
        let time_to_reconnect = match &self.shared.reconnect {
            Some(_) => self.shared.session.connection.limits.reconnect_timeout,
            None => Duration::ZERO,
        };
        let time = time_to_reconnect.saturating_add(self.shutdown_timeout);
        if timeout(time, self.shared.census.emptied()).await.is_err() {
            self.shared.enter(Phase::Stopped);
            // A connection whose host blocks it in an observer can't be waited for.
            let _ = timeout(KILL_TIMEOUT, self.shared.census.emptied()).await;
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.enter(Phase::Stopped);
    }
}

/// The settings of a [`Server`].
#[must_use]
pub struct Builder {
    addresses: Vec<ListenAddr>,
    listeners: Vec<std::net::TcpListener>,
    session: SessionConfig,
    hub: HubConfig,
    policy: Option<Arc<dyn Policy>>,
    authorize: Option<Box<dyn Authorize>>,
    observer: Box<dyn Observer>,
    max_connections: Option<usize>,
    max_connections_per_ip: Option<usize>,
    max_idle_per_ip: usize,
    shutdown_timeout: Duration,
    reconnect: Option<ReconnectRequest>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            listeners: Vec::new(),
            session: SessionConfig::default(),
            hub: HubConfig::default(),
            policy: None,
            authorize: None,
            observer: Box::new(()),
            max_connections: None,
            max_connections_per_ip: None,
            max_idle_per_ip: ConnectionLimits::default().idle_per_ip,
            shutdown_timeout: Duration::from_secs(5),
            reconnect: None,
        }
    }
}

impl Builder {
    /// Listens at one more address. Without any, and without a [`listener`](Self::listener), nothing is listened at:
    /// connections come through [`Handle::connect`] then.
    pub fn listen(mut self, address: impl Into<ListenAddr>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// Accepts connections from a socket that is bound already: systemd's, or a test's.
    pub fn listener(mut self, listener: std::net::TcpListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// The settings of sessions and connections.
    pub fn session(mut self, config: SessionConfig) -> Self {
        self.session = config;
        self
    }

    /// The settings of streams.
    pub fn hub(mut self, config: HubConfig) -> Self {
        self.hub = config;
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

    /// The most connections at a time; more are accepted and closed. By default as many as the process may have
    /// descriptors but for 64 of them, and at least 64.
    pub const fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = Some(max);
        self
    }

    /// The most connections of one address at a time; of IPv6, of one /64 network. Not limited by default: many viewers
    /// may share an address.
    pub const fn max_connections_per_ip(mut self, max: usize) -> Self {
        self.max_connections_per_ip = Some(max);
        self
    }

    /// The most connections of one address (of IPv6, of one /64 network) that have not published or played yet; more are
    /// accepted and closed. 128 by default: a flood from one host takes no more, and viewers who share an address are
    /// not limited. Addresses of this machine (127.0.0.0/8, `::1`) are exempt, for load tests and local relays.
    pub const fn max_idle_per_ip(mut self, max: usize) -> Self {
        self.max_idle_per_ip = max;
        self
    }

    /// How long connections have to send what is on its way when the server stops. 5 seconds by default.
    pub const fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// When the server stops, clients are asked to connect elsewhere, those that have announced that they heed such a
    /// request (Enhanced RTMP v2). They have
    /// [`Limits::reconnect_timeout`](rtmp_core::limits::Limits::reconnect_timeout) for it, before the
    /// [`shutdown_timeout`](Self::shutdown_timeout) begins; the others are told at once that the server stops. Nobody
    /// is asked by default: a client that connects to where it was finds no server there.
    pub fn reconnect(mut self, request: ReconnectRequest) -> Self {
        self.reconnect = Some(request);
        self
    }

    /// Binds all addresses. Connections wait in the system's backlog until the server is served.
    ///
    /// # Errors
    ///
    /// [`BindError`] for the first address that is taken, not allowed, or not this machine's.
    // A runtime has to be there; with `async` nobody can forget it.
    #[allow(clippy::unused_async)]
    pub async fn bind(self) -> Result<Server, BindError> {
        let mut listeners = Vec::new();
        for address in &self.addresses {
            listeners.push(Listener::new(rtmp_sockets::Listener::bind(address)?)?);
        }
        for listener in self.listeners {
            listeners.push(Listener::new(rtmp_sockets::Listener::adopt(listener)?)?);
        }
        let default_policy = || -> Arc<dyn Policy> {
            if self.authorize.is_some() {
                Arc::new(AskLater)
            } else {
                Arc::new(AllowAll)
            }
        };
        let limits = ConnectionLimits {
            all: self
                .max_connections
                .unwrap_or_else(rtmp_sockets::default_max_connections),
            per_ip: self.max_connections_per_ip,
            idle_per_ip: self.max_idle_per_ip,
        };
        let shared = Shared {
            session: Arc::new(self.session),
            policy: self.policy.unwrap_or_else(default_policy),
            authorize: self.authorize,
            observer: self.observer,
            hubs: Hubs::new(&self.hub, Runtime::current().metrics().num_workers()),
            wakes: Arc::default(),
            census: Arc::new(SharedCensus::new(limits)),
            phase: watch::Sender::new(Phase::Serving),
            reconnect: self.reconnect,
            connections: AtomicU64::new(0),
        };
        Ok(Server {
            listeners,
            shutdown_timeout: self.shutdown_timeout,
            shared: Arc::new(shared),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
