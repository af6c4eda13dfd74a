//! Temporal units put together.

use bytes::{BufMut, Bytes, BytesMut};

use super::leb128::write_leb128;
use super::{Obu, ObuError, ObuType};

/// A temporal delimiter as everybody writes it: without extension, with a size of 0.
pub const TEMPORAL_DELIMITER: [u8; 2] = [0x12, 0x00];

/// What to do with temporal delimiters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delimiters {
    /// None: as the ISO file format wants it, and OBS sends it.
    #[default]
    LeftOut,
    /// One in front: as a raw `.obu` file and most decoders' tools want it.
    InFront,
}

/// Writes a temporal unit of these units, each with its header. Every unit says its size in the result, so that
/// another can follow it. Delimiters among `units` are left out, whatever `delimiters` is.
///
/// # Errors
///
/// The [`ObuError`] of what is not one whole unit. What has been written before it stays in `out`.
pub fn write_temporal_unit<'a>(
    units: impl IntoIterator<Item = &'a Bytes>,
    delimiters: Delimiters,
    out: &mut BytesMut,
) -> Result<(), ObuError> {
    if delimiters == Delimiters::InFront {
        out.put_slice(&TEMPORAL_DELIMITER);
    }
    for bytes in units {
        let mut rest = bytes.clone();
        let unit = Obu::take(&mut rest)?;
        if !rest.is_empty() {
            return Err(ObuError::Overrun {
                size: bytes.len(),
                left: unit.bytes().len(),
            });
        }
        if unit.kind() != ObuType::TemporalDelimiter {
            write_sized(&unit, out);
        }
    }
    Ok(())
}

/// Writes these units as they are, but for those that do not say their size, as RTP brings them: they are made to,
/// since another follows. The last may do without.
pub(crate) fn write_units(units: &[Bytes], out: &mut BytesMut) -> Result<(), ObuError> {
    let mut last: Option<Obu> = None;
    for unit in units.iter().flat_map(super::units) {
        if let Some(unit) = last.replace(unit?) {
            write_sized(&unit, out);
        }
    }
    if let Some(unit) = last {
        out.put_slice(unit.bytes());
    }
    Ok(())
}

fn write_sized(unit: &Obu, out: &mut BytesMut) {
    if unit.has_size() {
        return out.put_slice(unit.bytes());
    }
    let payload = unit.payload();
    let header = unit.bytes().strip_suffix(payload).unwrap_or_default();
    if let Some((first, extension)) = header.split_first() {
        out.put_u8(first | 2);
        out.put_slice(extension);
        write_leb128(payload.len(), out);
        out.put_slice(payload);
    }
}
