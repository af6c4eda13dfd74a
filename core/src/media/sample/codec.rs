use std::fmt;

use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;
use crate::media::{MediaKind, TrackId};

/// The codec of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// One of video.
    Video(VideoCodec),
    /// One of audio.
    Audio(AudioCodec),
}

impl Codec {
    /// Whether it is one of audio or of video.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Video(_) => MediaKind::Video,
            Self::Audio(_) => MediaKind::Audio,
        }
    }
}

impl From<VideoCodec> for Codec {
    fn from(codec: VideoCodec) -> Self {
        Self::Video(codec)
    }
}

impl From<AudioCodec> for Codec {
    fn from(codec: AudioCodec) -> Self {
        Self::Audio(codec)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(codec) => write!(f, "{codec:?}"),
            Self::Audio(codec) => write!(f, "{codec:?}"),
        }
    }
}

/// Tells tracks apart: those of audio and those of video have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TrackKey {
    is_audio: bool,
    id: TrackId,
}

impl TrackKey {
    pub(crate) const fn new(codec: Codec, id: TrackId) -> Self {
        let is_audio = matches!(codec, Codec::Audio(_));
        Self { is_audio, id }
    }
}
