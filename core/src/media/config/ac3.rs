//! AC-3 and E-AC-3: the heads of frames, and the channels of a packet of them (ATSC A/52 §5.3, §E.1.2).

#![deny(clippy::arithmetic_side_effects)]

use super::bits::BitReader;
use super::{AudioInfo, ConfigError};
use crate::media::audio::AudioCodec;

const SYNC: u32 = 0x0B77;
/// Bit rates in kbit/s by `frmsizecod >> 1` (table 5.18).
const BIT_RATES: [u16; 19] = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];
/// Bits of `chanmap` (table E.1.1): the first is L. Those of a pair are [`PAIRS`].
const L: u16 = 1 << 15;
const C: u16 = 1 << 14;
const R: u16 = 1 << 13;
const LS: u16 = 1 << 12;
const RS: u16 = 1 << 11;
const CS: u16 = 1 << 8;
const LFE: u16 = 1;
/// Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw, Lvh/Rvh, Lts/Rts.
const PAIRS: u16 = 1 << 10 | 1 << 9 | 1 << 6 | 1 << 5 | 1 << 4 | 1 << 2;
/// Dependent substreams of one program: 0 to 7.
const MAX_DEPENDENT: usize = 8;

/// The head of a synchronization frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SyncFrame {
    /// Whether it is E-AC-3.
    pub enhanced: bool,
    /// `bsid`: to 10 it is AC-3, from 11 to 16 E-AC-3.
    pub bsid: u8,
    /// Whether it only adds channels to the frame before it: a dependent substream of E-AC-3.
    pub dependent: bool,
    /// Samples per second.
    pub sample_rate: u32,
    /// Samples of each channel that it decodes to.
    pub samples: u32,
    /// Bytes of the frame.
    pub frame_len: u16,
    /// `acmod`: the arrangement of the full channels; 7 is 3/2.
    pub arrangement: u8,
    /// `lfeon`: a channel for low frequencies.
    pub lfe: bool,
    /// The places that a dependent substream names for its channels.
    places: Option<u16>,
}

impl SyncFrame {
    /// Reads the head of a frame.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, does not begin with the sync word, or uses what is reserved.
    pub fn parse(frame: &[u8]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(frame);
        if r.u(16)? != SYNC {
            return Err(ConfigError::NotA("a frame of AC-3"));
        }
        // `bsid` stands at the same place in both.
        let mut ahead = r.clone();
        ahead.skip(24)?;
        match ahead.u8(5)? {
            bsid @ 0..=10 => Self::read_ac3(&mut r, bsid),
            bsid @ 11..=16 => Self::read_eac3(&mut r, bsid),
            reserved => Err(bad("bsid", reserved)),
        }
    }

    fn read_ac3(r: &mut BitReader<'_>, bsid: u8) -> Result<Self, ConfigError> {
        // crc1
        r.skip(16)?;
        let rate_code = r.u8(2)?;
        let size_code = r.u8(6)?;
        // bsid, bsmod
        r.skip(5 + 3)?;
        let arrangement = r.u8(3)?;
        // cmixlev with three channels in front, surmixlev with a surround, dsurmod with two channels
        if arrangement & 1 != 0 && arrangement != 1 {
            r.skip(2)?;
        }
        if arrangement & 4 != 0 {
            r.skip(2)?;
        }
        if arrangement == 2 {
            r.skip(2)?;
        }
        let lfe = r.flag()?;
        // Half and a quarter of the rate, as some encoders write it
        let shift = u32::from(bsid.saturating_sub(8));
        Ok(Self {
            enhanced: false,
            bsid,
            dependent: false,
            sample_rate: full_rate(rate_code)? >> shift,
            samples: 1536,
            frame_len: frame_len(rate_code, size_code)?,
            arrangement,
            lfe,
            places: None,
        })
    }

