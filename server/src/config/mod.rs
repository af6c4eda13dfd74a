//! The configuration file of `rtmp serve`, and `rtmp config`, which helps to write one.
//!
//! It is TOML. Its keys are the [options](rtmp_console::OPTIONS) of the command line, below the sections that these are listed in; what
//! they mean, what they may be and what holds without them is said there, and nowhere else.

mod example;
mod file;
mod given;
mod relays;
mod report;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rtmp_console::Opt;

pub use example::example;
pub use file::{Contents, Error, read};
pub use given::Given;
pub use report::{Mistake, Report};

/// The command line of `rtmp config`.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a configuration that has every key, what it is about and its default
    ///
    /// To have it changed and used: rtmp config example > rtmp.toml, and rtmp serve --config rtmp.toml
    Example,
    /// Say what is wrong in a configuration, and where
    ///
    /// The exit status is 0 if a server could be started with it, as far as the file itself can tell, and 1 otherwise.
    Check {
        /// The configuration
        file: PathBuf,
    },
}

/// The text that answers `options`.
///
/// # Errors
///
/// [`Error`] for a configuration that is wrong.
pub fn run(options: &Options) -> Result<String, Error> {
    match &options.command {
        Command::Example => Ok(example()),
        Command::Check { file } => check(file),
    }
}

fn check(file: &Path) -> Result<String, Error> {
    let Contents { given, relays } = read(file)?;
    let settings = given.settings();
    settings.certificate()?;
    let says_where = Opt::find("listen").is_some_and(|listen| given.has(listen));
    // A name that leads nowhere today may lead somewhere where the server runs.
    let round = match relays.check(&settings.addresses().unwrap_or_default()) {
        Err(error) if says_where => return Err(error.into()),
        Err(error) => Some(format!("at the usual address, {error}")),
        Ok(()) => None,
    };
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let keys = count(given.len(), "key");
    let relays = match relays.pulls.len().saturating_add(relays.pushes.len()) {
        0 => String::new(),
        relays => format!(", {}", count(relays, "relay")),
    };
    let mut text = format!("{}: nothing wrong, {keys} set{relays}\n", file.display());
    let doubts = settings.doubt().map(str::to_owned).into_iter().chain(round);
    for doubt in doubts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "but: {doubt}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
