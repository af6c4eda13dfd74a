//! A TCP connection read as an RTMP session.

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::units::Timestamp;

use super::connection::{Connection, Direction};
use super::handshake::{self, Handshake, Protocol};
use super::side::{Recorded, Side};

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
        let handshake = Handshake::read(&client.bytes, &server.bytes, connection.has_beginning);
        let side = |stream| match handshake.protocol {
            Protocol::Rtmp => Side::read(stream, handshake::LEN),
            _ => Side::default(),
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

/// A media or data message, as it came or out of an aggregate.
pub(super) struct Part<'a> {
    pub kind: MessageType,
    pub timestamp: Timestamp,
    pub payload: &'a [u8],
}

/// What of `message` is audio, video or data; an aggregate message may hold several (RTMP 1.0 §7.1.6).
pub(super) fn media_parts(message: &Message) -> Vec<Part<'_>> {
    match message.kind {
        MessageType::Audio | MessageType::Video | MessageType::DataAmf0 | MessageType::DataAmf3 => {
            vec![Part {
                kind: message.kind,
                timestamp: message.timestamp,
                payload: &message.payload,
            }]
        }
        MessageType::Aggregate => aggregate_parts(message),
        _ => Vec::new(),
    }
}

/// The parts of an aggregate message: FLV tags, whose timestamps are moved so that the first one has the
/// message's own.
fn aggregate_parts(message: &Message) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = &message.payload[..];
    let mut first = None;
    while let Some((&[kind, l0, l1, l2, t0, t1, t2, t3, ..], behind)) = rest.split_first_chunk::<11>() {
        let len = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        let timestamp = Timestamp::from_millis(u32::from_be_bytes([t3, t0, t1, t2]));
        let first = *first.get_or_insert(timestamp);
        let (payload, behind) = behind.split_at_checked(len).unwrap_or((behind, &[]));
        parts.push(Part {
            kind: kind.into(),
            timestamp: message
                .timestamp
                .wrapping_add(timestamp.since(first).cast_unsigned()),
            payload,
        });
        // The tag's own length is repeated behind it.
        rest = behind.get(4..).unwrap_or_default();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_core::units::{ChunkStreamId, MessageStreamId};

    #[test]
    fn parts_of_an_aggregate_begin_at_its_own_timestamp() {
        let payload = [
            &[8, 0, 0, 2, 0, 0, 100, 0, 0, 0, 0][..], // audio, 2 bytes, 100 ms, stream 0
            &[0xAF, 1],
            &[0, 0, 0, 13],
            &[9, 0, 0, 9, 0, 0, 140, 0, 0, 0, 0], // video, 9 bytes of which 1 is there, 140 ms
            &[0x27],
        ]
        .concat();
        let message = Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(5000),
            kind: MessageType::Aggregate,
            payload: payload.into(),
        };
        let parts = media_parts(&message);
        let parts: Vec<_> = parts
            .iter()
            .map(|p| (p.kind, p.timestamp.as_millis(), p.payload))
            .collect();
        assert_eq!(
            parts,
            [
                (MessageType::Audio, 5000, &[0xAF, 1][..]),
                (MessageType::Video, 5040, &[0x27])
            ]
        );
    }
}
