//! Recorded clients meet our server: what happens, and what it looks like.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use rtmp_core::hub::StreamKey;
use rtmp_core::session::{AllowAll, SessionEvent};
use rtmp_server::inspect::Session;

use crate::recording::{self, Piece};
use crate::server::{Company, Peer, Server};
use crate::source::Source;

/// The clients of one recorded server, replayed at the times at which they were recorded.
pub(crate) struct Replay<'a> {
    pub(crate) recorded: Vec<&'a Session>,
    pub(crate) server: Server,
    /// Which peer of the server each recorded client is.
    pub(crate) peers: Vec<usize>,
    /// The player of each stream that was there before its first message, and one that came late.
    pub(crate) audience: Vec<Audience>,
}

/// A player that was not recorded.
pub(crate) struct Audience {
    pub(crate) peer: usize,
    /// The recorded clients whose messages it should have been sent.
    pub(crate) publishers: Vec<usize>,
    pub(crate) is_late: bool,
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
        let has_publisher = recorded.iter().any(|session| recording::says(session, "publish"));
        let company = Company {
            players: true,
            source: (!has_publisher).then(|| source.clone()),
        };
        let start = recorded.iter().map(|session| session.connection.start).min();
        let mut replay = Self {
            server: Server::new(AllowAll, company, start.unwrap_or_default()),
            peers: vec![usize::MAX; recorded.len()],
            recorded,
            audience: Vec::new(),
        };
        let mut late = Vec::new();
        for (time, client, step) in replay.steps() {
            replay.server.advance(time);
            match step {
                Step::Open => replay.peers[client] = replay.server.open(),
                Step::Send(piece) => {
                    let bytes = &replay.recorded[client].connection.client_stream.bytes[piece.bytes];
                    replay.server.receive(replay.peers[client], bytes);
                }
                Step::Halfway => {
                    let published = replay.server.peer(replay.peers[client]).publishing();
                    if let [key] = published.as_slice() {
                        late.push(replay.server.join(key));
                    }
                }
                Step::Close => replay.server.close(replay.peers[client]),
            }
        }
        for peer in 0..replay.server.peers().len() {
            replay.server.close(peer);
        }
        replay.note_audience(&late);
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
    fn note_audience(&mut self, late: &[usize]) {
        for (peer, player) in self.server.peers().iter().enumerate() {
            let Some(key) = &player.key else { continue };
            let publishes = |client: &usize| self.server.peer(self.peers[*client]).publishing().contains(key);
            self.audience.push(Audience {
                peer,
                publishers: (0..self.peers.len()).filter(publishes).collect(),
                is_late: late.contains(&peer),
            });
        }
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
