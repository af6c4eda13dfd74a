//! The media of a recorded connection: the audio and video that one peer sent to the other.

use std::collections::BTreeMap;

use rtmp_core::chunk::MessageType;

use super::connection::Direction;
use super::place::Place;
use super::session::{Session, media_message, media_parts};
use super::side::Recorded;
use super::track::{Tracks, TracksReader};

/// What the peer that sent most audio and video sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SessionMedia {
    pub direction: Direction,
    /// By message stream.
    pub streams: BTreeMap<u32, Tracks>,
}

impl SessionMedia {
    /// `None` if neither sent any.
    pub(super) fn of(session: &Session) -> Option<Self> {
        let (client, server) = (&session.client.messages, &session.server.messages);
        let counts = [count(client), count(server)];
        let (direction, messages) = match counts {
            [0, 0] => return None,
            [up, down] if up >= down => (Direction::ClientToServer, client),
            _ => (Direction::ServerToClient, server),
        };
        let mut streams: BTreeMap<u32, TracksReader> = BTreeMap::new();
        for recorded in messages {
            let place = Place {
                byte: recorded.offset as u64,
                time: Some(recorded.time.saturating_sub(session.connection.start)),
            };
            let parts = media_parts(&recorded.message);
            for message in parts.iter().filter_map(media_message) {
                let stream = recorded.message.stream.get();
                streams.entry(stream).or_default().take(&message, place);
            }
        }
        let streams = streams
            .into_iter()
            .map(|(stream, reader)| (stream, reader.finish()));
        Some(Self {
            direction,
            streams: streams.filter(|(_, tracks)| !tracks.is_empty()).collect(),
        })
    }
}

/// How much of it is audio and video.
fn count(messages: &[Recorded]) -> usize {
    let parts = messages
        .iter()
        .flat_map(|recorded| media_parts(&recorded.message));
    parts
        .filter(|part| matches!(part.kind, MessageType::Audio | MessageType::Video))
        .count()
}
