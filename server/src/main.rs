//! The command line: `rtmp serve`, `rtmp config`, `rtmp inspect`, `rtmp extract`, `rtmp push`, `rtmp pull`, `rtmp relay`,
//! `rtmp probe`, `rtmp bench`.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};
use rtmp_server::inspect::{CaptureError, Facts, FlvFacts, FlvReport, Recording, Transcript};
use rtmp_server::{bench, config, extract, probe, pull, push, relay, serve};
use serde::Serialize;

/// An RTMP server, and tools to look at RTMP.
#[derive(Parser)]
#[command(
    name = "rtmp",
    version,
    override_usage = "rtmp [COMMAND] [OPTIONS]",
    max_term_width = 120,
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
    /// Write a configuration file for `rtmp serve --config FILE`, or find what is wrong in one
    Config(config::Options),
    /// Show the RTMP sessions in a capture by tcpdump or Wireshark, or the tracks in an FLV file
    ///
    /// Of a capture: every message of both sides, then the tracks of what was published or played. Of tracks: what is
    /// wrong with them, with its place; codec, size, frame rate, bit rate, groups of pictures.
    ///
    /// The exit status is 0 if the file could be read to its end, 3 if it is cut short or damaged (all that could be
    /// read is shown, and where the damage is), and 1 if it could not be read at all. What is wrong inside a stream
    /// does not change it.
    Inspect(Inspect),
    /// Write the tracks of an FLV file or a capture as files that other programs decode
    ///
    /// H.264, H.265 and H.266 with start codes and their parameter sets in front of key frames; AV1 as OBUs; VP8 and
    /// VP9 in IVF; AAC in ADTS; Opus in Ogg; PCM and G.711 in WAVE; FLAC, MP3, AC-3 and E-AC-3 as they are. With --flv
    /// the streams of a capture as FLV files, which can be played and sought.
    ///
    /// The exit status is 0 if the file could be read to its end, 3 if it is cut short or damaged (all that could be
    /// read is written), and 1 if nothing was written, or not all that could be read.
    Extract(extract::Options),
    /// Publish an FLV file at the pace of its timestamps
    Push(Box<push::Options>),
    /// Record a stream to an FLV file
    Pull(Box<pull::Options>),
    /// Play a stream from one server, and publish it to another
    Relay(Box<relay::Options>),
    /// Play a stream for some seconds, and say what it and its server are like
    Probe(Box<probe::Options>),
    /// Put a server under load: publishers, players, connections; what it delivers and what it costs
    ///
    /// Any RTMP server, here or elsewhere. Streams that `rtmp bench publish` publishes carry counters, times and
    /// checksums, by which `rtmp bench play` knows whether everything comes whole, in order and in time.
    Bench(Box<bench::Options>),
}

#[derive(Args)]
struct Inspect {
    /// A pcap, pcapng or FLV file; - for the standard input
    file: PathBuf,

