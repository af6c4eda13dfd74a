//! A configuration of whichever codec.

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use super::aac::AudioSpecificConfig;
use super::av1::Av1Configuration;
use super::avc::AvcConfiguration;
use super::flac::{StreamInfo, StreamInfoForm};
use super::hevc::HevcConfiguration;
use super::opus::{self, OpusHead};
use super::vpx::VpConfiguration;
use super::vvc::VvcConfiguration;
use super::{AudioInfo, ConfigError, Record, VideoInfo};
use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// The payload of a video sequence start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VideoConfiguration {
    /// AVC (H.264).
    Avc(Record<AvcConfiguration>),
    /// HEVC (H.265).
    Hevc(Record<HevcConfiguration>),
    /// VVC (H.266).
    Vvc(Record<VvcConfiguration>),
    /// AV1.
    Av1(Record<Av1Configuration>),
    /// VP8.
    Vp8(Record<VpConfiguration>),
    /// VP9.
    Vp9(Record<VpConfiguration>),
    /// A codec that has no record, or none that is known here. The bytes are as they came.
    Other(VideoCodec, Bytes),
}

impl VideoConfiguration {
    /// Reads the record of this codec.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], as the codec's own `parse` has it.
    pub fn parse(codec: VideoCodec, record: &Bytes) -> Result<Self, ConfigError> {
        Ok(match codec {
            VideoCodec::Avc => Self::Avc(Record::new(AvcConfiguration::parse(record)?, record)),
            VideoCodec::Hevc => Self::Hevc(Record::new(HevcConfiguration::parse(record)?, record)),
            VideoCodec::Vvc => Self::Vvc(Record::new(VvcConfiguration::parse(record)?, record)),
            VideoCodec::Av1 => Self::Av1(Record::new(Av1Configuration::parse(record)?, record)),
            VideoCodec::Vp8 => Self::Vp8(Record::new(VpConfiguration::parse(record)?, record)),
            VideoCodec::Vp9 => Self::Vp9(Record::new(VpConfiguration::parse(record)?, record)),
            VideoCodec::SorensonH263
            | VideoCodec::Screen
            | VideoCodec::Vp6
            | VideoCodec::Vp6Alpha
            | VideoCodec::Screen2
            | VideoCodec::H263
            | VideoCodec::Mpeg4
            | VideoCodec::UnknownId(_)
            | VideoCodec::UnknownFourCc(_) => Self::Other(codec, record.clone()),
        })
    }

    /// A VP8 configuration, written now.
    pub fn vp8(configuration: VpConfiguration) -> Self {
        let bytes = configuration.encode();
        Self::Vp8(Record::new(configuration, &bytes))
    }

    /// A VP9 configuration, written now.
    pub fn vp9(configuration: VpConfiguration) -> Self {
        let bytes = configuration.encode();
        Self::Vp9(Record::new(configuration, &bytes))
    }

    /// The record's bytes, as they came.
    pub const fn record(&self) -> &Bytes {
        match self {
            Self::Avc(record) => record.bytes(),
            Self::Hevc(record) => record.bytes(),
            Self::Vvc(record) => record.bytes(),
            Self::Av1(record) => record.bytes(),
            Self::Vp8(record) | Self::Vp9(record) => record.bytes(),
            Self::Other(_, bytes) => bytes,
        }
    }

    /// The codec.
    pub const fn codec(&self) -> VideoCodec {
        match self {
            Self::Avc(_) => VideoCodec::Avc,
            Self::Hevc(_) => VideoCodec::Hevc,
            Self::Vvc(_) => VideoCodec::Vvc,
            Self::Av1(_) => VideoCodec::Av1,
            Self::Vp8(_) => VideoCodec::Vp8,
            Self::Vp9(_) => VideoCodec::Vp9,
            Self::Other(codec, _) => *codec,
        }
    }

    /// What the track is. VP8 and VP9 records do not say the picture's size:
    /// [`identify_video`](super::identify_video) reads it from a key frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if there is a parameter set or a sequence header in the record that cannot be read.
    pub fn info(&self) -> Result<VideoInfo, ConfigError> {
        match self {
            Self::Avc(record) => record.info(),
            Self::Hevc(record) => record.info(),
            Self::Vvc(record) => record.info(),
            Self::Av1(record) => record.info(),
            Self::Vp8(record) | Self::Vp9(record) => Ok(record.info(self.codec())),
            Self::Other(codec, _) => Ok(VideoInfo::of(*codec)),
        }
    }
}

