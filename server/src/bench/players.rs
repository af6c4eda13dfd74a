//! Many players.
//!
//! A player looks at everything until its first key frame. After that the verifying ones go on doing so, and all others
//! leave the event loop: every [`DISCARD_EVERY`] the kernel is told to drop what they hold. So the load neither copies
//! the media nor makes the server pay for waking it up.

use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rtmp_core::media::Class;

use super::client::{Event, Goal, Target};
use super::connection::{Connection, Failure, Ramp};
use super::numbers::Times;
use super::reactor::Ready;
use super::verify::{self, Check, Tally};
use super::{Bench, Error};

/// What a player does once it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Looks at everything.
    Verify,
    /// Takes everything and looks at nothing.
    Discard,
    /// Never reads again.
    Stall,
}

/// From one time that players discard to the next.
const DISCARD_EVERY: Duration = Duration::from_millis(20);

/// Who discards can't see pings: it acknowledges this often instead, so that no server takes it for gone.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);

/// Audio without any video: this many messages make sure that there will be none.
const AUDIO_ALONE: u32 = 50;

#[derive(Debug)]
struct Player {
    /// `None` once it has failed.
    connection: Option<Connection>,
    role: Role,
    opened: Instant,
    is_started: bool,
    /// Whether it has had a key frame.
    is_active: bool,
    /// Whether it was told that its stream is over.
    is_ended: bool,
    audio: u32,
    check: Check,
    /// Bytes received before the measured time.
    before: u64,
}

/// All players.
#[derive(Debug)]
pub(super) struct Players {
    targets: Vec<Rc<Target>>,
    goal: Goal,
    players: Vec<Player>,
    /// Those outside of the event loop.
    discarding: Vec<usize>,
    next_discard: Instant,
    next_keep_alive: Instant,
    ready: Vec<Ready>,
    pub(super) tally: Tally,
    pub(super) first_key: Times,
    pub(super) counts: Counts,
}

/// How players fared.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Those that the server let play, or whatever they wanted.
    pub(super) started: usize,
    /// Those that have had a key frame.
    pub(super) active: usize,
    /// Those that failed before that.
    pub(super) errors: u64,
    /// Those that were lost after it.
    pub(super) disconnects: u64,
    /// Those that look, and were told that their stream is over.
    pub(super) ended: u64,
    /// Those that did not read, and were lost.
    pub(super) stalled_gone: u64,
    pub(super) last_error: Option<String>,
}

/// What players received in a measured time: bytes of their sockets, which through TLS are encrypted ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Received {
    pub(super) bytes: u64,
    /// By verifying players, of all that.
    pub(super) verified_bytes: u64,
    /// Of the player that received least.
    pub(super) least: u64,
    pub(super) median: u64,
}

impl Players {
    pub(super) fn new(targets: Vec<Rc<Target>>, goal: Goal) -> Self {
        let now = Instant::now();
        Self {
            targets,
            goal,
            players: Vec::new(),
            discarding: Vec::new(),
            next_discard: now,
            next_keep_alive: now + KEEP_ALIVE_EVERY,
            ready: Vec::new(),
            tally: Tally::new(),
            first_key: Times::new(),
            counts: Counts::default(),
        }
    }

    /// All that were ever opened.
    pub(super) fn opened(&self) -> usize {
        self.players.len()
    }

    pub(super) fn connected(&self) -> usize {
        let is_connected = |player: &&Player| player.connection.is_some();
        self.players.iter().filter(is_connected).count()
    }

    /// Those that started and are still there.
    pub(super) fn held(&self) -> usize {
        let is_held = |player: &&Player| player.connection.is_some() && player.is_started;
        self.players.iter().filter(is_held).count()
    }

