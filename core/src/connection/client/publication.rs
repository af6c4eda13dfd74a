//! What a stream that publishes has said of itself, and says again to the next server.

use std::time::{Duration, Instant};

use crate::media::{Class, MediaKind, MediaMessage};

/// How long a stream with video waits for the key frame with which it goes on at another server. There are streams that have
/// none: they refresh their pictures piece by piece.
const UNTIL_KEYFRAME: Duration = Duration::from_secs(10);

/// What a server has to have heard before a stream's next frame means anything to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Publication {
    /// The headers in force, in the order in which they came: metadata, and one of each class.
    headers: Vec<(Class, MediaMessage)>,
    has_video: bool,
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

    /// Takes note of a message that is to be sent. `max_headers`: bytes of headers that are kept.
    pub(super) fn take(&mut self, message: &MediaMessage, max_headers: usize, now: Instant) -> Turn {
        let class = message.class();
        self.has_video |= message.kind == MediaKind::Video && class != Class::Empty;
        let is_kept = self.keep(class, message, max_headers);
        let is_over = match self.resumption {
            Resumption::Done => return Turn::Send,
            // What is not kept has to be said now or never.
            _ if class.is_header() => return if is_kept { Turn::LeaveOut } else { Turn::Send },
            Resumption::Due => false,
            Resumption::Awaited(since) => now.saturating_duration_since(since) >= UNTIL_KEYFRAME,
        };
        if class == Class::Keyframe || is_over || (!self.has_video && class != Class::ClearMetadata) {
            self.resumption = Resumption::Done;
            return Turn::Resume(self.headers.iter().map(|(_, header)| header.clone()).collect());
        }
        if let Resumption::Due = self.resumption {
            self.resumption = Resumption::Awaited(now);
        }
        Turn::LeaveOut
    }

    /// Whether the message is a header, and is kept.
    fn keep(&mut self, class: Class, message: &MediaMessage, max_headers: usize) -> bool {
        if class == Class::ClearMetadata {
            self.headers.retain(|(known, _)| *known != Class::Metadata);
        }
        if !class.is_header() {
            return false;
        }
        // A new one stands behind all others.
        self.headers.retain(|(known, _)| *known != class);
        let kept: usize = self.headers.iter().map(|(_, header)| header.payload.len()).sum();
        let has_room = kept.saturating_add(message.payload.len()) <= max_headers;
        if has_room {
            self.headers.push((class, message.clone()));
        }
        has_room
    }
}
