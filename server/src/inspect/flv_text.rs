//! A file to be read by people.

use std::fmt::{self, Display, Formatter};

use super::flv::Flv;
use super::text::{FAINT, TITLE, WRONG};
use super::track_text::{praise_line, tracks_lines};

/// Displays what a file holds: what is wrong with it first, then its tracks. Colours are ANSI escape sequences;
/// write it to a stream that strips them where they are not wanted. Text from the file is escaped.
#[derive(Clone, Copy, Debug)]
pub struct FlvReport<'a> {
    flv: &'a Flv,
    file: &'a str,
}

impl<'a> FlvReport<'a> {
    /// A report of the file of this name.
    pub const fn new(flv: &'a Flv, file: &'a str) -> Self {
        Self { flv, file }
    }
}

impl Display for FlvReport<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { flv, file } = self;
        let name = file.escape_debug();
        writeln!(
            f,
            "{TITLE}{name}{TITLE:#} {FAINT}FLV,{FAINT:#} {} {FAINT}bytes,{FAINT:#} {} {FAINT}tags{FAINT:#}",
            flv.bytes, flv.tags
        )?;
        for line in flv.damages.to_lines() {
            writeln!(f, "  {WRONG}! {line}{WRONG:#}")?;
        }
        if flv.is_whole() {
            praise_line(&flv.tracks, f)?;
        }
        tracks_lines(&flv.tracks, f)
    }
}
