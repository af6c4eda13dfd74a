//! Durations as people write them.

use std::time::Duration;

/// A number of seconds, or anything with units.
///
/// # Errors
///
/// What would be one, for a text that is none, or is more than a year.
pub fn parse(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok().map(Duration::try_from_secs_f64);
    let parsed = seconds.map_or_else(|| humantime::parse_duration(text).ok(), Result::ok);
    parsed.filter(|&duration| duration <= LONGEST).ok_or_else(|| {
        "a duration is a number of seconds or has units: 10, 500ms, 1m 30s; a year is the most".to_owned()
    })
}

/// As [`parse`], but for zero.
///
/// # Errors
///
/// As those of [`parse`], and for zero.
pub fn parse_some(text: &str) -> Result<Duration, String> {
    let duration = parse(text)?;
    if duration.is_zero() {
        Err("it has to be more than zero".to_owned())
    } else {
        Ok(duration)
    }
}

/// Deadlines are added to the clock, which has an end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_need_no_unit_and_all_else_does() {
        assert_eq!(parse("10"), Ok(Duration::from_secs(10)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        assert_eq!(parse("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("1m 30s"), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "-1", "NaN", "inf", "1e300", "ten", "10 parsecs", "2years"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_some("0s").is_err());
    }
}
