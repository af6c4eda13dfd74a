//! One peer on one hub: what every event loop would otherwise write again.
//!
//! A session joins a [`ServerConnection`] with a [`Hub`](crate::hub::Hub): what the peer asks for is put to the [`Policy`], what it
//! publishes goes into the hub's log, what it plays comes out of there as fast as its socket takes it. See the
//! [crate's documentation](crate) for the loop that drives it.

mod authenticated;
mod binding;
mod config;
mod event;
mod policy;
mod requests;
mod spelling;
mod sync;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use smallvec::SmallVec;

use crate::connection::server::{ConnectCommand, Refusal, RequestId, ServerConnection};
use crate::connection::{ConnectionStats, Error, TransmitQueue};
use crate::handshake;
use crate::hub::Token;
use crate::message::ReconnectRequest;
use crate::prefetch::{Prefetch, prefetch};
use crate::queue::Queue;
use crate::units::{MessageStreamId, Seed};

pub use authenticated::{Authenticated, Users};
pub use config::SessionConfig;
pub use event::{Asked, Role, SessionEvent, Summary};
pub use policy::{AllowAll, Decision, Policy};

use binding::{Binding, BindingId, State};
use sync::Work;

/// A peer of a server, joined with the server's hub.
///
/// Four inputs: [`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof),
/// [`handle_timeout`](Self::handle_timeout), [`handle_wake`](Self::handle_wake). None fails: what is wrong is
/// said to the peer and shown by [`is_over`](Self::is_over). After any of them, in this order: lend the hub while
/// [`wants_hub`](Self::wants_hub), write what [`transmit`](Self::transmit) holds (and lend the hub again: there
/// may be room for more), set a timer for [`poll_timeout`](Self::poll_timeout). With a
/// [write latency](SessionConfig::write_latency) [the hub's deadline](crate::hub::Hub::poll_timeout) is to be kept as well.
pub struct ServerSession {
    config: Arc<SessionConfig>,
    policy: Arc<dyn Policy>,
    token: Token,
    connection: ServerConnection,
    /// Nearly always one, and none on a connection that has not asked for anything: then it costs nothing.
    bindings: SmallVec<[Box<Binding>; 1]>,
    next_binding: u32,
    /// The request for an application that waits for [`decide`](Self::decide).
    connect_request: Option<RequestId>,
    /// What the hub has to be told, in the order of the peer's bytes.
    work: Queue<Work>,
    events: Queue<SessionEvent>,
    /// Bytes that the driver held back at the last [`sync`](Self::sync).
    unsent_by_driver: usize,
    /// The server stops, once players have been sent what there is for them.
    is_stopping: bool,
}

impl ServerSession {
    /// A session for a connection that has just been accepted. `token` is what the hub wakes it by.
    pub fn new(
        config: Arc<SessionConfig>,
        policy: Arc<dyn Policy>,
        token: Token,
        seed: Seed,
        now: Instant,
    ) -> Self {
        Self {
            connection: ServerConnection::new(Arc::clone(&config.connection), seed, now),
            config,
            policy,
            token,
            bindings: SmallVec::new(),
            next_binding: 0,
            connect_request: None,
            work: Queue::default(),
            events: Queue::default(),
            unsent_by_driver: 0,
            is_stopping: false,
        }
    }

    pub(crate) fn prefetch(&self, what: Prefetch) {
        match what {
            Prefetch::Connection => {
                prefetch(&self.bindings);
                prefetch(&self.work);
                prefetch(&self.events);
                prefetch(&self.unsent_by_driver);
                self.connection.prefetch();
            }
            Prefetch::Bindings => {
                self.bindings.iter().for_each(|binding| binding.prefetch());
                self.connection.prefetch_streams();
            }
            Prefetch::Players => self.bindings.iter().for_each(|binding| binding.prefetch_player()),
        }
    }

    /// Takes bytes that the peer has sent, cut anywhere.
    pub fn handle_input(&mut self, input: &[u8], now: Instant) {
        // An error is kept by the connection, for `error`.
        let _ = self.connection.handle_input(input, now);
        self.handle_events(now);
    }

    /// The peer has closed its side, or the socket is broken. The hub still has to hear of it.
    pub fn handle_eof(&mut self, now: Instant) {
        let _ = self.connection.handle_eof(now);
        self.handle_events(now);
    }

    /// The connection is dropped, whatever it was in the middle of: its streams end, once the hub has been lent for as
    /// long as it is [wanted](Self::wants_hub). As [`handle_eof`](Self::handle_eof), but nothing more is put to the policy,
    /// which may have panicked.
    pub fn abandon(&mut self, now: Instant) {
        let _ = self.connection.handle_eof(now);
        while self.connection.poll_happening().is_some() {}
        let all: SmallVec<[BindingId; 1]> = self.bindings.iter().map(|binding| binding.id).collect();
        for id in all {
            self.end_binding(id);
        }
    }

