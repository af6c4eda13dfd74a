//! Units behind their lengths, as messages carry them (ISO/IEC 14496-15 §5.3.4.2).

#![deny(clippy::arithmetic_side_effects)]

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes of the length in front of each NAL unit: 1 to 4. A configuration record says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LengthSize(u8);

impl LengthSize {
    /// Four bytes: what nearly all encoders use.
    pub const FOUR: Self = Self(4);

    /// `bytes` as a length size. `None` unless it is 1 to 4. (3 is reserved, and is read as FFmpeg reads it.)
    pub const fn new(bytes: u8) -> Option<Self> {
        match bytes {
            1..=4 => Some(Self(bytes)),
            _ => None,
        }
    }

    /// From the lower two bits of `lengthSizeMinusOne`.
    pub(crate) const fn from_minus_one(bits: u8) -> Self {
        Self((bits & 3).saturating_add(1))
    }

    /// As `lengthSizeMinusOne`: 0 to 3.
    pub(crate) const fn minus_one(self) -> u8 {
        self.0.saturating_sub(1)
    }

    /// The number of bytes.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Splits a length off the front.
    #[inline]
    fn read(self, bytes: &[u8]) -> Option<(usize, &[u8])> {
        let (length, rest) = bytes.split_at_checked(self.0.into())?;
        let length = match *length {
            [a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
            ref fewer => fewer
                .iter()
                .fold(0, |length, &byte| length << 8 | u32::from(byte)),
        };
        Some((usize::try_from(length).unwrap_or(usize::MAX), rest))
    }
}

/// Why a payload cannot be divided into units, or units cannot be put behind lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NalError {
    /// The payload ends inside a length.
    #[error("it ends inside the length of a NAL unit")]
    LengthCutShort,
    /// A unit is said to be longer than what is left of the payload.
    #[error("a NAL unit of {length} bytes is announced where {left} are left")]
    Overrun {
        /// Bytes announced.
        length: usize,
        /// Bytes there.
        left: usize,
    },
    /// A unit is too long to be written with lengths of this size.
    #[error("a NAL unit of {length} bytes is too long for a length of {size} bytes")]
    TooLong {
        /// Bytes of the unit.
        length: usize,
        /// Bytes of its length.
        size: u8,
    },
}

/// The units of a payload that has a length in front of each, as slices of it.
///
/// A length of 0 gives an empty unit. An error is the last item.
pub fn units(payload: &Bytes, size: LengthSize) -> Units {
    Units::of(payload.clone(), size)
}

/// See [`units`].
#[derive(Clone, Debug)]
pub struct Units {
    rest: Bytes,
    size: LengthSize,
}

impl Units {
    pub(crate) const fn of(payload: Bytes, size: LengthSize) -> Self {
        Self { rest: payload, size }
    }

    /// Takes a unit off the front. The last one takes the handle on the payload with it.
    #[inline]
    fn take(&mut self) -> Result<Bytes, NalError> {
        let (length, behind) = self.size.read(&self.rest).ok_or(NalError::LengthCutShort)?;
        let left = behind.len();
        if length > left {
            return Err(NalError::Overrun { length, left });
        }
        self.rest.advance(self.size.0.into());
        Ok(self.rest.split_to(length))
    }
}

impl Iterator for Units {
    type Item = Result<Bytes, NalError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let unit = self.take();
        if unit.is_err() {
            self.rest.clear();
        }
        Some(unit)
    }
}

/// Whether the bytes are whole units with lengths of this size in front, to the end.
pub(crate) fn divides_evenly(mut bytes: &[u8], size: LengthSize) -> bool {
    while !bytes.is_empty() {
        let behind = size
            .read(bytes)
            .and_then(|(length, behind)| behind.split_at_checked(length));
        let Some((_, behind)) = behind else {
            return false;
        };
        bytes = behind;
    }
    true
}

/// Writes units with a length in front of each.
///
/// # Errors
///
/// [`NalError::TooLong`] at the first unit whose length does not fit; those before it have been written.
pub fn write_length_prefixed<U: AsRef<[u8]>>(
    units: impl IntoIterator<Item = U>,
    size: LengthSize,
    out: &mut BytesMut,
) -> Result<(), NalError> {
    for unit in units {
        let unit = unit.as_ref();
        let length = u32::try_from(unit.len())
            .ok()
            .filter(|length| size == LengthSize::FOUR || length >> (8 * u32::from(size.0)) == 0)
            .ok_or(NalError::TooLong {
                length: unit.len(),
                size: size.0,
            })?;
        out.reserve(unit.len().saturating_add(size.0.into()));
        out.put_uint(length.into(), size.0.into());
        out.put_slice(unit);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(payload: &[u8], size: u8) -> Vec<Result<Bytes, NalError>> {
        units(&Bytes::copy_from_slice(payload), LengthSize::new(size).unwrap()).collect()
    }

    #[test]
    fn units_follow_their_lengths() {
        // Lengths of 4 bytes: 2, 0, 1.
        let payload = [0, 0, 0, 2, 0x09, 0xF0, 0, 0, 0, 0, 0, 0, 0, 1, 0x0A];
        assert_eq!(
            all(&payload, 4),
            [
                Ok(Bytes::from_static(&[0x09, 0xF0])),
                Ok(Bytes::new()),
                Ok(Bytes::from_static(&[0x0A])),
            ]
        );
        // Of one byte, and of two.
        assert_eq!(all(&[1, 0x0A], 1), [Ok(Bytes::from_static(&[0x0A]))]);
        assert_eq!(all(&[0, 1, 0x0A], 2), [Ok(Bytes::from_static(&[0x0A]))]);
        assert_eq!(all(&[], 4), []);
    }

    #[test]
    fn units_are_slices_of_the_payload() {
        let payload = Bytes::from(vec![0, 0, 0, 2, 0x65, 0x88]);
        let unit = units(&payload, LengthSize::FOUR).next().unwrap().unwrap();
        assert_eq!(unit.as_ptr(), payload[4..].as_ptr());
    }

    #[test]
    fn a_length_past_the_end_is_the_last_item() {
        assert_eq!(
            all(&[0, 0, 0, 1, 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x65], 4),
            [
                Ok(Bytes::from_static(&[0x0A])),
                Err(NalError::Overrun {
                    length: 0xFFFF_FFFF,
                    left: 1
                }),
            ]
        );
        assert_eq!(all(&[0, 0, 1], 4), [Err(NalError::LengthCutShort)]);
    }

    #[test]
    fn a_unit_too_long_for_its_length_is_refused() {
        let mut out = BytesMut::new();
        let one = LengthSize::new(1).unwrap();
        assert_eq!(write_length_prefixed([[7; 255]], one, &mut out), Ok(()));
        assert_eq!(out.len(), 256);
        assert_eq!(
            write_length_prefixed([[7; 256]], one, &mut out),
            Err(NalError::TooLong { length: 256, size: 1 })
        );
        assert_eq!(out.len(), 256);
    }

    #[test]
    fn a_length_has_one_to_four_bytes() {
        assert_eq!(LengthSize::new(0), None);
        assert_eq!(LengthSize::new(5), None);
        assert_eq!(LengthSize::new(4), Some(LengthSize::FOUR));
        assert_eq!(LengthSize::from_minus_one(0xFC).get(), 1);
    }
}
