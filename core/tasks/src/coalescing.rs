//! Pauses of a runtime's threads under load.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::host::Coalescing;

thread_local! {
    static COALESCING: Cell<Coalescing> = const { Cell::new(Coalescing::new(Duration::ZERO)) };
}

/// Lets what connections send gather, under load, so that the thread finds several to be read:
/// [`ServerSettings::read_latency`](rtmp_core::host::ServerSettings::read_latency). A runtime's thread calls it when it has nothing
/// left to do, right before it waits for its sockets; it sleeps for the rest of that time, if it has read much lately for servers
/// of this crate, and returns at once otherwise.
pub fn coalesce_reads() {
    if let Some(until) = with(Coalescing::pause_until) {
        let pause = until.saturating_duration_since(Instant::now());
        if !pause.is_zero() {
            thread::sleep(pause);
        }
    }
}

/// This thread has read something of a connection, which publishes or plays, or does not.
pub(crate) fn note_read(is_granted: bool, read_latency: Duration, now: Instant) {
    with(|coalescing| {
        coalescing.set_read_latency(read_latency);
        if is_granted {
            coalescing.published(now);
        } else {
            coalescing.asked();
        }
    });
}

fn with<R>(work: impl FnOnce(&mut Coalescing) -> R) -> R {
    let mut coalescing = COALESCING.get();
    let result = work(&mut coalescing);
    COALESCING.set(coalescing);
    result
}

/// A server's read latency, which may change.
#[derive(Debug)]
pub(crate) struct ReadLatency {
    nanos: AtomicU64,
}

impl ReadLatency {
    pub(crate) fn new(latency: Duration) -> Self {
        let this = Self {
            nanos: AtomicU64::new(0),
        };
        this.set(latency);
        this
    }

    pub(crate) fn set(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.store(nanos, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}
