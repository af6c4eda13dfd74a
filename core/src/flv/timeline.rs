//! When the frames of a file begin and end.

#![deny(clippy::arithmetic_side_effects)]

use crate::media::MediaKind;
use crate::units::Timestamp;

/// A frame lasts as long as the one before it did, but no longer than this: a longer step is a gap.
const MAX_FRAME_MILLIS: u64 = 1000;

/// The timestamps of audio and video frames, as times that do not wrap.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    /// The first frame's timestamp.
    first: Option<u64>,
    /// The last frame's timestamp, and its time.
    newest: (Timestamp, u64),
    audio: Kind,
    video: Kind,
}

#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    /// The latest frame's time.
    last: Option<u64>,
    /// Milliseconds from the frame before it, if it is no gap.
    step: u64,
}

impl Timeline {
    /// The time of a frame in milliseconds: its timestamp, had it as many bits as it needs.
    pub(super) fn push(&mut self, kind: MediaKind, timestamp: Timestamp) -> u64 {
        let time = match self.first {
            None => u64::from(timestamp.as_millis()),
            Some(_) => {
                let (newest, time) = self.newest;
                time.saturating_add_signed(timestamp.since(newest).into())
            }
        };
        self.first.get_or_insert(time);
        self.newest = (timestamp, time);
        match kind {
            MediaKind::Audio => self.audio.push(time),
            MediaKind::Video => self.video.push(time),
            MediaKind::Data => {}
        }
        time
    }

    /// The latest timestamp, in milliseconds; `None` without frames.
    pub(super) fn last(&self) -> Option<u64> {
        self.audio.last.max(self.video.last)
    }

    /// Milliseconds from the start of the first frame to the end of the last.
    pub(super) fn duration(&self) -> u64 {
        let end = self.audio.end().max(self.video.end());
        end.saturating_sub(self.first.unwrap_or(end))
    }
}

impl Kind {
    fn push(&mut self, time: u64) {
        match self.last {
            Some(last) if time <= last => {}
            last => {
                let step = time.saturating_sub(last.unwrap_or(time));
                self.step = if step > MAX_FRAME_MILLIS { 0 } else { step };
                self.last = Some(time);
            }
        }
    }

    fn end(&self) -> u64 {
        self.last.map_or(0, |last| last.saturating_add(self.step))
    }
}

#[cfg(test)]
mod tests {
    use MediaKind::{Audio, Video};

    use super::*;

    fn timeline(frames: &[(MediaKind, u32)]) -> Timeline {
        let mut timeline = Timeline::default();
        for (kind, millis) in frames {
            timeline.push(*kind, Timestamp::from_millis(*millis));
        }
        timeline
    }

    #[test]
    fn the_last_frame_lasts_as_long_as_the_one_before_it() {
        let video = timeline(&[(Video, 0), (Video, 40), (Video, 80)]);
        assert_eq!((video.duration(), video.last()), (120, Some(80)));
        let both = timeline(&[(Video, 0), (Audio, 0), (Audio, 60), (Video, 40), (Audio, 120)]);
        assert_eq!((both.duration(), both.last()), (180, Some(120)));
    }

    #[test]
    fn tracks_with_the_same_timestamps_do_not_make_frames_shorter() {
        let tracks = timeline(&[(Video, 0), (Video, 0), (Video, 40), (Video, 40)]);
        assert_eq!(tracks.duration(), 80);
    }

    #[test]
    fn a_stream_may_begin_late() {
        let late = timeline(&[(Video, 1000), (Video, 1040)]);
        assert_eq!((late.duration(), late.last()), (80, Some(1040)));
    }

    #[test]
    fn times_go_on_when_timestamps_wrap() {
        let mut days = timeline(&[(Video, 0), (Video, 0x6000_0000), (Video, 0xC000_0000)]);
        let time = days.push(Video, Timestamp::from_millis(1000));
        assert_eq!((time, days.duration()), ((1 << 32) + 1000, (1 << 32) + 1000));
    }

    #[test]
    fn a_step_back_is_no_reason_to_forget_what_came() {
        let mut back = timeline(&[(Video, 0), (Video, 40), (Video, 5000), (Video, 5040)]);
        assert_eq!(back.push(Video, Timestamp::from_millis(20)), 20);
        assert_eq!(back.duration(), 5080);
        assert_eq!(timeline(&[]).duration(), 0);
        // Before zero there is nothing.
        let before = timeline(&[(Video, 0), (Video, 0xFFFF_FFD8)]);
        assert_eq!((before.duration(), before.last()), (0, Some(0)));
    }
}
