//! The client's side of a connection.
//!
//! ```text
//! Handshake ── S2 ──> Connecting ── _result ──> Connected ──> Over
//!     └──────────────── refused, silent, gone ─────────────────┘
//! each stream:   Waiting ── createStream ──> Creating ── publish, play ──> Requested ── onStatus ──> Publishing, Playing
//! ```
//!
//! The host asks for streams at any time; what it asks for before the server has let it in waits. Everything is sent in
//! the order in which FFmpeg sends it. Where a connection's end is the beginning of another one (a round of
//! authentication, a redirection, a handshake that the server could not read), [`ClientConnection::next_attempt`] says so,
//! and takes the streams along.
//!
//! ```
//! use std::time::Instant;
//!
//! use bytes::Buf;
//! use rtmp_core::connection::client::{ClientConnection, ClientEvent, Target};
//! use rtmp_core::connection::server::{PublishMode, ServerConnection, ServerEvent};
//!
//! # let now = Instant::now();
//! let target = Target::new("live", "rtmp://localhost/live");
//! let mut client = ClientConnection::new(Default::default(), target, [1; 32].into(), now);
//! let stream = client.publish("key", PublishMode::Live, now);
//!
//! let mut server = ServerConnection::new(Default::default(), [2; 32].into(), now);
//! let mut events = Vec::new();
//! while client.unsent().has_remaining() || server.unsent().has_remaining() {
//!     let out = client.transmit();
//!     server.handle_input(&out.copy_to_bytes(out.remaining()), now)?;
//!     while let Some(event) = server.poll_event() {
//!         if let ServerEvent::Connect { request, .. } | ServerEvent::Publish { request, .. } = event {
//!             server.accept(request, now)?;
//!         }
//!     }
//!     let out = server.transmit();
//!     client.handle_input(&out.copy_to_bytes(out.remaining()), now)?;
//!     events.extend(std::iter::from_fn(|| client.poll_event()));
//! }
//! assert_eq!(events.last(), Some(&ClientEvent::Publishing { stream }));
//! # Ok::<(), rtmp_core::connection::Error>(())
//! ```

mod attempt;
mod command;
mod deadlines;
mod ending;
mod event;
mod input;
mod media;
mod publication;
mod rejection;
mod request;
mod secure_token;
mod status;
mod stream;
mod target;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use crate::connection::config::ClientConfig;
use crate::connection::error::{Error, PeerMisbehaved, Unanswered};
use crate::connection::link::Link;
use crate::connection::request::RequestKind;
use crate::connection::stats::ConnectionStats;
use crate::connection::timers::Timer;
use crate::connection::transmit::TransmitQueue;
use crate::handshake::{self, ClientHandshake};
use crate::media::Class;
use crate::message::ReconnectRequest;
use crate::queue::Queue;
use crate::units::Seed;

pub use crate::connection::request::{PlayStart, PublishMode};
pub use attempt::{Attempt, AttemptCause, NotFollowed};
pub(crate) use event::Happening;
pub use event::{ClientEvent, ServerProperties};
pub use rejection::{Rejection, RejectionCause};
pub use secure_token::SecureToken;
pub use status::Status;
pub use stream::{PlayOptions, StreamHandle};
pub use target::{Role, Target};

use stream::{ClientStreams, StreamState};

/// A connection as its client sees it: bytes in, events and bytes out.
///
/// Inputs are [`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof),
/// [`handle_timeout`](Self::handle_timeout) and the host's requests; after any of them look at
/// [`poll_event`](Self::poll_event), [`transmit`](Self::transmit) and [`poll_timeout`](Self::poll_timeout). An
/// error is final; what `transmit` holds then is a farewell to be sent before the socket is closed.
///
/// Events are to be taken after each input, whoever wants none of them too: they wait until they are, and media among them are
/// as many bytes as the server sends.
pub struct ClientConnection {
    config: Arc<ClientConfig>,
    target: Target,
    phase: Phase,
    streams: ClientStreams,
    next_handle: u32,
    /// The last transaction id used.
    transaction: u32,
    events: Queue<Happening>,
    link: Link,
    handshake_kind: Option<handshake::Kind>,
    /// The server wants to know of our bandwidth, which it is asked about once.
    has_checked_bandwidth: bool,
    reconnect: Option<ReconnectRequest>,
    /// Of the connection, once it is made.
    seed: Option<Seed>,
}

