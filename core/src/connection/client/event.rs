//! What a client's connection tells its host.

use std::time::Duration;

use crate::amf0::{Object, Value};
use crate::chunk::{self, Payload};
use crate::connection::client::attempt::NotFollowed;
use crate::connection::client::rejection::Rejection;
use crate::connection::client::status::Status;
use crate::connection::client::stream::StreamHandle;
use crate::handshake;
use crate::media::MediaMessage;
use crate::message::{Capabilities, Command, ReconnectRequest};

/// What has happened, in the order of the bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The handshake is done, in this form; `connect` is under way.
    Handshaken(handshake::Kind),
    /// The server has let us in; requests are under way.
    Connected(Box<ServerProperties>),
    /// The server takes what is sent on this stream.
    Publishing {
        /// The stream.
        stream: StreamHandle,
    },
    /// The server will send the stream, now or once it is published.
    Playing {
        /// The stream.
        stream: StreamHandle,
    },
    /// A message of a stream that plays.
    Media {
        /// The stream.
        stream: StreamHandle,
        /// `@setDataFrame` has been taken off, and data are in AMF0.
        message: MediaMessage,
    },
    /// A stream that plays has ended: its publisher has gone, or a recording is over. It may [go on](Self::Started), and is
    /// there until it is closed.
    Ended {
        /// The stream.
        stream: StreamHandle,
    },
    /// A stream that plays, and had [ended](Self::Ended), goes on.
    Started {
        /// The stream.
        stream: StreamHandle,
    },
    /// The server refuses to let this stream publish or play, or does no longer. The handle names nothing any more; other
    /// streams of the connection go on.
    StreamRefused {
        /// The stream.
        stream: StreamHandle,
        /// What the server says, and what can be done.
        rejection: Rejection,
    },
    /// A stream has ended with its connection, or the server has ended its publishing as if we had asked for it.
    StreamClosed {
        /// The stream.
        stream: StreamHandle,
    },
    /// The server says something that none of the other events says.
    Status {
        /// The stream that it is about, if it is about one of ours.
        stream: Option<StreamHandle>,
        /// What it says.
        status: Status,
    },
    /// The server asks to connect anew: see [`next_attempt`]. This connection is good for some seconds more.
    ///
    /// [`next_attempt`]: crate::connection::client::ClientConnection::next_attempt
    ReconnectRequested(ReconnectRequest),
    /// The server asks to connect anew, and that is not done: this connection goes on for as long as the server lets it.
    ReconnectDeclined {
        /// What it asks for, fit to be shown.
        request: ReconnectRequest,
        /// Why not.
        reason: NotFollowed,
    },
    /// The server has answered a ping.
    Pong {
        /// From the ping to its answer.
        round_trip: Duration,
    },
    /// A message that the connection does not understand: shared objects, commands of an application (which have
    /// been answered with an empty result), unknown types.
    Message(chunk::Message),
}

/// What a server says of itself when it lets a client in.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ServerProperties {
    /// The command object of the answer: `fmsVer` and others.
    pub properties: Object<'static>,
    /// The information object: `code`, `objectEncoding`, and others, which tell more of some servers.
    pub information: Object<'static>,
    /// What the server can do, by Enhanced RTMP. It may say so in either object.
    pub capabilities: Capabilities,
}

impl ServerProperties {
    pub(super) fn from_command(command: Command<'_>) -> Self {
        let information = command.arguments.into_iter().rev().find_map(into_object);
        let properties = into_object(command.object).unwrap_or_default();
        let information = information.unwrap_or_default();
        let mut capabilities = Capabilities::from_object(&information);
        if !capabilities.is_enhanced() {
            capabilities = Capabilities::from_object(&properties);
        }
        Self {
            properties,
            information,
            capabilities,
        }
    }

    /// The server's program: `FMS/3,5,3,888` at most of those that are no FMS, too.
    pub fn fms_version(&self) -> Option<&str> {
        self.properties.get("fmsVer").and_then(Value::as_str)
    }

    /// The question to which the key of a [`SecureToken`](super::SecureToken) is the answer.
    pub(super) fn secure_token(&self) -> Option<&str> {
        let objects = [&self.information, &self.properties];
        objects
            .into_iter()
            .find_map(|object| object.get("secureToken")?.as_str())
    }
}

fn into_object(value: Value<'_>) -> Option<Object<'static>> {
    value.as_object().cloned().map(Object::into_owned)
}

/// What has happened, in the form in which a relay takes it: media with the room that there is before their payload.
#[derive(Debug)]
pub(crate) enum Happening {
    Media {
        stream: StreamHandle,
        message: MediaMessage<Payload>,
    },
    /// Anything but media.
    Event(ClientEvent),
}

impl From<ClientEvent> for Happening {
    fn from(event: ClientEvent) -> Self {
        Self::Event(event)
    }
}

impl From<Happening> for ClientEvent {
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
