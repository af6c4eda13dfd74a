//! What a session tells its driver: for logs, counters, and answers that take time.

use std::time::Duration;

use crate::chunk;
use crate::connection::server::{PublishMode, RequestId, StreamName};
use crate::hub::StreamKey;
use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// Something that an operator or a host may want to know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// The client may use its application: see [`ServerSession::connect`](super::ServerSession::connect).
    Connected,
    /// The policy answered [`Decision::Later`](super::Decision::Later): call
    /// [`ServerSession::decide`](super::ServerSession::decide).
    Asked {
        /// Names the request in the answer.
        request: RequestId,
        /// What is asked for.
        what: Asked,
    },
    /// A stream is published.
    Publishing {
        /// Which.
        key: StreamKey,
        /// With the query that the publisher gave.
        name: StreamName,
        /// What `publish` asked for.
        mode: PublishMode,
    },
    /// A stream is played. Not yet, while a player waits for its publisher.
    Playing {
        /// Which.
        key: StreamKey,
        /// With the query that the player gave.
        name: StreamName,
    },
    /// A player waits for its publisher.
    Waiting {
        /// Which stream's.
        key: StreamKey,
    },
    /// A player was too slow and goes on nearer to the source.
    Skipped {
        /// What it plays.
        key: StreamKey,
        /// Messages that it will never be sent.
        messages: u64,
    },
    /// Publishing or playing has ended.
    Stopped {
        /// What was published or played.
        key: StreamKey,
        /// Which of the two.
        role: Role,
        /// How it went.
        summary: Summary,
    },
    /// A request was refused; the peer has been told.
    Refused {
        /// What was to be published or played; `None` for a `connect`, and for a name that can't be read.
        key: Option<StreamKey>,
        /// Why.
        reason: String,
    },
    /// A message for somebody else: shared objects, commands of an application, unknown types.
    Message(chunk::Message),
}

/// What a request that waits for an answer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// To use an application.
    Connect,
    /// To publish.
    Publish(StreamKey, StreamName),
    /// To play.
    Play(StreamKey, StreamName),
}

/// The side of a stream that a peer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It publishes.
    Publisher,
    /// It plays.
    Player,
}

/// A publish or play in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Messages published, or handed to the player.
    pub messages: u64,
    /// Bytes of payload published; bytes handed to a player with their chunk headers.
    pub bytes: u64,
    /// From [`SessionEvent::Publishing`] or [`SessionEvent::Playing`] to [`SessionEvent::Stopped`].
    pub duration: Duration,
    /// Messages that a player was never sent because it was too slow.
    pub skipped: u64,
    /// The codec of the published video, as its tags say.
    pub video: Option<VideoCodec>,
    /// The codec of the published audio, as its tags say.
    pub audio: Option<AudioCodec>,
}
