//! The command line: `rtmp serve`, `rtmp inspect`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use rtmp_server::inspect::{CaptureError, Facts, Inspection, Transcript};
use rtmp_server::serve;

/// An RTMP server, and tools to look at RTMP.
#[derive(Parser)]
#[command(
    name = "rtmp",
    version,
    override_usage = "rtmp [COMMAND] [OPTIONS]",
    after_help = "Without a command, also with options: rtmp serve. `rtmp serve --help` has its options."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve publishers and players
    Serve(Box<serve::Options>),
    /// Show the RTMP sessions in a capture by tcpdump or Wireshark
    Inspect(Inspect),
}

#[derive(Args)]
struct Inspect {
    /// A pcap or pcapng file; - for the standard input
    file: PathBuf,

    /// Write facts for programs: counts, order, hashes of all media
    #[arg(long)]
    json: bool,

    /// Show runs of frames, acknowledgements and repeated data on one line
    #[arg(long, conflicts_with = "json")]
    no_media: bool,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{}: {source}", file.display())]
    Open { file: PathBuf, source: io::Error },
    #[error("{}: {source}", file.display())]
    Capture { file: PathBuf, source: CaptureError },
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    #[error(transparent)]
    Serve(#[from] serve::Error),
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse_from(with_command(std::env::args_os()));
    let result = match command {
        Command::Serve(options) => serve::run(&options).map_err(Error::from),
        Command::Inspect(options) => inspect(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough, as `head` does.
        Err(Error::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("rtmp: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments with the command that is meant where none is given: options that are not the program's own are those
/// of `rtmp serve`.
fn with_command(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let is_own = |argument: &OsString| {
        ["-h", "--help", "-V", "--version"]
            .iter()
            .any(|own| argument == own)
    };
    let names_command =
        |argument: &OsString| !argument.as_encoded_bytes().starts_with(b"-") || is_own(argument);
    if !arguments.get(1).is_some_and(names_command) {
        arguments.insert(arguments.len().min(1), "serve".into());
    }
    arguments
}

fn inspect(options: &Inspect) -> Result<(), Error> {
    let file = &options.file;
    let source = open(file).map_err(|source| Error::Open {
        file: file.clone(),
        source,
    })?;
    let inspection = Inspection::read(source).map_err(|source| Error::Capture {
        file: file.clone(),
        source,
    })?;
    // Strips colours unless a terminal wants them.
    let mut out = BufWriter::new(anstream::stdout());
    if options.json {
        for warning in inspection.warnings() {
            anstream::eprintln!("rtmp: {}: {warning}", file.display());
        }
        let facts = Facts::of(&inspection.sessions);
        serde_json::to_writer_pretty(&mut out, &facts).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        let transcript = Transcript::new(&inspection);
        let transcript = if options.no_media {
            transcript.fold_frames()
        } else {
            transcript
        };
        write!(out, "{transcript}")?;
    }
    Ok(out.flush()?)
}

fn open(file: &Path) -> io::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        Ok(Box::new(io::stdin()))
    } else {
        Ok(Box::new(File::open(file)?))
    }
}
