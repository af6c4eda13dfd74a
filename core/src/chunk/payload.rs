//! The payload of a message that has come, and the room before it.

#![deny(clippy::arithmetic_side_effects)]

use std::ops::Deref;

use bytes::{Buf, Bytes};

use crate::chunk::header::{HeaderBytes, MAX_HEADER_LEN};

/// A payload as it was put together, or one that others have as well.
///
/// A relay sends on what has come, behind a header of its own. In front of a payload that nobody else has, there is room
/// for one: it is sent from where it lies.
#[derive(Debug)]
pub(crate) enum Payload {
    Roomy(RoomyPayload),
    Shared(Bytes),
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Roomy(payload) => payload.as_slice(),
            Self::Shared(payload) => payload,
        }
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Bytes> for Payload {
    fn from(payload: Bytes) -> Self {
        Self::Shared(payload)
    }
}

impl From<Payload> for Bytes {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Roomy(payload) => payload.behind(&HeaderBytes::default()),
            Payload::Shared(payload) => payload,
        }
    }
}

/// A payload, or what has come of it, behind room for a chunk header of any kind.
#[derive(Debug, Default)]
pub(crate) struct RoomyPayload(Vec<u8>);

impl RoomyPayload {
    /// An empty one, with space for so many bytes.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let mut buffer = Vec::with_capacity(MAX_HEADER_LEN.saturating_add(capacity));
        buffer.resize(MAX_HEADER_LEN, 0);
        Self(buffer)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.0.get(MAX_HEADER_LEN..).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len().saturating_sub(MAX_HEADER_LEN)
    }

    #[cfg(test)]
    pub(super) const fn capacity(&self) -> usize {
        self.0.capacity().saturating_sub(MAX_HEADER_LEN)
    }

    /// Appends bytes of a payload that `missing` bytes are still to come of, these included. At most as much space is set
    /// aside as has come.
    pub(super) fn append(&mut self, bytes: &[u8], missing: usize) {
        if self.0.capacity().saturating_sub(self.0.len()) < bytes.len() {
            self.0.reserve_exact(self.len().max(bytes.len()).min(missing));
        }
        self.0.extend_from_slice(bytes);
    }

    /// Header and payload in one piece; the payload stays where it is.
    pub(super) fn behind(mut self, header: &HeaderBytes) -> Bytes {
        // One that nothing has been appended to may have none.
        self.0.resize(self.0.len().max(MAX_HEADER_LEN), 0);
        let start = MAX_HEADER_LEN.saturating_sub(header.len());
        if let Some(room) = self.0.get_mut(start..MAX_HEADER_LEN) {
            room.copy_from_slice(header.as_slice());
        }
        let mut bytes = Bytes::from(self.0);
        bytes.advance(start);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roomy(payload: &[u8]) -> RoomyPayload {
        let mut roomy = RoomyPayload::with_capacity(payload.len());
        roomy.append(payload, payload.len());
        roomy
    }

    #[test]
    fn a_payload_comes_out_as_it_was_put_together() {
        let mut payload = RoomyPayload::with_capacity(0);
        payload.append(b"ab", 3);
        payload.append(b"c", 1);
        assert_eq!((payload.as_slice(), payload.len()), (&b"abc"[..], 3));
        assert_eq!(Bytes::from(Payload::Roomy(payload)), "abc");
        assert_eq!(Bytes::from(Payload::Roomy(RoomyPayload::default())), "");
    }

    #[test]
    fn a_header_is_written_before_a_payload_that_stays_where_it_is() {
        let payload = roomy(b"abc");
        let place = payload.as_slice().as_ptr();
        let header = HeaderBytes::default().join(b"head");
        let bytes = payload.behind(&header);
        assert_eq!(bytes, "headabc");
        assert_eq!(bytes[4..].as_ptr(), place);
        assert_eq!(RoomyPayload::default().behind(&header), "head");
    }
}
