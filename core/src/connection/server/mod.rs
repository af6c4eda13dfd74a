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
mod event;
mod name;
mod reply;
mod status;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Buf;

use crate::chunk::{ChunkDecoder, Message, MessageType};
use crate::connection::config::ServerConfig;
use crate::connection::error::{ApiMisuse, Error, PeerMisbehaved};
use crate::connection::stats::ConnectionStats;
use crate::connection::timers::{Timer, Timers};
use crate::connection::transmit::TransmitQueue;
use crate::connection::window::{Received, Sent};
use crate::handshake::{self, ServerHandshake};
use crate::media::{MediaKind, MediaMessage};
use crate::message::Aggregate;
use crate::message::Control;
use crate::message::DataMessage;
use crate::message::UserControl;
use crate::units::{ChunkSize, MessageStreamId, Seed};

pub use connect::ConnectCommand;
pub use event::{PlayCommand, PlayStart, PublishMode, RequestId, ServerEvent};
pub use name::{NameError, StreamName};
pub use status::Refusal;

use status::{RequestKind, Status};
use stream::{MessageStreams, Requested, StreamState};

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
    connect: ConnectCommand,
    streams: MessageStreams,
    held_bytes: usize,
    next_request: u32,
    events: VecDeque<ServerEvent>,

    transmit: TransmitQueue,
    /// What this call has answered so far; it goes out in one piece.
    replies: Vec<u8>,
    chunk_size_sent: ChunkSize,

    timers: Timers,
    started: Instant,
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
    Handshake(ServerHandshake),
    AwaitConnect,
    Connecting { request: RequestId, held: Vec<Message> },
    Connected,
    Over(Result<(), Error>),
}

impl ServerConnection {
    /// A connection that has just been accepted.
    pub fn new(config: Arc<ServerConfig>, seed: Seed, now: Instant) -> Self {
        let mut timers = Timers::default();
        timers.set(Timer::Handshake, now, config.limits.handshake_timeout);
        Self {
            phase: Phase::Handshake(ServerHandshake::new(seed, config.verify_c2)),
            decoder: ChunkDecoder::new(&config.limits),
            connect: ConnectCommand::default(),
            streams: MessageStreams::default(),
            held_bytes: 0,
            next_request: 0,
            events: VecDeque::new(),
            transmit: TransmitQueue::default(),
            replies: Vec::new(),
            chunk_size_sent: ChunkSize::INITIAL,
            timers,
            started: now,
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
        self.events.pop_front()
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

    /// Grants a request. What it held back is handled now.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownRequest`], which leaves the connection as it is; or an error in what was held back,
    /// after which the connection is over.
    pub fn accept(&mut self, request: RequestId, now: Instant) -> Result<(), Error> {
        let held = self.grant(request, now)?;
        let result = self.handle_held(held, now);
        self.conclude(result, now)
    }

    /// Refuses a request and tells the peer why. The connection is over unless another of its streams publishes
    /// or plays: there are encoders that take a refusal for a success as long as the connection stays.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownRequest`], which leaves the connection as it is.
    pub fn reject(&mut self, request: RequestId, refusal: &Refusal, now: Instant) -> Result<(), ApiMisuse> {
        let status = if let Phase::Connecting { request: own, .. } = &self.phase
            && *own == request
        {
            let status = refusal.status(
                RequestKind::Connect,
                &format!("application {:?}", self.connect.app_path()),
            );
            self.send_connect_error(self.connect.transaction_id, &status);
            status
        } else {
            let (stream, requested) = self.take_request(request)?;
            self.forget_held(&requested);
            let status = refusal.status(requested.kind, &requested.path);
            self.send_status(stream, &status);
            status
        };
        self.finish_if_idle(status, now);
        Ok(())
    }

    /// Ends every stream and the connection: the peer is told that the server goes.
    pub fn shut_down(&mut self, now: Instant) {
        if self.is_over() {
            return;
        }
        let going = Status::error(
            "NetConnection.Connect.AppShutdown",
            "The server is shutting down.",
        );
        let mut farewells = Vec::new();
        for stream in self.streams.iter() {
            match stream.state {
                StreamState::Publishing { .. } => {
                    farewells.push((stream.id, "NetStream.Unpublish.Success"));
                }
                StreamState::Playing => {
                    farewells.push((stream.id, "NetStream.Play.UnpublishNotify"));
                }
                StreamState::Idle | StreamState::Requested(_) => {}
            }
        }
        for (stream, code) in farewells {
            self.send_user_control(UserControl::StreamEof(stream));
            self.send_status(stream, &Status::new(code, "The server is shutting down."));
        }
        match self.phase {
            Phase::Connecting { .. } => self.send_connect_error(self.connect.transaction_id, &going),
            Phase::Connected => self.send_status(MessageStreamId::CONNECTION, &going),
            Phase::Handshake(_) | Phase::AwaitConnect | Phase::Over(_) => {}
        }
        self.finish(Ok(()), now);
    }

    /// Ends a stream whose name another publisher has taken over, and the connection unless another of its streams
    /// publishes or plays.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not publish.
    pub fn bump(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        if !matches!(
            self.streams.get_mut(stream).map(|s| &s.state),
            Some(StreamState::Publishing { .. })
        ) {
            return Err(ApiMisuse::UnknownStream);
        }
        let status = Status::error(
            "NetStream.Publish.BadName",
            "Another publisher has taken over this name.",
        );
        self.send_status(stream, &status);
        self.close_stream(stream, now);
        self.finish_if_idle(status, now);
        Ok(())
    }

    /// Ends a play that has come to its end; the peer is told.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn end_play(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        if !matches!(
            self.streams.get_mut(stream).map(|s| &s.state),
            Some(StreamState::Playing)
        ) {
            return Err(ApiMisuse::UnknownStream);
        }
        self.send_status(stream, &Status::new("NetStream.Play.Stop", "Stopped playing."));
        self.send_user_control(UserControl::StreamEof(stream));
        self.close_stream(stream, now);
        self.flush_replies(now);
        Ok(())
    }

