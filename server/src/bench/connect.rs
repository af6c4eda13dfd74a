//! `rtmp bench connect`: connections that do handshake, `connect` and `createStream`, and leave.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::client::{Event, Goal, Target};
use super::connection::{Connection, Failure, Ramp};
use super::numbers::{OwnCost, Shown, Times, thousandths};
use super::process::Cost;
use super::reactor::Ready;
use super::{Bench, Common, Error, rate, write_costs};
use rtmp_console::duration;

/// What the command line says.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) common: Common,

    /// How many connections are opened in a second; 0: as many as can be
    #[arg(long, value_name = "N/s", default_value = "0", value_parser = rate::parse)]
    rate: f64,

    /// How many may be under way at one time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = super::count)]
    inflight: usize,

    /// The measured time
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration::parse_some)]
    duration: Duration,
}

/// What connecting found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    mode: &'static str,
    window_s: Option<f64>,
    opened: u64,
    handshaken: u64,
    /// Those that got their stream.
    completed: u64,
    /// Those that failed.
    errors: u64,
    /// Those that were under way two seconds after the end.
    unfinished: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    opened_per_s: Option<f64>,
    handshaken_per_s: Option<f64>,
    per_s: Option<f64>,
    /// From the opening to the stream.
    took_p50_ms: Option<f64>,
    took_p99_ms: Option<f64>,
    took_max_ms: Option<f64>,
    #[serde(flatten)]
    own: OwnCost,
    #[serde(flatten)]
    server: Option<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_us_per_conn: Option<f64>,
}

impl Report {
    pub(super) const fn is_sound(&self) -> bool {
        self.errors == 0 && self.unfinished == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "connections  {} opened, {} handshaken, {} completed, {} failed, {} unfinished",
            self.opened, self.handshaken, self.completed, self.errors, self.unfinished
        )?;
        if let Some(error) = &self.last_error {
            writeln!(f, "last error   {error}")?;
        }
        writeln!(
            f,
            "rate         {} completed in {}",
            Shown(self.per_s, " per second"),
            Shown(self.window_s, " s")
        )?;
        writeln!(
            f,
            "took         p50 {}, p99 {}, at most {}",
            Shown(self.took_p50_ms, " ms"),
            Shown(self.took_p99_ms, " ms"),
            Shown(self.took_max_ms, " ms")
        )?;
        if self.server.is_some() {
            writeln!(
                f,
                "cost         {} of CPU each",
                Shown(self.cpu_us_per_conn, " us")
            )?;
        }
        write_costs(f, self.own, self.server.as_ref())
    }
}

/// What may be under way after the end of the measured time.
const PATIENCE: Duration = Duration::from_secs(2);

/// The server still has the last connections to close.
const AFTERMATH: Duration = Duration::from_millis(500);

/// How long to wait for a slot, or for the next connection, without looking at the clock.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Connections under way.
#[derive(Debug)]
struct Storm {
    slots: Vec<Option<(Connection, Instant)>>,
    free: Vec<usize>,
    /// As many as are open at one time: with a %d in the URL no two of these have the same name.
    targets: Vec<Rc<Target>>,
    opened: u64,
    handshaken: u64,
    completed: u64,
    errors: u64,
    last_error: Option<String>,
    took: Times,
}

