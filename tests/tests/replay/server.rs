//! A server without sockets: sessions, their hub, and a clock that the test moves.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Buf;
use rtmp_core::connection::server::{ConnectCommand, StreamName};
use rtmp_core::hub::{Hub, StreamKey, Token, WakeList};
use rtmp_core::session::{AllowAll, Decision, Policy, ServerSession, SessionConfig, SessionEvent};
use rtmp_core::units::Seed;

use crate::player::Player;
use crate::source::Source;

/// More rounds than any real exchange takes: beyond them a session asks for the same thing for ever.
const MAX_ROUNDS: usize = 100_000;

/// The event loop of a server, with everything that may vary given: the order of inputs, the time, the randomness.
pub(crate) struct Server {
    hub: Hub,
    config: Arc<SessionConfig>,
    policy: Arc<Watch>,
    /// What the clock shows at the time zero of the recording.
    epoch: Instant,
    now: Duration,
    peers: Vec<Peer>,
    sources: Vec<Source>,
    /// Who comes along when a recorded client publishes or plays.
    company: Company,
}

/// Who is there beside the recorded clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Company {
    /// Each stream that is published has a player from its first message on.
    pub(crate) players: bool,
    /// Each stream that is played has this publisher, who has been there for a while.
    pub(crate) source: Option<Source>,
}

/// Somebody who is connected.
pub(crate) struct Peer {
    pub(crate) session: ServerSession,
    /// When it connected.
    pub(crate) opened: Duration,
    /// All that was said, in order.
    pub(crate) wire: Vec<Said>,
    pub(crate) events: Vec<(Duration, SessionEvent)>,
    /// The other end, if it is not a recorded client.
    pub(crate) player: Option<Player>,
    /// The stream that it is there for, if it is not a recorded client.
    pub(crate) key: Option<StreamKey>,
    pub(crate) is_closed: bool,
}

/// Something on the wire.
pub(crate) enum Said {
    Client(Duration, Vec<u8>),
    Server(Duration, Vec<u8>),
    ClientCloses(Duration),
    ServerCloses(Duration),
}

impl Server {
    pub(crate) fn new(policy: impl Policy + 'static, company: Company, now: Duration) -> Self {
        Self {
            hub: Hub::default(),
            config: Arc::default(),
            policy: Arc::new(Watch {
                policy: Box::new(policy),
                asked: Mutex::default(),
            }),
            epoch: Instant::now(),
            now,
            peers: Vec::new(),
            sources: Vec::new(),
            company,
        }
    }

    /// A recorded client connects.
    pub(crate) fn open(&mut self) -> usize {
        let policy = Arc::clone(&self.policy);
        self.add(policy, None)
    }

    /// A player of `key` connects, and says all that it has to say.
    pub(crate) fn join(&mut self, key: &StreamKey) -> usize {
        let mut player = Player::new(key);
        let greeting = player.greeting();
        let peer = self.add(Arc::new(AllowAll), Some((player, key.clone())));
        self.peers[peer].hear(greeting, self.now, self.epoch);
        self.settle_one(peer);
        peer
    }

    fn add(&mut self, policy: Arc<dyn Policy>, player: Option<(Player, StreamKey)>) -> usize {
        let id = self.peers.len();
        let seed = Seed::from([u8::try_from(id).unwrap_or(u8::MAX); 32]);
        let session = ServerSession::new(
            Arc::clone(&self.config),
            policy,
            Token(id),
            seed,
            self.epoch + self.now,
        );
        let (player, key) = player.unzip();
        self.peers.push(Peer {
            session,
            opened: self.now,
            wire: Vec::new(),
            events: Vec::new(),
            player,
            key,
            is_closed: false,
        });
        id
    }

    pub(crate) fn peer(&self, peer: usize) -> &Peer {
        &self.peers[peer]
    }

    pub(crate) fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// A publisher in the server's own process takes `key`.
    pub(crate) fn publish(&mut self, key: &StreamKey, mut source: Source) {
        let mut wake = WakeList::new();
        source.start(&mut self.hub, key, self.now, &mut wake);
        self.sources.push(source);
        self.wake(wake);
    }

    /// Bytes of a recorded client arrive, and everybody does what there is to do.
    pub(crate) fn receive(&mut self, peer: usize, bytes: &[u8]) {
        if self.peers[peer].is_closed {
            return;
        }
        self.peers[peer].hear(bytes.to_vec(), self.now, self.epoch);
        for asked in self.policy.take_asked() {
            match asked {
                Asked::Publish(key) => {
                    if self.company.players && !self.peers.iter().any(|p| p.key.as_ref() == Some(&key)) {
                        self.join(&key);
                    }
                }
                Asked::Play(key) => {
                    if let Some(source) = &self.company.source
                        && !self.hub.has_publisher(&key)
                    {
                        self.publish(&key, source.clone());
                    }
                }
            }
        }
        self.settle();
    }

