//! Samples in the forms that decoders and other containers want.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, Bytes, BytesMut};

use super::{Codec, Sample, parameter_sets};
use crate::media::config::aac::{AudioSpecificConfig, adts_header};
use crate::media::config::{ConfigError, VideoConfiguration};
use crate::media::nal::{LengthSize, NalCodec, NalError, NalKind, write_annex_b, write_length_prefixed};
use crate::media::obu::{Delimiters, ObuError, write_temporal_unit};

impl Sample {
    /// The NAL units with start codes, as elementary streams and MPEG-2 transport streams have them (H.264 Annex B).
    ///
    /// In front of a key frame come the configuration's parameter sets, but for those that the frame brings itself;
    /// behind an access unit delimiter, if it begins with one.
    pub fn annex_b(&self, configuration: Option<&VideoConfiguration>) -> Bytes {
        let sets = match configuration {
            Some(configuration) if self.keyframe => parameter_sets(configuration),
            _ => Default::default(),
        };
        let missing = || sets.iter().filter(|set| !self.units.contains(set));
        let (delimiter, units) = self.units.split_at(usize::from(self.begins_with_delimiter()));
        let mut out = BytesMut::with_capacity(
            delimiter
                .iter()
                .chain(missing())
                .chain(units)
                .map(|unit| unit.len().saturating_add(4))
                .sum(),
        );
        write_annex_b(delimiter, &mut out);
        write_annex_b(missing(), &mut out);
        write_annex_b(units, &mut out);
        out.freeze()
    }

    fn begins_with_delimiter(&self) -> bool {
        let Codec::Video(codec) = self.codec else {
            return false;
        };
        let kind = NalCodec::of(codec)
            .zip(self.units.first())
            .and_then(|(codec, unit)| codec.kind(unit));
        kind == Some(NalKind::Delimiter)
    }

    /// The NAL units with their lengths, as in MP4 and in messages.
    ///
    /// # Errors
    ///
    /// [`NalError::TooLong`], if a unit's length does not fit.
    pub fn length_prefixed(&self, size: LengthSize) -> Result<Bytes, NalError> {
        let lengths = self.units.len().saturating_mul(size.get().into());
        let mut out = BytesMut::with_capacity(self.len().saturating_add(lengths));
        write_length_prefixed(&self.units, size, &mut out)?;
        Ok(out.freeze())
    }

    /// The OBUs as a temporal unit of AV1, each with its size, with a temporal delimiter in front or without.
    ///
    /// # Errors
    ///
    /// [`ObuError`], if one of the units is not an OBU.
    pub fn temporal_unit(&self, delimiters: Delimiters) -> Result<Bytes, ObuError> {
        let mut out = BytesMut::with_capacity(self.len().saturating_add(8));
        write_temporal_unit(&self.units, delimiters, &mut out)?;
        Ok(out.freeze())
    }

    /// The frame of AAC with an ADTS header, as files and MPEG-2 transport streams have it.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if ADTS cannot say this configuration, or a frame of this length.
    pub fn adts(&self, config: &AudioSpecificConfig) -> Result<Bytes, ConfigError> {
        let header = adts_header(config, self.len())?;
        let mut out = BytesMut::with_capacity(self.len().saturating_add(header.len()));
        out.put_slice(&header);
        self.units.iter().for_each(|unit| out.put_slice(unit));
        Ok(out.freeze())
    }

    /// The units one after the other: for a single one, as it is, without a copy.
    pub fn raw(&self) -> Bytes {
        if let [unit] = self.units.as_slice() {
            return unit.clone();
        }
        let mut out = BytesMut::with_capacity(self.len());
        self.units.iter().for_each(|unit| out.put_slice(unit));
        out.freeze()
    }
}
