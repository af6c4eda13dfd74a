//! What the NAL units of a frame say of it.

use bytes::Bytes;
use rtmp_core::media::nal::{self, LengthSize, NalCodec, NalError};

/// A frame, as far as its slices tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// There are slices, and decoding may begin with them.
    pub is_key: bool,
    /// There are slices, and decoding may not begin with them.
    pub is_inter: bool,
    /// A slice of AVC that predicts from two pictures.
    pub has_b_slice: bool,
}

impl Picture {
    pub(super) fn read(codec: NalCodec, size: LengthSize, payload: &Bytes) -> Result<Self, NalError> {
        let mut picture = Self::default();
        let mut take = |unit: &[u8]| {
            if codec.is_keyframe_slice(unit) {
                picture.is_key = true;
            } else if codec.is_slice(unit) {
                picture.is_inter = true;
                picture.has_b_slice |= codec == NalCodec::Avc && is_b_slice(unit);
            }
        };
        if nal::looks_like_annex_b(payload) {
            nal::annex_b_units(payload).for_each(|unit| take(&unit));
        } else {
            for unit in nal::units(payload, size) {
                take(&unit?);
            }
        }
        Ok(picture)
    }
}

/// Whether a slice is the first of its picture, and of type B: `first_mb_in_slice` is 0, written as `1`, and
/// `slice_type` 1 or 6, written as `010` or `00111` (H.264 §7.3.3, table 7-6).
fn is_b_slice(unit: &[u8]) -> bool {
    unit.get(1)
        .is_some_and(|byte| byte & 0b1111_0000 == 0b1010_0000 || byte & 0b1111_1100 == 0b1001_1100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: LengthSize = LengthSize::FOUR;

    fn picture(payload: &'static [u8]) -> Result<Picture, NalError> {
        Picture::read(NalCodec::Avc, FOUR, &Bytes::from_static(payload))
    }

    #[test]
    fn slices_tell_what_a_frame_is() {
        // SEI, and a slice of an IDR picture.
        let key = picture(&[0, 0, 0, 2, 0x06, 0x05, 0, 0, 0, 2, 0x65, 0x88]).unwrap();
        assert!(key.is_key && !key.is_inter && !key.has_b_slice);
        // P: slice_type 5. B: slice_type 1 and 6.
        assert!(!picture(&[0, 0, 0, 2, 0x41, 0b1001_1010]).unwrap().has_b_slice);
        assert!(picture(&[0, 0, 0, 2, 0x01, 0b1010_1000]).unwrap().has_b_slice);
        assert!(picture(&[0, 0, 0, 2, 0x01, 0b1001_1110]).unwrap().has_b_slice);
        // With start codes.
        assert!(picture(&[0, 0, 0, 1, 0x65, 0x88]).unwrap().is_key);
    }

    #[test]
    fn units_that_are_not_whole_are_an_error() {
        assert!(picture(&[0, 0, 0, 9, 0x65, 0x88]).is_err());
    }
}
