//! Parameters in the stream, and configurations made of them.

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use crate::media::config::avc::AvcConfiguration;
use crate::media::config::hevc::HevcConfiguration;
use crate::media::config::vvc::VvcConfiguration;
use crate::media::config::{BitReader, ConfigError, VideoConfiguration};
use crate::media::nal::{NalCodec, NalKind};

/// Sets of one kind that are looked at: more than a configuration can hold, so that it is refused for them.
const MAX_SETS: usize = 257;

/// The parameter sets of a track in force, and those that a frame brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ParameterSets {
    vps: Vec<Bytes>,
    sps: Vec<Bytes>,
    pps: Vec<Bytes>,
}

impl ParameterSets {
    pub(super) fn among<'a>(codec: NalCodec, units: impl IntoIterator<Item = &'a Bytes>) -> Self {
        let mut sets = Self::default();
        for unit in units {
            let list = match codec.kind(unit) {
                Some(NalKind::Vps) => &mut sets.vps,
                Some(NalKind::Sps) => &mut sets.sps,
                Some(NalKind::Pps) => &mut sets.pps,
                _ => continue,
            };
            if list.len() < MAX_SETS && !list.contains(unit) {
                list.push(unit.clone());
            }
        }
        sets
    }

    /// Whether a frame brings any that is not in force.
    pub(super) fn lacks_any_of(&self, new: &Self) -> bool {
        let lacks = |mine: &[Bytes], new: &[Bytes]| new.iter().any(|unit| !mine.contains(unit));
        lacks(&self.vps, &new.vps) || lacks(&self.sps, &new.sps) || lacks(&self.pps, &new.pps)
    }

    /// Those in force once a frame has brought new ones. Another sequence parameter set begins a new sequence, for
    /// which pictures bring their own; without one, a picture parameter set takes the place of its number.
    pub(super) fn updated(&self, codec: NalCodec, new: &Self) -> Self {
        let or_mine = |new: &[Bytes], mine: &[Bytes]| {
            if new.is_empty() {
                mine.to_vec()
            } else {
                new.to_vec()
            }
        };
        let vps = or_mine(&new.vps, &self.vps);
        if new.sps.iter().any(|unit| !self.sps.contains(unit)) {
            let pps = or_mine(&new.pps, &self.pps);
            return Self {
                vps,
                sps: new.sps.clone(),
                pps,
            };
        }
        let mut pps = self.pps.clone();
        for unit in &new.pps {
            let number = pps_number(codec, unit);
            match pps.iter_mut().find(|other| pps_number(codec, other) == number) {
                Some(other) => other.clone_from(unit),
                None => pps.push(unit.clone()),
            }
        }
        Self {
            vps,
            sps: self.sps.clone(),
            pps,
        }
    }

    /// Whether a decoder can begin with them.
    pub(super) fn is_complete(&self, codec: NalCodec) -> bool {
        let has_vps = codec != NalCodec::Hevc || !self.vps.is_empty();
        has_vps && !self.sps.is_empty() && !self.pps.is_empty()
    }

    pub(super) fn configuration(&self, codec: NalCodec) -> Result<VideoConfiguration, ConfigError> {
        let Self { vps, sps, pps } = self;
        Ok(match codec {
            NalCodec::Avc => AvcConfiguration::from_parameter_sets(sps, pps)?.into(),
            NalCodec::Hevc => HevcConfiguration::from_parameter_sets(vps, sps, pps)?.into(),
            NalCodec::Vvc => VvcConfiguration::from_parameter_sets(vps, sps, pps)?.into(),
        })
    }
}

/// `pic_parameter_set_id`: behind the header, an Exp-Golomb code, and 6 bits in VVC (H.264 §7.3.2.2, H.265
/// §7.3.2.3.1, H.266 §7.3.2.5).
fn pps_number(codec: NalCodec, unit: &[u8]) -> Option<u32> {
    let mut r = BitReader::of_rbsp(unit.get(codec.header_len()..)?);
    match codec {
        NalCodec::Avc | NalCodec::Hevc => r.ue().ok(),
        NalCodec::Vvc => r.u(6).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 320x180, Main profile.
    const SPS: &[u8] = &[
        0x67, 0x4D, 0x40, 0x0C, 0xEC, 0xA0, 0xA0, 0xCB, 0xFF, 0x80, 0x80, 0x00, 0x80, 0x40,
    ];

    #[test]
    fn a_flood_of_parameter_sets_is_not_compared_with_itself() {
        // Picture parameter sets, all different.
        let flood = (0..4096_u16).map(|n| Bytes::from([&[0x68][..], &n.to_be_bytes()].concat()));
        let sets = ParameterSets::among(NalCodec::Avc, &flood.collect::<Vec<_>>());
        assert_eq!(sets.pps.len(), MAX_SETS);
        let first = |count| ParameterSets {
            sps: vec![Bytes::from_static(SPS)],
            pps: sets.pps.iter().take(count).cloned().collect(),
            ..ParameterSets::default()
        };
        let refused = first(MAX_SETS).configuration(NalCodec::Avc);
        assert!(matches!(refused, Err(ConfigError::TooMany { .. })), "{refused:?}");
        assert!(first(255).configuration(NalCodec::Avc).is_ok());
    }
}
