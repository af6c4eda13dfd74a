//! What `rtmp push`, `rtmp pull`, `rtmp relay` and `rtmp probe` have in common.
//!
//! ```text
//! access       how the server is reached
//! pace         when the messages of a file are due
//! start        where to begin in the midst of a stream
//! rate, figures    figures for people
//! ```

mod access;
mod error;
mod figures;
mod pace;
mod rate;
mod start;

use std::future::Future;
use std::io;
use std::time::Duration;

use rtmp_core::connection::client::NotFollowed;
use rtmp_core::host::ClientSettings;
use tokio::time::{Interval, MissedTickBehavior, interval};

pub(crate) use access::{Access, UrlArgument};

pub use error::Error;
pub(crate) use figures::{BitRate, Bytes, Clock, Millis, millis, seconds};
pub(crate) use pace::{Pace, parse_speed};
pub(crate) use rate::{Rate, bits_per_second};
pub(crate) use start::Start;

/// What is said where the server asks to connect elsewhere, and that is not done.
pub(crate) fn not_followed(reason: NotFollowed) -> String {
    format!("rtmp: the server asks to connect elsewhere, which is not done: {reason}")
}

/// How long a server may take for each thing that it owes: an answer, a sign of life while it is played from, and to take what
/// is published.
pub(crate) fn wait_at_most(timeout: Duration, settings: &mut ClientSettings) {
    settings.dial_timeout = timeout;
    let limits = &mut settings.connection.limits;
    limits.handshake_timeout = timeout;
    limits.answer_timeout = timeout;
    // Half of it passes before the server is asked for a sign of life.
    limits.ping_interval = timeout / 2;
    limits.ping_timeout = timeout / 2;
    limits.stall_timeout = timeout;
}

/// When to ask for the round trip, from now on. What was missed while there was no time for it is not made up for.
pub(crate) fn pings(period: Duration) -> Interval {
    let mut pings = interval(period);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings
}

/// From one ping to the next where nobody waits for a figure.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(1);

/// Runs what a client does on this thread, to its end.
pub(crate) fn block_on<F: Future>(task: impl FnOnce() -> F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let output = runtime.block_on(async { task().await });
    // A name that is being looked up would be waited for.
    runtime.shutdown_background();
    Ok(output)
}
