//! Servers that relays can't reach: told of once for all streams that it concerns.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often the same trouble is told of again.
pub(super) const TELL_EVERY: Duration = Duration::from_secs(60);

/// All that there are at the moment.
#[derive(Debug, Default)]
pub(super) struct Outages(Mutex<HashMap<Outage, Told>>);

/// What makes one the same as another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outage {
    /// "pull" or "push".
    pub(super) relay: &'static str,
    pub(super) server: String,
    pub(super) reason: String,
}

#[derive(Debug, Default)]
struct Told {
    streams: usize,
    at: Option<Instant>,
}

/// One stream that an outage concerns, until this is dropped.
#[derive(Debug)]
pub(super) struct Concerned {
    outage: Outage,
    outages: Arc<Outages>,
}

impl Outages {
    /// A stream is concerned by this one from now on.
    pub(super) fn concern(self: &Arc<Self>, outage: Outage) -> Concerned {
        let mut outages = self.lock();
        let told = outages.entry(outage.clone()).or_default();
        told.streams = told.streams.saturating_add(1);
        drop(outages);
        Concerned {
            outage,
            outages: Arc::clone(self),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Outage, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Concerned {
    pub(super) fn is_by(&self, outage: &Outage) -> bool {
        self.outage == *outage
    }

    /// How many streams it concerns, if that is to be told now: nobody has for a while.
    pub(super) fn tell(&self) -> Option<usize> {
        let mut outages = self.outages.lock();
        let told = outages.get_mut(&self.outage)?;
        if !is_due(told.at) {
            return None;
        }
        told.at = Some(Instant::now());
        Some(told.streams)
    }
}

impl Drop for Concerned {
    fn drop(&mut self) {
        let mut outages = self.outages.lock();
        if let Some(told) = outages.get_mut(&self.outage) {
            told.streams = told.streams.saturating_sub(1);
            if told.streams == 0 {
                outages.remove(&self.outage);
            }
        }
    }
}

/// Whether what was told then is to be told again.
pub(super) fn is_due(told: Option<Instant>) -> bool {
    told.is_none_or(|told| told.elapsed() >= TELL_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(server: &str) -> Outage {
        Outage {
            relay: "push",
            server: server.to_owned(),
            reason: "connection refused".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_many_streams_have_lost_is_told_of_once_a_minute() {
        let outages = Arc::new(Outages::default());
        let streams: Vec<_> = (0..500)
            .map(|_| outages.concern(outage("rtmp://a.example")))
            .collect();
        let tell = || streams.iter().filter_map(Concerned::tell).collect::<Vec<_>>();
        assert_eq!(tell(), [500]);
        tokio::time::advance(TELL_EVERY / 2).await;
        assert!(tell().is_empty());
        let other = outages.concern(outage("rtmp://b.example"));
        assert_eq!(other.tell(), Some(1), "another server is another matter");
        tokio::time::advance(TELL_EVERY / 2).await;
        assert_eq!(tell(), [500]);
        drop((streams, other));
        assert!(outages.lock().is_empty());
        assert_eq!(outages.concern(outage("rtmp://a.example")).tell(), Some(1));
    }
}
