//! What a player that looks at everything finds.

use std::time::Duration;

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

use super::clock;
use super::media::{Found, Mark, Track};
use super::numbers::Times;

/// What all verifying players found together.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Messages: audio, video and data.
    pub(super) messages: u64,
    pub(super) key_frames: u64,
    /// Audio and video with a mark of ours, whole or damaged.
    pub(super) marked: u64,
    /// Messages that are missing between two that came.
    pub(super) gaps: u64,
    /// Messages before an earlier one, or frames before their header or a first key frame.
    pub(super) order_errors: u64,
    /// Timestamps that go back within a track.
    pub(super) time_backwards: u64,
    /// Timestamps that jump by more than [`JUMP`].
    pub(super) time_gaps: u64,
    /// Messages that are not as they were sent.
    pub(super) checksum_errors: u64,
    /// Faults of before the measured time, when players came: see [`Tally::faults`].
    pub(super) faults_before: u64,
    /// From the publisher's write to the whole message here.
    pub(super) latency: Times,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            messages: 0,
            key_frames: 0,
            marked: 0,
            gaps: 0,
            order_errors: 0,
            time_backwards: 0,
            time_gaps: 0,
            checksum_errors: 0,
            faults_before: 0,
            latency: Times::new(),
        }
    }

    /// A measured time begins. Of what was before it is kept whether the stream has marks, and the faults: what was
    /// wrong is wrong.
    pub(super) fn begin(&mut self) {
        *self = Self {
            marked: self.marked,
            faults_before: self.faults_before + self.faults(),
            ..Self::new()
        };
    }

    /// Messages that were missing or wrong in the measured time.
    pub(super) const fn faults(&self) -> u64 {
        self.gaps + self.order_errors + self.time_backwards + self.checksum_errors
    }
}

/// A second, in timestamps: no stream has one without frames.
const JUMP: i32 = 1000;

/// What one player has seen so far.
#[derive(Debug, Default)]
pub(super) struct Check {
    video: TrackCheck,
    audio: TrackCheck,
}

#[derive(Debug, Default)]
struct TrackCheck {
    has_header: bool,
    last: Option<Mark>,
    time: Option<Timestamp>,
}

impl Check {
    /// Looks at a message that has just come.
    pub(super) fn see(&mut self, message: &Message, class: Class, tally: &mut Tally) {
        tally.messages += 1;
        let (check, track) = match message.kind {
            MessageType::Audio => (&mut self.audio, Track::Audio),
            MessageType::Video => (&mut self.video, Track::Video),
            _ => return,
        };
        if class.is_header() {
            check.has_header = true;
            return;
        }
        if class == Class::Keyframe {
            tally.key_frames += 1;
        }
        if let Some(before) = check.time.replace(message.timestamp) {
            match message.timestamp.since(before) {
                step if step < 0 => tally.time_backwards += 1,
                step if step > JUMP => tally.time_gaps += 1,
                _ => {}
            }
        }
        match Mark::find(&message.payload, track.mark_at()) {
            Found::Whole(mark) => {
                tally.marked += 1;
                check.see_mark(mark, class, tally);
            }
            Found::Damaged => {
                tally.marked += 1;
                tally.checksum_errors += 1;
            }
            // In a stream of ours nothing lacks a mark.
            Found::Nothing if check.last.is_some() => tally.checksum_errors += 1,
            Found::Nothing => {}
        }
    }
}

impl TrackCheck {
    fn see_mark(&mut self, mark: Mark, class: Class, tally: &mut Tally) {
        match self.last {
            Some(last) if (last.run, last.stream) == (mark.run, mark.stream) => {
                match mark.counter.checked_sub(last.counter) {
                    None | Some(0) => tally.order_errors += 1,
                    Some(step) => tally.gaps += u64::from(step - 1),
                }
            }
            // The first, or the first of another publisher.
            _ => {
                if !self.has_header || class == Class::Inter {
                    tally.order_errors += 1;
                }
            }
        }
        self.last = Some(mark);
        if mark.clock == clock::id() {
            let nanoseconds = clock::now_ns().saturating_sub(mark.sent_ns);
            tally.latency.add(Duration::from_nanos(nanoseconds));
        }
    }
}

