//! From the hub's tokens to the tasks behind them.
//!
//! A runtime's tasks have their turns one after another: were a thousand players woken together, their publisher's next message
//! would wait behind all of them, and then they behind each other again. So a crowd stands in line, in the one line that there
//! is for all streams of a server, and a task of its own, the crier, wakes a portion of it in each of its turns. A few at a
//! time, whoever is still in line is sent the next message as well.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use rtmp_core::host::guarded;
use rtmp_core::hub::{Token, WakeList};

use crate::runtime::Runtime;

/// How many each thread's share of a portion is. tokio looks at its sockets, and goes on with who has
/// [come again](Runtime::come_again), after 61 tasks: no more than a portion comes meanwhile.
const PORTION: usize = 48;

/// Everybody who can be woken.
#[derive(Debug, Default)]
pub(crate) struct WakeRegistry {
    table: RwLock<Table>,
    line: Mutex<Line>,
    crier: AtomicWaker,
}

/// Those who are to be woken after others.
#[derive(Debug, Default)]
struct Line {
    tokens: VecDeque<Token>,
    /// How many are woken from one turn of the crier to the next. Where there is no crier, nobody waits.
    portion: Option<usize>,
    /// How many have been woken since the crier's last turn.
    woken: usize,
    /// The crier has a turn before it, and need not be woken.
    is_crier_coming: bool,
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
    /// Those who would make it more than a portion since the [crier](Self::employ_crier)'s last turn wait for its next one, and
    /// so does whoever comes after them.
    pub(crate) fn wake(&self, tokens: &mut WakeList) {
        if tokens.is_empty() {
            return;
        }
        let mut line = self.line();
        let woken = line.woken.saturating_add(tokens.len());
        if line.tokens.is_empty() && line.portion.is_none_or(|portion| woken <= portion) {
            line.woken = woken;
            drop(line);
            self.wake_now(tokens.drain(..));
            return;
        }
        line.tokens.extend(tokens.drain(..));
        let is_coming = mem::replace(&mut line.is_crier_coming, true);
        drop(line);
        // Woken once more, it would not wait for those of the last portion.
        if !is_coming {
            self.crier.wake();
        }
    }

    /// Has a task wake those who wait, a portion of them whenever those of the last one have had their turn. Without it, and
    /// once the runtime has dropped it, nobody waits.
    pub(crate) fn employ_crier<R: Runtime>(self: &Arc<Self>) {
        let mut crier = Crier::new(Arc::clone(self), PORTION.saturating_mul(R::threads().max(1)));
        R::spawn(poll_fn(move |cx| crier.cry::<R>(cx)));
    }

    /// Nobody waits any more.
    pub(crate) fn dismiss_crier(&self) {
        let line = mem::take(&mut *self.line());
        self.wake_now(line.tokens);
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

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.slots.iter().flatten().for_each(|slot| slot.wake());
    }
}

/// Who wakes those in line.
pub(crate) struct Crier {
    registry: Arc<WakeRegistry>,
    /// Those of the turn that it has.
    called: Vec<Token>,
}

impl Crier {
    /// Those in line wait for its turns from here on, until it is dropped.
    pub(crate) fn new(registry: Arc<WakeRegistry>, portion: usize) -> Self {
        let mut line = registry.line();
        line.portion = Some(portion);
        line.is_crier_coming = true;
        drop(line);
        Self {
            registry,
            called: Vec::new(),
        }
    }

    /// Takes a turn. It is followed by another one, until one finds nobody; ready once the crier is dismissed.
    pub(crate) fn cry<R: Runtime>(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.registry.crier.register(cx.waker());
        let mut line = self.registry.line();
        let Some(portion) = line.portion else {
            return Poll::Ready(());
        };
        let count = portion.min(line.tokens.len());
        self.called.extend(line.tokens.drain(..count));
        line.woken = count;
        line.is_crier_coming = count > 0;
        drop(line);
        self.registry.wake_now(self.called.drain(..));
        if count > 0 {
            R::come_again(cx);
        }
        Poll::Pending
    }
}

impl Drop for Crier {
    fn drop(&mut self) {
        self.registry.dismiss_crier();
    }
}

impl Slot {
    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            // The host may have wakers of its own. Where one panics, the others are woken nevertheless.
            let _ = guarded(|| self.waker.wake());
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

    /// Has the holder's task polled again, after others. Where some stand in line, it is woken behind them: `true`.
    pub(crate) fn come_again<R: Runtime>(&self, cx: &mut Context<'_>) -> bool {
        let mut line = self.registry.line();
        let is_in_line = !line.tokens.is_empty();
        if is_in_line {
            line.tokens.push_back(self.token);
        } else {
            drop(line);
            R::come_again(cx);
        }
        is_in_line
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
