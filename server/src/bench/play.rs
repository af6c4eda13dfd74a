//! `rtmp bench play`: players, whether they get everything in time, and what they cost.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::client::Goal;
use super::numbers::{OwnCost, Shown, thousandths};
use super::players::{Players, Received, roles};
use super::process::Cost;
use super::verify::Tally;
use super::{Bench, Common, Error, rate, write_costs};
use rtmp_console::duration;

/// What the command line says.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) common: Common,

    /// How many players
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = super::count)]
    pub(super) players: usize,

    /// How many streams they play, by turns: %d in the URL
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = super::count)]
    pub(super) streams: usize,

    /// How many players come in a second
    #[arg(long, value_name = "N/s", default_value = "100", value_parser = rate::parse_some)]
    pub(super) ramp: f64,

    /// How many players look at everything: headers, order, gaps, checksums, latency. The others take everything and
    /// look at nothing, which makes this load light
    #[arg(long, value_name = "N|all", default_value = "3")]
    pub(super) verify: Verify,

    /// How many of the players never read again once they play
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) stall: usize,

    /// From the last player's first key frame to the measured time
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration::parse)]
    pub(super) settle: Duration,

    /// The measured time; with --step that of each step
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse_some)]
    pub(super) duration: Duration,

    /// Find how many players are sustained: add so many, again and again, until messages are missing or late
    #[arg(long, value_name = "N", requires = "max", value_parser = super::count, conflicts_with = "stall")]
    pub(super) step: Option<usize>,

    /// With --step: the most players
    #[arg(long, value_name = "N", requires = "step", value_parser = super::count)]
    pub(super) max: Option<usize>,

    /// With --step: the latency (p99) that is too much
    #[arg(long, value_name = "DURATION", default_value = "500ms", requires = "step", value_parser = duration::parse_some)]
    pub(super) limit: Duration,
}

/// How many players verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verify(pub(super) usize);

impl FromStr for Verify {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self(usize::MAX));
        }
        let number = text.parse().map(Self);
        number.map_err(|_| "a number of players, or all".to_owned())
    }
}

/// How players are added step by step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) step: usize,
    pub(super) max: usize,
}

impl Options {
    pub(super) fn steps(&self) -> Option<Steps> {
        self.step.zip(self.max).map(|(step, max)| Steps { step, max })
    }
}

/// What playing found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    mode: &'static str,
    clients: usize,
    streams: usize,
    /// Players that have had a key frame.
    active: usize,
    /// Players that failed before their first key frame.
    errors: u64,
    /// Players that were lost.
    disconnects: u64,
    /// Verifying players that were told that their stream is over.
    ended: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    window_s: Option<f64>,
    /// With chunk headers, by all players that read.
    bytes: u64,
    mb_per_s: Option<f64>,
    /// Calculated from the verifying players' messages and bytes.
    messages: Option<u64>,
    /// The bytes of the player that received least, of the bytes of the median player.
    least_share: Option<f64>,
    #[serde(flatten)]
    verification: Verification,
    first_key_p50_ms: Option<f64>,
    first_key_p99_ms: Option<f64>,
    #[serde(flatten)]
    stalling: Option<Stalling>,
    #[serde(flatten)]
    own: OwnCost,
    #[serde(flatten)]
    server: Option<Cost>,
    #[serde(flatten)]
    per: Option<PerPlayer>,
}

