//! Stream keys in logs. Who knows a key can publish with it, so a log need not.

use std::fmt;

/// A stream's path as it may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownKey<'a> {
    path: &'a str,
    in_full: bool,
}

impl<'a> ShownKey<'a> {
    /// The application (the first segment) in full, and of the rest no more than is needed to tell streams apart.
    pub(super) const fn new(path: &'a str, in_full: bool) -> Self {
        Self { path, in_full }
    }
}

/// Characters of a segment that are shown, and never more than half of it.
const SHOWN: usize = 4;

impl fmt::Display for ShownKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.in_full {
            return f.write_str(self.path);
        }
        let Some((app, rest)) = self.path.split_once('/') else {
            return shorten(self.path, f);
        };
        f.write_str(app)?;
        rest.split('/').try_for_each(|segment| {
            f.write_str("/")?;
            shorten(segment, f)
        })
    }
}

fn shorten(segment: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shown = SHOWN.min(segment.chars().count() / 2);
    segment
        .chars()
        .take(shown)
        .try_for_each(|c| fmt::Write::write_char(f, c))?;
    f.write_str("…")
}

/// An application as it may be shown: without its query, where tokens are. The stream's name may stand in it.
pub(super) fn shown_app(path: &str, in_full: bool) -> String {
    if path.contains('/') {
        ShownKey::new(path, in_full).to_string()
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> String {
        ShownKey::new(path, false).to_string()
    }

    #[test]
    fn a_key_is_cut_short_and_its_application_is_not() {
        assert_eq!(shown("live/0123456789abcdef"), "live/0123…");
        assert_eq!(shown("live/room"), "live/ro…");
        assert_eq!(shown("live/a"), "live/…");
        assert_eq!(shown("live/ünïcödé"), "live/ünï…");
    }

    #[test]
    fn every_segment_but_the_first_may_be_the_secret() {
        assert_eq!(shown("live/secret-key/part"), "live/secr…/pa…");
        assert_eq!(shown("secret-key"), "secr…", "without an application all is key");
    }

    #[test]
    fn an_operator_may_ask_for_all_of_it() {
        assert_eq!(
            ShownKey::new("live/0123456789abcdef", true).to_string(),
            "live/0123456789abcdef"
        );
    }

    #[test]
    fn an_application_is_shown_unless_it_holds_a_key() {
        assert_eq!(shown_app("live", false), "live");
        assert_eq!(shown_app("live/0123456789", false), "live/0123…");
    }
}
