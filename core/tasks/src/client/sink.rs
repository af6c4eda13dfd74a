//! A stream that publishes, as a sink.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;
use rtmp_core::connection::client::StreamHandle;
use rtmp_core::host::CallError;
use rtmp_core::media::MediaMessage;

use super::Client;
use crate::runtime::Connect;

/// A stream that publishes, as a sink of its messages: see [`Client::sink`].
///
/// Closing it ends the stream, and not the connection. Dropping it ends nothing.
///
/// Where the server asks to connect anew, it is left before a key frame, as by [`Client::send`]. A sink takes that one before it
/// can be sent, and keeps it until the new connection publishes: it is sent by whatever is asked of the sink next, and by its
/// flush at the latest. A sink that is dropped without that drops it.
#[derive(Debug)]
pub struct MediaSink<'a, R: Connect> {
    client: &'a mut Client<R>,
    stream: StreamHandle,
    /// The first message for the new connection.
    kept: Option<MediaMessage>,
}

impl<'a, R: Connect> MediaSink<'a, R> {
    pub(super) const fn new(client: &'a mut Client<R>, stream: StreamHandle) -> Self {
        Self {
            client,
            stream,
            kept: None,
        }
    }

    /// Sends what is kept.
    fn poll_kept(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        if self.kept.is_some() {
            ready!(self.client.poll_room(self.stream, cx))?;
        }
        Poll::Ready(match self.kept.take() {
            Some(message) => self.client.start_send(self.stream, message),
            None => Ok(()),
        })
    }
}

impl<R: Connect> Sink<MediaMessage> for MediaSink<'_, R> {
    type Error = CallError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        let this = self.get_mut();
        ready!(this.poll_kept(cx))?;
        this.client.poll_room(this.stream, cx)
    }

    fn start_send(self: Pin<&mut Self>, message: MediaMessage) -> Result<(), CallError> {
        let this = self.get_mut();
        if this.client.leave_before(this.stream, &message) {
            this.kept = Some(message);
            return Ok(());
        }
        this.client.start_send(this.stream, message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        let this = self.get_mut();
        ready!(this.poll_kept(cx))?;
        this.client.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        let this = self.get_mut();
        // Once its stream is ended, nothing can be kept for it.
        ready!(this.poll_kept(cx))?;
        this.client.end_stream(this.stream);
        this.client.poll_flush(cx)
    }
}
