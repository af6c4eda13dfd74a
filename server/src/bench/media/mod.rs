//! The media that a load publishes: H.264 and AAC, gray and silent, as long as they are to be, each message marked so that
//! a player can tell whether it came whole, in order and in time.

mod composer;
mod headers;
mod mark;
mod picture;
mod shape;
mod sound;

pub(super) use composer::Composer;
pub(super) use headers::{headers, metadata};
pub(super) use mark::{Found, Mark};
pub(super) use picture::Picture;
pub(super) use shape::{BitRate, Shape};

/// One of the two that a stream has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// AAC, 43 messages a second.
    Audio,
    /// H.264.
    Video,
}

impl Track {
    /// Where a message's mark is.
    pub(super) const fn mark_at(self) -> usize {
        match self {
            Self::Audio => sound::MARK_AT,
            Self::Video => picture::MARK_AT,
        }
    }
}

/// What a message is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Silence.
    Audio,
    /// A gray picture.
    Video(Picture),
}

impl Frame {
    pub(super) const fn track(self) -> Track {
        match self {
            Self::Audio => Track::Audio,
            Self::Video(_) => Track::Video,
        }
    }
}
