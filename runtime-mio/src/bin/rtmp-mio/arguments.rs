//! The command line and the environment, taken apart. What each option means is [`OPTIONS`]'s.

use std::ffi::OsString;
use std::fmt;

use lexopt::{Arg, Parser};
use rtmp_console::{Group, Kind, OPTIONS, Opt, Settings, nearest};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Serve(Box<Settings>),
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
    while let Some(argument) = parser.next().map_err(|error| Wrong(error.to_string()))? {
        let option = match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Request::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Request::Version),
            Arg::Long(name) => offered(Opt::find(name).ok_or_else(|| unknown(name))?)?,
            Arg::Short(short) => OPTIONS
                .iter()
                .find(|option| option.short == Some(short))
                .ok_or_else(|| Wrong(format!("there is no option -{short}")))?,
            Arg::Value(value) => {
                let value = value.to_string_lossy();
                if let Some((option, _)) = given.last()
                    && option.kind == Kind::Flag
                    && option.set(&mut Settings::default(), &value).is_ok()
                {
                    let name = option.name;
                    return Err(Wrong(format!(
                        "`{value}` is not understood: write --{name}={value}"
                    )));
                }
                return Err(Wrong(format!(
                    "`{value}` is not understood: everything that can be said is an option, such as --listen ADDR"
                )));
            }
        };
        let source = format!("--{}", option.name);
        let text = match option.kind {
            Kind::Flag => match parser.optional_value() {
                Some(value) => readable(&source, value)?,
                None => "on".to_owned(),
            },
            Kind::Switch | Kind::Value(_) | Kind::List(_) => {
                let name = option.kind.value_name().unwrap_or_default();
                let value = parser
                    .value()
                    .map_err(|_| Wrong(format!("{source} needs a value: {source} {name}")))?;
                readable(&source, value)?
            }
        };
        let before = given.iter_mut().find(|(other, _)| other.name == option.name);
        match (before, option.kind) {
            (Some((_, all)), Kind::List(_)) => *all = format!("{all},{text}"),
            (Some(_), Kind::Flag | Kind::Switch | Kind::Value(_)) => {
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
                offered(option)?;
                let text = readable(name, value)?;
                (format!("{name}="), text)
            }
        };
        option
            .set(&mut settings, &text)
            .map_err(|wrong| Wrong(format!("{source}{text:?}: {wrong}")))?;
    }
    Ok(Request::Serve(Box::new(settings)))
}

/// Whether this program is built with what the option needs.
pub(crate) fn is_offered(option: &Opt) -> bool {
    option.group != Group::Tls || (cfg!(feature = "tls") && option.name != SELF_SIGNED)
}

/// Certificates are made by `rtmp serve` alone.
const SELF_SIGNED: &str = "tls-self-signed";

fn offered(option: &'static Opt) -> Result<&'static Opt, Wrong> {
    if is_offered(option) {
        return Ok(option);
    }
    let remedy = if cfg!(feature = "tls") {
        "rtmp-mio makes no certificates; `rtmp serve` does, and so does `openssl req -x509`"
    } else {
        "this rtmp-mio is built without TLS; `cargo build --release -p rtmp-mio --features tls` builds one with it"
    };
    Err(Wrong(format!("--{}: {remedy}", option.name)))
}

fn readable(source: &str, value: OsString) -> Result<String, Wrong> {
    value
        .into_string()
        .map_err(|value| Wrong(format!("{source} {}: this is not UTF-8", value.to_string_lossy())))
}

fn unknown(name: &str) -> Wrong {
    let nearest = nearest(name, OPTIONS.iter().map(|option| option.name));
    Wrong(match nearest {
        Some(nearest) => format!("there is no option --{name}; did you mean --{nearest}?"),
        None => format!("there is no option --{name}"),
    })
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
            Ok(Request::Serve(settings)) => *settings,
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
        for option in OPTIONS.iter().filter(|option| is_offered(option)) {
            let (name, value) = (format!("--{}", option.name), option.sample);
            let mut expected = Settings::default();
            option.set(&mut expected, value).unwrap();
            let apart = [&name, value];
            let apart = if option.kind == Kind::Flag {
                &apart[..1]
            } else {
                &apart
            };
            assert_eq!(settings(apart, &[]), expected);
            assert_eq!(settings(&[&format!("{name}={value}")], &[]), expected);
            assert_eq!(settings(&[], &[(option.variable, value)]), expected);
        }
    }

    #[test]
    fn what_it_is_not_built_for_is_refused_wherever_it_is_said() {
        let remedy = if cfg!(feature = "tls") {
            "rtmp serve"
        } else {
            "--features tls"
        };
        let said = wrong(&["--tls-self-signed"]);
        assert!(
            said.starts_with("--tls-self-signed: ") && said.contains(remedy),
            "{said}"
        );
        let said = parse_with(&[], &[("RTMP_TLS_SELF_SIGNED", "on")]).unwrap_err();
        assert!(said.contains(remedy), "{said}");
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
    fn what_the_environment_switches_on_the_command_line_switches_off() {
        assert!(!settings(&["--takeover=off"], &[("RTMP_TAKEOVER", "on")]).takeover);
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
            (
                &["--takeover=perhaps"],
                "--takeover \"perhaps\": it has to be on or off",
            ),
            (
                &["--max-conections", "3"],
                "there is no option --max-conections; did you mean --max-connections?",
            ),
            (&["--bitrate", "3"], "there is no option --bitrate"),
            (&["-x"], "there is no option -x"),
        ] {
            assert_eq!(wrong(arguments), expected);
        }
        assert_eq!(
            wrong(&["--takeover", "off"]),
            "`off` is not understood: write --takeover=off"
        );
        assert!(wrong(&["--takeover", "serve"]).starts_with("`serve` is not understood: everything"));
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
}
