//! VVC (H.266): the `VvcDecoderConfigurationRecord` (ISO/IEC 14496-15 §11.2.4.2) and its parameter sets.

#![deny(clippy::arithmetic_side_effects)]

mod profile;
mod skip;
mod sps;
#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

pub use self::profile::ProfileTierLevel;
pub use self::sps::Sps;
use super::parameter_sets::{NalArray, ParameterSets, read_arrays, write_arrays};
use super::vui::{MAX_ABOVE_8, bit_depth, recorded_depth};
use super::{ChromaFormat, ConfigError, VideoInfo, parameter_sets};
use crate::media::nal::{LengthSize, NalCodec, NalKind, looks_like_annex_b};
use crate::media::video::VideoCodec;
use crate::wire::Reader;

/// `NAL_unit_type` of the arrays.
const VPS: u8 = 14;
const SPS: u8 = 15;
const PPS: u8 = 16;
/// Operating point and decoding capability information come alone, and are not counted.
const SINGLE: fn(u8) -> bool = |nal_type| matches!(nal_type, 12 | 13);

/// The record of VVC: what a decoder needs before the first picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VvcConfiguration {
    length_size: LengthSize,
    operating_point: Option<OperatingPoint>,
    arrays: SmallVec<[NalArray; 4]>,
}

/// What the record says of its output layer set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatingPoint {
    /// `ols_idx`: 0 to 511.
    pub output_layer_set: u16,
    /// `num_sublayers`: temporal sub-layers, 0 to 7.
    pub sub_layers: u8,
    /// `constant_frame_rate`: 0 to 3.
    pub constant_frame_rate: u8,
    /// How chroma is sampled.
    pub chroma: ChromaFormat,
    /// Bits per sample: 8 to 15.
    pub bit_depth: u8,
    /// Profile, tier and level.
    pub profile: ProfileTierLevel,
    /// `max_picture_width`, in samples, before cropping.
    pub max_width: u16,
    /// `max_picture_height`, in samples, before cropping.
    pub max_height: u16,
    /// `avg_frame_rate`: frames in 256 seconds; 0 if it is not said.
    pub average_frame_rate: u16,
}

