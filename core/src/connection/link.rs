//! What both ends of a connection have in common: messages in and out, acknowledgements, pings, and the watch over a
//! peer that is silent or takes nothing.

use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

use crate::chunk::{self, ChunkDecoder, ChunkError, ChunkedMessage, Message, Payload};
use crate::connection::error::Error;
use crate::connection::stats::ConnectionStats;
use crate::connection::timers::{Timer, Timers};
use crate::connection::transmit::TransmitQueue;
use crate::connection::window::{Received, Sent};
use crate::limits::Limits;
use crate::message::{Command, Control, UserControl};
use crate::prefetch::prefetch;
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// One end of a connection, below what makes it a server's or a client's.
pub(super) struct Link {
    pub(super) decoder: ChunkDecoder,
    pub(super) transmit: TransmitQueue,
    /// What this call has answered so far; it goes out in one piece.
    replies: Vec<u8>,
    /// The chunk size that the peer has been told.
    pub(super) chunk_size: ChunkSize,

    pub(super) timers: Timers,
    is_closed: bool,
    last_input: Instant,
    /// The peer has been sent a ping because it was silent, and nothing has come since.
    is_probed: bool,
    replenished: Instant,
    /// When the ping whose round trip is measured was sent, and its number; `None` once it has been answered.
    ping_sent: Option<(Instant, u32)>,
    /// [`TransmitQueue::sent`] when the stall timer was set.
    stall_mark: u64,
    /// The last *Window Acknowledgement Size* sent.
    pub(super) window_sent: Option<u32>,

    received: Received,
    sent: Sent,
    handshake_bytes_out: u64,
    pub(super) bytes_in: u64,
    messages_in: u64,
    messages_out: u64,
    pub(super) messages_unclaimed: u64,
    round_trip: Option<Duration>,
}

/// Bytes that are enough for the replies to nearly all reads. What is not used is given back at the end of the call.
const USUAL_REPLIES: usize = 768;

