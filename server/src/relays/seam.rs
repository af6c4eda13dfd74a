//! Where a stream goes on at a server that has had what went before.

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

use crate::timeline::is_frame;

/// Leaves out what a server has been sent on an earlier connection, so that its time never goes back: sound goes on behind
/// the last that was sent, and video with the first key frame behind it, since a decoder there begins from nothing.
///
/// What lies so far before that it can't be the same again is on a new line of time, of an encoder that has begun anew: it
/// passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Seam {
    audio: Track,
    video: Track,
    /// There are key frames of the default track: these say where to begin.
    has_default_track: bool,
}

/// The frames of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    /// When the newest that was sent is shown.
    last: Option<Timestamp>,
    /// Those that come may have been sent before.
    again: Option<Again>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Again {
    has_key_frame: bool,
    /// Frames since the last key frame.
    since: u32,
}

/// Frames come again from so far back at most: no server keeps more of a stream that plays.
const NEW_LINE_MILLIS: i32 = 60_000;

/// A stream that sends so many frames of video without a key frame has none to wait for: it refreshes its picture piece by
/// piece. The hub thinks so, too.
const KEYLESS_AFTER: u32 = 600;

impl Seam {
    /// What follows is for another connection, and begins with what is kept of the stream.
    pub(super) fn open(&mut self) {
        for track in [&mut self.audio, &mut self.video] {
            track.again = track.last.map(|_| Again::default());
        }
    }

    /// The message as it is to be sent; `None` if it is not.
    pub(super) fn take(&mut self, message: MediaMessage) -> Option<MediaMessage> {
        let class = message.class();
        self.has_default_track |= class == Class::Keyframe;
        let passes = match message.kind {
            _ if !is_frame(class) => return Some(self.beside(message, class)),
            MediaKind::Audio => self.audio.is_new(message.timestamp),
            MediaKind::Video => {
                let starts = match class {
                    Class::Keyframe => true,
                    Class::TrackKeyframe { .. } => !self.has_default_track,
                    _ => false,
                };
                // Nobody knows what depends on what, where nothing is understood.
                let may_start = self.video.may_start(starts) || class == Class::Opaque;
                may_start && self.video.is_new(message.timestamp)
            }
            MediaKind::Data => true,
        };
        passes.then_some(message)
    }

    /// Takes note of a message that has been sent.
    pub(super) fn sent(&mut self, kind: MediaKind, class: Class, timestamp: Timestamp) {
        let track = match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
            MediaKind::Data => return,
        };
        if is_frame(class) {
            *track = Track {
                last: Some(timestamp),
                again: None,
            };
        }
    }

    /// Headers are sent again, but not at the time of a frame that is left out. Metadata are always at zero.
    fn beside(&self, message: MediaMessage, class: Class) -> MediaMessage {
        let track = match message.kind {
            MediaKind::Audio => self.audio,
            MediaKind::Video => self.video,
            MediaKind::Data => return message,
        };
        match track.last {
            Some(last) if track.again.is_some() && class.is_header() => MediaMessage {
                timestamp: last,
                ..message
            },
            _ => message,
        }
    }
}

impl Track {
    /// Whether a frame of this time has not been sent.
    fn is_new(&self, timestamp: Timestamp) -> bool {
        match (self.again, self.last) {
            (Some(_), Some(last)) => !(-NEW_LINE_MILLIS..=0).contains(&timestamp.since(last)),
            _ => true,
        }
    }

    /// Whether the server can decode a frame of video, if it is sent this one and those that follow.
    fn may_start(&mut self, starts: bool) -> bool {
        let Some(again) = &mut self.again else {
            return true;
        };
        if starts {
            *again = Again {
                has_key_frame: true,
                since: 0,
            };
            return true;
        }
        again.since = again.since.saturating_add(1);
        // Of a stream that has key frames, what is kept begins with one.
        !again.has_key_frame || again.since >= KEYLESS_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(millis),
            payload: payload.into(),
        }
    }

    /// AVC, frame type 1, coded frames.
    fn key(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x17\x01\0\0\0\0\0\0\x01\x65")
    }

    /// The same with frame type 2.
    fn inter(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x27\x01\0\0\0\0\0\0\x01\x41")
    }

    fn audio(millis: u32) -> MediaMessage {
        message(MediaKind::Audio, millis, b"\xAF\x01\x21")
    }

    /// The sequence header of AVC.
    fn header(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF")
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
