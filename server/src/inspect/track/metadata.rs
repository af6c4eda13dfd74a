//! What `onMetaData` says of the tracks, held against them.

use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::metadata::{AudioMetadata, Metadata, VideoMetadata};

use super::{MIN_RATED_FRAMES, Track};
use crate::inspect::amf;
use crate::inspect::finding::{Findings, Trouble};
use crate::inspect::media::{Codec, audio_codec, video_codec};
use crate::inspect::place::Place;
use crate::inspect::side::limits;

/// Writers round.
const MAX_RATE_ERROR: f64 = 0.05;

/// A data message by its handler's name, as far as FFmpeg's FLV reader looks at it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Metadata(Box<Metadata>),
    /// `onMetaData` without properties, `onCuePoint` or `|RtmpSampleAccess`.
    Known,
    Other,
}

impl Data {
    pub(super) fn read(payload: &[u8]) -> Self {
        if let Ok(metadata) = Metadata::from_payload(payload, &limits()) {
            return Self::Metadata(Box::new(metadata));
        }
        let (values, _) = amf::decode(payload);
        let mut names = values.iter().filter_map(|value| value.as_str());
        match names.find(|name| *name != "@setDataFrame") {
            Some("onMetaData" | "onCuePoint" | "|RtmpSampleAccess") => Self::Known,
            _ => Self::Other,
        }
    }
}

/// Frames per second of the tracks of video. Writers that do not know it yet write 0.
pub(super) fn frame_rate(metadata: &Metadata) -> Option<f64> {
    metadata.video.frame_rate.filter(|rate| *rate > 0.0)
}

/// Compares what is said of a track with what it is.
pub(super) fn judge(metadata: &Metadata, track: &Track, place: Place, findings: &mut Findings) {
    let mut differ = |trouble, said: String, found: String| {
        let detail = || format!("{said}, the stream {found}");
        findings.add(Some(track.name), trouble, Some(place), detail);
    };
    match track.codec {
        Some(Codec::Video(codec)) => {
            let Some(said) = metadata.video_track(track.name.id) else {
                return;
            };
            if let Some(id) = said.codec.filter(|id| id.video() != codec) {
                let found = track.codec_name.clone().unwrap_or_default();
                differ(Trouble::MetadataCodec, video_codec(id.video(), true), found);
            }
            judge_picture(&said, track, &mut differ);
        }
        Some(Codec::Audio(codec)) => {
            let Some(said) = metadata.audio_track(track.name.id) else {
                return;
            };
            if let Some(id) = said.codec.filter(|id| family(id.audio()) != family(codec)) {
                let found = track.codec_name.clone().unwrap_or_default();
                differ(Trouble::MetadataCodec, audio_codec(id.audio()), found);
            }
            judge_sound(&said, track, &mut differ);
        }
        None => {}
    }
}

/// Of a codec with several ids: FFmpeg's metadata have the same one for all of them.
const fn family(codec: AudioCodec) -> AudioCodec {
    match codec {
        AudioCodec::Nellymoser8k | AudioCodec::Nellymoser16k => AudioCodec::Nellymoser,
        AudioCodec::Mp3At8k => AudioCodec::Mp3,
        other => other,
    }
}

fn judge_picture(said: &VideoMetadata, track: &Track, differ: &mut impl FnMut(Trouble, String, String)) {
    let known = |number: Option<u32>| number.filter(|number| *number > 0);
    if let (Some(width), Some(height), Some(video)) =
        (known(said.width), known(said.height), &track.identity.video)
        && video.width > 0
        && (width, height) != (video.width, video.height)
    {
        let found = format!("{}x{}", video.width, video.height);
        differ(Trouble::MetadataSize, format!("{width}x{height}"), found);
    }
    if let (Some(said), Some(found), Some(step)) = (
        said.frame_rate.filter(|rate| *rate > 0.0),
        track.frame_rate,
        track.step,
    ) {
        // One leap does not change the step, nor do uneven steps the mean.
        let is_wrong = |found: f64| (said / found - 1.0).abs() > MAX_RATE_ERROR;
        if track.frames >= MIN_RATED_FRAMES && is_wrong(found) && is_wrong(1000.0 / step as f64) {
            differ(Trouble::MetadataRate, said.to_string(), format!("{found:.3}"));
        }
    }
}

fn judge_sound(said: &AudioMetadata, track: &Track, differ: &mut impl FnMut(Trouble, String, String)) {
    let Some(audio) = track
        .identity
        .audio
        .as_ref()
        .filter(|audio| audio.sample_rate > 0)
    else {
        return;
    };
    if let Some(rate) = said.sample_rate.filter(|rate| *rate > 0) {
        let found = audio.sample_rate;
        // With spectral band replication both are right, the core's rate and twice as much.
        if rate != found && rate.checked_mul(2) != Some(found) && found.checked_mul(2) != Some(rate) {
            differ(Trouble::MetadataSampleRate, rate.to_string(), found.to_string());
        }
    }
    // `stereo` alone cannot say more than two: FFmpeg writes false for six.
    let may_differ = said.channels.is_some() || audio.channels <= 2;
    if let Some(channels) = said.channel_count().filter(|channels| *channels > 0)
        && audio.channels > 0
        && may_differ
        && channels != u32::from(audio.channels)
    {
        let found = audio.channels.to_string();
        differ(Trouble::MetadataChannels, channels.to_string(), found);
    }
}
