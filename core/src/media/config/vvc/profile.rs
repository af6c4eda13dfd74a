//! Profile, tier and level (H.266 §7.3.3, Annex A; ISO/IEC 14496-15 §11.2.4.2, `VvcPTLRecord`).

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, BytesMut};
use smallvec::SmallVec;

use crate::media::config::ConfigError;
use crate::media::config::bits::BitReader;
use crate::wire::{Reader, Truncated};

/// What a decoder must be able to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileTierLevel {
    /// `general_profile_idc`: 1 is Main 10.
    pub profile: u8,
    /// `general_tier_flag`: the High tier, rather than Main.
    pub high_tier: bool,
    /// `general_level_idc`: sixteen times the level, and three for each of its tenths.
    pub level: u8,
    /// `ptl_frame_only_constraint_flag`, `ptl_multilayer_enabled_flag` and `general_constraints_info()`: 1 to 63
    /// bytes.
    constraints: SmallVec<[u8; 12]>,
    /// `ptl_sublayer_level_present_flag`s, that of the uppermost sub-layer first.
    sub_layer_flags: u8,
    /// `sublayer_level_idc` of those.
    sub_layer_levels: SmallVec<[u8; 7]>,
    /// `general_sub_profile_idc`.
    sub_profiles: SmallVec<[u32; 1]>,
}

