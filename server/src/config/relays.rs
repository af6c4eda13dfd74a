//! The sections `[[pull]]` and `[[push]]`.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use rtmp_console::{duration, nearest};
use rtmp_core::url::Scheme;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::report::Mistake;
use crate::relays::{Pattern, PullSettings, PushSettings, RelaySettings, Resume, Template};
use crate::trust::TrustSettings;

/// The sections that may be there more than once.
pub(super) const SECTIONS: [&str; 2] = ["pull", "push"];

/// Relays of one kind: an operator writes them by hand.
const MOST: usize = 1000;

/// Sources of one pull, targets of one push.
const MOST_URLS: usize = 64;

const PULL: [&str; 7] = ["stream", "url", "urls", "on-demand", "linger", "ca", "insecure"];
const PUSH: [&str; 6] = ["stream", "url", "urls", "resume", "ca", "insecure"];

/// What the example says of them: what it is about, and a section.
pub(super) const EXAMPLES: [(&str, &str); 3] = [
    (
        "Fetches a stream from another server, and publishes it here as `stream`. A publisher that is here already goes first. \
         When the other server is lost, it is tried again, later and later up to half a minute; players stay for ten seconds, \
         and so they do where the stream stands still there. \
         Of several (urls, or further sections for the same stream), the first that has the stream sends it; where it is lost, \
         the next one's turn comes at once, round and round, and it keeps the stream while it has it.",
        r#"[[pull]]
stream = "live/camera"
urls = ["rtmp://origin.example/live/camera", "rtmp://backup.example/live/camera"]
"#,
    ),
    (
        "With a star: any stream that somebody wants to play here, and nobody publishes. A player waits for it as long as for a publisher \
         (wait); meanwhile the other servers are tried again. It is kept for a while (linger) after its last player has left. {app} and {name} stand for what is before and behind the first slash of the stream's \
         name. on-demand = true does the same for a single stream.",
        r#"[[pull]]
stream = "edge/*"
url = "rtmp://origin.example/live/{name}"
linger = "10s"
"#,
    ),
    (
        "Sends every stream that is published here, and is called like this, to other servers (urls), or to one (url). A target \
         that was lost and is back goes on with the next key frame, so that its timestamps go on rising; with resume = \
         \"last-key-frame\" it is given that one again and lacks nothing, for servers that leave out what they have had, as those \
         do that pull from it with this program. For rtmps, `ca` names a file of certificates to trust instead of the usual \
         ones; insecure = true takes any.",
        r#"[[push]]
stream = "live/*"
urls = ["rtmp://backup.example/live/{name}", "rtmps://cdn.example/app/{name}?token=secret"]
resume = "next-key-frame"
ca = "/etc/rtmp/ca.pem"
"#,
    ),
];

/// Reads all relays of one kind.
pub(super) fn read(
    kind: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    relays: &mut RelaySettings,
    mistakes: &mut Vec<Mistake>,
) {
    let name = kind.get_ref();
    let DeValue::Array(tables) = value.get_ref() else {
        return mistakes.push(Mistake {
            span: kind.span(),
            title: format!("`{name}` is a section that may be there more than once"),
            label: format!("it begins with [[{name}]], in two brackets"),
            help: None,
        });
    };
    if tables.len() > MOST {
        return mistakes.push(Mistake {
            span: kind.span(),
            title: format!("there are {} sections [[{name}]]", tables.len()),
            label: format!("{MOST} are the most; a star stands for many streams"),
            help: None,
        });
    }
    for table in tables {
        let mut section = Section {
            kind: name,
            span: kind.span(),
            mistakes,
        };
        let DeValue::Table(entries) = table.get_ref() else {
            section.mistake(
                table.span(),
                format!("`{name}` has sections, and this is none"),
                format!("write [[{name}]] and its keys below"),
            );
            continue;
        };
        section.span = table.span();
        if name == "pull" {
            let pulls = section.pull(entries, &relays.pulls);
            relays.pulls.extend(pulls);
        } else {
            let pushes = section.push(entries, &relays.pushes);
            relays.pushes.extend(pushes);
        }
    }
}

struct Section<'a> {
    kind: &'a str,
    span: Range<usize>,
    mistakes: &'a mut Vec<Mistake>,
}

/// A value, and where it is.
type Placed<T> = (T, Range<usize>);

