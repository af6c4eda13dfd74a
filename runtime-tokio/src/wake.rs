//! From the hub's tokens to the tasks behind them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Context;

use atomic_waker::AtomicWaker;
use rtmp_core::hub::Token;

/// Tokens are dealt out over this many tables, so that those who come and go seldom wait for each other.
const TABLES: usize = 16;

/// Everybody who can be woken.
#[derive(Debug, Default)]
pub(crate) struct WakeRegistry {
    tables: [RwLock<Table>; TABLES],
    next: std::sync::atomic::AtomicUsize,
}

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
        let number = self.next.fetch_add(1, Ordering::Relaxed) % TABLES;
        let mut table = self.tables[number]
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let index = table.free.pop().unwrap_or(table.slots.len());
        if index == table.slots.len() {
            table.slots.push(None);
        }
        table.slots[index] = Some(Arc::clone(&slot));
        drop(table);
        Seat {
            registry: Arc::clone(self),
            token: Token(index * TABLES + number),
            slot,
        }
    }

    /// Wakes the token's holder. A token may be its second holder's by now, who is then woken for nothing.
    pub(crate) fn wake(&self, token: Token) {
        let table = self.tables[token.0 % TABLES]
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(slot)) = table.slots.get(token.0 / TABLES) {
            slot.wake();
        }
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        for table in &self.tables {
            let table = table.read().unwrap_or_else(PoisonError::into_inner);
            table.slots.iter().flatten().for_each(|slot| slot.wake());
        }
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
        self.slot.woken.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.registry.tables[self.token.0 % TABLES]
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let index = self.token.0 / TABLES;
        table.slots[index] = None;
        table.free.push(index);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::{Wake, Waker};

    use super::*;

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

        registry.wake(a.token());
        assert!(a.take_wake(&cx));
        assert!(!a.take_wake(&cx));
        assert!(!b.take_wake(&cx));

        registry.wake(a.token());
        registry.wake(a.token());
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        registry.wake_all();
        assert!(a.take_wake(&cx) && b.take_wake(&cx));
    }

    #[test]
    fn a_token_given_up_is_used_again_and_waking_a_stranger_is_harmless() {
        let registry = Arc::new(WakeRegistry::default());
        let seats: Vec<_> = (0..TABLES).map(|_| registry.register()).collect();
        let token = seats[0].token();
        drop(seats);
        registry.wake(token);
        registry.wake(Token(usize::MAX));
        assert_eq!(registry.register().token(), token);
    }
}