/// What a relay must know of a message; nothing of one that is no media.
pub(super) fn class(message: &Message) -> Option<Class> {
    let kind = match message.kind {
        MessageType::Audio => MediaKind::Audio,
        MessageType::Video => MediaKind::Video,
        MessageType::DataAmf0 => MediaKind::Data,
        _ => return None,
    };
    let media = MediaMessage {
        kind,
        timestamp: message.timestamp,
        payload: message.payload.clone(),
    };
    Some(media.class())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rtmp_core::units::{ChunkStreamId, MessageStreamId};

    use super::super::media::{Composer, Frame, Picture, headers};
    use super::*;

    fn message(track: Track, millis: u32, payload: Bytes) -> Message {
        Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(millis),
            kind: match track {
                Track::Audio => MessageType::Audio,
                Track::Video => MessageType::Video,
            },
            payload,
        }
    }

    /// A video message of ours.
    fn frame(counter: u32, is_key: bool, clock: u32) -> Message {
        let mark = Mark {
            clock,
            run: 7,
            stream: 0,
            counter,
            sent_ns: clock::now_ns(),
        };
        let picture = Picture {
            group: 0,
            place: u32::from(!is_key),
        };
        let mut composer = Composer::new(1000);
        let payload = composer.compose(Frame::Video(picture), 1000, &mark, |message| message);
        message(Track::Video, counter * 33, payload)
    }

    fn header() -> Message {
        let (track, payload) = headers(false).next().unwrap();
        message(track, 0, payload)
    }

    fn tally(messages: &[Message]) -> Tally {
        let (mut check, mut tally) = (Check::default(), Tally::new());
        for message in messages {
            check.see(message, class(message).unwrap(), &mut tally);
        }
        tally
    }

    #[test]
    fn a_stream_that_is_whole_has_no_faults_and_a_latency() {
        let id = clock::id();
        let tally = tally(&[
            header(),
            frame(60, true, id),
            frame(61, false, id),
            frame(62, false, id),
        ]);
        assert_eq!((tally.faults(), tally.time_gaps), (0, 0));
        assert_eq!((tally.messages, tally.marked, tally.key_frames), (4, 3, 1));
        assert!(tally.latency.max_ms().is_some_and(|max| max < 10_000.0));
    }

    #[test]
    fn missing_messages_are_counted_each() {
        let tally = tally(&[
            header(),
            frame(0, true, 1),
            frame(1, false, 1),
            frame(5, false, 1),
        ]);
        assert_eq!((tally.gaps, tally.order_errors), (3, 0));
    }

    #[test]
    fn a_message_twice_or_too_late_is_out_of_order() {
        let twice = tally(&[
            header(),
            frame(0, true, 1),
            frame(1, false, 1),
            frame(1, false, 1),
        ]);
        assert_eq!((twice.order_errors, twice.time_backwards), (1, 0));
        let late = tally(&[
            header(),
            frame(0, true, 1),
            frame(2, false, 1),
            frame(1, false, 1),
        ]);
        assert_eq!((late.gaps, late.order_errors, late.time_backwards), (1, 1, 1));
    }

    #[test]
    fn frames_before_the_header_or_without_a_key_frame_are_out_of_order() {
        assert_eq!(tally(&[frame(0, true, 1)]).order_errors, 1);
        assert_eq!(tally(&[header(), frame(3, false, 1)]).order_errors, 1);
    }

    #[test]
    fn faults_before_the_measured_time_are_counted_by_themselves() {
        let (mut check, mut tally) = (Check::default(), Tally::new());
        let mut see =
            |message: &Message, tally: &mut Tally| check.see(message, class(message).unwrap(), tally);
        see(&header(), &mut tally);
        see(&frame(0, true, 1), &mut tally);
        see(&frame(3, false, 1), &mut tally);
        tally.begin();
        assert_eq!((tally.messages, tally.faults(), tally.faults_before), (0, 0, 2));
        see(&frame(5, false, 1), &mut tally);
        tally.begin();
        assert_eq!((tally.gaps, tally.faults_before), (0, 3));
    }

    #[test]
    fn a_damaged_message_is_noticed() {
        let mut damaged = frame(1, false, 1);
        let mut bytes = damaged.payload.to_vec();
        bytes[150] ^= 1;
        damaged.payload = bytes.into();
        assert_eq!(tally(&[header(), frame(0, true, 1), damaged]).checksum_errors, 1);
        let mut foreign = frame(1, false, 1);
        foreign.payload = Bytes::from_static(&[0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x41]);
        assert_eq!(tally(&[header(), frame(0, true, 1), foreign]).checksum_errors, 1);
    }

    #[test]
    fn a_clock_of_another_machine_gives_no_latency() {
        let foreign = clock::id().wrapping_add(1);
        let tally = tally(&[header(), frame(0, true, foreign)]);
        assert_eq!((tally.faults(), tally.latency.max_ms()), (0, None));
    }

    #[test]
    fn somebody_elses_stream_has_nothing_to_verify_but_times() {
        let payload = Bytes::from_static(&[0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]);
        let foreign = |millis| message(Track::Video, millis, payload.clone());
        let tally = tally(&[foreign(0), foreign(40), foreign(3000), foreign(2900)]);
        assert_eq!((tally.marked, tally.gaps, tally.order_errors), (0, 0, 0));
        assert_eq!(
            (tally.time_gaps, tally.time_backwards, tally.key_frames),
            (1, 1, 4)
        );
    }
}
