//! Tracks: what somebody wants to know of a stream who looks for the fault in an encoder.
//!
//! ```text
//! reader, single       message by message to tracks
//! identity             what the codec's configuration, or its frames, say
//! pictures             what a frame says of itself
//! clock                timestamps as one line of time
//! rate, gop            rates of frames and bits; groups of pictures
//! interleave           audio beside video
//! metadata             what the stream says of itself
//! ```

mod clock;
mod gop;
mod identity;
mod interleave;
mod metadata;
mod pictures;
mod rate;
mod reader;
mod single;

use rtmp_core::media::MediaKind;

use super::finding::{Finding, Findings, TrackName, Trouble};
use super::media::Codec;
use super::place::Place;
pub(super) use gop::{Gops, Spread};
pub(super) use identity::Identity;
pub(super) use interleave::Interleave;
pub(super) use rate::BitRate;
pub(super) use reader::TracksReader;

/// The tracks of a stream, and what was found in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tracks {
    /// In the order in which they begin.
    pub(super) tracks: Vec<Track>,
    /// The worst first.
    pub(super) findings: Vec<Finding>,
    /// Audio beside video, where there are both.
    pub(super) interleave: Option<Interleave>,
    /// What a program sees that opens the stream.
    pub(super) announced: Vec<Announced>,
}

impl Tracks {
    /// Whether there is nothing to be said.
    pub(super) const fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.findings.is_empty()
    }
}

/// A stream within the stream, as FFmpeg's FLV reader finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// A track, by its place among all.
    Track(usize),
    /// Data messages in the midst of the stream.
    Text,
}

/// One track of audio or of video.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Track {
    pub name: TrackName,
    pub codec: Option<Codec>,
    /// FFmpeg's name.
    pub codec_name: Option<String>,
    pub is_enhanced: bool,
    pub identity: Identity,
    /// Frames per second that the metadata announced when the track began.
    pub metadata_rate: Option<f64>,
    /// Sequence headers.
    pub configurations: usize,
    /// Those that were not like the one before.
    pub configuration_changes: usize,
    pub frames: usize,
    pub keyframes: usize,
    pub bytes: usize,
    /// Of the first and the last frame, in milliseconds on one line of time.
    pub span: Option<(i64, i64)>,
    /// Milliseconds from a frame to the next, mostly.
    pub step: Option<i64>,
    pub frame_rate: Option<f64>,
    pub bit_rate: Option<BitRate>,
    /// The least and the greatest composition time.
    pub composition_times: Option<(i32, i32)>,
    pub gops: Option<Gops>,
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    /// Milliseconds on the track's line of time.
    dts: i64,
    composition_time: i32,
    bytes: usize,
    is_key: bool,
    is_disposable: bool,
    place: Place,
}

impl Sample {
    fn shown_at(&self) -> i64 {
        self.dts + i64::from(self.composition_time)
    }
}

/// So many frame durations without a frame are a gap: a single frame that was dropped is none.
const GAP_FRAMES: f64 = 2.5;
/// A picture is shown before so many others have been decoded: twice what decoders keep (H.264 §A.3.1).
const MAX_DELAY_FRAMES: i64 = 32;
/// Audio timestamps may be off by so many frames: publishers round them, and begin where video begins.
const MAX_DRIFT_FRAMES: f64 = 4.0;
/// Fewer frames tell no rate.
const MIN_RATED_FRAMES: usize = 10;
/// What players hold back at least.
const MAX_INTERLEAVE_MS: u64 = 1000;

