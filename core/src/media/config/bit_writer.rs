//! Writing bit fields, most significant bit first.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, Bytes, BytesMut};

/// Puts bit fields one behind the other.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    out: BytesMut,
    /// The byte being filled, and how many of its bits are.
    current: u8,
    filled: u8,
}

impl BitWriter {
    /// The lowest `count` bits of `value`, 32 at most.
    pub(crate) fn u(&mut self, value: u32, count: u32) {
        for bit in (0..count.min(32)).rev() {
            self.flag(value >> bit & 1 == 1);
        }
    }

    /// One bit.
    pub(crate) fn flag(&mut self, bit: bool) {
        self.current = self.current << 1 | u8::from(bit);
        self.filled = self.filled.saturating_add(1);
        if self.filled == 8 {
            self.out.put_u8(self.current);
            self.filled = 0;
        }
    }

    /// All of it, filled up with zeros to a whole byte.
    pub(crate) fn finish(mut self) -> Bytes {
        while self.filled != 0 {
            self.flag(false);
        }
        self.out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_in_at_the_top_and_zeros_fill_the_last_byte() {
        let mut w = BitWriter::default();
        w.u(0b101, 3);
        w.u(0b00011, 5);
        w.flag(true);
        assert_eq!(&w.finish()[..], [0b1010_0011, 0b1000_0000]);
    }
}
