//! What publishing found.

use std::fmt;

use serde::Serialize;

use crate::bench::numbers::{OwnCost, Shown};
use crate::bench::process::Cost;
use crate::bench::write_costs;

/// What publishing found.
#[derive(Debug, Serialize)]
pub(in crate::bench) struct Report {
    pub(super) mode: &'static str,
    pub(super) streams: usize,
    /// Those that are published at the end.
    pub(super) live: usize,
    pub(super) window_s: Option<f64>,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) mb_per_s: Option<f64>,
    /// Streams that never began.
    pub(super) errors: u64,
    /// Streams that were lost.
    pub(super) disconnects: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_error: Option<String>,
    /// How far behind its time a message was written at most.
    pub(super) late_max_ms: Option<f64>,
    /// What waited at most, in one stream, because the server did not read.
    pub(super) queue_max_bytes: usize,
    #[serde(flatten)]
    pub(super) own: OwnCost,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpu_ms_per_gb: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpu_ms_per_1000_msgs: Option<f64>,
}

impl Report {
    pub(in crate::bench) const fn is_sound(&self) -> bool {
        self.live == self.streams
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "streams      {} of {} live, {} failed, {} lost",
            self.live, self.streams, self.errors, self.disconnects
        )?;
        if let Some(error) = &self.last_error {
            writeln!(f, "last error   {error}")?;
        }
        writeln!(
            f,
            "published    {} messages, {} in {}",
            self.messages,
            Shown(self.mb_per_s, " MB/s"),
            Shown(self.window_s, " s")
        )?;
        writeln!(
            f,
            "pace         {} late at most, {} kB waited at most",
            Shown(self.late_max_ms, " ms"),
            self.queue_max_bytes / 1000
        )?;
        if self.server.is_some() {
            writeln!(
                f,
                "cost         {} of CPU per GB, {} per 1000 messages",
                Shown(self.cpu_ms_per_gb, " ms"),
                Shown(self.cpu_ms_per_1000_msgs, " ms")
            )?;
        }
        write_costs(f, self.own, self.server.as_ref())
    }
}
