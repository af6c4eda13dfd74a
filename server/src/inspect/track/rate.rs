//! Rates of frames and of bits.

use serde::Serialize;

use super::Sample;

/// Bits per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(in crate::inspect) struct BitRate {
    /// Over the whole track.
    pub(in crate::inspect) mean: f64,
    /// In the second that has most. `None` if the track is no longer than that.
    pub(in crate::inspect) peak: Option<f64>,
}

const WINDOW_MILLIS: i64 = 1000;

impl BitRate {
    /// Of frames of which the last one lasts `frame_millis`.
    pub(super) fn of(samples: &[Sample], frame_millis: f64) -> Option<Self> {
        let timed: Vec<_> = elapsed(samples)
            .zip(samples.iter().map(|sample| sample.bytes))
            .collect();
        let (last, _) = *timed.last()?;
        let millis = last as f64 + frame_millis;
        let bytes: usize = samples.iter().map(|sample| sample.bytes).sum();
        let per_second = |bytes: usize, millis: f64| bytes as f64 * 8000.0 / millis;
        (millis > 0.0).then(|| Self {
            mean: per_second(bytes, millis),
            peak: (millis > WINDOW_MILLIS as f64).then(|| per_second(peak(&timed), WINDOW_MILLIS as f64)),
        })
    }
}

/// The milliseconds that have passed at each frame since the first. Where timestamps go back none pass.
fn elapsed(samples: &[Sample]) -> impl Iterator<Item = i64> {
    let mut last = None;
    samples.iter().scan(0, move |millis, sample| {
        let step = sample.dts - last.replace(sample.dts).unwrap_or(sample.dts);
        *millis += step.max(0);
        Some(*millis)
    })
}

/// The most bytes in any window.
fn peak(timed: &[(i64, usize)]) -> usize {
    let (mut bytes, mut most) = (0, 0);
    let mut oldest = timed.iter().peekable();
    for &(millis, len) in timed {
        bytes += len;
        while let Some((_, len)) = oldest.next_if(|(old, _)| millis - old >= WINDOW_MILLIS) {
            bytes -= len;
        }
        most = most.max(bytes);
    }
    most
}

/// Milliseconds from a frame to the next, as it is in the middle of all steps forwards; and so hardly touched by
/// gaps.
pub(super) fn typical_step(samples: &[Sample]) -> Option<i64> {
    let steps = samples.iter().zip(samples.iter().skip(1));
    let mut steps: Vec<_> = steps
        .map(|(sample, next)| next.dts - sample.dts)
        .filter(|&step| step > 0)
        .collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}

/// Frames per second, as far as timestamps go forwards.
pub(super) fn frame_rate(samples: &[Sample]) -> Option<f64> {
    let steps = samples.iter().zip(samples.iter().skip(1));
    let count = steps.filter(|(sample, next)| next.dts >= sample.dts).count();
    let millis = elapsed(samples).last()?;
    (millis > 0).then(|| count as f64 * 1000.0 / millis as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn the_peak_is_the_fullest_second() {
        // Four seconds at 10 frames of 100 bytes, with a frame of 5000 bytes in the third.
        let mut samples: Vec<_> = (0..40).map(|index| sample(index * 100, 100)).collect();
        samples[25].bytes = 5000;
        let rate = BitRate::of(&samples, 100.0).unwrap();
        assert_eq!(rate.mean, (39.0 * 100.0 + 5000.0) * 8.0 / 4.0);
        assert_eq!(rate.peak, Some((9.0 * 100.0 + 5000.0) * 8.0));
    }

    #[test]
    fn less_than_a_second_has_no_peak() {
        let samples: Vec<_> = (0..3).map(|index| sample(index * 100, 100)).collect();
        assert_eq!(
            BitRate::of(&samples, 100.0),
            Some(BitRate {
                mean: 8000.0,
                peak: None
            })
        );
        assert_eq!(BitRate::of(&[], 100.0), None);
    }

    #[test]
    fn a_gap_does_not_change_the_typical_step() {
        let samples = [0, 40, 80, 5000, 5040, 5040].map(|dts| sample(dts, 1));
        assert_eq!(typical_step(&samples), Some(40));
        assert_eq!(frame_rate(&samples[..3]), Some(25.0));
    }

    #[test]
    fn where_timestamps_go_back_no_time_passes() {
        // Twice the same five frames.
        let samples = [0, 40, 80, 120, 160, 0, 40, 80, 120, 160].map(|dts| sample(dts, 100));
        assert_eq!(frame_rate(&samples), Some(25.0));
        assert_eq!(BitRate::of(&samples, 40.0).unwrap().mean, 1000.0 * 8000.0 / 360.0);
    }
}
