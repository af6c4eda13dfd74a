//! What AVC, HEVC and VVC say in the same words: the parts of video usability information that they share, and how
//! a size is cropped.

#![deny(clippy::arithmetic_side_effects)]

use super::bits::BitReader;
use super::{ChromaFormat, Colour, ConfigError, FrameRate, SampleAspectRatio};
use crate::wire::Truncated;

/// The longest side of a picture that is believed, in samples. The highest levels end at 16888 (H.264, H.265) and
/// 33776 (H.266).
const MAX_SIDE: u64 = 65_535;

/// A side of the picture to be shown: what is coded less what is cropped.
pub(super) fn cropped(field: &'static str, coded: u64, crop: u64) -> Result<u32, ConfigError> {
    if coded > MAX_SIDE {
        return Err(ConfigError::Value { field, value: coded });
    }
    match coded.checked_sub(crop).and_then(|side| u32::try_from(side).ok()) {
        Some(side) if side > 0 => Ok(side),
        _ => Err(ConfigError::Value { field, value: crop }),
    }
}

/// The most that HEVC and VVC have in [`bit_depth`]: 16 bits. AVC ends at 14.
pub(super) const MAX_ABOVE_8: u8 = 8;

/// A field that says how many bits there are above 8 per sample.
pub(super) fn bit_depth(field: &'static str, above_8: u32, most: u8) -> Result<u8, ConfigError> {
    match u8::try_from(above_8) {
        Ok(above_8) if above_8 <= most => Ok(above_8.saturating_add(8)),
        _ => Err(ConfigError::Value {
            field,
            value: above_8.into(),
        }),
    }
}

/// A depth as configuration records of HEVC and VVC can say it: in three bits, 15 at most.
pub(super) fn recorded_depth(field: &'static str, depth: u8) -> Result<u8, ConfigError> {
    let above_8 = depth.wrapping_sub(8);
    match above_8 {
        0..=7 => Ok(depth),
        _ => Err(ConfigError::Value {
            field,
            value: above_8.into(),
        }),
    }
}

/// Temporal sub-layers, from a field of three bits that says one less: 7 is reserved.
pub(super) fn sub_layers_minus1(field: &'static str, r: &mut BitReader<'_>) -> Result<u8, ConfigError> {
    match r.u8(3)? {
        reserved @ 7.. => Err(ConfigError::Value {
            field,
            value: reserved.into(),
        }),
        minus1 => Ok(minus1),
    }
}

/// A number that must not be above a limit.
pub(super) fn at_most(field: &'static str, count: u32, limit: u32) -> Result<u32, ConfigError> {
    if count > limit {
        return Err(ConfigError::TooMany {
            field,
            count: count.into(),
            limit: limit.into(),
        });
    }
    Ok(count)
}

impl ChromaFormat {
    /// From `chroma_format_idc`.
    pub(super) fn from_idc(idc: u32) -> Result<Self, ConfigError> {
        match idc {
            0 => Ok(Self::Monochrome),
            1 => Ok(Self::Yuv420),
            2 => Ok(Self::Yuv422),
            3 => Ok(Self::Yuv444),
            other => Err(ConfigError::Value {
                field: "chroma_format_idc",
                value: other.into(),
            }),
        }
    }

    /// As `chroma_format_idc`.
    pub(super) const fn idc(self) -> u8 {
        match self {
            Self::Monochrome => 0,
            Self::Yuv420 => 1,
            Self::Yuv422 => 2,
            Self::Yuv444 => 3,
        }
    }

    /// Samples of luma for one of chroma: across and down (`SubWidthC`, `SubHeightC`; 1 where there is no chroma).
    pub(super) const fn subsampling(self) -> (u64, u64) {
        match self {
            Self::Yuv420 => (2, 2),
            Self::Yuv422 => (2, 1),
            Self::Monochrome | Self::Yuv444 => (1, 1),
        }
    }
}

/// Video usability information, as far as it is of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Vui {
    pub(super) sample_aspect_ratio: Option<SampleAspectRatio>,
    pub(super) colour: Option<Colour>,
    pub(super) timing: Option<Timing>,
}

impl Vui {
    /// `vui_parameters()` of H.264 §E.1.1, to its timing. If it is cut short, what has been read until then stays.
    pub(super) fn read_avc(&mut self, r: &mut BitReader<'_>) -> Result<(), Truncated> {
        self.read_common(r)?;
        self.timing = timing(r)?;
        Ok(())
    }

    /// `vui_parameters()` of H.265 §E.2.1, to its timing. If it is cut short, what has been read until then stays.
    pub(super) fn read_hevc(&mut self, r: &mut BitReader<'_>) -> Result<(), Truncated> {
        self.read_common(r)?;
        r.flag()?; // neutral_chroma_indication_flag
        r.flag()?; // field_seq_flag
        r.flag()?; // frame_field_info_present_flag
        if r.flag()? {
            // default_display_window: what decoders show has no regard to it.
            for _ in 0..4 {
                r.ue()?;
            }
        }
        self.timing = timing(r)?;
        Ok(())
    }