impl Link {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        let mut timers = Timers::new(now);
        timers.set(Timer::Handshake, now, limits.handshake_timeout);
        Self {
            decoder: ChunkDecoder::new(limits),
            transmit: TransmitQueue::default(),
            replies: Vec::new(),
            chunk_size: ChunkSize::INITIAL,
            timers,
            is_closed: false,
            last_input: now,
            is_probed: false,
            replenished: now,
            ping_sent: None,
            stall_mark: 0,
            window_sent: None,
            received: Received::default(),
            sent: Sent::default(),
            handshake_bytes_out: 0,
            bytes_in: 0,
            messages_in: 0,
            messages_out: 0,
            messages_unclaimed: 0,
            round_trip: None,
        }
    }

    pub(super) fn prefetch(&self) {
        prefetch(&self.transmit);
        prefetch(&self.replies);
        prefetch(&self.chunk_size);
        prefetch(&self.timers);
        prefetch(&self.stall_mark);
        prefetch(&self.messages_out);
        prefetch(&self.received);
        self.decoder.prefetch();
    }

    /// Bytes have come.
    pub(super) fn begin_input(&mut self, count: usize, now: Instant) {
        self.bytes_in += count as u64;
        self.heard(now);
        if now.saturating_duration_since(self.replenished).as_secs() > 0 {
            self.replenished = now;
            self.decoder.replenish();
        }
        self.observe_sent(now);
    }

    /// The peer's silence begins now: it has been heard, or nobody has listened.
    pub(super) fn heard(&mut self, now: Instant) {
        self.last_input = now;
        self.is_probed = false;
    }

    /// Takes bytes off the front of `input`, up to the end of a message or of the window that the peer wants to have
    /// acknowledged: so acknowledgements do not depend on how the input was cut. After each call
    /// [`acknowledge`](Self::acknowledge) is due.
    #[inline] // Each message comes through here.
    pub(super) fn assemble(&mut self, input: &mut &[u8]) -> Result<Option<Message<Payload>>, ChunkError> {
        let within_window = input.len().min(self.received.until_due());
        let mut piece = input.get(..within_window).unwrap_or(*input);
        let message = self.decoder.assemble(&mut piece)?;
        let taken = within_window.saturating_sub(piece.len());
        *input = input.get(taken..).unwrap_or_default();
        self.received.add(taken);
        self.messages_in += u64::from(message.is_some());
        Ok(message)
    }

    /// Acknowledges what has come, if a window of it has.
    #[inline]
    pub(super) fn acknowledge(&mut self) {
        if let Some(sequence) = self.received.acknowledgement_due() {
            self.send_control(Control::Acknowledgement(sequence));
        }
    }

    /// *Acknowledgement*, *Window Acknowledgement Size*, *Set Peer Bandwidth*. The decoder acts on the others.
    pub(super) fn handle_control(&mut self, message: &Message<Payload>, now: Instant) {
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

    /// Acts on pings. Returns what is none, and the answer to the last one that we sent.
    pub(super) fn handle_user_control(
        &mut self,
        message: &Message<Payload>,
        now: Instant,
    ) -> Option<UserControl> {
        let event = UserControl::parse(&message.payload)?;
        if let UserControl::PingRequest(timestamp) = event {
            self.send_user_control(UserControl::PingResponse(Some(timestamp)));
            return None;
        }
        // Some leave out the number; another one answers a ping of long ago.
        if let UserControl::PingResponse(number) = event {
            let (at, _) = self
                .ping_sent
                .take_if(|(_, sent)| number.is_none_or(|number| number == *sent))?;
            self.round_trip = Some(now.saturating_duration_since(at));
        }
        Some(event)
    }

    /// Sends a ping whose round trip the host wants to know.
    pub(super) fn ping(&mut self, now: Instant) {
        self.ping_sent = None;
        self.send_ping(now);
    }

    /// Sends a ping. If another one is being measured, that goes on.
    #[allow(clippy::cast_possible_truncation)] // The peer only hands it back.
    fn send_ping(&mut self, now: Instant) {
        let millis = now.saturating_duration_since(self.timers.start()).as_millis() as u32;
        self.ping_sent.get_or_insert((now, millis));
        self.send_user_control(UserControl::PingRequest(millis));
    }

    /// The peer has been silent for as long as it may be without a ping, or has been sent one and was still silent: the
    /// latter is told.
    pub(super) fn expired_ping(&mut self, limits: &Limits, now: Instant) {
        if now.saturating_duration_since(self.last_input) < limits.ping_interval {
            self.timers
                .set(Timer::Ping, self.last_input, limits.ping_interval);
        } else {
            self.timers.set(Timer::PingResponse, now, limits.ping_timeout);
            self.is_probed = true;
            // It has spoken since, and left that one unanswered.
            let spoke = self.last_input;
            self.ping_sent.take_if(|(at, _)| *at < spoke);
            self.send_ping(now);
        }
    }

    /// Whether nothing at all came since the peer was sent a ping for its silence. If anything did, the next one is due in
    /// time.
    pub(super) fn expired_ping_response(&mut self, limits: &Limits) -> bool {
        if !self.is_probed {
            self.timers
                .set(Timer::Ping, self.last_input, limits.ping_interval);
        }
        self.is_probed
    }

    /// Bytes of the handshake, which acknowledgements do not count.
    pub(super) fn send_handshake(&mut self, bytes: Vec<u8>) {
        self.handshake_bytes_out += bytes.len() as u64;
        self.transmit.push_reply(bytes);
    }

    pub(super) fn send(&mut self, message: &Message) {
        if self.replies.capacity() == 0 {
            self.replies.reserve(USUAL_REPLIES);
        }
        chunk::encode(message, self.chunk_size, &mut self.replies);
    }

    /// A command of the connection itself.
    pub(super) fn send_command(&mut self, command: &Command<'_>) {
        self.send(&command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION));
    }

    pub(super) fn send_control(&mut self, control: Control) {
        self.send(&control.to_message());
    }

    pub(super) fn send_user_control(&mut self, event: UserControl) {
        self.send(&event.to_message());
    }

    pub(super) fn send_window(&mut self, window: u32) {
        self.window_sent = Some(window);
        self.send_control(Control::WindowAcknowledgementSize(window));
    }

    pub(super) fn send_chunk_size(&mut self, chunk_size: ChunkSize) {
        if chunk_size != self.chunk_size {
            self.send_control(Control::SetChunkSize(chunk_size));
            self.chunk_size = chunk_size;
        }
    }

    /// Media on a message stream at a time of that stream. The bytes are shared with all others to whom they go, unless the
    /// message was encoded with another stream or time: then it gets a head of its own.
    pub(super) fn send_media(
        &mut self,
        message: &ChunkedMessage,
        stream: MessageStreamId,
        timestamp: Timestamp,
        limits: &Limits,
        now: Instant,
    ) {
        let chunks = message.with_head(stream, timestamp);
        self.send_chunks(chunks, message.chunk_size(), limits, now);
    }

    /// The chunks of one message, or none if they have been sent with another's.
    #[inline] // Each delivery comes through here.
    pub(super) fn send_chunks(
        &mut self,
        chunks: SmallVec<[Bytes; 2]>,
        chunk_size: ChunkSize,
        limits: &Limits,
        now: Instant,
    ) {
        self.messages_out += 1;
        if chunks.is_empty() {
            return;
        }
        self.send_chunk_size(chunk_size);
        // What has been said so far, the chunk size above all, goes before the media.
        self.flush(limits, now);
        for piece in chunks {
            self.transmit.push_media(piece);
        }
        self.watch_stall(limits, now);
    }

    /// The end of a call: what it has answered leaves together.
    pub(super) fn flush(&mut self, limits: &Limits, now: Instant) {
        if !self.replies.is_empty() {
            // Without the room that was not needed: a peer may leave many small replies unread.
            let replies = std::mem::take(&mut self.replies).into_boxed_slice();
            self.transmit.push_reply(replies);
        }
        self.watch_stall(limits, now);
    }

    /// Waits for the peer to take a byte, if any waits to be taken, and anew once it has.
    pub(super) fn watch_stall(&mut self, limits: &Limits, now: Instant) {
        if self.transmit.is_empty() {
            self.timers.clear(Timer::Stall);
        } else if !self.is_closed
            && (self.stall_mark != self.transmit.sent() || !self.timers.is_set(Timer::Stall))
        {
            self.stall_mark = self.transmit.sent();
            self.timers.set(Timer::Stall, now, limits.stall_timeout);
        }
    }

    pub(super) fn expired_stall(&self) -> Result<(), Error> {
        if self.transmit.has_remaining() {
            return Err(Error::TimedOut(Timer::Stall));
        }
        Ok(())
    }

    pub(super) fn observe_sent(&mut self, now: Instant) {
        self.sent
            .observe(self.transmit.sent().saturating_sub(self.handshake_bytes_out), now);
    }

    /// Nothing is waited for any more.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.timers.clear_all();
    }

    /// Whether the peer reads its replies.
    pub(super) fn has_room_for_replies(&self, limits: &Limits) -> bool {
        self.transmit.unsent_replies() < limits.max_unsent_replies
    }

    pub(super) fn stats(&self) -> ConnectionStats {
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
}
