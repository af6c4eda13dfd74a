//! Streams that servers hand on to one another: `[[pull]]` and `[[push]]` of `rtmp serve`.
//!
//! A pull plays a stream of another server and publishes it here; a push plays one that is published here and publishes it
//! elsewhere. Each is a task with a client of its own. What they come and go by is [who is there](presence): publishers start
//! pushes, players start pulls on demand, and their absence ends them. Where a server is lost, a relay tries again
//! ([`BackOff`]), and the stream goes on in time ([`Timeline`]).

mod back_off;
mod demand;
mod health;
mod leash;
mod loops;
mod pattern;
mod presence;
mod pull;
mod push;
mod settings;
mod timeline;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rtmp_console::Journal;
use rtmp_core::connection::server::Refusal;
use rtmp_core::host::{ClientSettings, End, ListenAddr, Observer, Peer, Trouble};
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Role, SessionEvent};
use rtmp_tokio::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{info, warn};

pub use back_off::BackOff;
pub use pattern::{Pattern, PatternError, Template, TemplateError};
pub use settings::{PullSettings, PushSettings, RelayError, RelaySettings, TrustSettings};
pub use timeline::Timeline;

use demand::Wait;
use leash::{Hold, leash};
use loops::{ServerId, Via};
use presence::{Part, Presence, Who};
use pull::{Answer, Demand, Pull};
use push::Push;

/// Streams that are fetched on demand at the same time: each is a connection, and whoever may play decides how many.
const MOST_ON_DEMAND: usize = 1000;

/// How long relays have to take their leave when the server stops.
const TIME_TO_STOP: Duration = Duration::from_secs(2);

/// The relays of a server. They hear what happens there, and decide with it: a server has them as its
/// [observer](Observer), its [policy](rtmp_core::session::Policy), and to [authorize](rtmp_tokio::Authorize) players.
#[derive(Clone)]
pub struct Relays(Arc<Shared>);

/// What all relays share.
struct Shared {
    id: ServerId,
    journal: Arc<Journal>,
    presence: Arc<Presence>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Once there is a server.
    host: Option<Host>,
    pulls: Vec<PullRelay>,
    pushes: Vec<PushRelay>,
    demanded: HashMap<StreamKey, Demanded>,
    pushing: HashMap<u64, Pushing>,
    /// The last one given to anything.
    number: u64,
}

struct Host {
    handle: Handle,
    listening: Vec<ListenAddr>,
}

/// A section `[[pull]]`.
struct PullRelay {
    number: u64,
    settings: PullSettings,
    client: ClientSettings,
    /// Of the task that fetches its only stream, unless that is fetched on demand.
    hold: Option<Hold>,
}

/// A section `[[push]]`.
struct PushRelay {
    number: u64,
    settings: PushSettings,
    client: ClientSettings,
}

/// A task that fetches a stream on demand.
struct Demanded {
    relay: u64,
    number: u64,
    answer: watch::Receiver<Answer>,
    hold: Hold,
}

/// A task that sends a stream.
struct Pushing {
    key: StreamKey,
    relay: u64,
    /// Which of the relay's URLs.
    target: usize,
    hold: Hold,
}

impl Relays {
    /// No relays yet, of a server that writes this journal.
    pub fn new(journal: Arc<Journal>) -> Self {
        Self(Arc::new(Shared {
            id: ServerId::draw(),
            journal,
            presence: Arc::default(),
            state: Mutex::default(),
        }))
    }

    /// Starts relays of a server that listens at these addresses.
    ///
    /// # Errors
    ///
    /// [`RelayError`]; then there are none.
    pub fn start(
        &self,
        handle: Handle,
        listening: Vec<ListenAddr>,
        settings: &RelaySettings,
    ) -> Result<(), RelayError> {
        self.0.state().host = Some(Host { handle, listening });
        self.reconfigure(settings)
    }

