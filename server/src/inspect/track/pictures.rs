//! What a frame's own bytes say of it, beside what its tag says.

use bytes::Bytes;
use rtmp_core::media::config::vpx::{Vp8FrameHead, Vp9FrameHead};
use rtmp_core::media::config::{avc, hevc, identify_video, vvc};
use rtmp_core::media::nal::{self, LengthSize, NalCodec, NalError, NalKind};
use rtmp_core::media::obu;
use rtmp_core::media::video::VideoCodec;

/// A frame, as far as its own bytes tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// Whether decoding may begin with it. `None` if it has pictures of both kinds, or none, or it is not known.
    pub is_key: Option<bool>,
    /// It is not shown in the order of decoding: a slice of AVC predicts from two pictures, or a picture of HEVC or
    /// VVC leads the key picture that it follows.
    pub is_reordered: bool,
    /// Its NAL units have start codes in front, not lengths.
    pub has_start_codes: bool,
    /// Width and height, if the frame brings what tells it.
    pub size: Option<(u32, u32)>,
}

impl Picture {
    /// Reads a frame; NAL units have lengths of this size in front.
    pub(super) fn read(codec: VideoCodec, size: LengthSize, payload: &Bytes) -> Result<Self, NalError> {
        let is_key = match codec {
            VideoCodec::Av1 => Some(obu::is_keyframe(payload)),
            VideoCodec::Vp8 => Vp8FrameHead::parse(payload).ok().map(|head| head.key.is_some()),
            VideoCodec::Vp9 => Vp9FrameHead::parse(payload).ok().map(|head| head.key.is_some()),
            codec => match NalCodec::of(codec) {
                Some(codec) => return Self::of_units(codec, size, payload),
                None => None,
            },
        };
        let info = identify_video(codec, payload).filter(|info| info.width > 0);
        Ok(Self {
            is_key,
            size: info.map(|info| (info.width, info.height)),
            ..Self::default()
        })
    }

    fn of_units(codec: NalCodec, size: LengthSize, payload: &Bytes) -> Result<Self, NalError> {
        let (mut has_key, mut has_other, mut is_reordered) = (false, false, false);
        let mut size_told = None;
        let mut take = |unit: &[u8]| {
            if codec.is_keyframe_slice(unit) {
                has_key = true;
            } else if codec.is_slice(unit) {
                has_other = true;
                is_reordered |= match codec {
                    NalCodec::Avc => is_b_slice(unit),
                    // RADL and RASL (H.265 table 7-1, H.266 table 5).
                    NalCodec::Hevc => matches!(codec.unit_type(unit), Some(6..=9)),
                    NalCodec::Vvc => matches!(codec.unit_type(unit), Some(2 | 3)),
                };
            } else if size_told.is_none() {
                size_told = size_of_sps(codec, unit);
            }
        };
        let has_start_codes = nal::looks_like_annex_b(payload);
        if has_start_codes {
            nal::annex_b_units(payload).for_each(|unit| take(&unit));
        } else {
            for unit in nal::units(payload, size) {
                take(&unit?);
            }
        }
        Ok(Self {
            is_key: (has_key != has_other).then_some(has_key),
            is_reordered,
            has_start_codes,
            size: size_told,
        })
    }
}