    /// `vui_parameters()` of H.274 §7.2, to its colours. If it is cut short, what has been read until then stays.
    pub(super) fn read_vvc(&mut self, r: &mut BitReader<'_>) -> Result<(), Truncated> {
        r.skip(4)?; // progressive, interlaced, non-packed, non-projected
        if r.flag()? {
            r.flag()?; // vui_aspect_ratio_constant_flag
            self.sample_aspect_ratio = sample_aspect_ratio(r)?;
        }
        if r.flag()? {
            r.flag()?; // vui_overscan_appropriate_flag
        }
        if r.flag()? {
            self.colour = Some(Colour {
                primaries: r.u8(8)?,
                transfer: r.u8(8)?,
                matrix: r.u8(8)?,
                full_range: r.flag()?,
            });
        }
        Ok(())
    }

    /// What AVC and HEVC begin with.
    fn read_common(&mut self, r: &mut BitReader<'_>) -> Result<(), Truncated> {
        if r.flag()? {
            self.sample_aspect_ratio = sample_aspect_ratio(r)?;
        }
        if r.flag()? {
            r.flag()?; // overscan_appropriate_flag
        }
        if r.flag()? {
            r.skip(3)?; // video_format
            let full_range = r.flag()?;
            let described = r.flag()?;
            self.colour = Some(colour(r, described, full_range)?);
        }
        if r.flag()? {
            r.ue()?; // chroma_sample_loc_type_top_field
            r.ue()?; // chroma_sample_loc_type_bottom_field
        }
        Ok(())
    }
}

/// `aspect_ratio_idc` and what follows it (H.273 §8.6). `None` if it is unspecified or reserved.
fn sample_aspect_ratio(r: &mut BitReader<'_>) -> Result<Option<SampleAspectRatio>, Truncated> {
    /// Code points 1 to 16.
    const RATIOS: [(u16, u16); 16] = [
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    const EXTENDED_SAR: u8 = 255;
    let ratio = match r.u8(8)? {
        EXTENDED_SAR => Some((u16(r)?, u16(r)?)).filter(|&(width, height)| width > 0 && height > 0),
        idc => usize::from(idc)
            .checked_sub(1)
            .and_then(|index| RATIOS.get(index).copied()),
    };
    Ok(ratio.map(|(width, height)| SampleAspectRatio { width, height }))
}

fn u16(r: &mut BitReader<'_>) -> Result<u16, Truncated> {
    Ok(u16::from_be_bytes([r.u8(8)?, r.u8(8)?]))
}

/// Three code points of H.273, if they are there.
fn colour(r: &mut BitReader<'_>, described: bool, full_range: bool) -> Result<Colour, Truncated> {
    const UNSPECIFIED: u8 = 2;
    let mut code_point = || if described { r.u8(8) } else { Ok(UNSPECIFIED) };
    Ok(Colour {
        primaries: code_point()?,
        transfer: code_point()?,
        matrix: code_point()?,
        full_range,
    })
}

/// A clock: `num_units_in_tick` of `time_scale` in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    units_in_tick: u32,
    time_scale: u32,
}

impl Timing {
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            units_in_tick: r.u(32)?,
            time_scale: r.u(32)?,
        })
    }

    /// Frames per second, where a frame lasts so many ticks.
    pub(super) fn frame_rate(self, ticks: u64) -> Option<FrameRate> {
        FrameRate::new(
            self.time_scale.into(),
            u64::from(self.units_in_tick).saturating_mul(ticks),
        )
    }
}

fn timing(r: &mut BitReader<'_>) -> Result<Option<Timing>, Truncated> {
    r.flag()?.then(|| Timing::read(r)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cropping_more_than_there_is_is_refused() {
        assert_eq!(cropped("width", 1920, 0), Ok(1920));
        assert_eq!(cropped("width", 1088, 8), Ok(1080));
        for crop in [16, 17, u64::MAX] {
            let refused = ConfigError::Value {
                field: "width",
                value: crop,
            };
            assert_eq!(cropped("width", 16, crop), Err(refused));
        }
        assert!(cropped("width", 65_536, 0).is_err());
    }

    #[test]
    fn sample_aspect_ratios_have_code_points_or_two_numbers() {
        let read = |bytes: &[u8]| sample_aspect_ratio(&mut BitReader::new(bytes)).unwrap();
        let ratio = |width, height| Some(SampleAspectRatio { width, height });
        assert_eq!(read(&[1]), ratio(1, 1));
        assert_eq!(read(&[16]), ratio(2, 1));
        assert_eq!(read(&[255, 0, 64, 0, 45]), ratio(64, 45));
        // Unspecified, reserved, and a ratio of nothing.
        assert_eq!(read(&[0]), None);
        assert_eq!(read(&[17]), None);
        assert_eq!(read(&[255, 0, 0, 0, 1]), None);
    }
}
