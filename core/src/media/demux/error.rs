use std::fmt;

use crate::amf0::DecodeError;
use crate::media::config::ConfigError;
use crate::media::metadata::MetadataError;
use crate::media::nal::NalError;
use crate::media::obu::ObuError;
use crate::media::{MediaKind, TagError, TrackId};
use crate::units::Timestamp;

/// What is wrong with a message, or with one track's part of it.
///
/// It concerns this message only: the demuxer goes on with the next one. [`MediaFault::is_loss`] tells whether
/// anything is missing for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaError {
    /// What the message carries.
    pub kind: MediaKind,
    /// The message's timestamp.
    pub timestamp: Timestamp,
    /// The track, if it is known which.
    pub track: Option<TrackId>,
    /// What is wrong.
    pub fault: MediaFault,
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Data => "data",
        };
        match self.track {
            Some(track) => write!(f, "{kind} of track {track} at {}: ", self.timestamp)?,
            None => write!(f, "{kind} at {}: ", self.timestamp)?,
        }
        self.fault.fmt(f)
    }
}

impl std::error::Error for MediaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

/// A way in which messages are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaFault {
    /// The tag header, or the division into tracks, cannot be read.
    #[error("{0}")]
    Tag(#[from] TagError),
    /// A configuration cannot be read. The one before it stays in force.
    #[error("the configuration cannot be read: {0}")]
    Configuration(#[from] ConfigError),
    /// A frame cannot be divided into NAL units.
    #[error("the frame cannot be divided: {0}")]
    Nal(#[from] NalError),
    /// A temporal unit cannot be divided into OBUs.
    #[error("the temporal unit cannot be divided: {0}")]
    Obu(#[from] ObuError),
    /// `onMetaData` cannot be read. It follows as data.
    #[error("{0}")]
    Metadata(#[from] MetadataError),
    /// The colours of video cannot be read. They follow as bytes.
    #[error("the colour information cannot be read: {0}")]
    ColorInfo(#[from] DecodeError),
    /// The frame is marked as a key frame, and its units hold none. The sample follows, as what it is.
    #[error("a frame that is marked as a key frame is none")]
    MarkedAsKey,
    /// The frame is a key frame, and marked as something else: players cannot find it. The sample follows, as what
    /// it is.
    #[error("a key frame is not marked as one")]
    NotMarkedAsKey,
    /// More tracks than [`DemuxOptions::max_tracks`](super::DemuxOptions::max_tracks): this one is passed over.
    #[error("more than {limit} tracks")]
    TooManyTracks {
        /// The most that are read.
        limit: usize,
    },
    /// More packets in one message than [`DemuxOptions::max_packets`](super::DemuxOptions::max_packets): the rest
    /// is passed over.
    #[error("more than {limit} packets in a message")]
    TooManyPackets {
        /// The most that are read.
        limit: usize,
    },
    /// More units in one message than [`DemuxOptions::max_units`](super::DemuxOptions::max_units): the frame that brings them is
    /// passed over.
    #[error("more than {limit} units in a message")]
    TooManyUnits {
        /// The most that are read.
        limit: usize,
    },
}

impl MediaFault {
    /// Whether something that was sent does not come out of the demuxer because of it.
    pub const fn is_loss(&self) -> bool {
        !matches!(
            self,
            Self::MarkedAsKey | Self::NotMarkedAsKey | Self::Metadata(_) | Self::ColorInfo(_)
        )
    }
}