enum Phase {
    /// Without one until the connection is made.
    Handshake(Option<Box<ClientHandshake>>),
    /// `connect` has been sent.
    Connecting,
    Connected,
    Over(Result<(), Error>),
}

impl ClientConnection {
    /// A connection that has just been made: it begins to speak.
    pub fn new(config: Arc<ClientConfig>, target: Target, seed: Seed, now: Instant) -> Self {
        let mut connection = Self::waiting(config, target, now);
        connection.start(seed, now);
        connection
    }

    /// A connection that is yet to be made: it says nothing and waits for nothing, and requests wait in it, until it
    /// [starts](Self::start).
    pub fn waiting(config: Arc<ClientConfig>, target: Target, now: Instant) -> Self {
        let mut link = Link::new(&config.limits, now);
        link.timers.clear_all();
        Self {
            phase: Phase::Handshake(None),
            target,
            streams: ClientStreams::default(),
            next_handle: 0,
            transaction: target::CONNECT,
            events: Queue::default(),
            link,
            handshake_kind: None,
            has_checked_bandwidth: false,
            reconnect: None,
            seed: None,
            config,
        }
    }

    /// The connection has been made: it starts to speak. Once; later calls do nothing.
    pub fn start(&mut self, seed: Seed, now: Instant) {
        let Phase::Handshake(handshake @ None) = &mut self.phase else {
            return;
        };
        let mut out = Vec::new();
        let kind = self.target.handshake(&self.config);
        *handshake = Some(Box::new(ClientHandshake::new(kind, seed.clone(), &mut out)));
        self.seed = Some(seed);
        let limits = &self.config.limits;
        self.link = Link::new(limits, now);
        self.link.send_handshake(out);
        self.link.watch_stall(limits, now);
    }

    /// Takes bytes that the server has sent, cut anywhere.
    ///
    /// # Errors
    ///
    /// The connection is over: send what [`transmit`](Self::transmit) holds and close. Further calls return the
    /// same error.
    pub fn handle_input(&mut self, input: &[u8], now: Instant) -> Result<(), Error> {
        if let Phase::Over(result) = &self.phase {
            return result.clone();
        }
        self.link.begin_input(input.len(), now);
        let result = self.read(input, now);
        self.conclude(result, now)
    }

    /// The server has closed its side. Nothing that it sent before is lost; streams end.
    ///
    /// # Errors
    ///
    /// The end came in the middle of something or in the place of an answer, or the connection was over by an error before.
    pub fn handle_eof(&mut self, now: Instant) -> Result<(), Error> {
        self.check()?;
        let is_cut = matches!(self.phase, Phase::Connected) && self.link.decoder.has_partial_message();
        let result = if is_cut && self.reconnect.is_none() {
            Err(PeerMisbehaved::UnexpectedEof.into())
        } else {
            self.hung_up()
        };
        self.finish(result.clone(), now);
        result
    }

    /// Acts on deadlines that have passed. Early, late and needless calls do no harm.
    ///
    /// # Errors
    ///
    /// The server let a deadline pass; or as [`handle_input`](Self::handle_input).
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        self.check()?;
        self.link.observe_sent(now);
        self.link.watch_stall(&self.config.limits, now);
        // Each once: one that is set anew has another call.
        for _ in 0..Timer::COUNT {
            let Some(timer) = self.link.timers.take_expired(now) else {
                break;
            };
            let result = self.expired(timer, now);
            self.conclude(result, now)?;
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; it may change with every other call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.link.timers.next()
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.poll_happening().map(Into::into)
    }

    /// As [`poll_event`](Self::poll_event), of media whose payload may have room before it.
    pub(crate) fn poll_happening(&mut self) -> Option<Happening> {
        self.events.pop()
    }

