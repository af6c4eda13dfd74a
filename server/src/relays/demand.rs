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

/// How long a player waits for a stream to be fetched. Those that are fetched at all are there in a second; players wait no
/// longer than this for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Somebody who waits for a pull.
pub(super) struct Wait {
    pub(super) answer: watch::Receiver<Answer>,
    pub(super) asking: Asking,
}

impl Wait {
    /// Waits for an answer: [`Answer::NotYet`] if there is none in time.
    pub(super) async fn answered(self) -> Answer {
        let Self { mut answer, asking } = self;
        let answered = timeout(PATIENCE, answer.wait_for(|&answer| answer != Answer::NotYet)).await;
        drop(asking);
        match answered {
            Ok(Ok(answer)) => *answer,
            // It has been taken away.
            Ok(Err(_)) => Answer::Failed,
            Err(_) => Answer::NotYet,
        }
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
            Ok(Some(wait)) => Box::pin(fetched(Arc::clone(&self.0), key.clone(), wait)),
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
                key, "a player is refused: the other server sends nothing in time"
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
