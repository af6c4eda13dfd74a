//! A stream that is published, wherever its server sends us.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use rtmp_core::connection::client::{ClientEvent, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::media::{Class, MediaMessage};
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Client;

use super::{Access, Error, Headers};

/// A client that publishes one stream.
///
/// A server may ask it to go to another one. It does so before a key frame, and what is sent there begins with headers.
pub(crate) struct Outlet {
    client: Client,
    stream: StreamHandle,
    headers: Headers,
    /// Headers that are to be sent once more.
    repeated: VecDeque<MediaMessage>,
    /// What has happened while a message was being sent.
    heard: VecDeque<ClientEvent>,
}

impl Outlet {
    /// Connects, and waits until the server takes the stream.
    pub(crate) async fn open(
        access: &Access,
        url: &RtmpUrl,
        settings: ClientSettings,
    ) -> Result<Self, Error> {
        let mut client = access.connect(url, Role::Publisher, settings).await?;
        let published = client.publish(url.name(), PublishMode::Live);
        let stream = access.wait_for(published).await?;
        Ok(Self {
            client,
            stream,
            headers: Headers::default(),
            repeated: VecDeque::new(),
            heard: VecDeque::new(),
        })
    }

    /// Waits for what happens next. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    ///
    /// Why the stream has ended.
    pub(crate) async fn next(&mut self) -> Result<ClientEvent, String> {
        match self.heard.pop_front() {
            Some(event) => Ok(event),
            None => self.hear().await,
        }
    }

    async fn hear(&mut self) -> Result<ClientEvent, String> {
        let event = match self.client.next().await {
            None => return Err(CallError::Closed.to_string()),
            Some(Err(error)) => return Err(error.to_string()),
            Some(Ok(event)) => event,
        };
        match event {
            ClientEvent::StreamRefused { rejection, .. } => return Err(rejection.to_string()),
            // If it ends with its connection, that will say why.
            ClientEvent::StreamClosed { .. } if !self.client.connection().is_over() => {
                return Err("the server has ended the stream".to_owned());
            }
            ClientEvent::Publishing { .. } => self.repeated = self.headers.iter().cloned().collect(),
            _ => {}
        }
        Ok(event)
    }

    /// Sends a message, once there is room for it. It has not been sent when the future is dropped before it is ready.
    ///
    /// # Errors
    ///
    /// Why nothing more can be sent.
    pub(crate) async fn send(&mut self, message: &MediaMessage) -> Result<(), String> {
        if message.class() == Class::Keyframe && self.client.call().wants_to_reconnect() {
            // It takes a key frame to leave; from a server that we must not be sent away from, the frame is sent here.
            let sent = begin(self.client.send(self.stream, message.clone())).await;
            if let Some(sent) = sent {
                return sent.map_err(|error| error.to_string());
            }
        }
        // On the way to another server.
        while !self.client.connection().is_publishing() {
            let event = self.hear().await?;
            self.heard.push_back(event);
        }
        while let Some(header) = self.repeated.front() {
            let header = header.clone();
            self.hand_on(header).await?;
            self.repeated.pop_front();
        }
        self.hand_on(message.clone()).await?;
        self.headers.note(message);
        Ok(())
    }

    async fn hand_on(&mut self, message: MediaMessage) -> Result<(), String> {
        let sent = self.client.send(self.stream, message).await;
        sent.map_err(|error| error.to_string())
    }

    /// What has been sent of headers, and is in force.
    pub(crate) const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Asks for the round trip: [`ClientEvent::Pong`] will tell.
    pub(crate) fn ping(&mut self) {
        self.client.connection().ping(Instant::now());
    }

    /// Says farewell. How it ends is of no interest any more.
    pub(crate) async fn close(&mut self) {
        let _ = self.client.close().await;
    }
}

/// Begins something, and leaves it at that if it is not done at once.
async fn begin<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
