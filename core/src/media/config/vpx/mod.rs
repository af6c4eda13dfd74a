//! VP8 and VP9: `VPCodecConfigurationRecord` (VP codec ISO media file format binding), and the heads of frames.

#![deny(clippy::arithmetic_side_effects)]

mod frame;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};

pub use self::frame::{PictureSize, Vp8FrameHead, Vp9FrameHead, Vp9KeyFrame};
use super::{ChromaFormat, Colour, ConfigError, VideoInfo};
use crate::media::video::VideoCodec;
use crate::wire::Reader;

/// Version 1 and flags, as they stand in front of the record in an MP4 box.
const BOX_HEADER: [u8; 4] = [1, 0, 0, 0];

/// A `VPCodecConfigurationRecord`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpConfiguration {
    /// The profile: 0 to 3.
    pub profile: u8,
    /// Ten times the level: 31 is 3.1. 0 is unknown.
    pub level: u8,
    /// Bits per sample: 8, 10 or 12.
    pub bit_depth: u8,
    /// How chroma is sampled: 0 and 1 are 4:2:0 (vertical, colocated), 2 is 4:2:2, 3 is 4:4:4.
    pub chroma_subsampling: u8,
    /// How sample values are to be read as colours.
    pub colour: Colour,
    /// `codecInitializationData`: empty for VP8 and VP9.
    pub initialization_data: Bytes,
    /// Whether the version and flags of an MP4 box stand in front. FFmpeg and gortmplib write them; Enhanced RTMP
    /// names the record alone.
    pub boxed: bool,
}

impl VpConfiguration {
    /// Reads a record, with the version and flags of an MP4 box in front or without.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short or its bit depth is none of VP9's.
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        // A bare record that begins like this would have a bit depth of 0.
        let rest = record.strip_prefix(&BOX_HEADER);
        let mut r = Reader::new(rest.unwrap_or(record));
        let [profile, level, packed, primaries, transfer, matrix] = r.array()?;
        let bit_depth = packed >> 4;
        if !matches!(bit_depth, 8 | 10 | 12) {
            return Err(ConfigError::Value {
                field: "bitDepth",
                value: bit_depth.into(),
            });
        }
        let len = r.u16()?;
        Ok(Self {
            profile,
            level,
            bit_depth,
            chroma_subsampling: packed >> 1 & 7,
            colour: Colour {
                primaries,
                transfer,
                matrix,
                full_range: packed & 1 != 0,
            },
            initialization_data: record.slice_ref(r.bytes(len.into())?),
            boxed: rest.is_some(),
        })
    }

    /// Writes the record. Initialization data beyond 65535 bytes does not fit, and is cut off.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(12);
        if self.boxed {
            out.put_slice(&BOX_HEADER);
        }
        let Colour {
            primaries,
            transfer,
            matrix,
            full_range,
        } = self.colour;
        let packed = self.bit_depth << 4 | (self.chroma_subsampling & 7) << 1 | u8::from(full_range);
        out.put_slice(&[self.profile, self.level, packed, primaries, transfer, matrix]);
        let len = u16::try_from(self.initialization_data.len()).unwrap_or(u16::MAX);
        out.put_u16(len);
        out.extend(self.initialization_data.iter().take(len.into()));
        out.freeze()
    }

    /// How chroma is sampled, if it is a known number.
    pub const fn chroma(&self) -> Option<ChromaFormat> {
        match self.chroma_subsampling {
            0 | 1 => Some(ChromaFormat::Yuv420),
            2 => Some(ChromaFormat::Yuv422),
            3 => Some(ChromaFormat::Yuv444),
            _ => None,
        }
    }

    /// `vp09.00.10.08`: profile, level, bit depth.
    ///
    /// The long form, `vp09.02.10.10.01.09.16.09.01`, appears where chroma or colour is said and is other than what
    /// the short one means: 4:2:0 and BT.709 of limited range. What is unspecified does not count.
    pub fn codec_string(&self, codec: VideoCodec) -> String {
        let name = if codec == VideoCodec::Vp8 { "vp08" } else { "vp09" };
        let Self {
            profile,
            level,
            bit_depth,
            chroma_subsampling,
            ..
        } = *self;
        let mut text = format!("{name}.{profile:02}.{level:02}.{bit_depth:02}");
        let Colour {
            primaries,
            transfer,
            matrix,
            full_range,
        } = self.colour;
        let default_colour = matches!(
            (primaries, transfer, matrix, full_range),
            (0..=2, 0..=2, 0..=2, false)
        );
        if chroma_subsampling > 1 || !default_colour {
            let range = u8::from(full_range);
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                ".{chroma_subsampling:02}.{primaries:02}.{transfer:02}.{matrix:02}.{range:02}"
            );
        }
        text
    }

    /// What the track is, `codec` being VP8 or VP9: the record is the same for both. It does not say the picture's
    /// size; the head of a key frame does.
    pub fn info(&self, codec: VideoCodec) -> VideoInfo {
        let unspecified = matches!(
            (self.colour.primaries, self.colour.transfer, self.colour.matrix),
            (0 | 2, 0 | 2, 0 | 2)
        );
        VideoInfo {
            codec_string: Some(self.codec_string(codec)),
            profile: (codec == VideoCodec::Vp9)
                .then(|| profile_name(self.profile))
                .flatten(),
            level: (self.level != 0).then(|| level_name(self.level)),
            bit_depth: self.bit_depth,
            chroma: self.chroma(),
            colour: (!unspecified || self.colour.full_range).then_some(self.colour),
            ..VideoInfo::of(codec)
        }
    }
}

const fn profile_name(profile: u8) -> Option<&'static str> {
    match profile {
        0 => Some("Profile 0"),
        1 => Some("Profile 1"),
        2 => Some("Profile 2"),
        3 => Some("Profile 3"),
        _ => None,
    }
}

fn level_name(level: u8) -> String {
    format!("{}.{}", level / 10, level % 10)
}
