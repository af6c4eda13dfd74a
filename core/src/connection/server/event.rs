//! What a server's connection tells its host.

use std::sync::Arc;

use crate::chunk::{self, Payload};
use crate::connection::refusal::Refusal;
use crate::connection::request::{PlayStart, PublishMode, RequestKind};
use crate::connection::server::connect::ConnectCommand;
use crate::connection::server::name::StreamName;
use crate::media::MediaMessage;
use crate::units::{MessageStreamId, Timestamp};

/// Names a request that waits for [`ServerConnection::accept`] or [`ServerConnection::reject`].
///
/// [`ServerConnection::accept`]: crate::connection::server::ServerConnection::accept
/// [`ServerConnection::reject`]: crate::connection::server::ServerConnection::reject
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) u32);

/// What has happened, in the order of the bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// The client wants to use an application. Nothing but this can come first; nothing else comes before it is
    /// answered.
    Connect {
        /// To be answered.
        request: RequestId,
        /// What the client says of itself; [`ServerConnection::connect`] keeps it.
        ///
        /// [`ServerConnection::connect`]: crate::connection::server::ServerConnection::connect
        connect: Arc<ConnectCommand>,
    },
    /// The client wants to publish. Its media wait in the connection until this is answered.
    Publish {
        /// To be answered.
        request: RequestId,
        /// The message stream that will carry the media.
        stream: MessageStreamId,
        /// What is published.
        name: StreamName,
        /// What the client would have done with it.
        mode: PublishMode,
    },
    /// The client wants to play.
    Play {
        /// To be answered.
        request: RequestId,
        /// The message stream that will carry the media.
        stream: MessageStreamId,
        /// What and how.
        play: PlayCommand,
    },
    /// A message of a published stream.
    Media {
        /// The message stream that it came on.
        stream: MessageStreamId,
        /// `@setDataFrame` has been taken off, and data are in AMF0.
        message: MediaMessage,
    },
    /// The client pauses its play or goes on. It has been answered.
    Pause {
        /// The playing stream.
        stream: MessageStreamId,
        /// Paused, or going on.
        paused: bool,
        /// Where the client says it is.
        position: Timestamp,
    },
    /// The client wants another position. It has been answered; a live stream goes on at its newest key frame.
    Seek {
        /// The playing stream.
        stream: MessageStreamId,
        /// Where the client wants to be.
        position: Timestamp,
    },
    /// The client does or does not want audio.
    ReceiveAudio {
        /// The playing stream.
        stream: MessageStreamId,
        /// It does.
        receive: bool,
    },
    /// The client does or does not want video.
    ReceiveVideo {
        /// The playing stream.
        stream: MessageStreamId,
        /// It does.
        receive: bool,
    },
    /// The connection has refused by itself what no host could grant: a name that can name nothing, an application
    /// whose name can't be read, more message streams than are allowed. The peer has been told.
    Refused {
        /// What was asked for.
        kind: RequestKind,
        /// What was to be published or played; `None` for an application, whose name
        /// [`ServerConnection::connect`] keeps, and for a name that can't be read.
        ///
        /// [`ServerConnection::connect`]: crate::connection::server::ServerConnection::connect
        name: Option<StreamName>,
        /// Why.
        refusal: Refusal,
    },
    /// A stream that published or played has ended, or a request was withdrawn before it was answered.
    StreamClosed {
        /// The message stream. Its number may be used again.
        stream: MessageStreamId,
    },
    /// A message that the connection does not understand: shared objects, commands of an application (which have
    /// been answered with an empty result), unknown types.
    Message(chunk::Message),
}

/// What has happened, in the form in which a session takes it: media with the room that there is before their payload.
#[derive(Debug)]
pub(crate) enum Happening {
    Media {
        stream: MessageStreamId,
        message: MediaMessage<Payload>,
    },
    /// Anything else.
    Event(ServerEvent),
}

impl From<ServerEvent> for Happening {
    fn from(event: ServerEvent) -> Self {
        Self::Event(event)
    }
}

impl From<Happening> for ServerEvent {
    fn from(happening: Happening) -> Self {
        match happening {
            Happening::Media { stream, message } => Self::Media {
                stream,
                message: message.map(Into::into),
            },
            Happening::Event(event) => event,
        }
    }
}

/// What `play` or `play2` asks for (RTMP 1.0 §7.2.2.1, §7.2.2.2).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlayCommand {
    /// What to play.
    pub name: StreamName,
    /// From where.
    pub start: PlayStart,
    /// For how many milliseconds, if not to the end. Clients send milliseconds where the specification has
    /// seconds.
    pub duration: Option<u32>,
    /// Whether what played before ends (the default) or goes first.
    pub reset: bool,
}
