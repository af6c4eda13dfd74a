//! Recorded clients meet our server: what happens, and what it looks like.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rtmp_core::connection::server::StreamName;
use rtmp_core::hub::StreamKey;
use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::session::{AllowAll, Asked, Role, SessionEvent};
use rtmp_server::inspect::{Inspection, Session, Transcript};
use sha2::{Digest, Sha256};

use crate::recording::{self, Piece};
use crate::server::{Company, Peer, Server};
use crate::source::Source;
use crate::wiretap::Wiretap;

/// The clients of one recorded server, replayed at the times at which they were recorded.
pub(crate) struct Replay<'a> {
    recorded: Vec<&'a Session>,
    server: Server,
    /// The player of each stream that was there before its first message, and one that came late.
    audience: Vec<Audience>,
}

struct Audience {
    peer: usize,
    /// The recorded clients whose messages it should have been sent.
    publishers: Vec<usize>,
    is_late: bool,
}

/// Something that a recorded client does.
enum Step {
    Open,
    Send(Piece),
    /// Half of what it has to say has been said.
    Halfway,
    Close,
}

impl<'a> Replay<'a> {
    /// Replays all that a capture holds, server by server. If nobody in it publishes, its players play `source`.
    pub(crate) fn all(sessions: &'a [Session], source: &Source) -> Vec<Self> {
        let servers: Vec<SocketAddr> = sessions.iter().map(|session| session.connection.server).collect();
        let mut seen = BTreeSet::new();
        servers
            .into_iter()
            .filter(|server| seen.insert(*server))
            .map(|server| {
                let recorded = sessions
                    .iter()
                    .filter(|s| s.connection.server == server)
                    .collect();
                Self::run(recorded, source)
            })
            .collect()
    }

    fn run(recorded: Vec<&'a Session>, source: &Source) -> Self {
        let publishes = |session: &&Session| recording::commands(session, &["publish"]).next().is_some();
        let has_publisher = recorded.iter().any(publishes);
        let company = Company {
            players: true,
            source: (!has_publisher).then(|| source.clone()),
        };
        let start = recorded.iter().map(|session| session.connection.start).min();
        let mut replay = Self {
            server: Server::new(AllowAll, company, start.unwrap_or_default()),
            recorded,
            audience: Vec::new(),
        };
        let mut peers = vec![None; replay.recorded.len()];
        let mut late = Vec::new();
        for (time, client, step) in replay.steps() {
            replay.server.advance(time);
            match step {
                Step::Open => peers[client] = Some(replay.server.open()),
                Step::Send(piece) => {
                    let bytes = &replay.recorded[client].connection.client_stream.bytes[piece.bytes];
                    replay.server.receive(peers[client].unwrap(), bytes);
                }
                Step::Halfway => {
                    let published = replay.server.peer(peers[client].unwrap()).publishing();
                    if let [key] = published.as_slice() {
                        late.push(replay.server.join(key));
                    }
                }
                Step::Close => replay.server.close(peers[client].unwrap()),
            }
        }
        for peer in 0..replay.server.peers().len() {
            replay.server.close(peer);
        }
        replay.note_audience(&peers, &late);
        replay
    }

    /// What the recorded clients do, in order.
    fn steps(&self) -> Vec<(Duration, usize, Step)> {
        let mut steps = Vec::new();
        let last = |session: &Session| {
            let segments = recording::segments(session);
            let sent = segments.last().map(|piece| piece.time);
            recording::end(session)
                .max(sent)
                .unwrap_or(session.connection.start)
        };
        let end = self.recorded.iter().map(|session| last(session)).max();
        for (client, session) in self.recorded.iter().enumerate() {
            steps.push((session.connection.start, client, Step::Open));
            let half = session.connection.client_stream.bytes.len() / 2;
            for piece in recording::segments(session) {
                let time = piece.time;
                let is_half = piece.bytes.contains(&half);
                steps.push((time, client, Step::Send(piece)));
                if is_half {
                    steps.push((time, client, Step::Halfway));
                }
            }
            let close = recording::end(session).or(end).unwrap_or_default();
            steps.push((close.max(last(session)), client, Step::Close));
        }
        // Stable: what a client does stays in order.
        steps.sort_by_key(|(time, ..)| *time);
        steps
    }

    /// Whose messages the players should have been sent, now that it is known.
    fn note_audience(&mut self, peers: &[Option<usize>], late: &[usize]) {
        for (peer, player) in self.server.peers().iter().enumerate() {
            let Some(key) = &player.key else { continue };
            let publishes = |client: &usize| {
                peers[*client].is_some_and(|peer| self.server.peer(peer).publishing().contains(key))
            };
            self.audience.push(Audience {
                peer,
                publishers: (0..peers.len()).filter(publishes).collect(),
                is_late: late.contains(&peer),
            });
        }
    }

