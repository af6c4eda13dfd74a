//! AVC (H.264): the `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15 §5.3.3.1) and its parameter sets.

#![deny(clippy::arithmetic_side_effects)]

mod sps;
#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

pub use self::sps::Sps;
use super::parameter_sets::{self, ParameterSets};
use super::vui::{MAX_ABOVE_8, bit_depth};
use super::{ChromaFormat, ConfigError, VideoInfo};
use crate::media::nal::{LengthSize, NalCodec, looks_like_annex_b};
use crate::media::video::VideoCodec;
use crate::wire::Reader;

/// The record of AVC: what a decoder needs before the first picture.
///
/// ```
/// # use bytes::Bytes;
/// use rtmp_core::media::config::avc::AvcConfiguration;
///
/// let record = Bytes::from_static(&[
///     0x01, 0x64, 0x00, 0x1F, // version, profile, compatibility, level
///     0xFF, // lengths of 4 bytes
///     0xE1, 0x00, 0x1A, // one sequence parameter set of 26 bytes
///     0x67, 0x64, 0x00, 0x1F, 0xAC, 0xD9, 0x40, 0x50, 0x05, 0xBB, 0x01, 0x10, 0x00, //
///     0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xC0, 0xF1, 0x83, 0x19, 0x60, //
///     0x01, 0x00, 0x06, // one picture parameter set of 6 bytes
///     0x68, 0xEB, 0xE3, 0xCB, 0x22, 0xC0, //
///     0xFD, 0xF8, 0xF8, 0x00, // 4:2:0, 8 bits, no extensions: in high profiles
/// ]);
/// let info = AvcConfiguration::parse(&record)?.info()?;
/// assert_eq!(info.codec_string.as_deref(), Some("avc1.64001f"));
/// assert_eq!((info.width, info.height), (1280, 720));
/// assert_eq!(info.frame_rate.map(|rate| rate.as_f64()), Some(30.0));
/// # Ok::<_, rtmp_core::media::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcConfiguration {
    profile: u8,
    compatibility: u8,
    level: u8,
    length_size: LengthSize,
    sps: SmallVec<[Bytes; 1]>,
    pps: SmallVec<[Bytes; 1]>,
    extension: Option<AvcExtension>,
}

/// What the record of a high profile ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcExtension {
    chroma: ChromaFormat,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
    sps_extensions: SmallVec<[Bytes; 1]>,
}

impl AvcConfiguration {
    /// Reads a record. Its parameter sets are slices of it.
    ///
    /// As decoders do, it lets pass a record whose end is missing behind the parameter sets, one without parameter
    /// sets, parameter sets with start codes inside the record, and parameter sets with start codes in the place of
    /// the record.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short within the parameter sets or is something else.
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        if looks_like_annex_b(record) {
            let sets = ParameterSets::of_annex_b(NalCodec::Avc, record)?;
            return Self::from_parameter_sets(&sets.sps, &sets.pps);
        }
        let mut r = Reader::new(record);
        if r.u8()? != 1 {
            return Err(ConfigError::NotA("an AVCDecoderConfigurationRecord"));
        }
        let [profile, compatibility, level] = r.array()?;
        let length_size = LengthSize::from_minus_one(r.u8()?);
        let count = r.u8()? & 0x1F;
        let sps = read_units(&mut r, record, count)?;
        let count = r.u8()?;
        let pps = read_units(&mut r, record, count)?;
        // FFmpeg and others have left it out for years: it is none if it cannot be read.
        let extension = has_extension(profile)
            .then(|| AvcExtension::read(&mut r, record).ok())
            .flatten();
        Ok(Self {
            profile,
            compatibility,
            level,
            length_size,
            sps,
            pps,
            extension,
        })
    }

    /// Makes the record for units that follow lengths of 4 bytes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is no sequence parameter set, the first one cannot be read, or there are more or
    /// longer ones than a record holds.
    pub fn from_parameter_sets(sps: &[Bytes], pps: &[Bytes]) -> Result<Self, ConfigError> {
        parameter_sets::check("numOfSequenceParameterSets", sps, 0x1F)?;
        parameter_sets::check("numOfPictureParameterSets", pps, 0xFF)?;
        let first = sps
            .first()
            .ok_or(ConfigError::Missing("sequence parameter set"))?;
        let facts = Sps::parse(first)?;
        let extension = has_extension(facts.profile).then(|| AvcExtension {
            chroma: facts.chroma,
            bit_depth_luma: facts.bit_depth_luma,
            bit_depth_chroma: facts.bit_depth_chroma,
            sps_extensions: SmallVec::new(),
        });
        Ok(Self {
            profile: facts.profile,
            compatibility: facts.compatibility,
            level: facts.level,
            length_size: LengthSize::FOUR,
            sps: sps.into(),
            pps: pps.into(),
            extension,
        })
    }

    /// Writes the record.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        out.put_slice(&[
            1,
            self.profile,
            self.compatibility,
            self.level,
            0xFC | self.length_size.minus_one(),
        ]);
        write_units(0xE0, &self.sps, &mut out);
        write_units(0, &self.pps, &mut out);
        if let Some(extension) = &self.extension {
            extension.write(&mut out);
        }
        out.freeze()
    }

    /// `AVCProfileIndication`: 66 is Baseline, 77 Main, 100 High.
    pub const fn profile(&self) -> u8 {
        self.profile
    }

    /// `profile_compatibility`: the constraint flags, `constraint_set0_flag` uppermost.
    pub const fn compatibility(&self) -> u8 {
        self.compatibility
    }

    /// `AVCLevelIndication`: ten times the level.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Bytes of the length in front of each unit.
    pub const fn length_size(&self) -> LengthSize {
        self.length_size
    }

    /// The sequence parameter sets, as NAL units.
    pub fn sps(&self) -> &[Bytes] {
        &self.sps
    }

    /// The picture parameter sets, as NAL units.
    pub fn pps(&self) -> &[Bytes] {
        &self.pps
    }

    /// What the record of a high profile ends with.
    pub const fn extension(&self) -> Option<&AvcExtension> {
        self.extension.as_ref()
    }

    /// All parameter sets, in the order in which a decoder wants them.
    pub fn parameter_sets(&self) -> impl Iterator<Item = &Bytes> {
        let extensions = self.extension.iter().flat_map(|e| &e.sps_extensions);
        self.sps.iter().chain(extensions).chain(&self.pps)
    }

    /// The codec with its parameters: `avc1.64001f` (RFC 6381 §3.3).
    pub fn codec_string(&self) -> String {
        format!(
            "avc1.{:02x}{:02x}{:02x}",
            self.profile, self.compatibility, self.level
        )
    }

    /// What the first sequence parameter set says; without one, what the record itself does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is a sequence parameter set that cannot be read.
    pub fn info(&self) -> Result<VideoInfo, ConfigError> {
        let mut info = match self.sps.first() {
            Some(sps) => Sps::parse(sps)?.info(),
            None => VideoInfo {
                profile: profile_name(self.profile, self.compatibility),
                level: Some(level_name(self.profile, self.compatibility, self.level)),
                bit_depth: self.extension.as_ref().map_or(0, |e| e.bit_depth_luma),
                chroma: self.extension.as_ref().map(|e| e.chroma),
                ..VideoInfo::of(VideoCodec::Avc)
            },
        };
        info.codec_string = Some(self.codec_string());
        Ok(info)
    }
}