    /// Opens players one after the other, and waits until each has started (if it is to play: has had a key frame) or
    /// failed, for as long as `patience`.
    pub(super) fn grow(
        &mut self,
        roles: &[Role],
        per_second: f64,
        patience: Duration,
        bench: &mut Bench,
    ) -> Result<(), Error> {
        let ramp = Ramp::new(per_second);
        for (count, role) in roles.iter().enumerate() {
            self.turn(ramp.due(count), bench)?;
            if bench.interrupt.has_come() {
                return Ok(());
            }
            self.open(*role, bench);
        }
        let deadline = Instant::now() + patience;
        while !self.is_settled() && Instant::now() < deadline && !bench.interrupt.has_come() {
            self.turn(deadline.min(Instant::now() + DISCARD_EVERY), bench)?;
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        let ready = match self.goal {
            Goal::Play => self.counts.active,
            Goal::Connect | Goal::Publish(_) => self.counts.started,
        };
        ready + self.counts.errors as usize >= self.players.len()
    }

    fn open(&mut self, role: Role, bench: &Bench) {
        let number = self.players.len();
        let Some(target) = self.targets.get(number % self.targets.len().max(1)) else {
            return;
        };
        let connection = Connection::open(&bench.reactor, number, &bench.destination, target, self.goal);
        self.players.push(Player {
            connection: None,
            role,
            opened: Instant::now(),
            is_started: false,
            is_active: false,
            is_ended: false,
            audio: 0,
            check: Check::default(),
            before: 0,
        });
        let opened = connection.and_then(|connection| {
            if role == Role::Stall {
                connection.shrink_receive_buffer()?;
            }
            Ok(connection)
        });
        match opened {
            Ok(connection) => {
                if let Some(player) = self.players.last_mut() {
                    player.connection = Some(connection);
                }
            }
            Err(failure) => self.fail(number, &failure),
        }
    }

    /// Plays until `until`, or until a signal comes.
    pub(super) fn turn(&mut self, until: Instant, bench: &mut Bench) -> io::Result<()> {
        loop {
            let wake = if self.discarding.is_empty() {
                until
            } else {
                until.min(self.next_discard)
            };
            let mut ready = std::mem::take(&mut self.ready);
            bench.reactor.wait(wake, &mut ready)?;
            for &ready in &ready {
                self.advance(ready, bench);
            }
            self.ready = ready;
            let now = Instant::now();
            if now >= self.next_discard {
                self.next_discard = now + DISCARD_EVERY;
                self.discard(bench);
            }
            if now >= self.next_keep_alive {
                self.next_keep_alive = now + KEEP_ALIVE_EVERY;
                self.keep_alive(bench);
            }
            bench.progress.show(now, || self.progress());
            if now >= until || bench.interrupt.has_come() {
                return Ok(());
            }
        }
    }

    fn progress(&self) -> String {
        let (counts, tally) = (&self.counts, &self.tally);
        let mut text = format!("{} of {} connected", self.connected(), self.players.len());
        if self.goal == Goal::Play {
            let p99 = tally.latency.quantile_ms(0.99).unwrap_or_default();
            text += &format!(
                ", {} playing, {} missing, latency p99 {p99:.1} ms",
                counts.active, tally.gaps
            );
        }
        if let Some(error) = &counts.last_error {
            text += &format!(", {} failed ({error})", counts.errors + counts.disconnects);
        }
        text
    }

    fn advance(&mut self, ready: Ready, bench: &mut Bench) {
        let Some(player) = self.players.get_mut(ready.number) else {
            return;
        };
        let Some(connection) = &mut player.connection else {
            return;
        };
        if player.role == Role::Stall && player.is_active {
            if ready.is_closed {
                self.fail(ready.number, &Failure::Closed);
            }
            return;
        }
        let (mut started, mut key, mut ended) = (false, false, false);
        let result = connection.advance(ready, &mut bench.buffers, &mut |event| match event {
            Event::Started => started = true,
            Event::Media(message) => {
                let Some(class) = verify::class(&message) else {
                    return;
                };
                player.audio += u32::from(class == Class::Audio && !player.is_active);
                key |= class == Class::Keyframe || player.audio >= AUDIO_ALONE;
                if player.role == Role::Verify {
                    player.check.see(&message, class, &mut self.tally);
                }
            }
            Event::Ended => ended = true,
            Event::Handshaken => {}
        });
        if ended && !player.is_ended {
            player.is_ended = true;
            self.counts.ended += 1;
        }
        player.is_started |= started;
        self.counts.started += usize::from(started);
        let became_active = key && !player.is_active;
        let result = result.and_then(|()| {
            if became_active && player.role == Role::Discard {
                connection.leave(&bench.reactor)?;
            }
            Ok(())
        });
        if became_active {
            player.is_active = true;
            self.counts.active += 1;
            self.first_key.add(player.opened.elapsed());
            if player.role == Role::Discard {
                self.discarding.push(ready.number);
            }
        }
        if let Err(failure) = result {
            self.fail(ready.number, &failure);
        }
    }

    /// Throws away what has come to those that discard.
    fn discard(&mut self, bench: &mut Bench) {
        self.for_each_discarding(|connection| connection.discard(&mut bench.buffers));
    }

    fn keep_alive(&mut self, bench: &mut Bench) {
        self.for_each_discarding(|connection| {
            connection.say(&mut bench.buffers, |client, out| client.keep_alive(out))
        });
    }

    fn for_each_discarding(&mut self, mut what: impl FnMut(&mut Connection) -> Result<(), Failure>) {
        let mut discarding = std::mem::take(&mut self.discarding);
        discarding.retain(|&number| {
            let connection = self
                .players
                .get_mut(number)
                .and_then(|player| player.connection.as_mut());
            let Some(connection) = connection else {
                return false;
            };
            let result = what(connection);
            if let Err(failure) = &result {
                self.fail(number, failure);
            }
            result.is_ok()
        });
        self.discarding = discarding;
    }

    fn fail(&mut self, number: usize, failure: &Failure) {
        let Some(player) = self.players.get_mut(number) else {
            return;
        };
        player.connection = None;
        let is_ready = match self.goal {
            Goal::Play => player.is_active,
            Goal::Connect | Goal::Publish(_) => player.is_started,
        };
        match player.role {
            _ if !is_ready => self.counts.errors += 1,
            Role::Stall => self.counts.stalled_gone += 1,
            Role::Verify | Role::Discard => self.counts.disconnects += 1,
        }
        self.counts.last_error = Some(failure.to_string());
    }

    /// A measured time begins: what was received and seen until now does not count.
    pub(super) fn begin(&mut self, bench: &mut Bench) {
        self.discard(bench);
        for player in &mut self.players {
            player.before = player.connection.as_ref().map_or(0, Connection::received);
        }
        self.tally.begin();
    }

    /// What was received in the measured time by those that read, and are still there.
    pub(super) fn end(&mut self, bench: &mut Bench) -> Received {
        self.discard(bench);
        let mut received = Received::default();
        let mut each = Vec::with_capacity(self.players.len());
        for player in &self.players {
            if player.role == Role::Stall {
                continue;
            }
            let total = player.connection.as_ref().map(Connection::received);
            let bytes = total.unwrap_or(player.before).saturating_sub(player.before);
            received.bytes += bytes;
            each.push(bytes);
            if player.role == Role::Verify {
                received.verified_bytes += bytes;
            }
        }
        each.sort_unstable();
        received.least = each.first().copied().unwrap_or_default();
        received.median = each.get(each.len() / 2).copied().unwrap_or_default();
        received
    }
}

/// The roles of so many players: verifying ones spread among them, those that stall at the end.
pub(super) fn roles(players: usize, verify: usize, stall: usize) -> Vec<Role> {
    let stall = stall.min(players);
    let reading = players - stall;
    let verify = verify.min(reading);
    let mut roles = vec![Role::Discard; reading];
    for place in (0..verify).map(|nth| nth * reading / verify) {
        if let Some(role) = roles.get_mut(place) {
            *role = Role::Verify;
        }
    }
    roles.resize(players, Role::Stall);
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(roles: &[Role], role: Role) -> usize {
        roles.iter().filter(|other| **other == role).count()
    }

    #[test]
    fn roles_are_spread_and_never_more_than_players() {
        let all = roles(100, 3, 10);
        assert_eq!(all.len(), 100);
        assert_eq!((count(&all, Role::Verify), count(&all, Role::Stall)), (3, 10));
        assert_eq!(
            (all[0], all[30], all[60]),
            (Role::Verify, Role::Verify, Role::Verify)
        );
        assert!(all[90..].iter().all(|role| *role == Role::Stall));
        assert_eq!(count(&roles(5, usize::MAX, 0), Role::Verify), 5);
        assert_eq!(count(&roles(5, 5, 9), Role::Stall), 5);
        assert_eq!(count(&roles(5, 0, 0), Role::Discard), 5);
    }
}