    /// What is to be sent.
    pub fn transmit(&mut self) -> &mut TransmitQueue {
        &mut self.link.transmit
    }

    /// What is to be sent, to look at.
    pub fn unsent(&self) -> &TransmitQueue {
        &self.link.transmit
    }

    /// Whether to read from the socket. Not while the server leaves our replies unread: then it is to wait as well.
    pub fn wants_input(&self) -> bool {
        self.link.has_room_for_replies(&self.config.limits)
    }

    /// Nothing more will happen: send what [`transmit`](Self::transmit) holds, then close the socket.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// The error by which the connection is over.
    pub fn error(&self) -> Option<&Error> {
        match &self.phase {
            Phase::Over(Err(error)) => Some(error),
            Phase::Over(Ok(())) | Phase::Handshake(_) | Phase::Connecting | Phase::Connected => None,
        }
    }

    /// Where the connection leads, as its host said it.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Which handshake it came to, once it has.
    pub fn handshake_kind(&self) -> Option<handshake::Kind> {
        self.handshake_kind
    }

    /// Whether the server has let us in, and we have not left.
    pub const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected)
    }

    /// Whether a stream is there: asked for or granted, and neither closed nor refused.
    pub fn has_stream(&self, stream: StreamHandle) -> bool {
        let is_abandoned = |state| matches!(state, StreamState::Abandoned { .. });
        let stream = self.streams.get(stream);
        !self.is_over() && stream.is_some_and(|stream| !is_abandoned(stream.state))
    }

    /// Whether a message of this class is one with which a stream that publishes may go on elsewhere.
    pub(crate) fn may_begin_with(&self, stream: StreamHandle, class: Class) -> bool {
        let stream = self.streams.get(stream);
        stream.is_some_and(|stream| stream.publication.may_begin_with(class))
    }

    /// Whether the server takes what any of the streams publishes.
    pub fn is_publishing(&self) -> bool {
        !self.is_over() && self.streams.publishes()
    }

    /// Whether the server has asked to connect anew.
    pub(crate) fn is_asked_to_reconnect(&self) -> bool {
        self.reconnect.is_some()
    }

    /// It stays here, although the server has asked to connect anew.
    pub(crate) fn decline_reconnect(&mut self, reason: NotFollowed) {
        if let Some(request) = self.reconnect.take() {
            self.declined(request, reason);
        }
    }

    /// Counts and measurements so far.
    pub fn stats(&self) -> ConnectionStats {
        self.link.stats()
    }

    fn check(&self) -> Result<(), Error> {
        match &self.phase {
            Phase::Over(result) => result.clone(),
            Phase::Handshake(_) | Phase::Connecting | Phase::Connected => Ok(()),
        }
    }

    /// The server ends the connection. If it owes an answer, that is what it says.
    fn hung_up(&self) -> Result<(), Error> {
        let owed = match &self.phase {
            Phase::Handshake(_) => Some(Unanswered::Handshake),
            Phase::Connecting => Some(Unanswered::Connect),
            // It has said that it would.
            Phase::Connected if self.reconnect.is_some() => None,
            Phase::Connected => self.unanswered(),
            Phase::Over(_) => None,
        };
        owed.map_or(Ok(()), |what| Err(what.into()))
    }

    /// A request that the server has yet to answer.
    fn unanswered(&self) -> Option<Unanswered> {
        let mut streams = self.streams.iter();
        let waiting = streams.find(|stream| {
            matches!(
                stream.state,
                StreamState::Creating { .. } | StreamState::Requested { .. }
            )
        })?;
        Some(match waiting.goal.kind() {
            RequestKind::Connect => Unanswered::Connect,
            RequestKind::Publish => Unanswered::Publish,
            RequestKind::Play => Unanswered::Play,
        })
    }

    /// The end of every input: replies leave together, an error is remembered.
    fn conclude(&mut self, result: Result<(), Error>, now: Instant) -> Result<(), Error> {
        if let Err(error) = &result {
            self.finish(Err(error.clone()), now);
        }
        self.link.flush(&self.config.limits, now);
        self.check()
    }
}
