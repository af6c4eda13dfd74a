//! The configuration file of `rtmp serve`, and `rtmp config`, which helps to write one.
//!
//! It is TOML. Its keys are the [options](rtmp_console::OPTIONS) of the command line, below the sections that these are listed in; what
//! they mean, what they may be and what holds without them is said there, and nowhere else.

mod example;
mod file;
mod given;
mod relays;
mod report;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rtmp_console::{Certificate, Clash, Opt, Settings, StartError};
use rtmp_sockets::IdentityFiles;

pub use example::example;
pub use file::{Contents, Error, read};
pub use given::Given;
pub use report::{Mistake, Report};

use crate::relays::{Pattern, RelayError, RelaySettings};

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
    /// Certificates that it names are read as well. The exit status is 0 if a server could be started with it here, unless
    /// somebody else listens at its addresses, and 1 otherwise.
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
    could_serve(&settings, &relays)?;
    let says_where = Opt::find("listen").is_some_and(|listen| given.has(listen));
    // A name that leads nowhere today may lead somewhere where the server runs.
    let usual = settings.addresses().unwrap_or_default();
    let mut named = settings.tls_addresses().unwrap_or_default();
    if says_where {
        named.extend(usual.iter().cloned());
    }
    relays.check(&named)?;
    let round = relays.check(&usual).err();
    let round = round.map(|error| format!("at the usual address, {error}"));
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let keys = count(given.len(), "key");
    let pulls = relays.pulls.iter().map(|pull| &pull.stream);
    let pushes = relays.pushes.iter().map(|push| &push.stream);
    let streams: BTreeSet<_> = (pulls.chain(pushes).filter_map(Pattern::only))
        .filter(|key| !key.as_str().contains('/'))
        .collect();
    let without_application = streams.into_iter().map(|key| {
        format!(
            "the stream \"{key}\" of a relay is in no application: players and publishers ask for APP/NAME, as in \
             \"live/{key}\""
        )
    });
    let relays = match relays.pulls.len().saturating_add(relays.pushes.len()) {
        0 => String::new(),
        relays => format!(", {}", count(relays, "relay")),
    };
    let mut text = format!("{}: nothing wrong, {keys} set{relays}\n", file.display());
    let doubts = (settings.doubt().map(str::to_owned).into_iter())
        .chain(round)
        .chain(without_application);
    for doubt in doubts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "but: {doubt}");
    }
    Ok(text)
}

/// All that a server looks at before it listens, but for what is typed.
fn could_serve(settings: &Settings, relays: &RelaySettings) -> Result<(), Error> {
    if let Some(Certificate::Files { certificates, key }) = settings.certificate()? {
        IdentityFiles { certificates, key }
            .load()
            .map_err(StartError::from)?;
    }
    // A name that leads nowhere here may lead somewhere where the server runs.
    let plain = settings.addresses().unwrap_or_default();
    let tls = settings.tls_addresses().unwrap_or_default();
    Clash::check(&plain, &tls).map_err(StartError::from)?;
    let pulls = relays.pulls.iter().map(|pull| &pull.trust);
    let pushes = relays.pushes.iter().map(|push| &push.trust);
    for trust in pulls.chain(pushes) {
        trust.tls().map_err(RelayError::from)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
