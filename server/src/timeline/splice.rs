//! Streams one behind the other on one line of time.

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

/// Puts pieces of streams one behind the other: the rounds of a file, or an encoder's stream and the next one. No piece
/// begins before the last one has ended, so whoever plays them sees one stream.
///
/// Timestamps of the first piece pass as they are. Those of a later one are all moved by the same distance, so that audio
/// and video stay together. Only where the one begins so much earlier than the other that it would lie before what there
/// is of its kind, the piece moves on by what is missing.
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
    /// The newest frame: its timestamp, and its place.
    Running { newest: (Timestamp, i64) },
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
    /// The first frame to come lies no earlier.
    floor: Option<i64>,
}

/// A frame lasts as long as the one before it did, but no longer than this: a longer step is a gap.
const MAX_FRAME_MILLIS: i64 = 1000;

/// Audio and video of one stream are not farther apart. A frame that lies farther back begins another stream: files are put
/// together of several, and encoders begin anew.
const MAX_STEP_BACK_MILLIS: i64 = 5000;

impl Splice {
    /// Whose first piece begins at zero, wherever it began.
    pub(crate) fn from_zero() -> Self {
        let track = Track {
            floor: Some(0),
            ..Track::default()
        };
        Self {
            piece: Piece::Due { start: Some(0) },
            video: track,
            audio: track,
        }
    }

    /// The next frame begins a piece.
    pub(crate) fn begin(&mut self) {
        if let start @ Some(_) = self.video.end().max(self.audio.end()) {
            self.piece = Piece::Due { start };
        }
    }

    /// The piece goes on with the next frame, but who knows where.
    pub(crate) fn go_on(&mut self) {
        self.video.raise_floor(None);
        self.audio.raise_floor(None);
    }

    /// The place of a message on the line of time: milliseconds that do not wrap.
    pub(crate) fn place(&mut self, message: &MediaMessage) -> i64 {
        self.place_behind(message, 0)
    }

    /// The same. If a piece begins with the message, it begins so many milliseconds behind the latest frame, or later.
    pub(crate) fn place_behind(&mut self, message: &MediaMessage, gap: i64) -> i64 {
        let is_frame = is_frame(message.class());
        let last = self.last();
        let at = match self.piece {
            Piece::Due { start } => {
                let start = start.max(last.map(|last| last.saturating_add(gap)));
                if is_frame && last.is_some() {
                    self.video.raise_floor(start);
                    self.audio.raise_floor(start);
                }
                start.unwrap_or_else(|| message.timestamp.as_millis().into())
            }
            Piece::Running { .. } => {
                let at = self.at(message.timestamp);
                match last {
                    Some(last) if at < last.saturating_sub(MAX_STEP_BACK_MILLIS) => {
                        if !is_frame {
                            // Encoders stamp headers with zero, whatever their clock says.
                            return last;
                        }
                        self.begin();
                        return self.place_behind(message, gap);
                    }
                    _ => at,
                }
            }
        };
        if !is_frame {
            return at;
        }
        let at = match message.kind {
            MediaKind::Video => self.video.push(at),
            MediaKind::Audio => self.audio.push(at),
            MediaKind::Data => at,
        };
        self.piece = Piece::Running {
            newest: (message.timestamp, at),
        };
        at
    }

    /// Milliseconds from the latest frame to one of this timestamp, if that belongs to the same piece.
    pub(crate) fn distance(&self, timestamp: Timestamp) -> i64 {
        self.at(timestamp).saturating_sub(self.last().unwrap_or_default())
    }

    /// The place of the latest frame.
    pub(crate) fn last(&self) -> Option<i64> {
        self.video.last.max(self.audio.last)
    }

    fn at(&self, timestamp: Timestamp) -> i64 {
        match self.piece {
            Piece::Running { newest: (newest, at) } => at.saturating_add(timestamp.since(newest).into()),
            Piece::Due { start } => start.unwrap_or_else(|| timestamp.as_millis().into()),
        }
    }
}

impl Track {
    /// Puts the next frame here, or where it may be.
    fn push(&mut self, at: i64) -> i64 {
        let at = self.floor.take().map_or(at, |floor| at.max(floor));
        let step = at.saturating_sub(self.last.unwrap_or(at));
        if step >= 0 {
            self.last = Some(at);
        }
        if (1..=MAX_FRAME_MILLIS).contains(&step) {
            self.step = step;
        }
        at
    }

    /// Nothing comes to lie before what there is, or before `start`, if there is nothing.
    fn raise_floor(&mut self, start: Option<i64>) {
        self.floor = self.last.map(|last| last.saturating_add(1)).or(start);
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
    class.is_frame() || class == Class::Opaque
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{audio, header, inter as video};

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
        // The sound is 10 ms ahead, and there is nothing before zero.
        assert_eq!(places(&mut splice, &piece), [0, 0, 0, 50, 50]);
    }

    #[test]
    fn audio_and_video_of_a_piece_stay_together() {
        let mut splice = Splice::default();
        places(
            &mut splice,
            &[video(0), audio(0), video(40), audio(23), audio(46)],
        );
        splice.begin();
        assert_eq!(
            places(&mut splice, &[video(500), audio(480), audio(503), video(540)]),
            [80, 60, 83, 120]
        );
    }

    #[test]
    fn a_piece_moves_on_if_one_kind_would_go_back() {
        let mut splice = Splice::default();
        places(&mut splice, &[video(0), audio(0), video(40), audio(23)]);
        splice.begin();
        // Of 500 ms that the audio is ahead there were 40 left.
        let piece = [audio(500), video(0), video(40), audio(523)];
        assert_eq!(places(&mut splice, &piece), [80, 41, 81, 564]);
    }

    #[test]
    fn a_piece_that_goes_on_does_not_go_back_either() {
        let mut splice = Splice::default();
        places(&mut splice, &[video(1000), audio(1010), video(1040)]);
        splice.go_on();
        assert_eq!(splice.distance(Timestamp::from_millis(1100)), 60);
        let goes_on = [audio(1100), video(960), video(1000), audio(1123)];
        assert_eq!(places(&mut splice, &goes_on), [1100, 1041, 1081, 1204]);
    }

    #[test]
    fn headers_in_the_midst_may_be_stamped_zero() {
        let mut splice = Splice::default();
        let piece = [video(60_000), header(0), video(60_040)];
        assert_eq!(places(&mut splice, &piece), [60_000, 60_000, 60_040]);
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
        assert_eq!(splice.place(&video(0)), 0x1_0000_003C);
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
