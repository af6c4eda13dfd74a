//! The protocol's small numbers as types: each is checked once, where it enters.

use std::fmt;

/// A point on a message stream's timeline: milliseconds modulo 2^32 (RTMP 1.0 §5.1).
///
/// It wraps after 49 days and 17 hours, so two timestamps have an order only relative to each other:
/// see [`Timestamp::since`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(u32);

impl Timestamp {
    /// Zero milliseconds: where most encoders begin.
    pub const ZERO: Self = Self(0);

    /// The timestamp of `millis` milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// Milliseconds, 0 to 2^32 - 1.
    pub const fn as_millis(self) -> u32 {
        self.0
    }

    /// Milliseconds from `earlier` to `self`, by serial-number arithmetic: negative if `self` lies before
    /// it. Right as long as the two are less than 2^31 ms (24.8 days) apart.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// This timestamp moved on by `delta` milliseconds, modulo 2^32. A move back is a delta above 2^31.
    #[must_use]
    pub const fn wrapping_add(self, delta: u32) -> Self {
        Self(self.0.wrapping_add(delta))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// The most bytes of payload that one chunk carries: 1 to 2^31 - 1 (RTMP 1.0 §5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkSize(u32);

impl ChunkSize {
    /// 128 bytes, in force in each direction until a *Set Chunk Size* says otherwise.
    pub const INITIAL: Self = Self(128);

    /// 60,000 bytes, as SRS has it: what we send with unless told otherwise. Nearly all messages are one chunk then, which
    /// a relay sends on as it came. FFmpeg as a publisher takes over the size that its server announces.
    pub const DEFAULT: Self = Self(60_000);

    /// `bytes` as a chunk size, or `None` if it is zero or has its top bit set.
    pub const fn new(bytes: u32) -> Option<Self> {
        if bytes == 0 || bytes > 0x7FFF_FFFF {
            None
        } else {
            Some(Self(bytes))
        }
    }

    /// Bytes, 1 to 2^31 - 1.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Bytes, for arithmetic with lengths of buffers.
    pub const fn as_len(self) -> usize {
        self.0 as usize
    }
}

/// Names one of the interleaved sequences of chunks on a connection, the *csid*: 2 to 65599
/// (RTMP 1.0 §5.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkStreamId(u32);

impl ChunkStreamId {
    /// Carries the protocol control messages.
    pub const CONTROL: Self = Self(2);
    /// Carries commands of the connection by everybody's custom.
    pub const COMMAND: Self = Self(3);
    /// The largest that the three-byte basic header can say.
    pub const MAX: Self = Self(65_599);

    /// `id` as a chunk stream id, or `None` outside of 2 to 65599.
    pub const fn new(id: u32) -> Option<Self> {
        if id < 2 || id > Self::MAX.0 {
            None
        } else {
            Some(Self(id))
        }
    }

    /// The number, 2 to 65599.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for ChunkStreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names the message stream (NetStream) that a message belongs to, the *msid*; 0 is the connection itself
/// (RTMP 1.0 §5.3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageStreamId(u32);

impl MessageStreamId {
    /// The connection itself: protocol control messages and NetConnection commands.
    pub const CONNECTION: Self = Self(0);

    /// The message stream of this number.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The number as on the wire.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MessageStreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All the randomness of one connection. The driver draws it; the same seed and the same input give the same
/// output, so a capture can be replayed.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The 32 bytes.
    pub(crate) const fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_compare_across_the_wrap() {
        let before = Timestamp::from_millis(0xFFFF_FFF0);
        let after = before.wrapping_add(0x20);
        assert_eq!(after.as_millis(), 0x10);
        assert_eq!(after.since(before), 0x20);
        assert_eq!(before.since(after), -0x20);
    }

    #[test]
    fn chunk_size_has_31_bits_and_is_never_zero() {
        assert_eq!(ChunkSize::new(0), None);
        assert_eq!(ChunkSize::new(0x8000_0000), None);
        assert_eq!(ChunkSize::new(1).map(ChunkSize::get), Some(1));
        assert_eq!(ChunkSize::new(0x7FFF_FFFF).map(ChunkSize::get), Some(0x7FFF_FFFF));
    }

    #[test]
    fn chunk_stream_ids_0_and_1_say_the_form_of_the_header_and_name_nothing() {
        assert_eq!(ChunkStreamId::new(1), None);
        assert_eq!(ChunkStreamId::new(2), Some(ChunkStreamId::CONTROL));
        assert_eq!(ChunkStreamId::new(65_599), Some(ChunkStreamId::MAX));
        assert_eq!(ChunkStreamId::new(65_600), None);
    }

    #[test]
    fn a_seed_does_not_show_itself_in_logs() {
        assert_eq!(format!("{:?}", Seed::from([7; 32])), "Seed(..)");
    }
}
