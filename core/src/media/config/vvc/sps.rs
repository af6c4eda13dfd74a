//! The sequence parameter set of VVC (H.266 §7.3.2.4).

#![deny(clippy::arithmetic_side_effects)]

use super::{ProfileTierLevel, skip};
use crate::media::config::bits::BitReader;
use crate::media::config::vui::{MAX_ABOVE_8, Timing, Vui, bit_depth, cropped, sub_layers_minus1};
use crate::media::config::{ChromaFormat, Colour, ConfigError, FrameRate, SampleAspectRatio, VideoInfo};
use crate::media::nal::{NalCodec, NalKind};
use crate::media::video::VideoCodec;
use crate::wire::Truncated;

/// A sequence parameter set, as far as it says what a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sps {
    /// `sps_seq_parameter_set_id`: 0 to 15.
    pub id: u8,
    /// Temporal sub-layers: 1 to 7.
    pub temporal_layers: u8,
    /// Profile, tier and level. `None` in the set of a layer that depends on others.
    pub profile: Option<ProfileTierLevel>,
    /// How chroma is sampled.
    pub chroma: ChromaFormat,
    /// Bits per sample: 8 to 16.
    pub bit_depth: u8,
    /// Width of the largest coded picture, in samples.
    pub coded_width: u32,
    /// Height of the largest coded picture, in samples.
    pub coded_height: u32,
    /// Width of the picture to be shown, in samples.
    pub width: u32,
    /// Height of the picture to be shown, in samples.
    pub height: u32,
    /// The shape of a sample, if it is said.
    pub sample_aspect_ratio: Option<SampleAspectRatio>,
    /// How sample values are to be read as colours, if it is said.
    pub colour: Option<Colour>,
    /// Pictures per second, if it is said.
    pub frame_rate: Option<FrameRate>,
}

impl Sps {
    /// Reads a NAL unit, header and emulation prevention included.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is no sequence parameter set, is cut short, or says what cannot be.
    pub fn parse(unit: &[u8]) -> Result<Self, ConfigError> {
        if NalCodec::Vvc.kind(unit) != Some(NalKind::Sps) {
            return Err(ConfigError::NotA("a sequence parameter set"));
        }
        let r = &mut BitReader::of_rbsp(unit);
        r.skip(16)?; // the unit's header
        let id = r.u8(4)?;
        let has_vps = r.u(4)? > 0;
        let sub_layers_minus1 = sub_layers_minus1("sps_max_sublayers_minus1", r)?;
        let chroma = ChromaFormat::from_idc(r.u(2)?)?;
        let log2_ctu_size = r.u(2)?.saturating_add(5);
        let has_profile = r.flag()?;
        let profile = has_profile
            .then(|| ProfileTierLevel::read(r, sub_layers_minus1))
            .transpose()?;
        r.flag()?; // sps_gdr_enabled_flag
        if r.flag()? {
            r.flag()?; // sps_res_change_in_clvs_allowed_flag
        }
        let size = Size::read(r, chroma)?;
        if r.flag()? {
            skip::sub_pictures(r, size.coded_width, size.coded_height, log2_ctu_size)?;
        }
        let bit_depth = bit_depth("sps_bitdepth_minus8", r.ue()?, MAX_ABOVE_8)?;
        let log2_max_poc_lsb = skip::picture_headers(r)?;
        if has_profile {
            skip::decoded_picture_buffer(r, sub_layers_minus1)?;
        }
        skip::coding_tools(
            r,
            &skip::Context {
                chroma,
                log2_ctu_size,
                has_vps,
                log2_max_poc_lsb,
            },
        )?;
        let timing = if has_profile && r.flag()? {
            let timing = Timing::read(r)?;
            skip::reference_decoder(r, sub_layers_minus1)?;
            Some(timing)
        } else {
            None
        };
        r.flag()?; // sps_field_seq_flag
        let mut vui = Vui::default();
        if r.flag()? {
            r.ue()?; // sps_vui_payload_size_minus1
            r.align();
            // What has been read of one cut short stays.
            let _: Result<(), Truncated> = vui.read_vvc(r);
        }
        Ok(Self {
            id,
            temporal_layers: sub_layers_minus1.saturating_add(1),
            profile,
            chroma,
            bit_depth,
            coded_width: size.coded_width,
            coded_height: size.coded_height,
            width: size.width,
            height: size.height,
            sample_aspect_ratio: vui.sample_aspect_ratio,
            colour: vui.colour,
            frame_rate: timing.and_then(|timing| timing.frame_rate(1)),
        })
    }

    /// What it says of the track. There is no codec string: that is the record's.
    pub fn info(&self) -> VideoInfo {
        VideoInfo {
            profile: self.profile.as_ref().and_then(ProfileTierLevel::name),
            level: self.profile.as_ref().map(ProfileTierLevel::level_name),
            width: self.width,
            height: self.height,
            frame_rate: self.frame_rate,
            bit_depth: self.bit_depth,
            chroma: Some(self.chroma),
            colour: self.colour,
            sample_aspect_ratio: self.sample_aspect_ratio,
            ..VideoInfo::of(VideoCodec::Vvc)
        }
    }
}

/// What is coded, and what of it is to be shown.
struct Size {
    coded_width: u32,
    coded_height: u32,
    width: u32,
    height: u32,
}

impl Size {
    fn read(r: &mut BitReader<'_>, chroma: ChromaFormat) -> Result<Self, ConfigError> {
        const WIDTH: &str = "sps_pic_width_max_in_luma_samples";
        const HEIGHT: &str = "sps_pic_height_max_in_luma_samples";
        let (coded_width, coded_height) = (r.ue()?, r.ue()?);
        let [left, right, top, bottom] = if r.flag()? {
            [r.ue()?, r.ue()?, r.ue()?, r.ue()?].map(u64::from)
        } else {
            [0; 4]
        };
        let (sub_width, sub_height) = chroma.subsampling();
        let across = left.saturating_add(right).saturating_mul(sub_width);
        let down = top.saturating_add(bottom).saturating_mul(sub_height);
        Ok(Self {
            coded_width,
            coded_height,
            width: cropped(WIDTH, coded_width.into(), across)?,
            height: cropped(HEIGHT, coded_height.into(), down)?,
        })
    }
}
