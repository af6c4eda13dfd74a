//! Deadlines that are met together.

use std::time::{Duration, Instant};

/// Deadlines less far away than this are met to the point.
const FAR: Duration = Duration::from_secs(1);

/// From one tick to the next.
const STEP: Duration = Duration::from_millis(250);

/// When to act on deadlines: those that are seconds away wait for the next tick of a clock that all connections share.
///
/// What they are about (a peer that says nothing, a handshake that does not end) is no worse a quarter of a second later,
/// and ten thousand idle connections wake their driver four times in a second, not each on its own.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    first: Instant,
}

/// An alarm clock that has been set for a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it was set for. One that has come since and is later needs no other alarm: when this one rings, it is set anew.
    pub deadline: Instant,
    /// When it rings.
    pub due: Instant,
}

impl Ticks {
    /// A clock of a driver, or of a server with several.
    pub const fn new(now: Instant) -> Self {
        Self { first: now }
    }

    /// The alarm for a deadline. It rings at the deadline or after it.
    pub fn alarm(self, deadline: Instant, now: Instant) -> Alarm {
        let due = self.due(deadline, now);
        Alarm { deadline, due }
    }

    fn due(self, at: Instant, now: Instant) -> Instant {
        if at.saturating_duration_since(now) < FAR {
            return at;
        }
        let past = at.saturating_duration_since(self.first).as_nanos() % STEP.as_nanos();
        let wait = match u64::try_from(past) {
            Ok(past @ 1..) => STEP.saturating_sub(Duration::from_nanos(past)),
            Ok(0) | Err(_) => Duration::ZERO,
        };
        at.checked_add(wait).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn far_deadlines_wait_for_a_tick_and_near_ones_for_nothing() {
        let first = Instant::now();
        let ticks = Ticks::new(first);
        let at = |millis| first + Duration::from_millis(millis);
        for (deadline, due) in [
            (999, 999),
            (1000, 1000),
            (1001, 1250),
            (1249, 1250),
            (20_130, 20_250),
        ] {
            assert_eq!(ticks.alarm(at(deadline), first).due, at(due), "{deadline}");
        }
        assert_eq!(
            ticks.alarm(at(20_130), at(20_000)).due,
            at(20_130),
            "it has come near"
        );
        assert_eq!(ticks.alarm(first, at(5)).due, first, "it has passed");
    }
}
