//! A server to be.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;

use mio::{Poll, Waker};
use rtmp_core::host::{Census, ListenAddr, Observer, Protection, ServerSettings};
use rtmp_core::session::{AllowAll, Policy};
#[cfg(feature = "tls")]
use rtmp_core::tls::ServerTls;
use rtmp_sockets::with_max_connections;

use crate::accept::Door;
use crate::connection::House;
use crate::event_loop::EventLoop;
use crate::handle::Handle;
use crate::hubs::Hubs;
use crate::inbox::Inbox;
use crate::server::{Counter, Phase, Server};
use crate::token::{MAX_WORKERS, WAKER};
use crate::worker::Worker;

/// A [`Server`] to be: where it listens, its host's part in it, its [settings](ServerSettings).
#[must_use]
pub struct Builder {
    addresses: Vec<(ListenAddr, Protection)>,
    listeners: Vec<(std::net::TcpListener, Protection)>,
    settings: ServerSettings,
    policy: Arc<dyn Policy>,
    observer: Arc<dyn Observer>,
    workers: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            listeners: Vec::new(),
            settings: ServerSettings::default(),
            policy: Arc::new(AllowAll),
            observer: Arc::new(()),
            workers: 1,
        }
    }
}

impl Builder {
    /// Listens at one more address. Without any, and without a [`listener`](Self::listener), nobody comes.
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
        for (address, protection) in self.addresses {
            bound.push((rtmp_sockets::Listener::bind(&address)?, protection));
        }
        for (socket, protection) in self.listeners {
            bound.push((rtmp_sockets::Listener::adopt(socket)?, protection));
        }
        let settings = self.settings;
        let time_to_stop = settings.time_to_stop();
        let workers = self.workers.min(MAX_WORKERS);
        let mut polls = Vec::new();
        let mut inboxes = Vec::new();
        for _ in 0..workers {
            let poll = Poll::new()?;
            inboxes.push(Arc::new(Inbox::new(Waker::new(poll.registry(), WAKER)?)));
            polls.push(poll);
        }
        let inboxes: Arc<[Arc<Inbox>]> = inboxes.into();
        let session = Arc::new(settings.session);
        let hubs = Hubs::new(settings.hub, workers);
        let event_loop = |number, poll, hubs| {
            let house = House::new(hubs, Arc::clone(&self.observer), settings.read_latency);
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
        let others = hubs.share();
        let mut server = Server {
            door: Door::new(bound, poll.registry())?,
            event_loop: event_loop(0, poll, hubs),
            counter: Counter::new(
                Census::new(with_max_connections(settings.connections)),
                workers,
                Arc::clone(&total),
            ),
            handle: Handle {
                inboxes: Arc::clone(&inboxes),
                connections: total,
            },
            phase: Phase::Serving,
            time_to_stop,
            reconnect: settings.reconnect.clone(),
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
                reconnect: settings.reconnect.clone(),
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
