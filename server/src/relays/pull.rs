//! A stream that is played elsewhere and published here.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, PlayOptions, PlayStart, Role, StreamHandle};
use rtmp_core::host::CallError;
use rtmp_core::hub::StreamKey;
use rtmp_tokio::Client;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Shared;
use super::air::{Air, HOLD, Taken, sleep_until_some};
use super::demand::PATIENCE;
use super::health::{Health, Label, Trouble};
use super::leash::Leash;
use super::loops::Via;
use super::presence::{Part, Watch};
use super::sources::{Source, Sources};

/// How long whoever a pull gave way to is let be.
const COOL_DOWN: Duration = Duration::from_secs(1);

/// The shortest time for which a stream on demand is kept: whoever it was fetched for needs a moment to come. One that is not
/// there is asked for no longer than this when nobody waits for it any more.
const SHORTEST_LINGER: Duration = Duration::from_secs(1);

/// How long a server that lets us in may take to send the first message, before somebody hears of it.
const SILENCE: Duration = Duration::from_secs(10);

/// How long nothing may come of a stream that is there. Then it has ended as far as players here can tell, and another server is
/// asked, if there is one. Its own server, if it thinks like us, gives up its publisher after twice that.
const STILL: Duration = HOLD;

/// One stream that is fetched.
pub(super) struct Pull {
    pub(super) key: StreamKey,
    /// Those it is fetched for: where they have been.
    pub(super) via: Via,
    /// If it is fetched on demand.
    pub(super) demand: Option<Demand>,
}

/// What is special about a pull on demand.
pub(super) struct Demand {
    pub(super) linger: Duration,
    /// How long its sources have, all together: who waits for it does not wait longer.
    pub(super) patience: Duration,
    pub(super) answer: watch::Sender<Answer>,
    /// Names it among those that have been for the same stream.
    pub(super) number: u64,
}

/// What those who wait for a pull are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    NotYet,
    /// The stream is published here.
    Published,
    /// No source has it, for which the log has the reasons. They are tried again.
    Failed,
}

/// Why an attempt has ended.
enum Outcome {
    /// Nobody wants the stream any more, or the relay is taken away.
    Over,
    /// Somebody here publishes it.
    GaveWay,
    /// The source is taken away, and there may be others.
    TakenAway,
    Failed(Trouble),
}

/// Runs a pull until its leash is let go, or nobody wants it any more.
pub(super) async fn run(pull: Pull, sources: Sources, shared: Arc<Shared>, leash: Leash) {
    let mut healths: Vec<(u64, Health)> = Vec::new();
    let end = End {
        leash,
        watch: shared.presence.watch(&pull.key),
        demand: pull.demand.as_ref().map(|demand| (demand.linger, demand.number)),
        idle_since: None,
        shared: Arc::clone(&shared),
    };
    let mut task = Task {
        air: Air::new(pull.key.clone(), Arc::clone(&shared)),
        pull,
        sources,
        shared,
        end,
    };
    // The shortest wait of any source since all of them were tried.
    let mut shortest: Option<Duration> = None;
    // One of them has said that the stream ends, and no other has sent it since.
    let mut has_ended = false;
    while let Some(source) = task.sources.current() {
        healths.retain(|(relay, health)| {
            let is_there = task.sources.has(*relay);
            if !is_there {
                health.ended();
            }
            is_there
        });
        let place = healths.iter().position(|(relay, _)| *relay == source.relay);
        let place = place.unwrap_or_else(|| {
            let label = Label::new("pull", &task.pull.key, &source.url, &task.shared.journal);
            healths.push((source.relay, Health::new(label, Arc::clone(&task.shared.outages))));
            healths.len().saturating_sub(1)
        });
        let Some((_, health)) = healths.get_mut(place) else {
            break;
        };
        task.pull.takes_back(Answer::Failed);
        let error = match task.attempt(&source, health).await {
            Outcome::Over => break,
            Outcome::GaveWay if task.pull.demand.is_some() => {
                task.pull.answer(Answer::Published);
                break;
            }
            Outcome::GaveWay => None,
            Outcome::TakenAway => {
                task.air.lost();
                continue;
            }
            Outcome::Failed(error) => Some(error),
        };
        task.air.lost();
        // Whoever it gave way to is waited for then.
        let mut wait = COOL_DOWN;
        if let Some(error) = error {
            let mut went_well = health.went_well();
            if matches!(error, Trouble::Still(_)) {
                went_well = went_well.saturating_sub(STILL);
            }
            has_ended = matches!(error, Trouble::Ended) || has_ended && went_well.is_zero();
            let have_all_failed = task.sources.failed(went_well);
            if !task.air.is_on() && task.end.watch.counts().askers > 0 {
                health.is_waited_for();
            }
            wait = health.failed(&error, !have_all_failed);
            wait = shortest.map_or(wait, |shortest| shortest.min(wait));
            shortest = (!have_all_failed).then_some(wait);
            if !have_all_failed {
                continue;
            }
            if std::mem::take(&mut has_ended) {
                task.air.has_ended_everywhere();
            }
        }
        let until = Instant::now() + wait;
        if !task.air.is_on() {
            task.pull.answer(Answer::Failed);
        }
        let is_over = loop {
            tokio::select! {
                biased;
                () = task.end.come(task.air.is_on()) => break true,
                () = task.air.expire() => leave(&mut task.air, &task.pull),
                () = sleep_until(until) => break false,
            }
        };
        if is_over {
            break;
        }
    }
    if let Some(demand) = &task.pull.demand {
        task.shared.forget(&task.pull.key, demand.number);
    }
    task.air.leave();
    for (_, health) in &healths {
        health.ended();
    }
}