    /// Ends the connection by an error that the host has found.
    pub fn abort(&mut self, error: Error, now: Instant) {
        if !self.is_over() {
            self.finish(Err(error), now);
        }
    }

    /// After a refusal: the connection is over, unless there is something else on it.
    fn finish_if_idle(&mut self, status: Status, now: Instant) {
        if self.streams.all_idle() {
            self.finish(Err(Error::Refused(status.description.into_owned())), now);
        } else {
            self.flush_replies(now);
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
            self.transmit.push_reply(std::mem::take(&mut self.replies));
        }
        self.watch_stall(now);
    }

    fn finish(&mut self, result: Result<(), Error>, now: Instant) {
        for id in self.streams.iter().map(|stream| stream.id).collect::<Vec<_>>() {
            self.close_stream(id, now);
        }
        self.held_bytes = 0;
        self.timers = Timers::default();
        self.phase = Phase::Over(result);
        self.flush_replies(now);
    }

    fn read(&mut self, mut input: &[u8], now: Instant) -> Result<(), Error> {
        if let Phase::Handshake(handshake) = &mut self.phase {
            let mut out = Vec::new();
            let done = handshake.handle_input(&mut input, &mut out);
            self.handshake_kind = handshake.kind();
            self.handshake_bytes_out += out.len() as u64;
            self.transmit.push_reply(out);
            if !done? {
                return Ok(());
            }
            self.phase = Phase::AwaitConnect;
            self.timers.clear(Timer::Handshake);
            let limits = &self.config.limits;
            self.timers.set(Timer::Connect, now, limits.connect_timeout);
            self.timers.set(Timer::Ping, now, limits.ping_interval);
        }
        while !self.is_over() {
            let within_window = input.len().min(self.received.until_due());
            let mut piece = input.get(..within_window).unwrap_or(input);
            let message = self.decoder.decode(&mut piece)?;
            let taken = within_window.saturating_sub(piece.len());
            input = input.get(taken..).unwrap_or_default();
            self.received.add(taken);
            let is_between_messages = message.is_none();
            if let Some(message) = message {
                self.messages_in += 1;
                self.handle_message(message, now)?;
            }
            if !self.is_over()
                && let Some(sequence) = self.received.acknowledgement_due()
            {
                self.send_control(Control::Acknowledgement(sequence));
            }
            if is_between_messages && input.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn handle_message(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        match message.kind {
            // The decoder has acted on them.
            MessageType::SetChunkSize | MessageType::Abort => {}
            MessageType::Acknowledgement
            | MessageType::WindowAcknowledgementSize
            | MessageType::SetPeerBandwidth => {
                self.handle_control(&message, now);
            }
            MessageType::UserControl => self.handle_user_control(&message, now),
            MessageType::Audio
            | MessageType::Video
            | MessageType::DataAmf0
            | MessageType::DataAmf3
            | MessageType::Aggregate
            | MessageType::CommandAmf0
            | MessageType::CommandAmf3
            | MessageType::SharedObjectAmf0
            | MessageType::SharedObjectAmf3
            | MessageType::Unknown(_) => {
                if let Phase::Connecting { held, .. } = &mut self.phase {
                    let bytes = held_size(&message);
                    held.push(message);
                    return self.count_held(bytes);
                }
                return self.handle_content(message, now);
            }
        }
        Ok(())
    }

    /// What waits for the answer to `connect`.
    fn handle_content(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        match message.kind {
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => self.handle_command(message, now),
            MessageType::Audio => self.handle_media(MediaKind::Audio, message, now),
            MessageType::Video => self.handle_media(MediaKind::Video, message, now),
            MessageType::DataAmf0 | MessageType::DataAmf3 => self.handle_media(MediaKind::Data, message, now),
            MessageType::Aggregate => self.handle_aggregate(message, now),
            MessageType::SetChunkSize
            | MessageType::Abort
            | MessageType::Acknowledgement
            | MessageType::UserControl
            | MessageType::WindowAcknowledgementSize
            | MessageType::SetPeerBandwidth
            | MessageType::SharedObjectAmf0
            | MessageType::SharedObjectAmf3
            | MessageType::Unknown(_) => {
                if matches!(self.phase, Phase::Connected) {
                    self.events.push_back(ServerEvent::Message(message));
                }
                Ok(())
            }
        }
    }

    fn handle_control(&mut self, message: &Message, now: Instant) {
        match Control::parse(message.kind, &message.payload) {
            Some(Control::Acknowledgement(sequence)) => self.sent.acknowledge(sequence, now),
            Some(Control::WindowAcknowledgementSize(window)) => self.received.set_window(window),
            // To be answered if it is news (§5.4.5). Zero is no window.
            Some(Control::SetPeerBandwidth { window, .. })
                if window > 0 && self.window_sent != Some(window) =>
            {
                self.send_window(window);
            }
            // Too short to say anything.
            Some(Control::SetPeerBandwidth { .. } | Control::SetChunkSize(_) | Control::Abort(_)) | None => {}
        }
    }

    fn handle_user_control(&mut self, message: &Message, now: Instant) {
        match UserControl::parse(&message.payload) {
            Some(UserControl::PingRequest(timestamp)) => {
                self.send_user_control(UserControl::PingResponse(Some(timestamp)));
            }
            // Some leave out the number; another one answers a ping of long ago.
            Some(UserControl::PingResponse(number)) => {
                if let Some((at, sent)) = self.ping_sent
                    && number.is_none_or(|number| number == sent)
                {
                    self.ping_sent = None;
                    self.round_trip = Some(now.saturating_duration_since(at));
                }
            }
            // Hints to a server of recordings, and what only servers send.
            Some(_) | None => {}
        }
    }

    fn handle_media(&mut self, kind: MediaKind, message: Message, now: Instant) -> Result<(), Error> {
        let Some(id) = self.streams.publishing(message.stream) else {
            self.messages_unclaimed += 1;
            return Ok(());
        };
        match self.streams.get_mut(id).map(|stream| &mut stream.state) {
            Some(StreamState::Publishing { last_media, .. }) => *last_media = now,
            Some(StreamState::Requested(requested)) => {
                let bytes = held_size(&message);
                requested.held.push(message);
                return self.count_held(bytes);
            }
            Some(StreamState::Idle | StreamState::Playing) | None => return Ok(()),
        }
        let payload = match kind {
            MediaKind::Audio | MediaKind::Video => message.payload,
            MediaKind::Data => match DataMessage::parse(message.kind, &message.payload) {
                DataMessage::SetDataFrame(payload) | DataMessage::Plain(payload) => payload,
                // The host forgets the metadata; the order itself, without the format byte of type 15, says so.
                DataMessage::ClearDataFrame(_) if message.payload.first() == Some(&0) => {
                    message.payload.slice(1..)
                }
                DataMessage::ClearDataFrame(_) => message.payload,
            },
        };
        let message = MediaMessage {
            kind,
            timestamp: message.timestamp,
            payload,
        };
        self.events.push_back(ServerEvent::Media { stream: id, message });
        Ok(())
    }

    fn handle_aggregate(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        for part in Aggregate::new(message) {
            self.handle_content(part, now)?;
        }
        Ok(())
    }

    fn count_held(&mut self, bytes: usize) -> Result<(), Error> {
        self.held_bytes += bytes;
        // `wants_input` asks for nothing above the limit, but a driver may have read a large message at once.
        let limits = &self.config.limits;
        if self.held_bytes > limits.max_held_bytes + limits.max_partial_bytes {
            return Err(PeerMisbehaved::TooMuchHeld.into());
        }
        Ok(())
    }

    fn grant(&mut self, request: RequestId, now: Instant) -> Result<Vec<Message>, ApiMisuse> {
        if let Phase::Connecting { request: own, held } = &mut self.phase
            && *own == request
        {
            let held = std::mem::take(held);
            self.phase = Phase::Connected;
            self.timers.set(Timer::Idle, now, self.config.limits.idle_timeout);
            self.send_connect_success();
            return Ok(held);
        }
        let (stream, requested) = self.take_request(request)?;
        let Requested {
            kind,
            path,
            reset,
            transition,
            held,
            ..
        } = requested;
        let state = if kind == RequestKind::Publish {
            self.send_publish_start(stream, &path);
            self.timers
                .set(Timer::Publisher, now, self.config.limits.publisher_timeout);
            StreamState::Publishing {
                path,
                last_media: now,
            }
        } else {
            self.send_play_start(stream, &path, reset, transition);
            StreamState::Playing
        };
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.state = state;
        }
        Ok(held)
    }

    fn take_request(&mut self, request: RequestId) -> Result<(MessageStreamId, Requested), ApiMisuse> {
        let stream = self.streams.iter().find_map(|stream| match &stream.state {
            StreamState::Requested(requested) if requested.request == request => Some(stream.id),
            StreamState::Requested(_)
            | StreamState::Idle
            | StreamState::Publishing { .. }
            | StreamState::Playing => None,
        });
        let stream = stream
            .and_then(|id| self.streams.get_mut(id))
            .ok_or(ApiMisuse::UnknownRequest)?;
        match std::mem::replace(&mut stream.state, StreamState::Idle) {
            StreamState::Requested(requested) => Ok((stream.id, requested)),
            StreamState::Idle | StreamState::Publishing { .. } | StreamState::Playing => {
                Err(ApiMisuse::UnknownRequest)
            }
        }
    }

    fn handle_held(&mut self, held: Vec<Message>, now: Instant) -> Result<(), Error> {
        for message in held {
            self.held_bytes = self.held_bytes.saturating_sub(held_size(&message));
            if !self.is_over() {
                self.handle_message(message, now)?;
            }
        }
        Ok(())
    }

    fn forget_held(&mut self, requested: &Requested) {
        let bytes: usize = requested.held.iter().map(held_size).sum();
        self.held_bytes = self.held_bytes.saturating_sub(bytes);
    }

    /// Ends what a message stream does and says so to the host.
    fn close_stream(&mut self, id: MessageStreamId, now: Instant) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        match std::mem::replace(&mut stream.state, StreamState::Idle) {
            StreamState::Idle => return,
            StreamState::Requested(requested) => self.forget_held(&requested),
            StreamState::Publishing { .. } | StreamState::Playing => {}
        }
        self.events.push_back(ServerEvent::StreamClosed { stream: id });
        if self.streams.all_idle() {
            self.timers.set(Timer::Idle, now, self.config.limits.idle_timeout);
        }
    }

