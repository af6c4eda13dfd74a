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
/// It is ready before it knows what for: a server that asks to connect anew is not left before a key frame, as by
/// [`Client::send`], but some seconds later, and what is sent from then on to the next key frame is left out.
#[derive(Debug)]
pub struct MediaSink<'a, R: Connect> {
    pub(super) client: &'a mut Client<R>,
    pub(super) stream: StreamHandle,
}

impl<R: Connect> Sink<MediaMessage> for MediaSink<'_, R> {
    type Error = CallError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        let Self { client, stream } = self.get_mut();
        client.poll_room(*stream, cx)
    }

    fn start_send(self: Pin<&mut Self>, message: MediaMessage) -> Result<(), CallError> {
        let Self { client, stream } = self.get_mut();
        client.start_send(*stream, message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.get_mut().client.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        let Self { client, stream } = self.get_mut();
        client.end_stream(*stream);
        ready!(client.poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }
}
