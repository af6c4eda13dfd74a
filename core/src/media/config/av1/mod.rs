//! AV1: `AV1CodecConfigurationRecord` and the sequence header (AV1 §5.5; AV1 in ISOBMFF §2.3).

#![deny(clippy::arithmetic_side_effects)]

mod sequence_header;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};

pub use self::sequence_header::SequenceHeader;
use super::{ChromaFormat, Colour, ConfigError, VideoInfo};
use crate::media::obu::{self, Obu, ObuType};
use crate::media::video::VideoCodec;
use crate::wire::Reader;

/// The first byte of a record: the marker bit and version 1.
const MARKER_AND_VERSION: u8 = 0x81;

/// An `AV1CodecConfigurationRecord` (AV1 in ISOBMFF §2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Av1Configuration {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `seq_level_idx_0`: four for each whole level from 2.0 on; 31 is no limit.
    pub level: u8,
    /// `seq_tier_0`: the high tier.
    pub high_tier: bool,
    /// How samples are stored.
    pub samples: SampleFormat,
    /// `initial_presentation_delay_minus_one`, if it is said: 0 to 15 frames.
    pub initial_presentation_delay_minus_one: Option<u8>,
    /// `configOBUs`: a sequence header, and perhaps metadata.
    pub obus: Bytes,
}

/// How AV1 stores samples: what record and sequence header both say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleFormat {
    /// `high_bitdepth`: 10 or 12 bits.
    pub high_bitdepth: bool,
    /// `twelve_bit`: 12 bits, if the depth is high.
    pub twelve_bit: bool,
    /// `monochrome`: no chroma.
    pub monochrome: bool,
    /// `chroma_subsampling_x`: chroma has half of luma's width.
    pub subsampling_x: bool,
    /// `chroma_subsampling_y`: chroma has half of luma's height.
    pub subsampling_y: bool,
    /// `chroma_sample_position`: 0 unknown, 1 vertical, 2 colocated.
    pub chroma_sample_position: u8,
}

impl SampleFormat {
    /// Bits per sample: 8, 10 or 12.
    pub const fn bit_depth(self) -> u8 {
        match (self.high_bitdepth, self.twelve_bit) {
            (false, _) => 8,
            (true, false) => 10,
            (true, true) => 12,
        }
    }

    /// How chroma is sampled.
    pub const fn chroma(self) -> ChromaFormat {
        match (self.monochrome, self.subsampling_x, self.subsampling_y) {
            (true, ..) => ChromaFormat::Monochrome,
            (false, true, true) => ChromaFormat::Yuv420,
            (false, true, false) => ChromaFormat::Yuv422,
            (false, false, _) => ChromaFormat::Yuv444,
        }
    }
}