    fn expired(&mut self, timer: Timer, now: Instant) -> Result<(), Error> {
        let limits = &self.config.limits;
        let is_listening = self.wants_input();
        if !is_listening {
            // Its silence is not the peer's doing.
            self.last_input = now;
        }
        match timer {
            Timer::Handshake | Timer::Connect => return Err(Error::TimedOut(timer)),
            Timer::Idle if self.streams.all_idle() => return Err(Error::TimedOut(timer)),
            Timer::Idle => {}
            Timer::Publisher if is_listening => return self.end_silent_publishers(now),
            Timer::Publisher => self.timers.set(timer, now, limits.publisher_timeout),
            Timer::Ping => {
                if now.saturating_duration_since(self.last_input) < limits.ping_interval {
                    self.timers.set(timer, self.last_input, limits.ping_interval);
                } else {
                    self.timers.set(Timer::PingResponse, now, limits.ping_timeout);
                    self.ping(now);
                }
            }
            Timer::PingResponse => {
                if self.ping_sent.is_some_and(|(at, _)| self.last_input <= at) {
                    return Err(Error::TimedOut(timer));
                }
                self.timers
                    .set(Timer::Ping, self.last_input, limits.ping_interval);
            }
            Timer::Lag => {}
            Timer::Stall if self.transmit.has_remaining() => return Err(Error::TimedOut(timer)),
            Timer::Stall => {}
        }
        Ok(())
    }

