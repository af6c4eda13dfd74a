//! How streams end, and how the connection does.

use std::time::Instant;

use crate::connection::client::event::ClientEvent;
use crate::connection::client::rejection::{Rejection, RejectionCause};
use crate::connection::client::stream::{Goal, StreamHandle, StreamState};
use crate::connection::client::{ClientConnection, Phase};
use crate::connection::error::Error;
use crate::units::MessageStreamId;

impl ClientConnection {
    /// Ends a stream. Its handle names nothing from here on, and no event speaks of it any more. What has been published is
    /// sent before the end is.
    pub fn close(&mut self, stream: StreamHandle, now: Instant) {
        if !self.is_over() {
            self.withdraw(stream);
            self.await_answer(now);
            self.link.flush(&self.config.limits, now);
        }
    }

    /// Ends every stream and the connection, as if each had been [closed](Self::close). Nothing
    /// [follows](Self::next_attempt): who wants to go on elsewhere asks for the attempt before.
    pub fn disconnect(&mut self, now: Instant) {
        if self.is_over() {
            return;
        }
        let all: Vec<_> = self.streams.iter().map(|stream| stream.handle).collect();
        for stream in all {
            self.withdraw(stream);
        }
        // Who leaves does not come back elsewhere.
        self.reconnect = None;
        self.finish(Ok(()), now);
    }

    /// Ends the connection by an error that the host has found.
    pub fn abort(&mut self, error: Error, now: Instant) {
        if !self.is_over() {
            self.finish(Err(error), now);
        }
    }

    /// Ends what there is of a stream. If the server has yet to make it, its answer is waited for.
    pub(super) fn withdraw(&mut self, handle: StreamHandle) {
        if let Some(state) = self.streams.state_mut(handle)
            && let StreamState::Creating { transaction } | StreamState::Abandoned { transaction } = *state
        {
            *state = StreamState::Abandoned { transaction };
        } else {
            self.discard(handle);
        }
    }

    /// Forgets a stream, and tells the server as FFmpeg does: `FCUnpublish`, `deleteStream`.
    pub(super) fn discard(&mut self, handle: StreamHandle) {
        let Some(stream) = self.streams.remove(handle) else {
            return;
        };
        if let Some(id) = stream.state.id() {
            if let Goal::Publish { name, .. } = stream.goal {
                let unpublish = self.call("FCUnpublish").with(name);
                self.link.send_command(&unpublish);
            }
            self.delete_stream(id);
        }
    }

    pub(super) fn delete_stream(&mut self, id: MessageStreamId) {
        let delete = self.call("deleteStream").with(f64::from(id.get()));
        self.link.send_command(&delete);
    }

    /// The server lets us in no longer, or never did.
    pub(super) fn rejected(&self, mut rejection: Rejection) -> Error {
        if !matches!(rejection.cause, RejectionCause::Redirected(_)) {
            match self.authenticated(&rejection) {
                Some(Ok(_)) => rejection.cause = RejectionCause::AuthenticationRequired,
                Some(Err(error)) => rejection.cause = RejectionCause::Unauthenticated(error),
                None => {}
            }
        }
        Error::Rejected(Box::new(rejection))
    }

    /// Streams stay as they are: another attempt may go on with them.
    pub(super) fn finish(&mut self, result: Result<(), Error>, now: Instant) {
        for stream in self.streams.iter() {
            if !matches!(stream.state, StreamState::Abandoned { .. }) {
                let stream = stream.handle;
                self.events.push(ClientEvent::StreamClosed { stream });
            }
        }
        self.link.close();
        self.phase = Phase::Over(result);
        self.link.flush(&self.config.limits, now);
    }
}
