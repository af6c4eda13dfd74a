//! Which streams a relay is for, and where it leads for each of them.

use std::fmt;
use std::str::FromStr;

use rtmp_core::hub::StreamKey;
use rtmp_core::url::{RtmpUrl, UrlError};

/// The name of a stream, or of many: `live/cam`, `live/*`. A star stands for one character or more, slashes among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the stars.
    pieces: Vec<String>,
}

/// Bytes of a pattern, as many as of a stream's name.
const LONGEST: usize = 1024;

/// Stars in a pattern: each costs another look at the name.
const MOST_STARS: usize = 8;

/// A text that is no [`Pattern`]. Each cause says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// Nothing at all.
    #[error("a stream has a name: write \"live/cam\", or \"live/*\" for all of an application")]
    Empty,
    /// Too long.
    #[error("a stream's name has {LONGEST} bytes at most")]
    TooLong,
    /// A slash at an end, a query, or what no name can have.
    #[error(
        "no stream is called this: write its application and its name, \"live/cam\", without a slash at the ends and without \
         a query"
    )]
    NoName,
    /// More stars than are good.
    #[error("{MOST_STARS} stars are the most, and no two stand together")]
    Stars,
}

impl Pattern {
    /// The name of this stream, whatever there is in it.
    pub fn literal(key: &StreamKey) -> Self {
        Self {
            pieces: vec![key.as_str().to_owned()],
        }
    }

    /// The only stream that it names, if it names only one.
    pub fn only(&self) -> Option<StreamKey> {
        match self.pieces.as_slice() {
            [name] => Some(StreamKey::new(name.as_str())),
            _ => None,
        }
    }

    /// Whether it names this stream.
    pub fn matches(&self, key: &StreamKey) -> bool {
        let name = key.as_str();
        let (Some((first, rest)), Some(last)) = (self.pieces.split_first(), self.pieces.last()) else {
            return false;
        };
        if rest.is_empty() {
            return name == first;
        }
        let Some(mut left) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        let middle = rest.len().saturating_sub(1);
        for piece in rest.iter().take(middle) {
            // The first place is the best: it leaves the most for what follows.
            let Some(found) = after_one(left).and_then(|left| left.split_once(piece.as_str())) else {
                return false;
            };
            left = found.1;
        }
        after_one(left).is_some_and(|left| left.ends_with(last.as_str()))
    }

    /// A stream that it names, in an application if it can be.
    pub fn sample(&self) -> StreamKey {
        let name = self.pieces.join("x");
        if name.contains('/') {
            return StreamKey::new(name);
        }
        StreamKey::new(self.pieces.join("x/x"))
    }
}

/// Without its first character, for which a star stands.
fn after_one(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let is_wrong = |c: char| c.is_control() || c == '?';
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > LONGEST {
            return Err(PatternError::TooLong);
        }
        if text.starts_with('/')
            || text.ends_with('/')
            || text.contains(is_wrong)
            || text.split('/').any(|segment| matches!(segment, "." | ".."))
        {
            return Err(PatternError::NoName);
        }
        if text.contains("**") || text.matches('*').count() > MOST_STARS {
            return Err(PatternError::Stars);
        }
        Ok(Self {
            pieces: text.split('*').map(str::to_owned).collect(),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pieces.join("*"))
    }
}

/// A URL with `{app}` and `{name}` in it, for the parts of a stream's name before and behind the first slash.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    url: RtmpUrl,
    /// Braces are what they are.
    is_literal: bool,
}

/// A text that is no [`Template`]. Each cause says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// No URL, whatever the placeholders stand for.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No application, or no name of a stream.
    #[error("the URL names no stream: write rtmp://HOST/APP/NAME, or rtmp://HOST/APP/{{name}}")]
    NoName,
    /// A placeholder that does not exist.
    #[error("{{{0}}} stands for nothing: there are {{app}} and {{name}}")]
    Unknown(String),
    /// A placeholder before the path, or in an option: who names a stream must not say where we connect to.
    #[error("{{app}} and {{name}} stand in the application and the name of the stream, nowhere else")]
    Misplaced,
    /// A `{` without its `}`.
    #[error("a {{ without its }}: there are {{app}} and {{name}}")]
    Open,
}

