//! A runtime without time or threads, for tests: they poll what there is.

use std::cell::Cell;
use std::future::{Future, Pending, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};
use std::time::Instant;

use crate::runtime::Runtime;

thread_local! {
    static TURNS_GIVEN: Cell<u32> = const { Cell::new(0) };
}

pub(crate) enum Still {}

impl Still {
    /// How often tasks of this thread have given others their turn since the last call.
    pub(crate) fn take_turns_given() -> u32 {
        TURNS_GIVEN.take()
    }
}

impl Runtime for Still {
    type Timer = Pending<()>;

    fn threads() -> usize {
        1
    }

    fn spawn(_: impl Future<Output = ()> + Send + 'static) {}

    fn come_again(_: &mut Context<'_>) {
        TURNS_GIVEN.set(TURNS_GIVEN.get() + 1);
    }

    fn now() -> Instant {
        Instant::now()
    }

    fn timer(_: Instant) -> Pending<()> {
        pending()
    }

    fn reset(_: &mut Pending<()>, _: Instant) {}
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Count(pub(crate) AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
