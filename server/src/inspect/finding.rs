//! What is wrong with media, or worth knowing of them.

use std::fmt;

use rtmp_core::media::{MediaKind, TrackId};
use serde::{Serialize, Serializer};

use super::place::Place;

/// A track by its name: `video 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct TrackName {
    /// Audio or video.
    #[serde(rename = "type", serialize_with = "serialize_kind")]
    pub(super) kind: MediaKind,
    /// Its number among those of its kind.
    #[serde(rename = "track", serialize_with = "serialize_id")]
    pub(super) id: TrackId,
}

pub(super) const fn kind_name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Data => "data",
    }
}

pub(super) fn serialize_kind<S: Serializer>(kind: &MediaKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind_name(*kind))
}

fn serialize_id<S: Serializer>(id: &TrackId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(id.get())
}

impl fmt::Display for TrackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(kind_name(self.kind))?;
        match self.kind {
            MediaKind::Data => Ok(()),
            _ => write!(f, " {}", self.id),
        }
    }
}

/// What may be the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    /// A tag's header, or a data message's values, that cannot be read.
    Malformed,
    /// A configuration that cannot be read.
    BadConfiguration,
    /// A frame that is not divided into NAL units as its configuration says.
    BadUnits,
    /// Start codes where lengths of NAL units belong.
    StartCodes,
    /// ADTS headers where FLV has raw frames of AAC.
    Adts,
    /// Frames that no configuration came in front of.
    NoConfiguration,
    /// Pictures get another size than that of the configuration, and none came that says so.
    UnconfiguredSize,
    /// Timestamps that go back.
    GoesBack,
    /// Nothing for much longer than a frame lasts.
    Gap,
    /// B-frames by their own bytes, all to be shown when they are decoded.
    NoCompositionTimes,
    /// B-frames by their own bytes, whose composition times do not put them in front of what was decoded earlier.
    NotReordered,
    /// Frames to be shown much later than a decoder could hold them back.
    LateCompositionTime,
    /// Pictures with the timestamp of the one before.
    StandsStill,
    /// Key frames by their tags that decoding cannot begin with.
    NotKey,
    /// Frames that decoding may begin with, and whose tags do not say so.
    UnmarkedKey,
    /// Timestamps run faster or slower than samples.
    Drift,
    /// The metadata tell another codec.
    MetadataCodec,
    /// The metadata tell another size of the picture.
    MetadataSize,
    /// The metadata tell another frame rate than timestamps do.
    MetadataRate,
    /// The metadata tell another sample rate.
    MetadataSampleRate,
    /// The metadata tell another number of channels.
    MetadataChannels,
    /// Audio and video far apart in the file.
    Interleave,
    /// A file's header says that there is no such track.
    NotAnnounced,
    /// A file's header says that there is such a track.
    NeverComes,
    /// PreviousTagSize is another than the tag's size.
    TagSize,
    /// Encrypted tags.
    Encrypted,
    /// Frames in front of the first key frame.
    BeforeKey,
    /// A codec by an id that only some programs know.
    PrivateCodecId,
    /// Frames to be shown before they are decoded.
    NegativeCompositionTime,
    /// Frames without bytes.
    Empty,
    /// A track goes on with another codec.
    CodecChanged,
    /// A track goes on with another configuration.
    ConfigurationChanged,
    /// Timestamps go on behind 2^31 ms with 0.
    Wraps,
}

impl Trouble {
    /// Whether it keeps somebody from playing the stream well. The rest is worth knowing.
    pub(super) fn is_wrong(self) -> bool {
        self < Self::BeforeKey
    }

