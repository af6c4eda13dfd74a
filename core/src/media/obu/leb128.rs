//! Numbers of seven bits per byte, the lowest first (AV1 §4.10.5).

use bytes::{BufMut, BytesMut};

use super::ObuError;
use crate::wire::Reader;

/// The most bytes that such a number may take.
const MAX_BYTES: u32 = 8;

pub(super) fn read_leb128(r: &mut Reader<'_>) -> Result<usize, ObuError> {
    let mut value = 0_u64;
    for position in 0..MAX_BYTES {
        let byte = r.u8()?;
        // Seven bits at bit 49 at most: all fit.
        value |= u64::from(byte & 0x7F) << position.saturating_mul(7);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).map_err(|_| ObuError::Size)?;
            return Ok(value as usize);
        }
    }
    Err(ObuError::Size)
}

pub(super) fn write_leb128(mut value: usize, out: &mut BytesMut) {
    loop {
        let [low, ..] = value.to_le_bytes();
        let low = low & 0x7F;
        value >>= 7;
        if value == 0 {
            return out.put_u8(low);
        }
        out.put_u8(low | 0x80);
    }
}
