//! What has been recorded.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::output::Written;
use crate::client::{BitRate, Bytes, Clock, Millis, bits_per_second, millis, seconds};

/// What has been recorded, and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where from, without user and password.
    pub(super) url: String,
    /// Where to; a dash for the standard output.
    pub(super) file: String,
    #[serde(flatten)]
    pub(super) end: End,
    pub(super) seconds: f64,
    pub(super) media_seconds: f64,
    pub(super) tags: u64,
    /// Of the file.
    pub(super) bytes: u64,
    /// Of the media.
    pub(super) bits_per_second: f64,
    /// The last ping's.
    pub(super) round_trip_ms: Option<f64>,
}

/// How a recording ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", content = "reason", rename_all = "snake_case")]
pub(super) enum End {
    /// With the stream.
    Complete,
    /// It is as long as was wanted.
    LongEnough,
    /// Whoever reads the standard output has closed it.
    Closed,
    /// By a signal.
    Interrupted,
    /// By the server, or on the way to it: why.
    Lost(String),
    /// By what it was written to, a disk that is full: why.
    Unwritten(String),
}

impl End {
    /// The server is there, or seems to be, and nothing of the stream has come for so long.
    pub(super) fn stands_still(timeout: Duration) -> Self {
        Self::Lost(format!(
            "nothing of the stream has come for {timeout:?}; --timeout waits longer"
        ))
    }
}

/// What is measured while a stream is recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) time: Duration,
    pub(super) media: Duration,
    pub(super) bytes: u64,
    pub(super) round_trip: Option<Duration>,
}

impl Report {
    pub(super) fn new((url, file): (String, String), end: End, written: Written, received: Received) -> Self {
        let end = match written.trouble {
            Some(trouble) => End::Unwritten(trouble.to_string()),
            None => end,
        };
        Self {
            url,
            file,
            end,
            seconds: seconds(received.time),
            media_seconds: seconds(written.until.unwrap_or(received.media)),
            tags: written.tags,
            bytes: written.bytes,
            bits_per_second: bits_per_second(received.bytes, received.media).round(),
            round_trip_ms: received.round_trip.map(millis),
        }
    }

    /// Whether the stream came to its end, or as far as was wanted.
    pub const fn is_complete(&self) -> bool {
        !matches!(self.end, End::Lost(_) | End::Unwritten(_))
    }

    /// Whether the stream itself goes to the standard output, where nothing else belongs then.
    pub fn is_on_stdout(&self) -> bool {
        self.file == "-"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: f64| Duration::from_secs_f64(seconds);
        writeln!(
            f,
            "{}: {} of media in {:.1} s, {} tags, {}, {}",
            self.file,
            Clock(time(self.media_seconds)),
            self.seconds,
            self.tags,
            Bytes(self.bytes),
            BitRate(self.bits_per_second),
        )?;
        if let Some(round_trip) = self.round_trip_ms {
            writeln!(f, "round trip {}", Millis(Some(time(round_trip / 1e3))))?;
        }
        match &self.end {
            End::Complete => writeln!(f, "the stream has ended"),
            End::LongEnough | End::Closed => Ok(()),
            End::Interrupted => writeln!(f, "interrupted"),
            End::Lost(reason) => writeln!(f, "broken off: {reason}"),
            End::Unwritten(reason) => writeln!(f, "broken off, and whole up to there: {reason}"),
        }
    }
}
