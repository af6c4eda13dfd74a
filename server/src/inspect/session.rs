//! A TCP connection read as an RTMP session.

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::message::Aggregate;

use super::amf;
use super::connection::{Connection, Direction};
use super::handshake::{self, Handshake, Protocol};
use super::side::{Recorded, Side, limits};

/// A recorded connection, and what was said on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The connection, with the bytes of both directions.
    pub connection: Connection,
    /// How it opened.
    pub handshake: Handshake,
    /// What the client sent behind its handshake.
    pub client: Side,
    /// What the server sent behind its handshake.
    pub server: Side,
}

impl Session {
    /// Reads what was recorded of a connection. What is not RTMP has no messages.
    pub fn read(connection: Connection) -> Self {
        let (client, server) = (&connection.client_stream, &connection.server_stream);
        let handshake = Handshake::read(client, server, connection.has_beginning);
        let side = |stream| match handshake.protocol {
            Protocol::Rtmp => Side::read(stream, handshake::end(stream)),
            Protocol::NotRecorded => Side::read(stream, None),
            Protocol::Rtmpe(_) | Protocol::Other(_) | Protocol::Silent => Side::default(),
        };
        let (client, server) = (side(client), side(server));
        Self {
            handshake,
            client,
            server,
            connection,
        }
    }

    /// The messages of both directions by time. At the same time the client's come first.
    pub fn messages(&self) -> impl Iterator<Item = (Direction, &Recorded)> {
        let client = self
            .client
            .messages
            .iter()
            .map(|message| (Direction::ClientToServer, message));
        let server = self
            .server
            .messages
            .iter()
            .map(|message| (Direction::ServerToClient, message));
        let mut messages: Vec<_> = client.chain(server).collect();
        messages.sort_by_key(|(_, recorded)| recorded.time);
        messages.into_iter()
    }
}

/// What of `message` is audio, video or data; an aggregate message may hold several (RTMP 1.0 §7.1.6).
pub(crate) fn media_parts(message: &Message) -> Vec<Message> {
    match message.kind {
        MessageType::Audio | MessageType::Video | MessageType::DataAmf0 | MessageType::DataAmf3 => {
            vec![message.clone()]
        }
        MessageType::Aggregate => Aggregate::new(message.clone(), &limits())
            .map_while(Result::ok)
            .collect(),
        _ => Vec::new(),
    }
}

/// Audio, video or data as a stream's message, whatever carried it; `None` for other messages.
pub(crate) fn media_message(part: &Message) -> Option<MediaMessage> {
    let (kind, payload) = match part.kind {
        MessageType::Audio => (MediaKind::Audio, part.payload.clone()),
        MessageType::Video => (MediaKind::Video, part.payload.clone()),
        kind => {
            let values = amf::data_values(kind, &part.payload)?;
            (MediaKind::Data, part.payload.slice_ref(values))
        }
    };
    Some(MediaMessage {
        kind,
        timestamp: part.timestamp,
        payload,
    })
}
