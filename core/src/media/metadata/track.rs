//! What metadata say of one track.

use super::codec_id::CodecId;
use super::value::{append, keep, number, push, store, whole};
use crate::amf0::{Object, Value};

/// What metadata say of a track of video.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct VideoMetadata {
    /// `videocodecid`.
    pub codec: Option<CodecId>,
    /// `width`, in pixels. Often 0.
    pub width: Option<u32>,
    /// `height`, in pixels. Often 0.
    pub height: Option<u32>,
    /// `framerate`: frames per second. Often 0.
    pub frame_rate: Option<f64>,
    /// `videodatarate`, in kbit/s: what the encoder aims at. Often 0.
    pub data_rate: Option<f64>,
    /// What else a track's properties are, in their order. Of track 0 they are in
    /// [`Metadata::other`](super::Metadata::other).
    pub other: Object<'static>,
}

impl VideoMetadata {
    /// What is said here, and where nothing is, what is said there.
    #[must_use]
    pub fn or(&self, fallback: &Self) -> Self {
        Self {
            codec: self.codec.or(fallback.codec),
            width: self.width.or(fallback.width),
            height: self.height.or(fallback.height),
            frame_rate: self.frame_rate.or(fallback.frame_rate),
            data_rate: self.data_rate.or(fallback.data_rate),
            other: self.other.clone(),
        }
    }

    pub(super) fn take(&mut self, key: &str, value: &Value<'_>) -> bool {
        match key {
            "videocodecid" => store(&mut self.codec, CodecId::from_value(value)),
            "width" => store(&mut self.width, whole(value)),
            "height" => store(&mut self.height, whole(value)),
            "framerate" => store(&mut self.frame_rate, number(value)),
            "videodatarate" => store(&mut self.data_rate, number(value)),
            _ => false,
        }
    }

    pub(super) fn write_to(&self, object: &mut Object<'static>) {
        push(object, "width", self.width.map(f64::from));
        push(object, "height", self.height.map(f64::from));
        push(object, "framerate", self.frame_rate);
        push(object, "videodatarate", self.data_rate);
        push(object, "videocodecid", self.codec);
    }
}

/// What metadata say of a track of audio.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AudioMetadata {
    /// `audiocodecid`.
    pub codec: Option<CodecId>,
    /// `audiosamplerate`; `samplerate` in a map of tracks. In Hz.
    pub sample_rate: Option<u32>,
    /// `audiosamplesize`: bits per sample; 16 for codecs that have no such thing.
    pub sample_size: Option<u32>,
    /// `audiochannels`; `channels` in a map of tracks.
    pub channels: Option<u32>,
    /// `stereo`: two channels, or one. FFmpeg says this alone; see [`channel_count`](Self::channel_count).
    pub stereo: Option<bool>,
    /// `audiodatarate`, in kbit/s: what the encoder aims at. Often 0.
    pub data_rate: Option<f64>,
    /// What else a track's properties are, in their order. Of track 0 they are in
    /// [`Metadata::other`](super::Metadata::other).
    pub other: Object<'static>,
}

impl AudioMetadata {
    /// How many channels there are, by what is said more exactly.
    pub fn channel_count(&self) -> Option<u32> {
        self.channels
            .or_else(|| self.stereo.map(|stereo| if stereo { 2 } else { 1 }))
    }

    /// What is said here, and where nothing is, what is said there.
    #[must_use]
    pub fn or(&self, fallback: &Self) -> Self {
        // The two say the same: one of here is not to meet one of there.
        let (channels, stereo) = if self.channel_count().is_some() {
            (self.channels, self.stereo)
        } else {
            (fallback.channels, fallback.stereo)
        };
        Self {
            codec: self.codec.or(fallback.codec),
            sample_rate: self.sample_rate.or(fallback.sample_rate),
            sample_size: self.sample_size.or(fallback.sample_size),
            channels,
            stereo,
            data_rate: self.data_rate.or(fallback.data_rate),
            other: self.other.clone(),
        }
    }

    pub(super) fn take(&mut self, key: &str, value: &Value<'_>) -> bool {
        match key {
            "audiocodecid" => store(&mut self.codec, CodecId::from_value(value)),
            "audiosamplerate" | "samplerate" => store(&mut self.sample_rate, whole(value)),
            "audiosamplesize" => store(&mut self.sample_size, whole(value)),
            "audiochannels" | "channels" => store(&mut self.channels, whole(value)),
            "stereo" => store(&mut self.stereo, value.as_bool()),
            "audiodatarate" => store(&mut self.data_rate, number(value)),
            _ => false,
        }
    }

    pub(super) fn write_to(&self, object: &mut Object<'static>, keys: AudioKeys) {
        push(object, keys.sample_rate, self.sample_rate.map(f64::from));
        push(object, "audiosamplesize", self.sample_size.map(f64::from));
        push(object, keys.channels, self.channels.map(f64::from));
        push(object, "stereo", self.stereo);
        push(object, "audiodatarate", self.data_rate);
        push(object, "audiocodecid", self.codec);
    }
}

/// Keys that differ between the metadata of a stream and its maps of tracks.
#[derive(Clone, Copy)]
pub(super) struct AudioKeys {
    sample_rate: &'static str,
    channels: &'static str,
}

impl AudioKeys {
    pub(super) const STREAM: Self = Self {
        sample_rate: "audiosamplerate",
        channels: "audiochannels",
    };
    const MAP: Self = Self {
        sample_rate: "samplerate",
        channels: "channels",
    };
}

/// The properties of a track in `videoTrackIdInfoMap` or `audioTrackIdInfoMap`.
pub(super) trait TrackMetadata: Default {
    /// Reads them, whatever they are.
    fn from_object(object: &Object<'_>) -> Self;
    /// All of them.
    fn to_object(&self) -> Object<'static>;
}

impl TrackMetadata for VideoMetadata {
    fn from_object(object: &Object<'_>) -> Self {
        let mut track = Self::default();
        for (key, value) in object.iter() {
            if !track.take(key, value) {
                keep(&mut track.other, key, value);
            }
        }
        track
    }

    fn to_object(&self) -> Object<'static> {
        let mut object = Object::new();
        self.write_to(&mut object);
        append(&mut object, &self.other);
        object
    }
}

impl TrackMetadata for AudioMetadata {
    fn from_object(object: &Object<'_>) -> Self {
        let mut track = Self::default();
        for (key, value) in object.iter() {
            if !track.take(key, value) {
                keep(&mut track.other, key, value);
            }
        }
        track
    }

    fn to_object(&self) -> Object<'static> {
        let mut object = Object::new();
        self.write_to(&mut object, AudioKeys::MAP);
        append(&mut object, &self.other);
        object
    }
}
