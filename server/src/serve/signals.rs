//! The signals that a server gets.

use std::io;

use rtmp_console::Signal;

/// Those that end it.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on signals are waited for and don't end the process.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
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

    pub(crate) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
