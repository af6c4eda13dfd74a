//! The name that was meant.

/// The one of `names` that `name` was meant to be, if it is near enough to one to say so: letters too many, missing, wrong
/// or exchanged, up to a third of them; capitals and `_` for `-` besides.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    within(name.chars().count().div_ceil(3), name, names)
}

/// The same, with so many letters at most.
pub(super) fn within<'a>(
    most: usize,
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Nobody means a name by something that is much longer, and the work grows with the length.
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase().replace('_', "-");
    let distances = names
        .into_iter()
        .map(|other| (strsim::osa_distance(&name, other), other));
    let (distance, nearest) = distances.min_by_key(|&(distance, _)| distance)?;
    (distance <= most).then_some(nearest)
}

/// Bytes, many times those of any option's name.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["wait", "max-lag", "max-connections", "max-connections-per-ip"];

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        for (name, meant) in [
            ("wiat", "wait"),
            ("maxlag", "max-lag"),
            ("max_lag", "max-lag"),
            ("Max-Connections", "max-connections"),
            ("max-conections-per-ip", "max-connections-per-ip"),
        ] {
            assert_eq!(nearest(name, NAMES), Some(meant), "{name}");
        }
    }

    #[test]
    fn what_is_far_from_all_is_none_of_them() {
        for name in ["", "bitrate", "lag", "record", &"max-lag".repeat(1000)] {
            assert_eq!(nearest(name, NAMES), None, "{name}");
        }
        assert_eq!(nearest("wait", []), None);
    }
}
