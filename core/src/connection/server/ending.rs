//! How streams end, and how the connection does.

use std::time::Instant;

use crate::connection::error::{ApiMisuse, Error};
use crate::connection::server::connect::ConnectCommand;
use crate::connection::server::event::ServerEvent;
use crate::connection::server::status::Status;
use crate::connection::server::stream::StreamState;
use crate::connection::server::{Phase, ServerConnection};
use crate::connection::timers::Timer;
use crate::message::{ReconnectRequest, UserControl};
use crate::units::MessageStreamId;

impl ServerConnection {
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

    /// Asks the client to connect anew, there or here; what it does goes on until it leaves. If it has not left after
    /// [`Limits::reconnect_timeout`](crate::limits::Limits::reconnect_timeout), counted from the first request, the
    /// connection is shut down.
    ///
    /// Whether the client has been asked: it can't be before it is connected, nor if it has not announced that it
    /// heeds such a request.
    #[must_use]
    pub fn request_reconnect(&mut self, request: &ReconnectRequest, now: Instant) -> bool {
        if !matches!(self.phase, Phase::Connected) || !self.connect.capabilities.can_reconnect() {
            return false;
        }
        self.send_command(&request.to_command());
        if !self.link.timers.is_set(Timer::Reconnect) {
            let timeout = self.config.limits.reconnect_timeout;
            self.link.timers.set(Timer::Reconnect, now, timeout);
        }
        self.flush_replies(now);
        true
    }

    /// Ends a stream whose name another publisher has taken over, and the connection unless another of its streams
    /// publishes or plays.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not publish.
    pub fn bump(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        if !self.streams.is_publishing(stream) {
            return Err(ApiMisuse::UnknownStream);
        }
        let status = Status::error(
            "NetStream.Publish.BadName",
            "Another publisher has taken over this name.",
        );
        self.send_status(stream, &status);
        self.close_stream(stream, now);
        self.finish_if_idle(Error::TakenOver, now);
        Ok(())
    }

    /// Ends a play that has come to its end; the peer is told.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn end_play(&mut self, stream: MessageStreamId, now: Instant) -> Result<(), ApiMisuse> {
        if !self.streams.is_playing(stream) {
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

    /// After a refusal or a takeover: the connection is over, unless there is something else on it.
    pub(super) fn finish_if_idle(&mut self, error: Error, now: Instant) {
        if self.streams.all_idle() {
            self.finish(Err(error), now);
        } else {
            self.flush_replies(now);
        }
    }

    pub(super) fn finish(&mut self, result: Result<(), Error>, now: Instant) {
        for id in self.streams.iter().map(|stream| stream.id).collect::<Vec<_>>() {
            self.close_stream(id, now);
        }
        self.held_bytes = 0;
        ConnectCommand::redact(&mut self.connect);
        self.link.close();
        self.phase = Phase::Over(result);
        self.flush_replies(now);
    }

    /// Ends what a message stream does and says so to the host.
    pub(super) fn close_stream(&mut self, id: MessageStreamId, now: Instant) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        match std::mem::replace(&mut stream.state, StreamState::Idle) {
            StreamState::Idle => return,
            StreamState::Requested(requested) => self.forget_held(&requested),
            StreamState::Publishing { .. } | StreamState::Playing => {}
        }
        self.events.push(ServerEvent::StreamClosed { stream: id });
        if self.streams.all_idle() {
            self.link
                .timers
                .set(Timer::Idle, now, self.config.limits.idle_timeout);
        }
    }
}
