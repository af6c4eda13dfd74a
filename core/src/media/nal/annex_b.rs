//! Units behind start codes, as elementary streams carry them (H.264 Annex B).

#![deny(clippy::arithmetic_side_effects)]

use bytes::{Buf, Bytes, BytesMut};

use super::LengthSize;
use super::length::divides_evenly;

/// What stands in front of a unit at least.
const SHORT_START_CODE: [u8; 3] = [0, 0, 1];
/// Written in front of each unit.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The units of a byte stream, as slices of it: what stands between start codes of 3 or 4 bytes.
///
/// Zeros at a unit's end are not part of it, and two start codes in a row have no unit between them. What stands
/// in front of the first start code is no unit.
pub fn annex_b_units(stream: &Bytes) -> AnnexBUnits {
    let mut rest = stream.clone();
    pass_start_code(&mut rest);
    AnnexBUnits { rest }
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
            let mut unit = pass_start_code(&mut self.rest);
            unit.truncate(without_trailing_zeros(&unit).len());
            if !unit.is_empty() {
                return Some(unit);
            }
        }
        None
    }
}

/// Takes the first start code off, or the whole if it has none, and what stands in front of it, which it returns.
fn pass_start_code(stream: &mut Bytes) -> Bytes {
    let at = find_start_code(stream).unwrap_or(stream.len());
    let before = stream.split_to(at);
    stream.advance(SHORT_START_CODE.len().min(stream.len()));
    before
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Where the first `00 00 01` begins.
fn find_start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..)?;
        let has_none = rest.first_chunk().is_some_and(|block| !has_two_zeros(block));
        if !has_none {
            let window = rest.get(..BLOCK.saturating_add(2)).unwrap_or(rest);
            let found = window.windows(3).position(|bytes| bytes == SHORT_START_CODE);
            if let Some(found) = found {
                return Some(at.saturating_add(found));
            }
        }
        at = at.saturating_add(BLOCK);
    }
}

/// Whether one of the first `BLOCK` bytes is a zero before another zero. Encoders escape what looks like a start code,
/// so outside of them two zeros in a row are rare. There is no branch in here, which lets the compiler take many bytes
/// at once.
fn has_two_zeros(block: &[u8; BLOCK + 1]) -> bool {
    let ([bytes @ .., _], [_, next @ ..]) = (block, block);
    let pairs = bytes.iter().zip(next);
    pairs.fold(0, |found, (a, b)| found | u8::from(a | b == 0)) != 0
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
/// It has if it begins with a start code and cannot be read as lengths. `00 00 01 65` is also the length of a unit of
/// 357 bytes, which may be cut short: a start code of three bytes is taken for one only if there is another behind it.
pub fn looks_like_annex_b(payload: &[u8]) -> bool {
    let begins_with_start_code = match payload {
        [0, 0, 0, 1, ..] => true,
        [0, 0, 1, rest @ ..] => find_start_code(rest).is_some(),
        _ => false,
    };
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
    fn a_unit_cut_short_is_not_taken_for_a_start_code() {
        // The length of a unit of 300 bytes, of which two have come.
        assert!(!looks_like_annex_b(&[0, 0, 1, 0x2C, 0x65, 0x88]));
        // Two units with start codes of three bytes.
        assert!(looks_like_annex_b(&[0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xCE]));
        assert!(looks_like_annex_b(&[0, 0, 0, 1, 0x65, 0x88]));
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
        for before in 0..3 * BLOCK {
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

        #[test]
        fn the_first_start_code_is_found(
            stream in prop::collection::vec(prop_oneof![4 => 0..2_u8, 1 => any::<u8>()], 0..5 * BLOCK),
            passed in 0..5 * BLOCK,
        ) {
            let stream = [&vec![0xAA; passed][..], &stream].concat();
            let first = stream.windows(3).position(|bytes| bytes == [0, 0, 1]);
            prop_assert_eq!(find_start_code(&stream), first);
        }
    }
}
