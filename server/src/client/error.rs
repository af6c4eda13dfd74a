use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rtmp_core::host::CallError;
use rtmp_core::tls::TlsError;
use rtmp_core::url::UrlError;
use rtmp_sockets::LoadError;

use crate::relays::RelayError;
use crate::trust;

/// Why nothing came of a push, pull, relay or probe. Its text says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The URL is that of a server.
    #[error("{0} names no stream: rtmp://HOST/APP/STREAM does")]
    NoName(String),
    /// A stream would be fed with itself.
    #[error("{0} would be played and published under the same name: take another for one of them")]
    SameStream(String),
    /// A relay cannot be started.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// The certificates to trust cannot be read.
    #[error(transparent)]
    Certificates(#[from] LoadError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server cannot be reached, refuses, or breaks off.
    #[error("{}{}", .0, advice(.0))]
    Call(#[from] CallError),
    /// The server takes its time.
    #[error("the server has not answered within {0:?}; --timeout waits longer")]
    Unanswered(Duration),
    /// Nothing is published under this name.
    #[error(
        "nothing came within {0:?}: check the stream's name, and whether it is being published; --timeout waits longer"
    )]
    Silence(Duration),
    /// The stream ended before it began.
    #[error("the stream ended before anything of it came")]
    Nothing,
    /// The server, or the way to it, broke off before anything came.
    #[error("{0}")]
    Lost(String),
    /// A file, or the standard input or output.
    #[error("{}: {source}{}", file.display(), remedy(source))]
    File {
        /// Its name, or a dash.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is to be pushed is none.
    #[error(
        "{}: no FLV file with audio or video in it{}; `ffmpeg -i FILE -c copy -f flv - | rtmp push - URL` sends other formats",
        file.display(),
        detail(damage.as_deref())
    )]
    NoFlv {
        /// Its name, or a dash.
        file: PathBuf,
        /// What was found.
        damage: Option<String>,
    },
    /// What is to be pushed ends before it is to begin.
    #[error("{}: there is no frame to begin with as late as {start:?}: --start has to be shorter", file.display())]
    TooShort {
        /// Its name, or a dash.
        file: PathBuf,
        /// How far behind its beginning.
        start: Duration,
    },
    /// A signal came too early.
    #[error("interrupted before anything was done")]
    Interrupted,
    /// A runtime, a thread or signals are not to be had.
    #[error("the system refuses what every client needs: {0}")]
    System(#[from] io::Error),
}

impl Error {
    pub(crate) fn of_file(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        Self::File { file, source }
    }
}

/// What to do about it, where that is a matter of options.
fn advice(error: &CallError) -> &'static str {
    match error {
        CallError::Tls(error) => trust::remedy(error),
        _ => "",
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "; --overwrite replaces it",
        _ => "",
    }
}

fn detail(damage: Option<&str>) -> String {
    damage.map_or_else(String::new, |damage| format!(": {damage}"))
}
