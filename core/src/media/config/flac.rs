//! FLAC: `STREAMINFO` (RFC 9639 §8.2).

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, Bytes, BytesMut};

use super::bits::BitReader;
use super::{AudioInfo, ConfigError};
use crate::media::audio::AudioCodec;
use crate::wire::Reader;

const MARKER: &[u8; 4] = b"fLaC";
/// Bytes of the block.
const LEN: usize = 34;

/// The `STREAMINFO` metadata block (RFC 9639 §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamInfo {
    /// Samples of the shortest block but the last. 16 at least.
    pub min_block_size: u16,
    /// Samples of the longest block. 16 at least.
    pub max_block_size: u16,
    /// Bytes of the smallest frame; 0 is unknown. 24 bits.
    pub min_frame_size: u32,
    /// Bytes of the largest frame; 0 is unknown. 24 bits.
    pub max_frame_size: u32,
    /// Samples per second. 20 bits.
    pub sample_rate: u32,
    /// Channels: 1 to 8.
    pub channels: u8,
    /// Bits per sample: 4 to 32.
    pub bits_per_sample: u8,
    /// Samples of the whole stream; 0 is unknown, as in everything live. 36 bits.
    pub total_samples: u64,
    /// MD5 of the samples; zeros are unknown.
    pub md5: [u8; 16],
}

/// How a record is written: the specification and what people do are not the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StreamInfoForm {
    /// 34 bytes: the block alone. FFmpeg writes it so, and others read nothing else.
    #[default]
    Bare,
    /// 42 bytes: `fLaC`, a block header, the block (Enhanced RTMP v2).
    WithMarker,
}

impl StreamInfo {
    /// Reads a record: the block alone (34 bytes, as FFmpeg writes it), with its header (38), or with `fLaC` in front
    /// (42, as Enhanced RTMP v2 has it). Blocks behind it are left unread.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, or blocks are shorter than is allowed.
    pub fn parse(record: &[u8]) -> Result<Self, ConfigError> {
        let rest = record.strip_prefix(MARKER).unwrap_or(record);
        // A block header: last or not, type 0, 34 bytes. The block alone cannot begin so: its blocks would have 0
        // or 32768 samples at least and 34 at most.
        let block = match rest.split_first_chunk() {
            Some(([0 | 0x80, 0, 0, 34], block)) => block,
            _ => rest,
        };
        let block: [u8; LEN] = Reader::new(block).array()?;
        Self::read(&block)
    }

    fn read(block: &[u8; LEN]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(block);
        let info = Self {
            min_block_size: u16::from_be_bytes([r.u8(8)?, r.u8(8)?]),
            max_block_size: u16::from_be_bytes([r.u8(8)?, r.u8(8)?]),
            min_frame_size: r.u(24)?,
            max_frame_size: r.u(24)?,
            sample_rate: r.u(20)?,
            channels: r.u8(3)?.saturating_add(1),
            bits_per_sample: r.u8(5)?.saturating_add(1),
            total_samples: u64::from(r.u(4)?) << 32 | u64::from(r.u(32)?),
            md5: *block.last_chunk().ok_or(ConfigError::Truncated)?,
        };
        if info.min_block_size < 16 || info.max_block_size < info.min_block_size {
            return Err(ConfigError::Value {
                field: "minimum block size",
                value: info.min_block_size.into(),
            });
        }
        Ok(info)
    }

    /// Writes a record.
    pub fn encode(&self, form: StreamInfoForm) -> Bytes {
        let mut out = BytesMut::with_capacity(42);
        if form == StreamInfoForm::WithMarker {
            out.put_slice(MARKER);
            // The last block, STREAMINFO, 34 bytes
            out.put_slice(&[0x80, 0, 0, 34]);
        }
        out.put_u16(self.min_block_size);
        out.put_u16(self.max_block_size);
        out.put_uint(u64::from(self.min_frame_size & 0xFF_FFFF), 3);
        out.put_uint(u64::from(self.max_frame_size & 0xFF_FFFF), 3);
        out.put_u64(
            u64::from(self.sample_rate & 0xF_FFFF) << 44
                | u64::from(self.channels.saturating_sub(1) & 7) << 41
                | u64::from(self.bits_per_sample.saturating_sub(1) & 0x1F) << 36
                | self.total_samples & 0xF_FFFF_FFFF,
        );
        out.put_slice(&self.md5);
        out.freeze()
    }

    /// What the track is.
    pub fn info(&self) -> AudioInfo {
        AudioInfo {
            codec_string: Some("flac".to_owned()),
            sample_rate: self.sample_rate,
            channels: self.channels,
            bits_per_sample: Some(self.bits_per_sample),
            samples_per_frame: (self.min_block_size == self.max_block_size)
                .then_some(self.max_block_size.into()),
            ..AudioInfo::of(AudioCodec::Flac)
        }
    }
}

#[cfg(test)]
mod tests;
