//! AAC: `AudioSpecificConfig` and ADTS (ISO/IEC 14496-3 §1.6, §4.4.1; ISO/IEC 13818-7 §6.2).

#![deny(clippy::arithmetic_side_effects)]

pub mod adts;
mod object_type;
mod program_config;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub use self::adts::{AdtsFrame, AdtsHeader, adts_header, frames, looks_like_adts};
pub use self::object_type::ObjectType;
use super::bit_writer::BitWriter;
use super::bits::BitReader;
use super::{AudioInfo, ConfigError};
use crate::media::audio::AudioCodec;

/// Samples per second by `samplingFrequencyIndex` (§1.6.3.4). 13 and 14 are reserved, and 15 announces a number.
const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
/// The index in front of a number.
const EXPLICIT_RATE: u8 = 15;
/// What announces SBR, and then PS, behind a configuration that does not know of them (§1.6.2.1).
const SBR_SYNC: u32 = 0x2B7;
const PS_SYNC: u32 = 0x548;

/// An `AudioSpecificConfig` (§1.6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSpecificConfig {
    bytes: Bytes,
    object_type: ObjectType,
    core_sample_rate: u32,
    channel_configuration: u8,
    core_channels: u8,
    core_samples_per_frame: Option<u32>,
    extension: Option<Extension>,
}

/// Spectral band replication, and parametric stereo: what makes HE-AAC of AAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Samples per second with SBR: twice the core's, or the same.
    pub sample_rate: u32,
    /// Whether PS makes two channels of one.
    pub parametric_stereo: bool,
    /// Whether the record begins with it, rather than tells of it in the end, where old decoders do not look.
    pub explicit: bool,
}

impl AudioSpecificConfig {
    /// The configuration of a plain object type: Main, LC, SSR or LTP, with frames of 1024 samples.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`], if it is another type, a rate that does not fit in 24 bits, or a
    /// `channelConfiguration` that is reserved or 0.
    pub fn new(
        object_type: ObjectType,
        sample_rate: u32,
        channel_configuration: u8,
    ) -> Result<Self, ConfigError> {
        if !object_type.is_plain() {
            return Err(bad("audioObjectType", object_type.number()));
        }
        if sample_rate == 0 || sample_rate >> 24 != 0 {
            return Err(bad("samplingFrequency", sample_rate));
        }
        if channel_configuration == 0 {
            return Err(bad("channelConfiguration", channel_configuration));
        }
        let mut w = BitWriter::default();
        w.u(object_type.number().into(), 5);
        match rate_index(sample_rate) {
            Some(index) => w.u(index.into(), 4),
            None => {
                w.u(EXPLICIT_RATE.into(), 4);
                w.u(sample_rate, 24);
            }
        }
        w.u(channel_configuration.into(), 4);
        // GASpecificConfig: frameLengthFlag, dependsOnCoreCoder, extensionFlag
        w.u(0, 3);
        Self::parse(&w.finish())
    }

