//! What a stream that publishes has said of itself, and says again to the next server.

use std::time::{Duration, Instant};

use crate::media::{Class, Headers, MediaKind, MediaMessage};

/// How long a stream with video waits for the key frame with which it goes on at another server. There are streams that have
/// none: they refresh their pictures piece by piece.
const UNTIL_RESUMED: Duration = Duration::from_secs(10);

/// What a server has to have heard before a stream's next frame means anything to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Publication {
    headers: Headers,
    has_video: bool,
    /// Of the default track: where there is one, it says where to begin.
    has_key_frame: bool,
    resumption: Resumption,
}

/// How far a stream has come at this server.
#[derive(Clone, Copy, Debug, Default)]
enum Resumption {
    /// All that is said goes out.
    #[default]
    Done,
    /// The server has heard nothing of what was said to the one before it.
    Due,
    /// A key frame is waited for, since then.
    Awaited(Instant),
}

/// What becomes of a message.
#[derive(Debug, PartialEq)]
pub(super) enum Turn {
    /// It is sent.
    Send,
    /// It is sent behind these, which are sent at its time.
    Resume(Vec<MediaMessage>),
    /// It is not: it means nothing without what went before it, or will be said with the next frame.
    LeaveOut,
}

impl Publication {
    /// One of which nothing has been said. `max_headers`: bytes of headers that are kept.
    pub(super) fn new(max_headers: usize) -> Self {
        Self {
            headers: Headers::new(max_headers),
            ..Self::default()
        }
    }

    /// The same, at a server that has heard nothing of it.
    pub(super) fn elsewhere(&self) -> Self {
        let has_begun = self.has_video || !self.headers.is_empty();
        Self {
            resumption: if has_begun {
                Resumption::Due
            } else {
                Resumption::Done
            },
            ..self.clone()
        }
    }

    /// Takes note of a message that is to be sent.
    pub(super) fn take(&mut self, message: &MediaMessage, now: Instant) -> Turn {
        let class = message.class();
        self.has_video |= message.kind == MediaKind::Video && class != Class::Empty;
        let is_start = self.may_begin_with(class);
        self.has_key_frame |= class == Class::Keyframe;
        let is_kept = self.headers.note_as(class, message);
        let is_over = match self.resumption {
            Resumption::Done => return Turn::Send,
            // What is not kept has to be said now or never.
            _ if class.is_header() => return if is_kept { Turn::LeaveOut } else { Turn::Send },
            Resumption::Due => false,
            Resumption::Awaited(since) => now.saturating_duration_since(since) >= UNTIL_RESUMED,
        };
        if is_start || is_over || (!self.has_video && class != Class::ClearMetadata) {
            self.resumption = Resumption::Done;
            return Turn::Resume(self.headers.iter().cloned().collect());
        }
        if let Resumption::Due = self.resumption {
            self.resumption = Resumption::Awaited(now);
        }
        Turn::LeaveOut
    }

    /// Whether decoders can begin with a message of this class.
    pub(super) fn may_begin_with(&self, class: Class) -> bool {
        class == Class::Keyframe || matches!(class, Class::TrackKeyframe { .. }) && !self.has_key_frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::TrackId;
    use crate::units::Timestamp;

    #[test]
    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn without_a_default_track_any_tracks_key_frame_is_one_to_begin_with() {
        let of_a_track = Class::TrackKeyframe {
            track: TrackId::new(1),
        };
        let mut publication = Publication::default();
        assert!(publication.may_begin_with(of_a_track));
        let message = MediaMessage {
            kind: MediaKind::Video,
            timestamp: Timestamp::ZERO,
            payload: b"\x17\x01\0\0\0\0\0\0\x01\x65"[..].into(),
        };
        assert_eq!(message.class(), Class::Keyframe);
        assert_eq!(publication.take(&message, Instant::now()), Turn::Send);
        assert!(!publication.may_begin_with(of_a_track));
        assert!(publication.may_begin_with(Class::Keyframe));
    }
}
