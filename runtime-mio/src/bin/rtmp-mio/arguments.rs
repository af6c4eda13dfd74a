//! The command line and the environment, taken apart. What each option means is [`OPTIONS`]'s.

use std::ffi::OsString;
use std::fmt;

use lexopt::{Arg, Parser};
use rtmp_console::{Kind, OPTIONS, Opt, Settings};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Serve(Settings),
    Help,
    Version,
}

/// What is wrong, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `variable` looks into the environment: it counts for what the command line does not say.
pub(crate) fn parse(
    arguments: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Request, Wrong> {
    let mut given: Vec<(&Opt, String)> = Vec::new();
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| Wrong(in_our_words(&error)))? {
        let option = match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Request::Version),
            Arg::Long(name) => Opt::find(name).ok_or_else(|| unknown(name))?,
            Arg::Short(short) => OPTIONS
                .iter()
                .find(|option| option.short == Some(short))
                .ok_or_else(|| Wrong(format!("there is no option -{short}")))?,
            Arg::Value(value) => {
                let value = value.to_string_lossy();
                return Err(Wrong(format!(
                    "`{value}` is not understood: everything that can be said is an option, such as --listen ADDR"
                )));
            }
        };
        let text = match option.kind {
            Kind::Flag => "true".to_owned(),
            Kind::Value(name) | Kind::List(name) => {
                let value = parser
                    .value()
                    .map_err(|_| Wrong(format!("--{} needs a value: --{0} {name}", option.name)))?;
                readable(&format!("--{}", option.name), value)?
            }
        };
        let before = given.iter_mut().find(|(other, _)| other.name == option.name);
        match (before, option.kind) {
            (Some((_, all)), Kind::List(_)) => *all = format!("{all},{text}"),
            (Some(_), Kind::Flag | Kind::Value(_)) => {
                return Err(Wrong(format!("--{} is there twice", option.name)));
            }
            (None, _) => given.push((option, text)),
        }
    }
    let mut settings = Settings::default();
    for option in OPTIONS {
        let (source, text) = match given.iter().find(|(other, _)| other.name == option.name) {
            Some((_, text)) => (format!("--{} ", option.name), text.clone()),
            None => {
                let name = option.variable;
                let Some(value) = variable(name) else { continue };
                let text = readable(name, value)?;
                (format!("{name}="), text)
            }
        };
        option
            .set(&mut settings, &text)
            .map_err(|wrong| Wrong(format!("{source}{text:?}: {wrong}")))?;
    }
    Ok(Request::Serve(settings))
}

fn readable(source: &str, value: OsString) -> Result<String, Wrong> {
    value
        .into_string()
        .map_err(|value| Wrong(format!("{source} {}: this is not UTF-8", value.to_string_lossy())))
}

fn in_our_words(error: &lexopt::Error) -> String {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => {
            let value = value.to_string_lossy();
            format!("{option} takes no value, and has {value:?}")
        }
        other => other.to_string(),
    }
}

fn unknown(name: &str) -> Wrong {
    let nearest = OPTIONS
        .iter()
        .map(|option| (distance(name, option.name), option.name))
        .min()
        .filter(|&(distance, _)| distance <= NEAR);
    Wrong(match nearest {
        Some((_, nearest)) => format!("there is no option --{name}; did you mean --{nearest}?"),
        None => format!("there is no option --{name}"),
    })
}

/// Letters that may be wrong in a name that is still recognised.
const NEAR: usize = 3;

