use crate::limits::Limits;
use crate::media::nal::NalFilterOptions;

/// What a [`Demuxer`](super::Demuxer) leaves out, and what it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DemuxOptions {
    /// Which NAL units are dropped.
    pub filter: NalFilterOptions,
    /// Whether AV1's temporal delimiters are dropped: FFmpeg sends them, and containers other than raw OBU streams
    /// have no place for them.
    pub drop_temporal_delimiters: bool,
    /// Tracks of audio and video that are told apart. A Twitch broadcast has eight; each costs a few hundred bytes.
    pub max_tracks: usize,
    /// Packets in one message: its tracks.
    pub max_packets: usize,
    /// Units in one message. A picture of 600 slices (H.265 level 6.2 allows no more) has as many; a unit of no
    /// bytes has 1 on the wire and 32 in memory.
    pub max_units: usize,
    /// Those of AMF values hold for metadata.
    pub limits: Limits,
}

impl DemuxOptions {
    /// Drops no unit: muxed again, messages are what they were.
    #[must_use]
    pub fn unfiltered() -> Self {
        Self {
            filter: NalFilterOptions::OFF,
            drop_temporal_delimiters: false,
            ..Self::default()
        }
    }
}

impl Default for DemuxOptions {
    fn default() -> Self {
        Self {
            filter: NalFilterOptions::default(),
            drop_temporal_delimiters: true,
            max_tracks: 32,
            max_packets: 256,
            max_units: 4096,
            limits: Limits::default(),
        }
    }
}
