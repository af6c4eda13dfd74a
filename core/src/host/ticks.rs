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
    /// What it was set for.
    pub deadline: Instant,
    /// When it rings.
    pub due: Instant,
}

impl Ticks {
    /// A clock of a driver, or of a server with several.
    pub const fn new(now: Instant) -> Self {
        Self { first: now }
    }

    /// The alarm for a deadline, to take the place of the one that is set; `None` if that one will do: it rings no later,
    /// and may ring for nothing. An alarm rings at its deadline or after it.
    pub fn reset(self, set: Option<Alarm>, deadline: Instant, now: Instant) -> Option<Alarm> {
        if set.is_some_and(|alarm| alarm.deadline == deadline || alarm.due <= deadline) {
            return None;
        }
        let due = self.due(deadline, now);
        let is_sooner = set.is_none_or(|alarm| due < alarm.due);
        is_sooner.then_some(Alarm { deadline, due })
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
            assert_eq!(ticks.due(at(deadline), first), at(due), "{deadline}");
        }
        assert_eq!(ticks.due(at(20_130), at(20_000)), at(20_130), "it has come near");
        assert_eq!(ticks.due(first, at(5)), first, "it has passed");
    }

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn an_alarm_stays_unless_another_would_ring_sooner() {
        let first = Instant::now();
        let (ticks, at) = (Ticks::new(first), |millis| first + Duration::from_millis(millis));
        let set = ticks.reset(None, at(20_130), first);
        assert_eq!(set.map(|alarm| alarm.due), Some(at(20_250)));
        for deadline in [20_001, 20_130, 20_200, 20_250, 30_000] {
            assert_eq!(ticks.reset(set, at(deadline), first), None, "{deadline}");
        }
        // Later than what it was set for, but near: it would ring too late.
        let near = ticks.reset(set, at(20_140), at(20_100));
        assert_eq!(near.map(|alarm| alarm.due), Some(at(20_140)));
        let sooner = ticks.reset(set, at(10_000), first);
        assert_eq!(sooner.map(|alarm| alarm.due), Some(at(10_000)));
    }
}
