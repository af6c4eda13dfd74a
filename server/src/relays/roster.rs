//! The relays that there are, and the tasks that they have started.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rtmp_core::connection::server::Refusal;
use rtmp_core::host::ListenAddr;
use rtmp_core::hub::StreamKey;
use rtmp_core::url::Scheme;
use rtmp_tokio::Handle;
use tokio::sync::watch;
use tracing::warn;

use super::Shared;
use super::demand::patience;
use super::health::{UNVERIFIED, server_of};
use super::leash::{Hold, Leash, leash};
use super::loops::Via;
use super::pull::{self, Answer, Demand, Pull};
use super::push::Push;
use super::settings::{PullSettings, PushSettings, RelayError, RelaySettings, Resume, Section, Way};
use super::sources::{Fetch, Source, fetch};

/// Streams that are fetched on demand at the same time: each is a connection, and whoever may play decides how many.
const MOST_ON_DEMAND: usize = 1000;

/// Those among them that one address has asked for and that are not there yet. Who asks for names that nobody has would
/// otherwise keep everybody else from asking.
const MOST_UNANSWERED: usize = 100;

#[derive(Default)]
pub(super) struct Roster {
    /// Once there is a server.
    pub(super) host: Option<Host>,
    pulls: Vec<Relay<PullSettings>>,
    pushes: Vec<Relay<PushSettings>>,
    /// Tasks that fetch streams for good.
    kept: HashMap<StreamKey, Fetch>,
    demanded: HashMap<StreamKey, Demanded>,
    /// How long players wait for a stream that is fetched on demand.
    pub(super) wait: Duration,
    pushing: HashMap<u64, Pushing>,
    /// The last one given to anything.
    number: u64,
}

pub(super) struct Host {
    pub(super) handle: Handle,
    pub(super) listening: Vec<ListenAddr>,
}

/// What one section of the configuration asks for.
struct Relay<S> {
    number: u64,
    settings: S,
    /// How the other server is reached: from the next connection on, when it changes.
    way: watch::Sender<Way>,
}

/// A task that fetches a stream on demand.
struct Demanded {
    fetch: Fetch,
    number: u64,
    /// Who has asked for it first.
    asker: Option<IpAddr>,
    answer: watch::Receiver<Answer>,
}

/// A task that sends a stream.
struct Pushing {
    key: StreamKey,
    relay: u64,
    hold: Hold,
}

/// What has become of the relays that there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
}

impl Roster {
    /// Goes on with these relays. Those that stay, their tasks among them, are not touched.
    pub(super) fn reconfigure(
        &mut self,
        shared: &Arc<Shared>,
        settings: &RelaySettings,
    ) -> Result<Changes, RelayError> {
        if let Some(host) = &self.host {
            settings.check(&host.listening)?;
        }
        let pulls = prepare(&settings.pulls, settings.timeout)?;
        let pushes = prepare(&settings.pushes, settings.timeout)?;
        let mut changes = Changes::default();
        let new_pulls = renew(&mut self.pulls, pulls, &mut changes);
        let new_pushes = renew(&mut self.pushes, pushes, &mut changes);
        for (settings, way) in new_pulls {
            let relay = self.relay(settings, way);
            self.pulls.push(relay);
        }
        for (settings, way) in new_pushes {
            let relay = self.relay(settings, way);
            self.pushes.push(relay);
        }
        // In the order of the file: that is the order in which the sources of a stream are tried.
        let place = |relay: &Relay<PullSettings>| {
            let mut wanted = settings.pulls.iter();
            wanted.position(|wanted| wanted.is_same(&relay.settings))
        };
        self.pulls.sort_by_key(place);
        self.follow(shared);
        Ok(changes)
    }

    fn relay<S: Section>(&mut self, settings: S, way: Way) -> Relay<S> {
        let url = settings.url().url();
        if settings.trust().insecure && url.scheme() == Scheme::Rtmps {
            let server = server_of(url);
            warn!(relay = S::KIND, server, "{UNVERIFIED}");
        }
        Relay {
            number: self.next_number(),
            settings,
            way: watch::channel(way).0,
        }
    }

    /// Tells tasks of the relays that there are now, ends those that are of none any more, and starts those that fetch for good.
    fn follow(&mut self, shared: &Arc<Shared>) {
        let Self {
            pulls,
            pushes,
            kept,
            demanded,
            pushing,
            ..
        } = self;
        kept.retain(|key, fetch| fetch.go_on_with(sources(pulls, key, false)));
        demanded.retain(|key, demanded| demanded.fetch.go_on_with(sources(pulls, key, true)));
        pushing.retain(|_, pushing| pushes.iter().any(|push| push.number == pushing.relay));
        let for_good = pulls.iter().filter(|pull| !pull.settings.on_demand);
        for key in for_good.filter_map(|pull| pull.settings.stream.only()) {
            if kept.contains_key(&key) {
                continue;
            }
            let (fetch, sources, leash) = fetch(sources(pulls, &key, false));
            let pull = Pull {
                key: key.clone(),
                via: Via::default(),
                demand: None,
            };
            tokio::spawn(pull::run(pull, sources, Arc::clone(shared), leash));
            kept.insert(key, fetch);
        }
    }

