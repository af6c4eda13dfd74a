//! Groups of pictures: how far key frames are apart, and how the frames between them depend on each other.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Sample;

/// The groups of a track. A group reaches from a key frame to the next one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::inspect) struct Gops {
    /// How many are whole. The last one goes on behind the recording's end: it counts only if it is the only one.
    pub(in crate::inspect) count: usize,
    /// Frames in a group.
    pub(in crate::inspect) frames: Spread,
    /// Seconds from key frame to key frame, as they are shown.
    pub(in crate::inspect) seconds: Spread,
    /// The end of the only group is not in the recording.
    pub(in crate::inspect) is_open: bool,
    /// The order of the frames as they are shown.
    #[serde(flatten)]
    pub(in crate::inspect) structure: Structure,
}

/// The least, the mean and the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(in crate::inspect) struct Spread {
    /// The least.
    pub(in crate::inspect) min: f64,
    /// The mean.
    pub(in crate::inspect) mean: f64,
    /// The greatest.
    pub(in crate::inspect) max: f64,
}

/// Told by composition times: a frame that is shown before one that was decoded earlier is a B-frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::inspect) struct Structure {
    /// A key frame and what mostly follows it, as it is shown: `I`, `IP`, `IBBP`.
    pub(in crate::inspect) pattern: String,
    /// How many B-frames there are.
    pub(in crate::inspect) b_frames: usize,
    /// The most of them between two others.
    pub(in crate::inspect) longest_b_run: usize,
    /// Frames marked as disposable: no other frame needs them.
    pub(in crate::inspect) disposable_frames: usize,
}

impl Gops {
    /// The groups of a track of video; `None` without a key frame.
    pub(super) fn of(samples: &[Sample]) -> Option<Self> {
        let starts: Vec<_> = (0..).zip(samples).filter(|(_, sample)| sample.is_key).collect();
        let mut lengths: Vec<(usize, i64)> = starts
            .iter()
            .zip(starts.iter().skip(1))
            .map(|((start, first), (end, next))| (end - start, (next.shown_at() - first.shown_at()).max(0)))
            .collect();
        let is_open = lengths.is_empty();
        if is_open {
            let ((start, first), last) = (starts.first()?, samples.last()?);
            lengths.push((samples.len() - start, last.dts - first.dts));
        }
        Some(Self {
            count: if is_open { 0 } else { lengths.len() },
            frames: Spread::of(lengths.iter().map(|&(frames, _)| frames as f64))?,
            seconds: Spread::of(lengths.iter().map(|&(_, millis)| millis as f64 / 1000.0))?,
            is_open,
            structure: Structure::of(
                samples,
                &starts.iter().map(|&(start, _)| start).collect::<Vec<_>>(),
            ),
        })
    }
}

impl Spread {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (mut count, mut sum, mut min, mut max) = (0_u32, 0.0, f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            count += 1;
            sum += value;
            min = f64::min(min, value);
            max = f64::max(max, value);
        }
        (count > 0).then(|| Self {
            min,
            mean: sum / f64::from(count),
            max,
        })
    }
}

impl Structure {
    fn of(samples: &[Sample], starts: &[usize]) -> Self {
        let mut b_frames = 0;
        // How often so many B-frames stand between two others.
        let mut runs: BTreeMap<usize, usize> = BTreeMap::new();
        let ends = starts.iter().skip(1).copied().chain([samples.len()]);
        for (start, end) in starts.iter().zip(ends) {
            let mut latest = i64::MIN;
            let mut shown: Vec<_> = samples
                .get(*start..end)
                .unwrap_or_default()
                .iter()
                .map(|sample| {
                    let at = sample.shown_at();
                    let is_b = at < latest;
                    latest = latest.max(at);
                    (at, is_b)
                })
                .collect();
            shown.sort_by_key(|&(at, _)| at);
            let mut run = 0;
            for (place, &(_, is_b)) in shown.iter().enumerate() {
                if is_b {
                    run += 1;
                    b_frames += 1;
                } else if place > 0 {
                    *runs.entry(std::mem::take(&mut run)).or_default() += 1;
                }
            }
        }
        let common = runs.iter().max_by_key(|(_, count)| **count).map(|(run, _)| *run);
        Self {
            pattern: match common {
                None => "I".into(),
                Some(run) => format!("I{}P", "B".repeat(run)),
            },
            b_frames,
            longest_b_run: runs.keys().next_back().copied().unwrap_or_default(),
            disposable_frames: samples.iter().filter(|sample| sample.is_disposable).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    /// Frames 40 ms apart with these places in the order of showing; 0 begins a group.
    fn frames(shown: &[i64]) -> Vec<Sample> {
        let mut start = 0;
        (0..)
            .zip(shown)
            .map(|(index, &place)| {
                if place == 0 {
                    start = index;
                }
                let mut sample = sample(index * 40, 100);
                // Decoding begins one frame duration early.
                sample.composition_time = i32::try_from((start + place - index + 1) * 40).unwrap();
                sample.is_key = place == 0;
                sample
            })
            .collect()
    }

    #[test]
    fn frames_shown_before_what_was_decoded_earlier_are_b() {
        // I P B B P B B, twice.
        let gops = Gops::of(&frames(&[0, 3, 1, 2, 6, 4, 5, 0, 3, 1, 2, 6, 4, 5])).unwrap();
        assert_eq!(
            (
                &*gops.structure.pattern,
                gops.structure.b_frames,
                gops.structure.longest_b_run
            ),
            ("IBBP", 8, 2)
        );
        assert_eq!((gops.count, gops.frames.mean, gops.seconds.mean), (1, 7.0, 0.28));
    }

    #[test]
    fn a_pyramid_has_the_run_of_its_whole_width() {
        // I P B b b: the middle one is decoded first.
        let gops = Gops::of(&frames(&[0, 4, 2, 1, 3, 8, 6, 5, 7])).unwrap();
        assert_eq!((&*gops.structure.pattern, gops.structure.b_frames), ("IBBBP", 6));
        assert!(gops.is_open && gops.count == 0 && gops.frames.max == 9.0);
    }

    #[test]
    fn without_reordering_there_are_no_b_frames() {
        let pattern = |shown: &[i64]| Gops::of(&frames(shown)).map(|gops| gops.structure.pattern);
        assert_eq!(pattern(&[0, 1, 2, 0, 1]).as_deref(), Some("IP"));
        assert_eq!(pattern(&[0, 0, 0]).as_deref(), Some("I"));
        assert_eq!(pattern(&[1, 2]), None);
    }
}
