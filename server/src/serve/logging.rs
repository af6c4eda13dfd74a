//! Where logs go: to the standard error, as text for people or as JSON for programs.

use std::io::{self, IsTerminal};
use std::panic;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
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

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Time, level, message, fields.
    Text,
    /// A JSON object.
    Json,
}

/// Sends the process's logs to the standard error from now on, its panics among them.
pub(super) fn start(level: LogLevel, format: LogFormat) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let logger = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_target(false);
    // A second start within one process goes on with the first one's settings.
    let _ = match format {
        LogFormat::Text => {
            tracing::subscriber::set_global_default(logger.with_ansi(wants_colours()).finish())
        }
        LogFormat::Json => {
            tracing::subscriber::set_global_default(logger.json().flatten_event(true).finish())
        }
    };
    panic::set_hook(Box::new(
        |panic| tracing::error!(%panic, "a bug, please report it"),
    ));
}

fn wants_colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