    /// Of one, and of many, behind their number.
    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Malformed => ["a malformed tag", "malformed tags"],
            Self::BadConfiguration => ["an unreadable configuration", "unreadable configurations"],
            Self::BadUnits => ["a frame with broken NAL units", "frames with broken NAL units"],
            Self::StartCodes => [
                "a frame with start codes instead of lengths",
                "frames with start codes instead of lengths",
            ],
            Self::Adts => ["a frame with an ADTS header", "frames with ADTS headers"],
            Self::UnconfiguredSize => [
                "a picture of another size than the configuration's",
                "pictures of another size than the configuration's",
            ],
            Self::NoConfiguration => [
                "a frame without a configuration",
                "frames without a configuration",
            ],
            Self::GoesBack => ["a timestamp goes back", "timestamps go back"],
            Self::Gap => ["a gap", "gaps"],
            Self::StandsStill => [
                "a picture at the time of the one before",
                "pictures at the time of the one before",
            ],
            Self::NotReordered => [
                "a B-frame that its composition time does not reorder",
                "B-frames that composition times do not reorder",
            ],
            Self::LateCompositionTime => [
                "a composition time that is far too long",
                "composition times that are far too long",
            ],
            Self::NoCompositionTimes => [
                "a B-frame without a composition time",
                "B-frames without composition times",
            ],
            Self::NotKey => ["a key frame that is none", "key frames that are none"],
            Self::UnmarkedKey => ["a key frame not marked as one", "key frames not marked as such"],
            Self::Drift => ["timestamps run off", "timestamps run off"],
            Self::MetadataCodec => ["onMetaData has another codec", "onMetaData have another codec"],
            Self::MetadataChannels => [
                "onMetaData has another number of channels",
                "onMetaData have another number of channels",
            ],
            Self::PrivateCodecId => [
                "a codec id of no specification",
                "tags with a codec id of no specification",
            ],
            Self::MetadataSize => ["onMetaData has another size", "onMetaData have another size"],
            Self::MetadataRate => [
                "onMetaData has another frame rate",
                "onMetaData have another frame rate",
            ],
            Self::MetadataSampleRate => [
                "onMetaData has another sample rate",
                "onMetaData have another sample rate",
            ],
            Self::Interleave => ["audio and video are far apart", "audio and video are far apart"],
            Self::NotAnnounced => [
                "the file's header does not announce it",
                "the file's header does not announce it",
            ],
            Self::NeverComes => [
                "the file's header announces it, and it never comes",
                "the file's header announces it, and it never comes",
            ],
            Self::TagSize => ["a wrong PreviousTagSize", "wrong PreviousTagSizes"],
            Self::Encrypted => ["an encrypted tag", "encrypted tags"],
            Self::BeforeKey => [
                "a frame in front of the first key frame",
                "frames in front of the first key frame",
            ],
            Self::NegativeCompositionTime => ["a negative composition time", "negative composition times"],
            Self::Empty => ["an empty frame", "empty frames"],
            Self::CodecChanged => ["the codec changes", "changes of codec"],
            Self::ConfigurationChanged => ["the configuration changes", "changes of configuration"],
            Self::Wraps => [
                "timestamps go on behind 2^31 ms with 0",
                "times that timestamps go on behind 2^31 ms with 0",
            ],
        }
    }
}

/// One kind of trouble of one track, however often it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    /// The track, unless it concerns all.
    #[serde(flatten)]
    pub(super) track: Option<TrackName>,
    /// What it is.
    pub(super) trouble: Trouble,
    /// How often.
    pub(super) count: u64,
    /// Where it came first, if it has a place.
    #[serde(flatten)]
    pub(super) place: Option<Place>,
    /// What was found there.
    pub(super) detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(track) = self.track {
            write!(f, "{track}: ")?;
        }
        let [one, many] = self.trouble.words();
        match self.count {
            1 => f.write_str(one)?,
            count => write!(f, "{count} {many}")?,
        }
        if let Some(place) = self.place {
            let first = if self.count == 1 { " at" } else { ", the first at" };
            write!(f, "{first} {place}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail.escape_debug())?;
        }
        Ok(())
    }
}

/// All that was found, the first of each kind with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(
        &mut self,
        track: Option<TrackName>,
        trouble: Trouble,
        place: Option<Place>,
        detail: impl FnOnce() -> String,
    ) {
        let known = self
            .0
            .iter_mut()
            .find(|known| known.track == track && known.trouble == trouble);
        match known {
            Some(known) => known.count += 1,
            None => self.0.push(Finding {
                track,
                trouble,
                count: 1,
                place,
                detail: detail(),
            }),
        }
    }

    /// The worst first.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| finding.trouble);
        self.0
    }
}
