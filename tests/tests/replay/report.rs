//! A replay to be read: what was said, what the sessions told their host, and what the players got.

use std::fmt::Write;
use std::net::SocketAddr;

use rtmp_core::connection::server::StreamName;
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::session::{Asked, Role, SessionEvent};
use rtmp_server::inspect::{Inspection, Transcript};
use sha2::{Digest, Sha256};

use crate::replay::Replay;
use crate::wiretap::Wiretap;

impl Replay<'_> {
    /// The transcript of all connections, what the sessions told their host, and what was relayed.
    pub(crate) fn report(&self) -> String {
        let mut tap = Wiretap::default();
        let mut order = Vec::new();
        let server = self.recorded[0].connection.server;
        for (index, peer) in self.server.peers().iter().enumerate() {
            let client = match self.peers.iter().position(|recorded| *recorded == index) {
                Some(client) => self.recorded[client].connection.client,
                None => unrecorded_client(index),
            };
            tap.add(client, server, peer.opened, &peer.wire);
            order.push((peer.opened, index));
        }
        // As the transcript numbers them.
        order.sort();
        let inspection = Inspection::read(&tap.finish()[..]).unwrap();
        assert_eq!(inspection.warnings(), [""; 0], "the replay's own capture");
        let transcript = Transcript::new(&inspection).fold_frames().to_string();
        let mut report = anstream::adapter::strip_str(&transcript).to_string();
        for (number, (start, index)) in order.iter().enumerate() {
            let peer = self.server.peer(*index);
            writeln!(report, "\nsession of connection {}", number + 1).unwrap();
            for (time, event) in &peer.events {
                let seconds = time.saturating_sub(*start).as_secs_f64();
                writeln!(report, "  {seconds:>9.3}   {}", describe(event)).unwrap();
            }
            if let Some(error) = peer.session.error() {
                writeln!(report, "  error: {error}").unwrap();
            }
            if let Some(player) = &peer.player {
                writeln!(report, "  received: {}", sum(&player.received)).unwrap();
            }
        }
        report
    }
}

fn unrecorded_client(index: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], u16::try_from(index + 1).unwrap_or(u16::MAX)))
}

fn describe(event: &SessionEvent) -> String {
    let stream = |verb: &str, key: &StreamKey, name: &StreamName| {
        let query = if name.query.is_empty() { "" } else { "?" };
        format!("{verb} {key}{query}{}", name.query)
    };
    match event {
        SessionEvent::Connected => "connected".into(),
        SessionEvent::Asked { what, .. } => match what {
            Asked::Connect => "asks to connect".into(),
            Asked::Publish(key, name) => stream("asks to publish", key, name),
            Asked::Play(key, name) => stream("asks to play", key, name),
            other => format!("{other:?}"),
        },
        SessionEvent::Publishing { key, name, mode } => {
            format!("{} ({mode:?})", stream("publishes", key, name))
        }
        SessionEvent::Playing { key, name } => stream("plays", key, name),
        SessionEvent::Waiting { key } => format!("waits for {key}"),
        SessionEvent::Skipped { key, messages } => format!("skips {messages} messages of {key}"),
        SessionEvent::Stopped { key, role, summary } => {
            let verb = match role {
                Role::Publisher => "has published",
                Role::Player => "has played",
            };
            let (video, audio) = (summary.video.as_ref(), summary.audio.as_ref());
            let codecs = [
                video.map(|c| format!(", {c:?}")),
                audio.map(|c| format!(", {c:?}")),
            ];
            format!(
                "{verb} {key}: {} messages, {} bytes{}",
                summary.messages,
                summary.bytes,
                codecs.into_iter().flatten().collect::<String>()
            )
        }
        SessionEvent::Refused { key, reason } => {
            let what = key.as_ref().map_or("the application", StreamKey::as_str);
            format!("refused {what}: {reason}")
        }
        SessionEvent::Message(message) => {
            format!(
                "leaves to its host a message of type {}, {} bytes",
                message.kind.id(),
                message.payload.len()
            )
        }
        other => format!("{other:?}"),
    }
}

/// Messages in numbers. The hashes are of all payloads of a kind, one after the other: those of a capture's facts.
fn sum(messages: &[MediaMessage]) -> String {
    let kinds = [
        (MediaKind::Video, "video"),
        (MediaKind::Audio, "audio"),
        (MediaKind::Data, "data"),
    ];
    let mut sums = Vec::new();
    for (kind, name) in kinds {
        let mut hash = Sha256::new();
        let messages = messages.iter().filter(|message| message.kind == kind);
        let count = messages.inspect(|message| hash.update(&message.payload)).count();
        if count > 0 {
            let hash: String = hash.finalize()[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            sums.push(format!("{count} {name} (sha256 {hash}...)"));
        }
    }
    if sums.is_empty() {
        "nothing".into()
    } else {
        sums.join(", ")
    }
}