impl ProfileTierLevel {
    /// `VvcPTLRecord( num_sublayers )`.
    pub(super) fn from_record(r: &mut Reader<'_>, sub_layers: u8) -> Result<Self, ConfigError> {
        let constraint_bytes = r.u8()? & 0x3F;
        if constraint_bytes == 0 {
            return Err(ConfigError::Value {
                field: "num_bytes_constraint_info",
                value: 0,
            });
        }
        let [profile, level] = r.array()?;
        let constraints = SmallVec::from_slice(r.bytes(constraint_bytes.into())?);
        let sub_layer_flags = if sub_layers > 1 { r.u8()? } else { 0 };
        let sub_layer_flags = sub_layer_flags & flags_mask(sub_layers);
        let sub_layer_levels = r.bytes(sub_layer_flags.count_ones() as usize)?;
        Ok(Self {
            profile: profile >> 1,
            high_tier: profile & 1 == 1,
            level,
            constraints,
            sub_layer_flags,
            sub_layer_levels: SmallVec::from_slice(sub_layer_levels),
            sub_profiles: (0..r.u8()?).map(|_| r.u32()).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn to_record(&self, sub_layers: u8, out: &mut BytesMut) {
        // Constraints have 63 bytes at most, sub-profiles are 255: they have been counted so.
        out.put_u8(u8::try_from(self.constraints.len()).unwrap_or(0x3F));
        out.put_u8(self.profile << 1 | u8::from(self.high_tier));
        out.put_u8(self.level);
        out.put_slice(&self.constraints);
        if sub_layers > 1 {
            out.put_u8(self.sub_layer_flags);
            out.put_slice(&self.sub_layer_levels);
        }
        out.put_u8(u8::try_from(self.sub_profiles.len()).unwrap_or(u8::MAX));
        for &sub_profile in &self.sub_profiles {
            out.put_u32(sub_profile);
        }
    }

    /// `profile_tier_level( 1, MaxNumSubLayersMinus1 )`, which begins at a byte.
    pub(super) fn read(r: &mut BitReader<'_>, sub_layers_minus1: u8) -> Result<Self, ConfigError> {
        let profile = r.u8(7)?;
        let high_tier = r.flag()?;
        let level = r.u8(8)?;
        let constraints = read_constraints(r)?;
        let sub_layer_flags = if sub_layers_minus1 > 0 { r.u8(8)? } else { 0 };
        let sub_layer_flags = sub_layer_flags & flags_mask(sub_layers_minus1.saturating_add(1));
        let sub_layer_levels = (0..sub_layer_flags.count_ones())
            .map(|_| r.u8(8))
            .collect::<Result<_, _>>()?;
        let sub_profiles = (0..r.u8(8)?).map(|_| r.u(32)).collect::<Result<_, _>>()?;
        Ok(Self {
            profile,
            high_tier,
            level,
            constraints,
            sub_layer_flags,
            sub_layer_levels,
            sub_profiles,
        })
    }

    /// The two flags and `general_constraints_info()`, as a record has them.
    pub fn constraints(&self) -> &[u8] {
        &self.constraints
    }

    /// The profile's name (H.266 §A.3).
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self.profile {
            1 => "Main 10",
            2 => "Main 12",
            10 => "Main 12 Intra",
            17 => "Multilayer Main 10",
            33 => "Main 10 4:4:4",
            34 => "Main 12 4:4:4",
            42 => "Main 12 4:4:4 Intra",
            49 => "Multilayer Main 10 4:4:4",
            65 => "Main 10 Still Picture",
            66 => "Main 12 Still Picture",
            97 => "Main 10 4:4:4 Still Picture",
            98 => "Main 12 4:4:4 Still Picture",
            _ => return None,
        })
    }

    /// The level as people write it.
    pub fn level_name(&self) -> String {
        format!("{}.{}", self.level / 16, self.level % 16 / 3)
    }

    /// ISO/IEC 14496-15 §E.6: profile, tier and level, and the constraints in base 32, without the zero bytes at
    /// their end.
    pub(super) fn codec_string(&self) -> String {
        let tier = if self.high_tier { 'H' } else { 'L' };
        let mut out = format!("vvc1.{}.{tier}{}", self.profile, self.level);
        let mut constraints = &self.constraints[..];
        while let [rest @ .., 0] = constraints {
            constraints = rest;
        }
        if !constraints.is_empty() {
            out.push_str(".C");
            push_base32(constraints, &mut out);
        }
        out
    }
}

/// The bits of the flags that are there: one less than there are sub-layers, from the top.
const fn flags_mask(sub_layers: u8) -> u8 {
    match 0xFF_u8.checked_shr(sub_layers.saturating_sub(1) as u32) {
        Some(unused) => !unused,
        None => 0xFF,
    }
}

/// From `ptl_frame_only_constraint_flag` to the end of `general_constraints_info()` (H.266 §7.3.3.2), which ends
/// with a byte.
fn read_constraints(r: &mut BitReader<'_>) -> Result<SmallVec<[u8; 12]>, ConfigError> {
    /// From `gci_intra_only_constraint_flag` to `gci_no_virtual_boundaries_constraint_flag`.
    const CONSTRAINT_BITS: u32 = 71;
    // How long it is stands within it: 43 bytes at most.
    let mut ahead = r.clone();
    ahead.skip(2)?;
    let bits = if ahead.flag()? {
        ahead.skip(CONSTRAINT_BITS)?;
        let additional = ahead.u(8)?;
        additional.saturating_add(3 + CONSTRAINT_BITS + 8)
    } else {
        3
    };
    let constraints = (0..bits.div_ceil(8))
        .map(|_| r.u8(8))
        .collect::<Result<_, Truncated>>()?;
    Ok(constraints)
}

/// Base 32 without padding (RFC 4648 §6).
fn push_base32(bytes: &[u8], out: &mut String) {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut r = BitReader::new(bytes);
    let mut left = bytes.len().saturating_mul(8);
    while left > 0 {
        let taken = left.min(5);
        left = left.saturating_sub(taken);
        // Five bits, of which the last are filled up with zeros.
        let digit = (0..5).fold(0_u8, |digit, bit| {
            digit << 1 | u8::from(bit < taken && r.flag() == Ok(true))
        });
        out.extend(ALPHABET.get(usize::from(digit)).map(|&digit| char::from(digit)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_32_is_that_of_the_rfc() {
        let base32 = |bytes: &[u8]| {
            let mut out = String::new();
            push_base32(bytes, &mut out);
            out
        };
        // RFC 4648 §10.
        assert_eq!(base32(b"f"), "MY");
        assert_eq!(base32(b"foob"), "MZXW6YQ");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }

    #[test]
    fn a_codec_string_has_constraints_in_base_32() {
        // The example of ISO/IEC 14496-15 §E.6, less its output layer set: frames only.
        let mut profile = ProfileTierLevel {
            profile: 1,
            high_tier: false,
            level: 51,
            constraints: SmallVec::from_slice(&[0x80, 0]),
            sub_layer_flags: 0,
            sub_layer_levels: SmallVec::new(),
            sub_profiles: SmallVec::new(),
        };
        assert_eq!(profile.codec_string(), "vvc1.1.L51.CQA");
        assert_eq!(profile.level_name(), "3.1");
        profile.constraints = SmallVec::from_slice(&[0]);
        profile.high_tier = true;
        assert_eq!(profile.codec_string(), "vvc1.1.H51");
    }

    #[test]
    fn constraints_tell_their_own_length() {
        // Both flags and gci_present_flag 0: one byte.
        assert_eq!(
            read_constraints(&mut BitReader::new(&[0x80])).unwrap().as_slice(),
            [0x80]
        );
        // 2 + 1 + 71 bits, 12 additional ones (bits 74 to 81), those: 94 bits, in 12 bytes.
        let mut bytes = [0; 20];
        bytes[0] = 0x20;
        bytes[9] = 0b0000_0011; // 12 << 54, across
        bytes[10] = 0b0000_0000;
        let constraints = read_constraints(&mut BitReader::new(&bytes)).unwrap();
        assert_eq!(constraints.as_slice(), &bytes[..12]);
    }

    #[test]
    fn there_is_a_flag_for_each_sub_layer_but_the_uppermost() {
        assert_eq!(flags_mask(0), 0);
        assert_eq!(flags_mask(1), 0);
        assert_eq!(flags_mask(2), 0x80);
        assert_eq!(flags_mask(7), 0xFC);
    }
}
