//! The facts that every codec is asked for.

use std::fmt;

use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// What a track of video is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoInfo {
    /// The codec.
    pub codec: VideoCodec,
    /// The codec with its parameters, as browsers and manifests want it (RFC 6381 §3): `avc1.64001f`.
    pub codec_string: Option<String>,
    /// The profile, by its specification's name: `High`, `Main 10`, `Profile 0`.
    pub profile: Option<&'static str>,
    /// The level as people write it: `3.1`, `5.2`, `1b`.
    pub level: Option<String>,
    /// Width of the picture to be shown, in samples. 0 if the stream does not say.
    pub width: u32,
    /// Height of the picture to be shown, in samples. 0 if the stream does not say.
    pub height: u32,
    /// Frames per second, if the codec's own headers say it.
    pub frame_rate: Option<FrameRate>,
    /// Bits per sample of luma. 0 if the stream does not say.
    pub bit_depth: u8,
    /// How chroma is sampled.
    pub chroma: Option<ChromaFormat>,
    /// How sample values are to be read as colours, if it is said.
    pub colour: Option<Colour>,
    /// The shape of a sample, if it is said.
    pub sample_aspect_ratio: Option<SampleAspectRatio>,
}

impl VideoInfo {
    /// What is known of a track when its codec is.
    pub const fn of(codec: VideoCodec) -> Self {
        Self {
            codec,
            codec_string: None,
            profile: None,
            level: None,
            width: 0,
            height: 0,
            frame_rate: None,
            bit_depth: 0,
            chroma: None,
            colour: None,
            sample_aspect_ratio: None,
        }
    }
}

/// What a track of audio is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AudioInfo {
    /// The codec.
    pub codec: AudioCodec,
    /// The codec with its parameters, as browsers and manifests want it (RFC 6381 §3): `mp4a.40.2`.
    pub codec_string: Option<String>,
    /// The profile, by its specification's name: `LC`, `HE-AAC`.
    pub profile: Option<&'static str>,
    /// Samples per second of each channel, after decoding. 0 if the stream does not say.
    pub sample_rate: u32,
    /// Channels after decoding. 0 if the stream does not say.
    pub channels: u8,
    /// Bits per sample, where the codec has such a thing.
    pub bits_per_sample: Option<u8>,
    /// Samples that a frame decodes to, in each channel, where all frames have the same number.
    pub samples_per_frame: Option<u32>,
}

impl AudioInfo {
    /// What is known of a track when its codec is.
    pub const fn of(codec: AudioCodec) -> Self {
        Self {
            codec,
            codec_string: None,
            profile: None,
            sample_rate: 0,
            channels: 0,
            bits_per_sample: None,
            samples_per_frame: None,
        }
    }
}

/// Frames per second, as a fraction in its lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    frames: u32,
    seconds: u32,
}

impl FrameRate {
    /// So many frames in so many seconds. `None` if either is 0.
    pub fn new(frames: u64, seconds: u64) -> Option<Self> {
        let divisor = greatest_common_divisor(frames, seconds);
        Some(Self {
            frames: u32::try_from(frames.checked_div(divisor)?)
                .ok()
                .filter(|&n| n > 0)?,
            seconds: u32::try_from(seconds.checked_div(divisor)?)
                .ok()
                .filter(|&n| n > 0)?,
        })
    }

    /// Frames in [`seconds`](Self::seconds).
    pub const fn frames(self) -> u32 {
        self.frames
    }

    /// Seconds that [`frames`](Self::frames) last.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Frames per second.
    pub fn as_f64(self) -> f64 {
        f64::from(self.frames) / f64::from(self.seconds)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            1 => write!(f, "{}", self.frames),
            seconds => write!(f, "{}/{seconds}", self.frames),
        }
    }
}

const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// How chroma is sampled (H.264 table 6-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChromaFormat {
    /// No chroma: grey.
    Monochrome,
    /// 4:2:0: half of luma's width and height.
    Yuv420,
    /// 4:2:2: half of luma's width.
    Yuv422,
    /// 4:4:4: as luma.
    Yuv444,
}

impl fmt::Display for ChromaFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Monochrome => "4:0:0",
            Self::Yuv420 => "4:2:0",
            Self::Yuv422 => "4:2:2",
            Self::Yuv444 => "4:4:4",
        })
    }
}

/// How sample values are to be read as colours, in the numbers of ITU-T H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    /// `ColourPrimaries`: 1 is BT.709, 9 BT.2020, 2 unspecified.
    pub primaries: u8,
    /// `TransferCharacteristics`: 1 is BT.709, 16 PQ, 18 HLG, 2 unspecified.
    pub transfer: u8,
    /// `MatrixCoefficients`: 1 is BT.709, 9 BT.2020, 2 unspecified.
    pub matrix: u8,
    /// Whether values use the whole range: 0 to 255 with 8 bits, rather than 16 to 235.
    pub full_range: bool,
}

/// The shape of a sample: its width to its height (H.264 §E.2.1, `sar_width` and `sar_height`). 1:1 is square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleAspectRatio {
    /// Its width, in any unit.
    pub width: u16,
    /// Its height, in the same unit.
    pub height: u16,
}

impl fmt::Display for SampleAspectRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_rate_is_in_its_lowest_terms() {
        let rate = FrameRate::new(60_000, 2002).unwrap();
        assert_eq!((rate.frames(), rate.seconds()), (30_000, 1001));
        assert_eq!(rate.to_string(), "30000/1001");
        assert_eq!(FrameRate::new(50, 2).unwrap().to_string(), "25");
    }

    #[test]
    fn nothing_in_no_time_is_no_frame_rate() {
        assert_eq!(FrameRate::new(0, 1), None);
        assert_eq!(FrameRate::new(1, 0), None);
        assert_eq!(FrameRate::new(0, 0), None);
        // In lowest terms it would not fit.
        assert_eq!(FrameRate::new(u64::MAX, 2), None);
    }
}