    /// Reads a record. What it tells behind the core's configuration, and cannot be read, is taken for padding.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, or a rate, a channel configuration or an object type is reserved.
    pub fn parse(record: &Bytes) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(record);
        let mut object_type = ObjectType::read(&mut r)?;
        let core_sample_rate = sample_rate(&mut r)?;
        let channel_configuration = r.u8(4)?;
        let mut channels = channels_of(channel_configuration)?;
        let mut extension = None;
        if matches!(object_type, ObjectType::SBR | ObjectType::PS) {
            extension = Some(Extension {
                sample_rate: sample_rate(&mut r)?,
                parametric_stereo: object_type == ObjectType::PS,
                explicit: true,
            });
            object_type = ObjectType::read(&mut r)?;
            if object_type == ObjectType::ER_BSAC {
                // extensionChannelConfiguration
                r.skip(4)?;
            }
        }
        let mut samples_per_frame = None;
        if object_type.is_general_audio() {
            let general = GeneralAudio::read(&mut r, object_type, channel_configuration)?;
            samples_per_frame = Some(general.samples_per_frame);
            channels = general.channels.unwrap_or(channels);
            if extension.is_none() {
                // Decoders that do not know of it play the core: what cannot be read of it is none.
                extension = trailing_extension(&mut r).unwrap_or_default();
            }
        } else if object_type == ObjectType::ER_ELD {
            let delay = LowDelay::read(&mut r, core_sample_rate)?;
            samples_per_frame = Some(delay.samples_per_frame);
            extension = extension.or(delay.extension);
        }
        Ok(Self {
            bytes: record.clone(),
            object_type,
            core_sample_rate,
            channel_configuration,
            core_channels: channels,
            core_samples_per_frame: samples_per_frame,
            extension,
        })
    }

    /// The record: as it was read, or as [`new`](Self::new) wrote it.
    pub fn encode(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What the core decoder is to be; SBR and PS are told in [`extension`](Self::extension).
    pub const fn object_type(&self) -> ObjectType {
        self.object_type
    }

    /// What is added to the core.
    pub const fn extension(&self) -> Option<Extension> {
        self.extension
    }

    /// `samplingFrequency`: the core's. See [`sample_rate`](Self::sample_rate).
    pub const fn core_sample_rate(&self) -> u32 {
        self.core_sample_rate
    }

    /// `channelConfiguration`: 0 if a program config element tells the channels, or something in the frames does.
    pub const fn channel_configuration(&self) -> u8 {
        self.channel_configuration
    }

    /// Samples per second after decoding.
    pub fn sample_rate(&self) -> u32 {
        self.extension
            .map_or(self.core_sample_rate, |extension| extension.sample_rate)
    }

    /// Channels after decoding. 0 if the record does not say.
    pub fn channels(&self) -> u8 {
        match self.extension {
            Some(extension) if extension.parametric_stereo && self.core_channels == 1 => 2,
            _ => self.core_channels,
        }
    }

    /// Samples of each channel that a frame decodes to, if the record says it.
    pub fn samples_per_frame(&self) -> Option<u32> {
        let core = self.core_samples_per_frame?;
        Some(match self.core_sample_rate.checked_mul(2) {
            Some(double) if double == self.sample_rate() => core.saturating_mul(2),
            _ => core,
        })
    }

    /// `mp4a.40.2` and the like (RFC 6381 §3.3): with the type of the extension, if there is one, however the record
    /// tells of it, since that is what has to be decoded.
    pub fn codec_string(&self) -> String {
        format!("mp4a.40.{}", self.outer_object_type().number())
    }

    fn outer_object_type(&self) -> ObjectType {
        match self.extension {
            Some(_) if self.object_type == ObjectType::ER_ELD => ObjectType::ER_ELD,
            Some(extension) if extension.parametric_stereo => ObjectType::PS,
            Some(_) => ObjectType::SBR,
            None => self.object_type,
        }
    }

    /// What the track is.
    pub fn info(&self) -> AudioInfo {
        AudioInfo {
            codec_string: Some(self.codec_string()),
            profile: self.outer_object_type().profile(),
            sample_rate: self.sample_rate(),
            channels: self.channels(),
            samples_per_frame: self.samples_per_frame(),
            ..AudioInfo::of(AudioCodec::Aac)
        }
    }
}

fn bad(field: &'static str, value: impl Into<u64>) -> ConfigError {
    ConfigError::Value {
        field,
        value: value.into(),
    }
}

fn rate_index(sample_rate: u32) -> Option<u8> {
    let index = SAMPLE_RATES.iter().position(|&rate| rate == sample_rate)?;
    u8::try_from(index).ok()
}

fn rate_at(index: u8) -> Result<u32, ConfigError> {
    let rate = SAMPLE_RATES.get(usize::from(index)).copied();
    rate.ok_or_else(|| bad("samplingFrequencyIndex", index))
}

