//! A client's way to its server, but for the sockets.

mod ending;
mod error;
mod following;
mod settings;
#[cfg(test)]
mod tests;
mod times;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::connection::client::{ClientConnection, ClientEvent, Role, Target};
use crate::connection::{ClientConfig, Error, Timer, TransmitQueue};
use crate::host::guest::Step;
use crate::host::transport::Transport;
use crate::queue::Queue;
#[cfg(feature = "tls")]
use crate::tls::{ClientTls, ClientTlsSettings};
use crate::units::Seed;
use crate::url::{RtmpUrl, Scheme};

pub use error::{CallError, Dial};
pub use settings::ClientSettings;
pub use times::CallTimes;

use wire::Wire;

/// A client, from its URL to its end: connection after connection, until one of them leads to where the server lets it in,
/// and all that an event loop would otherwise write again. What is left to a loop is the sockets.
///
/// ```text
///        ┌────────────────────── another attempt ───────────────────────┐
///        v                                                              │
/// dial() is Some ── connected ──> Stay ── the connection is over ──> Close ──> is_over()
///        └──────────────────────── dial_failed ────────────────────────────────────^
/// ```
///
/// While [`dial`](Self::dial) names an address, a socket is to be connected to it, and handed on with
/// [`connected`](Self::connected) or [`dial_failed`](Self::dial_failed). What comes from the socket goes to
/// [`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof) or [`handle_error`](Self::handle_error), the bytes
/// of [`transmit`](Self::transmit) are written, events are taken ([`poll_event`](Self::poll_event)), and
/// [`step`](Self::step) says what becomes of the socket. Then there is another address, or the call
/// [is over](Self::is_over).
///
/// Another attempt follows a redirection, a request to reconnect, a round of authentication, and a handshake that the server
/// could not read: see [`ClientConnection::next_attempt`]. Streams go along, under the handles that they have; a stream that
/// publishes or plays says [so](ClientEvent::Publishing) anew. A publisher's metadata and sequence headers are said again before
/// its next key frame, and what it sends before that is left out: see [`ClientConnection::send_media`].
pub struct Call {
    config: Arc<ClientConfig>,
    dial_timeout: Duration,
    #[cfg(feature = "tls")]
    tls: Option<ClientTls>,
    address: Address,
    /// The one that there is, or that will be once there is a socket.
    connection: ClientConnection,
    /// Of connections before that one.
    events: Queue<ClientEvent>,
    line: Line,
    times: CallTimes,
    error: Option<CallError>,
}

struct Address {
    scheme: Scheme,
    dial: Dial,
}

enum Line {
    /// A time that no clock can show is for ever.
    Dialling {
        until: Option<Instant>,
    },
    Open(Wire),
    Over,
}

impl Call {
    /// A client that is to publish to or play from the server of a URL. Its streams are asked for by its
    /// [`connection`](Self::connection), at any time. What the URL's options say of times counts more than the settings.
    ///
    /// # Errors
    ///
    /// [`CallError::NoTls`], or one of TLS when the host is none that can have a certificate.
    pub fn new(url: &RtmpUrl, role: Role, settings: ClientSettings, now: Instant) -> Result<Self, CallError> {
        let settings = match url.options().timeout {
            Some(seconds) => settings.with_timeout(seconds),
            None => settings,
        };
        let config = Arc::new(settings.connection);
        let target = Target::from(url);
        let target = match role {
            Role::Publisher => target,
            Role::Player => target.to_play(),
        };
        let mut call = Self {
            connection: ClientConnection::waiting(Arc::clone(&config), target, now),
            config,
            dial_timeout: settings.dial_timeout,
            #[cfg(feature = "tls")]
            tls: settings.tls,
            address: Address::of(url),
            events: Queue::default(),
            line: Line::Over,
            times: CallTimes::new(now),
            error: None,
        };
        // What can't be spoken need not be dialled.
        call.transport()?;
        call.begin_dialling(now);
        Ok(call)
    }

