//! The heads of VP8 and VP9 frames: which are key frames, and how large the picture is.

use super::{ChromaFormat, Colour, ConfigError, VideoCodec, VideoInfo, profile_name};
use crate::media::config::bits::BitReader;
use crate::wire::Reader;

/// Width and height of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureSize {
    /// Samples from left to right.
    pub width: u32,
    /// Samples from top to bottom.
    pub height: u32,
}

/// The head of a VP8 frame (RFC 6386 §9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Vp8FrameHead {
    /// The version, which says how to filter: 0 to 3.
    pub version: u8,
    /// Whether it is shown.
    pub is_shown: bool,
    /// For a key frame, its size.
    pub key: Option<PictureSize>,
}

impl Vp8FrameHead {
    /// Reads the head of a frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, or a key frame does not begin like one.
    pub fn parse(frame: &[u8]) -> Result<Self, ConfigError> {
        let mut r = Reader::new(frame);
        let [tag, _, _] = r.array()?;
        let mut head = Self {
            version: tag >> 1 & 7,
            is_shown: tag & 0x10 != 0,
            key: None,
        };
        if tag & 1 == 0 {
            if r.array()? != [0x9D, 0x01, 0x2A] {
                return Err(ConfigError::NotA("a key frame of VP8"));
            }
            // Two bits of each say how to scale.
            let [width, height] = [u16::from_le_bytes(r.array()?), u16::from_le_bytes(r.array()?)];
            head.key = Some(PictureSize {
                width: (width & 0x3FFF).into(),
                height: (height & 0x3FFF).into(),
            });
        }
        Ok(head)
    }

    /// What the track is, as far as this frame says.
    pub fn info(&self) -> VideoInfo {
        VideoInfo {
            codec_string: Some("vp8".to_owned()),
            width: self.key.map_or(0, |key| key.width),
            height: self.key.map_or(0, |key| key.height),
            bit_depth: 8,
            chroma: Some(ChromaFormat::Yuv420),
            ..VideoInfo::of(VideoCodec::Vp8)
        }
    }
}

/// The head of a VP9 frame, or of the first one in a superframe (VP9 §6.2, `uncompressed_header`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vp9FrameHead {
    /// The profile: 0 to 3.
    pub profile: u8,
    /// For a key frame, what it says of the picture.
    pub key: Option<Vp9KeyFrame>,
}

/// What a key frame of VP9 says of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vp9KeyFrame {
    /// Its size.
    pub size: PictureSize,
    /// Bits per sample: 8, 10 or 12.
    pub bit_depth: u8,
    /// How chroma is sampled; `None` for 4:4:0, which VP9 alone has.
    pub chroma: Option<ChromaFormat>,
    /// The matrix that `color_space` names, and the range; `None` if neither is said.
    pub colour: Option<Colour>,
}

impl Vp9FrameHead {
    /// Reads the head of a frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, or does not begin like a frame of VP9.
    pub fn parse(frame: &[u8]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(frame);
        // frame_marker
        if r.u8(2)? != 2 {
            return Err(ConfigError::NotA("a frame of VP9"));
        }
        let profile = u8::from(r.flag()?) | u8::from(r.flag()?) << 1;
        if profile == 3 && r.flag()? {
            return Err(ConfigError::Value {
                field: "profile",
                value: 4,
            });
        }
        let shows_existing_frame = r.flag()?;
        if shows_existing_frame || r.flag()? {
            return Ok(Self { profile, key: None });
        }
        // show_frame, error_resilient_mode
        r.skip(2)?;
        if r.u(24)? != 0x49_83_42 {
            return Err(ConfigError::NotA("a key frame of VP9"));
        }
        let (bit_depth, chroma, colour) = color_config(&mut r, profile)?;
        let size = PictureSize {
            width: r.u(16)?.saturating_add(1),
            height: r.u(16)?.saturating_add(1),
        };
        Ok(Self {
            profile,
            key: Some(Vp9KeyFrame {
                size,
                bit_depth,
                chroma,
                colour,
            }),
        })
    }

    /// What the track is, as far as this frame says. Frames say no level, without which there is no codec string.
    pub fn info(&self) -> VideoInfo {
        let info = VideoInfo {
            profile: profile_name(self.profile),
            ..VideoInfo::of(VideoCodec::Vp9)
        };
        match self.key {
            None => info,
            Some(key) => VideoInfo {
                width: key.size.width,
                height: key.size.height,
                bit_depth: key.bit_depth,
                chroma: key.chroma,
                colour: key.colour,
                ..info
            },
        }
    }
}

/// §6.2.2 and §7.2.2.
fn color_config(
    r: &mut BitReader<'_>,
    profile: u8,
) -> Result<(u8, Option<ChromaFormat>, Option<Colour>), ConfigError> {
    const RGB: u8 = 7;
    let bit_depth = match profile >= 2 {
        false => 8,
        true if r.flag()? => 12,
        true => 10,
    };
    let says_subsampling = profile % 2 == 1;
    let color_space = r.u8(3)?;
    let full_range = color_space == RGB || r.flag()?;
    let chroma = match (color_space, says_subsampling) {
        (RGB, false) => {
            return Err(ConfigError::Value {
                field: "color_space",
                value: RGB.into(),
            });
        }
        (RGB, true) => Some(ChromaFormat::Yuv444),
        (_, false) => Some(ChromaFormat::Yuv420),
        (_, true) => match (r.flag()?, r.flag()?) {
            (true, true) => Some(ChromaFormat::Yuv420),
            (true, false) => Some(ChromaFormat::Yuv422),
            (false, false) => Some(ChromaFormat::Yuv444),
            (false, true) => None,
        },
    };
    if says_subsampling {
        // reserved_zero
        r.skip(1)?;
    }
    // In the numbers of H.273; color_space does not tell primaries and transfer.
    let matrix = match color_space {
        1 => 5,
        2 => 1,
        3 => 6,
        4 => 7,
        5 => 9,
        RGB => 0,
        _ => 2,
    };
    let colour = (matrix != 2 || full_range).then_some(Colour {
        primaries: 2,
        transfer: 2,
        matrix,
        full_range,
    });
    Ok((bit_depth, chroma, colour))
}