fn sample_rate(r: &mut BitReader<'_>) -> Result<u32, ConfigError> {
    match r.u8(4)? {
        EXPLICIT_RATE => match r.u(24)? {
            0 => Err(bad("samplingFrequency", 0_u8)),
            rate => Ok(rate),
        },
        index => rate_at(index),
    }
}

/// `channelConfiguration` (§1.6.3.5). 0 if it says that something else tells.
fn channels_of(configuration: u8) -> Result<u8, ConfigError> {
    match configuration {
        0..=6 => Ok(configuration),
        7 | 12 | 14 => Ok(8),
        11 => Ok(7),
        13 => Ok(24),
        reserved => Err(bad("channelConfiguration", reserved)),
    }
}

/// `GASpecificConfig` (§4.4.1).
struct GeneralAudio {
    samples_per_frame: u32,
    /// If a program config element says it.
    channels: Option<u8>,
}

impl GeneralAudio {
    fn read(
        r: &mut BitReader<'_>,
        object_type: ObjectType,
        channel_configuration: u8,
    ) -> Result<Self, ConfigError> {
        let short = r.flag()?;
        let depends_on_core_coder = r.flag()?;
        if depends_on_core_coder {
            // coreCoderDelay
            r.skip(14)?;
        }
        let extension_flag = r.flag()?;
        let channels = match channel_configuration {
            0 => Some(program_config::channels(r)?),
            _ => None,
        };
        if matches!(
            object_type,
            ObjectType::AAC_SCALABLE | ObjectType::ER_AAC_SCALABLE
        ) {
            // layerNr
            r.skip(3)?;
        }
        if extension_flag {
            r.skip(match object_type {
                // numOfSubFrame, layer_length
                ObjectType::ER_BSAC => 5 + 11,
                // Three flags of error resilience
                ObjectType::ER_AAC_LC
                | ObjectType::ER_AAC_LTP
                | ObjectType::ER_AAC_SCALABLE
                | ObjectType::ER_AAC_LD => 3,
                _ => 0,
            })?;
            // extensionFlag3
            r.skip(1)?;
        }
        if object_type.is_error_resilient() {
            // epConfig
            r.skip(2)?;
        }
        let samples_per_frame = match (object_type, short) {
            (ObjectType::ER_AAC_LD, false) => 512,
            (ObjectType::ER_AAC_LD, true) => 480,
            (_, false) => 1024,
            (_, true) => 960,
        };
        Ok(Self {
            samples_per_frame,
            channels,
        })
    }
}

/// The start of `ELDSpecificConfig` (§4.6.20).
struct LowDelay {
    samples_per_frame: u32,
    extension: Option<Extension>,
}

impl LowDelay {
    fn read(r: &mut BitReader<'_>, core_sample_rate: u32) -> Result<Self, ConfigError> {
        let samples_per_frame = if r.flag()? { 480 } else { 512 };
        // Three flags of error resilience
        r.skip(3)?;
        let extension = match r.flag()? {
            false => None,
            true => {
                let doubled = r.flag()?;
                Some(Extension {
                    sample_rate: match doubled {
                        true => core_sample_rate.saturating_mul(2),
                        false => core_sample_rate,
                    },
                    parametric_stereo: false,
                    explicit: true,
                })
            }
        };
        Ok(Self {
            samples_per_frame,
            extension,
        })
    }
}

/// SBR and PS signalled so that decoders without them see nothing of it (§1.6.2.1, "backward compatible"). What does
/// not begin with the sync words is padding.
fn trailing_extension(r: &mut BitReader<'_>) -> Result<Option<Extension>, ConfigError> {
    if r.remaining() < 16 || r.u(11)? != SBR_SYNC {
        return Ok(None);
    }
    if ObjectType::read(r)? != ObjectType::SBR || !r.flag()? {
        return Ok(None);
    }
    Ok(Some(Extension {
        sample_rate: sample_rate(r)?,
        parametric_stereo: r.remaining() >= 12 && r.u(11)? == PS_SYNC && r.flag()?,
        explicit: false,
    }))
}