    /// A recorded client closes its connection.
    pub(crate) fn close(&mut self, peer: usize) {
        let (now, at) = (self.now, self.epoch + self.now);
        let peer = &mut self.peers[peer];
        if !peer.is_closed {
            peer.is_closed = true;
            peer.wire.push(Said::ClientCloses(now));
            peer.session.handle_eof(at);
            self.settle();
        }
    }

    /// Time passes. Deadlines on the way are met when they are due.
    pub(crate) fn advance(&mut self, to: Duration) {
        for _ in 0..MAX_ROUNDS {
            let deadlines = self.peers.iter().filter(|peer| !peer.is_closed);
            let deadline = deadlines
                .filter_map(|peer| peer.session.poll_timeout())
                .map(|at| at - self.epoch)
                .chain(self.sources.iter().filter_map(Source::next))
                .min();
            self.now = deadline.unwrap_or(to).min(to).max(self.now);
            let due = deadline.is_some_and(|deadline| deadline <= self.now);
            if due {
                let mut wake = WakeList::new();
                for source in &mut self.sources {
                    source.advance(&mut self.hub, self.now, &mut wake);
                }
                self.wake(wake);
                let now = self.epoch + self.now;
                for peer in self.peers.iter_mut().filter(|peer| !peer.is_closed) {
                    peer.session.handle_timeout(now);
                }
                self.settle();
            } else if self.now >= to {
                return;
            }
        }
        panic!("a deadline does not move although it was met");
    }

    fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let mut is_busy = false;
            for peer in 0..self.peers.len() {
                is_busy |= self.settle_one(peer);
            }
            if !is_busy {
                return;
            }
        }
        panic!("the sessions never come to rest");
    }

    /// Does what one peer has to do, as every driver does it. Whether there was anything.
    fn settle_one(&mut self, id: usize) -> bool {
        for round in 0..MAX_ROUNDS {
            let mut wake = WakeList::new();
            let peer = &mut self.peers[id];
            let mut is_busy = false;
            if peer.session.wants_hub().is_some() {
                let now = self.epoch + self.now;
                peer.session.sync(&mut self.hub, &mut wake, 0, now);
                is_busy = true;
            }
            is_busy |= peer.speak(self.now, self.epoch);
            self.wake(wake);
            if !is_busy {
                return round > 0;
            }
        }
        panic!("a session never comes to rest");
    }

    fn wake(&mut self, tokens: WakeList) {
        for Token(peer) in tokens {
            self.peers[peer].session.handle_wake();
        }
    }
}

impl Peer {
    /// All that the server has sent.
    pub(crate) fn output(&self) -> Vec<u8> {
        let mut output = Vec::new();
        for said in &self.wire {
            if let Said::Server(_, bytes) = said {
                output.extend_from_slice(bytes);
            }
        }
        output
    }

    fn hear(&mut self, bytes: Vec<u8>, now: Duration, epoch: Instant) {
        self.session.handle_input(&bytes, epoch + now);
        self.wire.push(Said::Client(now, bytes));
    }

    /// Sends what there is to send; a player answers.
    fn speak(&mut self, now: Duration, epoch: Instant) -> bool {
        while let Some(event) = self.session.poll_event() {
            self.events.push((now, event));
        }
        let transmit = self.session.transmit();
        let bytes = transmit.copy_to_bytes(transmit.remaining());
        if !bytes.is_empty() {
            self.wire.push(Said::Server(now, bytes.to_vec()));
        }
        if self.session.is_over() && !self.is_closed {
            self.is_closed = true;
            self.wire.push(Said::ServerCloses(now));
        }
        if let Some(player) = &mut self.player
            && !bytes.is_empty()
        {
            let answer = player.handle_input(&bytes);
            if !answer.is_empty() && !self.is_closed {
                self.hear(answer, now, epoch);
            }
        }
        !bytes.is_empty()
    }
}

/// A policy that remembers which streams were asked for.
struct Watch {
    policy: Box<dyn Policy>,
    asked: Mutex<Vec<Asked>>,
}

enum Asked {
    Publish(StreamKey),
    Play(StreamKey),
}

impl Watch {
    fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Policy for Watch {
    fn connect(&self, connect: &ConnectCommand, now: Instant) -> Decision {
        self.policy.connect(connect, now)
    }

    fn publish(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        self.asked.lock().unwrap().push(Asked::Publish(key.clone()));
        self.policy.publish(key, name, connect)
    }

    fn play(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        self.asked.lock().unwrap().push(Asked::Play(key.clone()));
        self.policy.play(key, name, connect)
    }
}
