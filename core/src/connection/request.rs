//! What is asked for by the requests that can be refused, in the words of both sides.

use crate::units::Timestamp;

/// What is asked for by a request that can be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// To use an application.
    Connect,
    /// To publish.
    Publish,
    /// To play.
    Play,
}

impl RequestKind {
    /// The command that asks for it.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Publish => "publish",
            Self::Play => "play",
        }
    }
}

/// What `publish` asks for (RTMP 1.0 §7.2.2.6). A live server treats them alike; a recorder need not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishMode {
    /// Live only. Also for a missing or unknown type.
    #[default]
    Live,
    /// Recorded to a new file.
    Record,
    /// Recorded to the end of a file.
    Append,
}

impl PublishMode {
    /// The publishing type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Record => "record",
            Self::Append => "append",
        }
    }
}

/// Where `play` begins. Clients send -2, -1 or, as Flash did, the same in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlayStart {
    /// -2: the live stream, else a recording, else wait for the live stream.
    #[default]
    Any,
    /// -1: the live stream only.
    Live,
    /// A recording from this position. rtmpdump asks live streams for position 0.
    Recorded(Timestamp),
}
