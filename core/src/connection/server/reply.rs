//! What a server's connection sends: control messages, commands and media, in the field's usual order.

use std::time::Instant;

use crate::amf0::{Object, Value};
use crate::chunk::{self, ChunkedMessage, Message};
use crate::connection::error::ApiMisuse;
use crate::connection::server::ServerConnection;
use crate::connection::server::connect;
use crate::connection::server::status::Status;
use crate::message::Command;
use crate::message::UserControl;
use crate::message::{Control, LimitType};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk stream of `onStatus`, as at SRS and nginx-rtmp.
const STATUS: u32 = 5;

/// Bytes that are enough for the replies to nearly all reads. What is not used is given back at the end of the call.
const USUAL_REPLIES: usize = 768;

impl ServerConnection {
    /// Gives a playing stream a message. The bytes are shared with every other player unless this one's stream id
    /// or `timestamp` is not what the message was encoded with: then it gets a head of its own.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn send_media(
        &mut self,
        stream: MessageStreamId,
        message: &ChunkedMessage,
        timestamp: Timestamp,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        if !self.streams.is_playing(stream) {
            return Err(ApiMisuse::UnknownStream);
        }
        self.send_chunk_size(message.chunk_size());
        // What has been said so far, the chunk size above all, goes before the media.
        self.flush_replies(now);
        if message.stream() == stream && message.timestamp() == timestamp {
            self.transmit.push_media(message.bytes().clone());
        } else {
            for piece in message.with_head(stream, timestamp) {
                self.transmit.push_media(piece);
            }
        }
        self.messages_out += 1;
        self.watch_stall(now);
        Ok(())
    }

    /// Tells a player that its stream's publisher has gone. The player stays.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn notify_unpublished(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        self.notify(
            stream,
            UserControl::StreamEof(stream),
            "NetStream.Play.UnpublishNotify",
            "The publisher has left.",
            now,
        )
    }

    /// Tells a player that its stream has a publisher again.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn notify_published(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        self.notify(
            stream,
            UserControl::StreamBegin(stream),
            "NetStream.Play.PublishNotify",
            "A publisher has come.",
            now,
        )
    }

    fn notify(
        &mut self,
        stream: MessageStreamId,
        event: UserControl,
        code: &'static str,
        description: &'static str,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        if !self.streams.is_playing(stream) {
            return Err(ApiMisuse::UnknownStream);
        }
        self.send_user_control(event);
        self.send_status(stream, &Status::new(code, description));
        self.flush_replies(now);
        Ok(())
    }

    pub(super) fn send_connect_success(&mut self) {
        self.send_window(self.config.window_ack_size);
        self.send_control(Control::SetPeerBandwidth {
            window: self.config.peer_bandwidth,
            limit: LimitType::Dynamic,
        });
        self.send_chunk_size(self.config.chunk_size);
        self.send_user_control(UserControl::StreamBegin(MessageStreamId::CONNECTION));
        let (properties, information) = connect::success(&self.connect, &self.config.capabilities);
        let result = Command::new("_result", self.connect.transaction_id)
            .with_object(properties)
            .with(information);
        self.send_command(&result);
    }

    pub(super) fn send_connect_error(&mut self, transaction_id: f64, status: &Status) {
        self.send_command(&Command::new("_error", transaction_id).with(status.to_object()));
    }

    pub(super) fn send_result(&mut self, transaction_id: f64, result: Value<'_>) {
        // Transaction 0 wants no answer (RTMP 1.0 §7.2.1.2); GStreamer takes one for an error.
        if transaction_id != 0.0 {
            self.send_command(&Command::new("_result", transaction_id).with(result));
        }
    }

    pub(super) fn send_publish_start(&mut self, stream: MessageStreamId, path: &str) {
        self.send_user_control(UserControl::StreamBegin(stream));
        self.send_status(
            stream,
            &Status::new("NetStream.Publish.Start", format!("{path} is now published.")),
        );
    }

    pub(super) fn send_play_start(
        &mut self,
        stream: MessageStreamId,
        path: &str,
        reset: bool,
        transition: bool,
    ) {
        self.send_user_control(UserControl::StreamBegin(stream));
        if transition {
            self.send_status(
                stream,
                &Status::new("NetStream.Play.Transition", format!("Changing over to {path}.")),
            );
        } else if reset {
            self.send_status(
                stream,
                &Status::new("NetStream.Play.Reset", format!("Playing and resetting {path}.")),
            );
        }
        let started = Status::new("NetStream.Play.Start", format!("Started playing {path}."));
        self.send_status_object(stream, started.to_object().with("details", path));
    }

    pub(super) fn send_status(&mut self, stream: MessageStreamId, status: &Status) {
        self.send_status_object(stream, status.to_object());
    }

    /// `onStatus`, always with transaction 0: some clients match it against their request's, all accept 0.
    fn send_status_object(&mut self, stream: MessageStreamId, information: Object<'_>) {
        let chunk_stream = ChunkStreamId::new(STATUS).unwrap_or(ChunkStreamId::COMMAND);
        self.send(
            &Command::new("onStatus", 0.0)
                .with(information)
                .to_message(chunk_stream, stream),
        );
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
        if chunk_size != self.chunk_size_sent {
            self.send_control(Control::SetChunkSize(chunk_size));
            self.chunk_size_sent = chunk_size;
        }
    }

    /// OBS can't read a reply in more than one chunk before it has been told the chunk size, so what does not fit
    /// into one sends the size first.
    fn send(&mut self, message: &Message) {
        if message.payload.len() > self.chunk_size_sent.as_len() {
            self.send_chunk_size(self.config.chunk_size);
        }
        if self.replies.capacity() == 0 {
            self.replies.reserve(USUAL_REPLIES);
        }
        chunk::encode(message, self.chunk_size_sent, &mut self.replies);
    }
}
