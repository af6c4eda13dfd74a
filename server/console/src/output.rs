//! The standard error, as a place that may be full.

use std::io::{self, Stderr, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// Lines that nobody will read: the process has one standard error, and these are all of it.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Writes lines, but does not wait for whoever reads: a pager that was left open, or a terminal that was stopped with
/// Ctrl-S, would stop every stream. What can't be written is lost, and the next line says how many were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lossy;

impl Write for Lossy {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr();
        if !has_room(&stderr) {
            LOST.fetch_add(1, Ordering::Relaxed);
            return Ok(line.len());
        }
        let count = LOST.swap(0, Ordering::Relaxed);
        if count > 0 {
            tracing::warn!(count, "lines were lost: nobody read them");
        }
        stderr.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a write returns at once: a pipe with room has room for 4 KiB, and lines are shorter.
#[cfg(unix)]
fn has_room(stderr: &Stderr) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut descriptors = [PollFd::new(stderr, PollFlags::OUT)];
    // What can't be asked is tried.
    !matches!(poll(&mut descriptors, Some(&Timespec::default())), Ok(0))
}

#[cfg(not(unix))]
fn has_room(_: &Stderr) -> bool {
    true
}
