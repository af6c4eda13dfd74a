//! The time of a stream whose source comes and goes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

/// Places what several sources send, one after the other, or one that was lost and found again, on one timeline.
///
/// The first source's timestamps stay as they are. After that:
///
/// - What has been delivered is not delivered twice: a server that has gone on meanwhile begins with its newest key
///   frame, which is an old one here. A stream that overlaps in this way goes on as if nothing had been.
/// - Otherwise video begins at a key frame, and frames keep their timestamps if these go on rising, and lie no farther ahead
///   than time has passed. If not, the new source's time begins where that of the old one would be by now.
///
/// A source whose time jumps back within itself is taken for another one.
#[derive(Debug, Default)]
pub struct Timeline {
    /// Milliseconds added to each timestamp, modulo 2^32.
    shift: u32,
    /// The latest time of a frame, and when it was that.
    newest: Option<(Timestamp, Instant)>,
    joint: Joint,
    /// Frames of video that depend on others are of no use yet.
    lacks_key_frame: bool,
    delivered: Delivered,
}

#[derive(Clone, Copy, Debug, Default)]
enum Joint {
    /// In the middle of a source, or before the first.
    #[default]
    None,
    /// Between two sources.
    Open,
    /// The source has begun with what had been delivered: it is the same one.
    Overlapping,
}

/// How far frames of one source may lie behind others of it. Audio and video are seldom a second apart.
const BEHIND: i32 = 5_000;

/// How much farther than time has passed the next source may lie ahead, to be believed: a server may have had a little
/// more in store than the last time.
const AHEAD: Duration = Duration::from_secs(10);

impl Timeline {
    /// A timeline without a source.
    pub fn new() -> Self {
        Self::default()
    }

    /// What follows comes from another source, or from a place in the same one that may lie before or behind.
    pub fn restart(&mut self) {
        if self.newest.is_some() {
            self.joint = Joint::Open;
            self.lacks_key_frame = true;
        }
    }

    /// Whoever was given all this has gone: what follows is for others, who have had nothing of it.
    pub fn forget(&mut self) {
        self.restart();
        self.delivered = Delivered::default();
    }

    /// The message at its place; `None` if it has been delivered before, or can't be decoded here.
    pub fn place(&mut self, message: MediaMessage, now: Instant) -> Option<MediaMessage> {
        let class = message.class();
        let timestamp = if is_frame(class) {
            self.place_frame(&message, class, now)?
        } else {
            self.beside(message.timestamp)
        };
        Some(MediaMessage { timestamp, ..message })
    }

    fn place_frame(&mut self, message: &MediaMessage, class: Class, now: Instant) -> Option<Timestamp> {
        let print = Delivered::print(message);
        if !matches!(self.joint, Joint::None) && self.delivered.has(print) {
            self.joint = Joint::Overlapping;
            // Whether it was a key frame: what it was the beginning of has been delivered with it.
            self.lacks_key_frame = false;
            return None;
        }
        if message.kind == MediaKind::Video && self.lacks_key_frame {
            if !matches!(class, Class::Keyframe | Class::TrackKeyframe { .. }) {
                return None;
            }
            self.lacks_key_frame = false;
        }
        let timestamp = self.join(message.timestamp, now);
        if self.newest.is_none_or(|(newest, _)| timestamp.since(newest) > 0) {
            self.newest = Some((timestamp, now));
        }
        self.delivered.add(print);
        Some(timestamp)
    }

    /// The time of a frame that is delivered.
    fn join(&mut self, timestamp: Timestamp, now: Instant) -> Timestamp {
        let joint = std::mem::take(&mut self.joint);
        let placed = timestamp.wrapping_add(self.shift);
        let Some((newest, since)) = self.newest else {
            return placed;
        };
        let passed = now.saturating_duration_since(since);
        let distance = placed.since(newest);
        let stays = match joint {
            Joint::None | Joint::Overlapping => distance >= -BEHIND,
            Joint::Open => distance > 0 && distance.unsigned_abs() <= millis(passed.saturating_add(AHEAD)),
        };
        if stays {
            return placed;
        }
        let next = newest.wrapping_add(millis(passed).max(1));
        self.shift = next.as_millis().wrapping_sub(timestamp.as_millis());
        next
    }

