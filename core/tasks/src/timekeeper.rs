//! Who looks at the clock for players that are held: for messages that wait for company.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use atomic_waker::AtomicWaker;
use rtmp_core::hub::WakeList;

use crate::runtime::Runtime;
use crate::shared::Shared;

/// A server's clock for the deadlines of its hubs.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    watch: Mutex<Watch>,
    waker: AtomicWaker,
}

/// What the task looks at its clock for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Watch {
    /// There is no task.
    #[default]
    Off,
    /// Nobody is held.
    Idle,
    /// The first are released then. If they have gone, the task looks again for nothing.
    Until(Instant),
}

impl Timekeeper {
    /// Has a task release those who are held, from now on until [`dismiss`](Self::dismiss) or until the runtime drops it.
    pub(crate) fn employ<R: Runtime>(shared: &Arc<Shared>) {
        *shared.timekeeper.watch() = Watch::Idle;
        let mut task = Task::<R> {
            shared: Arc::clone(shared),
            timer: None,
        };
        R::spawn(poll_fn(move |cx| task.poll(cx)));
    }

    pub(crate) fn dismiss(&self) {
        *self.watch() = Watch::Off;
        self.waker.wake();
    }

    /// Somebody is held until this time. `false` if nobody looks at the clock.
    pub(crate) fn remember(&self, at: Instant) -> bool {
        let mut watch = self.watch();
        match *watch {
            Watch::Off => return false,
            Watch::Until(first) if first <= at => return true,
            Watch::Idle | Watch::Until(_) => *watch = Watch::Until(at),
        }
        drop(watch);
        self.waker.wake();
        true
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Task<R: Runtime> {
    shared: Arc<Shared>,
    timer: Option<R::Timer>,
}

impl<R: Runtime> Task<R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timekeeper = &self.shared.timekeeper;
        timekeeper.waker.register(cx.waker());
        loop {
            let mut watch = timekeeper.watch();
            if *watch == Watch::Off {
                return Poll::Ready(());
            }
            // Read under the lock: who holds somebody from now on finds what is watched for.
            let next = self.shared.hubs.poll_timeout();
            *watch = next.map_or(Watch::Idle, Watch::Until);
            drop(watch);
            let Some(at) = next else {
                return Poll::Pending;
            };
            let now = R::now();
            if at <= now {
                let mut wake = WakeList::new();
                self.shared.hubs.handle_timeout(&mut wake, now);
                self.shared.wakes.wake(&mut wake);
                continue;
            }
            let timer = match &mut self.timer {
                Some(timer) => {
                    R::reset(timer, at);
                    timer
                }
                none => none.insert(R::timer(at)),
            };
            if Pin::new(timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl<R: Runtime> Drop for Task<R> {
    fn drop(&mut self) {
        self.shared.timekeeper.dismiss();
        self.shared.release_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::task::Waker;
    use std::time::Duration;

    use super::*;
    use crate::still::Count;

    #[test]
    fn the_task_is_woken_for_an_earlier_time_and_for_none_later() {
        let (timekeeper, count) = (Timekeeper::default(), Arc::new(Count::default()));
        timekeeper.waker.register(&Waker::from(Arc::clone(&count)));
        let now = Instant::now();
        assert!(!timekeeper.remember(now), "there is no task");
        *timekeeper.watch() = Watch::Idle;
        for (seconds, woken) in [(10, 1), (10, 0), (20, 0), (5, 1)] {
            timekeeper.waker.register(&Waker::from(Arc::clone(&count)));
            assert!(timekeeper.remember(now + Duration::from_secs(seconds)));
            assert_eq!(count.0.swap(0, Ordering::Relaxed), woken, "{seconds}");
        }
        timekeeper.dismiss();
        assert!(!timekeeper.remember(now));
    }
}
