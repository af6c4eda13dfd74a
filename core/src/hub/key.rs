//! Names: of streams, and of those who wait for them.

use std::{fmt, sync::Arc};

use smallvec::SmallVec;

/// What publisher and players of one stream agree on: the full path, "app/name".
///
/// The key is compared byte by byte. Whoever makes it has brought the clients' many spellings (query, trailing
/// slash, instance) to one form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(Arc<str>);

impl StreamKey {
    /// The key of the stream at this full path.
    pub fn new(path: impl Into<Arc<str>>) -> Self {
        Self(path.into())
    }

    /// The full path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StreamKey {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamKey({:?})", &*self.0)
    }
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a stream within its hub. One that has gone is never mistaken for its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StreamId {
    /// Its place in the registry.
    pub(super) index: usize,
    /// Which of those that have been in this place.
    pub(super) generation: u64,
}

/// The driver's own name for a connection: an index, a poll token. The hub only hands it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub usize);

/// The connections that a call to the hub has given something to do. The driver drains it when it has given
/// the hub back; a token may be in it twice, and to wake somebody for nothing is harmless.
pub type WakeList = SmallVec<[Token; 16]>;
