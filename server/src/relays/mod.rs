//! Streams that servers hand on to one another: `[[pull]]` and `[[push]]` of `rtmp serve`.
//!
//! A pull plays a stream of another server and publishes it here; a push plays one that is published here and publishes it
//! elsewhere. Each is a task with a client of its own. What they come and go by is who is there (`Presence`): publishers start
//! pushes, players start pulls on demand, and their absence ends them. Where a server is lost, a relay tries again
//! (`BackOff`), a pull with the next of its `Sources`; and the stream goes on in time, here (`Timeline`) and there (`Seam`).

mod air;
mod back_off;
mod demand;
mod health;
mod leash;
mod loops;
mod outages;
mod pattern;
mod presence;
mod pull;
mod push;
mod roster;
mod seam;
mod settings;
mod sources;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rtmp_console::Journal;
use rtmp_core::connection::server::Refusal;
use rtmp_core::host::{End, ListenAddr, Observer, Peer, Trouble};
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Role, SessionEvent};
use rtmp_tokio::Handle;
use tokio::time::timeout;
use tracing::{info, warn};

pub use pattern::{Pattern, PatternError, Template, TemplateError};
pub use settings::{PullSettings, PushSettings, RelayError, RelaySettings, Resume};

use demand::Wait;
use loops::{ServerId, Via};
use outages::Outages;
use presence::{Part, Presence, Who};
use push::Feed;
use roster::{Changes, Host, Roster};

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
    outages: Arc<Outages>,
    roster: Mutex<Roster>,
}

impl Relays {
    /// No relays yet, of a server that writes this journal.
    pub fn new(journal: Arc<Journal>) -> Self {
        Self(Arc::new(Shared {
            id: ServerId::draw(),
            journal,
            presence: Arc::default(),
            outages: Arc::default(),
            roster: Mutex::default(),
        }))
    }

    /// From now on, players wait so long for a stream that is fetched on demand, as they do for a publisher; while they do, its
    /// sources are tried again and again. Zero: each is tried once.
    pub fn wait(&self, wait: Duration) {
        self.0.roster().wait = wait;
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
        self.0.roster().host = Some(Host { handle, listening });
        self.reconfigure(settings)
    }

    /// Goes on with these relays: starts those that are new, and ends those that are no longer there. The others are not
    /// touched; what has changed of them, certificates among it, holds from the next connection on, but for what their URLs say
    /// to the other server: that begins them anew. The log says so.
    ///
    /// # Errors
    ///
    /// [`RelayError`]; then all stays as it is.
    pub fn reconfigure(&self, settings: &RelaySettings) -> Result<(), RelayError> {
        let shared = &self.0;
        let Changes {
            added,
            removed,
            changed,
            unchanged,
        } = shared.roster().reconfigure(shared, settings)?;
        shared.catch_up();
        if added > 0 || removed > 0 || changed > 0 {
            info!(added, removed, changed, unchanged, "relays configured");
        }
        Ok(())
    }

    /// Ends all relays, and waits a moment for them to take their leave.
    pub async fn stop(&self) {
        let holds = std::mem::take(&mut *self.0.roster()).into_holds();
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

impl Shared {
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server, unless it stops.
    fn handle(&self) -> Option<Handle> {
        self.roster().host.as_ref().map(|host| host.handle.clone())
    }

    /// Somebody publishes or plays from now on.
    fn enter(self: &Arc<Self>, key: &StreamKey, part: Part, who: Who, via: Via) {
        self.presence.enter(key, part, who, via);
        if part == Part::Publishes {
            self.push(key);
        }
    }

    /// Starts the pushes of a stream that is published, but for those that there are.
    fn push(self: &Arc<Self>, key: &StreamKey) {
        let Some(handle) = self.handle() else {
            return;
        };
        let pushes = self.roster().push(key);
        for (push, leash) in pushes {
            // Now, and not when the task comes to it.
            let feed = Feed::new(handle.clone(), key);
            tokio::spawn(push::run(push, feed, Arc::clone(self), leash));
        }
    }

    /// Does for streams that are there what would have been done when they came.
    fn catch_up(self: &Arc<Self>) {
        for key in self.presence.published() {
            self.push(&key);
        }
        let streams = self.handle().map(|handle| handle.streams());
        for stream in streams.into_iter().flatten() {
            if stream.has_publisher || stream.players == 0 {
                continue;
            }
            // As if they asked for it now.
            match self.demand(&stream.key, None, Via::default()) {
                Ok(Some(mut wait)) => {
                    // They may leave, and nobody here would know.
                    wait.most = wait.most.min(demand::PATIENCE);
                    drop(tokio::spawn(wait.answered()));
                }
                Ok(None) => {}
                Err(refusal) => {
                    let key = self.journal.shown(&stream.key);
                    let reason = refusal.to_string();
                    warn!(
                        relay = "pull",
                        key, reason, "a stream that players wait for is not fetched"
                    );
                }
            }
        }
    }

    /// Has a stream fetched for somebody, unless it is there.
    fn demand(
        self: &Arc<Self>,
        key: &StreamKey,
        asker: Option<IpAddr>,
        via: Via,
    ) -> Result<Option<Wait>, Refusal> {
        let mut roster = self.roster();
        if self.presence.counts(key).is_published() || roster.host.is_none() {
            return Ok(None);
        }
        // Under the lock, under which a pull that nobody wants is removed.
        let asking = self.presence.ask(key);
        let answer = roster.demand(self, key, asker, via)?;
        let most = roster.wait;
        Ok(answer.map(|answer| Wait { answer, asking, most }))
    }

    /// Removes a pull that nobody wants; `false` if somebody does.
    fn retire(&self, key: &StreamKey, number: u64) -> bool {
        let mut roster = self.roster();
        if self.presence.counts(key).is_wanted() {
            return false;
        }
        roster.forget_pull(key, number);
        true
    }

    /// Removes a pull, whoever wants it.
    fn forget(&self, key: &StreamKey, number: u64) {
        self.roster().forget_pull(key, number);
    }

    /// Removes a push whose stream has ended; `false` if it is published again.
    fn push_ends(&self, key: &StreamKey, number: u64) -> bool {
        let mut roster = self.roster();
        if self.presence.counts(key).is_published() {
            return false;
        }
        roster.forget_push(number);
        true
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
