//! `rtmp bench play --step`: how many players a server sustains.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::numbers::{OwnCost, Shown, thousandths};
use super::play::{self, Options, Steps, Verification};
use super::players::{Players, Role};
use super::{Bench, Error};

/// What adding players found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    mode: &'static str,
    /// The most players that got everything in time.
    max_players: usize,
    /// Whether that is where the steps ended, and not where the server did.
    is_at_least: bool,
    errors: u64,
    disconnects: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Serialize)]
struct Step {
    players: usize,
    ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    mb_per_s: Option<f64>,
    /// Bytes per player and second, of those in the first step.
    share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_cpu_pct: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_ms_per_gb: Option<f64>,
    #[serde(flatten)]
    verification: Verification,
    #[serde(flatten)]
    own: OwnCost,
    #[serde(skip)]
    bytes_per_player: f64,
}

/// A player that gets less than this of its bytes is not served, whatever the verifying ones see. Groups of pictures do
/// not fit into a measured time exactly, and a key frame has some of their bytes.
const LEAST_SHARE: f64 = 0.9;

/// How long new players may take to their first key frame.
const PATIENCE: Duration = Duration::from_secs(5);

impl Report {
    pub(super) const fn is_sound(&self) -> bool {
        self.max_players > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>8} {:>10} {:>8} {:>9} {:>12} {:>12} {:>8} {:>8}",
            "players", "MB/s", "share", "missing", "latency p50", "latency p99", "server", "load"
        )?;
        for step in &self.steps {
            let found = &step.verification;
            writeln!(
                f,
                "{:>8} {:>10} {:>8} {:>9} {:>12} {:>12} {:>8} {:>8}  {}",
                step.players,
                Shown(step.mb_per_s, "").to_string(),
                Shown(step.share.map(|share| share * 100.0), "%").to_string(),
                found.gaps.unwrap_or_default(),
                Shown(found.latency_p50_ms, " ms").to_string(),
                Shown(found.latency_p99_ms, " ms").to_string(),
                Shown(step.server_cpu_pct, "%").to_string(),
                Shown(step.own.load_cpu_pct, "%").to_string(),
                step.because.unwrap_or("ok")
            )?;
        }
        if let Some(error) = &self.last_error {
            writeln!(f, "last error   {error}")?;
        }
        let or_more = if self.is_at_least { " or more" } else { "" };
        writeln!(f, "sustained    {}{or_more} players", self.max_players)?;
        if self.steps.last().is_some_and(|step| step.own.is_the_limit()) {
            writeln!(
                f,
                "warning: in the last step this load had no CPU left; the server may sustain more"
            )?;
        }
        Ok(())
    }
}

pub(super) fn run(options: &Options, steps: Steps) -> Result<Report, Error> {
    let (mut bench, mut players) = play::start(options, steps.max.max(options.players))?;
    let mut found: Vec<Step> = Vec::new();
    let is_at_least = loop {
        let first = found.first().map(|step| step.bytes_per_player);
        let step = measure(options, first, &mut players, &mut bench)?;
        let is_ok = step.ok;
        if bench.interrupt.has_come() {
            // A step that was cut short says nothing, and is all that there is if it was the first.
            if found.is_empty() {
                return Err(Error::Interrupted);
            }
            break true;
        }
        found.push(step);
        if !is_ok {
            break false;
        }
        if players.opened() + steps.step > steps.max {
            break true;
        }
        players.grow(
            &vec![Role::Discard; steps.step],
            options.ramp,
            PATIENCE,
            &mut bench,
        )?;
        players.turn(Instant::now() + options.settle, &mut bench)?;
    };
    let sustained = found.iter().filter(|step| step.ok).map(|step| step.players);
    Ok(Report {
        mode: "saturate",
        max_players: sustained.max().unwrap_or_default(),
        is_at_least,
        errors: players.counts.errors,
        disconnects: players.counts.disconnects,
        last_error: players.counts.last_error.clone(),
        steps: found,
    })
}

fn measure(
    options: &Options,
    first: Option<f64>,
    players: &mut Players,
    bench: &mut Bench,
) -> Result<Step, Error> {
    players.begin(bench);
    let begin = bench.begin();
    players.turn(begin.server.at + options.duration, bench)?;
    let received = players.end(bench);
    let measured = bench.end(&begin);
    let connected = players.connected();
    let seconds = measured.wall.as_secs_f64();
    let bytes_per_player = received.bytes as f64 / connected as f64 / seconds;
    let share = first.map_or(1.0, |first| bytes_per_player / first);
    let verification = Verification::new(options.verify.0.min(options.players), &players.tally);
    let limit = options.limit.as_secs_f64() * 1e3;
    let counts = &players.counts;
    let because = if counts.ended > 0 {
        Some("the stream ended")
    } else if counts.disconnects > 0 {
        Some("players were disconnected")
    } else if counts.active < players.opened() {
        Some("not all players had a key frame in time")
    } else if players.tally.faults() > 0 {
        Some("messages were missing or wrong")
    } else if verification.latency_p99_ms.is_some_and(|p99| p99 > limit) {
        Some("messages were late")
    } else if share < LEAST_SHARE || (received.least as f64) < LEAST_SHARE * received.median as f64 {
        Some("players got too few bytes")
    } else {
        None
    };
    Ok(Step {
        players: connected,
        ok: because.is_none(),
        because,
        mb_per_s: thousandths(received.bytes as f64 / 1e6 / seconds),
        share: thousandths(share),
        server_cpu_pct: measured.server.and_then(|cost| cost.server_cpu_pct),
        cpu_ms_per_gb: measured
            .server
            .and_then(|cost| cost.ms_per(received.bytes as f64, 1e9)),
        verification,
        own: measured.own,
        bytes_per_player,
    })
}
