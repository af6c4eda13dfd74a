//! A line that says how it goes, on a terminal.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The line. It is on the standard error, and nowhere if that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    next: Instant,
}

/// From one text to the next.
const INTERVAL: Duration = Duration::from_millis(250);

impl Progress {
    /// Of what may take any time.
    pub(crate) fn new() -> Self {
        Self::with(None, ProgressStyle::default_spinner())
    }

    /// Of what has an end, with a bar that grows up to it.
    pub(crate) fn to(end: u64) -> Self {
        #[expect(clippy::expect_used, reason = "a constant")]
        let style = ProgressStyle::with_template("{bar:24} {msg}").expect("template");
        Self::with(Some(end), style)
    }

    fn with(end: Option<u64>, style: ProgressStyle) -> Self {
        let bar = ProgressBar::with_draw_target(end, ProgressDrawTarget::stderr());
        bar.set_style(style);
        Self {
            bar,
            next: Instant::now(),
        }
    }

    /// Shows a text, if the last one has been there for a while.
    pub(crate) fn show(&mut self, now: Instant, text: impl FnOnce() -> String) {
        self.show_at(now, 0, text);
    }

    /// The same, with what has been done of the whole.
    pub(crate) fn show_at(&mut self, now: Instant, done: u64, text: impl FnOnce() -> String) {
        if now >= self.next {
            self.next = now + INTERVAL;
            if !self.bar.is_hidden() {
                self.bar.set_position(done);
                self.bar.set_message(text());
                self.bar.tick();
            }
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes a line to the standard error, above this one.
    pub(crate) fn print(&self, line: &str) {
        // A terminal may be gone.
        let _ = self.bar.suspend(|| writeln!(anstream::stderr(), "{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
