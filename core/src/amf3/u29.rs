//! Integers of 29 bits in one to four bytes (AMF 3 §1.3.1).

#![deny(clippy::arithmetic_side_effects)]

use bytes::BufMut;

use crate::wire::{Reader, Truncated};

/// The largest: 29 bits.
pub(super) const MAX: u32 = 0x1FFF_FFFF;

/// Takes one off the front: 7 bits of each byte that has its top bit set, and all 8 of a fourth byte. Forms longer
/// than need be are taken too.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<u32, Truncated> {
    let mut value = 0;
    for _ in 0..3 {
        let byte = reader.u8()?;
        value = value << 7 | u32::from(byte & 0x7F);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Ok(value << 8 | u32::from(reader.u8()?))
}

/// Appends one in its shortest form. Of a larger one the lower 29 bits are written.
pub(super) fn write(value: u32, out: &mut Vec<u8>) {
    // Each is cut to the bits that its byte holds.
    #[allow(clippy::cast_possible_truncation)]
    let seven = |shift: u32| (value >> shift & 0x7F) as u8;
    match value & MAX {
        0..0x80 => out.put_u8(seven(0)),
        0x80..0x4000 => out.put_slice(&[seven(7) | 0x80, seven(0)]),
        0x4000..0x20_0000 => out.put_slice(&[seven(14) | 0x80, seven(7) | 0x80, seven(0)]),
        _ => {
            let [.., last] = value.to_be_bytes();
            out.put_slice(&[seven(22) | 0x80, seven(15) | 0x80, seven(8) | 0x80, last]);
        }
    }
}

/// Its bits as a signed number, as integers are (AMF 3 §3.6).
pub(super) const fn signed(value: u32) -> i32 {
    // Placed in the upper 29 bits, the sign bit is where the shift back needs it.
    (value << 3).cast_signed() >> 3
}

/// The 29 bits of a signed number, if they are enough for it.
pub(super) fn from_signed(number: i32) -> Option<u32> {
    let bits = number.cast_unsigned() & MAX;
    (signed(bits) == number).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: u32) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out);
        out
    }

    #[test]
    fn each_length_has_its_range() {
        for (value, bytes) in [
            (0, &[0x00][..]),
            (0x7F, &[0x7F]),
            (0x80, &[0x81, 0x00]),
            (0x3FFF, &[0xFF, 0x7F]),
            (0x4000, &[0x81, 0x80, 0x00]),
            (0x1F_FFFF, &[0xFF, 0xFF, 0x7F]),
            (0x20_0000, &[0x80, 0xC0, 0x80, 0x00]),
            (0x0FFF_FFFF, &[0xBF, 0xFF, 0xFF, 0xFF]),
            (0x1FFF_FFFF, &[0xFF, 0xFF, 0xFF, 0xFF]),
        ] {
            assert_eq!(written(value), bytes);
            let mut reader = Reader::new(bytes);
            assert_eq!((read(&mut reader), reader.is_empty()), (Ok(value), true));
        }
    }

    #[test]
    fn longer_forms_are_taken() {
        assert_eq!(read(&mut Reader::new(&[0x80, 0x80, 0x80, 0x05])), Ok(5));
        assert_eq!(read(&mut Reader::new(&[0x80, 0x05])), Ok(5));
    }

    #[test]
    fn one_cut_short_is_truncated() {
        for bytes in [&[][..], &[0x80], &[0x80, 0x80], &[0xFF, 0xFF, 0xFF]] {
            assert_eq!(read(&mut Reader::new(bytes)), Err(Truncated));
        }
    }

    #[test]
    fn the_top_bit_is_the_sign() {
        for (bits, number) in [
            (0, 0),
            (0x0FFF_FFFF, 268_435_455),
            (0x1000_0000, -268_435_456),
            (0x1FFF_FFFF, -1),
        ] {
            assert_eq!(signed(bits), number);
            assert_eq!(from_signed(number), Some(bits));
        }
        assert_eq!(from_signed(268_435_456), None);
        assert_eq!(from_signed(-268_435_457), None);
    }
}
