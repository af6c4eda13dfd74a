//! A connection's place among those that are counted, shared by tasks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtmp_core::host::{Census, ConnectionLimits, Full, PeerAddr, Place};
use tokio::sync::watch;

/// A [`Census`] that tasks share.
#[derive(Debug)]
pub(crate) struct SharedCensus {
    census: Mutex<Census>,
    total: watch::Sender<usize>,
}

impl SharedCensus {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self {
            census: Mutex::new(Census::new(limits)),
            total: watch::Sender::new(0),
        }
    }

    /// Counts one more, unless a limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, address: PeerAddr) -> Result<CountedPlace, Full> {
        let mut census = self.lock();
        let place = census.enter(address.ip())?;
        self.total.send_replace(census.total());
        drop(census);
        Ok(CountedPlace {
            census: Arc::clone(self),
            place: Some(place),
        })
    }

    pub(crate) fn total(&self) -> usize {
        *self.total.borrow()
    }

    /// Returns when nobody is left.
    pub(crate) async fn emptied(&self) {
        // It fails when the sender is gone, and we hold it.
        let _ = self.total.subscribe().wait_for(|&total| total == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, Census> {
        self.census.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One counted connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct CountedPlace {
    census: Arc<SharedCensus>,
    /// `None` only while it is dropped.
    place: Option<Place>,
}

impl CountedPlace {
    /// The connection publishes or plays.
    pub(crate) fn grant(&mut self) {
        if let Some(place) = &mut self.place {
            self.census.lock().grant(place);
        }
    }
}

impl Drop for CountedPlace {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let mut census = self.census.lock();
            census.leave(place);
            self.census.total.send_replace(census.total());
        }
    }
}