/// A pull that runs.
struct Task {
    pull: Pull,
    sources: Sources,
    shared: Arc<Shared>,
    end: End,
    air: Air,
}

impl Pull {
    fn answer(&self, answer: Answer) {
        if let Some(demand) = &self.demand {
            // Of each message of media it is the same.
            demand
                .answer
                .send_if_modified(|known| std::mem::replace(known, answer) != answer);
        }
    }

    fn patience(&self) -> Duration {
        self.demand.as_ref().map_or(PATIENCE, |demand| demand.patience)
    }

    /// This holds no longer: who comes now waits for what is said next.
    fn takes_back(&self, said: Answer) {
        if let Some(demand) = &self.demand {
            demand.answer.send_if_modified(|answer| {
                let was_said = *answer == said;
                if was_said {
                    *answer = Answer::NotYet;
                }
                was_said
            });
        }
    }

    async fn connect(
        &self,
        source: &Source,
        shared: &Shared,
        most: Option<Duration>,
    ) -> Result<(Client, StreamHandle), CallError> {
        let mut settings = source.way.borrow().client.clone();
        if let Some(most) = most {
            // One that can't be reached is not one that sends nothing: the log is to say so.
            settings.dial_timeout = settings.dial_timeout.min(most * 2 / 3);
        }
        let mut via = self.via.clone();
        via.add(&shared.presence.via(&self.key, Part::Plays));
        via.pass(shared.id.stop(&self.key));
        settings.connection.via = Some(via.to_string());
        let mut client = Client::connect(&source.url, Role::Player, settings).await?;
        let mut options = PlayOptions::from(&source.url);
        if options.start == PlayStart::Any {
            // A recording of the same name is no stream.
            options.start = PlayStart::Live;
        }
        let stream = client.play(options).await?;
        Ok((client, stream))
    }
}

impl Task {
    /// From the way there to the end of it.
    async fn attempt(&mut self, source: &Source, health: &mut Health) -> Outcome {
        let Self {
            pull,
            sources,
            shared,
            end,
            air,
        } = self;
        let mut here = shared.presence.watch(&pull.key);
        if !air.is_on() && here.counts().is_published() {
            if pull.demand.is_some() {
                return Outcome::GaveWay;
            }
            health.gives_way();
            tokio::select! {
                () = end.come(air.is_on()) => return Outcome::Over,
                () = here.until(|counts| !counts.is_published()) => {}
            }
        }
        // There are servers that do not answer before the stream is published. Nobody who has asked for it waits any longer;
        // a pull for good does, unless there is another source.
        let share = sources.share(pull.patience());
        let is_in_haste = pull.demand.is_some() || sources.count() > 1;
        let mut silent_at = Instant::now() + share;
        let mut is_told = false;
        let connected = {
            let mut connecting = pin!(pull.connect(source, shared, is_in_haste.then_some(share)));
            loop {
                tokio::select! {
                    biased;
                    () = end.come(air.is_on()) => return Outcome::Over,
                    () = air.expire() => leave(air, pull),
                    () = here.until(|counts| counts.local > 0) => return Outcome::GaveWay,
                    () = sources.is_taken_away() => return Outcome::TakenAway,
                    () = sleep_until(silent_at) => {
                        // There may be others by now.
                        if is_in_haste || sources.count() > 1 {
                            return Outcome::Failed(Trouble::Silence);
                        }
                        if !std::mem::replace(&mut is_told, true) {
                            health.silent();
                        }
                        silent_at = Instant::now() + share;
                    }
                    connected = &mut connecting => break connected,
                }
            }
        };
        let (mut client, stream) = match connected {
            Ok(connected) => connected,
            Err(error) => return Outcome::Failed(error.into()),
        };
        let outcome = self.relay(&mut client, stream, health).await;
        if matches!(outcome, Outcome::Over | Outcome::GaveWay) {
            self.air.leave();
            // Whatever becomes of it, the stream is not ours any more.
            let _ = client.close().await;
        }
        outcome
    }