impl From<AvcConfiguration> for VideoConfiguration {
    /// Writes the record.
    fn from(configuration: AvcConfiguration) -> Self {
        let bytes = configuration.encode();
        Self::Avc(Record::new(configuration, &bytes))
    }
}

impl From<HevcConfiguration> for VideoConfiguration {
    /// Writes the record.
    fn from(configuration: HevcConfiguration) -> Self {
        let bytes = configuration.encode();
        Self::Hevc(Record::new(configuration, &bytes))
    }
}

impl From<VvcConfiguration> for VideoConfiguration {
    /// Writes the record.
    fn from(configuration: VvcConfiguration) -> Self {
        let bytes = configuration.encode();
        Self::Vvc(Record::new(configuration, &bytes))
    }
}

impl From<Av1Configuration> for VideoConfiguration {
    /// Writes the record.
    fn from(configuration: Av1Configuration) -> Self {
        let bytes = configuration.encode();
        Self::Av1(Record::new(configuration, &bytes))
    }
}

/// The payload of an audio sequence start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioConfiguration {
    /// AAC.
    Aac(Record<AudioSpecificConfig>),
    /// Opus.
    Opus(Record<OpusHead>),
    /// FLAC.
    Flac(Record<StreamInfo>),
    /// A codec that has no record, such as AC-3 or MP3, or none that is known here; or an empty one of Opus, which
    /// leaves it to a MultichannelConfig packet to say how many channels there are. The bytes are as they came.
    Other(AudioCodec, Bytes),
}

impl AudioConfiguration {
    /// Reads the record of this codec.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], as the codec's own `parse` has it.
    pub fn parse(codec: AudioCodec, record: &Bytes) -> Result<Self, ConfigError> {
        Ok(match codec {
            AudioCodec::Aac => Self::Aac(Record::new(AudioSpecificConfig::parse(record)?, record)),
            AudioCodec::Opus if !record.is_empty() => {
                Self::Opus(Record::new(OpusHead::parse(record)?, record))
            }
            AudioCodec::Flac => Self::Flac(Record::new(StreamInfo::parse(record)?, record)),
            AudioCodec::Opus
            | AudioCodec::Pcm
            | AudioCodec::Adpcm
            | AudioCodec::Mp3
            | AudioCodec::PcmLittleEndian
            | AudioCodec::Nellymoser16k
            | AudioCodec::Nellymoser8k
            | AudioCodec::Nellymoser
            | AudioCodec::ALaw
            | AudioCodec::MuLaw
            | AudioCodec::Speex
            | AudioCodec::Mp3At8k
            | AudioCodec::DeviceSpecific
            | AudioCodec::Ac3
            | AudioCodec::Eac3
            | AudioCodec::UnknownId(_)
            | AudioCodec::UnknownFourCc(_) => Self::Other(codec, record.clone()),
        })
    }

    /// The record's bytes, as they came.
    pub const fn record(&self) -> &Bytes {
        match self {
            Self::Aac(record) => record.bytes(),
            Self::Opus(record) => record.bytes(),
            Self::Flac(record) => record.bytes(),
            Self::Other(_, bytes) => bytes,
        }
    }

    /// The codec.
    pub const fn codec(&self) -> AudioCodec {
        match self {
            Self::Aac(_) => AudioCodec::Aac,
            Self::Opus(_) => AudioCodec::Opus,
            Self::Flac(_) => AudioCodec::Flac,
            Self::Other(codec, _) => *codec,
        }
    }

    /// What the track is.
    pub fn info(&self) -> AudioInfo {
        match self {
            Self::Aac(record) => record.info(),
            Self::Opus(record) => record.info(),
            Self::Flac(record) => record.info(),
            Self::Other(AudioCodec::Opus, _) => opus::info(),
            Self::Other(codec, _) => AudioInfo::of(*codec),
        }
    }
}

impl From<AudioSpecificConfig> for AudioConfiguration {
    /// Takes the record that the configuration has with it.
    fn from(configuration: AudioSpecificConfig) -> Self {
        let bytes = configuration.encode();
        Self::Aac(Record::new(configuration, &bytes))
    }
}

impl From<OpusHead> for AudioConfiguration {
    /// Writes the record.
    fn from(configuration: OpusHead) -> Self {
        let bytes = configuration.encode();
        Self::Opus(Record::new(configuration, &bytes))
    }
}

impl From<StreamInfo> for AudioConfiguration {
    /// Writes the record, in the form that everybody reads: the block alone.
    fn from(configuration: StreamInfo) -> Self {
        let bytes = configuration.encode(StreamInfoForm::Bare);
        Self::Flac(Record::new(configuration, &bytes))
    }
}

#[cfg(test)]
mod tests;