impl Av1Configuration {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is shorter than four bytes, which the empty record is that FFmpeg may send first, or
    /// has another version. The units behind are not looked at: see [`sequence_header`](Self::sequence_header).
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        let mut r = Reader::new(record);
        let [first, profile_and_level, samples, delay] = r.array()?;
        if first != MARKER_AND_VERSION {
            return Err(ConfigError::NotA("an AV1CodecConfigurationRecord"));
        }
        Ok(Self {
            profile: profile_and_level >> 5,
            level: profile_and_level & 0x1F,
            high_tier: samples & 0x80 != 0,
            samples: SampleFormat {
                high_bitdepth: samples & 0x40 != 0,
                twelve_bit: samples & 0x20 != 0,
                monochrome: samples & 0x10 != 0,
                subsampling_x: samples & 0x08 != 0,
                subsampling_y: samples & 0x04 != 0,
                chroma_sample_position: samples & 0x03,
            },
            initial_presentation_delay_minus_one: (delay & 0x10 != 0).then_some(delay & 0x0F),
            obus: record.slice_ref(r.rest()),
        })
    }

    /// The record of a sequence that begins with this sequence header: for streams that carry it in band only.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if the unit is no sequence header or cannot be read.
    pub fn from_sequence_header(unit: &Obu) -> Result<Self, ConfigError> {
        let header = SequenceHeader::of_unit(unit)?;
        let mut obus = BytesMut::with_capacity(unit.bytes().len().saturating_add(4));
        obu::write_temporal_unit([unit.bytes()], obu::Delimiters::LeftOut, &mut obus)
            .map_err(|_| ConfigError::NotA("one open bitstream unit"))?;
        Ok(Self {
            profile: header.profile,
            level: header.level,
            high_tier: header.high_tier,
            samples: header.samples,
            initial_presentation_delay_minus_one: None,
            obus: obus.freeze(),
        })
    }

    /// Writes the record.
    pub fn encode(&self) -> Bytes {
        let Self { samples, .. } = *self;
        let mut out = BytesMut::with_capacity(self.obus.len().saturating_add(4));
        out.put_u8(MARKER_AND_VERSION);
        out.put_u8(self.profile << 5 | self.level & 0x1F);
        out.put_u8(
            u8::from(self.high_tier) << 7
                | u8::from(samples.high_bitdepth) << 6
                | u8::from(samples.twelve_bit) << 5
                | u8::from(samples.monochrome) << 4
                | u8::from(samples.subsampling_x) << 3
                | u8::from(samples.subsampling_y) << 2
                | samples.chroma_sample_position & 3,
        );
        out.put_u8(match self.initial_presentation_delay_minus_one {
            Some(delay) => 0x10 | delay & 0x0F,
            None => 0,
        });
        out.put_slice(&self.obus);
        out.freeze()
    }

    /// The sequence header among the configuration's units.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Missing`], if there is none, which is allowed; what is wrong with it, if it cannot be read.
    pub fn sequence_header(&self) -> Result<SequenceHeader, ConfigError> {
        let unit = obu::sequence_header(&self.obus).ok_or(ConfigError::Missing("sequence header"))?;
        SequenceHeader::of_unit(&unit)
    }

    /// `av01.0.04M.08`: see [`SequenceHeader::codec_string`]. Colour counts if there is a sequence header to say it.
    pub fn codec_string(&self) -> String {
        let colour = self.sequence_header().ok().and_then(|header| header.colour);
        codec_string(self.profile, self.level, self.high_tier, self.samples, colour)
    }

    /// What the sequence header says; without one, what the record itself does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is a sequence header that cannot be read.
    pub fn info(&self) -> Result<VideoInfo, ConfigError> {
        match self.sequence_header() {
            Ok(header) => Ok(header.info()),
            Err(ConfigError::Missing(_)) => Ok(VideoInfo {
                codec_string: Some(self.codec_string()),
                profile: profile_name(self.profile),
                level: level_name(self.level),
                bit_depth: self.samples.bit_depth(),
                chroma: Some(self.samples.chroma()),
                ..VideoInfo::of(VideoCodec::Av1)
            }),
            Err(unreadable) => Err(unreadable),
        }
    }
}

const fn profile_name(profile: u8) -> Option<&'static str> {
    match profile {
        0 => Some("Main"),
        1 => Some("High"),
        2 => Some("Professional"),
        _ => None,
    }
}

/// AV1 §A.3: `seq_level_idx` counts in fourths from 2.0.
fn level_name(level: u8) -> Option<String> {
    match level {
        0..=23 => Some(format!("{}.{}", (level >> 2).saturating_add(2), level & 3)),
        31 => Some("max".to_owned()),
        _ => None,
    }
}

/// The string of AV1 in ISOBMFF §5. Its fields behind the bit depth are written all or none; they are, if one of
/// them is said and differs from the default.
fn codec_string(
    profile: u8,
    level: u8,
    high_tier: bool,
    samples: SampleFormat,
    colour: Option<Colour>,
) -> String {
    let tier = if high_tier { 'H' } else { 'M' };
    let mut text = format!("av01.{profile}.{level:02}{tier}.{:02}", samples.bit_depth());
    let SampleFormat {
        monochrome,
        subsampling_x: x,
        subsampling_y: y,
        chroma_sample_position,
        ..
    } = samples;
    let position = if x && y { chroma_sample_position } else { 0 };
    let colour = colour.unwrap_or(UNSPECIFIED);
    let default_colour = matches!(
        (
            colour.primaries,
            colour.transfer,
            colour.matrix,
            colour.full_range
        ),
        (1 | 2, 1 | 2, 1 | 2, false)
    );
    if monochrome || !x || !y || position != 0 || !default_colour {
        let [mono, x, y, range] = [monochrome, x, y, colour.full_range].map(u8::from);
        let Colour {
            primaries,
            transfer,
            matrix,
            ..
        } = colour;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            ".{mono}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{range}"
        );
    }
    text
}

/// H.273: nothing is said of colour.
const UNSPECIFIED: Colour = Colour {
    primaries: 2,
    transfer: 2,
    matrix: 2,
    full_range: false,
};