    /// Every player got what it should have got, bit for bit.
    pub(crate) fn check_relay(&self) {
        for Audience {
            peer,
            publishers,
            is_late,
        } in &self.audience
        {
            let peer = self.server.peer(*peer);
            let received = &peer.player.as_ref().unwrap().received;
            let is_plain =
                |client: &usize| recording::commands(self.recorded[*client], &["publish"]).count() == 1;
            if publishers.is_empty() || !publishers.iter().all(is_plain) {
                // Several streams on one connection: which message belongs to which is not told here.
                continue;
            }
            let published: Vec<MediaMessage> = publishers
                .iter()
                .flat_map(|client| recording::published(self.recorded[*client]))
                .collect();
            if *is_late {
                check_late(received, &published);
            } else {
                check_whole(received, &published, publishers.len() == 1);
            }
        }
    }

    /// The transcript of all connections, what the sessions told their host, and what was relayed.
    pub(crate) fn report(&self) -> String {
        let mut tap = Wiretap::default();
        let mut names = Vec::new();
        let server = self.recorded[0].connection.server;
        let mut recorded = self.recorded.iter();
        for (index, peer) in self.server.peers().iter().enumerate() {
            let client = match &peer.player {
                None => recorded.next().unwrap().connection.client,
                Some(_) => unrecorded_client(index),
            };
            names.push((peer.opened, index));
            tap.add(client, server, peer.opened, &peer.wire);
        }
        // As the transcript numbers them.
        names.sort();
        let inspection = Inspection::read(&tap.finish()[..]).unwrap();
        let mut report = String::new();
        for warning in inspection.warnings() {
            panic!("the replay's own capture: {warning}");
        }
        let transcript =
            anstream::adapter::strip_str(&Transcript::new(&inspection).fold_frames().to_string()).to_string();
        report.push_str(&transcript);
        for (number, (start, index)) in names.iter().enumerate() {
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

impl Peer {
    /// The streams that it was allowed to publish.
    fn publishing(&self) -> Vec<StreamKey> {
        let keys = self.events.iter().filter_map(|(_, event)| match event {
            SessionEvent::Publishing { key, .. } => Some(key.clone()),
            _ => None,
        });
        keys.collect()
    }
}

/// All that was published, in order. Headers may come with the timestamp of the frame behind them, and a second
/// publisher's timestamps go on where the first one's ended.
fn check_whole(received: &[MediaMessage], published: &[MediaMessage], has_one_publisher: bool) {
    for (index, (received, published)) in received.iter().zip(published).enumerate() {
        assert_eq!(received.kind, published.kind, "message {index}");
        assert_eq!(received.payload, published.payload, "message {index}");
        if has_one_publisher && is_frame(published) {
            assert_eq!(received.timestamp, published.timestamp, "message {index}");
        }
    }
    assert_eq!(received.len(), published.len(), "messages relayed and published");
}

/// All frames from a key frame on, and before them what a decoder needs.
fn check_late(received: &[MediaMessage], published: &[MediaMessage]) {
    let frames = |messages: &[MediaMessage]| -> Vec<Bytes> {
        let frames = messages.iter().filter(|message| is_frame(message));
        frames.map(|message| message.payload.clone()).collect()
    };
    assert!(
        frames(published).ends_with(&frames(received)),
        "a late player is sent all frames from some point on"
    );
    let first_frame = received.iter().position(is_frame).unwrap_or(received.len());
    let first_video = |message: &&MediaMessage| is_frame(message) && message.kind == MediaKind::Video;
    if let Some(first) = received.iter().find(first_video) {
        let class = first.class();
        assert!(
            matches!(class, Class::Keyframe | Class::TrackKeyframe { .. }),
            "a late player's first video frame is of class {class:?}"
        );
    }
    // What was in force where it joins: of each kind of header the last one before that frame.
    let joined = published.len().saturating_sub(received.len() - first_frame);
    let mut in_force: Vec<&MediaMessage> = Vec::new();
    for header in published[..joined]
        .iter()
        .filter(|message| message.class().is_header())
    {
        in_force.retain(|known| known.class() != header.class());
        in_force.push(header);
    }
    for header in in_force {
        let is_there = received[..first_frame]
            .iter()
            .any(|message| message.payload == header.payload);
        assert!(
            is_there,
            "a late player is not sent the stream's {:?}",
            header.class()
        );
    }
}

fn is_frame(message: &MediaMessage) -> bool {
    matches!(
        message.class(),
        Class::Audio | Class::Keyframe | Class::TrackKeyframe { .. } | Class::Inter | Class::Disposable
    )
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
