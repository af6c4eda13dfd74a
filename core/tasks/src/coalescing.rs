//! Pauses of a runtime's thread under load.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::host::Coalescing;

thread_local! {
    static COALESCING: RefCell<Coalescing> = const { RefCell::new(Coalescing::new(Duration::ZERO)) };
}

/// Lets what connections send gather, under load, so that a thread that wakes up finds several to be read:
/// [`ServerSettings::read_latency`](rtmp_core::host::ServerSettings::read_latency).
///
/// For the only thread of a runtime, which calls it when it has nothing left to do, right before it waits for its sockets. It
/// returns at once, unless the thread has read much lately for servers of this crate; then it sleeps, and all other tasks of
/// the runtime with it. Of several threads the others could not do its work meanwhile: a scheduler that has one of its threads
/// look for work wakes no other.
pub fn coalesce_reads() {
    // By the system's clock, whatever the runtime's is: it limits the pause in any case.
    let pause = COALESCING.with_borrow_mut(|coalescing| coalescing.pause(Instant::now()));
    if let Some(pause) = pause {
        thread::sleep(pause);
    }
}

/// A connection has been accepted by this thread, or read while it did not publish or play.
pub(crate) fn note_request() {
    COALESCING.with_borrow_mut(Coalescing::note_request);
}

/// This thread has read a connection that publishes or plays. The latency is that of the server that was read last.
pub(crate) fn note_media(read_latency: &ReadLatency, now: Instant) {
    COALESCING.with_borrow_mut(|coalescing| {
        coalescing.set_read_latency(read_latency.get());
        coalescing.note_media(now);
    });
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

    fn get(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}
