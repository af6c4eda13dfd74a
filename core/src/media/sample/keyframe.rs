//! Whether decoding may begin with a frame, by what is in it.

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use crate::media::config::vpx::{Vp8FrameHead, Vp9FrameHead};
use crate::media::nal::{NalCodec, NalKind};
use crate::media::obu::{self, ObuType};
use crate::media::video::VideoCodec;

/// What the units say; `None` if they do not tell.
///
/// A picture that gets whole little by little (a recovery point SEI message, H.264 §D.2.8; gradual decoding refresh,
/// H.266 §7.4.2.2) is no key frame and yet a place to begin, so it is left to its sender's word.
pub(crate) fn says_key(codec: VideoCodec, units: &[Bytes]) -> Option<bool> {
    if let Some(codec) = NalCodec::of(codec) {
        return nal_units_say_key(codec, units);
    }
    if codec == VideoCodec::Av1 {
        return obus_say_key(units);
    }
    let first = units.first()?;
    if codec == VideoCodec::Vp8 {
        return Some(Vp8FrameHead::parse(first).ok()?.key.is_some());
    }
    if codec == VideoCodec::Vp9 {
        return Some(Vp9FrameHead::parse(first).ok()?.key.is_some());
    }
    None
}

fn obus_say_key(units: &[Bytes]) -> Option<bool> {
    let is_frame = |unit: &&Bytes| {
        obu::payloads(unit).any(|(kind, _)| matches!(kind, ObuType::Frame | ObuType::FrameHeader))
    };
    units.iter().find(is_frame).map(|unit| obu::is_keyframe(unit))
}

fn nal_units_say_key(codec: NalCodec, units: &[Bytes]) -> Option<bool> {
    let mut says = None;
    let mut recovers = false;
    for unit in units {
        match codec.kind(unit) {
            Some(NalKind::KeySlice) => return Some(true),
            Some(NalKind::Slice) => {
                recovers |= codec == NalCodec::Vvc && codec.unit_type(unit) == Some(VVC_GDR);
                says = Some(false);
            }
            Some(NalKind::Sei) => recovers |= begins_with_recovery_point(codec, unit),
            _ => {}
        }
    }
    says.filter(|_| !recovers)
}

/// `nal_unit_type` of a slice of a picture with gradual decoding refresh (H.266 table 5).
const VVC_GDR: u8 = 10;
/// `payloadType` of a recovery point (H.264 §D.1.1, H.265 §D.2.1).
const RECOVERY_POINT: u8 = 6;
/// Messages of an SEI unit that are looked at.
const MAX_SEI_MESSAGES: usize = 16;

/// Whether one of the messages of an SEI unit is a recovery point. Types and sizes are written as in H.264 §7.3.2.3.1
/// in all three codecs; those of 255 and more are passed over.
fn begins_with_recovery_point(codec: NalCodec, unit: &[u8]) -> bool {
    let mut rest = unit.get(codec.header_len()..).unwrap_or_default();
    for _ in 0..MAX_SEI_MESSAGES {
        let &[kind, size, ref behind @ ..] = rest else {
            return false;
        };
        if kind == RECOVERY_POINT {
            return true;
        }
        if kind == 0xFF || size == 0xFF {
            return false;
        }
        let Some(next) = behind.get(usize::from(size)..) else {
            return false;
        };
        rest = next;
    }
    false
}
