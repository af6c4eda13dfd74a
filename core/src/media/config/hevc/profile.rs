//! Profile, tier and level (H.265 §7.3.3, Annex A).

#![deny(clippy::arithmetic_side_effects)]

use std::fmt::Write as _;

use crate::media::config::ConfigError;
use crate::media::config::bits::BitReader;
use crate::wire::Truncated;

/// What a decoder must be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileTierLevel {
    /// `general_profile_space`: 0; 1 to 3 are reserved.
    pub profile_space: u8,
    /// `general_tier_flag`: the High tier, rather than Main.
    pub high_tier: bool,
    /// `general_profile_idc`: 1 is Main, 2 Main 10.
    pub profile: u8,
    /// `general_profile_compatibility_flag`, that of profile 0 uppermost.
    pub compatibility: u32,
    /// The 48 bits from `general_progressive_source_flag` on.
    pub constraints: [u8; 6],
    /// `general_level_idc`: thirty times the level.
    pub level: u8,
}

impl ProfileTierLevel {
    /// From the bytes of a record, which are those of the syntax.
    pub(super) const fn from_record(bytes: [u8; 12]) -> Self {
        let [first, c0, c1, c2, c3, f0, f1, f2, f3, f4, f5, level] = bytes;
        Self {
            profile_space: first >> 6,
            high_tier: first & 0x20 != 0,
            profile: first & 0x1F,
            compatibility: u32::from_be_bytes([c0, c1, c2, c3]),
            constraints: [f0, f1, f2, f3, f4, f5],
            level,
        }
    }

    /// The bytes of a record.
    pub(super) fn to_record(self) -> [u8; 12] {
        let first = (self.profile_space & 3) << 6 | u8::from(self.high_tier) << 5 | self.profile & 0x1F;
        let [c0, c1, c2, c3] = self.compatibility.to_be_bytes();
        let [f0, f1, f2, f3, f4, f5] = self.constraints;
        [first, c0, c1, c2, c3, f0, f1, f2, f3, f4, f5, self.level]
    }

    /// `profile_tier_level( 1, maxNumSubLayersMinus1 )`; what is said of sub-layers is passed over.
    pub(super) fn read(r: &mut BitReader<'_>, sub_layers_minus1: u8) -> Result<Self, ConfigError> {
        let mut bytes = [0; 12];
        for byte in &mut bytes {
            *byte = r.u8(8)?;
        }
        skip_sub_layers(r, sub_layers_minus1)?;
        Ok(Self::from_record(bytes))
    }

    /// The profile's name, as FFmpeg prints it.
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self.profile {
            1 => "Main",
            2 => "Main 10",
            3 => "Main Still Picture",
            4 => "Rext",
            6 => "Multiview Main",
            9 => "Scc",
            _ => return None,
        })
    }

    /// The level as people write it.
    pub fn level_name(&self) -> String {
        format!("{}.{}", self.level / 30, self.level % 30 / 3)
    }

    /// ISO/IEC 14496-15 §E.3: profile space and profile, compatibility flags in reverse, tier and level, and the
    /// bytes of constraints without the zeros at their end.
    pub(super) fn codec_string(&self) -> String {
        let space = match self.profile_space {
            1 => "A",
            2 => "B",
            3 => "C",
            _ => "",
        };
        let mut out = format!(
            "hvc1.{space}{}.{:x}.{}{}",
            self.profile,
            self.compatibility.reverse_bits(),
            if self.high_tier { 'H' } else { 'L' },
            self.level,
        );
        let mut constraints = &self.constraints[..];
        while let [rest @ .., 0] = constraints {
            constraints = rest;
        }
        for byte in constraints {
            // Writing to a string cannot fail.
            let _: std::fmt::Result = write!(out, ".{byte:X}");
        }
        out
    }
}

fn skip_sub_layers(r: &mut BitReader<'_>, sub_layers_minus1: u8) -> Result<(), Truncated> {
    let mut bits = 0_u32;
    for _ in 0..sub_layers_minus1 {
        let (profile_present, level_present) = (r.flag()?, r.flag()?);
        bits = bits
            .saturating_add(if profile_present { 88 } else { 0 })
            .saturating_add(if level_present { 8 } else { 0 });
    }
    if sub_layers_minus1 > 0 {
        for _ in sub_layers_minus1..8 {
            r.skip(2)?; // reserved_zero_2bits
        }
    }
    r.skip(bits)
}
