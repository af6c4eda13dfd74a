//! The end that publishes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Instant;

use rtmp_core::connection::client::{ClientEvent, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::hub::StreamKey;
use rtmp_core::media::MediaMessage;
use rtmp_core::units::Timestamp;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, Handle, Player, PlayerEvent};
use tokio::time::sleep;
use tracing::{info, warn};

use super::{Tries, seconds, shown};
use crate::client::{Access, Error, Start, is_frame};

pub(super) struct Target<'a> {
    url: &'a RtmpUrl,
    server: String,
    hub: Handle,
    key: StreamKey,
    tries: Tries,
    client: Option<Client>,
    /// The latest frame that was sent to any of its connections.
    sent: Option<Timestamp>,
}

impl<'a> Target<'a> {
    pub(super) fn new(url: &'a RtmpUrl, hub: Handle, key: StreamKey) -> Self {
        Self {
            url,
            server: shown(url),
            hub,
            key,
            tries: Tries::new(),
            client: None,
            sent: None,
        }
    }

    /// Publishes what comes, and again whenever that has ended.
    pub(super) async fn run(&mut self, access: &Access, settings: &ClientSettings) -> Infallible {
        loop {
            // Nothing is published before there is something new.
            let feed = Feed::begin(self.hub.play(&self.key), self.sent).await;
            let began = Instant::now();
            let reason = match self.connect(access, settings).await {
                Ok(stream) => self.publish(stream, feed).await,
                Err(error) => error.to_string(),
            };
            self.client = None;
            let again = self.tries.lost(began.elapsed());
            let (server, again_after) = (&self.server, seconds(again));
            warn!(%server, reason, again_after, "no target");
            sleep(again).await;
        }
    }

    async fn connect(&mut self, access: &Access, settings: &ClientSettings) -> Result<StreamHandle, Error> {
        let mut client = access
            .connect(self.url, Role::Publisher, settings.clone())
            .await?;
        let published = client.publish(self.url.name(), PublishMode::Live);
        let stream = access.wait_for(published).await?;
        self.client = Some(client);
        info!(server = self.server, missing = self.tries.found(), "publishing");
        Ok(stream)
    }

    /// Sends what comes until nothing more can be sent: why.
    async fn publish(&mut self, stream: StreamHandle, mut feed: Feed) -> String {
        let Some(client) = &mut self.client else {
            return CallError::Closed.to_string();
        };
        loop {
            while let Some(message) = feed.waiting.pop_front() {
                let (is_frame, timestamp) = (is_frame(message.class()), message.timestamp);
                if let Err(error) = client.send(stream, message).await {
                    return error.to_string();
                }
                if is_frame && self.sent.is_none_or(|sent| timestamp.since(sent) > 0) {
                    self.sent = Some(timestamp);
                }
            }
            let event = tokio::select! {
                event = client.next() => event,
                skipped = feed.next() => {
                    if let Some(messages) = skipped {
                        warn!(server = self.server, messages, "too slow, skipped");
                    }
                    continue;
                }
            };
            match event {
                None => return CallError::Closed.to_string(),
                Some(Err(error)) => return error.to_string(),
                Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => return rejection.to_string(),
                Some(Ok(ClientEvent::StreamClosed { .. })) if !client.connection().is_over() => {
                    return "the server has ended the stream".to_owned();
                }
                // On another connection, to which the server has sent us: all begins anew.
                Some(Ok(ClientEvent::Publishing { .. })) => {
                    info!(server = self.server, "publishing where the server has sent us");
                    feed = Feed::new(self.hub.play(&self.key), self.sent);
                }
                Some(Ok(ClientEvent::ReconnectRequested(_))) => {
                    info!(server = self.server, "the server asks to connect anew");
                }
                Some(Ok(_)) => {}
            }
        }
    }

    pub(super) async fn close(&mut self) {
        if let Some(client) = &mut self.client {
            // It is the end, however it comes.
            let _ = client.close().await;
        }
    }
}

/// What a connection is to be sent: headers, a key frame, and what follows. What it is too slow for, it skips.
struct Feed {
    player: Player,
    start: Start,
    waiting: VecDeque<MediaMessage>,
}

impl Feed {
    /// `sent`: what others have been sent before it. Times go on rising from there.
    fn new(player: Player, sent: Option<Timestamp>) -> Self {
        Self {
            player,
            start: Start::behind(sent),
            waiting: VecDeque::new(),
        }
    }

    /// The same, once there is something to send.
    async fn begin(player: Player, sent: Option<Timestamp>) -> Self {
        let mut feed = Self::new(player, sent);
        while feed.waiting.is_empty() {
            feed.next().await;
        }
        feed
    }

    /// Waits for what is next: it is then among what waits, unless it is of no use. How many messages were skipped, if any
    /// were. Nothing is lost when the future is dropped.
    async fn next(&mut self) -> Option<u64> {
        match self.player.next().await {
            Some(PlayerEvent::Message(message)) => {
                self.waiting.extend(self.start.take(message));
                None
            }
            Some(PlayerEvent::Skipped { messages }) => Some(messages),
            Some(_) => None,
            // The hub is there as long as its relay.
            None => std::future::pending().await,
        }
    }
}
