//! Our server at the other end.

use super::*;
use crate::chunk::ChunkedMessage;
use crate::connection::ServerConfig;
use crate::connection::server::{Refusal, ServerConnection, ServerEvent};

/// A client and a server, and what has happened on either side.
struct Pair {
    client: ClientConnection,
    server: ServerConnection,
    now: Instant,
    events: Vec<String>,
    heard: Vec<String>,
    playing: Vec<MessageStreamId>,
}

impl Pair {
    #[allow(clippy::disallowed_methods)] // Where the tests' clock begins does not matter.
    fn new(target: Target) -> Self {
        let now = Instant::now();
        Self {
            client: ClientConnection::new(Arc::default(), target, [1; 32].into(), now),
            server: ServerConnection::new(Arc::new(ServerConfig::default()), [2; 32].into(), now),
            now,
            events: Vec::new(),
            heard: Vec::new(),
            playing: Vec::new(),
        }
    }

    /// Carries bytes both ways, so many at a time, until there are none.
    fn run(&mut self, step: usize) {
        let take = |out: &mut TransmitQueue| out.copy_to_bytes(step.min(out.remaining()));
        loop {
            let up = take(self.client.transmit());
            self.server.handle_input(&up, self.now).unwrap();
            self.answer();
            let down = take(self.server.transmit());
            self.client.handle_input(&down, self.now).unwrap();
            let events = std::iter::from_fn(|| self.client.poll_event()).map(event);
            self.events.extend(events);
            if up.is_empty() && down.is_empty() {
                return;
            }
        }
    }

    #[allow(clippy::wildcard_enum_match_arm)] // The rest is not asked for.
    fn answer(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::Connect { request, .. } => self.server.accept(request, self.now).unwrap(),
                ServerEvent::Publish { request, name, .. } if name.path == "live/taken" => {
                    self.server
                        .reject(request, &Refusal::NameInUse, self.now)
                        .unwrap();
                }
                ServerEvent::Publish { request, .. } => self.server.accept(request, self.now).unwrap(),
                ServerEvent::Play { request, stream, .. } => {
                    self.server.accept(request, self.now).unwrap();
                    self.playing.push(stream);
                }
                ServerEvent::Media { stream, message } => {
                    let text = String::from_utf8_lossy(&message.payload).into_owned();
                    self.heard.push(format!("{stream}: {:?} {text:?}", message.kind));
                }
                ServerEvent::StreamClosed { stream } => self.heard.push(format!("{stream}: closed")),
                _ => {}
            }
        }
    }
}

fn frame(payload: &'static str) -> MediaMessage {
    MediaMessage {
        kind: MediaKind::Video,
        timestamp: Timestamp::ZERO,
        payload: payload.into(),
    }
}

#[test]
fn a_stream_is_published_and_ended_however_the_bytes_are_cut() {
    for step in [1, 7, 1536, usize::MAX] {
        let mut pair = Pair::new(target());
        let stream = pair.client.publish("key", PublishMode::Live, pair.now);
        pair.run(step);
        assert_eq!(
            pair.events,
            [
                "handshake Digest(Zero)",
                "connected to FMS/3,5,3,888",
                "0: publishing"
            ]
        );
        pair.client.send_media(stream, frame("v"), pair.now).unwrap();
        pair.client.close(stream, pair.now);
        pair.run(step);
        assert_eq!(pair.heard, [r#"1: Video "v""#, "1: closed"]);
        assert!(pair.server.connect().capabilities.can_reconnect());
    }
}

#[test]
fn several_streams_share_a_connection() {
    let mut pair = Pair::new(target());
    let now = pair.now;
    let one = pair.client.publish("one", PublishMode::Live, now);
    let taken = pair.client.publish("taken", PublishMode::Live, now);
    let two = pair.client.publish("two", PublishMode::Live, now);
    let play = pair.client.play(PlayOptions::new("three"), now);
    pair.run(usize::MAX);
    assert!(pair.client.wants_media(one) && pair.client.wants_media(two));
    assert!(!pair.client.wants_media(taken));
    assert!(
        pair.events
            .iter()
            .any(|event| event.starts_with("1: refused NameInUse"))
    );
    pair.client.send_media(two, frame("to two"), now).unwrap();
    pair.client.send_media(one, frame("to one"), now).unwrap();
    let id = pair.playing[0];
    let chunked = ChunkedMessage::encode(&video(id.get(), 0, "back"), ChunkSize::DEFAULT);
    pair.server
        .send_media(id, &chunked, Timestamp::ZERO, now)
        .unwrap();
    pair.events.clear();
    pair.run(5);
    assert_eq!(pair.heard, [r#"3: Video "to two""#, r#"1: Video "to one""#]);
    assert_eq!(pair.events, [format!("{}: Video @0 \"back\"", play.0)]);
}

#[test]
fn a_player_hears_of_publishers_that_go_and_come_and_of_the_servers_end() {
    let mut pair = Pair::new(target().to_play());
    let now = pair.now;
    pair.client.play(PlayOptions::new("key"), now);
    pair.run(3);
    let id = pair.playing[0];
    pair.events.clear();
    pair.server.notify_unpublished(id, now).unwrap();
    pair.server.notify_published(id, now).unwrap();
    pair.run(3);
    assert_eq!(
        pair.events,
        [
            "0: ended",
            "Some(0): status NetStream.Play.UnpublishNotify: The publisher has left.",
            "0: started",
            "Some(0): status NetStream.Play.PublishNotify: A publisher has come."
        ]
    );
    pair.server.shut_down(now);
    let out = pair.server.transmit();
    let bytes = out.copy_to_bytes(out.remaining());
    let error = pair.client.handle_input(&bytes, now).unwrap_err();
    assert!(error.to_string().contains("AppShutdown"), "{error}");
}
