//! What of Enhanced RTMP a player reads.

use std::ops::{BitAnd, BitOr};

use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// What of Enhanced RTMP somebody can read: a set.
///
/// Codecs that have no legacy form, or none that is read widely, are no part of it: nothing better can be had than
/// their enhanced form, and there are players who read it and announce nothing (FFmpeg from 6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reads(pub(super) u16);

impl Reads {
    /// Legacy headers only.
    pub const NOTHING: Self = Self(0);
    /// `avc1`, else codec 7.
    pub const AVC: Self = Self(1);
    /// `hvc1`, else codec 12.
    pub const HEVC: Self = Self(1 << 1);
    /// `av01` in the place of codec 13.
    pub const AV1: Self = Self(1 << 2);
    /// `vvc1` in the place of codec 14.
    pub const VVC: Self = Self(1 << 3);
    /// `mp4a`, else sound format 10.
    pub const AAC: Self = Self(1 << 4);
    /// `.mp3`, else sound format 2.
    pub const MP3: Self = Self(1 << 5);
    /// Multitrack messages and maps of tracks in metadata; without it, the default track alone.
    pub const MULTITRACK: Self = Self(1 << 6);
    /// ModEx prefixes.
    pub const MOD_EX: Self = Self(1 << 7);
    /// Metadata frames of video (`colorInfo`).
    pub const METADATA: Self = Self(1 << 8);
    /// All of it.
    pub const ALL: Self = Self((1 << 9) - 1);

    /// Whether all of `other` is in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is nothing in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The enhanced name of a codec. `NOTHING` if it has but one name.
    pub const fn of_video(codec: VideoCodec) -> Self {
        match codec {
            VideoCodec::Avc => Self::AVC,
            VideoCodec::Hevc => Self::HEVC,
            VideoCodec::Av1 => Self::AV1,
            VideoCodec::Vvc => Self::VVC,
            VideoCodec::SorensonH263
            | VideoCodec::Screen
            | VideoCodec::Vp6
            | VideoCodec::Vp6Alpha
            | VideoCodec::Screen2
            | VideoCodec::H263
            | VideoCodec::Mpeg4
            | VideoCodec::Vp8
            | VideoCodec::Vp9
            | VideoCodec::UnknownId(_)
            | VideoCodec::UnknownFourCc(_) => Self::NOTHING,
        }
    }

    /// The enhanced name of a codec. `NOTHING` if it has but one name.
    pub const fn of_audio(codec: AudioCodec) -> Self {
        match codec {
            AudioCodec::Aac => Self::AAC,
            AudioCodec::Mp3 => Self::MP3,
            AudioCodec::Pcm
            | AudioCodec::Adpcm
            | AudioCodec::PcmLittleEndian
            | AudioCodec::Nellymoser16k
            | AudioCodec::Nellymoser8k
            | AudioCodec::Nellymoser
            | AudioCodec::ALaw
            | AudioCodec::MuLaw
            | AudioCodec::Speex
            | AudioCodec::Mp3At8k
            | AudioCodec::DeviceSpecific
            | AudioCodec::Opus
            | AudioCodec::Flac
            | AudioCodec::Ac3
            | AudioCodec::Eac3
            | AudioCodec::UnknownId(_)
            | AudioCodec::UnknownFourCc(_) => Self::NOTHING,
        }
    }
}

impl BitOr for Reads {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitAnd for Reads {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
