//! `rtmp bench`: many clients in one process, to see what a server does under load, and what it costs.
//!
//! All of a load is one thread around one event loop, so that it stays lighter than the server under it, and says so
//! where it does not: `load_cpu_pct`.

mod address;
mod client;
mod clock;
mod connect;
mod connection;
mod descriptors;
mod idle;
mod interrupt;
mod media;
mod numbers;
mod play;
mod players;
mod process;
mod publish;
mod rate;
mod reactor;
mod steps;
mod verify;

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rtmp_core::tls::{ClientTls, TlsError};
use rtmp_core::url::Scheme;
use rtmp_sockets::LoadError;
use serde::Serialize;

pub use address::{AddressError, Url};
pub use descriptors::TooFew;
pub use process::WatchError;

use crate::progress::Progress;
use crate::trust::TrustSettings;
use connection::{Buffers, Destination};
use interrupt::Interrupt;
use numbers::OwnCost;
use process::{Cost, Processes, Sample};
use reactor::Reactor;

/// What the command line says.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Clone, Debug, Subcommand)]
enum Mode {
    /// Publish streams at the pace of real ones
    ///
    /// H.264 and AAC that decoders decode: a gray picture and silence, with filler up to the bit rate. Every message has
    /// a counter, the time and a checksum, by which `rtmp bench play` verifies it.
    #[command(after_help = EXIT_STATUS)]
    Publish(publish::Options),
    /// Play streams: whether they come whole, in order and in time, and how many players a server sustains
    ///
    /// Streams by `rtmp bench publish` are verified: order, missing messages, checksums and, if it runs on this machine,
    /// latency. Of other streams, bytes, key frames and timestamps are looked at.
    #[command(after_help = EXIT_STATUS)]
    Play(play::Options),
    /// Connect and leave, again and again
    #[command(after_help = EXIT_STATUS)]
    Connect(connect::Options),
    /// Hold connections that do nothing
    #[command(after_help = EXIT_STATUS)]
    Idle(idle::Options),
}

const EXAMPLES: &str = "\
Examples:
  rtmp bench publish rtmp://127.0.0.1/live/x --duration 1h &
  rtmp bench play rtmp://127.0.0.1/live/x --players 500 --pid $(pgrep -ox rtmp)
      What 500 players of one stream cost the server, and whether they get all of it in time.

  rtmp bench play rtmp://127.0.0.1/live/x --players 500 --step 500 --max 5000
      How many players the server sustains.

  rtmp bench publish rtmp://HOST/live/cam%d --streams 100 --bitrate 2M
      100 streams: cam0, cam1 and so on.

  rtmp bench connect rtmp://HOST/live/x --rate 200/s --json
      How long it takes to connect, for a program to read.

A load against a server that is not yours is an attack. The options of each command: rtmp bench play --help";

const EXIT_STATUS: &str = "\
The exit status is 0 if all went as it should, 3 if it did not (connections refused or lost, streams that end, messages \
missing, out of order or damaged), and 1 if nothing could be measured. Ctrl-C ends the measured time early.";

/// What all loads are told.
#[derive(Args, Clone, Debug)]
struct Common {
    /// rtmp[s]://HOST[:PORT]/APP/STREAM; %d in STREAM is the number of the stream
    url: Url,

    #[command(flatten)]
    trust: TrustSettings,

    /// Write the result for programs: an object on one line
    #[arg(long)]
    json: bool,

    /// Processes of the server, if it runs on this machine: what they and their children cost in the measured time
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pid: Vec<u32>,
}

impl Common {
    /// TLS and the name for it, if the URL asks for TLS. Clients are strangers each time: every handshake is a full one.
    fn tls(&self) -> Result<Option<(ClientTls, String)>, Error> {
        let url = self.url.url();
        if url.scheme() != Scheme::Rtmps {
            return Ok(None);
        }
        self.trust.warn(&[url]);
        let mut settings = self.trust.tls()?;
        settings.servers_remembered = 0;
        Ok(Some((ClientTls::new(settings)?, url.host().into_owned())))
    }
}

impl Options {
    /// Whether the result is for programs.
    pub const fn is_json(&self) -> bool {
        match &self.mode {
            Mode::Publish(options) => options.common.json,
            Mode::Play(options) => options.common.json,
            Mode::Connect(options) => options.common.json,
            Mode::Idle(options) => options.common.json,
        }
    }
}

