//! What a NAL unit is, told by its header.

use crate::media::video::VideoCodec;

/// A codec whose pictures are made of NAL units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NalCodec {
    /// AVC: a header of one byte, `nal_unit_type` in its lower 5 bits (H.264 §7.3.1).
    Avc,
    /// HEVC: a header of two bytes, `nal_unit_type` behind the first bit (H.265 §7.3.1.2).
    Hevc,
    /// VVC: a header of two bytes, `nal_unit_type` in the upper 5 bits of the second (H.266 §7.3.1.2).
    Vvc,
}

/// What a NAL unit holds, in words that the three codecs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NalKind {
    /// A slice of a picture that decoding may begin with: IDR; in HEVC all of IRAP, in VVC IDR and CRA.
    KeySlice,
    /// A slice of any other picture.
    Slice,
    /// A video parameter set (HEVC, VVC).
    Vps,
    /// A sequence parameter set.
    Sps,
    /// A picture parameter set.
    Pps,
    /// Another parameter set: AVC's sequence parameter set extension (13) and subset (15), VVC's adaptation
    /// parameter sets (17, 18), operating point (12) and decoding capability information (13).
    OtherParameterSet(u8),
    /// Supplemental enhancement information: captions, mastering display, timecodes.
    Sei,
    /// An access unit delimiter.
    Delimiter,
    /// The end of a sequence: what follows begins with a key frame.
    EndOfSequence,
    /// The end of the stream.
    EndOfStream,
    /// Filler data: bytes that only keep a bit rate up.
    Filler,
    /// Anything else, by its `nal_unit_type`.
    Other(u8),
}

impl NalCodec {
    /// The codec as one of NAL units, if it is one.
    pub const fn of(codec: VideoCodec) -> Option<Self> {
        if matches!(codec, VideoCodec::Avc) {
            Some(Self::Avc)
        } else if matches!(codec, VideoCodec::Hevc) {
            Some(Self::Hevc)
        } else if matches!(codec, VideoCodec::Vvc) {
            Some(Self::Vvc)
        } else {
            None
        }
    }

    /// Bytes of a unit's header.
    pub const fn header_len(self) -> usize {
        match self {
            Self::Avc => 1,
            Self::Hevc | Self::Vvc => 2,
        }
    }

    /// The unit's `nal_unit_type`. `None` if the unit is shorter than its header.
    #[inline]
    pub const fn unit_type(self, unit: &[u8]) -> Option<u8> {
        match (self, unit) {
            (Self::Avc, [first, ..]) => Some(*first & 0x1F),
            (Self::Hevc, [first, _, ..]) => Some(*first >> 1 & 0x3F),
            (Self::Vvc, [_, second, ..]) => Some(*second >> 3),
            _ => None,
        }
    }

    /// What the unit holds. `None` if the unit is shorter than its header.
    #[inline]
    pub const fn kind(self, unit: &[u8]) -> Option<NalKind> {
        let Some(unit_type) = self.unit_type(unit) else {
            return None;
        };
        Some(match self {
            Self::Avc => avc_kind(unit_type),
            Self::Hevc => hevc_kind(unit_type),
            Self::Vvc => vvc_kind(unit_type),
        })
    }

    /// Whether the unit is a slice of a picture that decoding may begin with.
    pub const fn is_keyframe_slice(self, unit: &[u8]) -> bool {
        matches!(self.kind(unit), Some(NalKind::KeySlice))
    }

    /// Whether the unit is a slice of any picture.
    pub const fn is_slice(self, unit: &[u8]) -> bool {
        matches!(self.kind(unit), Some(NalKind::KeySlice | NalKind::Slice))
    }

    /// Whether the unit is a parameter set of any kind.
    pub const fn is_parameter_set(self, unit: &[u8]) -> bool {
        matches!(
            self.kind(unit),
            Some(NalKind::Vps | NalKind::Sps | NalKind::Pps | NalKind::OtherParameterSet(_))
        )
    }

    /// The access unit delimiter that any picture may follow, as MPEG-2 transport streams want it.
    pub const fn delimiter(self) -> &'static [u8] {
        match self {
            // primary_pic_type 7: slices of any type. Then the stop bit.
            Self::Avc => &[0x09, 0xF0],
            // pic_type 2: slices of any type. Then the stop bit.
            Self::Hevc => &[0x46, 0x01, 0x50],
            // aud_irap_or_gdr_flag 0, aud_pic_type 2. Then the stop bit.
            Self::Vvc => &[0x00, 0xA1, 0x28],
        }
    }
}