impl Section<'_> {
    /// A pull from each of its sources.
    fn pull(&mut self, entries: &DeTable<'_>, others: &[PullSettings]) -> Vec<PullSettings> {
        let mistakes = self.mistakes.len();
        self.known(entries, &PULL);
        let stream: Option<Placed<Pattern>> = self.required(entries, "stream");
        let urls = self.urls(entries);
        let on_demand = self.truth(entries, "on-demand");
        let linger = self.linger(entries);
        let trust = self.trust(entries, &urls);
        if let Some((stream, place)) = &stream {
            self.tell_apart(stream, &urls);
            let others = others.iter().filter(|other| other.stream == *stream);
            self.once(&urls, &others.map(|other| &other.url).collect::<Vec<_>>());
            let is_for_good = stream.only().is_some() && !matches!(on_demand, Some((true, _)));
            if let (true, Some(_), Some(value)) = (is_for_good, linger, entries.get("linger")) {
                self.mistake(
                    value.span(),
                    "`linger` is for streams that are fetched on demand".to_owned(),
                    "this one is kept for good: leave it out, or say on-demand = true".to_owned(),
                );
            }
            if let (None, Some((false, _))) = (stream.only(), &on_demand) {
                self.mistake(
                    place.clone(),
                    "many streams can be fetched on demand only".to_owned(),
                    "name one stream, or leave out on-demand".to_owned(),
                );
            }
        }
        let Some((stream, _)) = stream.filter(|_| self.mistakes.len() == mistakes) else {
            return Vec::new();
        };
        let on_demand = on_demand.map_or_else(|| stream.only().is_none(), |(on_demand, _)| on_demand);
        let pull = |(url, _)| PullSettings {
            stream: stream.clone(),
            url,
            on_demand,
            linger: linger.unwrap_or(PullSettings::LINGER),
            trust: trust.clone(),
        };
        urls.into_iter().map(pull).collect()
    }

    /// A push to each of its targets.
    fn push(&mut self, entries: &DeTable<'_>, others: &[PushSettings]) -> Vec<PushSettings> {
        let mistakes = self.mistakes.len();
        self.known(entries, &PUSH);
        let stream: Option<Placed<Pattern>> = self.required(entries, "stream");
        let urls = self.urls(entries);
        let resume: Option<Placed<Resume>> = entries
            .get("resume")
            .and_then(|value| self.parsed("resume", value));
        let trust = self.trust(entries, &urls);
        if let Some((stream, _)) = &stream {
            self.tell_apart(stream, &urls);
            let others = others.iter().filter(|other| other.stream == *stream);
            self.once(&urls, &others.map(|other| &other.url).collect::<Vec<_>>());
        }
        let Some((stream, _)) = stream.filter(|_| self.mistakes.len() == mistakes) else {
            return Vec::new();
        };
        let push = |(url, _)| PushSettings {
            stream: stream.clone(),
            url,
            resume: resume.as_ref().map(|(resume, _)| *resume).unwrap_or_default(),
            trust: trust.clone(),
        };
        urls.into_iter().map(push).collect()
    }

    /// `url`, or `urls`, and not both.
    fn urls(&mut self, entries: &DeTable<'_>) -> Vec<Placed<Template>> {
        match (entries.get("url"), entries.get("urls")) {
            (_, None) => self.required(entries, "url").into_iter().collect(),
            (None, Some(several)) => match several.get_ref() {
                DeValue::Array(urls) if (1..=MOST_URLS).contains(&urls.len()) => {
                    let urls = urls.iter();
                    urls.filter_map(|url| self.parsed("urls", url)).collect()
                }
                _ => {
                    self.mistake(
                        several.span(),
                        "`urls` cannot be this".to_owned(),
                        format!("it has to be 1 to {MOST_URLS} URLs: [\"rtmp://...\", \"rtmp://...\"]"),
                    );
                    Vec::new()
                }
            },
            (Some(_), Some(several)) => {
                self.mistake(
                    several.span(),
                    "both `url` and `urls`".to_owned(),
                    "say one of them".to_owned(),
                );
                Vec::new()
            }
        }
    }

    /// Keys that there are not.
    fn known(&mut self, entries: &DeTable<'_>, keys: &[&'static str]) {
        for (key, _) in entries {
            let name = key.get_ref();
            if keys.iter().any(|known| known == name) {
                continue;
            }
            let (label, help) = match nearest(name, keys.iter().copied()) {
                Some(nearest) => (format!("did you mean `{nearest}`?"), None),
                None => {
                    let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                    let help = format!("below [[{}]] there are {}", self.kind, keys.join(", "));
                    ("there is no such key".to_owned(), Some(help))
                }
            };
            self.mistakes.push(Mistake {
                span: key.span(),
                title: format!("unknown key `{name}`"),
                label,
                help,
            });
        }
    }

    /// Many streams in one place would be one after the other, or none.
    fn tell_apart(&mut self, stream: &Pattern, urls: &[Placed<Template>]) {
        for (url, place) in urls {
            if stream.only().is_none() && !url.has_placeholder() {
                self.mistake(
                    place.clone(),
                    format!("all streams that are called \"{stream}\" would be the same one there"),
                    "let the URL say which: {app} and {name} stand for the parts of the stream's name"
                        .to_owned(),
                );
            }
        }
    }

    /// One stream that comes or goes the same way twice is in its own way.
    fn once(&mut self, urls: &[Placed<Template>], others: &[&Template]) {
        for (index, (url, place)) in urls.iter().enumerate() {
            let mut before = urls.iter().take(index).map(|(url, _)| url);
            if others.contains(&url) || before.any(|other| other == url) {
                let title = "the same stream and the same URL once more".to_owned();
                let label = "leave this one out: the stream comes, or goes, that way already".to_owned();
                self.mistake(place.clone(), title, label);
            }
        }
    }

    fn trust(&mut self, entries: &DeTable<'_>, urls: &[Placed<Template>]) -> TrustSettings {
        let ca = self.text(entries, "ca");
        let insecure = self.truth(entries, "insecure");
        let is_secure = |(url, _): &Placed<Template>| url.url().scheme() == Scheme::Rtmps;
        if !urls.is_empty() && !urls.iter().any(is_secure) {
            let places = ca
                .iter()
                .map(|(_, place)| place)
                .chain(insecure.iter().map(|(_, place)| place));
            for place in places.cloned().collect::<Vec<_>>() {
                self.mistake(
                    place,
                    "no certificate is asked for".to_owned(),
                    "this is for rtmps://, and the URL has rtmp://".to_owned(),
                );
            }
        }
        let is_insecure = matches!(insecure, Some((true, _)));
        if let (Some((_, place)), true) = (&ca, is_insecure) {
            self.mistake(
                place.clone(),
                "certificates to trust, and insecure = true".to_owned(),
                "whoever takes any certificate needs none: leave out one of them".to_owned(),
            );
        }
        TrustSettings {
            ca: ca.map(|(file, _)| file.into()),
            insecure: is_insecure,
        }
    }

    fn linger(&mut self, entries: &DeTable<'_>) -> Option<Duration> {
        let value = entries.get("linger")?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(seconds) => seconds.to_string(),
            DeValue::Float(seconds) => seconds.to_string(),
            _ => String::new(),
        };
        match duration::parse(&text) {
            Ok(linger) => Some(linger),
            Err(wrong) => {
                self.mistake(value.span(), "`linger` cannot be this".to_owned(), wrong);
                None
            }
        }
    }

    fn required<T: FromStr<Err: ToString>>(
        &mut self,
        entries: &DeTable<'_>,
        key: &'static str,
    ) -> Option<Placed<T>> {
        match entries.get(key) {
            Some(value) => self.parsed(key, value),
            None => {
                self.mistake(
                    self.span.clone(),
                    format!("[[{}]] has no `{key}`", self.kind),
                    format!("it needs a line {key} = \"...\""),
                );
                None
            }
        }
    }

    fn parsed<T: FromStr<Err: ToString>>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Placed<T>> {
        let DeValue::String(text) = value.get_ref() else {
            let label = "it has to be a text in quotes".to_owned();
            self.mistake(value.span(), format!("`{key}` cannot be this"), label);
            return None;
        };
        match text.parse() {
            Ok(parsed) => Some((parsed, value.span())),
            Err(wrong) => {
                self.mistake(value.span(), format!("`{key}` cannot be this"), wrong.to_string());
                None
            }
        }
    }

    fn text(&mut self, entries: &DeTable<'_>, key: &str) -> Option<Placed<String>> {
        self.parsed(key, entries.get(key)?)
    }

    fn truth(&mut self, entries: &DeTable<'_>, key: &str) -> Option<Placed<bool>> {
        let value = entries.get(key)?;
        if let DeValue::Boolean(truth) = value.get_ref() {
            return Some((*truth, value.span()));
        }
        let label = "it has to be true or false".to_owned();
        self.mistake(value.span(), format!("`{key}` cannot be this"), label);
        None
    }

    fn mistake(&mut self, span: Range<usize>, title: String, label: String) {
        self.mistakes.push(Mistake {
            span,
            title,
            label,
            help: None,
        });
    }
}
