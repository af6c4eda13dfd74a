//! Leaving out the units that nobody needs.

use bytes::Bytes;

use super::{NalCodec, NalKind};

/// Which units a [`NalFilter`] drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NalFilterOptions {
    /// Units shorter than their header, those of no bytes at all among them: decoders stumble over them.
    pub empty: bool,
    /// Units with `forbidden_zero_bit` set: a sender's mark for what is damaged.
    pub forbidden: bool,
    /// Access unit delimiters: a message is an access unit, and transport streams get new ones.
    pub delimiters: bool,
    /// Filler data: bytes without meaning.
    pub filler: bool,
    /// Ends of sequence and of stream: some players stop at them.
    pub ends: bool,
    /// Supplemental enhancement information. It may be captions, or what HDR displays need.
    pub sei: bool,
    /// Video, sequence and picture parameter sets that repeat those of the configuration. Adaptation parameter
    /// sets change from picture to picture, and always stay.
    pub repeats: bool,
}

impl NalFilterOptions {
    /// Drops nothing: what comes out is what went in.
    pub const OFF: Self = Self {
        empty: false,
        forbidden: false,
        delimiters: false,
        filler: false,
        ends: false,
        sei: false,
        repeats: false,
    };
}

/// Drops what has no meaning behind a length: all but SEI and repeats.
impl Default for NalFilterOptions {
    fn default() -> Self {
        Self {
            empty: true,
            forbidden: true,
            delimiters: true,
            filler: true,
            ends: true,
            ..Self::OFF
        }
    }
}

/// Units that a [`NalFilter`] has seen, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NalCounts {
    /// Kept.
    pub kept: u64,
    /// Dropped because shorter than their header.
    pub empty: u64,
    /// Dropped because of `forbidden_zero_bit`.
    pub forbidden: u64,
    /// Access unit delimiters dropped.
    pub delimiters: u64,
    /// Filler data dropped.
    pub filler: u64,
    /// Ends of sequence and of stream dropped.
    pub ends: u64,
    /// Supplemental enhancement information dropped.
    pub sei: u64,
    /// Parameter sets dropped as repeats.
    pub repeats: u64,
}

impl NalCounts {
    /// Units dropped, for whatever reason.
    pub const fn dropped(&self) -> u64 {
        self.empty
            .saturating_add(self.forbidden)
            .saturating_add(self.delimiters)
            .saturating_add(self.filler)
            .saturating_add(self.ends)
            .saturating_add(self.sei)
            .saturating_add(self.repeats)
    }
}

/// Decides which units of one track are kept, and counts.
#[derive(Clone, Debug, Default)]
pub struct NalFilter {
    options: NalFilterOptions,
    counts: NalCounts,
    /// The parameter sets that the decoder has from the track's configuration, while they are in force.
    configured: Vec<Bytes>,
}

impl NalFilter {
    /// A filter that drops what the options say.
    pub const fn new(options: NalFilterOptions) -> Self {
        Self {
            options,
            counts: NalCounts {
                kept: 0,
                empty: 0,
                forbidden: 0,
                delimiters: 0,
                filler: 0,
                ends: 0,
                sei: 0,
                repeats: 0,
            },
            configured: Vec::new(),
        }
    }

    /// A filter that keeps every unit.
    pub const fn off() -> Self {
        Self::new(NalFilterOptions::OFF)
    }

    /// What it has seen.
    pub const fn counts(&self) -> NalCounts {
        self.counts
    }

    /// Tells the parameter sets of the track's configuration, in the place of those of an earlier one. A unit
    /// equal to one of them is a repeat.
    pub fn set_configured(&mut self, parameter_sets: impl IntoIterator<Item = Bytes>) {
        self.configured.clear();
        if self.options.repeats {
            self.configured.extend(parameter_sets);
        }
    }

