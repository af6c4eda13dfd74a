//! What a stream that publishes sends.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use rtmp_core::connection::Error;
#[cfg(doc)]
use rtmp_core::connection::client::ClientConnection;
use rtmp_core::connection::client::StreamHandle;
use rtmp_core::host::CallError;
use rtmp_core::media::MediaMessage;

use super::{Client, MediaSink};
use crate::runtime::Connect;

impl<R: Connect> Client<R> {
    /// Sends a message of a stream that publishes, once there is room for it: less than
    /// [`Limits::max_unsent_media`](rtmp_core::limits::Limits::max_unsent_media) waits to be sent. It waits as well while the
    /// client connects anew: a server that asks for that is left before a key frame, and the next one is told the headers in
    /// force before it is sent any ([`ClientConnection::send_media`]). A live publisher who would rather leave something out asks
    /// [`wants_media`](Self::wants_media) before.
    ///
    /// When the future is dropped before it is ready, the message has not been sent, nor any part of it.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the stream has been refused since, or the connection has ended.
    pub async fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        let mut message = Some(message);
        poll_fn(|cx| {
            if let Some(next) = message.as_ref() {
                self.call.reconnect_before(stream, next, R::now());
                ready!(self.poll_room(stream, cx))?;
            }
            if let Some(message) = message.take() {
                self.start_send(stream, message)?;
            }
            self.write(cx);
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Whether a message of a stream that publishes would be sent without waiting.
    pub fn wants_media(&mut self, stream: StreamHandle) -> bool {
        self.call.connection().wants_media(stream)
    }

    /// The stream as a sink of messages.
    pub const fn sink(&mut self, stream: StreamHandle) -> MediaSink<'_, R> {
        MediaSink::new(self, stream)
    }

    /// A server that has asked for it is left before a key frame: `true` if this message is the one.
    pub(super) fn leave_before(&mut self, stream: StreamHandle, message: &MediaMessage) -> bool {
        let was_wanted = self.wants_media(stream);
        self.call.reconnect_before(stream, message, R::now());
        was_wanted && !self.wants_media(stream) && self.call.connection().has_stream(stream)
    }

    /// Ready when a message of this stream may be sent.
    pub(super) fn poll_room(
        &mut self,
        stream: StreamHandle,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CallError>> {
        self.drive(cx);
        if self.wants_media(stream) {
            return Poll::Ready(Ok(()));
        }
        if self.call.connection().has_stream(stream) {
            return Poll::Pending;
        }
        Poll::Ready(Err(self.end_of(stream)))
    }

    pub(super) fn start_send(
        &mut self,
        stream: StreamHandle,
        message: MediaMessage,
    ) -> Result<(), CallError> {
        let sent = self.call.connection().send_media(stream, message, R::now());
        sent.map_err(|_| self.end_of(stream))
    }

    /// Why nothing more can be sent on a stream.
    fn end_of(&self, stream: StreamHandle) -> CallError {
        match self.inbox.refusal(stream) {
            Some(rejection) => Error::Rejected(Box::new(rejection.clone())).into(),
            None => self.end(),
        }
    }
}
