//! What has been found out.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::Serialize;

use super::observe::Counts;
use super::server::{ServerFacts, TlsFacts};
use crate::client::{BitRate, Bytes, Millis, bits_per_second, millis, seconds};
use crate::inspect::{FAINT, Live, TITLE, WRONG};

/// What a server and a stream of it are like.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Without user and password.
    pub(super) url: String,
    pub(super) status: Status,
    /// Why the server can't be reached, or refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// What is wrong with the stream.
    pub(super) faults: Vec<String>,
    pub(super) handshake: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tls: Option<TlsFacts>,
    pub(super) server: Option<ServerFacts>,
    pub(super) times: Times,
    pub(super) round_trip: RoundTrip,
    pub(super) received: Received,
    #[serde(flatten)]
    pub(super) live: Option<Live>,
}

/// How it is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Plays,
    Faulty,
    Unreachable,
}

/// Milliseconds since the beginning.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Times {
    /// Until the name was looked up and TCP connected.
    pub(super) dialled_ms: Option<f64>,
    /// Until TLS was established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secured_ms: Option<f64>,
    /// Until RTMP's own handshake was done.
    pub(super) handshaken_ms: Option<f64>,
    /// Until the server let us in.
    pub(super) connected_ms: Option<f64>,
    /// Until it said that it plays.
    pub(super) playing_ms: Option<f64>,
    pub(super) first_message_ms: Option<f64>,
    pub(super) first_frame_ms: Option<f64>,
    pub(super) first_keyframe_ms: Option<f64>,
}

/// Of pings.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct RoundTrip {
    /// Pings that were sent.
    pub(super) sent: u32,
    /// Those of them that were answered.
    pub(super) count: u32,
    pub(super) min_ms: Option<f64>,
    pub(super) mean_ms: Option<f64>,
    pub(super) max_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Received {
    pub(super) seconds: f64,
    pub(super) media_seconds: f64,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    /// By the timestamps.
    pub(super) bits_per_second: f64,
    pub(super) longest_silence_ms: f64,
    pub(super) falls_behind_ms: f64,
}

impl Report {
    /// What is known before anything is tried.
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            status: Status::Unreachable,
            error: None,
            faults: Vec::new(),
            handshake: None,
            tls: None,
            server: None,
            times: Times::default(),
            round_trip: RoundTrip::default(),
            received: Received::default(),
            live: None,
        }
    }

    /// 0 for a stream that plays, 1 for none that can be played, 3 for one that something is wrong with.
    pub const fn exit_status(&self) -> u8 {
        match self.status {
            Status::Plays => 0,
            Status::Unreachable => 1,
            Status::Faulty => 3,
        }
    }

    /// Why the server can't be reached, or refuses.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

impl RoundTrip {
    pub(super) fn of(trips: &[Duration], sent: u32) -> Self {
        let count = u32::try_from(trips.len()).unwrap_or(u32::MAX);
        let mean = trips.iter().sum::<Duration>().checked_div(count);
        Self {
            sent,
            count,
            min_ms: trips.iter().min().copied().map(millis),
            mean_ms: mean.map(millis),
            max_ms: trips.iter().max().copied().map(millis),
        }
    }
}

impl Received {
    pub(super) fn of(counts: &Counts) -> Self {
        Self {
            seconds: seconds(counts.time),
            media_seconds: seconds(counts.media),
            messages: counts.messages,
            bytes: counts.bytes,
            bits_per_second: bits_per_second(counts.bytes, counts.media).round(),
            longest_silence_ms: millis(counts.silence),
            falls_behind_ms: millis(counts.behind),
        }
    }
}

/// With ANSI escape sequences, as `rtmp inspect` has them.
impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let url = &self.url;
        match self.status {
            Status::Plays => writeln!(f, "{TITLE}{url}{TITLE:#} plays")?,
            Status::Faulty => writeln!(f, "{TITLE}{url}{TITLE:#} {WRONG}is faulty{WRONG:#}")?,
            Status::Unreachable => return Ok(()),
        }
        for fault in &self.faults {
            writeln!(f, "  {WRONG}! {fault}{WRONG:#}")?;
        }
        if let Some(server) = &self.server {
            line("server", server, f)?;
        }
        if let Some(handshake) = self.handshake {
            line("handshake", handshake, f)?;
        }
        if let Some(tls) = &self.tls {
            line("TLS", tls, f)?;
        }
        line("times", self.times, f)?;
        line("round trip", self.round_trip, f)?;
        line("received", self.received, f)?;
        let Some(live) = &self.live else {
            return Ok(());
        };
        if self.faults.is_empty() {
            live.praise(f)?;
        }
        live.fmt(f)
    }
}

/// A word on the left, and what there is to say of it.
fn line(word: &str, what: impl Display, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "  {FAINT}{word:<12}{FAINT:#}{what}")
}

fn shown(millis: Option<f64>) -> Millis {
    Millis(millis.map(|millis| Duration::from_secs_f64(millis / 1e3)))
}

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let steps = [
            ("TCP", self.dialled_ms),
            ("TLS", self.secured_ms),
            ("handshake", self.handshaken_ms),
            ("connect", self.connected_ms),
            ("play", self.playing_ms),
            ("first message", self.first_message_ms),
            ("first key frame", self.first_keyframe_ms),
        ];
        let mut is_first = true;
        for (step, time) in steps.into_iter().filter(|(_, time)| time.is_some()) {
            let before = if is_first { "" } else { ", " };
            write!(f, "{before}{step} {}", shown(time))?;
            is_first = false;
        }
        Ok(())
    }
}

impl Display for RoundTrip {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.count {
            0 if self.sent == 0 => f.write_str("not asked for: the server had not said that it plays"),
            0 => f.write_str("the server answers no pings"),
            1 => shown(self.mean_ms).fmt(f),
            count => {
                let (mean, min, max) = (shown(self.mean_ms), shown(self.min_ms), shown(self.max_ms));
                write!(f, "{mean}, {min} to {max} in {count} pings")
            }
        }
    }
}

impl Display for Received {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.messages == 0 {
            return f.write_str("nothing");
        }
        write!(
            f,
            "{:.1} s of media in {:.1} s, {} messages, {}, {}; silent for {} at most",
            self.media_seconds,
            self.seconds,
            self.messages,
            Bytes(self.bytes),
            BitRate(self.bits_per_second),
            shown(Some(self.longest_silence_ms)),
        )
    }
}