    /// The time of what is no frame. Encoders stamp headers with zero, whatever their clock says.
    fn beside(&self, timestamp: Timestamp) -> Timestamp {
        let placed = timestamp.wrapping_add(self.shift);
        match (self.newest, self.joint) {
            (None, _) => placed,
            (Some((newest, _)), Joint::None) if placed.since(newest) >= -BEHIND => placed,
            (Some((newest, _)), _) => newest,
        }
    }
}

const fn is_frame(class: Class) -> bool {
    matches!(
        class,
        Class::Keyframe | Class::TrackKeyframe { .. } | Class::Inter | Class::Disposable | Class::Audio
    )
}

/// Less than half of the circle on which timestamps are compared.
fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// Twelve days.
const LONGEST: u32 = 1 << 30;

/// The frames that have been delivered last.
#[derive(Debug, Default)]
struct Delivered(VecDeque<u64>);

impl Delivered {
    /// Frames remembered: half a minute of video and audio, longer than from one key frame to the next. 16 KiB.
    const MOST: usize = 2048;

    /// Of the frame as its source has it: when, and what.
    fn print(message: &MediaMessage) -> u64 {
        let kind = match message.kind {
            MediaKind::Audio => 8,
            MediaKind::Video => 9,
            MediaKind::Data => 18,
        };
        let content = crc32c::crc32c_append(kind, &message.payload);
        u64::from(message.timestamp.as_millis()) << 32 | u64::from(content)
    }