    /// Write facts for programs: counts, order, hashes of all media, tracks
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
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Extract(#[from] extract::Error),
    #[error(transparent)]
    Client(#[from] push::Error),
    #[error(transparent)]
    Bench(#[from] bench::Error),
}

/// What was inspected is cut short or damaged; or what was put under load did not deliver.
const DAMAGED: u8 = 3;

fn main() -> ExitCode {
    let arguments = with_command(std::env::args_os());
    let Cli { command } = Cli::try_parse_from(&arguments).unwrap_or_else(|mut error| {
        if let Some(advice) = serve::advice(&error, &arguments) {
            let advice = ContextValue::StyledStrs(vec![advice.into()]);
            error.insert(ContextKind::Suggested, advice);
        }
        error.exit()
    });
    let result = match command {
        Command::Serve(options) => serve::run(&options)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Error::from),
        Command::Config(options) => config(&options),
        Command::Inspect(options) => inspect(&options),
        Command::Extract(options) => extract(&options),
        Command::Push(options) => push(&options),
        Command::Pull(options) => pull(&options),
        Command::Relay(options) => relay::run(&options)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Error::from),
        Command::Probe(options) => probe(&options),
        Command::Bench(options) => bench(&options),
    };
    match result {
        Ok(status) => status,
        // Whoever reads has seen enough, as `head` does.
        Err(Error::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // There may be nobody to tell any more.
            let _ = writeln!(anstream::stderr(), "rtmp: {error}");
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

fn config(options: &config::Options) -> Result<ExitCode, Error> {
    let text = config::run(options)?;
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn inspect(options: &Inspect) -> Result<ExitCode, Error> {
    let file = &options.file;
    let source = open(file).map_err(|source| Error::Open {
        file: file.clone(),
        source,
    })?;
    let recording = Recording::read(source).map_err(|source| Error::Capture {
        file: file.clone(),
        source,
    })?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    // Strips colours unless a terminal wants them.
    let mut out = BufWriter::new(anstream::stdout());
    if options.json {
        for warning in recording.warnings() {
            anstream::eprintln!("rtmp: {}: {warning}", file.display());
        }
        match &recording {
            Recording::Capture(inspection) => {
                serde_json::to_writer_pretty(&mut out, &Facts::of(&inspection.sessions))
            }
            Recording::Flv(flv) => serde_json::to_writer_pretty(&mut out, &FlvFacts::of(flv, name)),
        }
        .map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        match &recording {
            Recording::Capture(inspection) => {
                let transcript = Transcript::new(inspection);
                let transcript = if options.no_media {
                    transcript.fold_frames()
                } else {
                    transcript
                };
                write!(out, "{transcript}")?;
            }
            Recording::Flv(flv) => write!(out, "{}", FlvReport::new(flv, &name))?,
        }
    }
    out.flush()?;
    Ok(status(recording.is_whole()))
}

fn extract(options: &extract::Options) -> Result<ExitCode, Error> {
    let report = extract::run(options)?;
    for warning in &report.warnings {
        anstream::eprintln!("rtmp: {warning}");
    }
    let mut out = anstream::stdout();
    if options.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    out.flush()?;
    Ok(if report.files.is_empty() {
        ExitCode::FAILURE
    } else {
        status(report.is_whole)
    })
}

fn push(options: &push::Options) -> Result<ExitCode, Error> {
    let report = push::run(options)?;
    show(anstream::stdout(), &report, options.json)?;
    Ok(status(report.is_complete()))
}

fn pull(options: &pull::Options) -> Result<ExitCode, Error> {
    let report = pull::run(options)?;
    if report.is_on_stdout() {
        show(anstream::stderr(), &report, options.json)?;
    } else {
        show(anstream::stdout(), &report, options.json)?;
    }
    Ok(status(report.is_complete()))
}

fn probe(options: &probe::Options) -> Result<ExitCode, Error> {
    let report = probe::run(options)?;
    if let Some(error) = report.error() {
        anstream::eprintln!("rtmp: {error}");
    }
    show(anstream::stdout(), &report, options.json)?;
    Ok(ExitCode::from(report.exit_status()))
}

fn bench(options: &bench::Options) -> Result<ExitCode, Error> {
    let report = bench::run(options)?;
    show(anstream::stdout(), &report, options.is_json())?;
    Ok(status(report.is_sound()))
}

/// Writes a report for people, or for programs as an object on one line.
fn show(mut out: impl Write, report: &(impl Display + Serialize), is_json: bool) -> Result<(), Error> {
    if is_json {
        serde_json::to_writer(&mut out, report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    out.flush()?;
    Ok(())
}

fn status(is_whole: bool) -> ExitCode {
    if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DAMAGED)
    }
}

fn open(file: &Path) -> io::Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        Ok(Box::new(io::stdin()))
    } else {
        Ok(Box::new(File::open(file)?))
    }
}
