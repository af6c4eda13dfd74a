//! `rtmp bench idle`: connections that are held, for what each of them costs.

use std::fmt;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::client::Goal;
use super::numbers::{OwnCost, Shown, thousandths};
use super::players::{Players, Role};
use super::process::Cost;
use super::{Bench, Common, Error, rate, write_costs};
use rtmp_console::duration;

/// What the command line says.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) common: Common,

    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = super::count)]
    connections: usize,

    /// How many of them are opened in a second
    #[arg(long, value_name = "N/s", default_value = "500", value_parser = rate::parse_some)]
    ramp: f64,

    /// From the last connection to the measured time
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration::parse)]
    settle: Duration,

    /// The measured time
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse_some)]
    duration: Duration,
}

/// What holding connections found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    mode: &'static str,
    clients: usize,
    /// Connections that are there at the end.
    held: usize,
    errors: u64,
    disconnects: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    window_s: Option<f64>,
    #[serde(flatten)]
    own: OwnCost,
    #[serde(flatten)]
    server: Option<Cost>,
    #[serde(flatten)]
    per: Option<PerConnection>,
}

#[derive(Debug, Serialize)]
struct PerConnection {
    pss_kb_per_conn: Option<f64>,
    rss_kb_per_conn: Option<f64>,
    tcp_kb_per_conn: Option<f64>,
    open_cpu_ms_per_conn: Option<f64>,
}

impl Report {
    pub(super) const fn is_sound(&self) -> bool {
        self.held == self.clients
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "connections  {} of {} held for {}, {} failed, {} lost",
            self.held,
            self.clients,
            Shown(self.window_s, " s"),
            self.errors,
            self.disconnects
        )?;
        if let Some(error) = &self.last_error {
            writeln!(f, "last error   {error}")?;
        }
        if let Some(per) = &self.per {
            writeln!(
                f,
                "cost         {} each (PSS; the kernel's buffers {}), {} of CPU to open",
                Shown(per.pss_kb_per_conn, " kB"),
                Shown(per.tcp_kb_per_conn, " kB"),
                Shown(per.open_cpu_ms_per_conn, " ms")
            )?;
        }
        write_costs(f, self.own, self.server.as_ref())
    }
}

/// How long connections may take, after the last one was opened.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(options: &Options) -> Result<Report, Error> {
    let mut bench = Bench::new(&options.common, options.connections)?;
    let mut players = Players::new(vec![options.common.url.target(0)], Goal::Connect);
    let roles = vec![Role::Verify; options.connections];
    players.grow(&roles, options.ramp, PATIENCE, &mut bench)?;
    bench.go_on()?;
    if players.counts.started == 0 {
        let error = players
            .counts
            .last_error
            .unwrap_or_else(|| "no answer".to_owned());
        return Err(Error::Nobody(error));
    }
    players.turn(Instant::now() + options.settle, &mut bench)?;
    bench.go_on()?;
    let begin = bench.begin();
    players.turn(begin.server.at + options.duration, &mut bench)?;
    let measured = bench.end(&begin);

    let held = players.held();
    let counts = players.counts;
    let (start, after) = (bench.start.memory(), measured.after.memory());
    let each = |start: u64, after: u64| thousandths((after as f64 - start as f64) / held as f64);
    let opening = begin.server.cpu.saturating_sub(bench.start.cpu).as_secs_f64() * 1e3;
    Ok(Report {
        mode: "idle",
        clients: options.connections,
        held,
        errors: counts.errors,
        disconnects: counts.disconnects,
        last_error: counts.last_error,
        window_s: thousandths(measured.wall.as_secs_f64()),
        own: measured.own,
        server: measured.server,
        per: measured.server.map(|_| PerConnection {
            pss_kb_per_conn: each(start.pss, after.pss),
            rss_kb_per_conn: each(start.rss, after.rss),
            tcp_kb_per_conn: each(start.tcp, after.tcp),
            open_cpu_ms_per_conn: thousandths(opening / options.connections as f64),
        }),
    })
}
