//! The video parameter set of HEVC (H.265 §7.3.2.1).

#![deny(clippy::arithmetic_side_effects)]

use super::ProfileTierLevel;
use crate::media::config::bits::BitReader;
use crate::media::config::vui::{Timing, at_most, sub_layers_minus1};
use crate::media::config::{ConfigError, FrameRate};
use crate::media::nal::{NalCodec, NalKind};

/// A video parameter set, as far as it says what a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vps {
    /// `vps_video_parameter_set_id`: 0 to 15.
    pub id: u8,
    /// Temporal sub-layers: 1 to 7.
    pub temporal_layers: u8,
    /// Profile, tier and level.
    pub profile: ProfileTierLevel,
    /// Pictures per second, if it is said.
    pub frame_rate: Option<FrameRate>,
}

impl Vps {
    /// Reads a NAL unit, header and emulation prevention included.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is no video parameter set, is cut short, or says what cannot be.
    pub fn parse(unit: &[u8]) -> Result<Self, ConfigError> {
        if NalCodec::Hevc.kind(unit) != Some(NalKind::Vps) {
            return Err(ConfigError::NotA("a video parameter set"));
        }
        let r = &mut BitReader::of_rbsp(unit);
        r.skip(16)?; // the unit's header
        let id = r.u8(4)?;
        r.skip(2)?; // vps_base_layer_internal_flag, vps_base_layer_available_flag
        r.skip(6)?; // vps_max_layers_minus1
        let sub_layers_minus1 = sub_layers_minus1("vps_max_sub_layers_minus1", r)?;
        r.flag()?; // vps_temporal_id_nesting_flag
        r.skip(16)?; // vps_reserved_0xffff_16bits
        let profile = ProfileTierLevel::read(r, sub_layers_minus1)?;
        skip_sub_layer_ordering(r, sub_layers_minus1)?;
        let max_layer_id = r.u(6)?;
        for _ in 0..at_most("vps_num_layer_sets_minus1", r.ue()?, 1023)? {
            r.skip(max_layer_id.saturating_add(1))?; // layer_id_included_flag
        }
        let timing = r.flag()?.then(|| Timing::read(r)).transpose()?;
        Ok(Self {
            id,
            temporal_layers: sub_layers_minus1.saturating_add(1),
            profile,
            frame_rate: timing.and_then(|timing| timing.frame_rate(1)),
        })
    }
}

/// The flag whether each sub-layer tells its buffers, and three numbers of those that do.
pub(super) fn skip_sub_layer_ordering(
    r: &mut BitReader<'_>,
    sub_layers_minus1: u8,
) -> Result<(), ConfigError> {
    let first = if r.flag()? { 0 } else { sub_layers_minus1 };
    for _ in first..=sub_layers_minus1 {
        for _ in 0..3 {
            r.ue()?;
        }
    }
    Ok(())
}
