//! Players and publishers as relays see them: those for whom a stream is fetched first, and those that would make a loop.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use rtmp_core::connection::server::{ConnectCommand, Refusal, StreamName};
use rtmp_core::host::Peer;
use rtmp_core::hub::StreamKey;
use rtmp_core::session::{Asked, Decision, Policy};
use rtmp_tokio::{Authorize, PendingDecision};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::warn;

use super::loops::{Loop, Via};
use super::presence::{Asking, Part};
use super::pull::Answer;
use super::{Relays, Shared};

/// How long the sources of a stream have, all together, to send it. Those that send it at all do so within a second.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// What of that is of use where players wait so long.
pub(super) fn patience(wait: Duration) -> Duration {
    if wait.is_zero() {
        PATIENCE
    } else {
        wait.min(PATIENCE)
    }
}

/// Somebody who waits for a pull.
pub(super) struct Wait {
    pub(super) answer: watch::Receiver<Answer>,
    pub(super) asking: Asking,
    /// As long as for a publisher. Zero: until each source has been tried once.
    pub(super) most: Duration,
}

impl Wait {
    /// Waits for an answer: [`Answer::NotYet`] if there is none in time. While somebody waits, sources that fail are tried
    /// again.
    pub(super) async fn answered(self) -> Answer {
        let Self {
            mut answer,
            asking,
            most,
        } = self;
        let is_final = |answer: &Answer| match answer {
            Answer::NotYet => false,
            Answer::Published => true,
            Answer::Failed => most.is_zero(),
        };
        let most = if most.is_zero() { PATIENCE } else { most };
        let answered = timeout(most, answer.wait_for(is_final)).await;
        // It has been taken away.
        let answered = answered.map(|answer| answer.map_or(Answer::Failed, |answer| *answer));
        drop(asking);
        answered.unwrap_or_else(|_| *answer.borrow())
    }
}

impl Policy for Relays {
    fn publish(&self, key: &StreamKey, _: &StreamName, connect: &ConnectCommand) -> Decision {
        match self.0.check(key, connect, Part::Plays) {
            Ok(_) => Decision::Accept,
            Err(found) => refuse(found),
        }
    }

    fn play(&self, key: &StreamKey, _: &StreamName, connect: &ConnectCommand) -> Decision {
        match self.0.check(key, connect, Part::Publishes) {
            Ok(_) if self.0.is_to_be_fetched(key) => Decision::Later,
            Ok(_) => Decision::Accept,
            Err(found) => refuse(found),
        }
    }
}

/// Decides about players of streams that are to be fetched first.
impl Authorize for Relays {
    fn authorize(&self, peer: &Peer, asked: &Asked) -> PendingDecision {
        let Asked::Play(key, _) = asked else {
            return Box::pin(ready(Decision::Accept));
        };
        let via = Via::parse(&peer.connect.via).unwrap_or_default();
        match self.0.demand(key, peer.address.ip(), via) {
            Ok(Some(wait)) => {
                if *wait.answer.borrow() != Answer::Published {
                    self.0.journal.waiting(peer, key);
                }
                Box::pin(fetched(Arc::clone(&self.0), key.clone(), wait))
            }
            Ok(None) => Box::pin(ready(Decision::Accept)),
            Err(refusal) => Box::pin(ready(Decision::Reject(refusal))),
        }
    }
}

async fn fetched(shared: Arc<Shared>, key: StreamKey, wait: Wait) -> Decision {
    match wait.answered().await {
        Answer::Published => Decision::Accept,
        // The relay itself has said why.
        Answer::Failed => Decision::Reject(Refusal::NotFound),
        Answer::NotYet => {
            let key = shared.journal.shown(&key);
            warn!(
                relay = "pull",
                key, "a player is refused: the other server has sent nothing in time"
            );
            Decision::Reject(Refusal::NotFound)
        }
    }
}

fn refuse(found: Loop) -> Decision {
    Decision::Reject(Refusal::Denied(found.to_string().into()))
}

impl Shared {
    /// Whether a relay that wants to publish or play may, or would make a loop with this server, or with those on the other
    /// side of the stream.
    fn check(&self, key: &StreamKey, connect: &ConnectCommand, others: Part) -> Result<(), Loop> {
        if connect.via.is_empty() {
            return Ok(());
        }
        let via = Via::parse(&connect.via)?;
        if via.has(self.id.stop(key)) {
            return Err(Loop::Own);
        }
        // Those that a player plays for may lie side by side.
        if others == Part::Plays && via.names(self.id) >= Via::MOST_NAMES {
            return Err(Loop::Renamed);
        }
        if self.presence.meets(key, others, &via) {
            return Err(Loop::Back);
        }
        Ok(())
    }

    fn is_to_be_fetched(&self, key: &StreamKey) -> bool {
        self.roster().is_on_demand(key) && !self.presence.counts(key).is_published()
    }
}
