//! HEVC (H.265): the `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15 §8.3.3.1) and its parameter sets.

#![deny(clippy::arithmetic_side_effects)]

mod profile;
mod sps;
#[cfg(test)]
mod tests;
mod vps;

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

pub use self::profile::ProfileTierLevel;
pub use self::sps::Sps;
pub use self::vps::Vps;
use super::parameter_sets::{NalArray, ParameterSets, read_arrays, write_arrays};
use super::vui::{MAX_ABOVE_8, bit_depth, recorded_depth};
use super::{ChromaFormat, ConfigError, VideoInfo, parameter_sets};
use crate::media::nal::{LengthSize, NalCodec, looks_like_annex_b};
use crate::media::video::VideoCodec;
use crate::wire::Reader;

/// `NAL_unit_type` of the arrays.
const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;
/// Arrays of all types count their units.
const NONE_SINGLE: fn(u8) -> bool = |_| false;

/// The record of HEVC: what a decoder needs before the first picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HevcConfiguration {
    profile: ProfileTierLevel,
    min_spatial_segmentation: u16,
    parallelism: u8,
    chroma: ChromaFormat,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
    average_frame_rate: u16,
    /// `constantFrameRate`, `numTemporalLayers` and `temporalIdNested`, in the upper six bits.
    temporal: u8,
    length_size: LengthSize,
    arrays: SmallVec<[NalArray; 4]>,
}

impl HevcConfiguration {
    /// Reads a record. Its parameter sets are slices of it.
    ///
    /// As decoders do, it lets pass a version of 0, a record without parameter sets, parameter sets with start codes
    /// inside the record, and parameter sets with start codes in the place of the record.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, is something else, or announces more than any real record.
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if looks_like_annex_b(record) {
            let sets = ParameterSets::of_annex_b(NalCodec::Hevc, record)?;
            return Self::from_parameter_sets(&sets.vps, &sets.sps, &sets.pps);
        }
        let mut r = Reader::new(record);
        if r.u8()? > 1 {
            return Err(ConfigError::NotA("an HEVCDecoderConfigurationRecord"));
        }
        let profile = ProfileTierLevel::from_record(r.array()?);
        let min_spatial_segmentation = r.u16()? & 0x0FFF;
        let [parallelism, chroma, luma, chroma_depth] = r.array()?;
        let average_frame_rate = r.u16()?;
        let temporal = r.u8()?;
        Ok(Self {
            profile,
            min_spatial_segmentation,
            parallelism: parallelism & 3,
            chroma: ChromaFormat::from_idc(u32::from(chroma & 3))?,
            bit_depth_luma: bit_depth("bit_depth_luma_minus8", u32::from(luma & 7), MAX_ABOVE_8)?,
            bit_depth_chroma: bit_depth(
                "bit_depth_chroma_minus8",
                u32::from(chroma_depth & 7),
                MAX_ABOVE_8,
            )?,
            average_frame_rate,
            temporal: temporal & !3,
            length_size: LengthSize::from_minus_one(temporal),
            arrays: read_arrays(&mut r, record, NONE_SINGLE)?,
        })
    }

    /// Makes the record for units that follow lengths of 4 bytes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is no sequence parameter set, the first one cannot be read or tells a depth of
    /// 16 bits, or there are more or longer ones than a record holds.
    pub fn from_parameter_sets(vps: &[Bytes], sps: &[Bytes], pps: &[Bytes]) -> Result<Self, ConfigError> {
        let first = sps
            .first()
            .ok_or(ConfigError::Missing("sequence parameter set"))?;
        let facts = Sps::parse(first)?;
        Ok(Self {
            min_spatial_segmentation: 0,
            parallelism: 0,
            chroma: facts.chroma,
            bit_depth_luma: recorded_depth("bit_depth_luma_minus8", facts.bit_depth_luma)?,
            bit_depth_chroma: recorded_depth("bit_depth_chroma_minus8", facts.bit_depth_chroma)?,
            average_frame_rate: 0,
            temporal: facts.temporal_layers << 3 | u8::from(facts.temporal_id_nested) << 2,
            length_size: LengthSize::FOUR,
            profile: facts.profile,
            arrays: parameter_sets::arrays([(VPS, vps), (SPS, sps), (PPS, pps)])?,
        })
    }

    /// Writes the record, whose version is 1 whatever it was read with.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        out.put_u8(1);
        out.put_slice(&self.profile.to_record());
        out.put_u16(0xF000 | self.min_spatial_segmentation);
        out.put_u8(0xFC | self.parallelism);
        out.put_u8(0xFC | self.chroma.idc());
        out.put_u8(0xF8 | self.bit_depth_luma.wrapping_sub(8));
        out.put_u8(0xF8 | self.bit_depth_chroma.wrapping_sub(8));
        out.put_u16(self.average_frame_rate);
        out.put_u8(self.temporal | self.length_size.minus_one());
        write_arrays(&self.arrays, NONE_SINGLE, &mut out);
        out.freeze()
    }

    /// Profile, tier and level.
    pub const fn profile(&self) -> &ProfileTierLevel {
        &self.profile
    }

    /// Bytes of the length in front of each unit.
    pub const fn length_size(&self) -> LengthSize {
        self.length_size
    }

    /// The arrays of NAL units, in the order of the record.
    pub fn arrays(&self) -> &[NalArray] {
        &self.arrays
    }

    /// The video parameter sets, as NAL units.
    pub fn vps(&self) -> impl Iterator<Item = &Bytes> {
        parameter_sets::of_type(&self.arrays, VPS)
    }

    /// The sequence parameter sets, as NAL units.
    pub fn sps(&self) -> impl Iterator<Item = &Bytes> {
        parameter_sets::of_type(&self.arrays, SPS)
    }

    /// The picture parameter sets, as NAL units.
    pub fn pps(&self) -> impl Iterator<Item = &Bytes> {
        parameter_sets::of_type(&self.arrays, PPS)
    }

    /// All parameter sets, in the order in which a decoder wants them.
    pub fn parameter_sets(&self) -> impl Iterator<Item = &Bytes> {
        self.vps().chain(self.sps()).chain(self.pps())
    }

    /// The codec with its parameters: `hvc1.1.6.L93.90` (ISO/IEC 14496-15 §E.3).
    pub fn codec_string(&self) -> String {
        self.profile.codec_string()
    }

    /// What the first sequence parameter set says, and the first video parameter set of the frame rate; without
    /// them, what the record itself does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is a sequence parameter set that cannot be read.
    pub fn info(&self) -> Result<VideoInfo, ConfigError> {
        let mut info = match self.sps().next() {
            Some(sps) => Sps::parse(sps)?.info(),
            None => VideoInfo {
                profile: self.profile.name(),
                level: Some(self.profile.level_name()),
                bit_depth: self.bit_depth_luma,
                chroma: Some(self.chroma),
                ..VideoInfo::of(VideoCodec::Hevc)
            },
        };
        info.codec_string = Some(self.codec_string());
        let from_vps = || Vps::parse(self.vps().next()?).ok()?.frame_rate;
        info.frame_rate = info.frame_rate.or_else(from_vps);
        Ok(info)
    }
}
