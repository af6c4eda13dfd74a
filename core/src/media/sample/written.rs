//! Samples in the forms that decoders and other containers want.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, Bytes, BytesMut};

use super::{Codec, Sample, parameter_sets};
use crate::media::config::aac::{AudioSpecificConfig, adts_header};
use crate::media::config::{ConfigError, VideoConfiguration};
use crate::media::nal::{LengthSize, NalCodec, NalError, NalKind, write_annex_b, write_length_prefixed};
use crate::media::obu::{Delimiters, ObuError, TEMPORAL_DELIMITER, sequence_header, write_temporal_unit};
use crate::media::video::VideoCodec;

impl Sample {
    /// The NAL units with start codes, as elementary streams and MPEG-2 transport streams have them (H.264 Annex B);
    /// [with the parameters](Self::with_parameters) of the configuration.
    pub fn annex_b(&self, configuration: Option<&VideoConfiguration>) -> Bytes {
        let with_parameters = configuration.map(|configuration| self.with_parameters(configuration));
        let units = &with_parameters.as_ref().unwrap_or(self).units;
        let len = units.iter().map(|unit| unit.len().saturating_add(4)).sum();
        let mut out = BytesMut::with_capacity(len);
        write_annex_b(units, &mut out);
        out.freeze()
    }

    /// The same frame with all that a decoder needs to begin with it, if it is a key frame: in front of it, behind a
    /// delimiter, come those parameter sets of the configuration that it does not bring itself, or the sequence header of
    /// AV1.
    #[must_use]
    pub fn with_parameters(&self, configuration: &VideoConfiguration) -> Self {
        let mut sample = self.clone();
        if self.keyframe {
            let parameters = if let VideoConfiguration::Av1(record) = configuration {
                let is_missing = !self.units.iter().any(has_sequence_header);
                let header = sequence_header(&record.obus).filter(|_| is_missing);
                header.map(|header| header.bytes().clone()).into_iter().collect()
            } else {
                parameter_sets(configuration)
            };
            let missing = parameters.into_iter().filter(|unit| !self.units.contains(unit));
            sample
                .units
                .insert_many(usize::from(self.begins_with_delimiter()), missing);
        }
        sample
    }

    fn begins_with_delimiter(&self) -> bool {
        let (Codec::Video(codec), Some(first)) = (self.codec, self.units.first()) else {
            return false;
        };
        match NalCodec::of(codec) {
            Some(codec) => codec.kind(first) == Some(NalKind::Delimiter),
            None => codec == VideoCodec::Av1 && first[..] == TEMPORAL_DELIMITER,
        }
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

    /// The OBUs as a temporal unit of AV1, each with its size, with a temporal delimiter in front or without. A stream
    /// that has its sequence header in the configuration alone needs [`with_parameters`](Self::with_parameters) first.
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

fn has_sequence_header(unit: &Bytes) -> bool {
    sequence_header(unit).is_some()
}
