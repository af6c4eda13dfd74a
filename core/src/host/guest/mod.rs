//! One connection of a server, but for its socket.

#[cfg(test)]
#[cfg(feature = "tls")]
mod tests;

use std::io;
use std::time::Instant;

use crate::connection::TransmitQueue;
use crate::host::closing::Closing;
use crate::host::observer::{End, EndReason};
use crate::host::peer::Peer;
use crate::host::transport::Transport;
use crate::hub::StreamKey;
use crate::message::ReconnectRequest;
use crate::prefetch::{Prefetch, prefetch};
use crate::session::{ServerSession, SessionEvent};

/// One connection from its acceptance to its end: its session, and all that a server's event loop would otherwise write
/// again. What is left to a loop is the socket.
///
/// What comes from the socket goes to [`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof) or
/// [`handle_error`](Self::handle_error); then the [`session`](Self::session) is lent the hub for as long as it is
/// [wanted](Self::wants_hub), the bytes of [`transmit`](Self::transmit) are written, events are told to the observer
/// ([`poll_event`](Self::poll_event)), and [`step`](Self::step) says what becomes of the socket. With a write latency the hub's
/// [deadline](crate::hub::Hub::poll_timeout) is kept beside those of its guests.
pub struct Guest {
    peer: Peer,
    session: ServerSession,
    transport: Transport,
    since: Instant,
    closing: Closing,
    /// What broke the socket, or its transport, if that is what ended the session.
    error: Option<EndReason>,
    /// The peer has ended the connection, not we.
    closed_by_peer: bool,
    /// Nothing more can be read.
    eof: bool,
    /// The socket can't be used any more.
    broken: bool,
    /// The server stops.
    stopped: bool,
}

/// What becomes of a connection's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is kept.
    Stay,
    /// All has been sent: the sending side is closed, and [`Guest::half_closed`] called.
    HalfClose,
    /// It is dropped, after [`Guest::leave`].
    Close,
}

impl Guest {
    /// A connection that has just been let in.
    pub fn new(peer: Peer, session: ServerSession, now: Instant) -> Self {
        Self {
            peer,
            session,
            transport: Transport::default(),
            since: now,
            closing: Closing::default(),
            error: None,
            closed_by_peer: false,
            eof: false,
            broken: false,
            stopped: false,
        }
    }

    /// Its bytes do not go to the socket as they are.
    #[must_use]
    pub fn through(mut self, transport: impl Into<Transport>) -> Self {
        self.transport = transport.into();
        self.peer.is_tls = self.transport.is_tls();
        self
    }

    /// Who it is.
    pub const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Its session.
    pub const fn session(&mut self) -> &mut ServerSession {
        &mut self.session
    }

    /// Asks for memory that its next turn will need, without waiting for it. To be called for each part in turn, some turns
    /// ahead.
    pub fn prefetch(&self, what: Prefetch) {
        if what == Prefetch::Connection {
            prefetch(&self.closing);
            prefetch(&self.broken);
            prefetch(&self.transport);
        }
        self.session.prefetch(what);
    }

    /// What lies between it and its socket.
    pub const fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Whether to read from the socket.
    pub fn wants_input(&self) -> bool {
        // What comes after the session's end is read and dropped.
        !self.eof && (self.closing != Closing::Open || self.session.wants_input())
    }

    /// Takes bytes from the socket. What `input` holds afterwards is of no use: they are decrypted where they are.
    pub fn handle_input(&mut self, input: &mut [u8], now: Instant) {
        if self.closing == Closing::Open {
            let session = &mut self.session;
            self.transport
                .handle_input(input, |plain| session.handle_input(plain, now));
        }
    }

    /// The peer has closed its side.
    pub fn handle_eof(&mut self, now: Instant) {
        self.eof = true;
        self.transport.handle_eof();
        self.end_session(now);
    }

