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
fn no_kind_goes_back_where_the_other_one_comes_first() {
    let mut relay = Relay::new();
    relay.send([key(60_000, 1), audio(60_020, 1), inter(60_040, 2)]);
    relay.timeline.restart();
    relay.sleep(100);
    // Audio half a second ahead: there was less time than that.
    let anew = [audio(500, 2), key(0, 3), inter(40, 4), audio(523, 3)];
    assert_eq!(
        relay.send(anew),
        [Some(60_140), Some(60_041), Some(60_081), Some(60_564)]
    );
}

/// Three groups of pictures of a second each, with audio.
fn clip() -> Vec<MediaMessage> {
    let frame = |number: u8| match number % 5 {
        0 => key(u32::from(number) * 200, number),
        _ => inter(u32::from(number) * 200, number),
    };
    let frames = (0..15).map(|number| [frame(number), audio(u32::from(number) * 200 + 10, number)]);
    frames.flatten().collect()
}

#[test]
fn a_file_that_begins_anew_is_delivered_anew() {
    let mut relay = Relay::new();
    relay.send(clip());
    for _ in 0..2 {
        relay.timeline.restart();
        relay.sleep(300);
        assert!(relay.send(clip()).iter().all(Option::is_some));
    }
}

#[test]
fn what_a_server_has_kept_comes_faster_than_it_is_played() {
    // One group of pictures of twelve seconds, and the next.
    let group = |start| {
        let inter = move |number: u8| inter(start + u32::from(number) * 200, number);
        let frames =
            (1..60).map(move |number| [inter(number), audio(start + u32::from(number) * 200, number)]);
        [key(start, 0)].into_iter().chain(frames.flatten())
    };
    // All at once, over a line on which it takes four seconds, and as it is played.
    for (pause, is_kept) in [(0, true), (66, true), (200, false)] {
        let mut relay = Relay::new();
        relay.send(group(0));
        relay.timeline.restart();
        relay.sleep(100);
        let mut again = group(0).chain(group(12_000)).map(|message| {
            relay.sleep(pause / 2);
            relay.send([message])[0]
        });
        let delivered = again.by_ref().take(119).flatten().count();
        assert_eq!(delivered == 0, is_kept, "{pause}: {delivered}");
        // Of what is found not to be kept, sound goes on at once, and pictures with the next key frame.
        assert!(again.all(|at| at.is_some()), "{pause}");
    }
}

#[test]
fn only_so_many_frames_are_remembered() {
    let mut relay = Relay::new();
    relay.send((0..3000).map(|millis| audio(millis, 1)));
    assert_eq!(relay.timeline.delivered.len(), Delivered::MOST);
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
