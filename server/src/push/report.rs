//! What has been pushed.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::client::{BitRate, Bytes, Clock, Millis, bits_per_second, millis, seconds};

/// What has been sent, and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where to, without user and password.
    pub(super) url: String,
    #[serde(flatten)]
    pub(super) end: End,
    pub(super) seconds: f64,
    pub(super) media_seconds: f64,
    /// How often the file began.
    pub(super) rounds: u64,
    pub(super) video_messages: u64,
    pub(super) audio_messages: u64,
    pub(super) data_messages: u64,
    pub(super) bytes: u64,
    /// Of the media sent, by the clock.
    pub(super) bits_per_second: f64,
    /// How late a frame was sent at most, by the file's own time.
    pub(super) late_ms_max: f64,
    /// The last ping's.
    pub(super) round_trip_ms: Option<f64>,
    /// What of the file could not be read.
    pub(super) warnings: Vec<String>,
}

/// How a push ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", content = "reason", rename_all = "snake_case")]
pub(super) enum End {
    /// With the file.
    Complete,
    /// By a signal.
    Interrupted,
    /// By the server, or on the way to it: why.
    Lost(String),
}

/// What is counted while a file is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) rounds: u64,
    pub(super) video: u64,
    pub(super) audio: u64,
    pub(super) data: u64,
    pub(super) bytes: u64,
    pub(super) media: Duration,
    pub(super) latest: Duration,
    pub(super) round_trip: Option<Duration>,
    pub(super) warnings: Vec<String>,
}

impl Report {
    pub(super) fn new(url: String, sent: Sent, time: Duration, end: End) -> Self {
        Self {
            url,
            end,
            seconds: seconds(time),
            media_seconds: seconds(sent.media),
            rounds: sent.rounds,
            video_messages: sent.video,
            audio_messages: sent.audio,
            data_messages: sent.data,
            bytes: sent.bytes,
            bits_per_second: bits_per_second(sent.bytes, time).round(),
            late_ms_max: millis(sent.latest),
            round_trip_ms: sent.round_trip.map(millis),
            warnings: sent.warnings,
        }
    }

    /// Whether all of the file was sent, or as much as was wanted.
    pub fn is_complete(&self) -> bool {
        !matches!(self.end, End::Lost(_)) && self.warnings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: f64| Duration::from_secs_f64(seconds);
        write!(
            f,
            "{} of media in {:.1} s: {} video, {} audio and {} data messages, {}, {}",
            Clock(time(self.media_seconds)),
            self.seconds,
            self.video_messages,
            self.audio_messages,
            self.data_messages,
            Bytes(self.bytes),
            BitRate(self.bits_per_second),
        )?;
        if self.rounds > 1 {
            write!(f, ", in {} rounds", self.rounds)?;
        }
        let millis = |millis: f64| Millis(Some(time(millis / 1e3)));
        writeln!(f, "; at most {} late", millis(self.late_ms_max))?;
        if let Some(round_trip) = self.round_trip_ms {
            writeln!(f, "round trip {}", millis(round_trip))?;
        }
        match &self.end {
            End::Complete => Ok(()),
            End::Interrupted => writeln!(f, "interrupted"),
            End::Lost(reason) => writeln!(f, "ended before the file did: {reason}"),
        }
    }
}