    /// Goes on with these relays: starts those that are new, and ends those that are no longer there. The others are not
    /// touched. The log says so.
    ///
    /// # Errors
    ///
    /// [`RelayError`]; then all stays as it is.
    pub fn reconfigure(&self, settings: &RelaySettings) -> Result<(), RelayError> {
        let shared = &self.0;
        let mut state = shared.state();
        let Some(host) = &state.host else {
            return Ok(());
        };
        settings.check(&host.listening)?;
        let is_new_pull = |pull: &&PullSettings| !state.pulls.iter().any(|old| old.settings == **pull);
        let is_new_push = |push: &&PushSettings| !state.pushes.iter().any(|old| old.settings == **push);
        let mut new_pulls = Vec::new();
        for pull in settings.pulls.iter().filter(is_new_pull) {
            new_pulls.push((pull.clone(), client(&pull.trust)?));
        }
        let mut new_pushes = Vec::new();
        for push in settings.pushes.iter().filter(is_new_push) {
            new_pushes.push((push.clone(), client(&push.trust)?));
        }

        let before = state.count();
        state.pulls.retain(|pull| settings.pulls.contains(&pull.settings));
        state
            .pushes
            .retain(|push| settings.pushes.contains(&push.settings));
        let removed = before.saturating_sub(state.count());
        state.end_orphans();
        let added = new_pulls.len().saturating_add(new_pushes.len());
        for (settings, client) in new_pulls {
            state.add_pull(shared, settings, client);
        }
        for (settings, client) in new_pushes {
            let number = state.next_number();
            state.pushes.push(PushRelay {
                number,
                settings,
                client,
            });
        }
        for key in shared.presence.published() {
            state.push(shared, &key);
        }
        if added > 0 || removed > 0 {
            info!(
                added,
                removed,
                unchanged = before.saturating_sub(removed),
                "relays configured"
            );
        }
        Ok(())
    }

    /// Ends all relays, and waits a moment for them to take their leave.
    pub async fn stop(&self) {
        let holds = {
            let state = std::mem::take(&mut *self.0.state());
            let pulls = state.pulls.into_iter().filter_map(|pull| pull.hold);
            let demanded = state.demanded.into_values().map(|demanded| demanded.hold);
            let pushing = state.pushing.into_values().map(|pushing| pushing.hold);
            pulls.chain(demanded).chain(pushing).collect::<Vec<_>>()
        };
        let ends: Vec<_> = holds.into_iter().map(|hold| tokio::spawn(hold.end())).collect();
        let all = async {
            for end in ends {
                let _ = end.await;
            }
        };
        // Those who take longer are left to themselves: the server has stopped.
        let _ = timeout(TIME_TO_STOP, all).await;
    }
}

fn client(trust: &TrustSettings) -> Result<ClientSettings, RelayError> {
    if trust.insecure {
        warn!("a relay has insecure = true: any certificate is taken, also that of who stands in between");
    }
    trust.client()
}

impl State {
    fn next_number(&mut self) -> u64 {
        self.number = self.number.wrapping_add(1);
        self.number
    }

    fn count(&self) -> usize {
        self.pulls.len().saturating_add(self.pushes.len())
    }

    /// Ends what belongs to relays that are no longer there.
    fn end_orphans(&mut self) {
        let Self {
            pulls,
            pushes,
            demanded,
            pushing,
            ..
        } = self;
        demanded.retain(|_, demanded| pulls.iter().any(|pull| pull.number == demanded.relay));
        pushing.retain(|_, pushing| pushes.iter().any(|push| push.number == pushing.relay));
    }

    fn add_pull(&mut self, shared: &Arc<Shared>, settings: PullSettings, client: ClientSettings) {
        let key = settings.stream.only().filter(|_| !settings.on_demand);
        let hold = key.map(|key| {
            let (hold, leash) = leash();
            let pull = Pull {
                url: settings.url.fill(&key),
                key,
                client: client.clone(),
                via: Via::default(),
                demand: None,
            };
            tokio::spawn(pull::run(pull, Arc::clone(shared), leash));
            hold
        });
        let number = self.next_number();
        self.pulls.push(PullRelay {
            number,
            settings,
            client,
            hold,
        });
    }

