//! What publishers say of their streams: `onMetaData` (Adobe FLV 10.1 §E.5; Enhanced RTMP v2, "Enhancing
//! onMetaData") and the colour information of video (Enhanced RTMP v2, "Metadata Frame").
//!
//! It is good for showing to people, and not for decoding: encoders announce sizes, rates and codecs before they know
//! them, or as 0, or of the stream before this one. What a decoder needs is in the sequence headers.

#![deny(clippy::arithmetic_side_effects)]

mod codec_id;
mod color_info;
mod keyframes;
#[cfg(test)]
mod tests;
mod track;
mod value;

use std::collections::BTreeMap;

use bytes::Bytes;

use super::data::{ON_META_DATA, SET_DATA_FRAME};
use super::{MediaKind, MediaMessage, TrackId};
use crate::amf0::{self, DecodeError, Decoder, Object, Value};
use crate::limits::Limits;
use crate::units::Timestamp;

pub use codec_id::CodecId;
pub use color_info::{ColorConfig, ColorInfo, HdrCll, HdrMdcv};
pub use keyframes::{KeyframeIndex, KeyframePosition};
pub use track::{AudioMetadata, VideoMetadata};

use track::{AudioKeys, TrackMetadata};
use value::{append, keep, number, push, store, text};

/// What a publisher says of its stream, or a file of itself.
///
/// All of it may be missing. Properties that are not known here, and those that are not what they should be, are kept
/// in [`other`](Self::other), so that nothing is lost between [`from_object`](Self::from_object) and
/// [`to_object`](Self::to_object). Only properties that refer to other values (AMF 0 §2.9) are left out: nobody sends
/// them, and in another order they would refer to something else.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// `duration`, in seconds. 0 of a live stream.
    pub duration: Option<f64>,
    /// `filesize` or `fileSize`, in bytes. 0 of a live stream.
    pub file_size: Option<f64>,
    /// `encoder`: the publisher's program.
    pub encoder: Option<String>,
    /// `lasttimestamp` of a file, in seconds.
    pub last_timestamp: Option<f64>,
    /// `lastkeyframetimestamp` of a file, in seconds.
    pub last_keyframe_timestamp: Option<f64>,
    /// `canSeekToEnd`: the last frame of a file is a key frame.
    pub can_seek_to_end: Option<bool>,
    /// `keyframes`: where the key frames of a file are.
    pub keyframes: Option<KeyframeIndex>,
    /// The first track of video.
    pub video: VideoMetadata,
    /// The first track of audio.
    pub audio: AudioMetadata,
    /// `videoTrackIdInfoMap`: further tracks, with what differs from the first one or with all of it: see
    /// [`video_track`](Self::video_track).
    pub video_tracks: BTreeMap<TrackId, VideoMetadata>,
    /// `audioTrackIdInfoMap`: further tracks, with what differs from the first one or with all of it: see
    /// [`audio_track`](Self::audio_track).
    pub audio_tracks: BTreeMap<TrackId, AudioMetadata>,
    /// What else there is, in its order.
    pub other: Object<'static>,
}

/// Why a message is no metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Its values cannot be decoded.
    #[error("metadata: {0}")]
    Amf0(#[from] DecodeError),
    /// It is for another handler than `onMetaData`, or for none.
    #[error("a data message that is not onMetaData")]
    OtherHandler,
    /// No value behind the handler's name has properties.
    #[error("metadata without properties")]
    NoProperties,
}

impl Metadata {
    /// Reads the payload of a data message: `onMetaData`, also behind `@setDataFrame`.
    ///
    /// # Errors
    ///
    /// [`MetadataError`]. What is behind the properties is not looked at.
    pub fn from_payload(payload: &[u8], limits: &Limits) -> Result<Self, MetadataError> {
        let mut decoder = Decoder::new(payload, limits);
        let mut name = decoder.next_value()?;
        if is_name(name.as_ref(), SET_DATA_FRAME) {
            name = decoder.next_value()?;
        }
        if !is_name(name.as_ref(), ON_META_DATA) {
            return Err(MetadataError::OtherHandler);
        }
        while let Some(value) = decoder.next_value()?.map(Value::into_amf0) {
            if let Some(object) = value.as_object() {
                return Ok(Self::from_object(object));
            }
        }
        Err(MetadataError::NoProperties)
    }

    /// Reads the properties.
    pub fn from_object(object: &Object<'_>) -> Self {
        let mut metadata = Self::default();
        for (key, value) in object.iter() {
            if !metadata.take(key, value) {
                keep(&mut metadata.other, key, value);
            }
        }
        metadata
    }

