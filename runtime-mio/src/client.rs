//! A client in a loop of its host's.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use mio::event::Event;
use mio::{Registry, Token};
use rtmp_core::connection::client::{ClientConnection, ClientEvent, Role, StreamHandle};
use rtmp_core::host::{Call, CallError, Candidates, ClientSettings, Dial, Step};
use rtmp_core::media::MediaMessage;
use rtmp_core::url::RtmpUrl;

use crate::dialling::{Dialling, LookUp, look_up};
use crate::socket::Socket;
use crate::wire::{Allowance, SCRATCH_LEN, WRITES, Wire};

thread_local! {
    /// What each read goes into. It is its thread's: a client that is silent owns none.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A client of one server: publishes to it, plays from it, or both.
///
/// It lives in a poll of its host's: one of its own, or that of a [`Server`](crate::Server). There it has one token, for
/// all sockets that it comes to have. Where the server sends its client elsewhere, asks who publishes, or can't read the
/// handshake, the client connects anew by itself: see [`Call`].
///
/// What the host does, in this order: wait for events, for no longer than to [`poll_timeout`](Self::poll_timeout);
/// [`notice`](Self::notice) those with the client's token; ask the [`connection`](Self::connection) for what is to be published,
/// played, sent; have the client's [`turn`](Self::turn); take what has happened from [`poll_event`](Self::poll_event). Nothing
/// more is read before that has been taken: who only publishes takes it, too.
///
/// ```no_run
/// use std::time::Instant;
///
/// use rtmp_mio::mio::{Events, Poll, Token};
/// use rtmp_mio::{Client, ClientEvent, ClientSettings, PlayOptions, Role};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "rtmp://127.0.0.1/live/key".parse()?;
/// let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(16));
/// let mut client = Client::new(&url, Role::Player, ClientSettings::default(), poll.registry(), Token(0))?;
/// client.connection().play(PlayOptions::new(url.name()), Instant::now());
/// loop {
///     client.turn();
///     while let Some(event) = client.poll_event() {
///         if let ClientEvent::Media { message, .. } = event {
///             println!("{:?} at {:?}: {} bytes", message.kind, message.timestamp, message.payload.len());
///         }
///     }
///     if client.is_over() {
///         break;
///     }
///     let timeout = client.poll_timeout().map(|at| at.saturating_duration_since(Instant::now()));
///     poll.poll(&mut events, timeout)?;
///     for event in &events {
///         client.notice(event);
///     }
/// }
/// match client.error() {
///     Some(error) => Err(error.clone().into()),
///     None => Ok(()),
/// }
/// # }
/// ```
pub struct Client {
    call: Call,
    line: Line,
    registry: Registry,
    token: Token,
    look_up: LookUp,
    /// When the last turn was.
    now: Instant,
    /// All that has happened has been taken.
    is_drained: bool,
}

enum Line {
    Idle,
    Dialling(Dialling),
    Open(Wire),
}

impl Client {
    /// A client that is to publish to or play from the server of a URL. It connects with its first [`turn`](Self::turn).
    /// `registry` is that of the poll that it lives in, `token` is its own there, for as long as it lives. In the poll of a
    /// [`Server`](crate::Server) tokens of the host's are below [`FIRST_OWN_TOKEN`](crate::FIRST_OWN_TOKEN).
    ///
    /// The host's name is looked up by the system, which holds up the loop for as long as it takes; of an IP address, no
    /// time. See [`look_up_with`](Self::look_up_with).
    ///
    /// # Errors
    ///
    /// [`ClientError`]: what [`Call::new`] says, or the system's, when it is out of descriptors.
    pub fn new(
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
        registry: &Registry,
        token: Token,
    ) -> Result<Self, ClientError> {
        let now = Instant::now();
        Ok(Self {
            call: Call::new(url, role, settings, now)?,
            line: Line::Idle,
            registry: registry.try_clone()?,
            token,
            look_up: Box::new(look_up),
            now,
            is_drained: true,
        })
    }

    /// Looks up hosts by other means: a cache, a list of the program's own. Their addresses are tried in this order, but that
    /// IPv4 and IPv6 take turns: see [`Candidates`].
    #[must_use]
    pub fn look_up_with(
        mut self,
        look_up: impl FnMut(&Dial) -> io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> Self {
        self.look_up = Box::new(look_up);
        self
    }

    /// Something has happened to a source of the poll. Events with tokens of others do nothing.
    pub fn notice(&mut self, event: &Event) {
        if event.token() != self.token {
            return;
        }
        match &mut self.line {
            Line::Idle => {}
            Line::Dialling(dialling) => dialling.notice(event),
            Line::Open(wire) => {
                wire.notice(event);
            }
        }
    }

    /// Does what can be done now: connects, reads, writes, meets deadlines. Early and needless calls do no harm.
    pub fn turn(&mut self) {
        self.now = Instant::now();
        // The host may have been busy: nobody is late by what the system has had for long.
        if self.call.poll_timeout().is_some_and(|at| at <= self.now)
            && let Line::Open(wire) = &mut self.line
        {
            wire.look_again();
        }
        // Before the deadline: when all time is over, it knows why.
        self.dial();
        self.read();
        self.write();
        if self.call.handle_timeout(self.now) {
            self.dial();
            self.write();
        }
        self.close();
    }

    /// When [`turn`](Self::turn) wants to be called, if nothing happens before; it may change with every other call. What
    /// [`connection`](Self::connection) has been asked for since the last turn is to go out at once.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadline = self.call.poll_timeout();
        let is_busy = match &self.line {
            // A call that goes on elsewhere dials at once.
            Line::Idle => self.call.dial().is_some(),
            Line::Dialling(dialling) => {
                let next = dialling.deadline().filter(|_| self.call.dial().is_some());
                return deadline.into_iter().chain(next).min();
            }
            Line::Open(wire) => {
                let takes_input = self.is_drained || self.call.is_closing();
                let has_input = wire.is_readable() && takes_input && self.call.wants_input();
                let has_output = wire.is_writable() && !self.call.is_broken() && self.call.has_unsent();
                has_input || has_output || self.call.is_to_close()
            }
        };
        if is_busy { Some(self.now) } else { deadline }
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        let event = self.call.poll_event();
        self.is_drained = event.is_none();
        event
    }

    /// The connection, for all that the host asks of it. What is asked for goes out with the next [`turn`](Self::turn).
    pub const fn connection(&mut self) -> &mut ClientConnection {
        self.call.connection()
    }

    /// The call: what lies between the connection and its socket.
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// Whether a message of a stream that publishes is to be sent now. Otherwise it waits: for the stream to be granted, for
    /// room ([`ClientConnection::wants_media`]), or, if it is a key frame and the server has asked to connect anew, for the new
    /// connection. That one is told the headers in force before it is sent any: see [`ClientConnection::send_media`].
    ///
    /// One that a turn leaves waiting is wanted after an event, or after [`poll_timeout`](Self::poll_timeout), and not before: that
    /// its own time has passed is no reason to turn at once.
    pub fn wants(&mut self, stream: StreamHandle, message: &MediaMessage) -> bool {
        self.call.reconnect_before(stream, message, Instant::now());
        self.connection().wants_media(stream)
    }

    /// Connects anew, now, if the server has asked for it: see [`Call::reconnect`].
    pub fn reconnect(&mut self) -> bool {
        self.call.reconnect(Instant::now())
    }

    /// Nothing more will happen, and there is no socket.
    pub fn is_over(&self) -> bool {
        self.call.is_over()
    }

    /// What has ended it, if it was not its host.
    pub const fn error(&self) -> Option<&CallError> {
        self.call.error()
    }

    /// Connects a socket, if one is wanted.
    fn dial(&mut self) {
        let Some(dial) = self.call.dial() else {
            if matches!(self.line, Line::Dialling(_)) {
                self.line = Line::Idle;
            }
            return;
        };
        if let Line::Idle = self.line {
            match (self.look_up)(dial) {
                Ok(found) => {
                    // It may have taken its time.
                    self.now = Instant::now();
                    let candidates = Candidates::new(found, self.call.poll_timeout());
                    self.line = Line::Dialling(Dialling::new(candidates));
                }
                Err(error) => return self.call.dial_failed(error, self.now),
            }
        }
        let Line::Dialling(dialling) = &mut self.line else {
            return;
        };
        match dialling.go_on(&self.registry, self.token, self.now) {
            Ok(None) => {}
            Ok(Some(socket)) => {
                let is_closed = dialling.is_closed();
                self.call.connected(rtmp_sockets::seed(), self.now);
                let is_open = !self.call.is_over();
                self.line = if is_open {
                    Line::Open(Wire::connected(Socket::Tcp(socket), is_closed))
                } else {
                    Line::Idle
                };
            }
            Err(error) => {
                self.line = Line::Idle;
                self.call.dial_failed(error, self.now);
            }
        }
    }

    fn read(&mut self) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        if !self.is_drained && !self.call.is_closing() {
            if wire.is_readable() {
                self.call.hold_input(self.now);
            }
            return;
        }
        let mut scratch = SCRATCH.take();
        scratch.resize(SCRATCH_LEN, 0);
        let (mut allowance, mut is_opening) = (Allowance::new(), false);
        while allowance.left > 0 && wire.is_readable() && self.call.wants_input() {
            self.is_drained = false;
            match wire.read(&mut scratch) {
                Ok(None) => {}
                Ok(Some(0)) => self.call.handle_eof(self.now),
                Ok(Some(count)) => {
                    allowance.spend(count);
                    is_opening |= wire.take_opening_read();
                    self.call.handle_input(&mut scratch[..count], self.now);
                }
                Err(error) => self.call.handle_error(error, self.now),
            }
        }
        SCRATCH.set(scratch);
        // What is sent acknowledges as well. A server that writes an answer in pieces, as nginx-rtmp does, holds the second one
        // back until the first is acknowledged, which the system would put off for 40 ms.
        if is_opening && self.call.transmit().is_empty() {
            wire.acknowledge_now();
        }
    }

    fn write(&mut self) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        for _ in 0..WRITES {
            if !wire.is_writable() || self.call.is_broken() || self.call.transmit().is_empty() {
                break;
            }
            if let Err(error) = wire.write(self.call.transmit()) {
                self.call.handle_error(error, self.now);
            }
        }
    }

    fn close(&mut self) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        let mut step = self.call.step(true, self.now);
        if step == Step::HalfClose {
            match wire.half_close() {
                Ok(()) => self.call.half_closed(self.now),
                Err(error) => self.call.handle_error(error, self.now),
            }
            step = self.call.step(true, self.now);
        }
        if step == Step::Close {
            self.line = Line::Idle;
        }
    }
}

/// A client that can't begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The URL leads nowhere.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The system's.
    #[error("the poll can't be shared: {0}")]
    Registry(#[from] io::Error),
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("token", &self.token)
            .field("dial", &self.call.dial())
            .field("error", &self.call.error())
            .finish_non_exhaustive()
    }
}
