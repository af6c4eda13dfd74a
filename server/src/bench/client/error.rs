//! Why a client has to give up.

use rtmp_core::chunk::ChunkError;
use rtmp_core::handshake::HandshakeError;
use rtmp_core::message::{Command, CommandError};

use super::request::{Request, Status};

/// The server refused, or does not speak RTMP as it should. The text says what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::bench) enum ClientError {
    /// It speaks something else.
    #[error("handshake: {0}")]
    Handshake(#[from] HandshakeError),
    /// Its chunks can't be read.
    #[error("chunks: {0}")]
    Chunk(#[from] ChunkError),
    /// Its commands can't be read.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// It refused a request, or ended what it had granted.
    #[error("{request} refused: {said}")]
    Refused {
        /// Of which request.
        request: &'static str,
        /// Its words.
        said: String,
    },
    /// It answered `createStream` without a number.
    #[error("createStream answered without a message stream")]
    NoStream,
}

/// Characters of what a server says that are shown.
const SHOWN: usize = 200;

impl ClientError {
    pub(super) fn refused(request: Request, command: &Command<'_>) -> Self {
        let status = Status::of(command);
        let said = match (status.code, status.description) {
            ("", "") => "without a reason".to_owned(),
            (code, "") => code.to_owned(),
            ("", description) => description.to_owned(),
            (code, description) => format!("{code}: {description}"),
        };
        Self::Refused {
            request: request.name(),
            // It goes to a terminal.
            said: said.chars().filter(|c| !c.is_control()).take(SHOWN).collect(),
        }
    }
}