    fn add(&mut self, print: u64) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back(print);
    }

    /// Asked only where two sources meet.
    fn has(&self, print: u64) -> bool {
        self.0.contains(&print)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn message(kind: MediaKind, millis: u32, payload: Vec<u8>) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(millis),
            payload: Bytes::from(payload),
        }
    }

    /// AVC, frame type 1, coded frames, no composition time; an IDR slice of this content.
    fn key(millis: u32, content: u8) -> MediaMessage {
        let payload = vec![0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, content];
        message(MediaKind::Video, millis, payload)
    }

    /// The same with frame type 2, and a slice that is none.
    fn inter(millis: u32, content: u8) -> MediaMessage {
        let payload = vec![0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, content];
        message(MediaKind::Video, millis, payload)
    }

    /// AAC, coded frames.
    fn audio(millis: u32, content: u8) -> MediaMessage {
        message(MediaKind::Audio, millis, vec![0xAF, 1, content])
    }

    /// The sequence header of AVC.
    fn header(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, vec![0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1F])
    }

    struct Relay {
        timeline: Timeline,
        now: Instant,
    }

    impl Relay {
        fn new() -> Self {
            Self {
                timeline: Timeline::new(),
                now: Instant::now(),
            }
        }

        fn sleep(&mut self, millis: u64) {
            self.now += Duration::from_millis(millis);
        }

        /// The times at which messages are delivered.
        fn send(&mut self, messages: impl IntoIterator<Item = MediaMessage>) -> Vec<Option<u32>> {
            let place = |message| self.timeline.place(message, self.now);
            let placed = messages.into_iter().map(place);
            placed
                .map(|message| message.map(|message| message.timestamp.as_millis()))
                .collect()
        }
    }

    #[test]
    fn the_first_source_keeps_its_time() {
        let mut relay = Relay::new();
        let messages = [
            header(0),
            key(3_600_000, 1),
            audio(3_599_980, 1),
            inter(3_600_040, 2),
        ];
        assert_eq!(
            relay.send(messages),
            [Some(0), Some(3_600_000), Some(3_599_980), Some(3_600_040)]
        );
    }

    #[test]
    fn what_has_been_delivered_is_not_delivered_twice_and_what_follows_goes_on() {
        let mut relay = Relay::new();
        relay.send([header(1000), key(1000, 1), audio(1010, 1), inter(1040, 2)]);
        relay.timeline.restart();
        relay.sleep(300);
        let again = [
            header(1000),
            key(1000, 1),
            audio(1010, 1),
            inter(1040, 2),
            audio(1033, 2),
            inter(1080, 3),
        ];
        assert_eq!(
            relay.send(again),
            [Some(1040), None, None, None, Some(1033), Some(1080)]
        );
    }

    #[test]
    fn a_source_that_has_gone_on_keeps_its_time() {
        let mut relay = Relay::new();
        relay.send([key(1000, 1)]);
        relay.timeline.restart();
        relay.sleep(2500);
        assert_eq!(
            relay.send([key(3000, 2), inter(3040, 3)]),
            [Some(3000), Some(3040)]
        );
    }

    #[test]
    fn a_source_that_begins_anew_goes_on_where_the_old_one_would_be() {
        let mut relay = Relay::new();
        relay.send([header(0), key(60_000, 1), inter(60_040, 2)]);
        relay.timeline.restart();
        relay.sleep(2000);
        let anew = [header(0), key(0, 1), inter(40, 2), header(40)];
        assert_eq!(
            relay.send(anew),
            [Some(60_040), Some(62_040), Some(62_080), Some(62_080)]
        );
    }

    #[test]
    fn a_time_that_lies_far_ahead_is_another_clock() {
        let mut relay = Relay::new();
        relay.send([key(0, 1)]);
        relay.timeline.restart();
        relay.sleep(1000);
        assert_eq!(relay.send([key(86_400_000, 2)]), [Some(1000)]);
    }

    #[test]
    fn video_begins_again_at_a_key_frame_and_audio_at_once() {
        let mut relay = Relay::new();
        relay.send([key(0, 1)]);
        relay.timeline.restart();
        relay.sleep(100);
        let joined = [
            inter(120, 2),
            audio(130, 1),
            inter(160, 3),
            key(200, 4),
            inter(240, 5),
        ];
        assert_eq!(relay.send(joined), [None, Some(130), None, Some(200), Some(240)]);
    }

    #[test]
    fn a_source_whose_time_jumps_back_is_another_one() {
        let mut relay = Relay::new();
        relay.send([key(100_000, 1)]);
        relay.sleep(40);
        assert_eq!(
            relay.send([key(0, 2), audio(20, 1)]),
            [Some(100_040), Some(100_060)]
        );
    }

    #[test]
    fn headers_between_sources_do_not_go_back_either() {
        let mut relay = Relay::new();
        relay.send([key(10_000, 1)]);
        assert_eq!(relay.send([header(0)]), [Some(10_000)]);
    }

    #[test]
    fn a_clock_that_wraps_goes_on() {
        let mut relay = Relay::new();
        let last = u32::MAX - 20;
        relay.send([key(last, 1)]);
        relay.timeline.restart();
        relay.sleep(40);
        assert_eq!(relay.send([key(19, 2), inter(59, 3)]), [Some(19), Some(59)]);
    }

    #[test]
    fn a_restart_before_the_first_frame_changes_nothing() {
        let mut relay = Relay::new();
        relay.timeline.restart();
        assert_eq!(relay.send([inter(5, 1)]), [Some(5)]);
    }

    #[test]
    fn others_are_given_everything_again_and_later() {
        let mut relay = Relay::new();
        relay.send([key(1000, 1), inter(1040, 2)]);
        relay.timeline.forget();
        relay.sleep(500);
        let again = [inter(1040, 2), key(1000, 1), inter(1040, 2)];
        assert_eq!(relay.send(again), [None, Some(1540), Some(1580)]);
    }

    #[test]
    fn only_so_many_frames_are_remembered() {
        let mut relay = Relay::new();
        relay.send((0..3000).map(|millis| audio(millis, 1)));
        assert_eq!(relay.timeline.delivered.0.len(), Delivered::MOST);
    }

    proptest! {
        /// Whatever sources say, and however long it takes until the next one comes.
        #[test]
        fn time_rises_from_source_to_source(
            sources in prop::collection::vec((any::<u32>(), 0..100_000u64, 1..5u32), 1..10)
        ) {
            let mut relay = Relay::new();
            let mut newest: Option<u32> = None;
            for (number, (start, pause, frames)) in sources.into_iter().enumerate() {
                relay.timeline.restart();
                relay.sleep(pause);
                let content = u8::try_from(number).unwrap();
                let source = (0..frames).map(|frame| key(start.wrapping_add(frame * 40), content));
                for placed in relay.send(source) {
                    let placed = placed.unwrap();
                    if let Some(newest) = newest {
                        let distance = placed.wrapping_sub(newest).cast_signed();
                        prop_assert!(distance > 0, "{} after {}", placed, newest);
                    }
                    newest = Some(placed);
                }
            }
        }
    }
}
