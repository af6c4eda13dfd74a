//! Reading bit fields, most significant bit first. Every read is checked; nothing here can panic.

#![deny(clippy::arithmetic_side_effects)]

use crate::wire::Truncated;

/// Takes bit fields off the front of a slice.
///
/// With [`of_rbsp`](Self::of_rbsp) it leaves out the bytes that keep a NAL unit free of start codes (H.264
/// §7.4.1.1, `emulation_prevention_three_byte`) as it comes to them.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    rest: &'a [u8],
    /// The byte being read, and how many of its lower bits are left.
    current: u8,
    left: u32,
    /// Zero bytes just before `rest`; `None` if there are no bytes to be left out.
    zeros: Option<u8>,
}

impl<'a> BitReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            current: 0,
            left: 0,
            zeros: None,
        }
    }

    /// Reads what is in a NAL unit behind its header.
    pub(crate) const fn of_rbsp(bytes: &'a [u8]) -> Self {
        Self {
            zeros: Some(0),
            ..Self::new(bytes)
        }
    }

    fn next_byte(&mut self) -> Result<u8, Truncated> {
        let mut byte = self.take_byte()?;
        if let Some(zeros) = self.zeros {
            if zeros >= 2 && byte == 3 {
                byte = self.take_byte()?;
                self.zeros = Some(u8::from(byte == 0));
            } else {
                self.zeros = Some(if byte == 0 { zeros.saturating_add(1) } else { 0 });
            }
        }
        Ok(byte)
    }

    fn take_byte(&mut self) -> Result<u8, Truncated> {
        let (&byte, rest) = self.rest.split_first().ok_or(Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    /// The next bit.
    pub(crate) fn flag(&mut self) -> Result<bool, Truncated> {
        if self.left == 0 {
            self.current = self.next_byte()?;
            self.left = 8;
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.current >> self.left & 1 == 1)
    }

    /// The next `count` bits, 32 at most, as a number.
    pub(crate) fn u(&mut self, count: u32) -> Result<u32, Truncated> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    /// The next `count` bits, 8 at most, as a number.
    pub(crate) fn u8(&mut self, count: u32) -> Result<u8, Truncated> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u8::from(self.flag()?);
        }
        Ok(value)
    }

    /// Leaves out `count` bits.
    pub(crate) fn skip(&mut self, count: u32) -> Result<(), Truncated> {
        for _ in 0..count {
            self.flag()?;
        }
        Ok(())
    }

    /// Leaves out what is left of the current byte.
    pub(crate) const fn align(&mut self) {
        self.left = 0;
    }

    /// An unsigned Exp-Golomb code (H.264 §9.1). One with more than 31 leading zeros would not fit, and is said to
    /// be cut short.
    pub(crate) fn ue(&mut self) -> Result<u32, Truncated> {
        let mut zeros = 0_u32;
        while !self.flag()? {
            zeros = zeros.saturating_add(1);
            if zeros > 31 {
                return Err(Truncated);
            }
        }
        let suffix = self.u(zeros)?;
        // 2^zeros - 1 + suffix, which is at most 2^32 - 2.
        Ok((1_u32 << zeros).wrapping_sub(1).wrapping_add(suffix))
    }

    /// A signed Exp-Golomb code (H.264 §9.1.1).
    pub(crate) fn se(&mut self) -> Result<i32, Truncated> {
        let code = self.ue()?;
        // At most 2^31 - 1: a code is at most 2^32 - 2.
        let magnitude = i32::try_from(code.div_ceil(2)).map_err(|_| Truncated)?;
        Ok(if code % 2 == 1 {
            magnitude
        } else {
            magnitude.wrapping_neg()
        })
    }

    /// Bits not read yet, counted without regard to bytes that will be left out.
    pub(crate) fn remaining(&self) -> usize {
        self.rest
            .len()
            .saturating_mul(8)
            .saturating_add(self.left as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_off_the_top() {
        // 101 00011 1111_0000
        let mut r = BitReader::new(&[0b1010_0011, 0xF0]);
        assert_eq!(r.u(3), Ok(0b101));
        assert_eq!(r.u8(5), Ok(0b00011));
        assert_eq!(r.remaining(), 8);
        assert_eq!(r.u(8), Ok(0xF0));
        assert_eq!(r.flag(), Err(Truncated));
    }

    #[test]
    fn alignment_leaves_out_the_rest_of_a_byte_begun() {
        let mut r = BitReader::new(&[0xFF, 0x01]);
        r.align();
        assert_eq!(r.u(1), Ok(1));
        r.align();
        assert_eq!(r.u(8), Ok(1));
        r.align();
        assert_eq!(r.flag(), Err(Truncated));
    }

    #[test]
    fn exp_golomb_codes_count_from_zero() {
        // 1 010 011 00100 00101 → 0 1 2 3 4
        let mut r = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        for expected in 0..5 {
            assert_eq!(r.ue(), Ok(expected));
        }
        // The same codes, signed: 0 1 -1 2 -2
        let mut r = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        for expected in [0, 1, -1, 2, -2] {
            assert_eq!(r.se(), Ok(expected));
        }
    }

    #[test]
    fn the_longest_codes_fit_and_longer_ones_are_refused() {
        // 31 zeros, a one, 31 ones: 2^32 - 2.
        let mut r = BitReader::new(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE]);
        assert_eq!(r.ue(), Ok(u32::MAX - 1));
        let mut r = BitReader::new(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE]);
        assert_eq!(r.se(), Ok(-i32::MAX));
        let mut r = BitReader::new(&[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(r.ue(), Err(Truncated));
    }

    fn rbsp(ebsp: &[u8]) -> Vec<u8> {
        let mut r = BitReader::of_rbsp(ebsp);
        std::iter::from_fn(|| r.u8(8).ok()).collect()
    }

    #[test]
    fn emulation_prevention_is_left_out() {
        // H.264 §7.4.1.1: a 3 behind two zeros is not part of the RBSP.
        assert_eq!(rbsp(&[0, 0, 3, 1]), [0, 0, 1]);
        assert_eq!(rbsp(&[0xAA, 0, 0, 3, 3]), [0xAA, 0, 0, 3]);
        assert_eq!(rbsp(&[0, 0, 3, 0, 0x80]), [0, 0, 0, 0x80]);
        assert_eq!(rbsp(&[0, 0, 3, 0, 0, 3, 1]), [0, 0, 0, 0, 1]);
        // A 3 at the very end stands for nothing.
        assert_eq!(rbsp(&[0, 0, 3]), [0, 0]);
    }
}
