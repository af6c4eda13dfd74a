//! The settings of a server.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::Duration;

use mio::{Poll, Waker};
use rtmp_core::host::{Census, ConnectionLimits, ListenAddr, Observer};
use rtmp_core::hub::HubConfig;
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{AllowAll, Policy, SessionConfig};

use crate::accept::Door;
use crate::connection::House;
use crate::event_loop::EventLoop;
use crate::handle::Handle;
use crate::hubs::Hubs;
use crate::inbox::Inbox;
use crate::server::{Counter, Phase, Server};
use crate::token::{MAX_WORKERS, WAKER};
use crate::worker::Worker;

/// The settings of a [`Server`].
#[must_use]
pub struct Builder {
    addresses: Vec<ListenAddr>,
    listeners: Vec<std::net::TcpListener>,
    session: SessionConfig,
    hub: HubConfig,
    policy: Arc<dyn Policy>,
    observer: Arc<dyn Observer>,
    max_connections: Option<usize>,
    max_connections_per_ip: Option<usize>,
    max_idle_per_ip: usize,
    shutdown_timeout: Duration,
    reconnect: Option<ReconnectRequest>,
    workers: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            listeners: Vec::new(),
            session: SessionConfig::default(),
            hub: HubConfig::default(),
            policy: Arc::new(AllowAll),
            observer: Arc::new(()),
            max_connections: None,
            max_connections_per_ip: None,
            max_idle_per_ip: ConnectionLimits::default().idle_per_ip,
            shutdown_timeout: Duration::from_secs(5),
            reconnect: None,
            workers: 1,
        }
    }
}

impl Builder {
    /// Listens at one more address. Without any, and without a [`listener`](Self::listener), nobody comes.
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

    /// Who may do what. Everybody may do everything by default. What it answers with
    /// [`Decision::Later`](rtmp_core::session::Decision::Later) waits for [`Handle::decide`].
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// Who hears what happens.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(observer);
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

    /// How many threads serve: 1 by default, and then streams are behind no lock. With more, the loop that
    /// [`Server::turn`] is one turn of accepts, and hands each connection to the loop that has the fewest, which may be
    /// itself; the others have threads of their own from [`bind`](Self::bind) on. 256 are the most.
    pub const fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers.get();
        self
    }

    /// Binds all addresses. Connections wait in the system's backlog until the server takes its turns.
    ///
    /// # Errors
    ///
    /// The system's; a [`BindError`](crate::BindError) in it names the first address that is taken, not allowed, or not this machine's.
    pub fn bind(self) -> io::Result<Server> {
        let mut bound = Vec::new();
        for address in &self.addresses {
            bound.push(rtmp_sockets::Listener::bind(address)?);
        }
        for listener in self.listeners {
            bound.push(rtmp_sockets::Listener::adopt(listener)?);
        }
        let limits = ConnectionLimits {
            all: self
                .max_connections
                .unwrap_or_else(rtmp_sockets::default_max_connections),
            per_ip: self.max_connections_per_ip,
            idle_per_ip: self.max_idle_per_ip,
        };
        let workers = self.workers.min(MAX_WORKERS);
        let mut polls = Vec::new();
        let mut inboxes = Vec::new();
        for _ in 0..workers {
            let poll = Poll::new()?;
            inboxes.push(Arc::new(Inbox::new(Waker::new(poll.registry(), WAKER)?)));
            polls.push(poll);
        }
        let inboxes: Arc<[Arc<Inbox>]> = inboxes.into();
        let session = Arc::new(self.session);
        let hubs = Hubs::new(self.hub, workers);
        let event_loop = |number, poll, hubs| {
            let house = House::new(hubs, Arc::clone(&self.observer));
            EventLoop::new(
                number,
                poll,
                house,
                Arc::clone(&session),
                Arc::clone(&self.policy),
            )
        };
        let mut polls = polls.into_iter();
        let poll = polls.next().ok_or(io::ErrorKind::InvalidInput)?;
        let total = Arc::new(AtomicUsize::new(0));
        let time_to_reconnect = session.connection.limits.reconnect_timeout;
        let others = hubs.share();
        let mut server = Server {
            door: Door::new(bound, poll.registry())?,
            event_loop: event_loop(0, poll, hubs),
            counter: Counter::new(Census::new(limits), workers, Arc::clone(&total)),
            handle: Handle {
                inboxes: Arc::clone(&inboxes),
                connections: total,
            },
            phase: Phase::Serving,
            shutdown_timeout: self.shutdown_timeout,
            reconnect: self.reconnect.clone().map(|request| (request, time_to_reconnect)),
            threads: Vec::new(),
        };
        // A server that is dropped ends the workers that there are.
        for (number, poll) in (1..).zip(polls) {
            let Some(hubs) = others.as_ref().and_then(Hubs::share) else {
                break;
            };
            let worker = Worker {
                number,
                event_loop: event_loop(number, poll, hubs),
                inboxes: Arc::clone(&inboxes),
                reconnect: self.reconnect.clone(),
            };
            let thread = thread::Builder::new().name(format!("rtmp-{number}"));
            server.threads.push(thread.spawn(move || worker.run())?);
        }
        Ok(server)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
