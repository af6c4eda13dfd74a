//! What a track is: by its configuration, or by its frames where it has none.

use bytes::Bytes;
use rtmp_core::media::audio::{AudioCodec, SoundFlags};
use rtmp_core::media::config::{
    AudioConfiguration, AudioInfo, ConfigError, VideoConfiguration, VideoInfo, identify_audio, identify_video,
};
use rtmp_core::media::nal::LengthSize;
use rtmp_core::media::video::VideoCodec;

use crate::inspect::media::Codec;

/// What is known of a track.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::inspect) struct Identity {
    pub video: Option<VideoInfo>,
    pub audio: Option<AudioInfo>,
}

/// A configuration that could be read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Configured {
    /// Whose it is.
    pub codec: Codec,
    /// As it came.
    pub record: Bytes,
    pub identity: Identity,
    /// Bytes of the lengths in front of NAL units.
    pub length_size: Option<LengthSize>,
}

/// Whether frames of this codec mean nothing without a configuration.
pub(super) const fn needs_configuration(codec: Codec) -> bool {
    matches!(
        codec,
        Codec::Video(VideoCodec::Avc | VideoCodec::Hevc | VideoCodec::Vvc)
            | Codec::Audio(AudioCodec::Aac | AudioCodec::Opus | AudioCodec::Flac)
    )
}

impl Configured {
    pub(super) fn read(codec: Codec, record: &Bytes) -> Result<Self, ConfigError> {
        let mut configured = Self {
            codec,
            record: record.clone(),
            identity: Identity::default(),
            length_size: None,
        };
        match codec {
            Codec::Video(codec) => {
                let configuration = VideoConfiguration::parse(codec, record)?;
                configured.length_size = match &configuration {
                    VideoConfiguration::Avc(record) => Some(record.length_size()),
                    VideoConfiguration::Hevc(record) => Some(record.length_size()),
                    VideoConfiguration::Vvc(record) => Some(record.length_size()),
                    _ => None,
                };
                configured.identity.video = Some(configuration.info()?);
            }
            Codec::Audio(codec) => {
                configured.identity.audio = Some(AudioConfiguration::parse(codec, record)?.info());
            }
        }
        Ok(configured)
    }
}

impl Identity {
    /// Takes from a frame what no configuration has said.
    pub(super) fn complete(&mut self, codec: Codec, sound: Option<SoundFlags>, frame: &[u8]) {
        match codec {
            Codec::Video(codec) => {
                if self.video.as_ref().is_none_or(|known| known.width == 0)
                    && let Some(seen) = identify_video(codec, frame)
                {
                    match &mut self.video {
                        None => self.video = Some(seen),
                        // The configuration of VP9 says all but the size.
                        Some(known) => (known.width, known.height) = (seen.width, seen.height),
                    }
                }
            }
            Codec::Audio(codec) => {
                let seen = identify_audio(codec, sound, frame);
                match &mut self.audio {
                    Some(known) if known.sample_rate > 0 => {
                        // The configuration of Opus does not say how long its frames are.
                        let samples = seen.and_then(|seen| seen.samples_per_frame);
                        known.samples_per_frame = known.samples_per_frame.or(samples);
                    }
                    known => *known = seen.or_else(|| known.take()),
                }
            }
        }
    }

    /// Whether there is nothing left to be taken from frames.
    pub(super) fn is_complete(&self) -> bool {
        self.video.as_ref().is_some_and(|video| video.width > 0)
            || self.audio.as_ref().is_some_and(|audio| audio.sample_rate > 0)
    }

    pub(in crate::inspect) fn codec_string(&self) -> Option<&str> {
        let video = self
            .video
            .as_ref()
            .and_then(|video| video.codec_string.as_deref());
        video.or_else(|| self.audio.as_ref()?.codec_string.as_deref())
    }

    /// Milliseconds that a frame of audio lasts, if all last the same.
    pub(in crate::inspect) fn frame_millis(&self) -> Option<f64> {
        let audio = self.audio.as_ref()?;
        let samples = audio.samples_per_frame?;
        (audio.sample_rate > 0).then(|| f64::from(samples) * 1000.0 / f64::from(audio.sample_rate))
    }

    /// In a few words, to tell one from another.
    pub(super) fn brief(&self) -> String {
        let codec = self.codec_string().unwrap_or("?");
        match (&self.video, &self.audio) {
            (Some(video), _) => format!("{codec} {}x{}", video.width, video.height),
            (_, Some(audio)) => {
                let s = if audio.channels == 1 { "" } else { "s" };
                format!("{codec} {} Hz, {} channel{s}", audio.sample_rate, audio.channels)
            }
            _ => codec.to_owned(),
        }
    }
}
