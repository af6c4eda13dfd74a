//! The servers that one stream can be fetched from.

use std::time::Duration;

use rtmp_core::url::RtmpUrl;
use rtmp_tokio::Client;
use tokio::sync::watch;

use super::leash::{Hold, Leash, leash};
use super::settings::Way;

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The section that names it.
    pub(super) relay: u64,
    pub(super) url: RtmpUrl,
    pub(super) way: watch::Receiver<Way>,
}

/// All of them, as a task has them that takes turns with them: where one fails it is the next one's turn, and it stays with one
/// that does its part.
#[derive(Debug)]
pub(super) struct Sources {
    all: watch::Receiver<Vec<Source>>,
    turn: Turn,
}

/// A source that has gone well for so long has not failed in the round in which it is lost. Those that send a little and hang up
/// are not asked in a loop.
const SETTLED: Duration = Duration::from_secs(10);

/// A server on the other side of the world that has the stream sends it sooner, also through TLS.
const SHORTEST_SHARE: Duration = Duration::from_secs(3);

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// `None` before the first.
    relay: Option<u64>,
    /// Failures, one behind the other.
    failed: usize,
}

/// A task that fetches a stream, and the sources that it is told of.
#[derive(Debug)]
pub(super) struct Fetch {
    all: watch::Sender<Vec<Source>>,
    pub(super) hold: Hold,
}

/// What a task is started with that fetches a stream from these, one at a time, and what it is held by.
pub(super) fn fetch(sources: Vec<Source>) -> (Fetch, Sources, Leash) {
    let (sender, all) = watch::channel(sources);
    let (hold, leash) = leash();
    let turn = Turn::default();
    (Fetch { all: sender, hold }, Sources { all, turn }, leash)
}

impl Fetch {
    /// Goes on with these; `false` if there are none.
    pub(super) fn go_on_with(&self, sources: Vec<Source>) -> bool {
        let relays = |sources: &[Source]| sources.iter().map(|source| source.relay).collect::<Vec<_>>();
        let is_any = !sources.is_empty();
        self.all.send_if_modified(|known| {
            let is_other = relays(known) != relays(&sources);
            *known = sources;
            is_other
        });
        is_any
    }
}

impl Sources {
    pub(super) fn count(&self) -> usize {
        self.all.borrow().len()
    }

    /// What one of them may take of a time in which all of them are to be tried. There may be too many for that.
    pub(super) fn share(&self, time: Duration) -> Duration {
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        time.checked_div(count).unwrap_or(time).max(SHORTEST_SHARE)
    }

    pub(super) fn has(&self, relay: u64) -> bool {
        self.all.borrow().iter().any(|source| source.relay == relay)
    }

    /// Whose turn it is; `None` if there is nobody any more. In the place of one that is taken away stands the first.
    pub(super) fn current(&mut self) -> Option<Source> {
        let all = self.all.borrow_and_update();
        let source = all.get(self.turn.place(&all).unwrap_or_default()).cloned();
        self.turn.relay = source.as_ref().map(|source| source.relay);
        source
    }

    /// Whether the client of the one in turn is with somebody whom nobody has verified, and nobody has said so before.
    pub(super) fn is_unverified(&self, client: &Client) -> bool {
        let all = self.all.borrow();
        let source = all.iter().find(|source| Some(source.relay) == self.turn.relay);
        source.is_some_and(|source| source.way.borrow().trust.doubt(&source.url).has_come(client))
    }

    /// The one in turn has failed, which had gone well for so long: the next one's turn. `true` if all have failed by now, one
    /// behind the other.
    pub(super) fn failed(&mut self, went_well: Duration) -> bool {
        if went_well >= SETTLED {
            self.turn.failed = 0;
        }
        let all = self.all.borrow();
        // They may have changed places meanwhile.
        let next = self.turn.place(&all).map_or(0, |place| place.saturating_add(1));
        let source = all.get(next).or_else(|| all.first());
        self.turn.relay = source.map(|source| source.relay);
        self.turn.failed = self.turn.failed.saturating_add(1);
        let have_all = self.turn.failed >= all.len();
        if have_all {
            self.turn.failed = 0;
        }
        have_all
    }

