//! NAL units: the pieces that AVC, HEVC and VVC pictures are made of.
//!
//! In audio-video messages each unit follows its length ([`units`]); in elementary streams it follows a start code
//! ([`annex_b_units`]). The unit itself is the same bytes in both. [`NalCodec`] tells what a unit is, [`NalFilter`]
//! leaves out those that nobody needs.
//!
//! Sources: ITU-T H.264 §7.3.1, §7.4.1 and Annex B; H.265 §7.4.2; H.266 §7.4.2; ISO/IEC 14496-15 §5.3.

mod annex_b;
mod escape;
mod filter;
mod length;
mod unit;

pub(crate) use self::annex_b::without_start_code;
pub use self::annex_b::{AnnexBUnits, annex_b_units, looks_like_annex_b, write_annex_b};
pub use self::escape::{ebsp, rbsp};
pub use self::filter::{NalCounts, NalFilter, NalFilterOptions};
pub(crate) use self::length::divides_evenly;
pub use self::length::{LengthSize, NalError, Units, units, write_length_prefixed};
pub use self::unit::{NalCodec, NalKind};
