//! The signals that end a server or a client, or ask it for something.

use std::io;

use rtmp_console::Signal;

/// Those that end it.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Those of a server. From here on signals are waited for and don't end the process.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: None,
        })
    }

    /// Those of a client, which the end of its terminal ends as well.
    pub(crate) fn of_client() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // Asked before anything is changed about it.
        let hangup = ends_with_its_terminal().then(|| signal(SignalKind::hangup()));
        Ok(Self {
            hangup: hangup.transpose()?,
            ..Self::new()?
        })
    }

    pub(crate) async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            () = hangup => {
                // A terminal that is closed may say so twice, by itself and by its shell: that is no second request.
                self.hangup = None;
                Signal::Hangup
            }
        }
    }
}

/// Whether SIGHUP is to end this process: not if it was started to outlive its terminal, as by `nohup`. Where the system does
/// not tell, the signal is left alone, and does what it is set to do.
#[cfg(unix)]
pub(crate) fn ends_with_its_terminal() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| !is_hangup_ignored(&status))
}

/// By proc_pid_status(5): `SigIgn` is a mask, and SIGHUP is signal 1.
#[cfg(unix)]
fn is_hangup_ignored(status: &str) -> bool {
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 != 0)
}

/// SIGHUP, which asks it to read its configuration again.
#[cfg(unix)]
pub(super) struct Reloads(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Reloads {
    /// If they are wanted: otherwise the signal ends the process, as when its terminal is closed.
    pub(super) fn new(are_wanted: bool) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = are_wanted.then(|| signal(SignalKind::hangup()));
        hangup.transpose().map(Self)
    }

    pub(super) async fn next(&mut self) {
        match &mut self.0 {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// There is none.
#[cfg(not(unix))]
pub(super) struct Reloads;

#[cfg(not(unix))]
impl Reloads {
    pub(super) fn new(_: bool) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) {
        std::future::pending().await
    }
}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) fn of_client() -> io::Result<Self> {
        Self::new()
    }

    pub(crate) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_has_set_is_seen() {
        let status =
            |mask: &str| format!("Name:\trtmp\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t0\n");
        assert!(is_hangup_ignored(&status("0000000000000001")));
        assert!(is_hangup_ignored(&status("0000000000001003")));
        // SIGPIPE, as every program of this language has it.
        assert!(!is_hangup_ignored(&status("0000000000001000")));
        assert!(is_hangup_ignored("nothing that is known"));
    }
}