    /// Ready once the one in turn is taken away. Nothing is lost when the future is dropped.
    pub(super) async fn is_taken_away(&mut self) {
        let relay = self.turn.relay;
        let is_there = |source: &Source| Some(source.relay) == relay;
        // An error is a task that is to end: its leash says so.
        if self.all.wait_for(|all| !all.iter().any(is_there)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Turn {
    /// Where it is among them.
    fn place(&self, all: &[Source]) -> Option<usize> {
        all.iter().position(|source| Some(source.relay) == self.relay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(relay: u64) -> Source {
        Source {
            relay,
            url: "rtmp://a.example/live/x".parse().unwrap(),
            way: watch::channel(Way::default()).1,
        }
    }

    fn turn(sources: &mut Sources) -> Option<u64> {
        sources.current().map(|source| source.relay)
    }

    #[test]
    fn the_next_ones_turn_comes_where_one_fails() {
        let (_fetch, mut sources, _leash) = fetch([1, 2, 3].map(source).into());
        assert_eq!(turn(&mut sources), Some(1));
        assert_eq!(turn(&mut sources), Some(1), "it has not failed");
        assert!(!sources.failed(Duration::ZERO));
        assert_eq!(turn(&mut sources), Some(2));
        assert!(!sources.failed(Duration::ZERO));
        assert_eq!(turn(&mut sources), Some(3));
        assert!(sources.failed(Duration::ZERO), "all have");
        assert_eq!(turn(&mut sources), Some(1));
    }

    #[test]
    fn a_round_begins_with_the_one_that_failed_after_it_had_done_its_part() {
        let (_fetch, mut sources, _leash) = fetch([1, 2].map(source).into());
        turn(&mut sources);
        assert!(!sources.failed(Duration::ZERO));
        turn(&mut sources);
        assert!(!sources.failed(SETTLED), "it has done its part for long enough");
        assert_eq!(turn(&mut sources), Some(1));
        assert!(sources.failed(Duration::ZERO));
    }

    #[test]
    fn one_alone_fails_each_time() {
        let (_fetch, mut sources, _leash) = fetch(vec![source(7)]);
        for _ in 0..2 {
            assert_eq!(turn(&mut sources), Some(7));
            assert!(sources.failed(Duration::ZERO));
        }
    }

    #[test]
    fn the_next_one_is_the_next_also_where_places_have_changed() {
        let (fetch, mut sources, _leash) = fetch([1, 2].map(source).into());
        turn(&mut sources);
        fetch.go_on_with([3, 1, 2].map(source).into());
        sources.failed(Duration::ZERO);
        assert_eq!(turn(&mut sources), Some(2));
    }

    #[test]
    fn each_has_its_share_and_many_have_enough_to_answer() {
        let share = |count| {
            fetch((0..count).map(source).collect())
                .1
                .share(Duration::from_secs(15))
        };
        assert_eq!(
            [1, 2, 64].map(share),
            [15_000, 7500, 3000].map(Duration::from_millis)
        );
    }

    #[tokio::test]
    async fn one_that_is_taken_away_is_left_and_the_others_are_not() {
        let (fetch, mut sources, _leash) = fetch([1, 2].map(source).into());
        turn(&mut sources);
        assert!(fetch.go_on_with([1, 2, 3].map(source).into()));
        let stays = tokio::time::timeout(Duration::from_millis(10), sources.is_taken_away());
        assert!(stays.await.is_err());
        assert_eq!(turn(&mut sources), Some(1));
        assert!(fetch.go_on_with([3, 2].map(source).into()));
        sources.is_taken_away().await;
        assert_eq!(turn(&mut sources), Some(3));
        assert!(!fetch.go_on_with(Vec::new()));
        sources.is_taken_away().await;
        assert_eq!(turn(&mut sources), None);
    }
}
