//! ADTS: AAC frames that carry their configuration with them (ISO/IEC 13818-7 §6.2; 14496-3 §1.A.2.2).
//!
//! RTMP wants raw frames; some encoders leave the headers on. Files and MPEG-TS want them.

use bytes::Bytes;

use super::{AudioSpecificConfig, ObjectType, bad, rate_at, rate_index};
use crate::media::config::ConfigError;
use crate::media::config::bits::BitReader;

/// Bytes of a header without CRC.
const HEADER: u16 = 7;
/// Bytes of a header with one.
const HEADER_WITH_CRC: u16 = 9;
/// The most bytes that a frame can say it has, its header among them.
const MAX_FRAME: usize = 0x1FFF;

/// The header of an ADTS frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AdtsHeader {
    /// `profile_ObjectType`: Main, LC, SSR or LTP.
    pub object_type: ObjectType,
    /// Samples per second of the core.
    pub sample_rate: u32,
    /// `channel_configuration`: 0 to 7; 0 if a program config element in the frame tells.
    pub channel_configuration: u8,
    /// Whether two bytes of CRC follow the header's seven.
    pub has_crc: bool,
    /// `aac_frame_length`: the frame's bytes, its header among them.
    pub frame_len: u16,
    /// Raw data blocks in the frame: 1 to 4. Everybody writes 1.
    pub raw_data_blocks: u8,
}

impl AdtsHeader {
    /// Reads the header at the front of a frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if these are not the first bytes of an ADTS frame, or its rate is reserved, or it says that
    /// it is shorter than its header.
    pub fn parse(frame: &[u8]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(frame);
        let sync = r.u(12)?;
        // ID: MPEG-2 or MPEG-4
        r.skip(1)?;
        let layer = r.u8(2)?;
        if (sync, layer) != (0xFFF, 0) {
            return Err(ConfigError::NotA("an ADTS frame"));
        }
        let has_crc = !r.flag()?;
        let object_type = ObjectType::of_adts_profile(r.u8(2)?);
        let sample_rate = rate_at(r.u8(4)?)?;
        // private_bit
        r.skip(1)?;
        let channel_configuration = r.u8(3)?;
        // original/copy, home, and two bits of a copyright
        r.skip(4)?;
        let frame_len = u16::from(r.u8(5)?) << 8 | u16::from(r.u8(8)?);
        // adts_buffer_fullness
        r.skip(11)?;
        let raw_data_blocks = r.u8(2)?.saturating_add(1);
        let header = Self {
            object_type,
            sample_rate,
            channel_configuration,
            has_crc,
            frame_len,
            raw_data_blocks,
        };
        if header.len() > frame_len {
            return Err(bad("aac_frame_length", frame_len));
        }
        Ok(header)
    }

    /// Bytes of the header itself: 7, or 9 with a CRC.
    #[expect(clippy::len_without_is_empty, reason = "a header is never empty")]
    pub const fn len(&self) -> u16 {
        match self.has_crc {
            true => HEADER_WITH_CRC,
            false => HEADER,
        }
    }

    /// The configuration that the header stands for.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`], if the channels are told in the frame alone.
    pub fn audio_specific_config(&self) -> Result<AudioSpecificConfig, ConfigError> {
        AudioSpecificConfig::new(self.object_type, self.sample_rate, self.channel_configuration)
    }
}

/// The header for a raw frame of `frame_len` bytes.
///
/// HE-AAC is written as its core: decoders find SBR and PS in the frames.
///
/// # Errors
///
/// [`ConfigError::Value`], if ADTS cannot say it: another object type than Main, LC, SSR and LTP, a rate that has no
/// index, channels that are in a program config element or beyond 7.1, frames of 960 samples, or a frame longer than
/// 8184 bytes.
pub fn adts_header(config: &AudioSpecificConfig, frame_len: usize) -> Result<[u8; 7], ConfigError> {
    let object_type = config.object_type();
    if !object_type.is_plain() {
        return Err(bad("audioObjectType", object_type.number()));
    }
    let rate = config.core_sample_rate();
    let rate_index = rate_index(rate).ok_or_else(|| bad("samplingFrequency", rate))?;
    let channels = config.channel_configuration();
    if !matches!(channels, 1..=7) {
        return Err(bad("channelConfiguration", channels));
    }
    if config.core_samples_per_frame == Some(960) {
        return Err(bad("frameLengthFlag", 1_u8));
    }
    let len = frame_len.saturating_add(usize::from(HEADER));
    let len = u16::try_from(len).ok().filter(|_| len <= MAX_FRAME);
    let len = len.ok_or_else(|| bad("aac_frame_length", frame_len as u64))?;
    // The length's lower eleven bits are the first of two bytes; its upper two, shifted out, go before them.
    let [len_high, len_low] = (len << 5).to_be_bytes();
    let profile = object_type.number().saturating_sub(1);
    Ok([
        0xFF,
        // MPEG-4, layer 0, no CRC
        0xF1,
        profile << 6 | rate_index << 2 | channels >> 2,
        channels << 6 | (len >> 11 & 3) as u8,
        len_high,
        // A buffer fullness of all ones: variable bit rate. One raw data block.
        len_low | 0x1F,
        0xFC,
    ])
}

/// Whether a packet is ADTS frames from its first byte to its last. A raw frame cannot be taken for one: it would
/// begin with its end.
pub fn looks_like_adts(packet: &Bytes) -> bool {
    AdtsHeader::parse(packet).is_ok() && frames(packet).all(|frame| frame.is_ok())
}

/// The ADTS frames of a packet. An error is the last item.
pub fn frames(packet: &Bytes) -> Frames {
    Frames { rest: packet.clone() }
}

/// One ADTS frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdtsFrame {
    /// Its header.
    pub header: AdtsHeader,
    /// The raw frame, without header and CRC.
    pub payload: Bytes,
}

/// See [`frames`].
#[derive(Clone, Debug)]
pub struct Frames {
    rest: Bytes,
}

impl Frames {
    fn take(&mut self) -> Result<AdtsFrame, ConfigError> {
        let header = AdtsHeader::parse(&self.rest)?;
        if header.raw_data_blocks > 1 {
            // Where they begin is known to a decoder alone, or to the CRC's table.
            return Err(ConfigError::TooMany {
                field: "number_of_raw_data_blocks_in_frame",
                count: header.raw_data_blocks.into(),
                limit: 1,
            });
        }
        if self.rest.len() < usize::from(header.frame_len) {
            return Err(ConfigError::Truncated);
        }
        let mut payload = self.rest.split_to(header.frame_len.into());
        // `parse` has seen that the frame is at least as long as its header.
        let payload = payload.split_off(header.len().into());
        Ok(AdtsFrame { header, payload })
    }
}

impl Iterator for Frames {
    type Item = Result<AdtsFrame, ConfigError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let frame = self.take();
        if frame.is_err() {
            self.rest.clear();
        }
        Some(frame)
    }
}
