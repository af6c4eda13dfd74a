//! Audio codecs and their names.

use crate::media::FourCc;

/// An audio codec, whichever way the header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioCodec {
    /// Format 0: PCM in the sender's byte order.
    Pcm,
    /// Format 1: ADPCM.
    Adpcm,
    /// Format 2 or `.mp3`: MP3.
    Mp3,
    /// Format 3: PCM, little-endian.
    PcmLittleEndian,
    /// Format 4: Nellymoser, 16 kHz mono.
    Nellymoser16k,
    /// Format 5: Nellymoser, 8 kHz mono.
    Nellymoser8k,
    /// Format 6: Nellymoser.
    Nellymoser,
    /// Format 7: G.711 A-law.
    ALaw,
    /// Format 8: G.711 mu-law.
    MuLaw,
    /// Format 10 or `mp4a`: AAC.
    Aac,
    /// Format 11: Speex.
    Speex,
    /// Format 14: MP3 at 8 kHz.
    Mp3At8k,
    /// Format 15: whatever the device makes.
    DeviceSpecific,
    /// `Opus`.
    Opus,
    /// `fLaC`.
    Flac,
    /// `ac-3`.
    Ac3,
    /// `ec-3`: E-AC-3.
    Eac3,
    /// Any other format of a legacy header.
    UnknownId(u8),
    /// Any other FourCC.
    UnknownFourCc(FourCc),
}

impl AudioCodec {
    /// The codec of a legacy header's `SoundFormat`.
    pub const fn from_id(id: u8) -> Self {
        match id {
            0 => Self::Pcm,
            1 => Self::Adpcm,
            2 => Self::Mp3,
            3 => Self::PcmLittleEndian,
            4 => Self::Nellymoser16k,
            5 => Self::Nellymoser8k,
            6 => Self::Nellymoser,
            7 => Self::ALaw,
            8 => Self::MuLaw,
            10 => Self::Aac,
            11 => Self::Speex,
            14 => Self::Mp3At8k,
            15 => Self::DeviceSpecific,
            other => Self::UnknownId(other),
        }
    }

    /// The codec of an enhanced header's FourCC.
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match fourcc {
            FourCc::MP4A => Self::Aac,
            FourCc::MP3 => Self::Mp3,
            FourCc::OPUS => Self::Opus,
            FourCc::FLAC => Self::Flac,
            FourCc::AC_3 => Self::Ac3,
            FourCc::EC_3 => Self::Eac3,
            other => Self::UnknownFourCc(other),
        }
    }

    /// The `SoundFormat` of a legacy header, if there is one.
    pub const fn id(self) -> Option<u8> {
        match self {
            Self::Pcm => Some(0),
            Self::Adpcm => Some(1),
            Self::Mp3 => Some(2),
            Self::PcmLittleEndian => Some(3),
            Self::Nellymoser16k => Some(4),
            Self::Nellymoser8k => Some(5),
            Self::Nellymoser => Some(6),
            Self::ALaw => Some(7),
            Self::MuLaw => Some(8),
            Self::Aac => Some(10),
            Self::Speex => Some(11),
            Self::Mp3At8k => Some(14),
            Self::DeviceSpecific => Some(15),
            Self::UnknownId(id) => Some(id),
            Self::Opus | Self::Flac | Self::Ac3 | Self::Eac3 | Self::UnknownFourCc(_) => None,
        }
    }

    /// The FourCC of an enhanced header, if there is one.
    pub const fn fourcc(self) -> Option<FourCc> {
        match self {
            Self::Aac => Some(FourCc::MP4A),
            Self::Mp3 => Some(FourCc::MP3),
            Self::Opus => Some(FourCc::OPUS),
            Self::Flac => Some(FourCc::FLAC),
            Self::Ac3 => Some(FourCc::AC_3),
            Self::Eac3 => Some(FourCc::EC_3),
            Self::UnknownFourCc(fourcc) => Some(fourcc),
            Self::Pcm
            | Self::Adpcm
            | Self::PcmLittleEndian
            | Self::Nellymoser16k
            | Self::Nellymoser8k
            | Self::Nellymoser
            | Self::ALaw
            | Self::MuLaw
            | Self::Speex
            | Self::Mp3At8k
            | Self::DeviceSpecific
            | Self::UnknownId(_) => None,
        }
    }
}
