//! Streams that are asked for, and what is waited for then.

use std::future::poll_fn;
use std::task::Poll;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{PlayOptions, PublishMode, StreamHandle};
use rtmp_core::host::CallError;

use super::Client;
use super::inbox::Answer;
use crate::runtime::Connect;

impl<R: Connect> Client<R> {
    /// Publishes under a name, which is sent as it is, with its query: waits until the server takes what is
    /// [sent](Self::send).
    ///
    /// When the future is dropped, the request is withdrawn.
    ///
    /// # Errors
    ///
    /// [`CallError`], with the server's [rejection](Error::Rejected), or with what has ended the connection.
    pub async fn publish(
        &mut self,
        name: impl Into<String>,
        mode: PublishMode,
    ) -> Result<StreamHandle, CallError> {
        let stream = self.call.connection().publish(name, mode, R::now());
        self.granted(stream).await
    }

    /// Plays: waits until the server has said that it will send the stream, now or once it is published. Its media are
    /// [events](rtmp_core::connection::client::ClientEvent::Media).
    ///
    /// When the future is dropped, the request is withdrawn.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub async fn play(&mut self, options: PlayOptions) -> Result<StreamHandle, CallError> {
        let stream = self.call.connection().play(options, R::now());
        self.granted(stream).await
    }

    /// Waits for the answer to a request.
    async fn granted(&mut self, stream: StreamHandle) -> Result<StreamHandle, CallError> {
        let mut request = Request::new(self, stream);
        let answer = poll_fn(|cx| {
            let client = &mut *request.client;
            client.drive(cx);
            match client.inbox.take_answer() {
                Some(answer) => Poll::Ready(answer),
                None => client.poll_over().map(|_| Answer::Closed),
            }
        })
        .await;
        request.is_answered = true;
        match answer {
            Answer::Granted => Ok(stream),
            Answer::Refused(rejection) => Err(Error::Rejected(Box::new(rejection)).into()),
            Answer::Closed => Err(request.client.end()),
        }
    }
}

/// A request for a stream that is withdrawn unless it is answered.
struct Request<'a, R: Connect> {
    client: &'a mut Client<R>,
    stream: StreamHandle,
    is_answered: bool,
}

impl<'a, R: Connect> Request<'a, R> {
    fn new(client: &'a mut Client<R>, stream: StreamHandle) -> Self {
        client.inbox.ask(stream);
        Self {
            client,
            stream,
            is_answered: false,
        }
    }
}

impl<R: Connect> Drop for Request<'_, R> {
    fn drop(&mut self) {
        self.client.inbox.forget();
        if !self.is_answered {
            self.client.end_stream(self.stream);
        }
    }
}