/// H.264 table 7-1.
const fn avc_kind(unit_type: u8) -> NalKind {
    match unit_type {
        5 => NalKind::KeySlice,
        1..=4 => NalKind::Slice,
        6 => NalKind::Sei,
        7 => NalKind::Sps,
        8 => NalKind::Pps,
        9 => NalKind::Delimiter,
        10 => NalKind::EndOfSequence,
        11 => NalKind::EndOfStream,
        12 => NalKind::Filler,
        13 | 15 => NalKind::OtherParameterSet(unit_type),
        other => NalKind::Other(other),
    }
}

/// H.265 table 7-1.
const fn hevc_kind(unit_type: u8) -> NalKind {
    match unit_type {
        16..=23 => NalKind::KeySlice,
        0..=9 => NalKind::Slice,
        32 => NalKind::Vps,
        33 => NalKind::Sps,
        34 => NalKind::Pps,
        35 => NalKind::Delimiter,
        36 => NalKind::EndOfSequence,
        37 => NalKind::EndOfStream,
        38 => NalKind::Filler,
        39 | 40 => NalKind::Sei,
        other => NalKind::Other(other),
    }
}

/// H.266 table 5.
const fn vvc_kind(unit_type: u8) -> NalKind {
    match unit_type {
        7..=9 => NalKind::KeySlice,
        0..=3 | 10 => NalKind::Slice,
        12 | 13 | 17 | 18 => NalKind::OtherParameterSet(unit_type),
        14 => NalKind::Vps,
        15 => NalKind::Sps,
        16 => NalKind::Pps,
        20 => NalKind::Delimiter,
        21 => NalKind::EndOfSequence,
        22 => NalKind::EndOfStream,
        23 | 24 => NalKind::Sei,
        25 => NalKind::Filler,
        other => NalKind::Other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_codec_keeps_its_type_in_another_place() {
        // nal_ref_idc 3, type 5.
        assert_eq!(NalCodec::Avc.unit_type(&[0x65]), Some(5));
        // Type 19, layer 0, temporal id 0.
        assert_eq!(NalCodec::Hevc.unit_type(&[0x26, 0x01]), Some(19));
        // Layer 0, type 15, temporal id 0.
        assert_eq!(NalCodec::Vvc.unit_type(&[0x00, 0x79]), Some(15));
    }

    #[test]
    fn a_unit_shorter_than_its_header_has_no_type() {
        assert_eq!(NalCodec::Avc.unit_type(&[]), None);
        assert_eq!(NalCodec::Hevc.unit_type(&[0x26]), None);
        assert_eq!(NalCodec::Vvc.kind(&[0x00]), None);
    }

    #[test]
    fn key_frames_are_told_by_their_slices() {
        assert!(NalCodec::Avc.is_keyframe_slice(&[0x65, 0x88]));
        assert!(!NalCodec::Avc.is_keyframe_slice(&[0x41, 0x9A]));
        // BLA_W_LP, IDR_N_LP, CRA: 16, 20, 21. RASL_R: 9.
        for first in [16 << 1, 20 << 1, 21 << 1] {
            assert!(NalCodec::Hevc.is_keyframe_slice(&[first, 1]));
        }
        assert!(!NalCodec::Hevc.is_keyframe_slice(&[9 << 1, 1]));
        assert!(NalCodec::Hevc.is_slice(&[9 << 1, 1]));
        // IDR_W_RADL and CRA: 7, 9. A picture of gradual refresh (10) shows nothing whole at once.
        assert!(NalCodec::Vvc.is_keyframe_slice(&[0, 7 << 3 | 1]));
        assert!(NalCodec::Vvc.is_keyframe_slice(&[0, 9 << 3 | 1]));
        assert!(!NalCodec::Vvc.is_keyframe_slice(&[0, 10 << 3 | 1]));
        assert!(NalCodec::Vvc.is_slice(&[0, 10 << 3 | 1]));
    }

    #[test]
    fn parameter_sets_are_told_apart() {
        assert_eq!(NalCodec::Avc.kind(&[0x67]), Some(NalKind::Sps));
        assert_eq!(NalCodec::Hevc.kind(&[0x40, 0x01]), Some(NalKind::Vps));
        assert_eq!(NalCodec::Vvc.kind(&[0x00, 0x81]), Some(NalKind::Pps));
        assert!(NalCodec::Avc.is_parameter_set(&[0x6D]));
        assert!(!NalCodec::Avc.is_parameter_set(&[0x06]));
    }

    #[test]
    fn a_delimiter_is_one() {
        for codec in [NalCodec::Avc, NalCodec::Hevc, NalCodec::Vvc] {
            assert_eq!(codec.kind(codec.delimiter()), Some(NalKind::Delimiter));
        }
    }
}
