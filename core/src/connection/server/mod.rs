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
use std::time::{Duration, Instant};

use crate::chunk::{ChunkDecoder, Message};
use crate::connection::config::ServerConfig;
use crate::connection::error::{Error, PeerMisbehaved};
use crate::connection::stats::ConnectionStats;
use crate::connection::timers::{Timer, Timers};
use crate::connection::transmit::TransmitQueue;
use crate::connection::window::{Received, Sent};
use crate::handshake::{self, ServerHandshake};
use crate::queue::Queue;
use crate::units::{ChunkSize, Seed};

pub use crate::connection::refusal::Refusal;
pub use connect::ConnectCommand;
pub(crate) use event::Happening;
pub use event::{PlayCommand, PlayStart, PublishMode, RequestId, ServerEvent};
pub use name::{NameError, StreamName};
pub use status::RequestKind;

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
    decoder: ChunkDecoder,
    connect: Arc<ConnectCommand>,
    streams: MessageStreams,
    held_bytes: usize,
    next_request: u32,
    events: Queue<Happening>,

    transmit: TransmitQueue,
    /// What this call has answered so far; it goes out in one piece.
    replies: Vec<u8>,
    chunk_size_sent: ChunkSize,

    timers: Timers,
    last_input: Instant,
    replenished: Instant,
    /// When the last ping was sent, and its number; `None` once it has been answered.
    ping_sent: Option<(Instant, u32)>,
    /// [`TransmitQueue::sent`] when the stall timer was set.
    stall_mark: u64,
    /// The last *Window Acknowledgement Size* sent.
    window_sent: Option<u32>,

    received: Received,
    sent: Sent,
    handshake_kind: Option<handshake::Kind>,
    handshake_bytes_out: u64,
    bytes_in: u64,
    messages_in: u64,
    messages_out: u64,
    messages_unclaimed: u64,
    round_trip: Option<Duration>,
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
        let mut timers = Timers::new(now);
        timers.set(Timer::Handshake, now, config.limits.handshake_timeout);
        Self {
            phase: Phase::Handshake(Box::new(ServerHandshake::new(seed, config.verify_c2))),
            decoder: ChunkDecoder::new(&config.limits),
            connect: Arc::default(),
            streams: MessageStreams::default(),
            held_bytes: 0,
            next_request: 0,
            events: Queue::default(),
            transmit: TransmitQueue::default(),
            replies: Vec::new(),
            chunk_size_sent: ChunkSize::INITIAL,
            timers,
            last_input: now,
            replenished: now,
            ping_sent: None,
            stall_mark: 0,
            window_sent: None,
            received: Received::default(),
            sent: Sent::default(),
            handshake_kind: None,
            handshake_bytes_out: 0,
            bytes_in: 0,
            messages_in: 0,
            messages_out: 0,
            messages_unclaimed: 0,
            round_trip: None,
            config,
        }
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
        self.bytes_in += input.len() as u64;
        self.last_input = now;
        if now.saturating_duration_since(self.replenished).as_secs() > 0 {
            self.replenished = now;
            self.decoder.replenish();
        }
        self.observe_sent(now);
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
            Phase::Handshake(_) => self.bytes_in > 0,
            Phase::AwaitConnect | Phase::Connecting { .. } | Phase::Connected => {
                self.decoder.has_partial_message()
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
        self.observe_sent(now);
        self.watch_stall(now);
        // Each once: one that is set anew has another call.
        for _ in 0..Timer::COUNT {
            let Some(timer) = self.timers.take_expired(now) else {
                break;
            };
            let result = self.expired(timer, now);
            self.conclude(result, now)?;
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; it may change with every other call.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
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
        &mut self.transmit
    }

    /// What is to be sent, to look at.
    pub fn unsent(&self) -> &TransmitQueue {
        &self.transmit
    }

    /// Whether to read from the socket. Not while the peer leaves its replies unread, or while more than a little
    /// waits for the host's answer: then the peer is to wait as well.
    pub fn wants_input(&self) -> bool {
        self.held_bytes < self.config.limits.max_held_bytes
            && self.transmit.unsent_replies() < self.config.limits.max_unsent_replies
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
        ConnectionStats {
            bytes_in: self.bytes_in,
            bytes_out: self.transmit.sent(),
            messages_in: self.messages_in,
            messages_out: self.messages_out,
            messages_unclaimed: self.messages_unclaimed,
            round_trip: self.round_trip,
            unacknowledged: self.sent.unacknowledged(),
            acknowledgement_delay: self.sent.acknowledgement_delay(),
        }
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
        if !self.replies.is_empty() {
            // Without the room that was not needed: a peer may leave many small replies unread.
            let replies = std::mem::take(&mut self.replies).into_boxed_slice();
            self.transmit.push_reply(replies);
        }
        self.watch_stall(now);
    }
}
