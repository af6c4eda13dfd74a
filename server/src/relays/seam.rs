//! Where a stream goes on at a server that has had what went before.

use rtmp_core::hub::KEYLESS_AFTER;
use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

use crate::timeline::is_frame;

/// Leaves out what a server has been sent on an earlier connection, so that its time never goes back: sound and data go on
/// behind the last that were sent, and video with the first key frame behind it, since a decoder there begins from nothing.
///
/// What is kept of the stream comes first, and only that can have been sent before. Also there, what lies so far before that
/// it can't be the same again is on a new line of time, of an encoder that has begun anew: it passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Seam {
    audio: Track,
    video: Track,
    data: Track,
    /// Video has yet to go on.
    start: Option<Start>,
    /// There are key frames of the default track: these say where to begin.
    has_default_track: bool,
}

/// The messages of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    /// The time of the newest that was sent.
    last: Option<Timestamp>,
    /// Those that come may have been sent before.
    is_again: bool,
}

/// Where video goes on.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    has_key_frame: bool,
    /// Frames since the last key frame.
    since: u32,
}

/// Frames come again from so far back at most: no server keeps more of a stream that plays.
const NEW_LINE_MILLIS: i32 = 60_000;

/// What steps back by less is on the same line of time: tracks that take turns do.
const JITTER_MILLIS: i32 = 1000;

impl Seam {
    /// What follows is for another connection, and begins with what is kept of the stream.
    pub(super) fn open(&mut self) {
        for track in self.tracks() {
            track.is_again = track.last.is_some();
        }
        self.start = self.video.last.map(|_| Start::default());
    }

    /// All that was kept of the stream has come. Nobody has been sent what follows, whatever its time.
    pub(super) fn catch_up(&mut self) {
        for track in self.tracks() {
            track.is_again = false;
        }
    }

    const fn tracks(&mut self) -> [&mut Track; 3] {
        [&mut self.audio, &mut self.video, &mut self.data]
    }

    const fn track(&mut self, kind: MediaKind) -> &mut Track {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
            MediaKind::Data => &mut self.data,
        }
    }

    /// The message as it is to be sent; `None` if it is not.
    pub(super) fn take(&mut self, message: MediaMessage) -> Option<MediaMessage> {
        let class = message.class();
        if class.is_header() {
            return Some(self.beside(message));
        }
        self.has_default_track |= class == Class::Keyframe;
        let has_started = match (&mut self.start, class) {
            (None, _) => true,
            (Some(start), Class::Keyframe) => start.at_key_frame(),
            (Some(start), Class::TrackKeyframe { .. }) if !self.has_default_track => start.at_key_frame(),
            (Some(start), _) if class.is_video_frame() => start.elsewhere(),
            // Nobody knows what depends on what, where nothing is understood.
            (Some(_), _) => true,
        };
        (has_started && self.track(message.kind).is_new(message.timestamp)).then_some(message)
    }

    /// Takes note of a message that has been sent.
    pub(super) fn sent(&mut self, kind: MediaKind, class: Class, timestamp: Timestamp) {
        let is_timed = is_frame(class) || class == Class::Data;
        if !is_timed {
            return;
        }
        self.track(kind).sent(timestamp);
        if kind == MediaKind::Video {
            self.start = None;
        }
    }

    /// Headers are sent again, but not at the time of a frame that is left out. Metadata are always at zero.
    fn beside(&mut self, message: MediaMessage) -> MediaMessage {
        let kind = message.kind;
        match self.track(kind) {
            Track {
                last: Some(last),
                is_again: true,
            } if kind != MediaKind::Data => MediaMessage {
                timestamp: *last,
                ..message
            },
            _ => message,
        }
    }
}

impl Track {
    /// Whether a message of this time has not been sent.
    fn is_new(&self, timestamp: Timestamp) -> bool {
        match self.last {
            Some(last) if self.is_again => !(-NEW_LINE_MILLIS..=0).contains(&timestamp.since(last)),
            _ => true,
        }
    }

    fn sent(&mut self, timestamp: Timestamp) {
        let is_before = |last: &Timestamp| (-JITTER_MILLIS..0).contains(&timestamp.since(*last));
        self.last = self.last.filter(is_before).or(Some(timestamp));
        self.is_again = false;
    }
}

/// Whether the server can decode a frame, if it is sent this one and those that follow.
impl Start {
    const fn at_key_frame(&mut self) -> bool {
        self.has_key_frame = true;
        self.since = 0;
        true
    }

