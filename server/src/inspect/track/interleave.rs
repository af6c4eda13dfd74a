//! How far audio and video are apart at the same place of a stream.

use rtmp_core::media::MediaKind;
use serde::Serialize;

use crate::inspect::finding::serialize_kind;
use crate::inspect::place::Place;

/// What a player has to hold back of one before it can show the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(in crate::inspect) struct Interleave {
    /// Milliseconds by which one is ahead of the other, at most.
    pub(in crate::inspect) max_distance_ms: u64,
    /// Which one is ahead there.
    #[serde(serialize_with = "serialize_kind")]
    pub(in crate::inspect) ahead: MediaKind,
    /// Where that is.
    #[serde(flatten)]
    pub(in crate::inspect) place: Place,
}

/// A track that goes on more milliseconds later leaps. The others may come along.
const MAX_STEP: i64 = 1000;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InterleaveReader {
    audio: Option<i64>,
    video: Option<i64>,
    most: Option<Interleave>,
}

impl InterleaveReader {
    /// A frame of this time stands at this place.
    pub(super) fn take(&mut self, kind: MediaKind, millis: i64, place: Place) {
        let own = match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
            MediaKind::Data => return,
        };
        let step = own.replace(millis).map_or(0, |before| millis - before);
        if !(0..=MAX_STEP).contains(&step) {
            // The stream begins anew, or leaps, and the other kind has not yet.
            let other = match kind {
                MediaKind::Audio => &mut self.video,
                _ => &mut self.audio,
            };
            *other = None;
        }
        let (Some(audio), Some(video)) = (self.audio, self.video) else {
            return;
        };
        let max_distance_ms = audio.abs_diff(video);
        if self
            .most
            .is_none_or(|most| most.max_distance_ms < max_distance_ms)
        {
            let ahead = if audio > video {
                MediaKind::Audio
            } else {
                MediaKind::Video
            };
            self.most = Some(Interleave {
                max_distance_ms,
                ahead,
                place,
            });
        }
    }

    pub(super) const fn finish(self) -> Option<Interleave> {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_distance_has_its_place() {
        let mut reader = InterleaveReader::default();
        let place = |byte| Place { byte, time: None };
        reader.take(MediaKind::Video, 0, place(1));
        reader.take(MediaKind::Video, 900, place(2));
        assert_eq!(reader.finish(), None, "there was no audio yet");
        reader.take(MediaKind::Audio, 880, place(3));
        reader.take(MediaKind::Audio, 1000, place(4));
        reader.take(MediaKind::Video, 940, place(5));
        let most = reader.finish().unwrap();
        assert_eq!(
            (most.max_distance_ms, most.ahead, most.place),
            (100, MediaKind::Audio, place(4))
        );
    }

    #[test]
    fn where_time_goes_back_it_is_measured_anew() {
        let mut reader = InterleaveReader::default();
        let place = Place { byte: 0, time: None };
        for (kind, millis) in [
            (MediaKind::Video, 9000),
            (MediaKind::Audio, 9010),
            (MediaKind::Video, 0),
            (MediaKind::Audio, 20),
        ] {
            reader.take(kind, millis, place);
        }
        assert_eq!(reader.finish().unwrap().max_distance_ms, 20);
    }

    #[test]
    fn where_all_leap_it_is_measured_anew() {
        let mut reader = InterleaveReader::default();
        let place = Place { byte: 0, time: None };
        for (kind, millis) in [
            (MediaKind::Video, 0),
            (MediaKind::Audio, 10),
            (MediaKind::Video, 9000),
            (MediaKind::Audio, 9030),
        ] {
            reader.take(kind, millis, place);
        }
        assert_eq!(reader.finish().unwrap().max_distance_ms, 30);
    }
}
