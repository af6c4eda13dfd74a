//! The log: lines on the standard error, for people or for programs.

use std::io::{self, IsTerminal};
use std::panic;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;

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

/// Sends the process's log to the standard error from now on, its panics among it.
pub(crate) fn start(level: Level, format: Format) {
    let level = match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let logger = tracing_subscriber::fmt()
        .with_writer(|| Lossy)
        .with_max_level(level)
        .with_target(false);
    // A second start within one process goes on with the first one's settings.
    let _ = match format {
        Format::Text => tracing::subscriber::set_global_default(logger.with_ansi(wants_colours()).finish()),
        Format::Json => tracing::subscriber::set_global_default(logger.json().flatten_event(true).finish()),
    };
    panic::set_hook(Box::new(
        |panic| tracing::error!(%panic, "a bug, please report it"),
    ));
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
