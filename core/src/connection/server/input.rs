//! From bytes to messages, and what each type of message means to a server.

use std::time::Instant;

use crate::chunk::{Message, MessageType, Payload};
use crate::connection::error::{Error, PeerMisbehaved};
use crate::connection::server::event::{Happening, ServerEvent};
use crate::connection::server::request::held_size;
use crate::connection::server::stream::StreamState;
use crate::connection::server::{Phase, ServerConnection};
use crate::connection::timers::Timer;
use crate::media::{MediaKind, MediaMessage};
use crate::message::{Aggregate, DataMessage, TooManyParts};

impl ServerConnection {
    pub(super) fn read(&mut self, mut input: &[u8], now: Instant) -> Result<(), Error> {
        if let Phase::Handshake(handshake) = &mut self.phase {
            let mut out = Vec::new();
            let done = handshake.handle_input(&mut input, &mut out);
            self.handshake_kind = handshake.kind();
            self.link.send_handshake(out);
            if !done? {
                return Ok(());
            }
            self.phase = Phase::AwaitConnect;
            let timers = &mut self.link.timers;
            timers.clear(Timer::Handshake);
            let limits = &self.config.limits;
            timers.set(Timer::Connect, now, limits.connect_timeout);
            timers.set(Timer::Ping, now, limits.ping_interval);
        }
        while !self.is_over() {
            let message = self.link.assemble(&mut input)?;
            let is_between_messages = message.is_none();
            if let Some(message) = message {
                self.handle_message(message, now)?;
            }
            if !self.is_over() {
                self.link.acknowledge();
            }
            if is_between_messages && input.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn handle_message(&mut self, message: Message<Payload>, now: Instant) -> Result<(), Error> {
        match message.kind {
            // The decoder has acted on them.
            MessageType::SetChunkSize | MessageType::Abort => {}
            MessageType::Acknowledgement
            | MessageType::WindowAcknowledgementSize
            | MessageType::SetPeerBandwidth => {
                self.link.handle_control(&message, now);
            }
            MessageType::UserControl => {
                // The rest are hints to a server of recordings, and what only servers send.
                let _ = self.link.handle_user_control(&message, now);
            }
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
                    let message = message.map(Into::into);
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
    fn handle_content(&mut self, message: Message<Payload>, now: Instant) -> Result<(), Error> {
        match message.kind {
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                self.handle_command(message.map(Into::into), now)
            }
            MessageType::Audio => self.handle_media(MediaKind::Audio, message, now),
            MessageType::Video => self.handle_media(MediaKind::Video, message, now),
            MessageType::DataAmf0 | MessageType::DataAmf3 => self.handle_media(MediaKind::Data, message, now),
            MessageType::Aggregate => self.handle_aggregate(message.map(Into::into), now),
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
                    self.events.push(ServerEvent::Message(message.map(Into::into)));
                }
                Ok(())
            }
        }
    }

    fn handle_media(
        &mut self,
        kind: MediaKind,
        message: Message<Payload>,
        now: Instant,
    ) -> Result<(), Error> {
        let Some(id) = self.streams.publishing(message.stream) else {
            self.link.messages_unclaimed += 1;
            return Ok(());
        };
        match self.streams.get_mut(id).map(|stream| &mut stream.state) {
            Some(StreamState::Publishing { last_media, .. }) => *last_media = now,
            Some(StreamState::Requested(requested)) => {
                let message = message.map(Into::into);
                let bytes = held_size(&message);
                requested.held.push(message);
                return self.count_held(bytes);
            }
            Some(StreamState::Idle | StreamState::Playing) | None => return Ok(()),
        }
        let payload = match kind {
            MediaKind::Audio | MediaKind::Video => message.payload,
            MediaKind::Data => {
                let limits = &self.config.limits;
                // Values inside values without end bring players down, all of them.
                let Ok(payload) = DataMessage::payload_in_amf0(message.kind, &message.payload.into(), limits)
                else {
                    self.link.messages_unclaimed += 1;
                    return Ok(());
                };
                match DataMessage::parse(MessageType::DataAmf0, &payload) {
                    DataMessage::SetDataFrame(payload) | DataMessage::Plain(payload) => payload.into(),
                    // The host forgets the metadata; the order itself says so.
                    DataMessage::ClearDataFrame(_) => payload.into(),
                }
            }
        };
        let message = MediaMessage {
            kind,
            timestamp: message.timestamp,
            payload,
        };
        self.events.push(Happening::Media { stream: id, message });
        Ok(())
    }

    fn handle_aggregate(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        for part in Aggregate::new(message, &self.config.limits) {
            let part = part.map_err(|TooManyParts| PeerMisbehaved::TooManyParts)?;
            self.handle_content(part.map(Into::into), now)?;
        }
        Ok(())
    }
}