    /// Frees the names of publishers that have sent nothing for too long. The connection is over unless another of
    /// its streams publishes or plays.
    fn end_silent_publishers(&mut self, now: Instant) -> Result<(), Error> {
        let timeout = self.config.limits.publisher_timeout;
        let mut silent = Vec::new();
        let mut heard: Option<Instant> = None;
        for stream in self.streams.iter() {
            if let StreamState::Publishing { last_media, .. } = stream.state {
                if now.saturating_duration_since(last_media) >= timeout {
                    silent.push(stream.id);
                } else {
                    heard = Some(heard.map_or(last_media, |heard| heard.min(last_media)));
                }
            }
        }
        if let Some(heard) = heard {
            self.timers.set(Timer::Publisher, heard, timeout);
        }
        for &stream in &silent {
            let status = Status::error(
                "NetStream.Publish.Idle",
                "Nothing has been published for too long.",
            );
            self.send_status(stream, &status);
            self.close_stream(stream, now);
        }
        if !silent.is_empty() && self.streams.all_idle() {
            return Err(Error::TimedOut(Timer::Publisher));
        }
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation)] // The peer only hands it back.
    fn ping(&mut self, now: Instant) {
        let millis = now.saturating_duration_since(self.started).as_millis() as u32;
        self.ping_sent = Some((now, millis));
        self.send_user_control(UserControl::PingRequest(millis));
    }

    /// Waits for the peer to take a byte, if any waits to be taken, and anew once it has.
    fn watch_stall(&mut self, now: Instant) {
        if self.transmit.is_empty() {
            self.timers.clear(Timer::Stall);
        } else if !self.is_over()
            && (self.stall_mark != self.transmit.sent() || !self.timers.is_set(Timer::Stall))
        {
            self.stall_mark = self.transmit.sent();
            self.timers
                .set(Timer::Stall, now, self.config.limits.stall_timeout);
        }
    }

    fn observe_sent(&mut self, now: Instant) {
        self.sent
            .observe(self.transmit.sent().saturating_sub(self.handshake_bytes_out), now);
    }
}

/// What a held message is counted with: the smallest one costs memory, too.
fn held_size(message: &Message) -> usize {
    message.payload.len() + size_of::<Message>()
}
