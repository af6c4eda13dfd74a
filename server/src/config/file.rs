//! A configuration file, read.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rtmp_console::{Group, Kind, OPTIONS, Opt, StartError, TlsOptionsError, nearest};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::given::Given;
use super::relays;
use super::report::{Mistake, Report};
use crate::relays::{RelayError, RelaySettings};

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// What could be said on the command line as well.
    pub given: Given,
    /// What could not.
    pub relays: RelaySettings,
}

/// Bytes of a configuration, many times those of one with all that can be said in it: a longer file is another one.
const LONGEST: u64 = 1 << 20;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error("cannot read the configuration {}: {source}\n`rtmp config example` prints one to begin with", file.display())]
    Read {
        /// Its path.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is too long to be one.
    #[error("{} has more than {} bytes: this is no configuration", file.display(), LONGEST)]
    TooLong {
        /// Its path.
        file: PathBuf,
    },
    /// The file is no text.
    #[error("{} is no configuration, or not in UTF-8, as TOML is: byte {byte} belongs to no character", file.display())]
    NotText {
        /// Its path.
        file: PathBuf,
        /// The first byte that is wrong, counted from 0.
        byte: usize,
    },
    /// The file is wrong.
    #[error("{0}")]
    Wrong(Report),
    /// What it says about RTMPS does not go together.
    #[error(transparent)]
    Tls(#[from] TlsOptionsError),
    /// No server could start with what it says.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A relay leads nowhere, or its certificates can't be used.
    #[error(transparent)]
    Relay(#[from] RelayError),
}

/// Reads the configuration `file`.
///
/// # Errors
///
/// [`Error`], which says what to do.
pub fn read(file: &Path) -> Result<Contents, Error> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(LONGEST.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|source| Error::Read {
            file: file.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::TooLong {
            file: file.to_owned(),
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| Error::NotText {
        file: file.to_owned(),
        byte: error.utf8_error().valid_up_to(),
    })?;
    parse(&text).map_err(|mistakes| Error::Wrong(Report::new(file.display().to_string(), text, mistakes)))
}

/// Takes a configuration apart: all of its mistakes are found at once, unless it is no TOML.
pub(super) fn parse(text: &str) -> Result<Contents, Vec<Mistake>> {
    let table = DeTable::parse(text).map_err(|error| {
        vec![Mistake {
            span: error.span().unwrap_or_default(),
            title: "this is no TOML".to_owned(),
            label: error.message().to_owned(),
            help: None,
        }]
    })?;
    let mut reader = Reader::default();
    for (name, value) in table.get_ref() {
        reader.section(name, value);
    }
    if reader.mistakes.is_empty() {
        Ok(reader.contents)
    } else {
        Err(reader.mistakes)
    }
}

#[derive(Default)]
struct Reader {
    contents: Contents,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn section(&mut self, name: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        if relays::SECTIONS.contains(&name.get_ref().as_ref()) {
            return relays::read(name, value, &mut self.contents.relays, &mut self.mistakes);
        }
        let known = Group::ALL
            .into_iter()
            .find(|group| group.section() == name.get_ref());
        match (known, value.get_ref()) {
            (Some(group), DeValue::Table(entries)) => {
                for (key, value) in entries {
                    self.entry(group, key, value);
                }
            }
            (Some(group), _) => {
                let section = group.section();
                self.mistake(
                    name.span(),
                    format!("`{section}` is a section"),
                    format!("it begins with [{section}] in a line of its own, and is there once"),
                    None,
                );
            }
            (None, DeValue::Table(_)) => self.unknown_section(name),
            (None, _) => self.unknown_key(None, name),
        }
    }

    fn unknown_section(&mut self, name: &Spanned<DeString<'_>>) {
        let sections = || {
            let groups = Group::ALL.map(Group::section).into_iter();
            groups.chain(relays::SECTIONS)
        };
        let shown = |name: &str| {
            if relays::SECTIONS.contains(&name) {
                format!("[[{name}]]")
            } else {
                format!("[{name}]")
            }
        };
        let (label, help) = match nearest(name.get_ref(), sections()) {
            Some(nearest) => (format!("did you mean {}?", shown(nearest)), None),
            None => (
                "there is no such section".to_owned(),
                Some(format!("there are {}", list(sections().map(shown)))),
            ),
        };
        self.mistake(
            name.span(),
            format!("unknown section [{}]", name.get_ref()),
            label,
            help,
        );
    }

    fn entry(&mut self, group: Group, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        match Opt::find(key.get_ref()) {
            Some(option) if option.group == group => self.value(option, value),
            _ => self.unknown_key(Some(group), key),
        }
    }

    /// A key that is not there, or not in `group`, which is `None` before the first section.
    fn unknown_key(&mut self, group: Option<Group>, key: &Spanned<DeString<'_>>) {
        let name = key.get_ref();
        if let Some(option) = Opt::find(name) {
            self.mistake(
                key.span(),
                format!("`{name}` is in the wrong place"),
                format!("it belongs below [{}]", option.group.section()),
                None,
            );
            return;
        }
        let nearest = nearest(name, OPTIONS.iter().map(|option| option.name)).and_then(Opt::find);
        let (label, help) = match (nearest, group) {
            (Some(option), Some(group)) if option.group == group => {
                (format!("did you mean `{}`?", option.name), None)
            }
            (Some(option), _) => {
                let section = option.group.section();
                (
                    format!("did you mean `{}`, below [{section}]?", option.name),
                    None,
                )
            }
            (None, Some(group)) => {
                let own = OPTIONS.iter().filter(|option| option.group == group);
                let keys = list(own.map(|option| format!("`{}`", option.name)));
                (
                    "there is no such key".to_owned(),
                    Some(format!("below [{}] there are {keys}", group.section())),
                )
            }
            (None, None) => (
                "there is no such key".to_owned(),
                Some("`rtmp config example` prints all keys with their sections".to_owned()),
            ),
        };
        self.mistake(key.span(), format!("unknown key `{name}`"), label, help);
    }

    fn value(&mut self, option: &'static Opt, value: &Spanned<DeValue<'_>>) {
        let several = match (value.get_ref(), option.kind) {
            (DeValue::Array(values), Kind::List(_)) if !values.is_empty() => values.iter().collect(),
            _ => vec![value],
        };
        let mut texts = Vec::new();
        for value in several {
            // Each by itself, so that it is known which one is wrong.
            let checked = scalar(value.get_ref(), option.kind)
                .and_then(|text| Given::default().give(option, &text).map(|()| texts.push(text)));
            if let Err(wrong) = checked {
                let title = format!("`{}` cannot be this", option.name);
                return self.mistake(value.span(), title, wrong, None);
            }
        }
        if let Err(wrong) = self.contents.given.give(option, &texts.join(",")) {
            self.mistake(
                value.span(),
                format!("`{}` cannot be this", option.name),
                wrong,
                None,
            );
        }
    }

    fn mistake(&mut self, span: Range<usize>, title: String, label: String, help: Option<String>) {
        self.mistakes.push(Mistake {
            span,
            title,
            label,
            help,
        });
    }
}

/// A value as the command line would have it.
fn scalar(value: &DeValue<'_>, kind: Kind) -> Result<String, String> {
    Ok(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string(), |number| number.to_string()),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => {
            return Err(match kind {
                Kind::List(_) => "it has to be a value in quotes, or several: [\"...\", \"...\"]",
                Kind::Flag | Kind::Switch | Kind::Value(_) => "it has to be one value",
            }
            .to_owned());
        }
    })
}

/// `a, b and c`.
fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}
