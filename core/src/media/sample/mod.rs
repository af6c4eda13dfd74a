//! What flows between those who read messages and those who write them: frames in their codec's own units, and
//! all else that a stream says.
//!
//! A [`Sample`] knows nothing of tag headers, lengths or start codes. [`Demuxer`](super::demux::Demuxer) makes
//! [`Media`] of messages, [`Muxer`](super::mux::Muxer) makes messages of [`Media`].

mod adts;
mod codec;
mod form;
mod keyframe;
mod media;
mod nal_record;
mod written;

use bytes::Bytes;
use smallvec::SmallVec;

pub(crate) use self::adts::without_adts;
pub use self::codec::Codec;
pub(crate) use self::codec::TrackKey;
pub use self::form::TagForm;
pub(crate) use self::keyframe::says_key;
pub use self::media::Media;
pub(crate) use self::nal_record::{length_size, parameter_sets};
use super::audio::AudioCodec;
use super::nal::{NalCodec, annex_b_units};
use super::obu::{self, ObuError};
use super::video::VideoCodec;
use super::{MediaKind, TrackId};
use crate::units::Timestamp;

/// One frame of a track: a picture (an access unit, a temporal unit), or the sound that a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The codec, and with it whether this is audio or video.
    pub codec: Codec,
    /// The track it belongs to. Audio and video count apart.
    pub track: TrackId,
    /// When to decode it.
    pub dts: Timestamp,
    /// Milliseconds from decoding to presentation; may be negative.
    pub composition_time: i32,
    /// Nanoseconds to add to the time of presentation: 0 to 999999.
    pub nanos: u32,
    /// Whether decoding may begin here. Audio frames have `true`: each stands for itself.
    pub keyframe: bool,
    /// Whether no other frame depends on it.
    pub disposable: bool,
    /// NAL units without lengths or start codes; or OBUs with their headers and sizes; or a single frame, for all
    /// codecs whose frames have no parts.
    pub units: SmallVec<[Bytes; 4]>,
    /// How its message was written, if it comes out of one.
    pub form: Option<TagForm>,
}

impl Sample {
    /// A frame of video in its units. Whether it is a key frame is read in the units; where they do not tell, it is
    /// none until it is said to be.
    pub fn video(codec: VideoCodec, dts: Timestamp, units: impl IntoIterator<Item = Bytes>) -> Self {
        let units: SmallVec<[Bytes; 4]> = units.into_iter().collect();
        Self {
            codec: Codec::Video(codec),
            track: TrackId::DEFAULT,
            dts,
            composition_time: 0,
            nanos: 0,
            keyframe: says_key(codec, &units).unwrap_or(false),
            disposable: false,
            units,
            form: None,
        }
    }

    /// A frame of audio.
    pub fn audio(codec: AudioCodec, dts: Timestamp, frame: Bytes) -> Self {
        Self {
            codec: Codec::Audio(codec),
            track: TrackId::DEFAULT,
            dts,
            composition_time: 0,
            nanos: 0,
            keyframe: true,
            disposable: false,
            units: SmallVec::from_iter([frame]),
            form: None,
        }
    }

    /// An access unit with start codes, as elementary streams have it (H.264 Annex B).
    pub fn from_annex_b(codec: NalCodec, dts: Timestamp, access_unit: &Bytes) -> Self {
        let codec = match codec {
            NalCodec::Avc => VideoCodec::Avc,
            NalCodec::Hevc => VideoCodec::Hevc,
            NalCodec::Vvc => VideoCodec::Vvc,
        };
        Self::video(codec, dts, annex_b_units(access_unit))
    }

    /// A temporal unit of AV1 in the low-overhead format (AV1 §5.2).
    ///
    /// # Errors
    ///
    /// [`ObuError`], if it cannot be divided into OBUs.
    pub fn from_temporal_unit(dts: Timestamp, temporal_unit: &Bytes) -> Result<Self, ObuError> {
        let units = obu::units(temporal_unit)
            .map(|unit| unit.map(|unit| unit.bytes().clone()))
            .collect::<Result<SmallVec<[Bytes; 4]>, _>>()?;
        Ok(Self::video(VideoCodec::Av1, dts, units))
    }

    /// The same of another track.
    #[must_use]
    pub fn on_track(self, track: TrackId) -> Self {
        Self { track, ..self }
    }

    /// The same, presented at `pts`, which may lie before the time of decoding.
    #[must_use]
    pub fn presented_at(self, pts: Timestamp) -> Self {
        Self {
            composition_time: pts.since(self.dts),
            ..self
        }
    }

    /// Whether it is audio or video.
    pub const fn kind(&self) -> MediaKind {
        self.codec.kind()
    }

    /// When to present it, to the millisecond: the time of decoding and the composition time.
    pub const fn pts(&self) -> Timestamp {
        self.dts.wrapping_add(self.composition_time.cast_unsigned())
    }

    /// Bytes of all units.
    pub fn len(&self) -> usize {
        self.units.iter().map(Bytes::len).sum()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
