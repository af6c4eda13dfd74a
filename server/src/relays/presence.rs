//! Who publishes and plays what, at this moment: what relays come and go by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtmp_core::hub::StreamKey;
use tokio::sync::watch;

use super::loops::Via;

/// All streams on which there is somebody, or that somebody watches.
#[derive(Debug, Default)]
pub(super) struct Presence(Mutex<HashMap<StreamKey, Here>>);

#[derive(Debug, Default)]
struct Here {
    publishers: Vec<Party>,
    players: Vec<Party>,
    askers: usize,
    /// Kept only while somebody watches.
    counts: Option<watch::Sender<Counts>>,
}

/// One publisher or player, and where its stream has been before.
#[derive(Debug)]
struct Party {
    who: Who,
    via: Via,
}

/// Who publishes or plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The peer of this id.
    Peer(u64),
    /// A pull.
    Relay,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Publishers that are no pull. Two, while one takes over from the other.
    pub(super) local: usize,
    /// Pulls that publish.
    pub(super) pulled: usize,
    /// Players that have come through a connection.
    pub(super) players: usize,
    /// Those who wait for a pull.
    pub(super) askers: usize,
}

impl Counts {
    pub(super) const fn is_published(&self) -> bool {
        self.local > 0 || self.pulled > 0
    }

    pub(super) const fn is_wanted(&self) -> bool {
        self.players > 0 || self.askers > 0
    }
}

/// What somebody does with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Publishes,
    Plays,
}

impl Here {
    fn parties(&mut self, part: Part) -> &mut Vec<Party> {
        match part {
            Part::Publishes => &mut self.publishers,
            Part::Plays => &mut self.players,
        }
    }

    fn counts(&self) -> Counts {
        let local = self.publishers.iter();
        let local = local.filter(|party| party.who != Who::Relay).count();
        Counts {
            local,
            pulled: self.publishers.len().saturating_sub(local),
            players: self.players.len(),
            askers: self.askers,
        }
    }
}

impl Presence {
    /// Somebody publishes or plays from now on.
    pub(super) fn enter(&self, key: &StreamKey, part: Part, who: Who, via: Via) {
        self.change(key, |here| here.parties(part).push(Party { who, via }));
    }

    /// And does so no longer.
    pub(super) fn leave(&self, key: &StreamKey, part: Part, who: Who) {
        self.change(key, |here| {
            let parties = here.parties(part);
            if let Some(index) = parties.iter().position(|party| party.who == who) {
                parties.swap_remove(index);
            }
        });
    }

    /// What there is on a stream, and what will be.
    pub(super) fn watch(self: &Arc<Self>, key: &StreamKey) -> Watch {
        let mut streams = self.lock();
        let here = streams.entry(key.clone()).or_default();
        let counts = here.counts();
        let sender = here.counts.get_or_insert_with(|| watch::channel(counts).0);
        Watch {
            counts: sender.subscribe(),
            presence: Arc::clone(self),
            key: key.clone(),
        }
    }

    /// Somebody waits for a pull of a stream, until this is dropped.
    pub(super) fn ask(self: &Arc<Self>, key: &StreamKey) -> Asking {
        self.change(key, |here| here.askers = here.askers.saturating_add(1));
        Asking {
            presence: Arc::clone(self),
            key: key.clone(),
        }
    }

    pub(super) fn counts(&self, key: &StreamKey) -> Counts {
        self.lock().get(key).map(Here::counts).unwrap_or_default()
    }

    /// All streams that are published.
    pub(super) fn published(&self) -> Vec<StreamKey> {
        let streams = self.lock();
        let published = streams.iter().filter(|(_, here)| !here.publishers.is_empty());
        published.map(|(key, _)| key.clone()).collect()
    }

    /// Where those have been who publish a stream, or play it.
    pub(super) fn via(&self, key: &StreamKey, part: Part) -> Via {
        let mut via = Via::default();
        if let Some(here) = self.lock().get_mut(key) {
            for party in here.parties(part) {
                via.add(&party.via);
            }
        }
        via
    }

    /// Whether one of those who publish a stream, or play it, has been at one of these places.
    pub(super) fn meets(&self, key: &StreamKey, part: Part, via: &Via) -> bool {
        let mut streams = self.lock();
        let parties = streams.get_mut(key).map(|here| here.parties(part));
        parties.is_some_and(|parties| parties.iter().any(|party| party.via.meets(via)))
    }

