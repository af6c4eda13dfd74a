//! MP3, and its older layers: the head of a frame (ISO/IEC 11172-3 §2.4.1.3, 13818-3 §2.4.1.3).

#![deny(clippy::arithmetic_side_effects)]

use super::bits::BitReader;
use super::{AudioInfo, ConfigError};
use crate::media::audio::AudioCodec;

/// Bit rates in kbit/s by `bitrate_index` from 1 to 14. 0 is free format, 15 is forbidden.
type BitRates = [u16; 14];
const MPEG1_LAYER1: BitRates = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
const MPEG1_LAYER2: BitRates = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const MPEG1_LAYER3: BitRates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_LAYER1: BitRates = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const MPEG2_OTHERS: BitRates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FrameHeader {
    /// The version, which says how low the rate may be.
    pub version: MpegVersion,
    /// The layer: 1, 2, or 3, which is what MP3 means.
    pub layer: u8,
    /// Bits per second; `None` in free format.
    pub bit_rate: Option<u32>,
    /// Samples per second.
    pub sample_rate: u32,
    /// Whether the frame has a slot more than the others.
    pub padding: bool,
    /// Channels: 1 or 2.
    pub channels: u8,
}

/// The version of MPEG audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MpegVersion {
    /// 32000 Hz and more.
    Mpeg1,
    /// 16000 Hz and more.
    Mpeg2,
    /// 8000 Hz and more: what everybody added and no standard has.
    Mpeg25,
}

impl FrameHeader {
    /// Reads the head of a frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, does not begin with the sync word, or uses what is reserved.
    pub fn parse(frame: &[u8]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(frame);
        if r.u(11)? != 0x7FF {
            return Err(ConfigError::NotA("a frame of MP3"));
        }
        let version = match r.u8(2)? {
            0 => MpegVersion::Mpeg25,
            2 => MpegVersion::Mpeg2,
            3 => MpegVersion::Mpeg1,
            reserved => return Err(bad("ID", reserved)),
        };
        let layer = match r.u8(2)? {
            0 => return Err(bad("layer", 0)),
            code => 4_u8.saturating_sub(code),
        };
        // protection_bit
        r.skip(1)?;
        let bit_rate = bit_rate(version, layer, r.u8(4)?)?;
        let sample_rate = sample_rate(version, r.u8(2)?)?;
        let padding = r.flag()?;
        // private_bit
        r.skip(1)?;
        let mode = r.u8(2)?;
        // mode_extension, copyright, original, emphasis
        r.skip(6)?;
        Ok(Self {
            version,
            layer,
            bit_rate,
            sample_rate,
            padding,
            channels: if mode == 3 { 1 } else { 2 },
        })
    }

    /// Samples of each channel that the frame decodes to.
    pub const fn samples(&self) -> u32 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (3, MpegVersion::Mpeg2 | MpegVersion::Mpeg25) => 576,
            _ => 1152,
        }
    }

    /// Bytes of the frame, its head among them; `None` in free format.
    pub fn frame_len(&self) -> Option<usize> {
        // A slot has four bytes in layer 1, one in the others. At most 384 / 32 * 448000 / 8000 slots.
        let slot = if self.layer == 1 { 4 } else { 1 };
        let slots = self
            .samples()
            .checked_mul(self.bit_rate?)?
            .checked_div(self.sample_rate)?
            .checked_div(8)?
            .checked_div(slot)?;
        let slots = slots.checked_add(self.padding.into())?;
        usize::try_from(slots.checked_mul(slot)?).ok()
    }

    /// `mp4a.40.34` for MP3, 33 and 32 for the older layers (RFC 6381 §3.3, ISO/IEC 14496-3 table 1.17).
    pub fn codec_string(&self) -> String {
        format!("mp4a.40.{}", self.layer.saturating_add(31))
    }

    /// What the track is.
    pub fn info(&self) -> AudioInfo {
        AudioInfo {
            codec_string: Some(self.codec_string()),
            sample_rate: self.sample_rate,
            channels: self.channels,
            samples_per_frame: Some(self.samples()),
            ..AudioInfo::of(AudioCodec::Mp3)
        }
    }
}

fn bit_rate(version: MpegVersion, layer: u8, index: u8) -> Result<Option<u32>, ConfigError> {
    let rates = match (version, layer) {
        (MpegVersion::Mpeg1, 1) => &MPEG1_LAYER1,
        (MpegVersion::Mpeg1, 2) => &MPEG1_LAYER2,
        (MpegVersion::Mpeg1, _) => &MPEG1_LAYER3,
        (MpegVersion::Mpeg2 | MpegVersion::Mpeg25, 1) => &MPEG2_LAYER1,
        (MpegVersion::Mpeg2 | MpegVersion::Mpeg25, _) => &MPEG2_OTHERS,
    };
    let Some(place) = index.checked_sub(1) else {
        return Ok(None);
    };
    let rate = rates.get(usize::from(place)).copied();
    let rate = rate.ok_or_else(|| bad("bitrate_index", index))?;
    Ok(Some(u32::from(rate).saturating_mul(1000)))
}

