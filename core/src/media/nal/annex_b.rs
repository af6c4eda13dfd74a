//! Units behind start codes, as elementary streams carry them (H.264 Annex B).

#![deny(clippy::arithmetic_side_effects)]

use bytes::{Bytes, BytesMut};

use super::LengthSize;
use super::length::divides_evenly;

/// Written in front of each unit.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The units of a byte stream, as slices of it: what stands between start codes of 3 or 4 bytes.
///
/// Zeros at a unit's end are not part of it, and two start codes in a row have no unit between them. What stands
/// in front of the first start code is no unit.
pub fn annex_b_units(stream: &Bytes) -> AnnexBUnits {
    AnnexBUnits {
        rest: behind_start_code(stream, stream),
    }
}

/// See [`annex_b_units`].
#[derive(Clone, Debug)]
pub struct AnnexBUnits {
    /// What follows a start code.
    rest: Bytes,
}

impl Iterator for AnnexBUnits {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        while !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            let end = find_start_code(&rest).unwrap_or(rest.len());
            let (unit, behind) = rest.split_at_checked(end)?;
            self.rest = behind_start_code(&rest, behind);
            let unit = without_trailing_zeros(unit);
            if !unit.is_empty() {
                return Some(rest.slice_ref(unit));
            }
        }
        None
    }
}

/// What follows the first start code of `part`, a part of `whole`; nothing if there is none.
fn behind_start_code(whole: &Bytes, part: &[u8]) -> Bytes {
    find_start_code(part)
        .and_then(|at| part.get(at..)?.strip_prefix(&[0, 0, 1]))
        .map_or_else(Bytes::new, |behind| whole.slice_ref(behind))
}

/// Where the first `00 00 01` begins.
fn find_start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let (&[a, b, c], _) = bytes.get(at..)?.split_first_chunk()?;
        // A start code ends with 1 and has no other byte above 0: three bytes are passed over at most steps.
        let step = match c {
            0 => 1,
            1 if a == 0 && b == 0 => return Some(at),
            _ => 3,
        };
        at = at.saturating_add(step);
    }
}

const fn without_trailing_zeros(mut unit: &[u8]) -> &[u8] {
    while let [rest @ .., 0] = unit {
        unit = rest;
    }
    unit
}

/// The unit behind start codes that it should not have, or the unit itself.
pub(crate) fn without_start_code(unit: &Bytes) -> Bytes {
    let mut rest = &unit[..];
    while let [0, 0, 0, 1, behind @ ..] | [0, 0, 1, behind @ ..] = rest {
        rest = behind;
    }
    unit.slice_ref(rest)
}

/// Whether a payload that should have lengths of 4 bytes has start codes instead, as some encoders send it.
///
/// It has if it begins with a start code and cannot be read as lengths: `00 00 01 65` is also the length of a unit
/// of 357 bytes.
pub fn looks_like_annex_b(payload: &[u8]) -> bool {
    let begins_with_start_code = matches!(payload, [0, 0, 1, ..] | [0, 0, 0, 1, ..]);
    begins_with_start_code && !divides_evenly(payload, LengthSize::FOUR)
}

