use crate::media::config::ConfigError;
use crate::media::nal::NalError;
use crate::media::obu::ObuError;
use crate::media::sample::Codec;
use crate::media::{TrackId, UnwritableTag};

/// Why a muxer cannot write what it is given. The muxer can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MuxError {
    /// No tag header can say it.
    #[error("{0}")]
    Tag(#[from] UnwritableTag),
    /// A NAL unit is longer than the configuration's lengths can say.
    #[error("{0}")]
    Nal(#[from] NalError),
    /// A unit of AV1 cannot be read, so that nobody would know where it ends.
    #[error("{0}")]
    Obu(#[from] ObuError),
    /// No configuration can be made of the parameters in the stream.
    #[error("no configuration can be made: {0}")]
    Configuration(#[from] ConfigError),
    /// Neither the host nor the stream has said how to decode this frame.
    #[error("{codec} of track {track} has no configuration yet")]
    NoConfiguration {
        /// The codec of the frame.
        codec: Codec,
        /// Its track.
        track: TrackId,
    },
    /// There is nothing in the frame.
    #[error("a frame of track {track} is empty")]
    EmptySample {
        /// Its track.
        track: TrackId,
    },
}
