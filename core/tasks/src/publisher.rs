//! A stream published by the host program.

use std::fmt;
use std::sync::Arc;

use rtmp_core::hub::{AlreadyPublishing, NoLongerPublishing, Publication, StreamKey};
use rtmp_core::media::MediaMessage;

use crate::shared::Shared;

/// The most bytes that a message's header can announce (RTMP 1.0 §5.3.1.2.1).
const MAX_MESSAGE: usize = 0xFF_FFFF;

/// Publishes one stream until it is dropped.
#[must_use = "the stream ends when its publisher is dropped"]
pub struct Publisher {
    shared: Arc<Shared>,
    key: StreamKey,
    /// `None` only while it is dropped.
    publication: Option<Publication>,
}

/// A message that was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Another publisher has taken the stream over. Nothing that follows will be published either.
    #[error(transparent)]
    NoLongerPublishing(#[from] NoLongerPublishing),
    /// A message has at most 16,777,215 bytes.
    #[error("a message of {0} bytes, {MAX_MESSAGE} are possible")]
    TooLong(usize),
}

impl Publisher {
    pub(crate) fn new(shared: Arc<Shared>, key: StreamKey) -> Result<Self, AlreadyPublishing> {
        let publication = shared.work(shared.hubs.lock(&key), |hub, wake| hub.publish(&key, None, wake))?;
        Ok(Self {
            shared,
            key,
            publication: Some(publication),
        })
    }

    /// The stream.
    pub const fn key(&self) -> &StreamKey {
        &self.key
    }

    /// Publishes a message. It never waits: who is too slow for it skips.
    ///
    /// Players are sent metadata and sequence headers when they join, so these are sent once, before the first frame.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub fn send(&mut self, message: MediaMessage) -> Result<(), SendError> {
        if message.payload.len() > MAX_MESSAGE {
            return Err(SendError::TooLong(message.payload.len()));
        }
        let publication = self.publication.as_mut().ok_or(NoLongerPublishing)?;
        let entry = publication.encode(message);
        let now = (self.shared.now)();
        let hub = self.shared.hubs.lock(&self.key);
        self.shared
            .work(hub, |hub, wake| hub.push(publication, entry, wake, now))?;
        Ok(())
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        if let Some(publication) = self.publication.take() {
            let hub = self.shared.hubs.lock(&self.key);
            self.shared
                .work(hub, |hub, wake| hub.unpublish(publication, wake));
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
