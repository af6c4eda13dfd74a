//! Audio object types (ISO/IEC 14496-3 §1.5.1.1, table 1.17).

use super::{BitReader, ConfigError, bad};

/// An `audioObjectType`: 1 to 95.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectType(u8);

impl ObjectType {
    /// 1: AAC Main.
    pub const AAC_MAIN: Self = Self(1);
    /// 2: AAC LC, which nearly everybody sends.
    pub const AAC_LC: Self = Self(2);
    /// 3: AAC SSR.
    pub const AAC_SSR: Self = Self(3);
    /// 4: AAC LTP.
    pub const AAC_LTP: Self = Self(4);
    /// 5: spectral band replication around another type.
    pub const SBR: Self = Self(5);
    /// 6: AAC scalable.
    pub const AAC_SCALABLE: Self = Self(6);
    /// 17: AAC LC, error resilient.
    pub const ER_AAC_LC: Self = Self(17);
    /// 19: AAC LTP, error resilient.
    pub const ER_AAC_LTP: Self = Self(19);
    /// 20: AAC scalable, error resilient.
    pub const ER_AAC_SCALABLE: Self = Self(20);
    /// 22: bit-sliced arithmetic coding.
    pub const ER_BSAC: Self = Self(22);
    /// 23: AAC LD.
    pub const ER_AAC_LD: Self = Self(23);
    /// 29: parametric stereo, with SBR, around another type.
    pub const PS: Self = Self(29);
    /// 39: AAC ELD.
    pub const ER_ELD: Self = Self(39);
    /// 42: USAC, known as xHE-AAC.
    pub const USAC: Self = Self(42);

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// What people call it, in FFmpeg's words.
    pub const fn profile(self) -> Option<&'static str> {
        match self {
            Self::AAC_MAIN => Some("Main"),
            Self::AAC_LC => Some("LC"),
            Self::AAC_SSR => Some("SSR"),
            Self::AAC_LTP => Some("LTP"),
            Self::SBR => Some("HE-AAC"),
            Self::PS => Some("HE-AACv2"),
            Self::ER_AAC_LD => Some("LD"),
            Self::ER_ELD => Some("ELD"),
            Self::USAC => Some("xHE-AAC"),
            _ => None,
        }
    }

    /// Reads `GetAudioObjectType` (§1.6.2.1): 31 says that the number is 32 and six more bits.
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, ConfigError> {
        match r.u8(5)? {
            0 => Err(bad("audioObjectType", 0_u8)),
            31 => Ok(Self(r.u8(6)?.saturating_add(32))),
            number => Ok(Self(number)),
        }
    }

    /// The type that an ADTS header means with its two bits.
    pub(super) const fn of_adts_profile(profile: u8) -> Self {
        Self((profile & 3).saturating_add(1))
    }

    /// Whether it is one that ADTS can say.
    pub(super) const fn is_plain(self) -> bool {
        matches!(self.0, 1..=4)
    }

    /// Whether a `GASpecificConfig` follows.
    pub(super) const fn is_general_audio(self) -> bool {
        matches!(self.0, 1..=4 | 6 | 7 | 17 | 19..=23)
    }

    /// Whether `epConfig` follows.
    pub(super) const fn is_error_resilient(self) -> bool {
        matches!(self.0, 17 | 19..=27 | 39)
    }
}
