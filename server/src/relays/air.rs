//! A stream that is published here for a pull.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use rtmp_core::hub::StreamKey;
use rtmp_core::media::MediaMessage;
use rtmp_tokio::{Publisher, SendError};
use tokio::time::{Instant, sleep_until};

use super::Shared;
use super::loops::Via;
use super::presence::{Part, Who};
use crate::timeline::Timeline;

/// How long players of a stream whose source is lost are kept, for it to be found again.
pub(super) const HOLD: Duration = Duration::from_secs(10);

/// The same where the source says that the stream ends. A server that stops says so, too, and hangs up then: that is a loss.
const SHORT_HOLD: Duration = Duration::from_secs(1);

/// The stream as it is published here.
pub(super) struct Air {
    on_air: Option<OnAir>,
    timeline: Timeline,
    key: StreamKey,
    shared: Arc<Shared>,
}

struct OnAir {
    publisher: Publisher,
    /// When it is over, unless the source goes on before.
    until: Option<Instant>,
    is_lost: bool,
}

impl Air {
    /// It does not yet.
    pub(super) fn new(key: StreamKey, shared: Arc<Shared>) -> Self {
        Self {
            on_air: None,
            timeline: Timeline::new(),
            key,
            shared,
        }
    }

    pub(super) const fn is_on(&self) -> bool {
        self.on_air.is_some()
    }

    /// Publishes a message, and the stream with its first one.
    pub(super) fn give(&mut self, message: MediaMessage) -> Result<(), Taken> {
        let Some(message) = self.timeline.place(message, Instant::now().into_std()) else {
            return Ok(());
        };
        let on_air = match &mut self.on_air {
            Some(on_air) => on_air,
            None => {
                // With takeover on, the hub would not refuse.
                if self.shared.presence.counts(&self.key).is_published() {
                    return Err(Taken);
                }
                let handle = self.shared.handle().ok_or(Taken)?;
                let publisher = handle.publish(&self.key).map_err(|_| Taken)?;
                self.shared
                    .enter(&self.key, Part::Publishes, Who::Relay, Via::default());
                self.on_air.insert(OnAir {
                    publisher,
                    until: None,
                    is_lost: false,
                })
            }
        };
        (on_air.until, on_air.is_lost) = (None, false);
        match on_air.publisher.send(message) {
            Err(SendError::NoLongerPublishing(_)) => {
                self.leave();
                Err(Taken)
            }
            // What has come in a message fits into one.
            _ => Ok(()),
        }
    }

    /// What follows comes from another place in the stream, or another server.
    pub(super) fn restart(&mut self) {
        self.timeline.restart();
    }

    /// The source has ended the stream.
    pub(super) fn ended(&mut self) {
        self.timeline.restart();
        if let Some(on_air) = &mut self.on_air {
            on_air.until.get_or_insert_with(|| Instant::now() + SHORT_HOLD);
        }
    }

    /// One of several sources has ended the stream, and the others do not have it.
    pub(super) fn has_ended_everywhere(&mut self) {
        if let Some(on_air) = &mut self.on_air {
            let soon = Instant::now() + SHORT_HOLD;
            on_air.until = Some(on_air.until.map_or(soon, |until| until.min(soon)));
        }
    }

    /// The source is lost.
    pub(super) fn lost(&mut self) {
        self.timeline.restart();
        if let Some(on_air) = &mut self.on_air
            && !on_air.is_lost
        {
            on_air.is_lost = true;
            on_air.until = Some(Instant::now() + HOLD);
        }
    }

    /// Ready when players have been kept long enough.
    pub(super) async fn expire(&self) {
        sleep_until_some(self.on_air.as_ref().and_then(|on_air| on_air.until)).await;
    }

    /// The stream ends here.
    pub(super) fn leave(&mut self) {
        if self.on_air.take().is_some() {
            self.timeline.forget();
            self.shared.presence.leave(&self.key, Part::Publishes, Who::Relay);
        }
    }
}

impl Drop for Air {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Somebody else publishes the stream here.
pub(super) struct Taken;

/// Ready at this time, if there is one.
pub(super) async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
