//! The sequence parameter set of HEVC (H.265 §7.3.2.2).

#![deny(clippy::arithmetic_side_effects)]

use super::ProfileTierLevel;
use super::vps::skip_sub_layer_ordering;
use crate::media::config::bits::BitReader;
use crate::media::config::vui::{MAX_ABOVE_8, Vui, at_most, bit_depth, cropped, sub_layers_minus1};
use crate::media::config::{ChromaFormat, Colour, ConfigError, FrameRate, SampleAspectRatio, VideoInfo};
use crate::media::nal::{NalCodec, NalKind};
use crate::media::video::VideoCodec;
use crate::wire::Truncated;

/// A sequence parameter set, as far as it says what a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sps {
    /// Temporal sub-layers: 1 to 7.
    pub temporal_layers: u8,
    /// `sps_temporal_id_nesting_flag`.
    pub temporal_id_nested: bool,
    /// Profile, tier and level.
    pub profile: ProfileTierLevel,
    /// `sps_seq_parameter_set_id`: 0 to 15.
    pub id: u8,
    /// How chroma is sampled.
    pub chroma: ChromaFormat,
    /// Bits per sample of luma: 8 to 16.
    pub bit_depth_luma: u8,
    /// Bits per sample of chroma: 8 to 16.
    pub bit_depth_chroma: u8,
    /// Width of the picture to be shown, in samples.
    pub width: u32,
    /// Height of the picture to be shown, in samples.
    pub height: u32,
    /// The shape of a sample, if it is said.
    pub sample_aspect_ratio: Option<SampleAspectRatio>,
    /// How sample values are to be read as colours, if it is said.
    pub colour: Option<Colour>,
    /// Pictures per second, if it is said. Where pictures are fields, two make a frame.
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
        if NalCodec::Hevc.kind(unit) != Some(NalKind::Sps) {
            return Err(ConfigError::NotA("a sequence parameter set"));
        }
        let r = &mut BitReader::of_rbsp(unit);
        r.skip(16)?; // the unit's header
        r.skip(4)?; // sps_video_parameter_set_id
        let sub_layers_minus1 = sub_layers_minus1("sps_max_sub_layers_minus1", r)?;
        let temporal_id_nested = r.flag()?;
        let profile = ProfileTierLevel::read(r, sub_layers_minus1)?;
        let id = sps_id(r.ue()?)?;
        let chroma = ChromaFormat::from_idc(r.ue()?)?;
        let separate_planes = chroma == ChromaFormat::Yuv444 && r.flag()?;
        let coded_width = u64::from(r.ue()?);
        let coded_height = u64::from(r.ue()?);
        let [left, right, top, bottom] = if r.flag()? {
            [r.ue()?, r.ue()?, r.ue()?, r.ue()?].map(u64::from)
        } else {
            [0; 4]
        };
        let (sub_width, sub_height) = if separate_planes {
            (1, 1)
        } else {
            chroma.subsampling()
        };
        let width = cropped(
            "pic_width_in_luma_samples",
            coded_width,
            left.saturating_add(right).saturating_mul(sub_width),
        )?;
        let height = cropped(
            "pic_height_in_luma_samples",
            coded_height,
            top.saturating_add(bottom).saturating_mul(sub_height),
        )?;
        let bit_depth_luma = bit_depth("bit_depth_luma_minus8", r.ue()?, MAX_ABOVE_8)?;
        let bit_depth_chroma = bit_depth("bit_depth_chroma_minus8", r.ue()?, MAX_ABOVE_8)?;
        let log2_max_poc_lsb = at_most("log2_max_pic_order_cnt_lsb_minus4", r.ue()?, 12)?.saturating_add(4);
        skip_sub_layer_ordering(r, sub_layers_minus1)?;
        skip_coding_tools(r)?;
        skip_reference_pictures(r, log2_max_poc_lsb)?;
        r.flag()?; // sps_temporal_mvp_enabled_flag
        r.flag()?; // strong_intra_smoothing_enabled_flag
        let mut vui = Vui::default();
        if r.flag()? {
            // What has been read of one cut short stays.
            let _: Result<(), Truncated> = vui.read_hevc(r);
        }
        Ok(Self {
            temporal_layers: sub_layers_minus1.saturating_add(1),
            temporal_id_nested,
            profile,
            id,
            chroma,
            bit_depth_luma,
            bit_depth_chroma,
            width,
            height,
            sample_aspect_ratio: vui.sample_aspect_ratio,
            colour: vui.colour,
            frame_rate: vui.timing.and_then(|timing| timing.frame_rate(1)),
        })
    }

    /// What it says of the track. There is no codec string: that is the record's.
    pub fn info(&self) -> VideoInfo {
        VideoInfo {
            profile: self.profile.name(),
            level: Some(self.profile.level_name()),
            width: self.width,
            height: self.height,
            frame_rate: self.frame_rate,
            bit_depth: self.bit_depth_luma,
            chroma: Some(self.chroma),
            colour: self.colour,
            sample_aspect_ratio: self.sample_aspect_ratio,
            ..VideoInfo::of(VideoCodec::Hevc)
        }
    }
}

