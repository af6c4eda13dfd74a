//! The media that a load publishes: shaped like H.264 and AAC, filled with nothing, each message marked so that a player
//! can tell whether it came whole, in order and in time.

mod composer;
mod headers;
mod mark;
mod shape;

pub(super) use composer::Composer;
pub(super) use headers::{headers, metadata};
pub(super) use mark::{Found, Mark};
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
    /// Where a message's mark is: behind the tag header and, in video, the NAL unit's length and header.
    pub(super) const fn mark_at(self) -> usize {
        match self {
            Self::Audio => 2,
            Self::Video => 10,
        }
    }

    /// The shortest message with a mark.
    const fn min_len(self) -> usize {
        self.mark_at() + Mark::LEN
    }
}