/// What verifying players found in the measured time.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verification {
    /// How many players looked at everything.
    pub(super) verified: usize,
    /// Whether the stream has marks; `null` if nobody looked, or nothing came.
    pub(super) verifiable: Option<bool>,
    pub(super) key_frames: u64,
    /// `null` in a stream without marks, as are order and checksum errors.
    pub(super) gaps: Option<u64>,
    pub(super) order_errors: Option<u64>,
    pub(super) checksum_errors: Option<u64>,
    pub(super) time_backwards: u64,
    pub(super) time_gaps: u64,
    /// Messages that were missing or wrong while players came.
    pub(super) faults_before: u64,
    /// `null` if the publisher's clock is another machine's.
    pub(super) latency_p50_ms: Option<f64>,
    pub(super) latency_p99_ms: Option<f64>,
    pub(super) latency_max_ms: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Stalling {
    stalled: usize,
    /// Those that the server has disconnected.
    stalled_gone: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rss_every_4s_kb: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct PerPlayer {
    cpu_ms_per_gb: Option<f64>,
    cpu_ms_per_1000_msgs: Option<f64>,
    pss_kb_per_player: Option<f64>,
}

impl Verification {
    pub(super) fn new(verified: usize, tally: &Tally) -> Self {
        let is_marked = tally.marked > 0;
        let if_marked = |number| is_marked.then_some(number);
        Self {
            verified,
            verifiable: (tally.messages > 0).then_some(is_marked),
            key_frames: tally.key_frames,
            gaps: if_marked(tally.gaps),
            order_errors: if_marked(tally.order_errors),
            checksum_errors: if_marked(tally.checksum_errors),
            time_backwards: tally.time_backwards,
            time_gaps: tally.time_gaps,
            faults_before: tally.faults_before,
            latency_p50_ms: tally.latency.quantile_ms(0.5),
            latency_p99_ms: tally.latency.quantile_ms(0.99),
            latency_max_ms: tally.latency.max_ms(),
        }
    }

    fn is_sound(&self) -> bool {
        let none = |count: Option<u64>| count.is_none_or(|count| count == 0);
        none(self.gaps)
            && none(self.order_errors)
            && none(self.checksum_errors)
            && self.time_backwards == 0
            && self.faults_before == 0
    }
}

impl Report {
    pub(super) fn is_sound(&self) -> bool {
        self.errors == 0
            && self.disconnects == 0
            && self.ended == 0
            && self.active == self.clients
            && self.verification.is_sound()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verifiable {
            Some(true) => {
                let shown = |count: Option<u64>| count.unwrap_or_default();
                writeln!(
                    f,
                    "verified     by {} players: {} messages missing, {} out of order, {} damaged, {} times back",
                    self.verified,
                    shown(self.gaps),
                    shown(self.order_errors),
                    shown(self.checksum_errors),
                    self.time_backwards
                )?;
            }
            Some(false) => writeln!(
                f,
                "verified     nothing: the stream is not by rtmp bench publish. {} key frames; timestamps went back {} \
                 times and jumped {} times",
                self.key_frames, self.time_backwards, self.time_gaps
            )?,
            None if self.verified > 0 => writeln!(f, "verified     nothing: no message came")?,
            None => writeln!(f, "verified     nothing: no player looked")?,
        }
        if self.faults_before > 0 {
            writeln!(
                f,
                "before that  {} messages missing or wrong while players came",
                self.faults_before
            )?;
        }
        if self.latency_p50_ms.is_some() {
            writeln!(
                f,
                "latency      p50 {}, p99 {}, at most {}",
                Shown(self.latency_p50_ms, " ms"),
                Shown(self.latency_p99_ms, " ms"),
                Shown(self.latency_max_ms, " ms")
            )?;
        } else if self.verifiable == Some(true) {
            writeln!(
                f,
                "latency      unknown: the publisher runs on another machine, whose clock is another"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "players      {} of {} playing, {} failed, {} lost",
            self.active, self.clients, self.errors, self.disconnects
        )?;
        if let Some(error) = &self.last_error {
            writeln!(f, "last error   {error}")?;
        }
        if self.ended > 0 {
            writeln!(
                f,
                "ended        {} verifying players saw their stream end",
                self.ended
            )?;
        }
        writeln!(
            f,
            "received     {} in {}; who received least had {} of the usual",
            Shown(self.mb_per_s, " MB/s"),
            Shown(self.window_s, " s"),
            Shown(self.least_share.map(|share| share * 100.0), "%")
        )?;
        self.verification.fmt(f)?;
        writeln!(
            f,
            "first frame  p50 {}, p99 {} after connecting",
            Shown(self.first_key_p50_ms, " ms"),
            Shown(self.first_key_p99_ms, " ms")
        )?;
        if let Some(stalling) = &self.stalling {
            writeln!(
                f,
                "not reading  {} players, of which the server has disconnected {}",
                stalling.stalled, stalling.stalled_gone
            )?;
        }
        if let Some(per) = &self.per {
            writeln!(
                f,
                "cost         {} of CPU per GB, {} per 1000 messages, {} per player",
                Shown(per.cpu_ms_per_gb, " ms"),
                Shown(per.cpu_ms_per_1000_msgs, " ms"),
                Shown(per.pss_kb_per_player, " kB")
            )?;
        }
        write_costs(f, self.own, self.server.as_ref())
    }
}

/// How long players may take to their first key frame, after the last one was opened.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the server's memory is looked at while players stall.
const LOOK_EVERY: Duration = Duration::from_secs(4);

/// Players that have begun.
pub(super) fn start(options: &Options, most: usize) -> Result<(Bench, Players), Error> {
    let targets = options.common.url.targets(options.streams)?;
    let mut bench = Bench::new(&options.common, most)?;
    let mut players = Players::new(targets, Goal::Play);
    let roles = roles(options.players, options.verify.0, options.stall);
    players.grow(&roles, options.ramp, PATIENCE, &mut bench)?;
    bench.go_on()?;
    if players.counts.active == 0 {
        let no_media = "no key frame came. Is the stream published? `rtmp bench publish` does it";
        let error = players.counts.last_error.unwrap_or_else(|| no_media.to_owned());
        return Err(Error::Nobody(error));
    }
    players.turn(Instant::now() + options.settle, &mut bench)?;
    bench.go_on()?;
    Ok((bench, players))
}

pub(super) fn run(options: &Options) -> Result<Report, Error> {
    if options.stall >= options.players {
        let all = "with --stall there have to be more --players, who read".to_owned();
        return Err(Error::Options(all));
    }
    let (mut bench, mut players) = start(options, options.players)?;
    players.begin(&mut bench);
    let begin = bench.begin();
    let end = begin.server.at + options.duration;
    let mut memory = Vec::new();
    while Instant::now() < end && !bench.interrupt.has_come() {
        let look = if options.stall > 0 {
            Instant::now() + LOOK_EVERY
        } else {
            end
        };
        players.turn(look.min(end), &mut bench)?;
        if options.stall > 0 && !bench.processes.is_empty() {
            memory.push(bench.processes.sample().memory().rss);
        }
    }
    let received = players.end(&mut bench);
    let measured = bench.end(&begin);

    let (counts, tally) = (&players.counts, &players.tally);
    let seconds = measured.wall.as_secs_f64();
    let messages = messages(&received, tally);
    let start = bench.start.memory().pss as f64;
    Ok(Report {
        mode: "play",
        clients: options.players,
        streams: options.streams,
        active: counts.active,
        errors: counts.errors,
        disconnects: counts.disconnects,
        ended: counts.ended,
        last_error: counts.last_error.clone(),
        window_s: thousandths(seconds),
        bytes: received.bytes,
        mb_per_s: thousandths(received.bytes as f64 / 1e6 / seconds),
        messages: messages.map(|messages| messages as u64),
        least_share: thousandths(received.least as f64 / received.median as f64),
        verification: Verification::new(options.verify.0.min(options.players - options.stall), tally),
        first_key_p50_ms: players.first_key.quantile_ms(0.5),
        first_key_p99_ms: players.first_key.quantile_ms(0.99),
        stalling: (options.stall > 0).then_some(Stalling {
            stalled: options.stall,
            stalled_gone: counts.stalled_gone,
            rss_every_4s_kb: memory,
        }),
        own: measured.own,
        server: measured.server,
        per: measured.server.map(|cost| PerPlayer {
            cpu_ms_per_gb: cost.ms_per(received.bytes as f64, 1e9),
            cpu_ms_per_1000_msgs: messages.and_then(|messages| cost.ms_per(messages, 1e3)),
            pss_kb_per_player: thousandths(
                (measured.after.memory().pss as f64 - start) / options.players as f64,
            ),
        }),
    })
}

/// All players' messages, if the others' are as long as those of the verifying ones.
fn messages(received: &Received, tally: &Tally) -> Option<f64> {
    let share = received.bytes as f64 / received.verified_bytes as f64;
    share.is_finite().then_some(tally.messages as f64 * share)
}
