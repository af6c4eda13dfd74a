//! Opus: the identification header and the length of packets (RFC 7845 §5.1, RFC 6716 §3).

#![deny(clippy::arithmetic_side_effects)]

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

use super::{AudioInfo, ConfigError};
use crate::media::audio::AudioCodec;
use crate::wire::Reader;

const MAGIC: &[u8; 8] = b"OpusHead";
/// Samples per second that every Opus decoder gives, whatever rate went in.
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples of the longest packet: 120 ms (RFC 6716 §3.2.5).
const MAX_PACKET_SAMPLES: u32 = 5760;
/// In a mapping: a channel of silence.
const SILENT: u8 = 255;

/// An identification header, `OpusHead` (RFC 7845 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpusHead {
    /// The version. 1; below 16 they are compatible.
    pub version: u8,
    /// Channels after decoding.
    pub channels: u8,
    /// Samples, at 48 kHz, to throw away at the beginning.
    pub pre_skip: u16,
    /// Samples per second before encoding: for information only.
    pub input_sample_rate: u32,
    /// Gain to apply, in 1/256 dB.
    pub output_gain: i16,
    /// How the channels are made of the streams in a packet.
    pub mapping: ChannelMapping,
}

/// How output channels are made of the streams in a packet (RFC 7845 §5.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelMapping {
    /// Family 0: one stream, mono or stereo.
    Single,
    /// Any other family: 1 is surround in Vorbis's order, 2 and 3 ambisonics, 255 undefined.
    Multistream {
        /// The family.
        family: u8,
        /// Streams in each packet.
        streams: u8,
        /// How many of them, the first, have two channels.
        coupled: u8,
        /// For each output channel, which decoded one it is; 255 is silence. Family 3 has a matrix here, which is
        /// kept as it is.
        table: SmallVec<[u8; 8]>,
    },
}

impl OpusHead {
    /// The header of one stream, mono or stereo.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`], if there are other than one or two channels.
    pub const fn new(channels: u8, pre_skip: u16, input_sample_rate: u32) -> Result<Self, ConfigError> {
        if !matches!(channels, 1 | 2) {
            return Err(bad("channel count", channels));
        }
        Ok(Self {
            version: 1,
            channels,
            pre_skip,
            input_sample_rate,
            output_gain: 0,
            mapping: ChannelMapping::Single,
        })
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, does not begin with `OpusHead`, has another version, or streams and
    /// channels do not fit together. The empty one that Enhanced RTMP allows is cut short, too.
    pub fn parse(record: &[u8]) -> Result<Self, ConfigError> {
        let mut r = Reader::new(record);
        if r.array()? != *MAGIC {
            return Err(ConfigError::NotA("an OpusHead"));
        }
        let version = r.u8()?;
        if version >= 16 {
            return Err(bad("version", version));
        }
        let channels = r.u8()?;
        if channels == 0 {
            return Err(bad("channel count", channels));
        }
        Ok(Self {
            version,
            channels,
            pre_skip: u16::from_le_bytes(r.array()?),
            input_sample_rate: r.u32_le()?,
            output_gain: i16::from_le_bytes(r.array()?),
            mapping: ChannelMapping::read(&mut r, channels)?,
        })
    }

    /// Writes the header.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(32);
        out.put_slice(MAGIC);
        out.put_u8(self.version);
        out.put_u8(self.channels);
        out.put_u16_le(self.pre_skip);
        out.put_u32_le(self.input_sample_rate);
        out.put_i16_le(self.output_gain);
        match &self.mapping {
            ChannelMapping::Single => out.put_u8(0),
            ChannelMapping::Multistream {
                family,
                streams,
                coupled,
                table,
            } => {
                out.put_slice(&[*family, *streams, *coupled]);
                out.put_slice(table);
            }
        }
        out.freeze()
    }

    /// What the track is.
    pub fn info(&self) -> AudioInfo {
        AudioInfo {
            channels: self.channels,
            ..info()
        }
    }
}

/// What is known of any Opus track.
pub(super) fn info() -> AudioInfo {
    AudioInfo {
        codec_string: Some("opus".to_owned()),
        sample_rate: SAMPLE_RATE,
        ..AudioInfo::of(AudioCodec::Opus)
    }
}

impl ChannelMapping {
    fn read(r: &mut Reader<'_>, channels: u8) -> Result<Self, ConfigError> {
        let family = r.u8()?;
        if family == 0 {
            return match channels {
                1 | 2 => Ok(Self::Single),
                _ => Err(bad("channel count", channels)),
            };
        }
        let [streams, coupled] = r.array()?;
        if streams == 0 {
            return Err(bad("stream count", streams));
        }
        // Each coupled stream decodes to two channels, and there are 255 at most.
        let decoded = streams.checked_add(coupled).filter(|_| coupled <= streams);
        let decoded = decoded.ok_or_else(|| bad("coupled count", coupled))?;
        let table = match family {
            // A demixing matrix of 16 bits for each pair of channels (RFC 8486 §3.2).
            3 => r.bytes(
                2_usize
                    .saturating_mul(channels.into())
                    .saturating_mul(decoded.into()),
            )?,
            _ => r.bytes(channels.into())?,
        };
        if family != 3
            && let Some(&index) = table.iter().find(|&&index| index != SILENT && index >= decoded)
        {
            return Err(bad("channel mapping", index));
        }
        Ok(Self::Multistream {
            family,
            streams,
            coupled,
            table: table.into(),
        })
    }
}

const fn bad(field: &'static str, value: u8) -> ConfigError {
    ConfigError::Value {
        field,
        value: value as u64,
    }
}

/// How long a packet sounds, from its first bytes (RFC 6716 §3.1). In a multistream packet the first stream speaks
/// for all.
///
/// # Errors
///
/// [`ConfigError`], if the packet is empty or cut short, or says that it has no frame, or more than 120 ms.
pub fn packet_duration(packet: &[u8]) -> Result<Duration, ConfigError> {
    let samples = u64::from(packet_samples(packet)?);
    // 48 samples in a millisecond: 125 µs in six.
    Ok(Duration::from_nanos(
        samples
            .saturating_mul(1_000_000)
            .checked_div(48)
            .unwrap_or_default(),
    ))
}

/// Samples of each channel that a packet decodes to, at 48 kHz. As [`packet_duration`].
///
/// # Errors
///
/// As [`packet_duration`].
pub fn packet_samples(packet: &[u8]) -> Result<u32, ConfigError> {
    let mut r = Reader::new(packet);
    let toc = r.u8()?;
    let config = toc >> 3;
    let frame: u32 = match (config, config & 3) {
        // SILK: 10, 20, 40, 60 ms
        (0..=11, 0) => 480,
        (0..=11, 1) => 960,
        (0..=11, 2) => 1920,
        (0..=11, _) => 2880,
        // Hybrid: 10, 20 ms
        (12..=15, 0 | 2) => 480,
        (12..=15, _) => 960,
        // CELT: 2.5, 5, 10, 20 ms
        (_, 0) => 120,
        (_, 1) => 240,
        (_, 2) => 480,
        (_, _) => 960,
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => r.u8()? & 0x3F,
    };
    let samples = frame.saturating_mul(frames.into());
    if samples == 0 || samples > MAX_PACKET_SAMPLES {
        return Err(bad("frame count", frames));
    }
    Ok(samples)
}

#[cfg(test)]
mod tests;