/// Why nothing could be measured. Its text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL leads nowhere.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There are more connections than file descriptors.
    #[error(transparent)]
    Descriptors(#[from] TooFew),
    /// The certificates to trust cannot be read.
    #[error(transparent)]
    Certificates(#[from] LoadError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server's processes can't be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// Options that do not fit together.
    #[error("{0}")]
    Options(String),
    /// No client got what it wanted.
    #[error("the server served nobody: {0}")]
    Nobody(String),
    /// A signal came too early.
    #[error("interrupted before anything was measured")]
    Interrupted,
    /// The event loop is not to be had, or failed.
    #[error("the system refuses what every load needs: {0}")]
    System(#[from] io::Error),
}

/// What a load found. It is shown to people and serialised for programs.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Report(Found);

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Publish(publish::Report),
    Play(Box<play::Report>),
    Steps(steps::Report),
    Connect(connect::Report),
    Idle(idle::Report),
}

impl Report {
    /// Whether all went as it should.
    pub fn is_sound(&self) -> bool {
        match &self.0 {
            Found::Publish(report) => report.is_sound(),
            Found::Play(report) => report.is_sound(),
            Found::Steps(report) => report.is_sound(),
            Found::Connect(report) => report.is_sound(),
            Found::Idle(report) => report.is_sound(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Found::Publish(report) => report.fmt(f),
            Found::Play(report) => report.fmt(f),
            Found::Steps(report) => report.fmt(f),
            Found::Connect(report) => report.fmt(f),
            Found::Idle(report) => report.fmt(f),
        }
    }
}

/// Puts a server under load.
///
/// # Errors
///
/// [`Error`], if nothing could be measured.
pub fn run(options: &Options) -> Result<Report, Error> {
    let found = match &options.mode {
        Mode::Publish(options) => Found::Publish(publish::run(options)?),
        Mode::Play(options) => match options.steps() {
            None => Found::Play(Box::new(play::run(options)?)),
            Some(steps) => Found::Steps(steps::run(options, steps)?),
        },
        Mode::Connect(options) => Found::Connect(connect::run(options)?),
        Mode::Idle(options) => Found::Idle(idle::run(options)?),
    };
    Ok(Report(found))
}

/// What every load has.
#[derive(Debug)]
struct Bench {
    reactor: Reactor,
    buffers: Buffers,
    destination: Destination,
    progress: Progress,
    interrupt: Interrupt,
    processes: Processes,
    /// Of the server, before the first connection.
    start: Sample,
}

/// The begin of a measured time.
#[derive(Clone, Copy, Debug)]
struct Begin {
    server: Sample,
    own: Duration,
}

/// What a measured time cost.
#[derive(Clone, Copy, Debug)]
struct Measured {
    wall: Duration,
    own: OwnCost,
    server: Option<Cost>,
    after: Sample,
}

impl Bench {
    fn new(common: &Common, connections: usize) -> Result<Self, Error> {
        descriptors::provide(connections)?;
        let processes = Processes::new(&common.pid)?;
        let destination = Destination {
            address: common.url.connectable()?,
            tls: common.tls()?,
        };
        Ok(Self {
            reactor: Reactor::new()?,
            buffers: Buffers::default(),
            destination,
            progress: Progress::new(),
            interrupt: Interrupt::new()?,
            start: processes.sample(),
            processes,
        })
    }

    /// Whether there is anything to measure: no signal has come yet.
    fn go_on(&self) -> Result<(), Error> {
        if self.interrupt.has_come() {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }

    fn begin(&self) -> Begin {
        Begin {
            server: self.processes.sample(),
            own: clock::own_cpu(),
        }
    }

    fn end(&self, begin: &Begin) -> Measured {
        let own = clock::own_cpu();
        let after = self.processes.sample();
        let wall = after.at.saturating_duration_since(begin.server.at);
        Measured {
            wall,
            own: OwnCost::new(own.saturating_sub(begin.own), wall),
            server: (!self.processes.is_empty()).then(|| Cost::new(&self.start, &begin.server, &after)),
            after,
        }
    }
}

/// How many of something, and not none.
fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=MAX_COUNT).contains(count))
        .ok_or_else(|| format!("a number from 1 to {MAX_COUNT}"))
}

/// More connections than one address and port can have.
const MAX_COUNT: usize = 65_535;

/// A time that is far enough never to come.
fn never(now: Instant) -> Instant {
    now + Duration::from_secs(365 * 24 * 60 * 60)
}

/// The lines that all reports end with.
fn write_costs(f: &mut fmt::Formatter<'_>, own: OwnCost, server: Option<&Cost>) -> fmt::Result {
    if let Some(server) = server {
        writeln!(
            f,
            "server       {} of one CPU, {} MB resident",
            numbers::Shown(server.server_cpu_pct, "%"),
            server.rss_kb / 1000
        )?;
    }
    writeln!(
        f,
        "this load    {} of one CPU",
        numbers::Shown(own.load_cpu_pct, "%")
    )?;
    if own.is_the_limit() {
        writeln!(
            f,
            "warning: this load had no CPU left, so it is the load that was measured, not the server"
        )?;
    }
    Ok(())
}
