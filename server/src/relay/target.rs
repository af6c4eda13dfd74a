//! The end that publishes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Instant;

use rtmp_core::connection::client::ClientEvent;
use rtmp_core::host::ClientSettings;
use rtmp_core::hub::StreamKey;
use rtmp_core::media::MediaMessage;
use rtmp_core::units::Timestamp;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Handle, Player, PlayerEvent};
use tokio::time::sleep;
use tracing::{info, warn};

use super::{Tries, shown};
use crate::client::{Access, Outlet, Start, is_frame, seconds};

pub(super) struct Target<'a> {
    url: &'a RtmpUrl,
    server: String,
    hub: Handle,
    key: StreamKey,
    tries: Tries,
    outlet: Option<Outlet>,
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
            outlet: None,
            sent: None,
        }
    }

    /// Publishes what comes, and again whenever that has ended.
    pub(super) async fn run(&mut self, access: &Access, settings: &ClientSettings) -> Infallible {
        loop {
            // Nothing is published before there is something new.
            let feed = Feed::begin(self.hub.play(&self.key), self.sent).await;
            let began = Instant::now();
            let reason = match Outlet::open(access, self.url, settings.clone()).await {
                Ok(outlet) => {
                    info!(server = self.server, missing = self.tries.found(), "publishing");
                    self.publish(outlet, feed).await
                }
                Err(error) => error.to_string(),
            };
            self.outlet = None;
            let again = self.tries.lost(began.elapsed());
            let (server, again_after) = (&self.server, seconds(again));
            warn!(%server, reason, again_after, "no target");
            sleep(again).await;
        }
    }

    /// Sends what comes until nothing more can be sent: why.
    async fn publish(&mut self, outlet: Outlet, mut feed: Feed) -> String {
        let outlet = self.outlet.insert(outlet);
        loop {
            while let Some(message) = feed.waiting.pop_front() {
                if let Err(reason) = outlet.send(&message).await {
                    return reason;
                }
                let timestamp = message.timestamp;
                let is_newest = self.sent.is_none_or(|sent| timestamp.since(sent) > 0);
                if is_frame(message.class()) && is_newest {
                    self.sent = Some(timestamp);
                }
            }
            tokio::select! {
                event = outlet.next() => match event {
                    Err(reason) => return reason,
                    Ok(ClientEvent::ReconnectRequested(_)) => {
                        info!(server = self.server, "the server asks to connect anew");
                    }
                    Ok(ClientEvent::Publishing { .. }) => {
                        info!(server = self.server, "publishing where the server has sent us");
                    }
                    Ok(_) => {}
                },
                skipped = feed.next() => {
                    if let Some(messages) = skipped {
                        warn!(server = self.server, messages, "too slow, skipped");
                    }
                }
            }
        }
    }

    pub(super) async fn close(&mut self) {
        if let Some(outlet) = &mut self.outlet {
            outlet.close().await;
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
