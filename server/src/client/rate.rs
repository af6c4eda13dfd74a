//! How many bits a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The rate of the last seconds.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    bytes: u64,
    /// Bytes up to some moments, oldest first.
    marks: VecDeque<(Instant, u64)>,
}

/// From one mark to the next.
const STEP: Duration = Duration::from_millis(250);
/// Marks that are kept: three seconds.
const MARKS: usize = 12;

impl Rate {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            bytes: 0,
            marks: VecDeque::from([(now, 0)]),
        }
    }

    pub(crate) fn add(&mut self, bytes: usize, now: Instant) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        let is_due = |(last, _): &(Instant, u64)| now.saturating_duration_since(*last) >= STEP;
        if self.marks.back().is_none_or(is_due) {
            self.marks.push_back((now, self.bytes));
            if self.marks.len() > MARKS {
                self.marks.pop_front();
            }
        }
    }

    /// All bytes so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn bits_per_second(&self, now: Instant) -> f64 {
        let (since, before) = self.marks.front().copied().unwrap_or((now, self.bytes));
        bits_per_second(
            self.bytes.saturating_sub(before),
            now.saturating_duration_since(since),
        )
    }
}

/// The mean of a time; 0 of none.
pub(crate) fn bits_per_second(bytes: u64, time: Duration) -> f64 {
    if time.is_zero() {
        0.0
    } else {
        bytes as f64 * 8.0 / time.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
        (1..=50).for_each(|tenth| rate.add(1000, at(tenth)));
        let before = rate.bits_per_second(at(50));
        assert!((79_000.0..81_000.0).contains(&before), "{before}");
        (51..=100).for_each(|tenth| rate.add(10_000, at(tenth)));
        let after = rate.bits_per_second(at(100));
        assert!((790_000.0..810_000.0).contains(&after), "{after}");
        assert_eq!(rate.bytes(), 550_000);
    }

    #[test]
    fn silence_lowers_it() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        rate.add(1000, start + STEP);
        let (then, later) = (start + 4 * STEP, start + 40 * STEP);
        assert_eq!(rate.bits_per_second(then), 8000.0);
        assert_eq!(rate.bits_per_second(later), 800.0);
        assert_eq!(Rate::new(start).bits_per_second(start), 0.0);
    }
}
