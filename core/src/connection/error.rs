//! Why a connection is over. Every error is final: the connection stays broken.

use crate::chunk::ChunkError;
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

/// What the host did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// There is no such request, or it has been answered or withdrawn.
    #[error("no such request, or it has been answered already")]
    UnknownRequest,
    /// There is no such message stream, or it does not play.
    #[error("no such message stream, or it does not play")]
    UnknownStream,
}
