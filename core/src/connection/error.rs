//! Why a connection is over. Every error is final: the connection stays broken.

use crate::chunk::ChunkError;
use crate::connection::client::Rejection;
use crate::connection::refusal::Refusal;
use crate::connection::timers::Timer;
use crate::handshake::HandshakeError;
use crate::message::CommandError;

/// The end of a connection by a fault. It says whose: [`Error::is_peer_fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer's handshake is refused.
    #[error("handshake: {0}")]
    Handshake(#[from] HandshakeError),
    /// The peer's chunk stream can't be read any further.
    #[error("chunk stream: {0}")]
    Chunk(#[from] ChunkError),
    /// A command message is none.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The peer broke a rule of the protocol.
    #[error("the peer misbehaved: {0}")]
    PeerMisbehaved(#[from] PeerMisbehaved),
    /// The peer let a deadline pass.
    #[error("timed out: {}", .0.description())]
    TimedOut(Timer),
    /// What the peer asked for was refused; the peer has been told. The text says why, and does not name the stream:
    /// errors end up in logs, and a stream's key may be a secret.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The server refused what was asked for. The text holds the server's words, and says what can be done.
    #[error("{0}")]
    Rejected(Box<Rejection>),
    /// The server closed the connection in the place of an answer.
    #[error("the server hung up instead of answering {0}")]
    Unanswered(#[from] Unanswered),
    /// Another publisher has the peer's stream now; the peer has been told. The text does not name the stream, either.
    #[error("another publisher has taken over")]
    TakenOver,
    /// The host used the connection in a way that it can't be used.
    #[error("misuse by the host: {0}")]
    ApiMisuse(#[from] ApiMisuse),
}

impl Error {
    /// The fault is the peer's: nothing in the host needs mending.
    pub const fn is_peer_fault(&self) -> bool {
        match self {
            Self::Handshake(_)
            | Self::Chunk(_)
            | Self::Command(_)
            | Self::PeerMisbehaved(_)
            | Self::TimedOut(_)
            | Self::Refused(_)
            | Self::Rejected(_)
            | Self::Unanswered(_)
            | Self::TakenOver => true,
            Self::ApiMisuse(_) => false,
        }
    }
}

/// A rule that the peer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerMisbehaved {
    /// A command that needs a connection to an application came before `connect`.
    #[error("a command before connect")]
    CommandBeforeConnect,
    /// The bytes ended inside the handshake or inside a message.
    #[error("the connection ended in the middle of something")]
    UnexpectedEof,
    /// An aggregate holds more messages than
    /// [`Limits::max_aggregate_parts`](crate::limits::Limits::max_aggregate_parts).
    #[error("too many messages in one aggregate")]
    TooManyParts,
    /// More came than [`Limits::max_held_bytes`](crate::limits::Limits::max_held_bytes) while a request waited
    /// for the host's answer, and the driver went on reading.
    #[error("too much came before a request was answered")]
    TooMuchHeld,
}

/// What a server hung up on. Many do so where others refuse; so the text says what is mostly wrong then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// The handshake.
    #[error("the handshake: check the port, and whether it wants rtmp or rtmps")]
    Handshake,
    /// `connect`.
    #[error("connect: check the application in the URL, and from where the server lets clients in")]
    Connect,
    /// `publish`, or what comes before it.
    #[error("publish: check the stream key, and whether somebody else publishes under it")]
    Publish,
    /// `play`, or what comes before it.
    #[error("play: check the stream's name, and whether it is being published")]
    Play,
}

/// What the host did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// There is no such request, or it has been answered or withdrawn.
    #[error("no such request, or it has been answered already")]
    UnknownRequest,
    /// There is no such stream, or it does not publish or play, whichever it would have to.
    #[error("no such stream, or it does not publish or play")]
    UnknownStream,
}