    /// The pushes of a stream that is published, but for those that there are: they are to be started.
    pub(super) fn push(&mut self, key: &StreamKey) -> Vec<(Push, Leash)> {
        let is_there = |relay: &Relay<PushSettings>| {
            let mut pushing = self.pushing.values();
            pushing.any(|pushing| pushing.key == *key && pushing.relay == relay.number)
        };
        let wanted: Vec<_> = (self.pushes.iter())
            .filter(|relay| relay.settings.stream.matches(key) && !is_there(relay))
            .map(|relay| (relay.number, relay.settings.url.fill(key), relay.way.subscribe()))
            .collect();
        let mut pushes = Vec::new();
        for (relay, url, way) in wanted {
            let number = self.next_number();
            let (hold, leash) = leash();
            let push = Push {
                key: key.clone(),
                url,
                way,
                relay,
                number,
            };
            pushes.push((push, leash));
            let key = key.clone();
            self.pushing.insert(number, Pushing { key, relay, hold });
        }
        pushes
    }

    /// With what a push of this section goes on.
    pub(super) fn resume(&self, relay: u64) -> Resume {
        let relay = self.pushes.iter().find(|push| push.number == relay);
        // One that is taken away ends.
        relay.map(|relay| relay.settings.resume).unwrap_or_default()
    }

    /// Whether a stream is fetched when somebody wants to play it.
    pub(super) fn is_on_demand(&self, key: &StreamKey) -> bool {
        self.pulls.iter().any(|pull| pull.settings.is_for(key, true))
    }

    /// Has a stream fetched for a player at this address that comes this way: how that goes. `None` if no relay is for it.
    pub(super) fn demand(
        &mut self,
        shared: &Arc<Shared>,
        key: &StreamKey,
        asker: Option<IpAddr>,
        via: Via,
    ) -> Result<Option<watch::Receiver<Answer>>, Refusal> {
        if let Some(demanded) = self.demanded.get(key) {
            return Ok(Some(demanded.answer.clone()));
        }
        let mut fitting = self.pulls.iter().filter(|pull| pull.settings.is_for(key, true));
        let Some(linger) = fitting.next().map(|pull| pull.settings.linger) else {
            return Ok(None);
        };
        let is_unanswered = |demanded: &&Demanded| {
            asker.is_some() && demanded.asker == asker && *demanded.answer.borrow() != Answer::Published
        };
        if self.demanded.len() >= MOST_ON_DEMAND
            || self.demanded.values().filter(is_unanswered).count() >= MOST_UNANSWERED
        {
            return Err(Refusal::Full("streams that are fetched on demand".into()));
        }
        let number = self.next_number();
        let (sender, answer) = watch::channel(Answer::NotYet);
        let (fetch, sources, leash) = fetch(sources(&self.pulls, key, true));
        let pull = Pull {
            key: key.clone(),
            via,
            demand: Some(Demand {
                linger,
                patience: patience(self.wait),
                answer: sender,
                number,
            }),
        };
        tokio::spawn(pull::run(pull, sources, Arc::clone(shared), leash));
        let demanded = Demanded {
            fetch,
            number,
            asker,
            answer: answer.clone(),
        };
        self.demanded.insert(key.clone(), demanded);
        Ok(Some(answer))
    }

    /// A pull on demand has ended.
    pub(super) fn forget_pull(&mut self, key: &StreamKey, number: u64) {
        if self
            .demanded
            .get(key)
            .is_some_and(|demanded| demanded.number == number)
        {
            self.demanded.remove(key);
        }
    }

    /// A push has ended.
    pub(super) fn forget_push(&mut self, number: u64) {
        self.pushing.remove(&number);
    }

    /// What all tasks are held by.
    pub(super) fn into_holds(self) -> Vec<Hold> {
        let demanded = self.demanded.into_values().map(|demanded| demanded.fetch);
        let fetches = self.kept.into_values().chain(demanded);
        let pushing = self.pushing.into_values().map(|pushing| pushing.hold);
        fetches.map(|fetch| fetch.hold).chain(pushing).collect()
    }

    fn next_number(&mut self) -> u64 {
        self.number = self.number.wrapping_add(1);
        self.number
    }
}

/// Where a stream is to be fetched from, in the order in which that is tried.
fn sources(pulls: &[Relay<PullSettings>], key: &StreamKey, on_demand: bool) -> Vec<Source> {
    let fitting = pulls.iter().filter(|pull| pull.settings.is_for(key, on_demand));
    let source = |pull: &Relay<PullSettings>| Source {
        relay: pull.number,
        url: pull.settings.url.fill(key),
        way: pull.way.subscribe(),
    };
    fitting.map(source).collect()
}

/// Reads the certificates of all relays, also of those that there are: a file may say something else by now.
fn prepare<S: Section>(sections: &[S], timeout: Option<Duration>) -> Result<Vec<(S, Way)>, RelayError> {
    let prepared = sections
        .iter()
        .map(|section| Ok((section.clone(), section.trust().way(timeout)?)));
    prepared.collect()
}