pub(super) fn run(options: &Options) -> Result<Report, Error> {
    let mut bench = Bench::new(&options.common, options.inflight)?;
    let mut storm = Storm {
        slots: (0..options.inflight).map(|_| None).collect(),
        free: (0..options.inflight).rev().collect(),
        targets: (0..options.inflight)
            .map(|number| options.common.url.target(number))
            .collect(),
        opened: 0,
        handshaken: 0,
        completed: 0,
        errors: 0,
        last_error: None,
        took: Times::new(),
    };
    let begin = bench.begin();
    let mut end = begin.server.at + options.duration;
    let ramp = Ramp::new(if options.rate > 0.0 {
        options.rate
    } else {
        f64::INFINITY
    });
    let mut ready = Vec::new();
    let stopped = loop {
        let now = Instant::now();
        if bench.interrupt.has_come() {
            end = end.min(now);
        }
        let is_over = now >= end;
        if is_over && (storm.free.len() == options.inflight || now >= end + PATIENCE) {
            break now;
        }
        let mut wake = now + LOOK_EVERY;
        while !is_over && !storm.free.is_empty() {
            let due = ramp.due(storm.opened as usize);
            if due > now {
                wake = wake.min(due);
                break;
            }
            storm.open(&bench);
            // Nobody answers: no use in trying a million times.
            if storm.completed == 0 && storm.errors >= HOPELESS {
                return Err(Error::Nobody(storm.last_error.unwrap_or_default()));
            }
        }
        bench.progress.show(now, || storm.progress());
        bench.reactor.wait(wake, &mut ready)?;
        for &ready in &ready {
            storm.advance(ready, &mut bench);
        }
    };
    let seconds = stopped.saturating_duration_since(begin.server.at).as_secs_f64();
    let own = super::clock::own_cpu().saturating_sub(begin.own);
    std::thread::sleep(AFTERMATH);
    let measured = bench.end(&begin);
    if storm.completed == 0 {
        let error = storm.last_error.unwrap_or_else(|| "no answer".to_owned());
        return Err(Error::Nobody(error));
    }
    let per_second = |count: u64| thousandths(count as f64 / seconds);
    Ok(Report {
        mode: "connect",
        window_s: thousandths(seconds),
        opened: storm.opened,
        handshaken: storm.handshaken,
        completed: storm.completed,
        errors: storm.errors,
        unfinished: (options.inflight - storm.free.len()) as u64,
        last_error: storm.last_error,
        opened_per_s: per_second(storm.opened),
        handshaken_per_s: per_second(storm.handshaken),
        per_s: per_second(storm.completed),
        took_p50_ms: storm.took.quantile_ms(0.5),
        took_p99_ms: storm.took.quantile_ms(0.99),
        took_max_ms: storm.took.max_ms(),
        own: OwnCost::new(own, Duration::from_secs_f64(seconds)),
        server: measured.server,
        cpu_us_per_conn: measured
            .server
            .and_then(|cost| thousandths(cost.cpu.as_secs_f64() * 1e6 / storm.completed as f64)),
    })
}

/// Failures without a single success that are enough.
const HOPELESS: u64 = 100;

impl Storm {
    fn open(&mut self, bench: &Bench) {
        let Some(number) = self.free.pop() else {
            return;
        };
        let Some(target) = self.targets.get(number) else {
            return;
        };
        self.opened += 1;
        let connection = Connection::open(&bench.reactor, number, &bench.destination, target, Goal::Connect);
        match (connection, self.slots.get_mut(number)) {
            (Ok(connection), Some(slot)) => *slot = Some((connection, Instant::now())),
            (Ok(_), None) => {}
            (Err(failure), _) => {
                self.free.push(number);
                self.fail(&failure);
            }
        }
    }

    fn advance(&mut self, ready: Ready, bench: &mut Bench) {
        let Some(slot) = self.slots.get_mut(ready.number) else {
            return;
        };
        let Some((connection, opened)) = slot else {
            return;
        };
        let (mut handshaken, mut started) = (false, false);
        let result = connection.advance(ready, &mut bench.buffers, &mut |event| match event {
            Event::Handshaken => handshaken = true,
            Event::Started => started = true,
            Event::Media(_) | Event::Ended => {}
        });
        self.handshaken += u64::from(handshaken);
        if started {
            self.completed += 1;
            self.took.add(opened.elapsed());
        } else if let Err(failure) = &result {
            let text = failure.to_string();
            self.errors += 1;
            self.last_error = Some(text);
        }
        if started || result.is_err() {
            *slot = None;
            self.free.push(ready.number);
        }
    }

    fn fail(&mut self, failure: &Failure) {
        self.errors += 1;
        self.last_error = Some(failure.to_string());
    }

    fn progress(&self) -> String {
        format!(
            "{} opened, {} completed, {} failed, p50 {} ms",
            self.opened,
            self.completed,
            self.errors,
            self.took.quantile_ms(0.5).unwrap_or_default()
        )
    }
}
