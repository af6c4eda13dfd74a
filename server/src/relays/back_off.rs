//! How long to wait before the next try.

use std::time::Duration;

/// Waits that grow: at most a second, then two, four, and so on up to half a minute; how much of that is drawn each time
/// ("full jitter"), so that the many who have lost one server do not all come back in the same moment.
#[derive(Clone, Debug)]
pub(super) struct BackOff {
    /// The next wait at its longest.
    ceiling: Duration,
    random: u64,
}

impl BackOff {
    /// The longest that the first wait can be.
    pub(super) const FIRST: Duration = Duration::from_secs(1);

    /// The longest that any wait can be.
    pub(super) const LONGEST: Duration = Duration::from_secs(30);

    /// The shortest that any wait can be: who refuses at once is not asked in a loop.
    pub(super) const SHORTEST: Duration = Duration::from_millis(100);

    /// What has gone well for so long begins with the first wait again when it fails.
    pub(super) const HEALTHY: Duration = Duration::from_secs(60);

    /// Waits that are drawn from `seed`.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            ceiling: Self::FIRST,
            random: seed,
        }
    }

    /// As if nothing had failed so far.
    pub(super) const fn begin_again(&mut self) {
        self.ceiling = Self::FIRST;
    }

    /// How long to wait, now that something has failed that had gone well for so long; zero for what has not gone at all.
    pub(super) fn after(&mut self, went_well: Duration) -> Duration {
        if went_well >= Self::HEALTHY {
            self.begin_again();
        }
        let ceiling = self.ceiling;
        self.ceiling = ceiling.saturating_mul(2).min(Self::LONGEST);
        ceiling.mul_f64(self.draw()).max(Self::SHORTEST)
    }

    /// From 0 to 1: SplitMix64, which any seed is good for.
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.random;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        // 32 bits are exact as a float, and more than enough for a wait.
        f64::from((bits >> 32) as u32) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each time the longest of many.
    fn ceilings(times: usize) -> Vec<u64> {
        let mut longest = vec![Duration::ZERO; times];
        for seed in 0..2000 {
            let mut back_off = BackOff::new(seed);
            for longest in &mut longest {
                *longest = (*longest).max(back_off.after(Duration::ZERO));
            }
        }
        let rounded = longest.iter().map(|wait| wait.as_secs_f64().round());
        rounded.map(|seconds| seconds as u64).collect()
    }

    #[test]
    fn waits_double_up_to_half_a_minute() {
        assert_eq!(ceilings(8), [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_wait_may_have_any_length_up_to_its_longest_but_none_at_all() {
        let waits: Vec<_> = (0..1000)
            .map(|seed| BackOff::new(seed).after(Duration::ZERO))
            .collect();
        assert!(
            waits
                .iter()
                .all(|&wait| wait >= BackOff::SHORTEST && wait <= BackOff::FIRST)
        );
        let below_half = waits
            .iter()
            .filter(|&&wait| wait < Duration::from_millis(500))
            .count();
        assert!((400..600).contains(&below_half), "{below_half}");
    }

    #[test]
    fn a_minute_of_health_begins_anew_and_less_does_not() {
        let mut back_off = BackOff::new(1);
        for _ in 0..10 {
            back_off.after(Duration::from_secs(59));
        }
        assert_eq!(back_off.ceiling, BackOff::LONGEST);
        assert!(back_off.after(Duration::from_secs(60)) <= BackOff::FIRST);
        assert_eq!(back_off.ceiling, BackOff::FIRST * 2);
    }

    #[test]
    fn one_seed_has_one_row_of_waits() {
        let row = |seed| {
            let mut back_off = BackOff::new(seed);
            [(); 5].map(|()| back_off.after(Duration::ZERO))
        };
        assert_eq!(row(7), row(7));
        assert_ne!(row(7), row(8));
    }
}
