//! Video codecs and their names.

use crate::media::FourCc;

/// A video codec, whichever way the header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VideoCodec {
    /// Id 2: Sorenson's H.263.
    SorensonH263,
    /// Id 3: screen video.
    Screen,
    /// Id 4: On2 VP6.
    Vp6,
    /// Id 5: On2 VP6 with an alpha channel.
    Vp6Alpha,
    /// Id 6: screen video, version 2.
    Screen2,
    /// Id 7 or `avc1`: AVC (H.264).
    Avc,
    /// Id 8: H.263 proper, as FFmpeg has it.
    H263,
    /// Id 9: MPEG-4 part 2, as FFmpeg has it.
    Mpeg4,
    /// Id 12 (a custom of Chinese networks) or `hvc1`: HEVC (H.265).
    Hevc,
    /// Id 13 (the same custom) or `av01`: AV1.
    Av1,
    /// Id 14 (the same custom) or `vvc1`: VVC (H.266).
    Vvc,
    /// `vp08`: VP8.
    Vp8,
    /// `vp09`: VP9.
    Vp9,
    /// Any other id of a legacy header.
    UnknownId(u8),
    /// Any other FourCC.
    UnknownFourCc(FourCc),
}

impl VideoCodec {
    /// The codec of a legacy header's `CodecID`.
    pub const fn from_id(id: u8) -> Self {
        match id {
            2 => Self::SorensonH263,
            3 => Self::Screen,
            4 => Self::Vp6,
            5 => Self::Vp6Alpha,
            6 => Self::Screen2,
            7 => Self::Avc,
            8 => Self::H263,
            9 => Self::Mpeg4,
            12 => Self::Hevc,
            13 => Self::Av1,
            14 => Self::Vvc,
            other => Self::UnknownId(other),
        }
    }

    /// The codec of an enhanced header's FourCC.
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match fourcc {
            FourCc::AVC1 => Self::Avc,
            FourCc::HVC1 => Self::Hevc,
            FourCc::VVC1 => Self::Vvc,
            FourCc::AV01 => Self::Av1,
            FourCc::VP08 => Self::Vp8,
            FourCc::VP09 => Self::Vp9,
            other => Self::UnknownFourCc(other),
        }
    }

    /// The `CodecID` of a legacy header, if there is one.
    pub const fn id(self) -> Option<u8> {
        match self {
            Self::SorensonH263 => Some(2),
            Self::Screen => Some(3),
            Self::Vp6 => Some(4),
            Self::Vp6Alpha => Some(5),
            Self::Screen2 => Some(6),
            Self::Avc => Some(7),
            Self::H263 => Some(8),
            Self::Mpeg4 => Some(9),
            Self::Hevc => Some(12),
            Self::Av1 => Some(13),
            Self::Vvc => Some(14),
            Self::UnknownId(id) => Some(id),
            Self::Vp8 | Self::Vp9 | Self::UnknownFourCc(_) => None,
        }
    }

    /// The FourCC of an enhanced header, if there is one.
    pub const fn fourcc(self) -> Option<FourCc> {
        match self {
            Self::Avc => Some(FourCc::AVC1),
            Self::Hevc => Some(FourCc::HVC1),
            Self::Vvc => Some(FourCc::VVC1),
            Self::Av1 => Some(FourCc::AV01),
            Self::Vp8 => Some(FourCc::VP08),
            Self::Vp9 => Some(FourCc::VP09),
            Self::UnknownFourCc(fourcc) => Some(fourcc),
            Self::SorensonH263
            | Self::Screen
            | Self::Vp6
            | Self::Vp6Alpha
            | Self::Screen2
            | Self::H263
            | Self::Mpeg4
            | Self::UnknownId(_) => None,
        }
    }

    /// Whether a legacy header goes on with `AVCPacketType` and `CompositionTime`: AVC, and the ids that were
    /// added in its likeness.
    pub(super) const fn has_avc_packet_type(self) -> bool {
        matches!(self, Self::Avc | Self::Hevc | Self::Av1 | Self::Vvc)
    }

    /// Whether the enhanced CodedFrames packet begins with a composition time.
    pub(super) const fn has_composition_time(self) -> bool {
        matches!(self, Self::Avc | Self::Hevc | Self::Vvc)
    }
}
