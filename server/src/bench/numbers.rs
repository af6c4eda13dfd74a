//! Numbers for reports.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Rounded to three digits behind the point; `None` where there is no number.
pub(super) fn thousandths(number: f64) -> Option<f64> {
    number.is_finite().then(|| (number * 1e3).round() / 1e3)
}

/// A number with its unit, or a dash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown(pub(super) Option<f64>, pub(super) &'static str);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) if number >= 100.0 => write!(f, "{number:.0}{}", self.1),
            Some(number) => write!(f, "{number:.1}{}", self.1),
            None => f.write_str("-"),
        }
    }
}

/// Times, of which only their distribution is kept.
#[derive(Clone, Debug)]
pub(super) struct Times {
    micros: Histogram<u64>,
}

/// An hour. Longer times count as this.
const LONGEST_MICROS: u64 = 3_600_000_000;

impl Times {
    pub(super) fn new() -> Self {
        // Three digits of anything up to an hour: the bounds are right.
        #[expect(clippy::expect_used, reason = "constants")]
        let micros = Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("bounds");
        Self { micros }
    }

    pub(super) fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS);
        self.micros.saturating_record(micros.clamp(1, LONGEST_MICROS));
    }

    /// The time that a share (0 to 1) of all is not longer than, in milliseconds. `None` if there is none.
    pub(super) fn quantile_ms(&self, share: f64) -> Option<f64> {
        (!self.micros.is_empty())
            .then(|| thousandths(self.micros.value_at_quantile(share) as f64 / 1e3))
            .flatten()
    }

    pub(super) fn max_ms(&self) -> Option<f64> {
        (!self.micros.is_empty())
            .then(|| thousandths(self.micros.max() as f64 / 1e3))
            .flatten()
    }
}

/// What this process itself took of one CPU: beyond nine tenths it is what is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct OwnCost {
    pub(super) load_cpu_pct: Option<f64>,
}

impl OwnCost {
    pub(super) fn new(cpu: Duration, wall: Duration) -> Self {
        Self {
            load_cpu_pct: thousandths(cpu.as_secs_f64() / wall.as_secs_f64() * 100.0),
        }
    }

    pub(super) fn is_the_limit(self) -> bool {
        self.load_cpu_pct.is_some_and(|share| share > 90.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_times_have_no_distribution() {
        let mut times = Times::new();
        assert_eq!((times.quantile_ms(0.5), times.max_ms()), (None, None));
        times.add(Duration::from_millis(5));
        assert!(times.quantile_ms(0.5).is_some() && times.max_ms().is_some());
    }

    #[test]
    fn times_keep_three_digits() {
        let mut times = Times::new();
        (1..=1000).for_each(|ms| times.add(Duration::from_millis(ms)));
        let p50 = times.quantile_ms(0.5).unwrap();
        assert!((499.0..=501.0).contains(&p50), "{p50}");
        let max = times.max_ms().unwrap();
        assert!((999.0..=1001.0).contains(&max), "{max}");
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        assert_eq!(thousandths(1.0 / 3.0), Some(0.333));
        assert_eq!(thousandths(f64::NAN), None);
    }
}