    /// The socket is broken.
    pub fn handle_error(&mut self, error: io::Error, now: Instant) {
        // Why a session ended is why it was over, not that the peer hung up at once.
        if !self.session.is_over() {
            self.error = Some(EndReason::Socket(error));
        }
        self.broken = true;
        self.eof = true;
        self.end_session(now);
    }

    /// Nothing more will come for the session.
    fn end_session(&mut self, now: Instant) {
        if !self.session.is_over() {
            self.error = self.error.take().or_else(|| self.transport.end_reason());
            self.closed_by_peer = true;
        }
        self.session.handle_eof(now);
    }

    /// The stream whose hub the session is to be lent, as [`ServerSession::wants_hub`] says. Once the hub has been told of all
    /// that came, the end counts that came with it, if TLS has one of its own.
    pub fn wants_hub(&mut self, now: Instant) -> Option<&StreamKey> {
        if self.transport.is_over() && !self.session.is_over() && self.session.wants_hub().is_none() {
            self.end_session(now);
        }
        self.session.wants_hub()
    }

    /// What is to be written to the socket, to be asked for anew after each write: what has been sent may make room for more.
    pub fn transmit(&mut self) -> &mut TransmitQueue {
        let is_over = self.session.is_over();
        self.transport.transmit(self.session.transmit(), is_over)
    }

    /// Whether the socket is broken: nothing can be written to it.
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Acts on the session's deadline; `true` if it had passed.
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        let is_expired =
            self.closing == Closing::Open && self.session.poll_timeout().is_some_and(|at| at <= now);
        if is_expired {
            self.session.handle_timeout(now);
        }
        is_expired
    }

    /// The server stops: the peer is asked to connect elsewhere, if it can be, or told that this is the end.
    pub fn handle_stop(&mut self, reconnect: Option<&ReconnectRequest>, now: Instant) {
        self.stopped = true;
        let is_asked = reconnect.is_some_and(|request| self.session.request_reconnect(request, now));
        if !is_asked {
            self.session.shut_down(now);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) and [`step`](Self::step) want to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.closing.deadline().or_else(|| self.session.poll_timeout())
    }

    /// What has happened, oldest first, for the observer. With [`SessionEvent::Publishing`] and
    /// [`SessionEvent::Playing`] its place in the census is [granted](super::Census::grant).
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        let event = self.session.poll_event()?;
        if matches!(
            event,
            SessionEvent::Connected | SessionEvent::Asked { .. } | SessionEvent::Refused { key: None, .. }
        ) {
            self.peer.connect.clone_from(self.session.connect());
        }
        Some(event)
    }

    /// What becomes of the socket. `is_flushed`: it holds back nothing of what it was given.
    pub fn step(&mut self, is_flushed: bool, now: Instant) -> Step {
        if self.broken {
            return Step::Close;
        }
        if self.session.is_over() {
            self.closing.begin(now);
        }
        let is_sent = is_flushed && self.transmit().is_empty();
        self.closing.step(is_sent, self.eof, now)
    }

    /// The sending side of the socket is closed: the peer has a moment to read the rest and to close its own.
    pub fn half_closed(&mut self, now: Instant) {
        self.closing.half_closed(now);
    }

    /// The socket goes. The hub has to hear of it before the guest is dropped: its streams must not stay taken.
    /// It does also after a panic of the host's.
    pub fn leave(&mut self, now: Instant) {
        self.session.abandon(now);
    }

    /// How it ended, for the observer: after [`leave`](Self::leave) and the last [event](Self::poll_event).
    pub fn end(&mut self, now: Instant) -> End {
        // Of a `connect` that was refused, or broke off, no event has told.
        self.peer.connect.clone_from(self.session.connect());
        let reason = if let Some(reason) = self.error.take() {
            reason
        } else if let Some(error) = self.session.error() {
            EndReason::Fault(error.clone())
        } else if self.closed_by_peer {
            EndReason::PeerClosed
        } else if self.stopped {
            EndReason::ShutDown
        } else {
            EndReason::Done
        };
        End {
            reason,
            duration: now.saturating_duration_since(self.since),
            stats: self.session.stats(),
        }
    }
}