    /// Starts the pushes of a stream that is published, but for those that there are.
    fn push(&mut self, shared: &Arc<Shared>, key: &StreamKey) {
        let mut wanted = Vec::new();
        for relay in self
            .pushes
            .iter()
            .filter(|relay| relay.settings.stream.matches(key))
        {
            for (target, url) in relay.settings.urls.iter().enumerate() {
                let is_there = |pushing: &Pushing| {
                    (&pushing.key, pushing.relay, pushing.target) == (key, relay.number, target)
                };
                if !self.pushing.values().any(is_there) {
                    wanted.push((relay.number, target, url.fill(key), relay.client.clone()));
                }
            }
        }
        for (relay, target, url, client) in wanted {
            let number = self.next_number();
            let (hold, leash) = leash();
            let push = Push {
                key: key.clone(),
                url,
                client,
                number,
            };
            tokio::spawn(push::run(push, Arc::clone(shared), leash));
            let pushing = Pushing {
                key: key.clone(),
                relay,
                target,
                hold,
            };
            self.pushing.insert(number, pushing);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server, unless it stops.
    fn handle(&self) -> Option<Handle> {
        self.state().host.as_ref().map(|host| host.handle.clone())
    }

    /// Somebody publishes or plays from now on.
    fn enter(self: &Arc<Self>, key: &StreamKey, part: Part, who: Who, via: Via) {
        self.presence.enter(key, part, who, via);
        if part == Part::Publishes {
            let mut state = self.state();
            if state.host.is_some() {
                state.push(self, key);
            }
        }
    }

    /// Has a stream fetched for somebody, unless it is there.
    fn demand(self: &Arc<Self>, key: &StreamKey, via: Via) -> Result<Option<Wait>, Refusal> {
        let mut state = self.state();
        if self.presence.counts(key).is_published() || state.host.is_none() {
            return Ok(None);
        }
        // Under the lock, under which a pull that nobody wants is removed.
        let asking = self.presence.ask(key);
        if let Some(demanded) = state.demanded.get(key) {
            let answer = demanded.answer.clone();
            return Ok(Some(Wait { answer, asking }));
        }
        let fitting = |pull: &PullRelay| {
            let url = pull.settings.on_demand(key)?;
            Some((pull.number, url, pull.settings.linger, pull.client.clone()))
        };
        let Some((relay, url, linger, client)) = state.pulls.iter().find_map(fitting) else {
            return Ok(None);
        };
        if state.demanded.len() >= MOST_ON_DEMAND {
            return Err(Refusal::Full("streams that are fetched on demand".into()));
        }
        let number = state.next_number();
        let (sender, answer) = watch::channel(Answer::NotYet);
        let (hold, leash) = leash();
        let demand = Demand {
            linger,
            answer: sender,
            number,
        };
        let pull = Pull {
            key: key.clone(),
            url,
            client,
            via,
            demand: Some(demand),
        };
        tokio::spawn(pull::run(pull, Arc::clone(self), leash));
        let demanded = Demanded {
            relay,
            number,
            answer: answer.clone(),
            hold,
        };
        state.demanded.insert(key.clone(), demanded);
        Ok(Some(Wait { answer, asking }))
    }

    /// Removes a pull that nobody wants; `false` if somebody does.
    fn retire(&self, key: &StreamKey, number: u64) -> bool {
        let mut state = self.state();
        if self.presence.counts(key).is_wanted() {
            return false;
        }
        state.forget(key, number);
        true
    }

    /// Removes a pull, whoever wants it.
    fn forget(&self, key: &StreamKey, number: u64) {
        self.state().forget(key, number);
    }

    /// Removes a push whose stream has ended; `false` if it is published again.
    fn push_ends(&self, key: &StreamKey, number: u64) -> bool {
        let mut state = self.state();
        if self.presence.counts(key).is_published() {
            return false;
        }
        state.pushing.remove(&number);
        true
    }
}

impl State {
    fn forget(&mut self, key: &StreamKey, number: u64) {
        if self
            .demanded
            .get(key)
            .is_some_and(|demanded| demanded.number == number)
        {
            self.demanded.remove(key);
        }
    }
}

/// Writes the journal, and sees who comes and goes.
impl Observer for Relays {
    fn on_start(&self, peer: &Peer) {
        self.0.journal.on_start(peer);
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        self.0.journal.on_event(peer, event);
        let who = Who::Peer(peer.id);
        let via = || Via::parse(&peer.connect.via).unwrap_or_default();
        match event {
            SessionEvent::Publishing { key, .. } => self.0.enter(key, Part::Publishes, who, via()),
            SessionEvent::Playing { key, .. } => self.0.enter(key, Part::Plays, who, via()),
            SessionEvent::Stopped { key, role, .. } => {
                let part = match role {
                    Role::Publisher => Part::Publishes,
                    Role::Player => Part::Plays,
                };
                self.0.presence.leave(key, part, who);
            }
            _ => {}
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.0.journal.on_end(peer, end);
    }

    fn on_trouble(&self, trouble: &Trouble) {
        self.0.journal.on_trouble(trouble);
    }
}
