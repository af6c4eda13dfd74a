//! The end that plays.

use std::convert::Infallible;
use std::time::Instant;

use rtmp_core::connection::client::{ClientEvent, PlayOptions, Role};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, Publisher};
use tokio::time::sleep;
use tracing::{info, warn};

use super::{Tries, shown};
use crate::client::{Access, Error, seconds};
use crate::relays::Timeline;

pub(super) struct Source<'a> {
    url: &'a RtmpUrl,
    server: String,
    publisher: Publisher,
    timeline: Timeline,
    tries: Tries,
    client: Option<Client>,
    messages: u64,
}

impl<'a> Source<'a> {
    pub(super) fn new(url: &'a RtmpUrl, publisher: Publisher) -> Self {
        Self {
            url,
            server: shown(url),
            publisher,
            timeline: Timeline::new(),
            tries: Tries::new(),
            client: None,
            messages: 0,
        }
    }

    /// Plays, and plays again whenever that has ended.
    pub(super) async fn run(&mut self, access: &Access, settings: &ClientSettings) -> Infallible {
        loop {
            let began = Instant::now();
            let reason = match self.connect(access, settings).await {
                Ok(()) => self.play().await,
                Err(error) => error.to_string(),
            };
            self.client = None;
            self.timeline.restart();
            let lasted = began.elapsed();
            let again = self.tries.lost(lasted);
            let (server, again_after) = (&self.server, seconds(again));
            warn!(%server, reason, again_after, "no source");
            sleep(again).await;
        }
    }

    async fn connect(&mut self, access: &Access, settings: &ClientSettings) -> Result<(), Error> {
        let mut client = access.connect(self.url, Role::Player, settings.clone()).await?;
        // There are servers that do not answer before the stream is published, and others that hang up then.
        client.play(PlayOptions::new(self.url.name())).await?;
        self.client = Some(client);
        info!(server = self.server, missing = self.tries.found(), "playing");
        Ok(())
    }

    /// Hands on what comes, until nothing more does: why.
    async fn play(&mut self) -> String {
        let Some(client) = &mut self.client else {
            return CallError::Closed.to_string();
        };
        loop {
            let event = match client.next().await {
                None => return CallError::Closed.to_string(),
                Some(Err(error)) => return error.to_string(),
                Some(Ok(event)) => event,
            };
            match event {
                ClientEvent::Media { message, .. } => {
                    let Some(message) = self.timeline.place(message, Instant::now()) else {
                        continue;
                    };
                    if let Err(error) = self.publisher.send(message) {
                        return error.to_string();
                    }
                    self.messages += 1;
                    if self.messages == 1 {
                        info!(server = self.server, "the stream comes");
                    }
                }
                ClientEvent::Ended { .. } => {
                    self.timeline.restart();
                    info!(server = self.server, "the stream has ended, it may go on");
                }
                ClientEvent::Started { .. } => info!(server = self.server, "the stream goes on"),
                // Of another connection, to which the server has sent us.
                ClientEvent::Playing { .. } => self.timeline.restart(),
                ClientEvent::ReconnectRequested(_) => {
                    info!(server = self.server, "the server asks to connect anew");
                }
                ClientEvent::StreamRefused { rejection, .. } => return rejection.to_string(),
                _ => {}
            }
        }
    }

    /// How many have been handed on.
    pub(super) const fn messages(&self) -> u64 {
        self.messages
    }

    pub(super) async fn close(&mut self) {
        if let Some(client) = &mut self.client {
            // It is the end, however it comes.
            let _ = client.close().await;
        }
    }
}
