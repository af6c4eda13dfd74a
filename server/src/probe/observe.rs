//! What can be measured of a stream while it comes.

use std::time::{Duration, Instant};

use rtmp_core::media::{Class, MediaKind, MediaMessage};

use crate::inspect::{Live, LiveReader};
use crate::timeline::{Splice, is_frame};

/// Watches a stream from when it is asked for.
pub(super) struct Observer {
    asked: Instant,
    reader: LiveReader,
    splice: Splice,
    /// The first frame's place, and when it came.
    origin: Option<(i64, Instant)>,
    /// How many milliseconds frames were ahead of the first at most, and last.
    ahead: (i64, i64),
    last: Option<Instant>,
    counts: Counts,
}

/// What is known without looking into frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) first_message: Option<Duration>,
    pub(super) first_frame: Option<Duration>,
    pub(super) first_keyframe: Option<Duration>,
    pub(super) has_video: bool,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    /// From the first message to the end.
    pub(super) time: Duration,
    /// From the first frame to the last, by their timestamps.
    pub(super) media: Duration,
    /// The longest time without a message, the last one's included.
    pub(super) silence: Duration,
    /// How much later than the first the last frame came, each by its timestamp and but for what the server had in store.
    pub(super) behind: Duration,
}

impl Observer {
    pub(super) fn new(asked: Instant) -> Self {
        Self {
            asked,
            reader: LiveReader::default(),
            splice: Splice::from_zero(),
            origin: None,
            ahead: (0, 0),
            last: None,
            counts: Counts::default(),
        }
    }

    pub(super) const fn first_message(&self) -> Option<Duration> {
        self.counts.first_message
    }

    pub(super) fn take(&mut self, message: &MediaMessage, now: Instant) {
        let after = now.saturating_duration_since(self.asked);
        self.reader.take(message, after);
        let counts = &mut self.counts;
        counts.messages += 1;
        counts.bytes += message.payload.len() as u64;
        counts.first_message.get_or_insert(after);
        counts.has_video |= message.kind == MediaKind::Video;
        if let Some(last) = self.last.replace(now) {
            counts.silence = counts.silence.max(now.saturating_duration_since(last));
        }
        let class = message.class();
        let place = self.splice.place(message);
        if !is_frame(class) {
            return;
        }
        counts.first_frame.get_or_insert(after);
        if matches!(class, Class::Keyframe | Class::TrackKeyframe { .. }) {
            counts.first_keyframe.get_or_insert(after);
        }
        let (first, since) = *self.origin.get_or_insert((place, now));
        let passed = i64::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(i64::MAX);
        let ahead = place.saturating_sub(first).saturating_sub(passed);
        self.ahead = (self.ahead.0.max(ahead), ahead);
    }

    /// What has been seen by now.
    pub(super) fn finish(mut self, now: Instant) -> (Counts, Live) {
        let counts = &mut self.counts;
        if let (Some(first), Some(last)) = (counts.first_message, self.last) {
            counts.time = now.saturating_duration_since(self.asked + first);
            counts.silence = counts.silence.max(now.saturating_duration_since(last));
        }
        let first = self.origin.map_or(0, |(place, _)| place);
        let end = self.splice.last().unwrap_or(first);
        counts.media = millis(end.saturating_sub(first));
        let (most, last) = self.ahead;
        counts.behind = millis(most.saturating_sub(last));
        (self.counts, self.reader.finish())
    }
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rtmp_core::units::Timestamp;

    use super::*;

    struct Stream {
        start: Instant,
        observer: Observer,
    }

    impl Stream {
        fn new() -> Self {
            let start = Instant::now();
            let observer = Observer::new(start);
            Self { start, observer }
        }

        /// A frame of this timestamp comes so many milliseconds behind the start.
        fn frame(&mut self, at: u64, timestamp: u32, is_key: bool) {
            let payload: &[u8] = if is_key {
                b"\x17\x01\0\0\0\0\0\0\x01\x65"
            } else {
                b"\x27\x01\0\0\0\0\0\0\x01\x41"
            };
            let message = MediaMessage {
                kind: MediaKind::Video,
                timestamp: Timestamp::from_millis(timestamp),
                payload: payload.into(),
            };
            self.observer
                .take(&message, self.start + Duration::from_millis(at));
        }

        fn end(self, at: u64) -> Counts {
            self.observer.finish(self.start + Duration::from_millis(at)).0
        }
    }

    #[test]
    fn what_a_server_has_in_store_makes_nothing_late() {
        let mut stream = Stream::new();
        // Two seconds at once, then as time goes.
        (0..50).for_each(|frame| stream.frame(100, 90_000 + 40 * frame, frame == 0));
        (0..25).for_each(|frame| stream.frame(140 + 40 * u64::from(frame), 92_000 + 40 * frame, false));
        let counts = stream.end(1140);
        assert_eq!(counts.behind, Duration::ZERO);
        assert_eq!(counts.media, Duration::from_millis(2960));
        assert_eq!(counts.time, Duration::from_millis(1040));
        assert_eq!(counts.silence, Duration::from_millis(40));
        assert_eq!(counts.first_keyframe, Some(Duration::from_millis(100)));
        assert_eq!((counts.messages, counts.bytes), (75, 750));
    }

    #[test]
    fn frames_that_come_too_slowly_fall_behind() {
        let mut stream = Stream::new();
        (0..50).for_each(|frame| stream.frame(80 * u64::from(frame), 40 * frame, frame == 0));
        assert_eq!(stream.end(4000).behind, Duration::from_millis(49 * 40));
    }

    #[test]
    fn silence_counts_up_to_the_end() {
        let mut stream = Stream::new();
        stream.frame(50, 0, false);
        stream.frame(250, 40, false);
        stream.frame(290, 80, true);
        let counts = stream.end(3290);
        assert_eq!(counts.silence, Duration::from_secs(3));
        assert_eq!(counts.first_frame, Some(Duration::from_millis(50)));
        assert_eq!(counts.first_keyframe, Some(Duration::from_millis(290)));
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(Stream::new().end(5000), Counts::default());
    }
}
