//! What a server's connection sends: control messages, commands and media, in the field's usual order.

use std::time::Instant;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::amf0::{Object, Value};
use crate::chunk::{ChunkedMessage, Message};
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
        self.link
            .send_media(message, stream, timestamp, &self.config.limits, now);
        Ok(())
    }

    /// As [`send_media`](Self::send_media), of a message whose chunks are at hand, or have been sent with another's.
    #[inline] // Each delivery comes through here.
    pub(crate) fn send_chunks(
        &mut self,
        stream: MessageStreamId,
        chunks: SmallVec<[Bytes; 2]>,
        chunk_size: ChunkSize,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        if !self.streams.is_playing(stream) {
            return Err(ApiMisuse::UnknownStream);
        }
        self.link
            .send_chunks(chunks, chunk_size, &self.config.limits, now);
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
        self.link.send_window(self.config.window_ack_size);
        self.link.send_control(Control::SetPeerBandwidth {
            window: self.config.peer_bandwidth,
            limit: LimitType::Dynamic,
        });
        self.link.send_chunk_size(self.config.chunk_size);
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

    pub(super) fn send_user_control(&mut self, event: UserControl) {
        self.link.send_user_control(event);
    }

    /// OBS can't read a reply in more than one chunk before it has been told the chunk size, so what does not fit
    /// into one sends the size first.
    fn send(&mut self, message: &Message) {
        if message.payload.len() > self.link.chunk_size.as_len() {
            self.link.send_chunk_size(self.config.chunk_size);
        }
        self.link.send(message);
    }
}
