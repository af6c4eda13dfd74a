//! The sequence parameter set of AVC (H.264 §7.3.2.1.1).

#![deny(clippy::arithmetic_side_effects)]

use super::{level_name, profile_name};
use crate::media::config::bits::BitReader;
use crate::media::config::vui::{Vui, at_most, bit_depth, cropped};
use crate::media::config::{ChromaFormat, Colour, ConfigError, FrameRate, SampleAspectRatio, VideoInfo};
use crate::media::nal::{NalCodec, NalKind};
use crate::media::video::VideoCodec;
use crate::wire::Truncated;

/// A sequence parameter set, as far as it says what a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sps {
    /// `profile_idc`.
    pub profile: u8,
    /// The constraint flags, `constraint_set0_flag` uppermost.
    pub compatibility: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// `seq_parameter_set_id`: 0 to 31.
    pub id: u8,
    /// How chroma is sampled.
    pub chroma: ChromaFormat,
    /// Bits per sample of luma: 8 to 14.
    pub bit_depth_luma: u8,
    /// Bits per sample of chroma: 8 to 14.
    pub bit_depth_chroma: u8,
    /// Width of the picture to be shown, in samples.
    pub width: u32,
    /// Height of the picture to be shown, in samples.
    pub height: u32,
    /// Whether all pictures are frames: without fields or macroblocks of fields.
    pub frames_only: bool,
    /// The shape of a sample, if it is said.
    pub sample_aspect_ratio: Option<SampleAspectRatio>,
    /// How sample values are to be read as colours, if it is said.
    pub colour: Option<Colour>,
    /// Frames per second, if it is said.
    pub frame_rate: Option<FrameRate>,
}

impl Sps {
    /// Reads a NAL unit, header and emulation prevention included.
    ///
    /// Usability information that is cut short, as some encoders send it, leaves unsaid what it would have said.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is no sequence parameter set, is cut short, or says what cannot be.
    pub fn parse(unit: &[u8]) -> Result<Self, ConfigError> {
        if NalCodec::Avc.kind(unit) != Some(NalKind::Sps) {
            return Err(ConfigError::NotA("a sequence parameter set"));
        }
        let r = &mut BitReader::of_rbsp(unit);
        r.skip(8)?; // the unit's header
        let (profile, compatibility, level) = (r.u8(8)?, r.u8(8)?, r.u8(8)?);
        let id = sps_id(r.ue()?)?;
        let samples = if tells_chroma_format(profile) {
            Samples::read(r)?
        } else {
            Samples::DEFAULT
        };
        r.ue()?; // log2_max_frame_num_minus4
        skip_picture_order_count(r)?;
        r.ue()?; // max_num_ref_frames
        r.flag()?; // gaps_in_frame_num_value_allowed_flag
        let width_in_mbs = u64::from(r.ue()?).saturating_add(1);
        let height_in_map_units = u64::from(r.ue()?).saturating_add(1);
        let frames_only = r.flag()?;
        if !frames_only {
            r.flag()?; // mb_adaptive_frame_field_flag
        }
        r.flag()?; // direct_8x8_inference_flag
        let [left, right, top, bottom] = if r.flag()? {
            [r.ue()?, r.ue()?, r.ue()?, r.ue()?].map(u64::from)
        } else {
            [0; 4]
        };
        let mut vui = Vui::default();
        if r.flag()? {
            // What has been read of one cut short stays.
            let _: Result<(), Truncated> = vui.read_avc(r);
        }
        // A map unit is a macroblock, or a pair of them in two fields.
        let fields = if frames_only { 1_u64 } else { 2 };
        let (crop_x, crop_y) = samples.crop_units();
        Ok(Self {
            profile,
            compatibility,
            level,
            id,
            chroma: samples.chroma,
            bit_depth_luma: samples.bit_depth_luma,
            bit_depth_chroma: samples.bit_depth_chroma,
            width: cropped(
                "pic_width_in_mbs_minus1",
                width_in_mbs.saturating_mul(16),
                left.saturating_add(right).saturating_mul(crop_x),
            )?,
            height: cropped(
                "pic_height_in_map_units_minus1",
                height_in_map_units.saturating_mul(16).saturating_mul(fields),
                top.saturating_add(bottom)
                    .saturating_mul(crop_y)
                    .saturating_mul(fields),
            )?,
            frames_only,
            sample_aspect_ratio: vui.sample_aspect_ratio,
            colour: vui.colour,
            // A tick is a field's time (H.264 §E.2.1), whether pictures are fields or frames.
            frame_rate: vui.timing.and_then(|timing| timing.frame_rate(2)),
        })
    }

