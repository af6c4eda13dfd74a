use bytes::Bytes;

use super::{Codec, Sample, TagForm};
use crate::media::audio::AudioCodec;
use crate::media::config::multichannel::MultichannelConfig;
use crate::media::config::{AudioConfiguration, VideoConfiguration};
use crate::media::metadata::{ColorInfo, Metadata};
use crate::media::video::{VideoCodec, VideoCommand};
use crate::media::{MediaKind, TrackId};
use crate::units::Timestamp;

/// One thing that a stream says.
///
/// Those that come out of messages carry the [form](TagForm) that they were written in, so that the same message
/// can be made of them again; for new ones it is `None`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Media {
    /// What a decoder of video must know before the frames that follow.
    VideoConfiguration {
        /// The track it holds for.
        track: TrackId,
        /// Where it stands.
        timestamp: Timestamp,
        /// The record.
        configuration: VideoConfiguration,
        /// How its message was written.
        form: Option<TagForm>,
    },
    /// What a decoder of audio must know before the frames that follow.
    AudioConfiguration {
        /// The track it holds for.
        track: TrackId,
        /// Where it stands.
        timestamp: Timestamp,
        /// The record.
        configuration: AudioConfiguration,
        /// How its message was written.
        form: Option<TagForm>,
    },
    /// A configuration in the words of MPEG-2 transport streams.
    Mpeg2TsDescriptor {
        /// The track it holds for.
        track: TrackId,
        /// Where it stands.
        timestamp: Timestamp,
        /// The codec, which in the specification is AV1.
        codec: VideoCodec,
        /// The descriptor.
        descriptor: Bytes,
        /// How its message was written.
        form: Option<TagForm>,
    },
    /// How the channels of a track of audio are laid out.
    MultichannelConfig {
        /// The track it holds for.
        track: TrackId,
        /// Where it stands.
        timestamp: Timestamp,
        /// The codec.
        codec: AudioCodec,
        /// The layout.
        config: MultichannelConfig,
        /// How its message was written.
        form: Option<TagForm>,
    },
    /// A frame.
    Sample(Sample),
    /// How the colours of a track of video are to be shown: HDR.
    ColorInfo {
        /// The track it holds for.
        track: TrackId,
        /// Where it stands.
        timestamp: Timestamp,
        /// The codec.
        codec: VideoCodec,
        /// What it says; `None` if it speaks of something else.
        info: Option<Box<ColorInfo>>,
        /// The body as it came. Without it, `info` is written.
        body: Option<Bytes>,
        /// How its message was written.
        form: Option<TagForm>,
    },
    /// `onMetaData`.
    Metadata {
        /// Where it stands.
        timestamp: Timestamp,
        /// What it says.
        metadata: Box<Metadata>,
        /// The message as it came. Without it, `metadata` is written.
        payload: Option<Bytes>,
    },
    /// Any other data message.
    Data {
        /// Where it stands.
        timestamp: Timestamp,
        /// The message: AMF 0 values, of which the first is the handler's name.
        payload: Bytes,
    },
    /// A word to the player in the place of video.
    Command {
        /// Where it stands.
        timestamp: Timestamp,
        /// The word.
        command: VideoCommand,
        /// The codec that a legacy header names.
        codec: Option<VideoCodec>,
    },
    /// There is no sound until the next frame of audio.
    Silence {
        /// Where it begins.
        timestamp: Timestamp,
    },
    /// A track has ended. It may begin anew.
    SequenceEnd {
        /// The track.
        track: TrackId,
        /// Where it ended.
        timestamp: Timestamp,
        /// Its codec.
        codec: Codec,
        /// How its message was written.
        form: Option<TagForm>,
    },
}

impl Media {
    /// Where it stands on the stream's timeline; of a frame the time of decoding.
    pub const fn timestamp(&self) -> Timestamp {
        match self {
            Self::Sample(sample) => sample.dts,
            Self::VideoConfiguration { timestamp, .. }
            | Self::AudioConfiguration { timestamp, .. }
            | Self::Mpeg2TsDescriptor { timestamp, .. }
            | Self::MultichannelConfig { timestamp, .. }
            | Self::ColorInfo { timestamp, .. }
            | Self::Metadata { timestamp, .. }
            | Self::Data { timestamp, .. }
            | Self::Command { timestamp, .. }
            | Self::Silence { timestamp }
            | Self::SequenceEnd { timestamp, .. } => *timestamp,
        }
    }

    /// Whether it concerns audio, video or data.
    pub const fn kind(&self) -> MediaKind {
        match self {
            Self::Sample(sample) => sample.kind(),
            Self::SequenceEnd { codec, .. } => codec.kind(),
            Self::VideoConfiguration { .. }
            | Self::Mpeg2TsDescriptor { .. }
            | Self::ColorInfo { .. }
            | Self::Command { .. } => MediaKind::Video,
            Self::AudioConfiguration { .. } | Self::MultichannelConfig { .. } | Self::Silence { .. } => {
                MediaKind::Audio
            }
            Self::Metadata { .. } | Self::Data { .. } => MediaKind::Data,
        }
    }

    /// The track that it concerns, if it is of audio or video. A command and silence are of the default one.
    pub const fn track(&self) -> Option<TrackId> {
        match self {
            Self::Sample(sample) => Some(sample.track),
            Self::VideoConfiguration { track, .. }
            | Self::AudioConfiguration { track, .. }
            | Self::Mpeg2TsDescriptor { track, .. }
            | Self::MultichannelConfig { track, .. }
            | Self::ColorInfo { track, .. }
            | Self::SequenceEnd { track, .. } => Some(*track),
            Self::Command { .. } | Self::Silence { .. } => Some(TrackId::DEFAULT),
            Self::Metadata { .. } | Self::Data { .. } => None,
        }
    }
}

impl From<Sample> for Media {
    fn from(sample: Sample) -> Self {
        Self::Sample(sample)
    }
}
