//! From the hub's tokens to the tasks behind them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Context;

use atomic_waker::AtomicWaker;
use rtmp_core::hub::{Token, WakeList};

/// Everybody who can be woken.
#[derive(Debug, Default)]
pub(crate) struct WakeRegistry(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    slots: Vec<Option<Arc<Slot>>>,
    free: Vec<usize>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Set by who wakes, cleared by who is woken.
    woken: AtomicBool,
    waker: AtomicWaker,
}

impl WakeRegistry {
    /// A new token, its holder's until the seat is dropped.
    pub(crate) fn register(self: &Arc<Self>) -> Seat {
        let slot = Arc::new(Slot::default());
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let index = table.free.pop().unwrap_or(table.slots.len());
        if index == table.slots.len() {
            table.slots.push(None);
        }
        table.slots[index] = Some(Arc::clone(&slot));
        drop(table);
        Seat {
            registry: Arc::clone(self),
            token: Token(index),
            slot,
        }
    }

    /// Wakes the holders of tokens, under one lock for all. A token may be its second holder's by now, who is then woken
    /// for nothing.
    pub(crate) fn wake(&self, tokens: &mut WakeList) {
        if tokens.is_empty() {
            return;
        }
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for token in tokens.drain(..) {
            if let Some(Some(slot)) = table.slots.get(token.0) {
                slot.wake();
            }
        }
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.slots.iter().flatten().for_each(|slot| slot.wake());
    }
}

impl Slot {
    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }
}

/// A token and what wakes its holder.
#[derive(Debug)]
pub(crate) struct Seat {
    registry: Arc<WakeRegistry>,
    token: Token,
    slot: Arc<Slot>,
}

impl Seat {
    pub(crate) const fn token(&self) -> Token {
        self.token
    }

    /// Whether the holder has been woken since the last call. Its task is woken for what comes from now on.
    pub(crate) fn take_wake(&self, cx: &Context<'_>) -> bool {
        self.slot.waker.register(cx.waker());
        // Most are polled because they were woken; the rest are spared the write.
        self.slot.woken.load(Ordering::Acquire) && self.slot.woken.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.registry.0.write().unwrap_or_else(PoisonError::into_inner);
        table.slots[self.token.0] = None;
        table.free.push(self.token.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::{Wake, Waker};

    use super::*;

    fn list(tokens: &[Token]) -> WakeList {
        tokens.iter().copied().collect()
    }

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_wake_before_the_task_looks_is_not_lost_and_many_count_once() {
        let registry = Arc::new(WakeRegistry::default());
        let (a, b) = (registry.register(), registry.register());
        assert_ne!(a.token(), b.token());
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);

        registry.wake(&mut list(&[a.token()]));
        assert!(a.take_wake(&cx));
        assert!(!a.take_wake(&cx));
        assert!(!b.take_wake(&cx));

        registry.wake(&mut list(&[a.token(), a.token()]));
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        registry.wake_all();
        assert!(a.take_wake(&cx) && b.take_wake(&cx));
    }

    #[test]
    fn a_token_given_up_is_used_again_and_waking_a_stranger_is_harmless() {
        let registry = Arc::new(WakeRegistry::default());
        let seats = [registry.register(), registry.register()];
        let token = seats[1].token();
        drop(seats);
        registry.wake(&mut list(&[token, Token(usize::MAX)]));
        assert_eq!(registry.register().token(), token);
    }
}
