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
    /// A server's answer to `connect`, `createStream` or `publish`.
    Answer,
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
    pub(crate) const COUNT: usize = 10;

    /// What did not come in time, for a log line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Handshake => "the handshake did not end in time",
            Self::Connect => "no connect command came",
            Self::Answer => "the server did not answer a request in time",
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
#[derive(Debug)]
pub(crate) struct Timers {
    start: Instant,
    /// Nanoseconds from `start`, in half the space of points in time: 584 years are enough.
    deadlines: [u64; Timer::COUNT],
}

const ALL: [Timer; Timer::COUNT] = [
    Timer::Handshake,
    Timer::Connect,
    Timer::Answer,
    Timer::Idle,
    Timer::Publisher,
    Timer::Ping,
    Timer::PingResponse,
    Timer::Stall,
    Timer::Reconnect,
    Timer::Lag,
];

/// No deadline.
const NEVER: u64 = u64::MAX;

impl Timers {
    /// No deadline. None can be set from a time before `start`.
    pub(crate) const fn new(start: Instant) -> Self {
        Self {
            start,
            deadlines: [NEVER; Timer::COUNT],
        }
    }

    pub(crate) const fn start(&self) -> Instant {
        self.start
    }

    /// A time to wait that is longer than the clock goes is for ever: there is no deadline then.
    pub(crate) fn set(&mut self, timer: Timer, from: Instant, after: Duration) {
        *self.slot(timer) = self.nanos(from).saturating_add(saturated(after.as_nanos()));
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        *self.slot(timer) = NEVER;
    }

    pub(crate) fn clear_all(&mut self) {
        self.deadlines = [NEVER; Timer::COUNT];
    }

    pub(crate) fn is_set(&mut self, timer: Timer) -> bool {
        *self.slot(timer) != NEVER
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        let earliest = self.deadlines.into_iter().min().filter(|&at| at != NEVER)?;
        self.start.checked_add(Duration::from_nanos(earliest))
    }

    /// Takes a deadline that `now` has reached.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<Timer> {
        let now = self.nanos(now).min(NEVER - 1);
        let expired = ALL.into_iter().find(|&timer| *self.slot(timer) <= now)?;
        self.clear(expired);
        Some(expired)
    }

    fn nanos(&self, at: Instant) -> u64 {
        saturated(at.saturating_duration_since(self.start).as_nanos())
    }

    #[allow(clippy::indexing_slicing)] // The array has a slot for each variant.
    fn slot(&mut self, timer: Timer) -> &mut u64 {
        &mut self.deadlines[timer as usize]
    }
}

fn saturated(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn deadlines_expire_once_and_the_earliest_is_next() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut timers = Timers::new(start);
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
        assert_eq!(timers.take_expired(start + 1000 * second), None);
    }
}
