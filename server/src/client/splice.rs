//! Streams one behind the other on one line of time.

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

/// Puts pieces of streams one behind the other: the rounds of a file, or an encoder's stream and the next one. No piece
/// begins before the last one has ended, so whoever plays them sees one stream.
///
/// Timestamps of the first piece pass as they are. Those of a later one are all moved by the same distance, so that audio
/// and video stay together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splice {
    piece: Piece,
    video: Track,
    audio: Track,
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Its first frame is yet to come. `None`: that will stay where it is.
    Due { start: Option<i64> },
    Running {
        /// Nothing of the piece is earlier.
        start: i64,
        /// The newest frame: its timestamp, and its place.
        newest: (Timestamp, i64),
    },
}

impl Default for Piece {
    fn default() -> Self {
        Self::Due { start: None }
    }
}

/// The frames of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    /// The place of the last.
    last: Option<i64>,
    /// Milliseconds from the one before it.
    step: i64,
}

/// A frame lasts as long as the one before it did, but no longer than this: a longer step is a gap.
const MAX_FRAME_MILLIS: i64 = 1000;

/// Audio and video of one stream are not farther apart. A frame that lies farther back begins another stream: files are put
/// together of several, and encoders begin anew.
const MAX_STEP_BACK_MILLIS: i64 = 5000;

impl Splice {
    /// Whose first piece begins at zero, wherever it began.
    pub(crate) fn from_zero() -> Self {
        Self {
            piece: Piece::Due { start: Some(0) },
            ..Self::default()
        }
    }

    /// The next frame begins a piece.
    pub(crate) fn begin(&mut self) {
        if let start @ Some(_) = self.video.end().max(self.audio.end()) {
            self.piece = Piece::Due { start };
        }
    }

    /// The place of a message on the line of time: milliseconds that do not wrap.
    pub(crate) fn place(&mut self, message: &MediaMessage) -> i64 {
        let timestamp = message.timestamp;
        let is_frame = is_frame(message.class());
        let (start, (newest, at)) = match self.piece {
            Piece::Running { start, newest } => (start, newest),
            Piece::Due { start } => {
                let own = i64::from(timestamp.as_millis());
                let at = start.unwrap_or(own);
                if !is_frame {
                    return at;
                }
                (start.unwrap_or_default(), (timestamp, at))
            }
        };
        let at = at.saturating_add(timestamp.since(newest).into());
        if is_frame && at < self.last().unwrap_or(at).saturating_sub(MAX_STEP_BACK_MILLIS) {
            self.begin();
            return self.place(message);
        }
        let newest = (timestamp, at);
        // What lies before the start is put there; it is a matter of some frames of the other kind.
        let at = at.max(start);
        if is_frame {
            self.piece = Piece::Running { start, newest };
            match message.kind {
                MediaKind::Video => self.video.push(at),
                MediaKind::Audio => self.audio.push(at),
                MediaKind::Data => {}
            }
        }
        at
    }

    /// The same message at its place.
    pub(crate) fn put(&mut self, message: MediaMessage) -> MediaMessage {
        MediaMessage {
            timestamp: timestamp(self.place(&message)),
            ..message
        }
    }

    /// The place of the latest frame.
    pub(crate) fn last(&self) -> Option<i64> {
        self.video.last.max(self.audio.last)
    }
}

impl Track {
    fn push(&mut self, at: i64) {
        let step = at.saturating_sub(self.last.unwrap_or(at));
        if step >= 0 {
            self.last = Some(at);
        }
        if (1..=MAX_FRAME_MILLIS).contains(&step) {
            self.step = step;
        }
    }

    fn end(&self) -> Option<i64> {
        self.last.map(|last| last.saturating_add(self.step.max(1)))
    }
}

/// A place as a timestamp, which wraps.
pub(crate) const fn timestamp(place: i64) -> Timestamp {
    // The low 32 bits are what is asked for.
    Timestamp::from_millis(place as u32)
}

