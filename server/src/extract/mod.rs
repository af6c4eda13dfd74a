//! Takes recorded streams apart: each track becomes a file that other programs decode, and with `--flv` each stream
//! becomes a file that other programs play.
//!
//! ```text
//! source       streams in an FLV file or a capture
//! track        one track, and the files that it fills
//! elementary   such a file: frames in the form that its format asks for
//! ivf, ogg, wav    formats that put something around frames
//! recording    a stream as an FLV file
//! report       what has been written, for people and programs
//! ```

mod elementary;
mod ivf;
mod ogg;
mod recording;
mod report;
mod source;
mod track;
mod wav;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use rtmp_core::media::demux::{DemuxOptions, Demuxer};
use rtmp_core::media::nal::NalFilterOptions;
use rtmp_core::media::{MediaKind, TrackId};

use self::recording::record;
pub use self::report::{Extracted, Report};
use self::source::{Source, Stream};
use self::track::Track;
use crate::inspect::CaptureError;

/// The options of `rtmp extract`.
#[derive(Args, Debug)]
pub struct Options {
    /// A pcap, pcapng or FLV file; - for the standard input
    file: PathBuf,

    /// The directory to write to; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,

    /// Write each stream as an FLV file, rather than each track as a file of its codec
    #[arg(long)]
    flv: bool,

    /// Keep access unit delimiters, filler and the like, which players do without
    #[arg(long, conflicts_with = "flv")]
    all_nal_units: bool,

    /// Replace files that are there
    #[arg(long)]
    overwrite: bool,

    /// Write what has been written as JSON
    #[arg(long)]
    pub json: bool,
}

/// Why nothing, or not all, was extracted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened.
    #[error("{}: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: CaptureError,
    },
    /// A file cannot be written.
    #[error("{}: {source}{}", file.display(), remedy(source))]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no audio or video in it.
    #[error("{}: no audio or video in it; `rtmp inspect` shows what there is", .0.display())]
    Nothing(PathBuf),
}

fn remedy(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::AlreadyExists {
        "; --overwrite replaces it, --to writes elsewhere"
    } else {
        ""
    }
}

/// Extracts what `options` ask for.
///
/// # Errors
///
/// [`Error`], if the file cannot be read, has nothing in it, or if one of the new files cannot be written.
pub fn run(options: &Options) -> Result<Report, Error> {
    let file = &options.file;
    let is_stdin = file == Path::new("-");
    let source: Box<dyn io::Read + Send> = if is_stdin {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(|source| Error::Open {
            file: file.clone(),
            source,
        })?)
    };
    let source = Source::read(source).map_err(|source| Error::Read {
        file: file.clone(),
        source,
    })?;
    let mut report = Report {
        warnings: (source.warnings.iter())
            .map(|warning| format!("{}: {warning}", file.display()))
            .collect(),
        is_whole: source.is_whole,
        ..Report::default()
    };
    let streams: Vec<_> = source.streams.into_iter().filter(Stream::has_media).collect();
    if streams.is_empty() {
        return Err(Error::Nothing(file.clone()));
    }
    let stem = if is_stdin {
        "stdin".into()
    } else {
        file.file_stem().unwrap_or_default().to_string_lossy()
    };
    let is_only = streams.len() == 1;
    let place = Place {
        directory: &options.to,
        overwrite: options.overwrite,
    };
    let filter = if options.all_nal_units {
        NalFilterOptions::OFF
    } else {
        NalFilterOptions::default()
    };
    for (number, stream) in (1..).zip(&streams) {
        let name = if is_only {
            stem.to_string()
        } else {
            format!("{stem}.{number}")
        };
        if options.flv {
            report.files.push(record(stream, &place, &name)?);
        } else {
            tracks(stream, filter, &place, &name, &mut report)?;
        }
    }
    // Configurations without a frame fill no file.
    if report.files.is_empty() && report.warnings.is_empty() {
        return Err(Error::Nothing(file.clone()));
    }
    Ok(report)
}

/// Where new files go.
struct Place<'a> {
    directory: &'a Path,
    overwrite: bool,
}

impl Place<'_> {
    fn create(&self, name: &str) -> Result<(PathBuf, File), Error> {
        let file = self.directory.join(name);
        std::fs::create_dir_all(self.directory)
            .and_then(|()| {
                let mut options = OpenOptions::new();
                options.write(true);
                if self.overwrite {
                    options.create(true).truncate(true);
                } else {
                    options.create_new(true);
                }
                options.open(&file)
            })
            .map(|open| (file.clone(), open))
            .map_err(|source| Error::Write { file, source })
    }
}

/// Writes each track of a stream.
fn tracks(
    stream: &Stream,
    filter: NalFilterOptions,
    place: &Place<'_>,
    name: &str,
    report: &mut Report,
) -> Result<(), Error> {
    let mut options = DemuxOptions::default();
    options.filter = filter;
    let mut demuxer = Demuxer::new(options);
    let mut tracks: BTreeMap<(bool, TrackId), Track> = BTreeMap::new();
    let mut unreadable = 0_u64;
    for message in &stream.messages {
        demuxer.handle(message);
        while let Some(media) = demuxer.poll() {
            match media {
                Ok(media) => {
                    if let Some(id) = media.track() {
                        let is_audio = media.kind() == MediaKind::Audio;
                        let track = tracks
                            .entry((is_audio, id))
                            .or_insert_with(|| Track::new(stream, name, is_audio, id));
                        track.take(&media, place, report)?;
                    }
                }
                Err(error) if error.fault.is_loss() => unreadable += 1,
                Err(_) => {}
            }
        }
    }
    for track in tracks.into_values() {
        track.finish(report)?;
    }
    if unreadable > 0 {
        report.warnings.push(format!(
            "{name}: {unreadable} messages could not be read and were left out; `rtmp inspect` names them"
        ));
    }
    Ok(())
}