/// The fewest letters to insert, remove or replace that make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    // Of a prefix of `one`, to each prefix of `other`.
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (count, letter) in one.chars().enumerate() {
        let mut diagonal = count;
        let mut left = count.saturating_add(1);
        let mut next = vec![left];
        for (wanted, &above) in other.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(letter != wanted));
            left = replaced.min(left.min(above).saturating_add(1));
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rtmp_console::Listen;
    use rtmp_core::host::ListenAddr;

    use super::*;

    fn parse_with(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Request, String> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.into())
        };
        parse(arguments.iter().map(Into::into), variable).map_err(|wrong| wrong.to_string())
    }

    fn settings(arguments: &[&str], environment: &[(&str, &str)]) -> Settings {
        match parse_with(arguments, environment) {
            Ok(Request::Serve(settings)) => settings,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    fn wrong(arguments: &[&str]) -> String {
        parse_with(arguments, &[]).unwrap_err()
    }

    #[test]
    fn without_arguments_the_settings_are_those_of_every_server() {
        assert_eq!(settings(&[], &[]), Settings::default());
    }

    /// Also where the value stands in the same argument.
    #[test]
    fn every_option_sets_what_its_row_of_the_table_says() {
        for option in OPTIONS {
            let (name, value) = (format!("--{}", option.name), value_for(option));
            let mut expected = Settings::default();
            option.set(&mut expected, value).unwrap();
            if option.kind == Kind::Flag {
                assert_eq!(settings(&[&name], &[]), expected);
            } else {
                assert_eq!(settings(&[&name, value], &[]), expected);
                assert_eq!(settings(&[&format!("{name}={value}")], &[]), expected);
            }
            assert_eq!(settings(&[], &[(option.variable, value)]), expected);
        }
    }

    /// One that is not the default.
    fn value_for(option: &Opt) -> &'static str {
        match option.kind {
            Kind::Flag => "true",
            Kind::List(_) => "127.0.0.1:22000",
            Kind::Value("DURATION") => "3s",
            Kind::Value("on|off") => "off",
            Kind::Value("URL") => "rtmp://b.example/live",
            Kind::Value("LEVEL") => "warn",
            Kind::Value("FORMAT") => "json",
            Kind::Value(_) => "200",
        }
    }

    #[test]
    fn addresses_add_up() {
        let addresses = settings(&["-l", ":1", "--listen=:2,:3", "-l:4"], &[]).listen;
        let expected = [1, 2, 3, 4].map(|port| Listen::At(ListenAddr::any(port)));
        assert_eq!(addresses, expected);
    }

    #[test]
    fn the_command_line_counts_more_than_the_environment() {
        let environment = [
            ("RTMP_MAX_LAG", "3s"),
            ("RTMP_LISTEN", ":1,:2"),
            ("RTMP_TAKEOVER", "no"),
        ];
        let settings = settings(&["--max-lag", "5s", "--takeover"], &environment);
        assert_eq!(settings.max_lag, Duration::from_secs(5));
        assert!(settings.takeover);
        assert_eq!(settings.listen.len(), 2);
    }

    #[test]
    fn help_and_version_are_asked_for_in_both_ways() {
        for help in ["-h", "--help"] {
            assert_eq!(
                parse_with(&["--takeover", help, "--nonsense"], &[]),
                Ok(Request::Help)
            );
        }
        for version in ["-V", "--version"] {
            assert_eq!(parse_with(&[version], &[]), Ok(Request::Version));
        }
    }

    #[test]
    fn what_is_wrong_names_the_option_and_what_would_be_right() {
        for (arguments, expected) in [
            (
                &["--chunk-size", "0"][..],
                "--chunk-size \"0\": a chunk has 128 to 16777215 bytes",
            ),
            (&["--max-lag"], "--max-lag needs a value: --max-lag DURATION"),
            (&["-l"], "--listen needs a value: --listen ADDR"),
            (&["--wait", "1", "--wait", "2"], "--wait is there twice"),
            (&["--takeover", "--takeover"], "--takeover is there twice"),
            (&["--takeover=yes"], "--takeover takes no value, and has \"yes\""),
            (
                &["--max-conections", "3"],
                "there is no option --max-conections; did you mean --max-connections?",
            ),
            (&["--bitrate", "3"], "there is no option --bitrate"),
            (&["-x"], "there is no option -x"),
        ] {
            assert_eq!(wrong(arguments), expected);
        }
        assert!(wrong(&["serve"]).starts_with("`serve` is not understood"));
        assert!(wrong(&["--listen", "here"]).contains("unix:PATH"));
    }

    #[test]
    fn a_variable_that_is_wrong_is_named() {
        assert_eq!(
            parse_with(&[], &[("RTMP_GOP_CACHE", "maybe")]).unwrap_err(),
            "RTMP_GOP_CACHE=\"maybe\": it has to be on or off"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_utf_8_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        let path = OsString::from_vec(b"unix:/run/\xFF".to_vec());
        let wrong = parse(["--listen".into(), path].into_iter(), |_| None).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "--listen unix:/run/\u{FFFD}: this is not UTF-8"
        );
    }

    #[test]
    fn words_are_as_far_apart_as_their_letters() {
        for (one, other, expected) in [
            ("wait", "wait", 0),
            ("wiat", "wait", 2),
            ("", "wait", 4),
            ("lag", "max-lag", 4),
        ] {
            assert_eq!(distance(one, other), expected);
        }
    }
}
