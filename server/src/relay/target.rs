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
            // Nothing is published before there is something.
            let mut player = self.hub.play(&self.key);
            let mut first = None;
            while first.is_none() {
                first = match player.next().await {
                    Some(PlayerEvent::Message(message)) => Some(message),
                    Some(_) => None,
                    // The hub is there as long as we are.
                    None => std::future::pending().await,
                };
            }
            let began = Instant::now();
            let reason = match self.connect(access, settings).await {
                // What it was too slow for while it waited, it skips.
                Ok(stream) => self.publish(stream, player, first).await,
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
    async fn publish(
        &mut self,
        stream: StreamHandle,
        mut player: Player,
        first: Option<MediaMessage>,
    ) -> String {
        let Some(client) = &mut self.client else {
            return CallError::Closed.to_string();
        };
        let mut start = Start::behind(self.sent);
        let mut waiting: VecDeque<_> = first
            .into_iter()
            .flat_map(|message| start.take(message))
            .collect();
        loop {
            while let Some(message) = waiting.pop_front() {
                let (is_frame, timestamp) = (is_frame(message.class()), message.timestamp);
                if let Err(error) = client.send(stream, message).await {
                    return error.to_string();
                }
                if is_frame && self.sent.is_none_or(|sent| timestamp.since(sent) > 0) {
                    self.sent = Some(timestamp);
                }
            }
            tokio::select! {
                event = client.next() => match event {
                    None => return CallError::Closed.to_string(),
                    Some(Err(error)) => return error.to_string(),
                    Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => return rejection.to_string(),
                    Some(Ok(ClientEvent::StreamClosed { .. })) if !client.connection().is_over() => {
                        return "the server has ended the stream".to_owned();
                    }
                    // On another connection, to which the server has sent us: all begins anew.
                    Some(Ok(ClientEvent::Publishing { .. })) => {
                        info!(server = self.server, "publishing where the server has sent us");
                        player = self.hub.play(&self.key);
                        start = Start::behind(self.sent);
                    }
                    Some(Ok(ClientEvent::ReconnectRequested(_))) => {
                        info!(server = self.server, "the server asks to connect anew");
                    }
                    Some(Ok(_)) => {}
                },
                event = player.next() => match event {
                    Some(PlayerEvent::Message(message)) => waiting = start.take(message),
                    Some(PlayerEvent::Skipped { messages }) => {
                        warn!(server = self.server, messages, "too slow, skipped");
                    }
                    Some(_) => {}
                    None => return "the relay stops".to_owned(),
                },
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