fn sps_id(id: u32) -> Result<u8, ConfigError> {
    match u8::try_from(id) {
        Ok(id @ 0..=15) => Ok(id),
        _ => Err(ConfigError::Value {
            field: "sps_seq_parameter_set_id",
            value: id.into(),
        }),
    }
}

/// From `log2_min_luma_coding_block_size_minus3` to what `pcm_enabled_flag` brings.
fn skip_coding_tools(r: &mut BitReader<'_>) -> Result<(), Truncated> {
    for _ in 0..6 {
        r.ue()?; // sizes of coding and transform blocks, depths of transform hierarchies
    }
    // scaling_list_enabled_flag, sps_scaling_list_data_present_flag
    if r.flag()? && r.flag()? {
        skip_scaling_lists(r)?;
    }
    r.flag()?; // amp_enabled_flag
    r.flag()?; // sample_adaptive_offset_enabled_flag
    if r.flag()? {
        r.skip(8)?; // pcm_sample_bit_depth_luma_minus1, _chroma_minus1
        r.ue()?; // log2_min_pcm_luma_coding_block_size_minus3
        r.ue()?; // log2_diff_max_min_pcm_luma_coding_block_size
        r.flag()?; // pcm_loop_filter_disabled_flag
    }
    Ok(())
}

/// `scaling_list_data()` (H.265 §7.3.4).
fn skip_scaling_lists(r: &mut BitReader<'_>) -> Result<(), Truncated> {
    // Four sizes of blocks; six matrices of each, two of the largest.
    for (coefficients, matrices, has_dc) in [(16, 6, false), (64, 6, false), (64, 6, true), (64, 2, true)] {
        for _ in 0..matrices {
            // scaling_list_pred_mode_flag
            if !r.flag()? {
                r.ue()?; // scaling_list_pred_matrix_id_delta
                continue;
            }
            if has_dc {
                r.se()?; // scaling_list_dc_coef_minus8
            }
            for _ in 0..coefficients {
                r.se()?; // scaling_list_delta_coef
            }
        }
    }
    Ok(())
}

/// The sets of short-term reference pictures, and the long-term ones.
fn skip_reference_pictures(r: &mut BitReader<'_>, log2_max_poc_lsb: u32) -> Result<(), ConfigError> {
    let sets = at_most("num_short_term_ref_pic_sets", r.ue()?, 64)?;
    let mut pictures = 0;
    for set in 0..sets {
        // inter_ref_pic_set_prediction_flag
        pictures = if set > 0 && r.flag()? {
            predicted_set(r, pictures)?
        } else {
            explicit_set(r)?
        };
    }
    // long_term_ref_pics_present_flag
    if r.flag()? {
        for _ in 0..at_most("num_long_term_ref_pics_sps", r.ue()?, 32)? {
            r.skip(log2_max_poc_lsb)?; // lt_ref_pic_poc_lsb_sps
            r.flag()?; // used_by_curr_pic_lt_sps_flag
        }
    }
    Ok(())
}

/// `st_ref_pic_set()` that changes the set before it, which has so many pictures (H.265 §7.3.7). Returns how many
/// it has itself.
fn predicted_set(r: &mut BitReader<'_>, before: u32) -> Result<u32, ConfigError> {
    r.flag()?; // delta_rps_sign
    r.ue()?; // abs_delta_rps_minus1
    let mut pictures = 0_u32;
    for _ in 0..=before {
        let used_by_current = r.flag()?;
        // use_delta_flag, which is 1 if it is not there
        if used_by_current || r.flag()? {
            pictures = pictures.saturating_add(1);
        }
    }
    at_most("NumDeltaPocs", pictures, MAX_PICTURES)
}

/// `st_ref_pic_set()` in full. Returns how many pictures it has.
fn explicit_set(r: &mut BitReader<'_>) -> Result<u32, ConfigError> {
    let negative = at_most("num_negative_pics", r.ue()?, MAX_PICTURES)?;
    let positive = at_most("num_positive_pics", r.ue()?, MAX_PICTURES)?;
    let pictures = at_most("NumDeltaPocs", negative.saturating_add(positive), MAX_PICTURES)?;
    for _ in 0..pictures {
        r.ue()?; // delta_poc_s0_minus1, delta_poc_s1_minus1
        r.flag()?; // used_by_curr_pic_s0_flag, used_by_curr_pic_s1_flag
    }
    Ok(pictures)
}

/// The most pictures in a set: `sps_max_dec_pic_buffering_minus1` is at most 15 (H.265 §A.4.2).
const MAX_PICTURES: u32 = 16;