    /// Of a stream that has key frames, what is kept begins with one.
    const fn elsewhere(&mut self) -> bool {
        self.since = self.since.saturating_add(1);
        !self.has_key_frame || self.since >= KEYLESS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{audio, header, inter, key, message};

    fn data(millis: u32) -> MediaMessage {
        message(MediaKind::Data, millis, b"\x02\0\x0AonCuePoint\x05")
    }

    /// A key frame of AVC, multitrack: one track, coded frames, track 1.
    fn track_key(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x96\x03avc1\x01\0\0\0\x02\x65\x88")
    }

    /// The times of those that are sent.
    fn send(seam: &mut Seam, messages: impl IntoIterator<Item = MediaMessage>) -> Vec<u32> {
        let sent = messages.into_iter().filter_map(|message| {
            let message = seam.take(message)?;
            seam.sent(message.kind, message.class(), message.timestamp);
            Some(message.timestamp.as_millis())
        });
        sent.collect()
    }

    #[test]
    fn the_first_connection_is_sent_everything() {
        let mut seam = Seam::default();
        seam.open();
        let all = [header(0), audio(0), inter(10), key(40), audio(20), inter(30)];
        assert_eq!(send(&mut seam, all), [0, 0, 10, 40, 20, 30]);
    }

    #[test]
    fn sound_goes_on_behind_the_last_and_video_with_the_next_key_frame() {
        let mut seam = Seam::default();
        send(&mut seam, [key(1000), audio(1010), inter(1040), audio(1033)]);
        seam.open();
        let kept = [key(1000), audio(1010), inter(1040), audio(1033), inter(1080)];
        assert!(send(&mut seam, kept).is_empty());
        let goes_on = [
            audio(1056),
            inter(1120),
            key(2000),
            audio(1079),
            inter(2040),
            inter(2030),
        ];
        assert_eq!(send(&mut seam, goes_on), [1056, 2000, 1079, 2040, 2030]);
    }

    #[test]
    fn a_connection_that_fails_at_once_changes_nothing() {
        let mut seam = Seam::default();
        send(&mut seam, [key(1000), inter(1040)]);
        for _ in 0..2 {
            seam.open();
            assert!(send(&mut seam, [key(1000), inter(1040), inter(1080)]).is_empty());
        }
        // It has been let through, and its connection was lost before it was sent.
        assert!(seam.take(key(2000)).is_some());
        seam.open();
        assert_eq!(send(&mut seam, [key(2000), inter(2040)]), [2000, 2040]);
    }

    #[test]
    fn headers_come_again_and_not_before_the_last_frame() {
        let mut seam = Seam::default();
        send(&mut seam, [header(0), key(1000), inter(1960)]);
        seam.open();
        assert_eq!(send(&mut seam, [header(1000), key(1000)]), [1960]);
        assert_eq!(
            send(&mut seam, [key(3000), header(3000), header(0)]),
            [3000, 3000, 0]
        );
    }

    #[test]
    fn a_new_line_of_time_is_sent() {
        let mut seam = Seam::default();
        send(&mut seam, [key(100_000), audio(100_000)]);
        seam.open();
        assert_eq!(send(&mut seam, [key(0), audio(10), inter(40)]), [0, 10, 40]);
    }

    #[test]
    fn what_comes_behind_all_that_is_kept_is_sent_whatever_its_time() {
        let mut seam = Seam::default();
        send(&mut seam, [key(20_000), audio(20_020), inter(20_040)]);
        seam.open();
        assert!(send(&mut seam, [key(20_000), audio(20_020), inter(20_040)]).is_empty());
        seam.catch_up();
        // The encoder's clock begins anew.
        let goes_on = [audio(0), inter(10), key(40), inter(80)];
        assert_eq!(send(&mut seam, goes_on), [0, 40, 80]);
    }

    #[test]
    fn data_and_what_is_said_beside_frames_are_sent_once() {
        let (cue, at_zero) = (data(1020), data(0));
        // AVC, frame type 1, end of sequence.
        let end = message(MediaKind::Video, 1040, b"\x17\x02\0\0\0");
        let all = [key(1000), cue.clone(), inter(1040), end.clone()];
        let mut seam = Seam::default();
        assert_eq!(send(&mut seam, all), [1000, 1020, 1040, 1040]);
        seam.open();
        let kept = [key(1000), cue, inter(1040), end, data(1060), key(2000)];
        assert_eq!(send(&mut seam, kept), [1060, 2000]);
        send(&mut seam, [at_zero.clone()]);
        seam.open();
        assert!(send(&mut seam, [at_zero.clone()]).is_empty());
        seam.catch_up();
        assert_eq!(send(&mut seam, [at_zero]), [0]);
    }

    #[test]
    fn the_last_is_the_newest_also_where_tracks_take_turns() {
        let mut seam = Seam::default();
        send(&mut seam, [audio(1046), audio(1023)]);
        seam.open();
        assert_eq!(send(&mut seam, [audio(1046), audio(1023), audio(1069)]), [1069]);
    }

    #[test]
    fn time_wraps() {
        let mut seam = Seam::default();
        send(&mut seam, [audio(u32::MAX - 10)]);
        seam.open();
        assert_eq!(send(&mut seam, [audio(u32::MAX - 10), audio(12)]), [12]);
    }

    #[test]
    fn a_stream_without_key_frames_goes_on_with_any() {
        let mut seam = Seam::default();
        send(&mut seam, [inter(1000), inter(1040)]);
        seam.open();
        assert_eq!(send(&mut seam, [inter(1040), inter(1080)]), [1080]);

        let mut seam = Seam::default();
        send(&mut seam, [key(0), inter(40)]);
        seam.open();
        let without = [key(0)].into_iter().chain((1..=700).map(|n| inter(n * 40)));
        assert_eq!(send(&mut seam, without)[0], KEYLESS_AFTER * 40);
    }

    #[test]
    fn another_tracks_key_frame_is_one_to_begin_with_where_there_is_no_default_track() {
        assert!(matches!(track_key(0).class(), Class::TrackKeyframe { .. }));
        let mut seam = Seam::default();
        send(&mut seam, [track_key(0)]);
        seam.open();
        assert_eq!(send(&mut seam, [track_key(0), track_key(40)]), [40]);
        send(&mut seam, [key(1000)]);
        seam.open();
        assert_eq!(send(&mut seam, [key(1000), track_key(1040), key(2000)]), [2000]);
    }
}