    /// What it says of the track. There is no codec string: that is the record's.
    pub fn info(&self) -> VideoInfo {
        VideoInfo {
            profile: profile_name(self.profile, self.compatibility),
            level: Some(level_name(self.profile, self.compatibility, self.level)),
            width: self.width,
            height: self.height,
            frame_rate: self.frame_rate,
            bit_depth: self.bit_depth_luma,
            chroma: Some(self.chroma),
            colour: self.colour,
            sample_aspect_ratio: self.sample_aspect_ratio,
            ..VideoInfo::of(VideoCodec::Avc)
        }
    }
}

fn sps_id(id: u32) -> Result<u8, ConfigError> {
    match u8::try_from(id) {
        Ok(id @ 0..=31) => Ok(id),
        _ => Err(ConfigError::Value {
            field: "seq_parameter_set_id",
            value: id.into(),
        }),
    }
}

/// Whether the sequence parameter sets of a profile tell the chroma format and the bit depth.
pub(super) const fn tells_chroma_format(profile: u8) -> bool {
    matches!(
        profile,
        100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135 | 144
    )
}

/// The most that AVC has above 8 bits per sample: 14.
const MAX_ABOVE_8: u8 = 6;

/// What only the high profiles tell.
struct Samples {
    chroma: ChromaFormat,
    separate_planes: bool,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
}

impl Samples {
    const DEFAULT: Self = Self {
        chroma: ChromaFormat::Yuv420,
        separate_planes: false,
        bit_depth_luma: 8,
        bit_depth_chroma: 8,
    };

    fn read(r: &mut BitReader<'_>) -> Result<Self, ConfigError> {
        let chroma = ChromaFormat::from_idc(r.ue()?)?;
        let separate_planes = chroma == ChromaFormat::Yuv444 && r.flag()?;
        let bit_depth_luma = bit_depth("bit_depth_luma_minus8", r.ue()?, MAX_ABOVE_8)?;
        let bit_depth_chroma = bit_depth("bit_depth_chroma_minus8", r.ue()?, MAX_ABOVE_8)?;
        r.flag()?; // qpprime_y_zero_transform_bypass_flag
        if r.flag()? {
            skip_scaling_lists(r, chroma)?;
        }
        Ok(Self {
            chroma,
            separate_planes,
            bit_depth_luma,
            bit_depth_chroma,
        })
    }

    /// `CropUnitX` and `CropUnitY` of frames.
    const fn crop_units(&self) -> (u64, u64) {
        if self.separate_planes {
            (1, 1)
        } else {
            self.chroma.subsampling()
        }
    }
}

/// `seq_scaling_list_present_flag` and the lists (H.264 §7.3.2.1.1.1).
fn skip_scaling_lists(r: &mut BitReader<'_>, chroma: ChromaFormat) -> Result<(), Truncated> {
    let lists = if chroma == ChromaFormat::Yuv444 { 12 } else { 8 };
    for list in 0..lists {
        if r.flag()? {
            skip_scaling_list(r, if list < 6 { 16 } else { 64 })?;
        }
    }
    Ok(())
}

fn skip_scaling_list(r: &mut BitReader<'_>, size: u8) -> Result<(), Truncated> {
    let mut last = 8_i32;
    for _ in 0..size {
        let next = last.wrapping_add(r.se()?).rem_euclid(256);
        // The rest of the list repeats the last value.
        if next == 0 {
            break;
        }
        last = next;
    }
    Ok(())
}

/// `pic_order_cnt_type` and what depends on it.
fn skip_picture_order_count(r: &mut BitReader<'_>) -> Result<(), ConfigError> {
    match r.ue()? {
        0 => {
            r.ue()?; // log2_max_pic_order_cnt_lsb_minus4
        }
        1 => {
            r.flag()?; // delta_pic_order_always_zero_flag
            r.se()?; // offset_for_non_ref_pic
            r.se()?; // offset_for_top_to_bottom_field
            for _ in 0..at_most("num_ref_frames_in_pic_order_cnt_cycle", r.ue()?, 255)? {
                r.se()?; // offset_for_ref_frame
            }
        }
        2 => {}
        other => {
            return Err(ConfigError::Value {
                field: "pic_order_cnt_type",
                value: other.into(),
            });
        }
    }
    Ok(())
}
