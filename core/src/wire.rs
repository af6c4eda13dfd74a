//! Reading fixed-size fields off the front of a slice. Every read is checked; nothing here can panic.

/// The input ended inside a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Truncated;

/// Takes big-endian fields off the front of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `n` bytes.
    pub(crate) const fn bytes(&mut self, n: usize) -> Result<&'a [u8], Truncated> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(Truncated);
        };
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(Truncated);
        };
        self.rest = rest;
        Ok(*taken)
    }

    /// The next byte, left where it is.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Truncated> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Truncated> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes: lengths and timestamps in headers.
    pub(crate) fn u24(&mut self) -> Result<u32, Truncated> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// Three bytes, two's complement: composition time offsets.
    pub(crate) fn i24(&mut self) -> Result<i32, Truncated> {
        let [a, b, c] = self.array()?;
        // Placed in the upper three bytes, the sign bit is where the shift back needs it.
        Ok(i32::from_be_bytes([a, b, c, 0]) >> 8)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_be_bytes)
    }

    /// Four bytes, least significant first: the message stream id, the only such field of the protocol.
    pub(crate) fn u32_le(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Truncated> {
        self.array().map(f64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_off_in_order() {
        let mut r = Reader::new(&[1, 0, 2, 0, 0, 3, 0, 0, 0, 4, 5, 0, 0, 0, 9]);
        assert_eq!(r.u8(), Ok(1));
        assert_eq!(r.u16(), Ok(2));
        assert_eq!(r.u24(), Ok(3));
        assert_eq!(r.u32(), Ok(4));
        assert_eq!(r.u32_le(), Ok(5));
        assert_eq!(r.peek(), Some(9));
        assert_eq!(r.bytes(1), Ok(&[9][..]));
        assert!(r.is_empty());
    }

    #[test]
    fn a_composition_time_offset_keeps_its_sign() {
        assert_eq!(Reader::new(&[0xFF, 0xFF, 0xD8]).i24(), Ok(-40));
        assert_eq!(Reader::new(&[0x00, 0x00, 0x21]).i24(), Ok(33));
    }

    #[test]
    fn a_field_cut_short_is_truncated_and_takes_nothing() {
        let mut r = Reader::new(&[1, 2, 3]);
        assert_eq!(r.u32(), Err(Truncated));
        assert_eq!(r.rest(), &[1, 2, 3]);
    }
}
