//! AAC frames that carry their configuration with them, where raw ones should be.

use smallvec::SmallVec;

use super::Sample;
use crate::media::config::aac::{self, AudioSpecificConfig};

/// Frames in one message that are looked at.
const MAX_FRAMES: usize = 64;

/// The raw frames of a sample whose frames have ADTS headers, each at its own time, and the configuration that the
/// first header stands for. `None` if they have not.
pub(crate) fn without_adts(sample: &Sample) -> Option<(AudioSpecificConfig, SmallVec<[Sample; 1]>)> {
    let [packet] = sample.units.as_slice() else {
        return None;
    };
    if !aac::looks_like_adts(packet) {
        return None;
    }
    let mut config = None;
    let mut raw = SmallVec::new();
    for (n, frame) in aac::frames(packet).enumerate() {
        let frame = frame.ok()?;
        if n >= MAX_FRAMES {
            return None;
        }
        if config.is_none() {
            config = Some(frame.header.audio_specific_config().ok()?);
        }
        raw.push(Sample {
            dts: sample.dts.wrapping_add(millis(n, frame.header.sample_rate)),
            units: SmallVec::from_iter([frame.payload]),
            ..sample.clone()
        });
    }
    Some((config?, raw))
}

/// How long `frames` of 1024 samples last.
fn millis(frames: usize, sample_rate: u32) -> u32 {
    let samples = (frames as u64).saturating_mul(1024);
    let millis = samples.saturating_mul(1000).checked_div(sample_rate.into());
    millis.and_then(|millis| u32::try_from(millis).ok()).unwrap_or(0)
}
