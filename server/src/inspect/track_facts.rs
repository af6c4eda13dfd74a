//! What `--json` says of tracks, beside what `media_facts` counts.

use serde::Serialize;

use super::finding::{Finding, TrackName};
use super::probe::{ProbeFacts, probe};
use super::track::{BitRate, Gops, Interleave, Track, Tracks};

/// All tracks of a stream.
#[derive(Debug, Serialize)]
pub(super) struct TracksFacts {
    probe: Vec<ProbeFacts>,
    tracks: Vec<TrackFacts>,
    /// Where audio and video are farthest apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    interleave: Option<Interleave>,
    findings: Vec<FindingFacts>,
}

#[derive(Debug, Serialize)]
struct FindingFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_id: Option<u32>,
    is_wrong: bool,
    #[serde(flatten)]
    finding: Finding,
}

#[derive(Debug, Serialize)]
struct TrackFacts {
    /// The message stream that carried it, in a recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_id: Option<u32>,
    #[serde(flatten)]
    name: TrackName,
    codec: Option<String>,
    codec_string: Option<String>,
    profile: Option<&'static str>,
    #[serde(flatten)]
    video: Option<VideoFacts>,
    #[serde(flatten)]
    audio: Option<AudioFacts>,
    frames: usize,
    frame_bytes: usize,
    first_dts: Option<i64>,
    last_dts: Option<i64>,
    frame_rate: FrameRateFacts,
    bit_rate: Option<BitRate>,
    configurations: usize,
    configuration_changes: usize,
}

#[derive(Debug, Serialize)]
struct VideoFacts {
    level: Option<String>,
    width: u32,
    height: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_aspect_ratio: Option<String>,
    bit_depth: Option<u8>,
    chroma: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<ColourFacts>,
    keyframes: usize,
    composition_times: Option<CompositionTimesFacts>,
    gop: Option<Gops>,
}

/// In milliseconds.
#[derive(Debug, Serialize)]
struct CompositionTimesFacts {
    min: i32,
    max: i32,
}

/// In the numbers of ITU-T H.273.
#[derive(Debug, Serialize)]
struct ColourFacts {
    primaries: u8,
    transfer: u8,
    matrix: u8,
    full_range: bool,
}

#[derive(Debug, Serialize)]
struct AudioFacts {
    sample_rate: u32,
    channels: u8,
    bits_per_sample: Option<u8>,
    samples_per_frame: Option<u32>,
}

/// Frames per second.
#[derive(Debug, Serialize)]
struct FrameRateFacts {
    /// By the codec's own headers.
    nominal: Option<f64>,
    /// By the metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    announced: Option<f64>,
    /// By the timestamps.
    measured: Option<f64>,
}

impl TracksFacts {
    /// Of a file, or of all message streams of a connection.
    pub(super) fn of<'a>(streams: impl IntoIterator<Item = (Option<u32>, &'a Tracks)>) -> Self {
        let mut facts = Self {
            probe: Vec::new(),
            tracks: Vec::new(),
            interleave: None,
            findings: Vec::new(),
        };
        for (stream, tracks) in streams {
            facts.probe.extend(probe(tracks));
            let of_stream = tracks.tracks.iter().map(|track| TrackFacts::of(stream, track));
            facts.tracks.extend(of_stream);
            facts.interleave = facts
                .interleave
                .into_iter()
                .chain(tracks.interleave)
                .max_by_key(|it| it.max_distance_ms);
            facts
                .findings
                .extend(tracks.findings.iter().map(|finding| FindingFacts {
                    stream_id: stream,
                    is_wrong: finding.trouble.is_wrong(),
                    finding: finding.clone(),
                }));
        }
        facts
    }
}

impl TrackFacts {
    fn of(stream_id: Option<u32>, track: &Track) -> Self {
        let (video, audio) = (&track.identity.video, &track.identity.audio);
        let by_codec = video.as_ref().and_then(|video| video.frame_rate);
        let by_frame = track.identity.frame_millis().map(|millis| 1000.0 / millis);
        Self {
            stream_id,
            name: track.name,
            codec: track.codec_name.clone(),
            codec_string: track.identity.codec_string().map(str::to_owned),
            profile: video
                .as_ref()
                .and_then(|video| video.profile)
                .or_else(|| audio.as_ref()?.profile),
            video: video.as_ref().map(|video| VideoFacts {
                level: video.level.clone(),
                width: video.width,
                height: video.height,
                sample_aspect_ratio: video.sample_aspect_ratio.map(|ratio| ratio.to_string()),
                bit_depth: Some(video.bit_depth).filter(|bits| *bits > 0),
                chroma: video.chroma.map(|chroma| chroma.to_string()),
                colour: video.colour.map(|colour| ColourFacts {
                    primaries: colour.primaries,
                    transfer: colour.transfer,
                    matrix: colour.matrix,
                    full_range: colour.full_range,
                }),
                keyframes: track.keyframes,
                composition_times: track
                    .composition_times
                    .map(|(min, max)| CompositionTimesFacts { min, max }),
                gop: track.gops.clone(),
            }),
            audio: audio.as_ref().map(|audio| AudioFacts {
                sample_rate: audio.sample_rate,
                channels: audio.channels,
                bits_per_sample: audio.bits_per_sample,
                samples_per_frame: audio.samples_per_frame,
            }),
            frames: track.frames,
            frame_bytes: track.bytes,
            first_dts: track.span.map(|(first, _)| first),
            last_dts: track.span.map(|(_, last)| last),
            frame_rate: FrameRateFacts {
                nominal: by_codec.map(|rate| rate.as_f64()).or(by_frame),
                announced: track.metadata_rate.filter(|_| video.is_some()),
                measured: track.frame_rate,
            },
            bit_rate: track.bit_rate,
            configurations: track.configurations,
            configuration_changes: track.configuration_changes,
        }
    }
}