    /// The properties: first what is known, in the order of FFmpeg, then what else there is.
    pub fn to_object(&self) -> Object<'static> {
        let mut object = Object::new();
        push(&mut object, "duration", self.duration);
        self.video.write_to(&mut object);
        self.audio.write_to(&mut object, AudioKeys::STREAM);
        push(&mut object, "encoder", self.encoder.clone());
        push(&mut object, "filesize", self.file_size);
        push(&mut object, "lasttimestamp", self.last_timestamp);
        push(&mut object, "lastkeyframetimestamp", self.last_keyframe_timestamp);
        push(&mut object, "canSeekToEnd", self.can_seek_to_end);
        push(&mut object, VIDEO_TRACKS, map_to_object(&self.video_tracks));
        push(&mut object, AUDIO_TRACKS, map_to_object(&self.audio_tracks));
        push(
            &mut object,
            "keyframes",
            self.keyframes.as_ref().map(KeyframeIndex::to_object),
        );
        append(&mut object, &self.video.other);
        append(&mut object, &self.audio.other);
        append(&mut object, &self.other);
        object
    }

    /// The payload of a data message for players: `onMetaData` and the properties in an ECMA array, as FFmpeg, OBS
    /// and files have it.
    pub fn to_payload(&self) -> Bytes {
        let mut payload = Vec::new();
        amf0::encode(&"onMetaData".into(), &mut payload);
        amf0::encode(&Value::EcmaArray(self.to_object()), &mut payload);
        payload.into()
    }

    /// The message that carries the [payload](Self::to_payload).
    pub fn to_message(&self, timestamp: Timestamp) -> MediaMessage {
        MediaMessage {
            kind: MediaKind::Data,
            timestamp,
            payload: self.to_payload(),
        }
    }

    /// All that is said of a track of video. What its own entry leaves out is as with the first track; `None` if the
    /// track has no entry.
    pub fn video_track(&self, track: TrackId) -> Option<VideoMetadata> {
        let own = self.video_tracks.get(&track).map(|own| own.or(&self.video));
        own.or_else(|| (track == TrackId::DEFAULT).then(|| self.video.clone()))
    }

    /// All that is said of a track of audio. What its own entry leaves out is as with the first track; `None` if the
    /// track has no entry.
    pub fn audio_track(&self, track: TrackId) -> Option<AudioMetadata> {
        let own = self.audio_tracks.get(&track).map(|own| own.or(&self.audio));
        own.or_else(|| (track == TrackId::DEFAULT).then(|| self.audio.clone()))
    }

    /// Reads a property that is known. Whether it is, and what it should be.
    fn take(&mut self, key: &str, value: &Value<'_>) -> bool {
        match key {
            "duration" => store(&mut self.duration, number(value)),
            "filesize" | "fileSize" => store(&mut self.file_size, number(value)),
            "encoder" => store(&mut self.encoder, text(value)),
            "lasttimestamp" => store(&mut self.last_timestamp, number(value)),
            "lastkeyframetimestamp" => store(&mut self.last_keyframe_timestamp, number(value)),
            "canSeekToEnd" => store(&mut self.can_seek_to_end, value.as_bool()),
            "keyframes" => store(&mut self.keyframes, KeyframeIndex::from_value(value)),
            VIDEO_TRACKS => take_map(&mut self.video_tracks, value),
            AUDIO_TRACKS => take_map(&mut self.audio_tracks, value),
            _ => self.video.take(key, value) || self.audio.take(key, value),
        }
    }
}

/// The map of further tracks of video (Enhanced RTMP v2, "Enhancing onMetaData").
pub(super) const VIDEO_TRACKS: &str = "videoTrackIdInfoMap";
/// The map of further tracks of audio.
pub(super) const AUDIO_TRACKS: &str = "audioTrackIdInfoMap";

fn is_name(value: Option<&Value<'_>>, name: &[u8]) -> bool {
    value.and_then(Value::as_str).map(str::as_bytes) == Some(name)
}

/// Reads a map all of whose keys are tracks. There are no more tracks than an id has values.
fn take_map<T: TrackMetadata>(place: &mut BTreeMap<TrackId, T>, value: &Value<'_>) -> bool {
    let entry = |(key, value): (&str, &Value<'_>)| {
        let track = TrackId::new(key.parse().ok()?);
        Some((track, T::from_object(value.as_object()?)))
    };
    let map = value
        .as_object()
        .and_then(|object| object.iter().map(entry).collect::<Option<BTreeMap<_, _>>>());
    let could = map.is_some();
    if let Some(map) = map {
        *place = map;
    }
    could
}

fn map_to_object<T: TrackMetadata>(map: &BTreeMap<TrackId, T>) -> Option<Object<'static>> {
    if map.is_empty() {
        return None;
    }
    let mut object = Object::new();
    for (track, metadata) in map {
        object.push(track.to_string(), metadata.to_object());
    }
    Some(object)
}