/// Keeps those relays that are among `wanted`, as these want them; returns those that are new, among them those that are begun
/// anew since they say something else to the server that they lead to.
fn renew<S: Section>(
    relays: &mut Vec<Relay<S>>,
    wanted: Vec<(S, Way)>,
    changes: &mut Changes,
) -> Vec<(S, Way)> {
    let is_wanted = |relay: &Relay<S>| wanted.iter().any(|(wanted, _)| wanted.is_same(&relay.settings));
    let (stay, gone) = std::mem::take(relays).into_iter().partition(is_wanted);
    *relays = stay;
    let mut gone: Vec<S> = Vec::from_iter(gone.into_iter().map(|relay: Relay<S>| relay.settings));
    let mut new = Vec::new();
    for (settings, way) in wanted {
        let Some(relay) = relays.iter_mut().find(|relay| relay.settings.is_same(&settings)) else {
            match gone.iter().position(|gone| gone.leads_alike(&settings)) {
                Some(place) => {
                    gone.swap_remove(place);
                    changes.changed += 1;
                }
                None => changes.added += 1,
            }
            new.push((settings, way));
            continue;
        };
        if relay.settings == settings {
            changes.unchanged += 1;
        } else {
            changes.changed += 1;
        }
        let trust = settings.trust();
        // Others would lose their TLS sessions for nothing.
        if trust != relay.settings.trust() || trust.ca.is_some() {
            relay.way.send_replace(way);
        }
        relay.settings = settings;
    }
    changes.removed += gone.len();
    new
}

#[cfg(test)]
mod tests {
    use rtmp_console::Journal;

    use super::super::Relays;
    use super::*;

    fn pulls(url: &str) -> RelaySettings {
        RelaySettings {
            pulls: vec![PullSettings {
                stream: "live/*".parse().unwrap(),
                url: url.parse().unwrap(),
                on_demand: true,
                linger: PullSettings::LINGER,
                trust: Default::default(),
            }],
            ..RelaySettings::default()
        }
    }

    #[tokio::test]
    async fn who_asks_for_everything_does_not_keep_others_from_asking() {
        let relays = Relays::new(Arc::new(Journal::new(false)));
        let shared = &relays.0;
        let mut roster = shared.roster();
        roster
            .reconfigure(shared, &pulls("rtmp://127.0.0.1:1/live/{name}"))
            .unwrap();
        let mut ask = |name: usize, ip: &str| {
            let key = StreamKey::new(format!("live/{name}"));
            roster
                .demand(shared, &key, Some(ip.parse().unwrap()), Via::default())
                .map(|answer| answer.is_some())
        };
        for name in 0..MOST_UNANSWERED {
            assert_eq!(ask(name, "192.0.2.1"), Ok(true));
        }
        assert!(matches!(ask(1000, "192.0.2.1"), Err(Refusal::Full(_))));
        assert_eq!(ask(0, "192.0.2.1"), Ok(true), "it is being fetched");
        assert_eq!(ask(1000, "192.0.2.2"), Ok(true));
        for name in 0..2 * MOST_ON_DEMAND {
            let _ = ask(name, &format!("198.51.100.{}", name / MOST_UNANSWERED));
        }
        assert!(matches!(ask(5000, "192.0.2.3"), Err(Refusal::Full(_))));
        assert_eq!(roster.demanded.len(), MOST_ON_DEMAND);
    }

    #[tokio::test]
    async fn what_changes_about_a_relay_leaves_it_there() {
        let relays = Relays::new(Arc::new(Journal::new(false)));
        let shared = &relays.0;
        let mut roster = shared.roster();
        let mut settings = pulls("rtmps://a.example/live/{name}");
        let added = |changes: Changes| (changes.added, changes.removed, changes.changed, changes.unchanged);
        assert_eq!(
            added(roster.reconfigure(shared, &settings).unwrap()),
            (1, 0, 0, 0)
        );
        let number = roster.pulls[0].number;
        settings.pulls[0].linger *= 2;
        settings.pulls[0].trust.insecure = true;
        assert_eq!(
            added(roster.reconfigure(shared, &settings).unwrap()),
            (0, 0, 1, 0)
        );
        assert_eq!(roster.pulls[0].number, number);
        assert_eq!(
            added(roster.reconfigure(shared, &settings).unwrap()),
            (0, 0, 0, 1)
        );
        settings.pulls[0].trust.ca = Some("/no/such.pem".into());
        assert!(roster.reconfigure(shared, &settings).is_err());
        assert_eq!(roster.pulls[0].settings.trust.ca, None);
        let token = pulls("rtmps://me:secret@a.example/live/{name}?token=2");
        assert_eq!(added(roster.reconfigure(shared, &token).unwrap()), (0, 0, 1, 0));
        assert_ne!(roster.pulls[0].number, number, "it is begun anew");
        let others = pulls("rtmps://b.example/live/{name}");
        assert_eq!(added(roster.reconfigure(shared, &others).unwrap()), (1, 1, 0, 0));
    }
}
