//! A connection's place among those that are counted, shared by tasks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use rtmp_core::host::{Census, ConnectionLimits, Full, PeerAddr, Place};

/// A [`Census`] that tasks share.
#[derive(Debug)]
pub(crate) struct SharedCensus {
    census: Mutex<Census>,
    /// Who waits until nobody is left.
    emptied: AtomicWaker,
}

impl SharedCensus {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self {
            census: Mutex::new(Census::new(limits)),
            emptied: AtomicWaker::new(),
        }
    }

    /// Counts one more, unless a limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, address: PeerAddr) -> Result<CountedPlace, Full> {
        let place = self.lock().enter(address.ip())?;
        Ok(CountedPlace {
            census: Arc::clone(self),
            place: Some(place),
        })
    }

    pub(crate) fn set_limits(&self, limits: ConnectionLimits) {
        self.lock().set_limits(limits);
    }

    pub(crate) fn total(&self) -> usize {
        self.lock().total()
    }

    /// Ready when nobody is left. One task waits for that: the server's.
    pub(crate) fn poll_emptied(&self, cx: &Context<'_>) -> Poll<()> {
        self.emptied.register(cx.waker());
        match self.total() {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        }
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
    /// Whether it has neither published nor played.
    pub(crate) fn is_idle(&self) -> bool {
        self.place.as_ref().is_none_or(Place::is_idle)
    }

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
            let is_empty = census.total() == 0;
            drop(census);
            if is_empty {
                self.census.emptied.wake();
            }
        }
    }
}
