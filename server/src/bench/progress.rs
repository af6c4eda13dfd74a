//! A line that says how it goes, on a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The line. It is on the standard error, and nowhere if that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    next: Instant,
}

/// From one text to the next.
const INTERVAL: Duration = Duration::from_millis(250);

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::default_spinner());
        Self {
            bar,
            next: Instant::now(),
        }
    }

    /// Shows a text, if the last one has been there for a while.
    pub(super) fn show(&mut self, now: Instant, text: impl FnOnce() -> String) {
        if now >= self.next {
            self.next = now + INTERVAL;
            if !self.bar.is_hidden() {
                self.bar.set_message(text());
                self.bar.tick();
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