    fn change(&self, key: &StreamKey, change: impl FnOnce(&mut Here)) {
        let mut streams = self.lock();
        let here = streams.entry(key.clone()).or_default();
        change(here);
        let counts = here.counts();
        if let Some(sender) = &here.counts {
            if sender.receiver_count() > 0 {
                sender.send_if_modified(|known| std::mem::replace(known, counts) != counts);
                return;
            }
            here.counts = None;
        }
        if counts == Counts::default() {
            streams.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamKey, Here>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is on one stream.
#[derive(Debug)]
pub(super) struct Watch {
    counts: watch::Receiver<Counts>,
    presence: Arc<Presence>,
    key: StreamKey,
}

impl Watch {
    pub(super) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    pub(super) const fn key(&self) -> &StreamKey {
        &self.key
    }

    /// Waits until it `is_so`. Nothing is lost when the future is dropped.
    pub(super) async fn until(&mut self, is_so: impl FnMut(&Counts) -> bool) {
        // The sender is there as long as there is a receiver.
        let _ = self.counts.wait_for(is_so).await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // So that this one is not counted any more.
        self.counts = watch::channel(Counts::default()).1;
        self.presence.change(&self.key, |_| ());
    }
}

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Asking {
    presence: Arc<Presence>,
    key: StreamKey,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.presence
            .change(&self.key, |here| here.askers = here.askers.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relays::loops::ServerId;

    const PEER: Who = Who::Peer(1);

    fn key() -> StreamKey {
        "live/x".into()
    }

    #[tokio::test]
    async fn who_comes_and_goes_is_counted_and_told() {
        let presence = Arc::new(Presence::default());
        let mut watch = presence.watch(&key());
        assert_eq!(watch.counts(), Counts::default());
        presence.enter(&key(), Part::Publishes, PEER, Via::default());
        presence.enter(&key(), Part::Plays, Who::Peer(2), Via::default());
        watch
            .until(|counts| counts.local == 1 && counts.players == 1)
            .await;
        assert_eq!(presence.published(), [key()]);
        presence.leave(&key(), Part::Publishes, PEER);
        presence.leave(&key(), Part::Plays, Who::Peer(2));
        watch.until(|counts| *counts == Counts::default()).await;
    }

    #[test]
    fn a_pull_is_no_local_publisher_and_one_of_two_may_leave() {
        let presence = Arc::new(Presence::default());
        presence.enter(&key(), Part::Publishes, Who::Relay, Via::default());
        presence.enter(&key(), Part::Publishes, PEER, Via::default());
        presence.enter(&key(), Part::Publishes, Who::Peer(2), Via::default());
        presence.leave(&key(), Part::Publishes, PEER);
        let counts = presence.counts(&key());
        assert_eq!((counts.local, counts.pulled), (1, 1));
        let asking = presence.ask(&key());
        assert!(presence.counts(&key()).is_wanted());
        drop(asking);
        assert!(!presence.counts(&key()).is_wanted());
    }

    #[test]
    fn a_stream_that_nobody_is_on_takes_no_room() {
        let presence = Arc::new(Presence::default());
        let watch = presence.watch(&key());
        presence.enter(&key(), Part::Plays, PEER, Via::default());
        presence.leave(&key(), Part::Plays, PEER);
        assert_eq!(presence.lock().len(), 1, "it is watched");
        drop(watch);
        assert_eq!(presence.lock().len(), 0);
    }

    #[test]
    fn where_a_stream_has_been_is_known_while_somebody_is_on_it() {
        let presence = Presence::default();
        let stop = ServerId::draw().stop(&key());
        let mut via = Via::default();
        via.pass(stop);
        presence.enter(&key(), Part::Plays, PEER, via.clone());
        assert!(presence.meets(&key(), Part::Plays, &via));
        assert!(!presence.meets(&key(), Part::Publishes, &via));
        assert_eq!(presence.via(&key(), Part::Plays), via);
        presence.leave(&key(), Part::Plays, PEER);
        assert!(!presence.meets(&key(), Part::Plays, &via));
    }
}
