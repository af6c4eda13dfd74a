//! The options of a server: their names, their words, and what each does.

mod examples;
mod near;
mod stray;
mod table;

pub use examples::{EXAMPLES, Example};
pub use near::nearest;
pub use stray::Stray;
pub use table::{OPTIONS, chunk_size};

use crate::settings::Settings;

/// One option.
///
/// It can be given on the command line (`--max-lag 500ms`), in the environment (`RTMP_MAX_LAG=500ms`), and to programs
/// that read one in a configuration file (`max-lag = "500ms"` below `[streams]`): the first of these counts.
#[derive(Debug)]
pub struct Opt {
    /// The long name, without its dashes.
    pub name: &'static str,
    /// The variable of the environment that stands for it.
    pub variable: &'static str,
    /// The short name.
    pub short: Option<char>,
    /// What follows it.
    pub kind: Kind,
    /// What holds without it.
    pub default: Default,
    /// What else one might give, to show what that looks like.
    pub sample: &'static str,
    /// What it is about, in words.
    pub about: &'static str,
    /// Among which others it is listed.
    pub group: Group,
    /// When another value of it takes effect in a server that runs.
    pub change: Change,
    /// Sets what it says; the error says what would be right.
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// What follows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: it is there or not. Elsewhere than on the command line, on or off.
    Flag,
    /// On or off.
    Switch,
    /// A value, called this.
    Value(&'static str),
    /// A value, called this, or several with commas between; and it may be given more than once.
    List(&'static str),
}

/// What holds without an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// As if this had been given.
    Value(&'static str),
    /// What no value says.
    Words(&'static str),
    /// What the program chooses.
    Program,
    /// It is not done.
    Off,
}

/// When what an option says anew takes effect in a server that runs. No stream is dropped for it, ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// At once.
    AtOnce,
    /// For connections that come from then on.
    NewConnections,
    /// When the server is started the next time.
    Restart,
}

/// Options that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where and how the server runs.
    Server,
    /// How it serves RTMPS.
    Tls,
    /// What streams are like for those who play them.
    Streams,
    /// Who may come, and what is said to them.
    Connections,
    /// What is told of it.
    Log,
}

/// What the durations among the values look like.
pub const DURATIONS: &str = "A duration is a number of seconds or has units: 10, 500ms, 1m 30s.";

impl Opt {
    /// The option of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.name == name)
    }

    /// The text that is as good as none.
    pub fn default_text(&self) -> Option<&'static str> {
        match self.default {
            Default::Value(text) => Some(text),
            Default::Off if self.kind == Kind::Flag => Some("off"),
            Default::Words(_) | Default::Program | Default::Off => None,
        }
    }

    /// Sets what `text` says: the value of it, all values of it with commas between, or for one without a value, whether it is
    /// on.
    ///
    /// # Errors
    ///
    /// What would be right, for a text that is not; the settings are as they were.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        (self.set)(settings, text)
    }
}

impl Kind {
    /// What its value is called, if it has one.
    pub const fn value_name(self) -> Option<&'static str> {
        match self {
            Self::Flag => None,
            Self::Switch => Some("on|off"),
            Self::Value(name) | Self::List(name) => Some(name),
        }
    }
}

impl Group {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Server,
        Self::Tls,
        Self::Streams,
        Self::Connections,
        Self::Log,
    ];

    /// What stands above them in a configuration file, between brackets.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Tls => "tls",
            Self::Streams => "streams",
            Self::Connections => "connections",
            Self::Log => "log",
        }
    }

    /// What stands above them in a help text.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Tls => "RTMPS",
            Self::Streams => "Streams",
            Self::Connections => "Connections",
            Self::Log => "Log",
        }
    }
}

#[cfg(test)]
mod tests;