    fn read_eac3(r: &mut BitReader<'_>, bsid: u8) -> Result<Self, ConfigError> {
        let stream_type = r.u8(2)?;
        // substreamid
        r.skip(3)?;
        let words = u16::from(r.u8(3)?) << 8 | u16::from(r.u8(8)?);
        let (sample_rate, blocks) = match r.u8(2)? {
            3 => (full_rate(r.u8(2)?)? / 2, 6),
            code => {
                let blocks: u32 = match r.u8(2)? {
                    0 => 1,
                    1 => 2,
                    2 => 3,
                    _ => 6,
                };
                (full_rate(code)?, blocks)
            }
        };
        let arrangement = r.u8(3)?;
        let lfe = r.flag()?;
        // bsid; then dialnorm and compr, twice for two mono channels
        r.skip(5)?;
        let dependent = stream_type == 1;
        let mut places = None;
        if dependent {
            for _ in 0..if arrangement == 0 { 2 } else { 1 } {
                r.skip(5)?;
                if r.flag()? {
                    r.skip(8)?;
                }
            }
            if r.flag()? {
                places = Some(u16::from(r.u8(8)?) << 8 | u16::from(r.u8(8)?));
            }
        }
        Ok(Self {
            enhanced: true,
            bsid,
            dependent,
            sample_rate,
            samples: blocks.saturating_mul(256),
            // Eleven bits of a number, and one: 4096 at most.
            frame_len: words.saturating_add(1).saturating_mul(2),
            arrangement,
            lfe,
            places,
        })
    }

    /// Channels of this frame, that of low frequencies among them.
    pub fn channels(&self) -> u8 {
        let full = match self.arrangement {
            1 => 1,
            0 | 2 => 2,
            3 | 4 => 3,
            5 | 6 => 4,
            _ => 5_u8,
        };
        full.saturating_add(self.lfe.into())
    }

    /// The codec.
    pub const fn codec(&self) -> AudioCodec {
        match self.enhanced {
            true => AudioCodec::Eac3,
            false => AudioCodec::Ac3,
        }
    }

    /// Where its channels are, in the bits of `chanmap`.
    fn places(&self) -> u16 {
        if let Some(places) = self.places {
            return places;
        }
        let full = match self.arrangement {
            1 => C,
            0 | 2 => L | R,
            3 => L | C | R,
            4 => L | R | CS,
            5 => L | C | R | CS,
            6 => L | R | LS | RS,
            _ => L | C | R | LS | RS,
        };
        if self.lfe { full | LFE } else { full }
    }
}

/// What a track is, from a packet: its first frame, and the substreams that depend on it. 7.1 is a frame of 5.1 and
/// another one with what is to be added.
///
/// # Errors
///
/// As [`SyncFrame::parse`], for the first frame. Behind it, what cannot be read adds nothing.
pub fn identify(packet: &[u8]) -> Result<AudioInfo, ConfigError> {
    let first = SyncFrame::parse(packet)?;
    let mut places = first.places();
    let mut rest = packet.get(usize::from(first.frame_len)..).unwrap_or_default();
    let mut added = false;
    for _ in 0..MAX_DEPENDENT {
        let Ok(frame) = SyncFrame::parse(rest) else { break };
        if !frame.dependent {
            break;
        }
        added = true;
        places |= frame.places();
        rest = rest.get(usize::from(frame.frame_len)..).unwrap_or_default();
    }
    Ok(AudioInfo {
        codec_string: Some(if first.enhanced { "ec-3" } else { "ac-3" }.to_owned()),
        sample_rate: first.sample_rate,
        channels: if added {
            channels_at(places)
        } else {
            first.channels()
        },
        samples_per_frame: Some(first.samples),
        ..AudioInfo::of(first.codec())
    })
}

fn channels_at(places: u16) -> u8 {
    let channels = places.count_ones().saturating_add((places & PAIRS).count_ones());
    u8::try_from(channels).unwrap_or(u8::MAX)
}

fn full_rate(code: u8) -> Result<u32, ConfigError> {
    match code {
        0 => Ok(48_000),
        1 => Ok(44_100),
        2 => Ok(32_000),
        reserved => Err(bad("fscod", reserved)),
    }
}

/// Table 5.18: bytes of a frame of 1536 samples.
fn frame_len(rate_code: u8, size_code: u8) -> Result<u16, ConfigError> {
    let rate = BIT_RATES.get(usize::from(size_code >> 1)).copied();
    let rate = u32::from(rate.ok_or_else(|| bad("frmsizecod", size_code))?);
    let len = match rate_code {
        0 => rate.saturating_mul(4),
        1 => rate
            .saturating_mul(320)
            .div_euclid(147)
            .saturating_add(u32::from(size_code & 1))
            .saturating_mul(2),
        _ => rate.saturating_mul(6),
    };
    // 3840 at most.
    u16::try_from(len).map_err(|_| bad("frmsizecod", size_code))
}

const fn bad(field: &'static str, value: u8) -> ConfigError {
    ConfigError::Value {
        field,
        value: value as u64,
    }
}

#[cfg(test)]
mod tests;