/// Width and height that a sequence parameter set tells; `None` of any other unit.
fn size_of_sps(codec: NalCodec, unit: &[u8]) -> Option<(u32, u32)> {
    if codec.kind(unit) != Some(NalKind::Sps) {
        return None;
    }
    let info = match codec {
        NalCodec::Avc => avc::Sps::parse(unit).ok()?.info(),
        NalCodec::Hevc => hevc::Sps::parse(unit).ok()?.info(),
        NalCodec::Vvc => vvc::Sps::parse(unit).ok()?.info(),
    };
    Some((info.width, info.height))
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

    fn picture(codec: VideoCodec, payload: &'static [u8]) -> Result<Picture, NalError> {
        Picture::read(codec, LengthSize::FOUR, &Bytes::from_static(payload))
    }

    fn avc(payload: &'static [u8]) -> Picture {
        picture(VideoCodec::Avc, payload).unwrap()
    }

    #[test]
    fn slices_tell_what_a_frame_is() {
        // SEI, and a slice of an IDR picture.
        let key = avc(&[0, 0, 0, 2, 0x06, 0x05, 0, 0, 0, 2, 0x65, 0x88]);
        assert_eq!((key.is_key, key.is_reordered), (Some(true), false));
        // P: slice_type 5. B: slice_type 1 and 6.
        let p = avc(&[0, 0, 0, 2, 0x41, 0b1001_1010]);
        assert_eq!((p.is_key, p.is_reordered), (Some(false), false));
        assert!(avc(&[0, 0, 0, 2, 0x01, 0b1010_1000]).is_reordered);
        assert!(avc(&[0, 0, 0, 2, 0x01, 0b1001_1110]).is_reordered);
        // With start codes.
        assert_eq!(avc(&[0, 0, 0, 1, 0x65, 0x88]).is_key, Some(true));
        // Filler alone.
        assert_eq!(avc(&[0, 0, 0, 2, 0x0C, 0xFF]).is_key, None);
    }

    #[test]
    fn pictures_that_lead_a_key_picture_are_reordered() {
        // HEVC: TRAIL_R, RASL_N. VVC: RADL.
        let hevc = |payload| picture(VideoCodec::Hevc, payload).unwrap().is_reordered;
        assert!(!hevc(&[0, 0, 0, 3, 1 << 1, 1, 0xD0]));
        assert!(hevc(&[0, 0, 0, 3, 8 << 1, 1, 0xD0]));
        let vvc = picture(VideoCodec::Vvc, &[0, 0, 0, 3, 0, 2 << 3 | 1, 0xC4]).unwrap();
        assert!(vvc.is_reordered);
    }

    #[test]
    fn frames_without_nal_units_tell_it_in_their_heads() {
        let is_key = |codec, payload| picture(codec, payload).unwrap().is_key;
        // VP8: the lowest bit, a start code, 320x180.
        assert_eq!(
            is_key(VideoCodec::Vp8, &[0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 1, 0xB4, 0]),
            Some(true)
        );
        assert_eq!(is_key(VideoCodec::Vp8, &[0x11, 0, 0]), Some(false));
        // AV1: a frame that is shown, of type 0 and of type 1.
        assert_eq!(is_key(VideoCodec::Av1, &[0x32, 1, 0x10]), Some(true));
        assert_eq!(is_key(VideoCodec::Av1, &[0x32, 1, 0x30]), Some(false));
        assert_eq!(is_key(VideoCodec::SorensonH263, &[0, 0, 0x84]), None);
    }

    #[test]
    fn start_codes_in_place_of_lengths_are_told_from_units_cut_short() {
        assert!(avc(&[0, 0, 0, 1, 0x65, 0x88]).has_start_codes);
        assert!(!avc(&[0, 0, 0, 2, 0x65, 0x88]).has_start_codes);
        // 300 bytes are announced.
        assert!(picture(VideoCodec::Avc, &[0, 0, 1, 0x2C, 0x65, 0x88]).is_err());
    }

    #[test]
    fn parameter_sets_tell_the_size() {
        // Constrained Baseline, 640x360, as x264 writes it; and a slice.
        let sps: &[u8] = &[
            0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0, 0x2F, 0xF9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01,
            0x00, 0x00, 0x03, 0x00, 0x32, 0x0F, 0x16, 0x2E, 0x48,
        ];
        let payload = [&[0, 0, 0, 25], sps, &[0, 0, 0, 2, 0x65, 0x88]].concat();
        let picture = Picture::read(VideoCodec::Avc, LengthSize::FOUR, &payload.into()).unwrap();
        assert_eq!((picture.is_key, picture.size), (Some(true), Some((640, 360))));
    }

    #[test]
    fn units_that_are_not_whole_are_an_error() {
        assert!(picture(VideoCodec::Avc, &[0, 0, 0, 9, 0x65, 0x88]).is_err());
    }
}