/// Writes units with a start code of 4 bytes in front of each.
pub fn write_annex_b<U: AsRef<[u8]>>(units: impl IntoIterator<Item = U>, out: &mut BytesMut) {
    for unit in units {
        let unit = unit.as_ref();
        out.reserve(unit.len().saturating_add(START_CODE.len()));
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(unit);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::nal::{ebsp, units, write_length_prefixed};

    fn all(stream: &[u8]) -> Vec<Vec<u8>> {
        annex_b_units(&Bytes::copy_from_slice(stream))
            .map(|unit| unit.to_vec())
            .collect()
    }

    #[test]
    fn start_codes_have_three_bytes_or_four() {
        assert_eq!(
            all(&[0, 0, 0, 1, 0x09, 0xF0, 0, 0, 1, 0x67, 0x64, 0, 0, 0, 1, 0x68]),
            [vec![0x09, 0xF0], vec![0x67, 0x64], vec![0x68]]
        );
    }

    #[test]
    fn zeros_behind_a_unit_are_cut() {
        assert_eq!(
            all(&[0, 0, 1, 0x65, 0x80, 0, 0, 0, 0, 1, 0x41, 0, 0]),
            [vec![0x65, 0x80], vec![0x41]]
        );
    }

    #[test]
    fn there_is_no_unit_between_adjacent_start_codes() {
        assert_eq!(all(&[0, 0, 1, 0, 0, 1, 0x41, 0, 0, 1]), [vec![0x41]]);
        assert_eq!(all(&[]), Vec::<Vec<u8>>::new());
        assert_eq!(all(&[0, 0, 1]), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn what_stands_before_the_first_start_code_is_no_unit() {
        assert_eq!(all(&[0, 0, 0, 0, 0, 1, 0x41]), [vec![0x41]]);
        assert_eq!(all(&[0xAA, 0xBB, 0, 0, 1, 0x41]), [vec![0x41]]);
        assert_eq!(all(&[0xAA, 0xBB, 0xCC, 0xDD]), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_start_code_is_found_at_any_place() {
        for before in 0..8 {
            let mut stream = vec![1; before];
            stream.extend([0, 0, 1, 0x41]);
            assert_eq!(all(&stream), [vec![0x41]], "{before} bytes before");
        }
    }

    #[test]
    fn units_are_slices_of_the_stream() {
        let stream = Bytes::from(vec![0, 0, 1, 0x65, 0x88]);
        let unit = annex_b_units(&stream).next().unwrap();
        assert_eq!(unit.as_ptr(), stream[3..].as_ptr());
    }

    #[test]
    fn lengths_are_not_taken_for_start_codes() {
        // A delimiter and an SPS behind start codes: as lengths they would overrun.
        assert!(looks_like_annex_b(&[0, 0, 0, 1, 0x09, 0xF0, 0, 0, 0, 1, 0x67]));
        assert!(looks_like_annex_b(&[0, 0, 1, 0x65, 0x88, 0x84]));
        // A unit of 0x165 bytes behind its length.
        let mut payload = vec![0, 0, 1, 0x65];
        payload.resize(4 + 0x165, 0x88);
        assert!(!looks_like_annex_b(&payload));
        // An end of sequence of one byte: the unit is the same either way.
        assert!(!looks_like_annex_b(&[0, 0, 0, 1, 0x0A]));
        assert!(!looks_like_annex_b(&[0, 0, 0, 2, 0x09, 0xF0]));
        assert!(!looks_like_annex_b(&[]));
    }

    /// Units as encoders make them: escaped, and not ending with a zero.
    fn real_units() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let unit = prop::collection::vec(prop_oneof![0..4_u8, any::<u8>()], 0..60)
            .prop_map(|raw| ebsp(&[&[0x65], &raw[..], &[0x80]].concat()));
        prop::collection::vec(unit, 1..5)
    }

    proptest! {
        #[test]
        fn units_come_back_in_either_form(expected in real_units(), size in 2..=4_u8) {
            let mut out = BytesMut::new();
            write_annex_b(&expected, &mut out);
            let stream = out.split().freeze();
            prop_assert!(looks_like_annex_b(&stream));
            prop_assert_eq!(annex_b_units(&stream).collect::<Vec<_>>(), &expected[..]);

            let size = LengthSize::new(size).unwrap();
            write_length_prefixed(&expected, size, &mut out).unwrap();
            let payload = out.freeze();
            prop_assert!(!looks_like_annex_b(&payload));
            prop_assert_eq!(units(&payload, size).collect::<Result<Vec<_>, _>>().unwrap(), expected);
        }

        #[test]
        fn no_stream_panics_and_no_unit_holds_a_start_code(
            stream in prop::collection::vec(prop_oneof![0..2_u8, any::<u8>()], 0..60)
        ) {
            for unit in annex_b_units(&Bytes::from(stream)) {
                prop_assert!(!unit.ends_with(&[0]));
                prop_assert_eq!(find_start_code(&unit), None);
            }
        }
    }
}