impl AvcExtension {
    fn read(r: &mut Reader<'_>, record: &Bytes) -> Result<Self, ConfigError> {
        let [chroma, luma, chroma_depth, count] = r.array()?;
        Ok(Self {
            chroma: ChromaFormat::from_idc(u32::from(chroma & 3))?,
            bit_depth_luma: bit_depth("bit_depth_luma_minus8", u32::from(luma & 7), MAX_ABOVE_8)?,
            bit_depth_chroma: bit_depth(
                "bit_depth_chroma_minus8",
                u32::from(chroma_depth & 7),
                MAX_ABOVE_8,
            )?,
            sps_extensions: read_units(r, record, count)?,
        })
    }

    fn write(&self, out: &mut BytesMut) {
        out.put_slice(&[
            0xFC | self.chroma.idc(),
            0xF8 | self.bit_depth_luma.wrapping_sub(8),
            0xF8 | self.bit_depth_chroma.wrapping_sub(8),
        ]);
        write_units(0, &self.sps_extensions, out);
    }

    /// How chroma is sampled.
    pub const fn chroma(&self) -> ChromaFormat {
        self.chroma
    }

    /// Bits per sample of luma.
    pub const fn bit_depth_luma(&self) -> u8 {
        self.bit_depth_luma
    }

    /// Bits per sample of chroma.
    pub const fn bit_depth_chroma(&self) -> u8 {
        self.bit_depth_chroma
    }

    /// The sequence parameter set extensions, as NAL units.
    pub fn sps_extensions(&self) -> &[Bytes] {
        &self.sps_extensions
    }
}

/// So many units, each behind its length.
fn read_units(r: &mut Reader<'_>, record: &Bytes, count: u8) -> Result<SmallVec<[Bytes; 1]>, ConfigError> {
    (0..count).map(|_| parameter_sets::read(r, record)).collect()
}

/// The number of units, with the bits above it, and the units.
fn write_units(reserved: u8, units: &[Bytes], out: &mut BytesMut) {
    // No more than a byte can count: see `parameter_sets::check`.
    out.put_u8(reserved | u8::try_from(units.len()).unwrap_or(u8::MAX));
    for unit in units {
        parameter_sets::write(unit, out);
    }
}

/// Whether the record of a profile ends with an extension. The standard names 100, 110, 122 and 144; writers give
/// one to all whose parameter sets tell the chroma format.
const fn has_extension(profile: u8) -> bool {
    sps::tells_chroma_format(profile)
}

/// The profile's name, as FFmpeg prints it (H.264 §A.2).
fn profile_name(profile: u8, compatibility: u8) -> Option<&'static str> {
    let constraint_set1 = compatibility & 0x40 != 0;
    let constraint_set3 = compatibility & 0x10 != 0;
    Some(match profile {
        44 => "CAVLC 4:4:4",
        66 if constraint_set1 => "Constrained Baseline",
        66 => "Baseline",
        77 => "Main",
        88 => "Extended",
        100 => "High",
        110 if constraint_set3 => "High 10 Intra",
        110 => "High 10",
        118 => "Multiview High",
        122 if constraint_set3 => "High 4:2:2 Intra",
        122 => "High 4:2:2",
        128 => "Stereo High",
        144 => "High 4:4:4",
        244 if constraint_set3 => "High 4:4:4 Intra",
        244 => "High 4:4:4 Predictive",
        _ => return None,
    })
}

/// The level as people write it (H.264 §A.3.1).
fn level_name(profile: u8, compatibility: u8, level: u8) -> String {
    let constraint_set3 = compatibility & 0x10 != 0;
    match (level, profile) {
        (9, _) => "1b".to_owned(),
        (11, 66 | 77 | 88) if constraint_set3 => "1b".to_owned(),
        _ => format!("{}.{}", level / 10, level % 10),
    }
}
