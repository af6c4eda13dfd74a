//! When the messages of a file are due.

use std::time::{Duration, Instant};

/// The clock that a file is sent by: its first frame is due at once, and every other as much later as its timestamp says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    speed: f64,
    /// When the first frame was due, and its place in milliseconds.
    origin: Option<(Instant, i64)>,
}

impl Pace {
    /// `speed`: seconds of the file for each second of the clock, more than zero.
    pub(crate) const fn new(speed: f64) -> Self {
        Self { speed, origin: None }
    }

    /// When the frame at this place is due.
    pub(crate) fn due(&mut self, place: i64, now: Instant) -> Instant {
        let (start, first) = *self.origin.get_or_insert((now, place));
        let millis = place.saturating_sub(first).max(0) as f64;
        let later = Duration::try_from_secs_f64(millis / 1000.0 / self.speed);
        // Past the end of the clock nothing is ever due.
        later
            .ok()
            .and_then(|later| start.checked_add(later))
            .unwrap_or(start + FAR)
    }
}

/// Longer than any file.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How fast a file is sent: more than zero, up to a thousand times its own time.
pub(crate) fn parse_speed(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('x');
    let speed = number
        .parse()
        .ok()
        .filter(|speed| (0.01..=1000.0).contains(speed));
    speed.ok_or_else(|| "a speed is a number from 0.01 to 1000: 2 is twice as fast".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_due_as_much_later_as_its_timestamp_says() {
        let now = Instant::now();
        let mut pace = Pace::new(1.0);
        assert_eq!(pace.due(90_000, now), now);
        let later = now + Duration::from_secs(9);
        assert_eq!(pace.due(90_040, later), now + Duration::from_millis(40));
        assert_eq!(pace.due(89_000, later), now, "at once");
    }

    #[test]
    fn twice_as_fast_is_half_as_late() {
        let now = Instant::now();
        for (speed, millis) in [(2.0, 500), (0.5, 2000), (1000.0, 1)] {
            let mut pace = Pace::new(speed);
            pace.due(0, now);
            assert_eq!(
                pace.due(1000, now),
                now + Duration::from_millis(millis),
                "{speed}"
            );
        }
    }

    #[test]
    fn no_place_is_too_far() {
        let now = Instant::now();
        let mut pace = Pace::new(0.01);
        pace.due(i64::MIN, now);
        assert!(pace.due(i64::MAX, now) > now + Duration::from_secs(1 << 20));
    }

    #[test]
    fn speeds_are_numbers_that_make_sense() {
        assert_eq!(parse_speed("2"), Ok(2.0));
        assert_eq!(parse_speed("0.5x"), Ok(0.5));
        for text in ["0", "-1", "NaN", "inf", "1e9", "", "fast"] {
            assert!(parse_speed(text).is_err(), "{text}");
        }
    }
}
