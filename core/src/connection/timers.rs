//! Deadlines of one connection.

use std::time::{Duration, Instant};

/// What a connection waits for, each with a deadline of its own in [`Limits`](crate::limits::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// The end of the handshake.
    Handshake,
    /// `connect`, after the handshake.
    Connect,
    /// `publish` or `play`, after `connect` or after the last stream.
    Idle,
    /// A publisher's next message.
    Publisher,
    /// Any byte: when it expires, a ping is sent.
    Ping,
    /// Any byte, after a ping.
    PingResponse,
    /// The peer's taking a byte of what waits to be sent.
    Stall,
    /// The peer's leaving, after a request to reconnect: when it expires, the connection is shut down.
    Reconnect,
    /// A player's catching up when it has skipped more than once; kept by its session.
    Lag,
}

impl Timer {
    pub(crate) const COUNT: usize = 9;

    /// What did not come in time, for a log line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Handshake => "the handshake did not end in time",
            Self::Connect => "no connect command came",
            Self::Idle => "neither publish nor play came",
            Self::Publisher => "the publisher has been silent",
            Self::Ping => "the peer has been silent",
            Self::PingResponse => "the peer did not answer a ping",
            Self::Stall => "the peer takes no data",
            Self::Reconnect => "the peer has not reconnected",
            Self::Lag => "the player does not keep up",
        }
    }
}

/// At most one deadline for each [`Timer`].
#[derive(Debug, Default)]
pub(crate) struct Timers([Option<Instant>; Timer::COUNT]);

const ALL: [Timer; Timer::COUNT] = [
    Timer::Handshake,
    Timer::Connect,
    Timer::Idle,
    Timer::Publisher,
    Timer::Ping,
    Timer::PingResponse,
    Timer::Stall,
    Timer::Reconnect,
    Timer::Lag,
];

impl Timers {
    /// A time to wait that is longer than the clock goes is for ever: there is no deadline then.
    pub(crate) fn set(&mut self, timer: Timer, from: Instant, after: Duration) {
        *self.slot(timer) = from.checked_add(after);
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(crate) fn is_set(&mut self, timer: Timer) -> bool {
        self.slot(timer).is_some()
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes a deadline that `now` has reached.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<Timer> {
        ALL.into_iter()
            .find(|&timer| self.slot(timer).take_if(|at| *at <= now).is_some())
    }

    #[allow(clippy::indexing_slicing)] // The array has a slot for each variant.
    fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        &mut self.0[timer as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn deadlines_expire_once_and_the_earliest_is_next() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut timers = Timers::default();
        timers.set(Timer::Ping, start, 2 * second);
        timers.set(Timer::Stall, start, second);
        assert_eq!(timers.next(), Some(start + second));
        assert_eq!(timers.take_expired(start), None);
        assert_eq!(timers.take_expired(start + second), Some(Timer::Stall));
        assert_eq!(timers.take_expired(start + second), None);
        timers.clear(Timer::Ping);
        assert_eq!(timers.next(), None);
        timers.set(Timer::Idle, start, Duration::MAX);
        assert_eq!(timers.next(), None, "for ever");
    }
}
