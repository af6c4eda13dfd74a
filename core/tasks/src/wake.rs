//! From the hub's tokens to the tasks behind them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use rtmp_core::hub::{Token, WakeList};

use crate::runtime::Runtime;

/// Holders of tokens that are woken at once. A runtime's tasks stand in line: were a thousand players woken together, their
/// publisher's next message would wait behind all of them, and then they behind each other again. As it is, those whose
/// turn is yet to come are sent it, too.
const PORTION: usize = 64;

/// Everybody who can be woken.
#[derive(Debug, Default)]
pub(crate) struct WakeRegistry {
    table: RwLock<Table>,
    round: Mutex<Round>,
    crier: AtomicWaker,
}

/// Those who are to be woken after others.
#[derive(Debug, Default)]
struct Round {
    tokens: VecDeque<Token>,
    /// A task wakes them.
    has_crier: bool,
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
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
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

    /// Wakes the holders of tokens. A token may be its second holder's by now, who is then woken for nothing.
    ///
    /// More than a portion of them wait for the [crier](Self::employ_crier), if there is one, and those who come then wait behind them.
    pub(crate) fn wake(&self, tokens: &mut WakeList) {
        if tokens.is_empty() {
            return;
        }
        let mut round = self.round();
        if round.has_crier && (tokens.len() > PORTION || !round.tokens.is_empty()) {
            round.tokens.extend(tokens.drain(..));
            drop(round);
            self.crier.wake();
        } else {
            drop(round);
            self.wake_now(tokens.drain(..));
        }
    }

    /// Has the holder of a token woken behind those who wait now; `false` if nobody does.
    pub(crate) fn stand_in_line(&self, token: Token) -> bool {
        let mut round = self.round();
        let is_crowded = !round.tokens.is_empty();
        if is_crowded {
            round.tokens.push_back(token);
        }
        is_crowded
    }

    /// Has a task wake those who wait, a portion of them whenever the tasks that stand in line, and the sockets, have had their
    /// turn. Without it, and once the runtime has dropped it, nobody waits.
    pub(crate) fn employ_crier<R: Runtime>(self: &Arc<Self>) {
        self.round().has_crier = true;
        let crier = Crier(Arc::clone(self));
        R::spawn(async move {
            let mut portion = Vec::with_capacity(PORTION);
            poll_fn(|cx| crier.cry::<R>(&mut portion, cx)).await;
        });
    }

    /// Wakes the next portion of those who wait: how many are left, `None` if there is no crier any more.
    fn wake_portion(&self, portion: &mut Vec<Token>) -> Option<usize> {
        let mut round = self.round();
        if !round.has_crier {
            return None;
        }
        let count = round.tokens.len().min(PORTION);
        portion.extend(round.tokens.drain(..count));
        let left = round.tokens.len();
        drop(round);
        self.wake_now(portion.drain(..));
        Some(left)
    }

    /// Nobody waits any more.
    pub(crate) fn dismiss_crier(&self) {
        let mut round = self.round();
        round.has_crier = false;
        let tokens = mem::take(&mut round.tokens);
        drop(round);
        self.wake_now(tokens);
        self.crier.wake();
    }

    /// Under one lock for all.
    fn wake_now(&self, tokens: impl IntoIterator<Item = Token>) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        for token in tokens {
            if let Some(Some(slot)) = table.slots.get(token.0) {
                slot.wake();
            }
        }
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.slots.iter().flatten().for_each(|slot| slot.wake());
    }
}

struct Crier(Arc<WakeRegistry>);

impl Crier {
    fn cry<R: Runtime>(&self, portion: &mut Vec<Token>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.crier.register(cx.waker());
        match self.0.wake_portion(portion) {
            None => return Poll::Ready(()),
            Some(0) => {}
            Some(_) => R::come_again(cx),
        }
        Poll::Pending
    }
}

impl Drop for Crier {
    fn drop(&mut self) {
        self.0.dismiss_crier();
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
        let mut table = self
            .registry
            .table
            .write()
            .unwrap_or_else(PoisonError::into_inner);
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
    fn a_crowd_is_woken_a_portion_at_a_time_and_whoever_comes_then_stands_behind_it() {
        let registry = Arc::new(WakeRegistry::default());
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let seats: Vec<_> = (0..=2 * PORTION).map(|_| registry.register()).collect();
        let tokens: Vec<_> = seats.iter().map(Seat::token).collect();
        let (one, crowd) = tokens.split_last().unwrap();
        let mut portion = Vec::new();
        let woken_since = || {
            // Whoever was woken looks, and is asleep again.
            seats.iter().filter(|seat| seat.take_wake(&cx)).count()
        };

        registry.wake(&mut list(crowd));
        assert_eq!(woken_since(), 2 * PORTION, "there is no crier");

        registry.round().has_crier = true;
        assert!(!registry.stand_in_line(*one), "there is no line");
        registry.wake(&mut list(crowd));
        assert!(registry.stand_in_line(*one));
        assert_eq!(woken_since(), 0);
        for (left, woken) in [(PORTION + 1, PORTION), (1, PORTION), (0, 1)] {
            assert_eq!(registry.wake_portion(&mut portion), Some(left));
            assert_eq!(woken_since(), woken);
        }
        registry.wake(&mut list(&[*one]));
        assert_eq!(woken_since(), 1, "nobody is before it");

        registry.wake(&mut list(crowd));
        drop(Crier(Arc::clone(&registry)));
        assert_eq!(woken_since(), 2 * PORTION, "the crier has gone");
        assert_eq!(registry.wake_portion(&mut portion), None);
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
