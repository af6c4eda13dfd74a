//! The server's side of a connection.
//!
//! ```text
//! Handshake ── C2 ──> AwaitConnect ── connect ──> Connecting ── accept ──> Connected ──> Over
//!                                                     └─────── reject ──────────────────────┘
//! each message stream:   Idle ── publish, play ──> Requested ── accept ──> Publishing, Playing
//!                          └──────── closeStream, deleteStream, FCUnpublish, reject ──────┘
//! ```
//!
//! A request that waits for the host holds back what depends on it and nothing else: all that follows `connect`,
//! and of a stream that wants to publish its media and its end. So media that came in the same read as `publish`
//! are handed out after the host has said yes, whole and in order, and never before.

mod command;
mod connect;
mod deadlines;
mod ending;
mod event;
mod input;
mod name;
mod reply;
mod request;
mod status;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Instant;

use crate::chunk::Message;
use crate::connection::config::ServerConfig;
use crate::connection::error::{Error, PeerMisbehaved};
use crate::connection::link::Link;
use crate::connection::stats::ConnectionStats;
use crate::connection::timers::Timer;
use crate::connection::transmit::TransmitQueue;
use crate::handshake::{self, ServerHandshake};
use crate::prefetch::prefetch;
use crate::queue::Queue;
use crate::units::Seed;

pub use crate::connection::refusal::Refusal;
pub use crate::connection::request::{PlayStart, PublishMode, RequestKind};
pub use connect::ConnectCommand;
pub(crate) use event::Happening;
pub use event::{PlayCommand, RequestId, ServerEvent};
pub use name::{NameError, StreamName};

use stream::MessageStreams;

/// A connection as its server sees it: bytes in, events and bytes out.
///
/// Inputs are [`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof),
/// [`handle_timeout`](Self::handle_timeout) and the host's answers; after any of them look at
/// [`poll_event`](Self::poll_event), [`transmit`](Self::transmit) and [`poll_timeout`](Self::poll_timeout). An
/// error is final; what `transmit` holds then is a farewell to be sent before the socket is closed.
pub struct ServerConnection {
    config: Arc<ServerConfig>,
    phase: Phase,
    connect: Arc<ConnectCommand>,
    streams: MessageStreams,
    held_bytes: usize,
    next_request: u32,
    events: Queue<Happening>,

    link: Link,
    handshake_kind: Option<handshake::Kind>,
}

enum Phase {
    Handshake(Box<ServerHandshake>),
    AwaitConnect,
    Connecting { request: RequestId, held: Vec<Message> },
    Connected,
    Over(Result<(), Error>),
}

impl ServerConnection {
    /// A connection that has just been accepted.
    pub fn new(config: Arc<ServerConfig>, seed: Seed, now: Instant) -> Self {
        Self {
            phase: Phase::Handshake(Box::new(ServerHandshake::new(seed, config.verify_c2))),
            connect: Arc::default(),
            streams: MessageStreams::default(),
            held_bytes: 0,
            next_request: 0,
            events: Queue::default(),
            link: Link::new(&config.limits, now),
            handshake_kind: None,
            config,
        }
    }

    pub(crate) fn prefetch(&self) {
        prefetch(&self.phase);
        prefetch(&self.streams);
        prefetch(&self.events);
        self.link.prefetch();
    }

    pub(crate) fn prefetch_streams(&self) {
        self.link.decoder.prefetch_streams();
    }

    /// Takes bytes that the peer has sent, cut anywhere.
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

    /// The peer has closed its side. Nothing that it sent before is lost; its streams end.
    ///
    /// # Errors
    ///
    /// The end came in the middle of something, or the connection was over by an error before.
    pub fn handle_eof(&mut self, now: Instant) -> Result<(), Error> {
        self.check()?;
        let inside = match &self.phase {
            Phase::Handshake(_) => self.link.bytes_in > 0,
            Phase::AwaitConnect | Phase::Connecting { .. } | Phase::Connected => {
                self.link.decoder.has_partial_message()
            }
            Phase::Over(_) => false,
        };
        let result = if inside {
            Err(PeerMisbehaved::UnexpectedEof.into())
        } else {
            Ok(())
        };
        self.finish(result.clone(), now);
        result
    }

    /// Acts on deadlines that have passed. Early, late and needless calls do no harm.
    ///
    /// # Errors
    ///
    /// The peer let a deadline pass; or as [`handle_input`](Self::handle_input).
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
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
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

    /// Whether to read from the socket. Not while the peer leaves its replies unread, or while more than a little
    /// waits for the host's answer: then the peer is to wait as well.
    pub fn wants_input(&self) -> bool {
        let limits = &self.config.limits;
        self.held_bytes < limits.max_held_bytes && self.link.has_room_for_replies(limits)
    }

    /// Nothing more will happen: send what [`transmit`](Self::transmit) holds, then close the socket.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// The error by which the connection is over.
    pub fn error(&self) -> Option<&Error> {
        match &self.phase {
            Phase::Over(Err(error)) => Some(error),
            Phase::Over(Ok(()))
            | Phase::Handshake(_)
            | Phase::AwaitConnect
            | Phase::Connecting { .. }
            | Phase::Connected => None,
        }
    }

    /// What the client said in `connect`; empty before.
    pub fn connect(&self) -> &ConnectCommand {
        &self.connect
    }

    /// Which handshake the client chose, once it has.
    pub fn handshake_kind(&self) -> Option<handshake::Kind> {
        self.handshake_kind
    }

    /// Counts and measurements so far.
    pub fn stats(&self) -> ConnectionStats {
        self.link.stats()
    }

    fn check(&self) -> Result<(), Error> {
        match &self.phase {
            Phase::Over(result) => result.clone(),
            Phase::Handshake(_) | Phase::AwaitConnect | Phase::Connecting { .. } | Phase::Connected => Ok(()),
        }
    }

    /// The end of every input: replies leave together, an error is remembered.
    fn conclude(&mut self, result: Result<(), Error>, now: Instant) -> Result<(), Error> {
        if let Err(error) = &result {
            self.finish(Err(error.clone()), now);
        }
        self.flush_replies(now);
        self.check()
    }

    fn flush_replies(&mut self, now: Instant) {
        self.link.flush(&self.config.limits, now);
    }
}