    /// Where a socket is to be connected to, as long as one is to be. The addresses of a name are tried by
    /// [`Candidates`](crate::host::Candidates).
    pub fn dial(&self) -> Option<&Dial> {
        let is_wanted = matches!(self.line, Line::Dialling { .. }) && !self.connection.is_over();
        is_wanted.then_some(&self.address.dial)
    }

    /// The socket is connected.
    pub fn connected(&mut self, seed: Seed, now: Instant) {
        if self.dial().is_none() {
            return;
        }
        match self.transport() {
            Ok(transport) => {
                self.connection.start(seed, now);
                self.times.dial(now);
                self.times.note(&transport, &self.connection, now);
                self.line = Line::Open(Wire::new(transport));
            }
            Err(error) => self.fail(error, now),
        }
    }

    /// No socket can be connected.
    pub fn dial_failed(&mut self, source: io::Error, now: Instant) {
        let (dial, source) = (self.address.dial.clone(), Arc::new(source));
        self.fail(CallError::Dial { dial, source }, now);
    }

    /// The connection: the one that there is, or the next while there is none, in which requests wait. What it is asked for
    /// is sent as [`transmit`](Self::transmit) is. Its input, and its deadlines, are left to the call.
    pub const fn connection(&mut self) -> &mut ClientConnection {
        &mut self.connection
    }

    /// Whether to read from the socket.
    pub fn wants_input(&self) -> bool {
        match &self.line {
            Line::Open(wire) => wire.wants_input(&self.connection),
            Line::Dialling { .. } | Line::Over => false,
        }
    }

    /// Whether the connection on the socket is over, and what still comes is dropped. It is read all the same, whether or not
    /// the host takes events: a socket that is closed with unread bytes is reset, and takes what was sent last with it.
    pub fn is_closing(&self) -> bool {
        matches!(&self.line, Line::Open(wire) if wire.is_closing(&self.connection))
    }

    /// Nothing is read from the socket although it [would be](Self::wants_input), because the host takes no events: what the
    /// server may have said meanwhile is not late. Whoever reads so calls this instead, before
    /// [`handle_timeout`](Self::handle_timeout).
    pub fn hold_input(&mut self, now: Instant) {
        if matches!(self.line, Line::Open(_)) && !self.is_closing() {
            self.connection.hold_input(now);
        }
    }

    /// Takes bytes from the socket. What `input` holds afterwards is of no use: they are decrypted where they are.
    pub fn handle_input(&mut self, input: &mut [u8], now: Instant) {
        let Line::Open(wire) = &mut self.line else {
            return;
        };
        // What comes after the end is dropped.
        if wire.is_closing(&self.connection) {
            return;
        }
        let connection = &mut self.connection;
        wire.transport.handle_input(input, |plain| {
            // The connection keeps its errors.
            let _ = connection.handle_input(plain, now);
        });
        self.times.note(&wire.transport, connection, now);
        if wire.transport.is_over() {
            let _ = connection.handle_eof(now);
        }
        self.conclude(None, now);
    }

    /// The server has closed its side.
    pub fn handle_eof(&mut self, now: Instant) {
        self.end(None, now);
    }

    /// The socket is broken.
    pub fn handle_error(&mut self, error: io::Error, now: Instant) {
        if let Line::Open(wire) = &mut self.line {
            wire.is_broken = true;
        }
        self.end(Some(error), now);
    }