impl Track {
    /// Looks for what can only be seen of all frames together.
    fn judge(&self, samples: &[Sample], findings: &mut Findings) {
        let name = Some(self.name);
        for (before, sample) in samples.iter().zip(samples.iter().skip(1)) {
            let step = sample.dts - before.dts;
            let place = Some(sample.place);
            let detail = || format!("{} ms behind {} ms", sample.dts, before.dts);
            if step < 0 {
                findings.add(name, Trouble::GoesBack, place, detail);
            } else if step == 0 && self.name.kind == MediaKind::Video {
                findings.add(name, Trouble::StandsStill, place, || format!("{} ms", sample.dts));
            } else if self
                .step
                .is_some_and(|typical| step as f64 > typical as f64 * GAP_FRAMES)
            {
                findings.add(name, Trouble::Gap, place, || {
                    format!("{step} ms, from {} to {} ms", before.dts, sample.dts)
                });
            }
        }
        if self.name.kind == MediaKind::Video {
            if let Some(first) = samples
                .iter()
                .position(|sample| sample.is_key)
                .or(Some(samples.len()))
            {
                for sample in samples.iter().take(first) {
                    findings.add(name, Trouble::BeforeKey, Some(sample.place), String::new);
                }
            }
            for sample in samples.iter().filter(|sample| sample.composition_time < 0) {
                findings.add(name, Trouble::NegativeCompositionTime, Some(sample.place), || {
                    format!("{} ms", sample.composition_time)
                });
            }
        } else {
            self.judge_drift(samples, findings);
        }
    }

    /// Whether composition times put pictures into an order that the pictures' own bytes allow; `reordered` are the
    /// places of those that are not shown in the order of decoding.
    fn judge_order(&self, samples: &[Sample], reordered: &[usize], findings: &mut Findings) {
        let name = Some(self.name);
        let mut add = |trouble, place| findings.add(name, trouble, Some(place), String::new);
        if self.composition_times == Some((0, 0)) {
            let reordered = reordered.iter().filter_map(|index| samples.get(*index));
            reordered.for_each(|sample| add(Trouble::NoCompositionTimes, sample.place));
            return;
        }
        let latest_before = samples.iter().scan(i64::MIN, |latest, sample| {
            let before = *latest;
            *latest = before.max(sample.shown_at());
            Some(before)
        });
        let timed: Vec<_> = samples.iter().zip(latest_before).collect();
        let in_order: Vec<_> = reordered
            .iter()
            .filter_map(|index| timed.get(*index))
            .filter(|(sample, latest)| sample.shown_at() >= *latest)
            .map(|(sample, _)| sample.place)
            .collect();
        // Encoders of low delay may predict from two earlier pictures here and there.
        if in_order.len() * 2 > reordered.len() {
            in_order
                .into_iter()
                .for_each(|place| add(Trouble::NotReordered, place));
        }
        self.judge_delay(samples, findings);
    }

    /// Whether composition times are of the size that they may have: writers may take other units than milliseconds.
    fn judge_delay(&self, samples: &[Sample], findings: &mut Findings) {
        let (Some((least, _)), Some(step)) = (self.composition_times, self.step) else {
            return;
        };
        let ahead = samples.iter().skip(MAX_DELAY_FRAMES as usize).map(Some);
        for (sample, ahead) in samples.iter().zip(ahead.chain(std::iter::repeat(None))) {
            let passed = ahead.map_or(0, |ahead| ahead.dts - sample.dts);
            let longest = passed.max(step * MAX_DELAY_FRAMES);
            if i64::from(sample.composition_time) - i64::from(least) > longest {
                let detail = || format!("{} ms", sample.composition_time);
                let place = Some(sample.place);
                findings.add(Some(self.name), Trouble::LateCompositionTime, place, detail);
            }
        }
    }

    /// Whether as much time passes between the first and the last timestamp as the frames in between last.
    fn judge_drift(&self, samples: &[Sample], findings: &mut Findings) {
        let (Some(frame_ms), Some((first, last))) = (self.identity.frame_millis(), self.span) else {
            return;
        };
        if self.configuration_changes > 0 || samples.len() < MIN_RATED_FRAMES {
            return;
        }
        let longest = self.step.unwrap_or_default() as f64 * GAP_FRAMES;
        let mut steps = samples.iter().zip(samples.iter().skip(1));
        let has_gaps =
            steps.any(|(before, next)| !(0.0..=longest).contains(&((next.dts - before.dts) as f64)));
        let (sound, time) = ((samples.len() - 1) as f64 * frame_ms, (last - first) as f64);
        if !has_gaps && (sound - time).abs() > MAX_DRIFT_FRAMES * frame_ms {
            findings.add(Some(self.name), Trouble::Drift, None, || {
                format!("{sound:.0} ms of sound have timestamps that span {time:.0} ms")
            });
        }
    }
}

#[cfg(test)]
mod tests;
