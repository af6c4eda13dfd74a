//! Rates as people write them.

/// How many in a second: `100`, `100/s`; 0 where that has a meaning.
pub(super) fn parse(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = text.strip_suffix("/s").unwrap_or(text);
    number
        .parse()
        .ok()
        .filter(|rate| (0.0..=1e6).contains(rate))
        .ok_or_else(|| "a rate is a number, in a second: 100 or 100/s".to_owned())
}

/// As [`parse`], but for zero.
pub(super) fn parse_some(text: &str) -> Result<f64, String> {
    let rate = parse(text)?;
    if rate > 0.0 {
        Ok(rate)
    } else {
        Err("it has to be more than zero".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_per_second_with_or_without_saying_so() {
        assert_eq!(parse("100"), Ok(100.0));
        assert_eq!(parse("100/s"), Ok(100.0));
        assert_eq!(parse("0.5"), Ok(0.5));
        assert_eq!(parse("0"), Ok(0.0));
        for text in ["", "-1", "NaN", "inf", "1e9", "ten", "10/m"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_some("0").is_err());
    }
}
