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

/// Why a packet has no header of the form that is asked for. Nothing has been written then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwritableTag {
    /// The codec has no name in this form: no legacy number, or no FourCC.
    #[error("the codec has no name in a header of this form")]
    Codec,
    /// The codec has no such packet type in this form.
    #[error("a header of this form has no such packet type")]
    PacketType,
    /// A frame type that does not fit, that belongs to a command, or that is a number with a name of its own.
    #[error("a packet's header cannot say this frame type")]
    FrameType,
    /// A legacy header speaks of the default track only.
    #[error("a legacy header cannot name track {0}")]
    Track(TrackId),
    /// More than 24 bits hold, or other than 0 where there is no place for it.
    #[error("a composition time of {0} ms does not fit")]
    CompositionTime(i32),
    /// More than 24 bits hold, or other than 0 in a legacy header.
    #[error("{0} nanoseconds do not fit")]
    Nanos(u32),
    /// A legacy header of audio needs flags.
    #[error("nothing is said of the sound's rate, size and channels")]
    SoundFlags,
    /// The packets of one message differ in frame type, packet type or nanoseconds.
    #[error("the packets of one message must share frame type, packet type and nanoseconds")]
    MixedTracks,
    /// There are no packets to make a message of.
    #[error("a message needs at least one packet")]
    NoTracks,
    /// The size of a track among several has 24 bits.
    #[error("a track of {0} bytes is too long to be one of several")]
    TrackLen(usize),
}

impl From<Truncated> for TagError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}