impl VvcConfiguration {
    /// Reads a record. Its parameter sets are slices of it.
    ///
    /// As decoders do, it lets pass a record without parameter sets, parameter sets with start codes inside the
    /// record, and parameter sets with start codes in the place of the record.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, is something else, or announces more than any real record.
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if looks_like_annex_b(record) {
            let sets = ParameterSets::of_annex_b(NalCodec::Vvc, record)?;
            return Self::from_parameter_sets(&sets.vps, &sets.sps, &sets.pps);
        }
        let mut r = Reader::new(record);
        let first = r.u8()?;
        if first & RESERVED != RESERVED {
            return Err(ConfigError::NotA("a VvcDecoderConfigurationRecord"));
        }
        let operating_point = (first & 1 == 1)
            .then(|| OperatingPoint::read(&mut r))
            .transpose()?;
        Ok(Self {
            length_size: LengthSize::from_minus_one(first >> 1),
            operating_point,
            arrays: read_arrays(&mut r, record, SINGLE)?,
        })
    }

    /// Makes the record for units that follow lengths of 4 bytes. A stream of one layer needs no video parameter
    /// set.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is no sequence parameter set, the first one cannot be read or tells no profile or
    /// a depth of 16 bits, or there are more or longer ones than a record holds.
    pub fn from_parameter_sets(vps: &[Bytes], sps: &[Bytes], pps: &[Bytes]) -> Result<Self, ConfigError> {
        let first = sps
            .first()
            .ok_or(ConfigError::Missing("sequence parameter set"))?;
        let facts = Sps::parse(first)?;
        let side = |field, side: u32| {
            u16::try_from(side).map_err(|_| ConfigError::Value {
                field,
                value: side.into(),
            })
        };
        Ok(Self {
            length_size: LengthSize::FOUR,
            operating_point: Some(OperatingPoint {
                output_layer_set: 0,
                sub_layers: facts.temporal_layers,
                constant_frame_rate: 0,
                chroma: facts.chroma,
                bit_depth: recorded_depth("bit_depth_minus8", facts.bit_depth)?,
                profile: facts.profile.ok_or(ConfigError::Missing("profile"))?,
                max_width: side("max_picture_width", facts.coded_width)?,
                max_height: side("max_picture_height", facts.coded_height)?,
                average_frame_rate: 0,
            }),
            arrays: parameter_sets::arrays([(VPS, vps), (SPS, sps), (PPS, pps)])?,
        })
    }

    /// Writes the record.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        let length_size = self.length_size.minus_one() << 1;
        out.put_u8(RESERVED | length_size | u8::from(self.operating_point.is_some()));
        if let Some(operating_point) = &self.operating_point {
            operating_point.write(&mut out);
        }
        write_arrays(&self.arrays, SINGLE, &mut out);
        out.freeze()
    }

    /// Bytes of the length in front of each unit.
    pub const fn length_size(&self) -> LengthSize {
        self.length_size
    }

    /// What is said of the output layer set, if it is.
    pub const fn operating_point(&self) -> Option<&OperatingPoint> {
        self.operating_point.as_ref()
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

    /// All parameter sets, in the order in which a decoder wants them: those of other types, such as adaptation
    /// parameter sets, are last.
    pub fn parameter_sets(&self) -> impl Iterator<Item = &Bytes> {
        let others = self
            .arrays
            .iter()
            .flat_map(NalArray::units)
            .filter(|unit| matches!(NalCodec::Vvc.kind(unit), Some(NalKind::OtherParameterSet(_))));
        self.vps().chain(self.sps()).chain(self.pps()).chain(others)
    }

    /// The codec with its parameters: `vvc1.1.L51.CQA` (ISO/IEC 14496-15 §E.6). `None` if neither the record nor
    /// a sequence parameter set tells the profile.
    pub fn codec_string(&self) -> Option<String> {
        if let Some(operating_point) = &self.operating_point {
            return Some(operating_point.profile.codec_string());
        }
        let sps = Sps::parse(self.sps().next()?).ok()?;
        Some(sps.profile?.codec_string())
    }

    /// What the first sequence parameter set says; without one, what the record itself does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is a sequence parameter set that cannot be read.
    pub fn info(&self) -> Result<VideoInfo, ConfigError> {
        let said = self.operating_point.as_ref();
        let mut info = match self.sps().next() {
            Some(sps) => Sps::parse(sps)?.info(),
            None => VideoInfo {
                width: said.map_or(0, |said| said.max_width.into()),
                height: said.map_or(0, |said| said.max_height.into()),
                bit_depth: said.map_or(0, |said| said.bit_depth),
                chroma: said.map(|said| said.chroma),
                ..VideoInfo::of(VideoCodec::Vvc)
            },
        };
        info.codec_string = self.codec_string();
        info.profile = info.profile.or_else(|| said.and_then(|said| said.profile.name()));
        info.level = info.level.or_else(|| said.map(|said| said.profile.level_name()));
        info.frame_rate = info
            .frame_rate
            .or_else(|| said.and_then(OperatingPoint::frame_rate));
        Ok(info)
    }
}

/// The upper five bits of the record's first byte.
const RESERVED: u8 = 0xF8;

impl OperatingPoint {
    fn read(r: &mut Reader<'_>) -> Result<Self, ConfigError> {
        // ols_idx(9) num_sublayers(3) constant_frame_rate(2) chroma_format_idc(2)
        let fields = r.u16()?;
        let [_, low] = fields.to_be_bytes();
        let sub_layers = low >> 4 & 7;
        let depth = r.u8()? >> 5;
        Ok(Self {
            output_layer_set: fields >> 7,
            sub_layers,
            constant_frame_rate: low >> 2 & 3,
            chroma: ChromaFormat::from_idc(u32::from(low & 3))?,
            bit_depth: bit_depth("bit_depth_minus8", depth.into(), MAX_ABOVE_8)?,
            profile: ProfileTierLevel::from_record(r, sub_layers)?,
            max_width: r.u16()?,
            max_height: r.u16()?,
            average_frame_rate: r.u16()?,
        })
    }

    fn write(&self, out: &mut BytesMut) {
        out.put_u16(
            self.output_layer_set << 7
                | u16::from(self.sub_layers & 7) << 4
                | u16::from(self.constant_frame_rate & 3) << 2
                | u16::from(self.chroma.idc()),
        );
        out.put_u8(self.bit_depth.wrapping_sub(8) << 5 | 0x1F);
        self.profile.to_record(self.sub_layers, out);
        out.put_u16(self.max_width);
        out.put_u16(self.max_height);
        out.put_u16(self.average_frame_rate);
    }

    /// Frames per second, if it is said.
    pub fn frame_rate(&self) -> Option<super::FrameRate> {
        super::FrameRate::new(self.average_frame_rate.into(), 256)
    }
}