const APP: &str = "{app}";
const NAME: &str = "{name}";

impl Template {
    /// A URL that is the same for every stream, whatever there is in it.
    pub const fn literal(url: RtmpUrl) -> Self {
        Self {
            url,
            is_literal: true,
        }
    }

    /// Whether it leads elsewhere for each stream.
    pub fn has_placeholder(&self) -> bool {
        !self.is_literal
            && [self.url.app(), &self.url.name()]
                .into_iter()
                .any(|part| part.contains(APP) || part.contains(NAME))
    }

    /// Where it leads for this stream. Placeholders are replaced within application and name: what the stream is called
    /// changes neither where one ends and the other begins, nor anything else of the URL.
    pub fn fill(&self, key: &StreamKey) -> RtmpUrl {
        if self.is_literal {
            return self.url.clone();
        }
        let (app, name) = key.as_str().split_once('/').unwrap_or(("", key.as_str()));
        let fill = |part: &str| fill(part, app, name);
        let (app, name) = (fill(self.url.app()), fill(&self.url.name()));
        // An option is only written where the path does not say the same.
        let mut url = self.url.clone();
        if app != self.url.app() {
            url = url.with_app(app);
        }
        if name != self.url.name() {
            url = url.with_name(name);
        }
        url
    }

    /// The URL, with its placeholders.
    pub const fn url(&self) -> &RtmpUrl {
        &self.url
    }
}

