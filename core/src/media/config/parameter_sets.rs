//! Parameter sets in configuration records: each behind a length of two bytes.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, Bytes, BytesMut};
use smallvec::SmallVec;

use super::ConfigError;
use super::vui::at_most;
use crate::media::nal::{NalCodec, NalKind, annex_b_units, without_start_code};
use crate::wire::Reader;

/// The most units in the arrays of a record, and the most of one kind among units behind start codes. Streams have
/// 16 video, 16 sequence and 64 picture parameter sets at most in HEVC and VVC, 32 and 256 in AVC.
const MAX_UNITS: u32 = 256;

/// One unit behind its length, as a slice of the record.
///
/// Some encoders put a start code in front of the unit, which is left out here.
pub(super) fn read(r: &mut Reader<'_>, record: &Bytes) -> Result<Bytes, ConfigError> {
    let length = r.u16()?;
    let unit = r.bytes(length.into())?;
    Ok(without_start_code(&record.slice_ref(unit)))
}

/// Checks that units will fit behind lengths of two bytes, and are no more than a record can count.
pub(super) fn check(field: &'static str, units: &[Bytes], limit: u32) -> Result<(), ConfigError> {
    at_most(field, u32::try_from(units.len()).unwrap_or(u32::MAX), limit)?;
    match units.iter().find(|unit| u16::try_from(unit.len()).is_err()) {
        Some(unit) => Err(ConfigError::Value {
            field,
            value: unit.len() as u64,
        }),
        None => Ok(()),
    }
}

/// Parameter sets by their kinds.
#[derive(Debug, Default)]
pub(super) struct ParameterSets {
    pub(super) vps: Vec<Bytes>,
    pub(super) sps: Vec<Bytes>,
    pub(super) pps: Vec<Bytes>,
}

impl ParameterSets {
    /// Those among units behind start codes.
    pub(super) fn of_annex_b(codec: NalCodec, stream: &Bytes) -> Result<Self, ConfigError> {
        let mut sets = Self::default();
        for unit in annex_b_units(stream) {
            let kind = match codec.kind(&unit) {
                Some(NalKind::Vps) => &mut sets.vps,
                Some(NalKind::Sps) => &mut sets.sps,
                Some(NalKind::Pps) => &mut sets.pps,
                _ => continue,
            };
            kind.push(unit);
            at_most(
                "parameter sets",
                u32::try_from(kind.len()).unwrap_or(u32::MAX),
                MAX_UNITS,
            )?;
        }
        Ok(sets)
    }
}

/// Writes one unit behind its length.
pub(super) fn write(unit: &Bytes, out: &mut BytesMut) {
    // Records are made only of units that came behind such a length, or were checked.
    out.put_u16(u16::try_from(unit.len()).unwrap_or(u16::MAX));
    out.put_slice(unit);
}

/// The NAL units of one type in the record of HEVC or VVC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NalArray {
    complete: bool,
    nal_type: u8,
    units: SmallVec<[Bytes; 1]>,
}

impl NalArray {
    /// `array_completeness`: whether the stream itself has no further units of this type.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// `NAL_unit_type`.
    pub const fn nal_type(&self) -> u8 {
        self.nal_type
    }

    /// The units.
    pub fn units(&self) -> &[Bytes] {
        &self.units
    }
}

/// The arrays of a record made of these units, by their types. Types without units have none.
///
/// Nobody has promised that the stream itself has no further ones: none is complete.
pub(super) fn arrays<const N: usize>(
    units: [(u8, &[Bytes]); N],
) -> Result<SmallVec<[NalArray; 4]>, ConfigError> {
    let mut left = MAX_UNITS;
    units
        .into_iter()
        .filter(|(_, units)| !units.is_empty())
        .map(|(nal_type, units)| {
            check("numNalus", units, left)?;
            left = left.saturating_sub(u32::try_from(units.len()).unwrap_or(u32::MAX));
            Ok(NalArray {
                complete: false,
                nal_type,
                units: units.into(),
            })
        })
        .collect()
}

/// The units of one type, of all arrays that have it.
pub(super) fn of_type(arrays: &[NalArray], nal_type: u8) -> impl Iterator<Item = &Bytes> {
    arrays
        .iter()
        .filter(move |array| array.nal_type == nal_type)
        .flat_map(|array| &array.units)
}

/// `numOfArrays` and the arrays. `single` tells the types that have one unit and no count of them.
pub(super) fn read_arrays(
    r: &mut Reader<'_>,
    record: &Bytes,
    single: fn(u8) -> bool,
) -> Result<SmallVec<[NalArray; 4]>, ConfigError> {
    let mut left = MAX_UNITS;
    // An array costs two bytes or more: its limit is the one byte that counts them.
    (0..r.u8()?)
        .map(|_| {
            let head = r.u8()?;
            let nal_type = head & 0x3F;
            let count = if single(nal_type) { 1 } else { r.u16()?.into() };
            left = left.saturating_sub(at_most("numNalus", count, left)?);
            Ok(NalArray {
                complete: head & 0x80 != 0,
                nal_type,
                units: (0..count).map(|_| read(r, record)).collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

/// `numOfArrays` and the arrays.
pub(super) fn write_arrays(arrays: &[NalArray], single: fn(u8) -> bool, out: &mut BytesMut) {
    // No more than have been counted by a byte.
    out.put_u8(u8::try_from(arrays.len()).unwrap_or(u8::MAX));
    for array in arrays {
        out.put_u8(u8::from(array.complete) << 7 | array.nal_type);
        if !single(array.nal_type) {
            out.put_u16(u16::try_from(array.units.len()).unwrap_or(u16::MAX));
        }
        for unit in &array.units {
            write(unit, out);
        }
    }
}
