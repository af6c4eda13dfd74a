//! Trouble that happens often, told seldom.

use std::time::{Duration, Instant};

/// One kind of trouble is told no more often.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Tells of something that happens often: at once, and then once a minute.
#[derive(Debug, Default)]
pub struct Herald {
    told: Option<Instant>,
    untold: u64,
}

impl Herald {
    /// Counts one more; how many there were since it was told last, if now is the time to tell.
    pub fn announce(&mut self, now: Instant) -> Option<u64> {
        self.untold = self.untold.saturating_add(1);
        let was_told = |told| now.saturating_duration_since(told) < TELL_EVERY;
        if self.told.is_some_and(was_told) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn trouble_is_told_at_once_and_then_once_a_minute() {
        let start = Instant::now();
        let mut herald = Herald::default();
        assert_eq!(herald.announce(start), Some(1));
        assert_eq!(herald.announce(start), None);
        assert_eq!(herald.announce(start + TELL_EVERY / 2), None);
        assert_eq!(herald.announce(start + TELL_EVERY), Some(3));
    }
}