/// In one pass: a name that has braces of its own stays as it is.
fn fill(part: &str, app: &str, name: &str) -> String {
    let mut filled = String::new();
    let mut rest = part;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        filled += before;
        (filled, rest) = if let Some(rest) = from.strip_prefix(APP) {
            (filled + app, rest)
        } else if let Some(rest) = from.strip_prefix(NAME) {
            (filled + name, rest)
        } else {
            return filled + from;
        };
    }
    filled + rest
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut rest = text;
        while let Some((_, from)) = rest.split_once('{') {
            let (name, after) = from.split_once('}').ok_or(TemplateError::Open)?;
            if !matches!(name, "app" | "name") {
                return Err(TemplateError::Unknown(name.to_owned()));
            }
            rest = after;
        }
        let braces = |text: &str| text.matches('{').count();
        let before_path = text.split_once("://").map_or(text, |(_, rest)| rest);
        if braces(before_path.split('/').next().unwrap_or_default()) > 0 {
            return Err(TemplateError::Misplaced);
        }
        let url: RtmpUrl = text.parse()?;
        if url.app().is_empty() || url.name().is_empty() {
            return Err(TemplateError::NoName);
        }
        if braces(text) != braces(url.app()).saturating_add(braces(&url.name())) {
            return Err(TemplateError::Misplaced);
        }
        Ok(Self {
            url,
            is_literal: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        let pattern: Pattern = pattern.parse().unwrap();
        pattern.matches(&name.into())
    }

    fn filled(template: &str, key: &str) -> (String, String, String) {
        let template: Template = template.parse().unwrap();
        let url = template.fill(&key.into());
        (url.tc_url(), url.app().to_owned(), url.name().into_owned())
    }

    #[test]
    fn a_name_names_one_stream() {
        assert!(matches("live/cam", "live/cam"));
        assert!(!matches("live/cam", "live/cam2"));
        assert!(!matches("live/cam", "live/ca"));
        let pattern: Pattern = "live/cam".parse().unwrap();
        assert_eq!(pattern.only(), Some("live/cam".into()));
    }

    #[test]
    fn a_star_stands_for_anything_but_nothing() {
        assert!(matches("live/*", "live/cam"));
        assert!(matches("live/*", "live/room/cam"));
        assert!(!matches("live/*", "live/"));
        assert!(!matches("live/*", "other/cam"));
        assert!(matches("*", "cam"));
        assert!(matches("*/cam", "live/cam") && !matches("*/cam", "/cam"));
        assert!(matches("live/*-hd", "live/cam-hd") && !matches("live/*-hd", "live/-hd"));
        assert!(matches("*/a*b*c", "live/a-b-b-c") && !matches("*/a*b*c", "live/abc"));
        assert!(matches("a*a", "aaa") && !matches("a*a", "aa"));
        assert_eq!("live/*".parse::<Pattern>().unwrap().only(), None);
    }

    #[test]
    fn what_no_stream_is_called_is_no_pattern() {
        for (text, error) in [
            ("", PatternError::Empty),
            ("/live/cam", PatternError::NoName),
            ("live/", PatternError::NoName),
            ("live/cam?token=1", PatternError::NoName),
            ("live/../cam", PatternError::NoName),
            ("live/a\nb", PatternError::NoName),
            ("live/**", PatternError::Stars),
            ("*a*a*a*a*a*a*a*a*a", PatternError::Stars),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(error), "{text}");
        }
        assert_eq!("a".repeat(1025).parse::<Pattern>(), Err(PatternError::TooLong));
    }

    #[test]
    fn placeholders_are_what_stands_before_and_behind_the_first_slash() {
        let expected = ("rtmp://a.example/live/in", "live/in", "cam");
        let (tc_url, app, name) = filled("rtmp://a.example/{app}/in/{name}", "live/cam");
        assert_eq!((&*tc_url, &*app, &*name), expected);
        let (_, app, name) = filled("rtmp://a.example/live/{name}-hd?token=1", "any/room/cam");
        assert_eq!((&*app, &*name), ("live", "room/cam-hd?token=1"));
        let (_, app, name) = filled("rtmp://a.example/live/fixed", "any/cam");
        assert_eq!((&*app, &*name), ("live", "fixed"));
    }

    /// Whoever plays or publishes chooses the name of a stream.
    #[test]
    fn a_name_stays_a_name() {
        for key in [
            "live/x app=other tcUrl=rtmp://b.example/",
            "live/{app}",
            "live/x?y#z@b.example",
        ] {
            let (tc_url, app, name) = filled("rtmp://a.example/live/{name}", key);
            assert_eq!((&*tc_url, &*app), ("rtmp://a.example/live", "live"));
            assert_eq!(format!("live/{name}"), key);
        }
    }

    #[test]
    fn a_url_that_leads_nowhere_is_no_template() {
        for (text, error) in [
            (
                "rtmp://a.example/live/{stream}",
                TemplateError::Unknown("stream".to_owned()),
            ),
            ("rtmp://a.example/live/{name", TemplateError::Open),
            ("rtmp://{name}/live/x", TemplateError::Misplaced),
            ("rtmp://{app}.example/live/x", TemplateError::Misplaced),
            (
                "rtmp://a.example/live/x tcUrl=rtmp://{name}/",
                TemplateError::Misplaced,
            ),
            ("rtmp://a.example/live", TemplateError::NoName),
            ("rtmp://a.example", TemplateError::NoName),
            (
                "http://a.example/live/x",
                TemplateError::Url(UrlError::UnsupportedScheme("http".to_owned())),
            ),
        ] {
            assert_eq!(text.parse::<Template>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_of_a_pattern_matches_it(
            pieces in prop::collection::vec("[a-c/]{0,4}", 2..5),
            fill in "[a-c/]{1,4}",
        ) {
            let text = format!("x{}x", pieces.join("*"));
            if let Ok(pattern) = text.parse::<Pattern>() {
                prop_assert!(pattern.matches(&StreamKey::new(text.replace('*', &fill))));
                prop_assert!(pattern.matches(&pattern.sample()));
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }
}
