//! How bytes, times and directions are written.

use std::fmt::{self, Formatter};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::connection::Direction;

pub(crate) const TITLE: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const WRONG: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const CLIENT: Style = AnsiColor::Cyan.on_default();
pub(super) const SERVER: Style = AnsiColor::Green.on_default();

/// Two digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The front of a line: how long after `start`, and who spoke.
pub(super) fn write_time(
    time: Duration,
    start: Duration,
    direction: Direction,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let (style, arrow) = match direction {
        Direction::ClientToServer => (CLIENT, '>'),
        Direction::ServerToClient => (SERVER, '<'),
    };
    let seconds = time.saturating_sub(start).as_secs_f64();
    write!(f, "  {FAINT}{seconds:>9.3}{FAINT:#} {style}{arrow}{style:#} ")
}