    /// Whether the unit is to be kept.
    #[inline]
    pub fn keeps(&mut self, codec: NalCodec, unit: &[u8]) -> bool {
        let options = self.options;
        let counts = &mut self.counts;
        let (drop, count) = match (codec.kind(unit), unit) {
            (None, _) => (options.empty, &mut counts.empty),
            (_, [first, ..]) if options.forbidden && first & 0x80 != 0 => (true, &mut counts.forbidden),
            (Some(kind), _) => match kind {
                NalKind::Delimiter => (options.delimiters, &mut counts.delimiters),
                NalKind::Filler => (options.filler, &mut counts.filler),
                NalKind::EndOfSequence | NalKind::EndOfStream => (options.ends, &mut counts.ends),
                NalKind::Sei => (options.sei, &mut counts.sei),
                NalKind::Vps | NalKind::Sps | NalKind::Pps => {
                    let repeats = self.configured.iter().any(|set| set == unit);
                    if !repeats {
                        // It may replace one of the configuration's, which then is no repeat when it returns.
                        self.configured.clear();
                    }
                    (repeats, &mut counts.repeats)
                }
                NalKind::KeySlice | NalKind::Slice | NalKind::OtherParameterSet(_) | NalKind::Other(_) => {
                    (false, &mut counts.kept)
                }
            },
        };
        let count = if drop { count } else { &mut self.counts.kept };
        *count = count.saturating_add(1);
        !drop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the units a filter keeps.
    fn kept<'a>(filter: &mut NalFilter, codec: NalCodec, units: &[&'a [u8]]) -> Vec<&'a [u8]> {
        units
            .iter()
            .copied()
            .filter(|unit| filter.keeps(codec, unit))
            .collect()
    }

    const IDR: &[u8] = &[0x65, 0x88];
    const SEI: &[u8] = &[0x06, 0x05];
    const SPS: &[u8] = &[0x67, 0x64, 0x00, 0x1F];
    const PPS: &[u8] = &[0x68, 0xEB];

    /// One unit of each sort that is dropped by default, then what is kept.
    const AVC: [&[u8]; 10] = [
        &[],                 // zero-length
        &[0xE5, 0x88],       // forbidden_zero_bit
        &[0x09, 0xF0],       // delimiter
        &[0x0C, 0xFF, 0x80], // filler
        &[0x0A],             // end of sequence
        &[0x0B],             // end of stream
        SEI,
        SPS,
        PPS,
        IDR,
    ];

    #[test]
    fn what_means_nothing_is_dropped_and_counted() {
        let mut filter = NalFilter::default();
        assert_eq!(kept(&mut filter, NalCodec::Avc, &AVC), [SEI, SPS, PPS, IDR]);
        let counts = filter.counts();
        assert_eq!(
            counts,
            NalCounts {
                kept: 4,
                empty: 1,
                forbidden: 1,
                delimiters: 1,
                filler: 1,
                ends: 2,
                sei: 0,
                repeats: 0,
            }
        );
        assert_eq!(counts.dropped(), 6);
    }

    #[test]
    fn the_other_codecs_are_filtered_alike() {
        let hevc: [&[u8]; 5] = [&[0x46, 1, 0x50], &[0x4C, 1], &[0x48, 1], &[0x4A, 1], &[0x26]];
        assert!(kept(&mut NalFilter::default(), NalCodec::Hevc, &hevc).is_empty());
        let vvc: [&[u8]; 5] = [&[0, 0xA1, 0x28], &[0, 0xC9], &[0, 0xA9], &[0, 0xB1], &[0]];
        assert!(kept(&mut NalFilter::default(), NalCodec::Vvc, &vvc).is_empty());
    }

    #[test]
    fn a_filter_that_is_off_keeps_all() {
        let mut filter = NalFilter::off();
        assert_eq!(kept(&mut filter, NalCodec::Avc, &AVC), AVC);
        assert_eq!(filter.counts().kept, 10);
    }

    #[test]
    fn sei_is_dropped_on_demand() {
        let mut filter = NalFilter::new(NalFilterOptions {
            sei: true,
            ..NalFilterOptions::OFF
        });
        assert_eq!(kept(&mut filter, NalCodec::Avc, &[SEI, IDR]), [IDR]);
        assert_eq!(filter.counts().sei, 1);
    }

    #[test]
    fn repeats_are_dropped_until_the_parameters_change() {
        let mut filter = NalFilter::new(NalFilterOptions {
            repeats: true,
            ..NalFilterOptions::OFF
        });
        let configuration = [Bytes::from_static(SPS), Bytes::from_static(PPS)];
        filter.set_configured(configuration.clone());
        assert_eq!(kept(&mut filter, NalCodec::Avc, &[SPS, PPS, IDR]), [IDR]);
        // Another PPS takes the first one's place: when that one returns, it is needed.
        let other: &[u8] = &[0x68, 0xEE];
        let back = [other, IDR, SPS, PPS, IDR];
        assert_eq!(kept(&mut filter, NalCodec::Avc, &back), back);
        // With a new configuration all begins anew.
        filter.set_configured(configuration);
        assert_eq!(kept(&mut filter, NalCodec::Avc, &[SPS, PPS, IDR]), [IDR]);
        assert_eq!(filter.counts().repeats, 4);
    }

    #[test]
    fn adaptation_parameter_sets_stay_and_end_nothing() {
        let mut filter = NalFilter::new(NalFilterOptions {
            repeats: true,
            ..NalFilterOptions::OFF
        });
        let (sps, aps): (&[u8], &[u8]) = (&[0x00, 0x79, 0x00], &[0x00, 0x89, 0x20]);
        filter.set_configured([Bytes::from_static(sps), Bytes::from_static(aps)]);
        let other: &[u8] = &[0x00, 0x89, 0x21];
        assert_eq!(
            kept(&mut filter, NalCodec::Vvc, &[sps, aps, other, sps, aps]),
            [aps, other, aps]
        );
    }

    #[test]
    fn without_the_option_repeats_are_kept() {
        let mut filter = NalFilter::default();
        filter.set_configured([Bytes::from_static(SPS)]);
        assert_eq!(kept(&mut filter, NalCodec::Avc, &[SPS, IDR]), [SPS, IDR]);
    }
}
