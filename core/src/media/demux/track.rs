//! What must be remembered of a track from one message to the next.

use bytes::Bytes;
use smallvec::SmallVec;

use super::{DemuxOptions, MediaFault};
use crate::media::config::VideoConfiguration;
use crate::media::nal::{self, LengthSize, NalCodec, NalError, NalFilter};
use crate::media::obu::{self, ObuType};
use crate::media::sample::{Codec, length_size, parameter_sets};
use crate::media::video::VideoCodec;

/// The units of one frame.
pub(super) type Units = SmallVec<[Bytes; 4]>;

#[derive(Debug)]
pub(super) struct Track {
    codec: Codec,
    /// Bytes of the lengths before NAL units.
    length_size: LengthSize,
    pub(super) filter: NalFilter,
    drop_temporal_delimiters: bool,
    /// Whether a configuration of this codec has been seen.
    pub(super) is_configured: bool,
}

impl Track {
    pub(super) fn new(codec: Codec, options: &DemuxOptions) -> Self {
        Self {
            codec,
            length_size: LengthSize::FOUR,
            filter: NalFilter::new(options.filter),
            drop_temporal_delimiters: options.drop_temporal_delimiters,
            is_configured: false,
        }
    }

    /// What was known holds for another codec no more.
    pub(super) fn set_codec(&mut self, codec: Codec) {
        if self.codec != codec {
            self.codec = codec;
            self.length_size = LengthSize::FOUR;
            self.filter.set_configured([]);
            self.is_configured = false;
        }
    }

    pub(super) fn configure(&mut self, configuration: &VideoConfiguration) {
        self.is_configured = true;
        self.length_size = length_size(configuration).unwrap_or(LengthSize::FOUR);
        self.filter.set_configured(parameter_sets(configuration));
    }

    /// Divides a frame of video, and leaves out what the options say.
    pub(super) fn divide(
        &mut self,
        codec: VideoCodec,
        payload: Bytes,
        room: Room,
        units: &mut Units,
    ) -> Result<(), MediaFault> {
        if let Some(codec) = NalCodec::of(codec) {
            return self.divide_by_nal(codec, payload, room, units);
        }
        if codec != VideoCodec::Av1 {
            units.push(payload);
            return Ok(());
        }
        for obu in obu::units(&payload) {
            let obu = obu?;
            if self.drop_temporal_delimiters && obu.kind() == ObuType::TemporalDelimiter {
                continue;
            }
            push(units, obu.bytes().clone(), room)?;
        }
        Ok(())
    }

    fn divide_by_nal(
        &mut self,
        codec: NalCodec,
        payload: Bytes,
        room: Room,
        units: &mut Units,
    ) -> Result<(), MediaFault> {
        // Some encoders send elementary streams as they are.
        if nal::looks_like_annex_b(&payload) && !nal::divides_evenly(&payload, self.length_size) {
            let all = nal::annex_b_units(&payload).map(Ok);
            return self.keep(codec, all, room, units);
        }
        self.keep(codec, nal::Units::of(payload, self.length_size), room, units)
    }

    fn keep(
        &mut self,
        codec: NalCodec,
        all: impl Iterator<Item = Result<Bytes, NalError>>,
        room: Room,
        units: &mut Units,
    ) -> Result<(), MediaFault> {
        for unit in all {
            let unit = unit?;
            if self.filter.keeps(codec, &unit) {
                push(units, unit, room)?;
            }
        }
        Ok(())
    }
}

/// How many units a message may still have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) used: usize,
    pub(super) limit: usize,
}

#[inline]
fn push(units: &mut Units, unit: Bytes, Room { used, limit }: Room) -> Result<(), MediaFault> {
    if units.len().saturating_add(used) >= limit {
        return Err(MediaFault::TooManyUnits { limit });
    }
    units.push(unit);
    Ok(())
}
