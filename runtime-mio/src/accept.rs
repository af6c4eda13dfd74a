//! Where connections come in.

use std::io;
use std::time::{Duration, Instant};

use mio::net::TcpListener;
#[cfg(unix)]
use mio::net::UnixListener;
use mio::{Interest, Registry, Token};
use rtmp_core::host::{Full, Herald, ListenAddr, PeerAddr, Protection, Transport, Trouble};
use rtmp_sockets::{BindError, Pause, Spare, TURN_AWAY_MAX, is_of_one_connection};

use crate::socket::Socket;
use crate::token;

/// Connections accepted in one round of the queue: those who are there already are to notice nothing of a crowd at the door.
const ACCEPTS: usize = 64;

/// All listeners of a server.
pub(crate) struct Door {
    listeners: Vec<Listener>,
    spare: Spare,
    pause: Pause,
    /// Nothing is accepted before.
    paused_until: Option<Instant>,
    trouble: Herald,
    full: Herald,
}

struct Listener {
    socket: Listening,
    address: ListenAddr,
    protection: Protection,
    /// There may be somebody to be let in: an event has said so, and no attempt to accept has denied it.
    is_ready: bool,
}

enum Listening {
    Tcp {
        listener: TcpListener,
        must_prepare: bool,
    },
    #[cfg(unix)]
    Unix(
        UnixListener,
        #[allow(dead_code, reason = "its file goes with it")] rtmp_sockets::UnixFile,
    ),
}

impl Door {
    /// Registers all sockets.
    pub(crate) fn new(
        bound: Vec<(rtmp_sockets::Listener, Protection)>,
        registry: &Registry,
    ) -> Result<Self, BindError> {
        let mut listeners = Vec::new();
        for (bound, protection) in bound {
            let address = bound.address;
            let mut socket = match bound.socket {
                rtmp_sockets::Socket::Tcp(socket) => Listening::Tcp {
                    listener: TcpListener::from_std(socket),
                    must_prepare: bound.must_prepare,
                },
                #[cfg(unix)]
                rtmp_sockets::Socket::Unix(socket, file) => {
                    Listening::Unix(UnixListener::from_std(socket), file)
                }
            };
            if let Err(source) = socket.register(registry, token::listener(listeners.len())) {
                return Err(BindError { address, source });
            }
            listeners.push(Listener {
                socket,
                address,
                protection,
                is_ready: true,
            });
        }
        Ok(Self {
            listeners,
            spare: Spare::take(),
            pause: Pause::default(),
            paused_until: None,
            trouble: Herald::default(),
            full: Herald::default(),
        })
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = &ListenAddr> {
        self.listeners.iter().map(|listener| &listener.address)
    }

    /// An event that may be of a listener's.
    pub(crate) fn notice(&mut self, token: Token) {
        if let Some(listener) = self.listeners.get_mut(token::listener_number(token)) {
            listener.is_ready = true;
        }
    }

    /// How long [`accept`](Self::accept) may be put off.
    pub(crate) fn timeout(&self, now: Instant) -> Option<Duration> {
        let is_ready = self.listeners.iter().any(|listener| listener.is_ready);
        is_ready.then(|| {
            self.paused_until
                .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
        })
    }

    /// Accepts those who wait, not too many of them at a time.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        mut admit: impl FnMut(Socket, PeerAddr, Transport) -> Result<(), Full>,
        mut tell: impl FnMut(&Trouble),
    ) {
        if self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        self.paused_until = None;
        // Each has its share: a crowd at one listener keeps nobody out at another.
        let share = ACCEPTS
            .checked_div(self.listeners.len())
            .unwrap_or_default()
            .max(1);
        for listener in &mut self.listeners {
            let mut budget = share;
            while listener.is_ready && budget > 0 {
                budget -= 1;
                match listener.accept() {
                    Ok((socket, address, transport)) => {
                        self.pause.reset();
                        if let Err(limit) = admit(socket, address, transport)
                            && let Some(times) = self.full.announce(now)
                        {
                            tell(&Trouble::Full {
                                address,
                                limit,
                                times,
                            });
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => listener.is_ready = false,
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        self.spare.give_up_for(|| {
                            for _ in 0..TURN_AWAY_MAX {
                                if listener.socket.accept().is_err() {
                                    break;
                                }
                            }
                        });
                        if self.trouble.announce(now).is_some() {
                            tell(&Trouble::Accept { error });
                        }
                        self.paused_until = Some(now + self.pause.lengthen());
                        return;
                    }
                }
            }
        }
    }

    /// Nobody is let in any more.
    pub(crate) fn close(&mut self) {
        self.listeners.clear();
    }
}

impl Listener {
    fn accept(&self) -> io::Result<(Socket, PeerAddr, Transport)> {
        let (socket, address) = self.socket.accept()?;
        Ok((socket, address, self.protection.accept()?))
    }
}

impl Listening {
    fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match self {
            Self::Tcp { listener, .. } => registry.register(listener, token, Interest::READABLE),
            #[cfg(unix)]
            Self::Unix(socket, _) => registry.register(socket, token, Interest::READABLE),
        }
    }

    fn accept(&self) -> io::Result<(Socket, PeerAddr)> {
        match self {
            Self::Tcp {
                listener,
                must_prepare,
            } => {
                let (socket, address) = listener.accept()?;
                if *must_prepare {
                    rtmp_sockets::prepare(&socket);
                }
                Ok((Socket::Tcp(socket), address.into()))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => {
                let (socket, _) = listener.accept()?;
                Ok((Socket::Unix(socket), PeerAddr::Unix))
            }
        }
    }
}
