//! A publisher within the server's process, for players to have something to play: it publishes what was recorded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rtmp_core::hub::{Hub, Publication, StreamKey, WakeList};
use rtmp_core::media::MediaMessage;

use crate::recording;

/// The capture whose media it publishes.
const RECORDED: &str = "pub_ff5_h264_aac_nginx.pcap";

/// How long it has been there when the player comes: as with the recorded players.
const HEAD_START: Duration = Duration::from_secs(2);

/// How many messages make a stream that can be played: metadata, sequence headers, a key frame and some more.
const A_FEW: usize = 12;

/// Publishes recorded messages at the times of their timestamps, and leaves.
#[derive(Debug)]
pub(crate) struct Source {
    messages: Arc<[MediaMessage]>,
    sent: usize,
    start: Duration,
    /// It does not leave when it has said everything.
    stays: bool,
    publication: Option<Publication>,
}

impl Source {
    pub(crate) fn recorded() -> Self {
        let sessions = recording::read(&recording::folder().join(RECORDED));
        Self {
            messages: recording::published(&sessions[0]).into(),
            sent: 0,
            start: Duration::ZERO,
            stays: false,
            publication: None,
        }
    }

    /// One that has little to say, for runs that are many.
    pub(crate) fn brief(&self) -> Self {
        Self {
            messages: self.messages[..A_FEW].into(),
            stays: true,
            ..self.clone()
        }
    }

    /// Takes the stream, and publishes at once what it has been publishing for a while.
    pub(crate) fn start(&mut self, hub: &mut Hub, key: &StreamKey, now: Duration, wake: &mut WakeList) {
        self.start = now.saturating_sub(HEAD_START);
        self.publication = Some(hub.publish(key, None, wake).unwrap());
        self.advance(hub, now, wake);
    }

    /// When it has the next thing to do.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.publication.as_ref()?;
        let next = match self.messages.get(self.sent) {
            None if self.stays => return None,
            next => next.or_else(|| self.messages.last())?,
        };
        Some(self.start + Duration::from_millis(next.timestamp.as_millis().into()))
    }

    pub(crate) fn advance(&mut self, hub: &mut Hub, now: Duration, wake: &mut WakeList) {
        while self.next().is_some_and(|next| next <= now)
            && let Some(mut publication) = self.publication.take()
        {
            let Some(message) = self.messages.get(self.sent) else {
                return hub.unpublish(publication, wake);
            };
            self.sent += 1;
            let entry = publication.encode(message.clone());
            hub.push(&publication, entry, wake, Instant::now()).unwrap();
            self.publication = Some(publication);
        }
    }
}

impl Clone for Source {
    /// Another one that has not begun.
    fn clone(&self) -> Self {
        Self {
            messages: Arc::clone(&self.messages),
            sent: 0,
            start: Duration::ZERO,
            stays: self.stays,
            publication: None,
        }
    }
}
