//! A configuration together with the bytes it was read from.

use std::ops::Deref;

use bytes::Bytes;

/// What a configuration record says, and the record itself, bit for bit.
///
/// Records in the wild have bytes that their meaning does not call for: reserved bits, a tail, a box header.
/// Whoever passes a stream on sends the record as it came; what it says is read through [`Deref`]. The two cannot
/// come apart, since there is no way to change one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<T> {
    /// Apart, because configurations are rare, and what may hold one should not be as large as the largest of them.
    value: Box<T>,
    bytes: Bytes,
}

impl<T> Record<T> {
    /// `bytes` is what `value` was read from, or what it has just been written to.
    pub(super) fn new(value: T, bytes: &Bytes) -> Self {
        Self {
            value: Box::new(value),
            bytes: bytes.clone(),
        }
    }

    /// The record's bytes, as they came or as they were written.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the record says, without its bytes.
    pub fn into_value(self) -> T {
        *self.value
    }
}

impl<T> Deref for Record<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