/// Whether a message has a time of its own. That of others is often 0, or that of when they were first sent.
pub(crate) fn is_frame(class: Class) -> bool {
    matches!(
        class,
        Class::Keyframe
            | Class::TrackKeyframe { .. }
            | Class::Inter
            | Class::Disposable
            | Class::Audio
            | Class::Opaque
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(millis),
            payload: payload.into(),
        }
    }

    fn video(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x27\x01\0\0\0\0\0\0\x01\x41")
    }

    fn audio(millis: u32) -> MediaMessage {
        message(MediaKind::Audio, millis, b"\xAF\x01\x21")
    }

    /// AVC's sequence header.
    fn header(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF")
    }

    fn places(splice: &mut Splice, messages: &[MediaMessage]) -> Vec<i64> {
        messages.iter().map(|message| splice.place(message)).collect()
    }

    #[test]
    fn the_first_piece_stays_where_it_is() {
        let mut splice = Splice::default();
        let piece = [header(0), video(90_000), audio(89_980), video(90_040)];
        assert_eq!(places(&mut splice, &piece), [0, 90_000, 89_980, 90_040]);
    }

    #[test]
    fn a_round_begins_when_the_last_frame_of_the_one_before_has_been_shown() {
        let mut splice = Splice::default();
        let piece = [header(0), video(0), audio(0), video(40), audio(23), video(80)];
        assert_eq!(places(&mut splice, &piece), [0, 0, 0, 40, 23, 80]);
        splice.begin();
        assert_eq!(places(&mut splice, &piece), [120, 120, 120, 160, 143, 200]);
        splice.begin();
        assert_eq!(splice.place(&video(0)), 240);
    }

    #[test]
    fn headers_do_not_tell_where_a_piece_begins() {
        let mut splice = Splice::from_zero();
        // A player who joins late is sent headers as old as the stream.
        let piece = [
            header(0),
            video(90_000),
            audio(89_990),
            video(90_040),
            header(90_040),
        ];
        assert_eq!(places(&mut splice, &piece), [0, 0, 0, 40, 40]);
    }

    #[test]
    fn what_begins_before_its_piece_is_put_at_the_beginning() {
        let mut splice = Splice::default();
        places(&mut splice, &[video(0), audio(0), video(40)]);
        splice.begin();
        assert_eq!(
            places(&mut splice, &[video(500), audio(480), audio(503)]),
            [80, 80, 83]
        );
    }

    #[test]
    fn an_encoder_that_begins_anew_begins_a_piece() {
        let mut splice = Splice::default();
        let anew = [video(60_000), video(60_040), video(0), audio(10), video(40)];
        assert_eq!(
            places(&mut splice, &anew),
            [60_000, 60_040, 60_080, 60_090, 60_120]
        );
    }

    #[test]
    fn a_step_back_within_a_stream_is_left_to_it() {
        let mut splice = Splice::default();
        let piece = [video(10_000), audio(6000), video(10_040), video(9000)];
        assert_eq!(places(&mut splice, &piece), [10_000, 6000, 10_040, 9000]);
    }

    #[test]
    fn timestamps_wrap_and_places_do_not() {
        let mut splice = Splice::default();
        let end = u32::MAX - 19;
        let wrapping = places(&mut splice, &[video(end), video(end.wrapping_add(40))]);
        assert_eq!(wrapping, [0xFFFF_FFEC, 0x1_0000_0014]);
        assert_eq!(timestamp(wrapping[1]), Timestamp::from_millis(20));
        splice.begin();
        let moved = splice.put(video(0));
        assert_eq!(moved.timestamp, Timestamp::from_millis(60));
    }

    #[test]
    fn without_frames_nothing_has_begun() {
        let mut splice = Splice::default();
        assert_eq!(splice.place(&header(700)), 700);
        splice.begin();
        assert_eq!((splice.place(&video(900)), splice.last()), (900, Some(900)));
    }

    proptest! {
        /// Whatever the rounds begin with, and however often they wrap.
        #[test]
        fn within_a_piece_distances_stay_and_none_begins_before_the_last_has_ended(
            pieces in prop::collection::vec((any::<u32>(), prop::collection::vec((any::<bool>(), 0..3000_u32), 1..20)), 1..6)
        ) {
            let mut splice = Splice::default();
            let mut end = i64::MIN;
            for (first, steps) in pieces {
                splice.begin();
                let mut distance = None;
                let mut at = first;
                for (is_video, step) in steps {
                    at = at.wrapping_add(step);
                    let frame = if is_video { video(at) } else { audio(at) };
                    let place = splice.place(&frame);
                    prop_assert!(place >= end, "{} behind {}", place, end);
                    prop_assert_eq!(timestamp(place), splice.clone().put(frame).timestamp);
                    let moved = timestamp(place).since(Timestamp::from_millis(at));
                    prop_assert_eq!(*distance.get_or_insert(moved), moved);
                    end = place;
                }
                // It lasts a moment.
                end += 1;
            }
        }
    }
}