    /// Acts on deadlines that have passed. Early, late and needless calls do no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let _ = self.connection.handle_timeout(now);
        let lag_timeout = self.config.connection.limits.lag_timeout;
        let mut waited = SmallVec::<[BindingId; 1]>::new();
        for binding in &mut self.bindings {
            if binding.deadline(lag_timeout).is_none_or(|at| at > now) {
                continue;
            }
            match &mut binding.state {
                State::Waiting { .. } => waited.push(binding.id),
                State::Playing(playing) => playing.is_overdue = true,
                State::PublishRequested { .. }
                | State::PlayRequested { .. }
                | State::Publishing(_)
                | State::Left => {}
            }
        }
        for id in waited {
            self.refuse(id, &Refusal::NotFound, now);
        }
        self.handle_events(now);
    }

    /// The hub has handed out this session's token, or the driver has got rid of bytes that it held back (the
    /// `unsent` of [`sync`](Self::sync)). Needless calls do nothing.
    pub fn handle_wake(&mut self) {
        self.unsent_by_driver = 0;
        for binding in &mut self.bindings {
            binding.ready = true;
        }
    }

    /// The server stops: the peer is told, its streams end. A player is sent first what the hub has for it, as far as there is
    /// room: the hub has to be lent before the session is over.
    pub fn shut_down(&mut self, now: Instant) {
        self.is_stopping = true;
        for binding in &mut self.bindings {
            if !binding.ended && binding.is_playing() {
                self.work.push(Work::Flush(binding.id));
            }
        }
        self.stop_once_flushed(now);
    }

    fn stop_once_flushed(&mut self, now: Instant) {
        let is_flushed = !self.work.iter().any(|work| matches!(work, Work::Flush(_)));
        if self.is_stopping && is_flushed {
            self.is_stopping = false;
            self.connection.shut_down(now);
            self.handle_events(now);
        }
    }

    /// Asks the peer to connect anew, if it has announced that it heeds that: whether it was asked. See
    /// [`ServerConnection::request_reconnect`].
    #[must_use]
    pub fn request_reconnect(&mut self, request: &ReconnectRequest, now: Instant) -> bool {
        self.connection.request_reconnect(request, now)
    }

    /// Answers a [`SessionEvent::Asked`]. An answer to a request that has been withdrawn does nothing.
    pub fn decide(&mut self, request: RequestId, decision: Decision, now: Instant) {
        if self.connect_request == Some(request) {
            self.connect_request = None;
            self.decide_connect(request, decision, now);
        } else if let Some(id) = self
            .bindings
            .iter()
            .find(|b| b.request() == Some(request) && !b.ended)
            .map(|b| b.id)
        {
            self.decide_binding(id, decision, now);
        }
        self.handle_events(now);
    }

    /// Whether to read from the socket; see [`ServerConnection::wants_input`].
    pub fn wants_input(&self) -> bool {
        self.connection.wants_input()
    }

    /// What is to be sent.
    pub fn transmit(&mut self) -> &mut TransmitQueue {
        self.connection.transmit()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; it may change with every other call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let lag_timeout = self.config.connection.limits.lag_timeout;
        let own = self
            .bindings
            .iter()
            .filter_map(|binding| binding.deadline(lag_timeout));
        own.chain(self.connection.poll_timeout()).min()
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        self.events.pop()
    }

    /// Counts and measurements so far.
    pub fn stats(&self) -> ConnectionStats {
        self.connection.stats()
    }

    /// Nothing more will happen: lend the hub while it is wanted, send what [`transmit`](Self::transmit) holds,
    /// close the socket.
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }

    /// The error by which the session is over; `None` if it isn't, or ended as it should.
    pub fn error(&self) -> Option<&Error> {
        self.connection.error()
    }

    /// What the client said of itself.
    pub fn connect(&self) -> &ConnectCommand {
        self.connection.connect()
    }

    /// Which handshake the client chose, once it has.
    pub fn handshake_kind(&self) -> Option<handshake::Kind> {
        self.connection.handshake_kind()
    }

    /// The hub is told of the end once it has been told of all before.
    fn end_binding(&mut self, id: BindingId) {
        if let Some(binding) = self.binding(id)
            && !binding.ended
        {
            binding.ended = true;
            self.work.push(Work::Leave(id));
        }
    }

    fn binding(&mut self, id: BindingId) -> Option<&mut Binding> {
        let mut bindings = self.bindings.iter_mut().map(|binding| &mut **binding);
        bindings.find(|binding| binding.id == id)
    }

    /// What a message stream is bound to now.
    fn current(&mut self, stream: MessageStreamId) -> Option<&mut Binding> {
        let mut bindings = self.bindings.iter_mut().map(|binding| &mut **binding);
        bindings.find(|binding| binding.stream == stream && !binding.ended)
    }

    /// Bytes of media that may be put into the transmit queue now.
    fn room(&self) -> usize {
        let limit = self.config.connection.limits.max_unsent_media;
        limit
            .saturating_sub(self.connection.unsent().remaining())
            .saturating_sub(self.unsent_by_driver)
    }
}
