use super::TrackId;
use crate::wire::Truncated;

/// Why the header of an audio or video message, or one track in it, cannot be read.
///
/// It concerns this message only: a relay passes the message on, a demuxer skips it, and the connection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// The message ends inside its header.
    #[error("the message ends inside its tag header")]
    Truncated,
    /// A packet type that the specification reserves, or forbids in this place.
    #[error("packet type {0} is reserved or not allowed here")]
    PacketType(u8),
    /// A multitrack type that the specification reserves.
    #[error("multitrack type {0} is reserved")]
    MultitrackType(u8),
    /// More ModEx prefixes than any sender needs.
    #[error("more than {limit} ModEx prefixes")]
    TooManyModEx {
        /// The most that are read.
        limit: usize,
    },
    /// A track's announced size goes beyond the message. The tracks before it are sound; those after it are
    /// lost.
    #[error("track {track} announces {size} bytes where {left} are left")]
    TrackOverrun {
        /// The track.
        track: TrackId,
        /// Bytes announced.
        size: usize,
        /// Bytes left in the message.
        left: usize,
    },
}

impl From<Truncated> for TagError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}