    /// Acts on a deadline; `true` if one had passed. Before it, the socket is read and written as far as it goes: the server
    /// is late by what it has not said, not by what nobody has read.
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return false;
        }
        match &mut self.line {
            Line::Dialling { .. } => {
                let (dial, after) = (self.address.dial.clone(), self.dial_timeout);
                self.fail(CallError::Timeout { dial, after }, now);
            }
            Line::Open(wire) => {
                if wire.move_at.is_some_and(|at| at <= now) {
                    self.reconnect(now);
                } else if !wire.is_closing(&self.connection) {
                    let _ = self.connection.handle_timeout(now);
                    self.conclude(None, now);
                }
            }
            Line::Over => {}
        }
        true
    }

    /// When [`handle_timeout`](Self::handle_timeout) and [`step`](Self::step) want to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.line {
            // Who has been disconnected meanwhile waits for nobody.
            Line::Dialling { until } => until.filter(|_| !self.connection.is_over()),
            Line::Open(wire) => wire.deadline(&self.connection),
            Line::Over => None,
        }
    }

    /// What is to be written to the socket, to be asked for anew after each write: what has been sent may make room for more.
    pub fn transmit(&mut self) -> &mut TransmitQueue {
        match &mut self.line {
            Line::Open(wire) => wire.transmit(&mut self.connection),
            Line::Dialling { .. } | Line::Over => self.connection.transmit(),
        }
    }

    /// Whether [`transmit`](Self::transmit) has something for the socket: what the host has asked the connection for brings
    /// it about.
    pub fn has_unsent(&self) -> bool {
        matches!(&self.line, Line::Open(wire) if wire.has_unsent(&self.connection))
    }

    /// Whether the socket is to be closed, and [`step`](Self::step) is to say how: the host has ended the connection, or goes
    /// elsewhere.
    pub fn is_to_close(&self) -> bool {
        matches!(&self.line, Line::Open(wire) if wire.is_to_close(&self.connection))
    }

    /// Whether the socket is broken: nothing can be written to it.
    pub const fn is_broken(&self) -> bool {
        matches!(&self.line, Line::Open(wire) if wire.is_broken)
    }

    /// What becomes of the socket. `is_flushed`: it holds back nothing of what it was given. After [`Step::Close`] it is
    /// dropped, and there is another one to [`dial`](Self::dial), or the call is over.
    pub fn step(&mut self, is_flushed: bool, now: Instant) -> Step {
        let Line::Open(wire) = &mut self.line else {
            return Step::Stay;
        };
        let step = wire.step(&mut self.connection, is_flushed, now);
        if step == Step::Close {
            let (is_leaving, is_broken) = (wire.is_leaving(), wire.is_broken);
            if is_leaving {
                self.begin_dialling(now);
            } else {
                if self.error.is_none() && !is_broken && !self.transmit().is_empty() {
                    self.error = Some(Error::TimedOut(Timer::Stall).into());
                }
                self.line = Line::Over;
            }
        }
        step
    }

    /// The sending side of the socket is closed: the server has a moment to read the rest and to close its own.
    pub fn half_closed(&mut self, now: Instant) {
        if let Line::Open(wire) = &mut self.line {
            wire.half_closed(now);
        }
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop().or_else(|| self.connection.poll_event())
    }

    /// Nothing more will happen, and there is no socket.
    pub fn is_over(&self) -> bool {
        match self.line {
            Line::Dialling { .. } => self.connection.is_over(),
            Line::Open(_) => false,
            Line::Over => true,
        }
    }

    /// What has ended it, if it was not its host. The socket may still be there, for what is to be sent.
    pub const fn error(&self) -> Option<&CallError> {
        self.error.as_ref()
    }

    /// What lies between it and its socket, while there is one.
    pub const fn open_transport(&self) -> Option<&Transport> {
        match &self.line {
            Line::Open(wire) => Some(&wire.transport),
            Line::Dialling { .. } | Line::Over => None,
        }
    }

    fn begin_dialling(&mut self, now: Instant) {
        self.line = Line::Dialling {
            until: now.checked_add(self.dial_timeout),
        };
    }

    #[cfg(feature = "tls")]
    fn transport(&mut self) -> Result<Transport, CallError> {
        if self.address.scheme == Scheme::Rtmp {
            return Ok(Transport::default());
        }
        let tls = match self.tls.take() {
            Some(tls) => tls,
            None => ClientTls::new(ClientTlsSettings::default())?,
        };
        Ok(self.tls.insert(tls).connect(&self.address.dial.host)?.into())
    }

    #[cfg(not(feature = "tls"))]
    const fn transport(&self) -> Result<Transport, CallError> {
        match self.address.scheme {
            Scheme::Rtmp => Ok(Transport {}),
            Scheme::Rtmps => Err(CallError::NoTls),
        }
    }
}

impl Address {
    fn of(url: &RtmpUrl) -> Self {
        Self {
            scheme: url.scheme(),
            dial: Dial {
                host: url.host().into_owned(),
                port: url.port(),
            },
        }
    }
}
