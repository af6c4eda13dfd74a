//! Asking for memory before it is needed.
//!
//! A server has more connections than its processor's cache has room for, and comes to each of them for a moment: to wait for
//! what it has there takes longer than the work. Who knows whose turn is next asks for it while the system sends for another.

use std::slice;

/// Asks for the memory in which `value` begins, and does not wait for it. Does nothing but on x86 and 64-bit ARM.
pub fn prefetch<T>(value: &T) {
    prefetch_index::prefetch_index(slice::from_ref(value), 0);
}

/// Parts of a connection's memory, to be asked for in this order, one turn apart: where a part lies is written in the one before
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prefetch {
    /// The connection's own.
    Connection,
    /// What its message streams are bound to.
    Bindings,
    /// Where its players are.
    Players,
}
