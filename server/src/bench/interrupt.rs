//! Ctrl-C, `kill` and the end of the terminal end a load early: what has been measured by then is reported.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal has come.
#[derive(Debug)]
pub(super) struct Interrupt {
    has_come: Arc<AtomicBool>,
}

impl Interrupt {
    /// From here on the first signal is noted, and the second ends the process at once, unless it is SIGHUP.
    pub(super) fn new() -> io::Result<Self> {
        let has_come = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        if crate::serve::ends_with_its_terminal() {
            flag::register(signal_hook::consts::SIGHUP, Arc::clone(&has_come))?;
        }
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&has_come))?;
            flag::register(signal, Arc::clone(&has_come))?;
        }
        Ok(Self { has_come })
    }

    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Relaxed)
    }
}
