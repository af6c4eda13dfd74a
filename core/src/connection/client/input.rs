//! From bytes to messages, and what each type of message means to a client.

use std::time::Instant;

use crate::amf0;
use crate::chunk::{Message, MessageType, Payload};
use crate::connection::client::event::{ClientEvent, Happening};
use crate::connection::client::status::Status;
use crate::connection::client::stream::{Goal, Playback, StreamHandle, StreamState};
use crate::connection::client::{ClientConnection, Phase};
use crate::connection::error::{Error, PeerMisbehaved};
use crate::connection::timers::Timer;
use crate::media::{MediaKind, MediaMessage};
use crate::message::{Aggregate, DataMessage, TooManyParts, UserControl};
use crate::units::MessageStreamId;

impl ClientConnection {
    pub(super) fn read(&mut self, mut input: &[u8], now: Instant) -> Result<(), Error> {
        if let Phase::Handshake(handshake) = &mut self.phase {
            // Without a connection nothing can have come.
            let Some(handshake) = handshake else {
                return Ok(());
            };
            let mut out = Vec::new();
            let done = handshake.handle_input(&mut input, &mut out);
            self.handshake_kind = handshake.kind();
            self.link.send_handshake(out);
            if !done? {
                return Ok(());
            }
            self.begin_connect(now);
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

    fn begin_connect(&mut self, now: Instant) {
        self.phase = Phase::Connecting;
        let limits = &self.config.limits;
        let timers = &mut self.link.timers;
        timers.clear(Timer::Handshake);
        timers.set(Timer::Answer, now, limits.answer_timeout);
        timers.set(Timer::Ping, now, limits.ping_interval);
        if let Some(kind) = self.handshake_kind {
            self.events.push(ClientEvent::Handshaken(kind));
        }
        if self.config.chunk_size_first {
            self.link.send_chunk_size(self.config.chunk_size);
        }
        self.link.send_command(&self.target.connect(&self.config));
    }

    fn handle_message(&mut self, message: Message<Payload>, now: Instant) -> Result<(), Error> {
        match message.kind {
            MessageType::Audio => self.handle_media(MediaKind::Audio, message),
            MessageType::Video => self.handle_media(MediaKind::Video, message),
            MessageType::DataAmf0 | MessageType::DataAmf3 => self.handle_data(message.map(Into::into)),
            MessageType::Aggregate => {
                for part in Aggregate::new(message.map(Into::into), &self.config.limits) {
                    let part = part.map_err(|TooManyParts| PeerMisbehaved::TooManyParts)?;
                    self.handle_message(part.map(Into::into), now)?;
                }
            }
            MessageType::CommandAmf0 | MessageType::CommandAmf3 => {
                return self.handle_command(message.map(Into::into), now);
            }
            MessageType::UserControl => self.handle_user_control(&message, now),
            // The decoder has acted on the first two.
            MessageType::SetChunkSize
            | MessageType::Abort
            | MessageType::Acknowledgement
            | MessageType::WindowAcknowledgementSize
            | MessageType::SetPeerBandwidth => self.link.handle_control(&message, now),
            MessageType::SharedObjectAmf0 | MessageType::SharedObjectAmf3 | MessageType::Unknown(_) => {
                self.events.push(ClientEvent::Message(message.map(Into::into)));
            }
        }
        Ok(())
    }

    fn handle_media(&mut self, kind: MediaKind, message: Message<Payload>) {
        let Some(stream) = self.player(message.stream, true) else {
            self.link.messages_unclaimed += 1;
            return;
        };
        self.events.push(Happening::Media {
            stream,
            message: MediaMessage {
                kind,
                timestamp: message.timestamp,
                payload: message.payload,
            },
        });
    }

    /// The stream that plays on this message stream. `is_media`, its metadata too, in the place of a status: there are servers
    /// that say nothing else.
    fn player(&mut self, id: MessageStreamId, is_media: bool) -> Option<StreamHandle> {
        let stream = self.streams.meant(id)?;
        let handle = stream.handle;
        match stream.state {
            StreamState::Playing { .. } => {}
            StreamState::Requested { id, .. } if is_media && matches!(stream.goal, Goal::Play(_)) => {
                self.started_playing(handle, id);
            }
            StreamState::Requested { .. }
            | StreamState::Publishing { .. }
            | StreamState::Waiting
            | StreamState::Creating { .. }
            | StreamState::Abandoned { .. } => return None,
        }
        Some(handle)
    }

    /// Data of the stream, or words of the server to its player (RTMP 1.0 §7.1.2), which are no part of the stream.
    fn handle_data(&mut self, message: Message) {
        let limits = &self.config.limits;
        // Values inside values without end bring players down.
        let Ok(payload) = DataMessage::payload_in_amf0(message.kind, &message.payload, limits) else {
            self.link.messages_unclaimed += 1;
            return;
        };
        let data = DataMessage::parse(MessageType::DataAmf0, &payload);
        match data.handler() {
            Some(b"|RtmpSampleAccess") => {}
            Some(b"onStatus" | b"onPlayStatus") => self.handle_data_status(message.stream, data.payload()),
            _ => {
                let Some(stream) = self.player(message.stream, data.is_metadata()) else {
                    self.link.messages_unclaimed += 1;
                    return;
                };
                self.events.push(Happening::Media {
                    stream,
                    message: MediaMessage {
                        kind: MediaKind::Data,
                        timestamp: message.timestamp,
                        payload: data.into_payload().into(),
                    },
                });
            }
        }
    }

    /// A status that came as data: `NetStream.Play.Complete` at the end of a recording, `NetStream.Data.Start`.
    fn handle_data_status(&mut self, id: MessageStreamId, payload: &[u8]) {
        let limits = &self.config.limits;
        let mut values = amf0::Decoder::new(payload, limits);
        let mut object = None;
        while let Ok(Some(value)) = values.next_value() {
            object = value.as_object().cloned().or(object);
        }
        let status = Status::of(object.as_ref());
        let stream = self.streams.meant(id).map(|stream| stream.handle);
        match stream {
            Some(stream) if status.code == "NetStream.Play.Complete" && self.has_ended(stream) => {}
            _ => self.events.push(ClientEvent::Status { stream, status }),
        }
    }

    fn handle_user_control(&mut self, message: &Message<Payload>, now: Instant) {
        match self.link.handle_user_control(message, now) {
            Some(UserControl::PingResponse(_)) => {
                if let Some(round_trip) = self.link.stats().round_trip {
                    self.events.push(ClientEvent::Pong { round_trip });
                }
            }
            Some(UserControl::StreamBegin(id)) => {
                if let Some(stream) = self.streams.of_id(id).map(|stream| stream.handle) {
                    self.has_started(stream);
                }
            }
            Some(UserControl::StreamEof(id)) => {
                if let Some(stream) = self
                    .streams
                    .of_id(id)
                    .filter(|stream| !is_interrupted(stream.state))
                {
                    self.has_ended(stream.handle);
                }
            }
            // What is buffered is the host's affair; an SWF file that could be proved there is none.
            Some(_) | None => {}
        }
    }

    /// A playing stream has ended. Whether that is news.
    pub(super) fn has_ended(&mut self, stream: StreamHandle) -> bool {
        self.change_playback(stream, Playback::Ended, ClientEvent::Ended { stream })
    }

    /// A stream that had ended goes on. Whether that is news.
    pub(super) fn has_started(&mut self, stream: StreamHandle) -> bool {
        let state = self.streams.get(stream).map(|stream| stream.state);
        matches!(
            state,
            Some(StreamState::Playing {
                playback: Playback::Ended,
                ..
            })
        ) && self.change_playback(stream, Playback::Running, ClientEvent::Started { stream })
    }

    fn change_playback(&mut self, stream: StreamHandle, to: Playback, event: ClientEvent) -> bool {
        match self.streams.state_mut(stream) {
            Some(StreamState::Playing { playback, .. }) if *playback != to => {
                *playback = to;
                self.events.push(event);
                true
            }
            _ => false,
        }
    }
}

const fn is_interrupted(state: StreamState) -> bool {
    matches!(
        state,
        StreamState::Playing {
            playback: Playback::Interrupted,
            ..
        }
    )
}
