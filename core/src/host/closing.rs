//! The end of a connection, step by step.

use std::time::{Duration, Instant};

use crate::host::guest::Step;

/// How long a session that is over may take to send its last bytes.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the socket stays open, after the last byte, for the peer to read it and close its side: a socket that
/// is closed with unread bytes is reset, and takes what the peer has not read with it.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

/// How far a connection has come on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closing {
    /// The session runs.
    #[default]
    Open,
    /// The session is over. What it had to say last is sent until then.
    Flushing { until: Instant },
    /// All is said. The peer may read it and close its side until then.
    Lingering { until: Instant },
}

impl Closing {
    pub(super) fn begin(&mut self, now: Instant) {
        if *self == Self::Open {
            *self = Self::Flushing {
                until: now + FLUSH_TIMEOUT,
            };
        }
    }

    pub(super) fn half_closed(&mut self, now: Instant) {
        *self = Self::Lingering {
            until: now + LINGER_TIMEOUT,
        };
    }

    /// `is_sent`: nothing waits to be sent; `is_eof`: nothing can be read any more.
    pub(super) fn step(self, is_sent: bool, is_eof: bool, now: Instant) -> Step {
        match self {
            Self::Open => Step::Stay,
            Self::Lingering { .. } if is_eof => Step::Close,
            Self::Flushing { .. } if is_sent && is_eof => Step::Close,
            Self::Flushing { until } | Self::Lingering { until } if until <= now => Step::Close,
            Self::Flushing { .. } if is_sent => Step::HalfClose,
            Self::Flushing { .. } | Self::Lingering { .. } => Step::Stay,
        }
    }

    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::Open => None,
            Self::Flushing { until } | Self::Lingering { until } => Some(until),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_last_is_sent_and_the_peer_has_time_to_read_it() {
        let start = Instant::now();
        let mut closing = Closing::default();
        assert_eq!(closing.step(true, false, start), Step::Stay);
        closing.begin(start);
        assert_eq!(closing.step(false, false, start), Step::Stay);
        assert_eq!(closing.step(true, false, start), Step::HalfClose);
        closing.half_closed(start);
        assert_eq!(closing.step(true, false, start), Step::Stay);
        assert_eq!(closing.step(true, true, start), Step::Close);
        assert_eq!(closing.step(true, false, start + LINGER_TIMEOUT), Step::Close);
    }

    #[test]
    fn a_peer_that_has_hung_up_gets_what_can_be_sent() {
        let start = Instant::now();
        let mut closing = Closing::default();
        closing.begin(start);
        assert_eq!(closing.step(false, true, start), Step::Stay);
        assert_eq!(closing.step(true, true, start), Step::Close);
    }

    #[test]
    fn who_takes_nothing_is_not_waited_for() {
        let start = Instant::now();
        let mut closing = Closing::default();
        closing.begin(start);
        closing.begin(start + FLUSH_TIMEOUT);
        assert_eq!(closing.deadline(), Some(start + FLUSH_TIMEOUT), "it begins once");
        assert_eq!(closing.step(false, false, start + FLUSH_TIMEOUT), Step::Close);
    }
}
