//! What our client says to our server, in the form in which the captures show FFmpeg, OBS and others: to be laid beside
//! them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use rtmp_core::chunk::{ChunkedMessage, Message, MessageType};
use rtmp_core::connection::client::{
    ClientConnection, ClientEvent, PlayOptions, PlayStart, PublishMode, Target,
};
use rtmp_core::connection::server::{ServerConnection, ServerEvent};
use rtmp_core::connection::{ClientConfig, ServerConfig};
use rtmp_core::handshake::Kind;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};
use rtmp_server::inspect::{Inspection, Transcript};

use crate::server::Said;
use crate::wiretap::Wiretap;

/// A client and a server, and the wire between them.
struct Wire {
    client: ClientConnection,
    server: ServerConnection,
    start: Instant,
    now: Instant,
    said: Vec<Said>,
}

/// From one end of the wire to the other.
const DELAY: Duration = Duration::from_millis(10);

impl Wire {
    fn new(config: ClientConfig, target: Target) -> Self {
        let start = Instant::now();
        Self {
            client: ClientConnection::new(Arc::new(config), target, [1; 32].into(), start),
            server: ServerConnection::new(Arc::new(ServerConfig::default()), [2; 32].into(), start),
            start,
            now: start,
            said: Vec::new(),
        }
    }

    /// Carries what is to be said until nothing is. What the client has been told is for `host`.
    fn run(&mut self, mut host: impl FnMut(&mut ClientConnection, ClientEvent, Instant)) {
        loop {
            let out = self.client.transmit();
            let up = out.copy_to_bytes(out.remaining());
            if !up.is_empty() {
                self.said.push(Said::Client(self.now - self.start, up.to_vec()));
            }
            self.now += DELAY;
            self.server.handle_input(&up, self.now).unwrap();
            while let Some(event) = self.server.poll_event() {
                match event {
                    ServerEvent::Connect { request, .. } | ServerEvent::Publish { request, .. } => {
                        self.server.accept(request, self.now).unwrap();
                    }
                    ServerEvent::Play { request, stream, .. } => {
                        self.server.accept(request, self.now).unwrap();
                        for message in FRAMES.map(|(kind, millis, payload)| media(kind, millis, payload)) {
                            self.play(stream, message);
                        }
                    }
                    _ => {}
                }
            }
            let out = self.server.transmit();
            let down = out.copy_to_bytes(out.remaining());
            if !down.is_empty() {
                self.said.push(Said::Server(self.now - self.start, down.to_vec()));
            }
            self.now += DELAY;
            if !self.client.is_over() {
                self.client.handle_input(&down, self.now).unwrap();
            }
            while let Some(event) = self.client.poll_event() {
                host(&mut self.client, event, self.now);
            }
            if down.is_empty() && self.client.unsent().is_empty() {
                return;
            }
        }
    }

    fn play(&mut self, stream: MessageStreamId, message: MediaMessage) {
        let timestamp = message.timestamp;
        let message = Message {
            chunk_stream: ChunkStreamId::new(6).unwrap(),
            stream,
            timestamp,
            kind: match message.kind {
                MediaKind::Audio => MessageType::Audio,
                MediaKind::Video => MessageType::Video,
                MediaKind::Data => MessageType::DataAmf0,
            },
            payload: message.payload,
        };
        let message = ChunkedMessage::encode(&message, ServerConfig::default().chunk_size);
        self.server
            .send_media(stream, &message, timestamp, self.now)
            .unwrap();
    }

    fn report(mut self) -> String {
        self.said.push(Said::ClientCloses(self.now - self.start));
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut tap = Wiretap::default();
        tap.add(address(50_000), address(1935), Duration::ZERO, &self.said);
        let inspection = Inspection::read(&tap.finish()[..]).unwrap();
        assert_eq!(inspection.warnings(), [""; 0], "the wire's own capture");
        let transcript = Transcript::new(&inspection).fold_frames().to_string();
        anstream::adapter::strip_str(&transcript).to_string()
    }
}

/// Metadata, an AAC configuration, and two frames.
const FRAMES: [(MediaKind, u32, &[u8]); 4] = [
    (
        MediaKind::Data,
        0,
        b"\x02\x00\x0AonMetaData\x08\x00\x00\x00\x00\x00\x00\x09",
    ),
    (MediaKind::Audio, 0, &[0xAF, 0, 0x11, 0x90]),
    (
        MediaKind::Audio,
        0,
        &[0xAF, 1, 0x21, 0x10, 0x04, 0x60, 0x8C, 0x1C],
    ),
    (
        MediaKind::Audio,
        21,
        &[0xAF, 1, 0x21, 0x10, 0x04, 0x60, 0x8C, 0x1C],
    ),
];

fn media(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::from_static(payload),
    }
}

fn published(config: ClientConfig, target: Target) -> String {
    let mut wire = Wire::new(config, target);
    let stream = wire.client.publish("key", PublishMode::Live, wire.now);
    wire.run(|client, event, now| {
        if event == (ClientEvent::Publishing { stream }) {
            for (kind, millis, payload) in FRAMES {
                client
                    .send_media(stream, media(kind, millis, payload), now)
                    .unwrap();
            }
            client.disconnect(now);
        }
    });
    wire.report()
}

fn played(start: PlayStart) -> String {
    let target = Target::new("live", "rtmp://127.0.0.1/live").to_play();
    let mut wire = Wire::new(ClientConfig::default(), target);
    let mut play = PlayOptions::new("key");
    play.start = start;
    wire.client.play(play, wire.now);
    let mut frames = 0;
    wire.run(|client, event, now| {
        frames += usize::from(matches!(event, ClientEvent::Media { .. }));
        if frames == FRAMES.len() {
            client.disconnect(now);
        }
    });
    wire.report()
}

fn check(name: &str, report: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, report));
}

#[test]
fn our_client_says_what_the_fields_clients_say() {
    let target = || Target::new("live", "rtmp://127.0.0.1/live");
    check("client_publishes", &published(ClientConfig::default(), target()));
    let mut as_obs = ClientConfig::default();
    as_obs.chunk_size_first = true;
    as_obs.handshake = Kind::Simple;
    let mut target = target();
    target.swf_url = Some(target.tc_url.clone());
    check("client_publishes_as_obs", &published(as_obs, target));
    check("client_plays", &played(PlayStart::Any));
    check("client_plays_live", &played(PlayStart::Live));
}