fn sample_rate(version: MpegVersion, index: u8) -> Result<u32, ConfigError> {
    let of_mpeg1: u32 = match index {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        reserved => return Err(bad("sampling_frequency", reserved)),
    };
    Ok(match version {
        MpegVersion::Mpeg1 => of_mpeg1,
        MpegVersion::Mpeg2 => of_mpeg1 / 2,
        MpegVersion::Mpeg25 => of_mpeg1 / 4,
    })
}

const fn bad(field: &'static str, value: u8) -> ConfigError {
    ConfigError::Value {
        field,
        value: value as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stereo_frame_of_mpeg_1() {
        // FF FB: sync, MPEG-1, layer 3, no CRC | 3: 48 kbit/s, 0: 44100 Hz, no padding | 64: joint stereo
        let header = FrameHeader::parse(&[0xFF, 0xFB, 0x30, 0x64]).unwrap();
        assert_eq!((header.version, header.layer), (MpegVersion::Mpeg1, 3));
        assert_eq!(header.bit_rate, Some(48_000));
        // 1152 / 8 * 48000 / 44100 = 156.7; the next one is padded
        assert_eq!(header.frame_len(), Some(156));
        let padded = FrameHeader::parse(&[0xFF, 0xFB, 0x32, 0x64]).unwrap();
        assert_eq!(padded.frame_len(), Some(157));
        let info = header.info();
        assert_eq!((info.sample_rate, info.channels), (44_100, 2));
        assert_eq!(info.samples_per_frame, Some(1152));
        assert_eq!(info.codec_string.as_deref(), Some("mp4a.40.34"));
    }

    #[test]
    fn a_mono_frame_of_mpeg_2() {
        // FF F3: sync, MPEG-2, layer 3 | 4: 32 kbit/s, 0: 22050 Hz | C4: mono
        let header = FrameHeader::parse(&[0xFF, 0xF3, 0x40, 0xC4]).unwrap();
        let info = header.info();
        assert_eq!((info.sample_rate, info.channels), (22_050, 1));
        assert_eq!(info.samples_per_frame, Some(576));
        assert_eq!(header.frame_len(), Some(104));
    }

    #[test]
    fn a_frame_of_8000_hz() {
        // FF E3: sync, MPEG-2.5, layer 3 | 1: 8 kbit/s, 2: 8000 Hz
        let header = FrameHeader::parse(&[0xFF, 0xE3, 0x18, 0xC4]).unwrap();
        assert_eq!(header.sample_rate, 8000);
        assert_eq!(header.frame_len(), Some(72));
    }

    #[test]
    fn older_layers_are_read_too() {
        // FF FD: layer 2 | A: 192 kbit/s, 1: 48000 Hz
        let header = FrameHeader::parse(&[0xFF, 0xFD, 0xA4, 0x00]).unwrap();
        assert_eq!((header.layer, header.samples()), (2, 1152));
        assert_eq!(header.frame_len(), Some(576));
        assert_eq!(header.codec_string(), "mp4a.40.33");
        // FF FF: layer 1 | C: 384 kbit/s, 1: 48000 Hz, padded by four bytes
        let header = FrameHeader::parse(&[0xFF, 0xFF, 0xC6, 0x00]).unwrap();
        assert_eq!(header.frame_len(), Some(388));
    }

    #[test]
    fn a_free_format_does_not_say_its_length() {
        let header = FrameHeader::parse(&[0xFF, 0xFB, 0x00, 0x64]).unwrap();
        assert_eq!((header.bit_rate, header.frame_len()), (None, None));
    }

    #[test]
    fn what_is_reserved_or_cut_short_is_refused() {
        assert_eq!(
            FrameHeader::parse(b"ID3\x04"),
            Err(ConfigError::NotA("a frame of MP3"))
        );
        assert_eq!(FrameHeader::parse(&[0xFF, 0xEB, 0x30, 0x64]), Err(bad("ID", 1)));
        assert_eq!(
            FrameHeader::parse(&[0xFF, 0xF9, 0x30, 0x64]),
            Err(bad("layer", 0))
        );
        assert_eq!(
            FrameHeader::parse(&[0xFF, 0xFB, 0xF0, 0x64]),
            Err(bad("bitrate_index", 15))
        );
        assert_eq!(
            FrameHeader::parse(&[0xFF, 0xFB, 0x3C, 0x64]),
            Err(bad("sampling_frequency", 3))
        );
        for end in 0..4 {
            let cut = &[0xFF, 0xFB, 0x30, 0x64][..end];
            assert_eq!(FrameHeader::parse(cut), Err(ConfigError::Truncated));
        }
    }

    proptest::proptest! {
        #[test]
        fn a_frame_is_longer_than_its_head(bytes in proptest::array::uniform2(0..=255_u8)) {
            let [second, third] = bytes;
            if let Ok(header) = FrameHeader::parse(&[0xFF, second | 0xE0, third, 0]) {
                proptest::prop_assert!(header.frame_len().is_none_or(|len| (24..4096).contains(&len)));
            }
        }
    }
}
