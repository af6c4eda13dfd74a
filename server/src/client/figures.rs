//! Figures for people.

use std::fmt;
use std::time::Duration;

/// A number of bytes: `512 B`, `1.2 MB`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes(pub(crate) u64);

/// Bits per second: `800 bit/s`, `2.5 Mbit/s`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitRate(pub(crate) f64);

/// A time on the clock: `0:01:30`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(pub(crate) Duration);

/// A short time: `0.4 ms`, `250 ms`; a dash if there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Millis(pub(crate) Option<Duration>);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(self.0 as f64, "B", f)
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scaled(self.0, "bit/s", f)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        write!(f, "{hours}:{:02}:{:02}", minutes % 60, seconds % 60)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|time| time.as_secs_f64() * 1e3) {
            Some(millis) if millis >= 100.0 => write!(f, "{millis:.0} ms"),
            Some(millis) => write!(f, "{millis:.1} ms"),
            None => f.write_str("-"),
        }
    }
}

/// With three digits or so, and the prefix that this takes.
fn scaled(number: f64, unit: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let steps = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    // What would be rounded up to the next prefix has that.
    match steps.iter().find(|(step, _)| number >= step * 0.9995) {
        None => write!(f, "{number:.0} {unit}"),
        Some((step, prefix)) if number >= step * 99.95 => write!(f, "{:.0} {prefix}{unit}", number / step),
        Some((step, prefix)) => write!(f, "{:.1} {prefix}{unit}", number / step),
    }
}

/// A time as programs read it, in milliseconds with three digits behind the point.
pub(crate) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// The same in seconds.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_prefix_that_they_need() {
        let bytes = |number| Bytes(number).to_string();
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(123_456), "123 kB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(2_500_000_000), "2.5 GB");
        assert_eq!(BitRate(2_499_000.0).to_string(), "2.5 Mbit/s");
    }

    #[test]
    fn times_are_written_as_their_size_asks() {
        assert_eq!(Clock(Duration::from_secs(3725)).to_string(), "1:02:05");
        assert_eq!(Millis(Some(Duration::from_micros(412))).to_string(), "0.4 ms");
        assert_eq!(Millis(Some(Duration::from_micros(250_400))).to_string(), "250 ms");
        assert_eq!(Millis(None).to_string(), "-");
        assert_eq!(millis(Duration::from_nanos(1_234_567)), 1.235);
        assert_eq!(seconds(Duration::from_micros(1_234_567)), 1.235);
    }
}
