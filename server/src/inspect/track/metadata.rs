//! What `onMetaData` says of the tracks.

use rtmp_core::amf0::Value;
use rtmp_core::media::{MediaKind, TrackId};

use super::{MIN_RATED_FRAMES, Track};
use crate::inspect::amf;
use crate::inspect::finding::{Findings, Trouble};
use crate::inspect::place::Place;

/// The values that can be compared with the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Metadata {
    pub width: Option<f64>,
    pub height: Option<f64>,
    pub frame_rate: Option<f64>,
    pub sample_rate: Option<f64>,
}

/// A data message by its handler's name, as far as FFmpeg's FLV reader looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Data {
    Metadata(Metadata),
    /// `onCuePoint` or `|RtmpSampleAccess`.
    Known,
    Other,
}

impl Data {
    pub(super) fn read(payload: &[u8]) -> Self {
        let (values, _) = amf::decode(payload);
        let mut values = values.iter();
        let mut name = values.next().and_then(|name| name.as_str());
        if name == Some("@setDataFrame") {
            name = values.next().and_then(|name| name.as_str());
        }
        match name {
            Some("onMetaData") => Self::Metadata(values.next().map(Metadata::of).unwrap_or_default()),
            Some("onCuePoint" | "|RtmpSampleAccess") => Self::Known,
            _ => Self::Other,
        }
    }
}

impl Metadata {
    fn of(value: &Value<'_>) -> Self {
        let Some(object) = value.as_object() else {
            return Self::default();
        };
        // Writers that do not know a value yet write 0.
        let number = |key| {
            let number = object.get(key)?.as_number()?;
            (number > 0.0).then_some(number)
        };
        Self {
            width: number("width"),
            height: number("height"),
            frame_rate: number("framerate"),
            sample_rate: number("audiosamplerate"),
        }
    }
}

/// Writers round.
const MAX_RATE_ERROR: f64 = 0.05;

impl Metadata {
    /// Compares with the first track of each kind, which is what the values are of.
    pub(super) fn judge(&self, tracks: &[Track], place: Place, findings: &mut Findings) {
        let first = |kind| {
            let of_kind = |track: &&Track| track.name.kind == kind && track.name.id == TrackId::DEFAULT;
            tracks.iter().find(of_kind)
        };
        let mut differ = |track: &Track, trouble, said: String, found: String| {
            let detail = || format!("{said}, the stream {found}");
            findings.add(Some(track.name), trouble, Some(place), detail);
        };
        if let Some(track) = first(MediaKind::Video) {
            if let (Some(width), Some(height), Some(video)) = (self.width, self.height, &track.identity.video)
                && video.width > 0
                && (width, height) != (video.width.into(), video.height.into())
            {
                let found = format!("{}x{}", video.width, video.height);
                differ(track, Trouble::MetadataSize, format!("{width}x{height}"), found);
            }
            if let (Some(said), Some(found)) = (self.frame_rate, track.frame_rate)
                && track.frames >= MIN_RATED_FRAMES
                && (said / found - 1.0).abs() > MAX_RATE_ERROR
            {
                differ(
                    track,
                    Trouble::MetadataRate,
                    said.to_string(),
                    format!("{found:.3}"),
                );
            }
        }
        if let Some(track) = first(MediaKind::Audio)
            && let (Some(said), Some(audio)) = (self.sample_rate, &track.identity.audio)
        {
            let found = f64::from(audio.sample_rate);
            // With spectral band replication both are right, the core's rate and twice as much.
            let is_right = [1.0, 2.0, 0.5].iter().any(|factor| said == found * factor);
            if found > 0.0 && !is_right {
                differ(
                    track,
                    Trouble::MetadataSampleRate,
                    said.to_string(),
                    found.to_string(),
                );
            }
        }
    }
}
