//! The log: lines on the standard error, for people or for programs.

mod line;

use std::io::{self, Write as _};
use std::panic;
use std::str::FromStr;
use std::time::SystemTime;

pub use line::Value;

use crate::signal::Signal;
use crate::style::Colours;

/// What a line is about, or how much is logged.
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

/// A name, and what it stands for in this line.
pub type Field<'a> = (&'static str, Value<'a>);

/// Writes lines to the standard error.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    level: Level,
    format: Format,
    colours: Colours,
}

impl Log {
    /// Lines up to `level`.
    pub fn new(level: Level, format: Format) -> Self {
        Self {
            level,
            format,
            colours: Colours::of(&io::stderr()),
        }
    }

    /// Whether lines of `level` are written.
    pub fn is_on(self, level: Level) -> bool {
        level <= self.level
    }

    /// What lines look like.
    pub const fn format(self) -> Format {
        self.format
    }

    /// Writes a line, if its level is on.
    pub fn write(self, level: Level, message: &str, fields: &[Field<'_>]) {
        if !self.is_on(level) {
            return;
        }
        let time = SystemTime::now();
        let line = match self.format {
            Format::Text => line::text(self.colours, time, level, message, fields),
            Format::Json => line::json(time, level, message, fields),
        };
        // Without a place for it there is nobody to read it.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    /// Says from now on in the log what panics.
    pub fn report_panics(self) {
        panic::set_hook(Box::new(move |panic| {
            self.write(
                Level::Error,
                "a bug, please report it",
                &[("panic", Value::Shown(panic))],
            );
        }));
    }

    /// The server has been told to stop.
    pub fn stopping(self, signal: Signal, connections: usize) {
        self.write(
            Level::Info,
            "stopping; once more ends at once",
            &[
                ("signal", signal.name().into()),
                ("connections", connections.into()),
            ],
        );
    }

    /// The server has stopped.
    pub fn stopped(self) {
        self.write(Level::Info, "stopped", &[]);
    }
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
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
