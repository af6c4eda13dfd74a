//! The log: lines on the standard error, for people or for programs.

use std::io::{self, IsTerminal};
use std::panic;
use std::str::FromStr;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::output::Lossy;
use crate::signal::Signal;

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Off,
    /// What an operator has to mend.
    Error,
    /// And faults of peers.
    Warn,
    /// And what connections do.
    Info,
    /// And connections that have not asked for anything yet.
    Debug,
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Time, level, message, fields.
    Text,
    /// A JSON object.
    Json,
}

/// How lines leave, which can be changed while they do.
type Lines = Box<dyn Layer<Registry> + Send + Sync>;

static LINES: OnceLock<reload::Handle<Lines, Registry>> = OnceLock::new();

/// Sends the process's log to the standard error from now on, its panics among it. To start it once more changes its level
/// and its format.
pub(crate) fn start(level: Level, format: Format) {
    if let Some(lines) = LINES.get() {
        // It fails when the log is gone, and nothing ends it.
        let _ = lines.reload(self::lines(level, format));
        return;
    }
    let (layer, handle) = reload::Layer::new(lines(level, format));
    // An embedding program's own log stays what it is.
    if tracing::subscriber::set_global_default(Registry::default().with(layer)).is_ok() {
        let _ = LINES.set(handle);
    }
    panic::set_hook(Box::new(|panic| {
        tracing::error!(panic = panic.to_string(), "a bug, please report it")
    }));
}

fn lines(level: Level, format: Format) -> Lines {
    let level = match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let lines = fmt::layer().with_writer(|| Lossy).with_target(false);
    match format {
        Format::Text => level.and_then(lines.with_ansi(wants_colours())).boxed(),
        Format::Json => level.and_then(lines.json().flatten_event(true)).boxed(),
    }
}

fn wants_colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The server has been told to stop.
pub fn stopping(signal: Signal, connections: usize) {
    tracing::info!(
        signal = signal.name(),
        connections,
        "stopping; once more ends at once"
    );
}

/// The server has stopped.
pub fn stopped() {
    tracing::info!("stopped");
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "off" => Self::Off,
            "error" => Self::Error,
            "warn" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            _ => return Err("it has to be off, error, warn, info or debug".to_owned()),
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it has to be text or json".to_owned()),
        }
    }
}