    async fn relay(&mut self, client: &mut Client, stream: StreamHandle, health: &mut Health) -> Outcome {
        let Self {
            pull,
            sources,
            end,
            air,
            ..
        } = self;
        let mut silent_at = Some(Instant::now() + SILENCE.min(sources.share(pull.patience())));
        let (mut has_come, mut is_told) = (false, false);
        loop {
            let event = tokio::select! {
                biased;
                () = end.come(air.is_on()) => return Outcome::Over,
                () = air.expire() => {
                    leave(air, pull);
                    continue;
                }
                () = sources.is_taken_away() => return Outcome::TakenAway,
                event = client.next() => event,
                () = sleep_until_some(silent_at) => {
                    let trouble = if has_come { Trouble::Still(STILL) } else { Trouble::Silence };
                    if sources.count() > 1 {
                        return Outcome::Failed(trouble);
                    }
                    if !has_come && pull.demand.is_some() && !air.is_on() {
                        let _ = client.close().await;
                        return Outcome::Failed(trouble);
                    }
                    if has_come {
                        leave(air, pull);
                    }
                    match std::mem::replace(&mut is_told, true) {
                        true => {}
                        false if has_come => health.stands_still(STILL),
                        false => health.silent(),
                    }
                    // There may be another source then.
                    silent_at = Some(Instant::now() + STILL);
                    continue;
                }
            };
            match event {
                None => return Outcome::Failed(CallError::Closed.into()),
                Some(Err(error)) => return Outcome::Failed(error.into()),
                Some(Ok(ClientEvent::Media { stream: of, message })) if of == stream => {
                    health.well();
                    (has_come, is_told) = (true, false);
                    silent_at = Some(Instant::now() + STILL);
                    if let Err(Taken) = air.give(message) {
                        return Outcome::GaveWay;
                    }
                    if air.is_on() {
                        pull.answer(Answer::Published);
                    }
                }
                // It may have ended only there.
                Some(Ok(ClientEvent::Ended { .. })) if sources.count() > 1 => {
                    return Outcome::Failed(Trouble::Ended);
                }
                Some(Ok(ClientEvent::Ended { .. })) => {
                    air.ended();
                    // It says so.
                    silent_at = silent_at.filter(|_| !has_come);
                }
                // Also where the server has sent us elsewhere.
                Some(Ok(ClientEvent::Playing { .. } | ClientEvent::Started { .. })) => air.restart(),
                Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => {
                    let refused = CallError::from(Error::Rejected(Box::new(rejection)));
                    return Outcome::Failed(refused.into());
                }
                // If it ends with its connection, that will say why.
                Some(Ok(ClientEvent::StreamClosed { .. })) if !client.connection().is_over() => {
                    return Outcome::Failed(Trouble::Closed);
                }
                Some(Ok(ClientEvent::Connected(_))) if sources.is_unverified(client) => health.unverified(),
                Some(Ok(ClientEvent::ReconnectDeclined { reason, .. })) => health.stays(reason),
                Some(Ok(_)) => {}
            }
        }
    }
}

/// Takes the stream off the air. Who asks for it now waits until it comes again.
fn leave(air: &mut Air, pull: &Pull) {
    air.leave();
    pull.takes_back(Answer::Published);
}

/// When a pull is to end.
struct End {
    leash: Leash,
    watch: Watch,
    demand: Option<(Duration, u64)>,
    /// Since when nobody has wanted the stream.
    idle_since: Option<Instant>,
    shared: Arc<Shared>,
}

impl End {
    /// Ready when the end has come; a stream that is there is kept for a while. Nothing is lost when the future is dropped.
    async fn come(&mut self, is_there: bool) {
        let Some((linger, number)) = self.demand else {
            return self.leash.is_let_go().await;
        };
        let linger = if is_there { linger } else { Duration::ZERO };
        loop {
            if self.watch.counts().is_wanted() {
                self.idle_since = None;
                tokio::select! {
                    () = self.leash.is_let_go() => return,
                    () = self.watch.until(|counts| !counts.is_wanted()) => continue,
                }
            }
            let since = *self.idle_since.get_or_insert_with(Instant::now);
            tokio::select! {
                () = self.leash.is_let_go() => return,
                () = self.watch.until(|counts| counts.is_wanted()) => {}
                () = sleep_until(since + linger.max(SHORTEST_LINGER)) => {
                    if self.shared.retire(self.watch.key(), number) {
                        return;
                    }
                    self.idle_since = None;
                }
            }
        }
    }
}
