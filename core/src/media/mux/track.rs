//! What must be remembered of a track from one frame to the next.

use bytes::Bytes;

use super::MuxError;
use super::in_band::ParameterSets;
use crate::media::audio::AudioCodec;
use crate::media::config::aac::AudioSpecificConfig;
use crate::media::config::av1::Av1Configuration;
use crate::media::config::{AudioConfiguration, VideoConfiguration};
use crate::media::nal::{LengthSize, NalCodec};
use crate::media::obu;
use crate::media::sample::{Codec, length_size, parameter_sets};
use crate::media::video::VideoCodec;

#[derive(Debug)]
pub(super) struct Track {
    codec: Codec,
    /// Bytes of the lengths before NAL units.
    pub(super) length_size: LengthSize,
    /// What decoders have been told.
    in_force: InForce,
}

/// The parameters that decoders have been told, as far as the stream itself may bring others.
#[derive(Debug, PartialEq, Eq)]
enum InForce {
    Nothing,
    ParameterSets(ParameterSets),
    /// The payload of AV1's sequence header; nothing, if the record has none.
    SequenceHeader(Bytes),
    AudioSpecificConfig(Bytes),
    /// What only the host can change.
    Other,
}

impl Track {
    pub(super) const fn new(codec: Codec) -> Self {
        Self {
            codec,
            length_size: LengthSize::FOUR,
            in_force: InForce::Nothing,
        }
    }

    /// What was known holds for another codec no more.
    pub(super) fn set_codec(&mut self, codec: Codec) {
        if self.codec != codec {
            *self = Self::new(codec);
        }
    }

    pub(super) fn configure_video(&mut self, configuration: &VideoConfiguration) {
        self.length_size = length_size(configuration).unwrap_or(LengthSize::FOUR);
        self.in_force = match (NalCodec::of(configuration.codec()), configuration) {
            (Some(codec), _) => {
                let sets = parameter_sets(configuration);
                InForce::ParameterSets(ParameterSets::among(codec, &sets))
            }
            (None, VideoConfiguration::Av1(record)) => InForce::SequenceHeader(sequence_header(&record.obus)),
            _ => InForce::Other,
        };
    }

    pub(super) fn configure_audio(&mut self, configuration: &AudioConfiguration) {
        self.in_force = if let AudioConfiguration::Aac(record) = configuration {
            InForce::AudioSpecificConfig(record.bytes().clone())
        } else {
            InForce::Other
        };
    }

    /// Whether frames of this codec can be decoded with what decoders have been told.
    pub(super) fn can_decode(&self) -> bool {
        let needs_record = matches!(
            self.codec,
            Codec::Video(VideoCodec::Avc | VideoCodec::Hevc | VideoCodec::Vvc | VideoCodec::Av1)
                | Codec::Audio(AudioCodec::Aac | AudioCodec::Flac)
        );
        !needs_record || self.in_force != InForce::Nothing
    }

    /// The configuration that a picture brings with it, if it is not the one in force.
    pub(super) fn configuration_in(
        &self,
        codec: VideoCodec,
        units: &[Bytes],
    ) -> Result<Option<VideoConfiguration>, MuxError> {
        if let Some(codec) = NalCodec::of(codec) {
            return self.parameter_sets_in(codec, units);
        }
        if codec != VideoCodec::Av1 {
            return Ok(None);
        }
        let Some(header) = units.iter().find_map(obu::sequence_header) else {
            return Ok(None);
        };
        let is_in_force =
            matches!(&self.in_force, InForce::SequenceHeader(payload) if payload == header.payload());
        if is_in_force {
            return Ok(None);
        }
        Ok(Some(Av1Configuration::from_sequence_header(&header)?.into()))
    }

    fn parameter_sets_in(
        &self,
        codec: NalCodec,
        units: &[Bytes],
    ) -> Result<Option<VideoConfiguration>, MuxError> {
        let new = ParameterSets::among(codec, units);
        let sets = if let InForce::ParameterSets(mine) = &self.in_force {
            mine.lacks_any_of(&new).then(|| mine.updated(codec, &new))
        } else {
            Some(new)
        };
        let sets = sets.filter(|sets| sets.is_complete(codec));
        Ok(sets.map(|sets| sets.configuration(codec)).transpose()?)
    }

    /// The configuration that an ADTS header stands for, if it is not the one in force.
    pub(super) fn configuration_of(&self, config: AudioSpecificConfig) -> Option<AudioConfiguration> {
        let is_in_force =
            matches!(&self.in_force, InForce::AudioSpecificConfig(record) if *record == config.encode());
        (!is_in_force).then(|| config.into())
    }
}

fn sequence_header(obus: &Bytes) -> Bytes {
    let header = obu::sequence_header(obus);
    header.map_or_else(Bytes::new, |header| obus.slice_ref(header.payload()))
}
