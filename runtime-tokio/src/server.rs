//! A server: its settings, its sockets, its life.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rtmp_core::host::{ListenAddr, Observer, ServerSettings, Ticks};
use rtmp_core::session::{AllowAll, Policy};
use rtmp_sockets::BindError;
use tokio::runtime::Handle as Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::accept::accept;
use crate::authorize::{AskLater, Authorize};
use crate::connection::now;
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
    /// How long connections have when the server stops.
    time_to_stop: Duration,
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
    /// asked to [reconnect](ServerSettings::reconnect)), what is on its way to them is sent, and what takes longer than
    /// [`ServerSettings::shutdown_timeout`] is dropped.
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
        let emptied = self.shared.census.emptied();
        if timeout(self.time_to_stop, emptied).await.is_err() {
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

/// A [`Server`] to be: where it listens, its host's part in it, its [settings](ServerSettings).
#[must_use]
pub struct Builder {
    addresses: Vec<ListenAddr>,
    listeners: Vec<std::net::TcpListener>,
    settings: ServerSettings,
    policy: Option<Arc<dyn Policy>>,
    authorize: Option<Box<dyn Authorize>>,
    observer: Box<dyn Observer>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            listeners: Vec::new(),
            settings: ServerSettings::default(),
            policy: None,
            authorize: None,
            observer: Box::new(()),
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
        let mut settings = self.settings;
        let all = &mut settings.connections.all;
        all.get_or_insert_with(rtmp_sockets::default_max_connections);
        let time_to_stop = settings.time_to_stop();
        let shared = Shared {
            session: Arc::new(settings.session),
            policy: self.policy.unwrap_or_else(default_policy),
            authorize: self.authorize,
            observer: self.observer,
            hubs: Hubs::new(&settings.hub, Runtime::current().metrics().num_workers()),
            ticks: Ticks::new(now()),
            wakes: Arc::default(),
            census: Arc::new(SharedCensus::new(settings.connections)),
            phase: watch::Sender::new(Phase::Serving),
            reconnect: settings.reconnect,
            connections: AtomicU64::new(0),
        };
        Ok(Server {
            listeners,
            time_to_stop,
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
