//! The options of `rtmp serve`: the [table](OPTIONS) of all servers, as `clap` reads it, and the file that may say the same.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use rtmp_console::{DURATIONS, Default, EXAMPLES, Group, Kind, OPTIONS, Opt, Settings};

use crate::config::{self, Contents, Given};
use crate::relays::RelaySettings;

/// What the command line and the environment say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    config: Option<PathBuf>,
    given: Given,
}

/// What a server is to be, by all that say something about it.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) given: Given,
    pub(super) relays: RelaySettings,
    /// What the file says to no avail: the command line or the environment says it, too.
    pub(super) overruled: Vec<&'static Opt>,
}

impl Options {
    /// The configuration file.
    pub(super) fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Reads the file, if there is one, and puts the command line and the environment above it.
    pub(super) fn configuration(&self) -> Result<Configuration, config::Error> {
        let file = self.file().map(config::read).transpose()?.unwrap_or_default();
        let Contents { given: file, relays } = file;
        let overruled = file.options().filter(|option| self.given.has(option)).collect();
        Ok(Configuration {
            given: self.given.clone().or(&file),
            relays,
            overruled,
        })
    }
}

/// The name of the option that only programs with a configuration file have.
const CONFIG: &str = "config";

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        command
            .arg(config_file())
            .args(OPTIONS.iter().map(argument))
            .after_help(after_help())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn config_file() -> Arg {
    Arg::new(CONFIG)
        .long(CONFIG)
        .env("RTMP_CONFIG")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(
            "A file that says what the options below don't (`rtmp config example` prints one). SIGHUP reads it again, and \
             drops no stream",
        )
        .help_heading(Group::Server.heading())
}

fn after_help() -> String {
    let mut text = "Examples (`rtmp` alone is `rtmp serve`, with these options too):\n".to_owned();
    for example in EXAMPLES {
        text += &format!("  {}\n", example.command("rtmp serve"));
        text.extend(example.about.iter().map(|line| format!("      {line}\n")));
    }
    text += "  rtmp config example > rtmp.toml; rtmp serve --config rtmp.toml\n";
    text += "      Say it in a file. Options and variables of the environment count more than the file.\n";
    text + "\n" + DURATIONS
}

fn argument(option: &'static Opt) -> Arg {
    let argument = Arg::new(option.name)
        .long(option.name)
        .short(option.short)
        .env(option.variable)
        .help_heading(option.group.heading());
    let argument = match option.kind.value_name() {
        Some(name) => argument.value_name(name),
        // It has a value nevertheless: what the environment or a file switches on can be switched off.
        None => (argument.value_name("on|off"))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("on"),
    };
    let argument = match option.kind {
        Kind::List(_) => argument.action(ArgAction::Append),
        Kind::Flag | Kind::Switch | Kind::Value(_) => argument.action(ArgAction::Set),
    };
    let argument = argument.value_parser(Checked(option));
    match option.default {
        Default::Value(value) => argument.help(option.about).default_value(value),
        Default::Words(words) => argument.help(format!("{} [default: {words}]", option.about)),
        Default::Program => argument.help(format!("{} [default: one for each processor]", option.about)),
        Default::Off => argument.help(option.about),
    }
}

/// Tells what is wrong with a text, and where it is: `clap` says "the option" also where that is a variable.
#[derive(Clone)]
struct Checked(&'static Opt);

impl TypedValueParser for Checked {
    type Value = String;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        self.parse_ref_(cmd, arg, value, ValueSource::CommandLine)
    }

    fn parse_ref_(
        &self,
        cmd: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<String, Error> {
        let Self(option) = *self;
        let check = |text: &str| option.set(&mut Settings::default(), text);
        if source == ValueSource::EnvVariable {
            let wrong = value
                .to_str()
                .map_or_else(|| Err("this is not UTF-8".to_owned()), check);
            wrong.map_err(|wrong| {
                let text = format!("{}={value:?}: {wrong}\n", option.variable);
                Error::raw(ErrorKind::ValueValidation, text).with_cmd(cmd)
            })?;
        }
        let checked = move |text: &str| check(text).map(|()| text.to_owned());
        checked.parse_ref(cmd, arg, value)
    }
}

/// What to write instead of a word behind an option that takes none, such as `--takeover off`.
pub fn advice(error: &Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let pairs = arguments.iter().zip(arguments.iter().skip(1));
    let mut before = pairs.filter(|(_, behind)| *behind == word.as_str());
    let (name, _) = before.next()?;
    let option = Opt::find(name.to_str()?.strip_prefix("--")?)?;
    (option.kind == Kind::Flag && option.set(&mut Settings::default(), word).is_ok())
        .then(|| format!("write --{}={word}", option.name))
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self {
            config: None,
            given: Given::default(),
        };
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        if let Some(file) = matches.get_one(CONFIG) {
            self.config = Some(PathBuf::clone(file));
        }
        for option in OPTIONS {
            let source = matches.value_source(option.name);
            if !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
                continue;
            }
            let texts = matches.get_many::<String>(option.name).unwrap_or_default();
            let text = texts.map(String::as_str).collect::<Vec<_>>().join(",");
            self.given
                .give(option, &text)
                .map_err(|wrong| Error::raw(ErrorKind::ValueValidation, wrong))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use rtmp_core::host::ListenAddr;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(arguments: &[&str]) -> Result<Settings, Error> {
        let arguments = ["rtmp"].iter().chain(arguments);
        Cli::try_parse_from(arguments).map(|cli| cli.options.given.settings())
    }

    #[test]
    fn without_options_the_settings_are_those_of_every_server() {
        assert_eq!(parse(&[]).unwrap(), Settings::default());
    }

    #[test]
    fn options_become_settings() {
        let settings = parse(&[
            "--wait",
            "0",
            "--takeover",
            "--gop-cache=off",
            "--max-lag",
            "500ms",
            "-l",
            ":1936,:1937",
            "--listen",
            "unix:/run/rtmp",
        ])
        .unwrap();
        let expected = Settings {
            wait: Duration::ZERO,
            takeover: true,
            gop_cache: false,
            max_lag: Duration::from_millis(500),
            ..Settings::default()
        };
        let addresses = [
            ListenAddr::any(1936),
            ListenAddr::any(1937),
            ListenAddr::Unix("/run/rtmp".into()),
        ];
        assert_eq!(settings.addresses().unwrap(), addresses);
        assert_eq!(
            settings,
            Settings {
                listen: settings.listen.clone(),
                ..expected
            }
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_whose_it_is_and_what_would() {
        for (arguments, helps) in [
            (&["--listen", "here"][..], ["'--listen <ADDR>'", "unix:PATH"]),
            (
                &["--chunk-size", "0"],
                ["'--chunk-size <BYTES>'", "128 to 16777215"],
            ),
            (&["--takeover=perhaps"], ["'--takeover[=<on|off>]'", "on or off"]),
            (
                &["--wait", "1", "--wait", "2"],
                ["'--wait <DURATION>'", "multiple times"],
            ),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            for help in helps {
                assert!(error.contains(help), "{arguments:?}: {error}");
            }
        }
    }

    #[test]
    fn a_flag_can_be_taken_back() {
        assert!(parse(&["--takeover"]).unwrap().takeover);
        assert!(parse(&["--takeover=on"]).unwrap().takeover);
        assert!(!parse(&["--takeover=off"]).unwrap().takeover);
    }

    /// And none but the file: the table is what all servers know.
    #[test]
    fn the_help_names_every_option_and_its_variable() {
        let mut command = Options::augment_args(Command::new("rtmp"));
        let names: Vec<_> = command.get_arguments().filter_map(Arg::get_long).collect();
        assert_eq!(
            names,
            [CONFIG]
                .into_iter()
                .chain(OPTIONS.iter().map(|option| option.name))
                .collect::<Vec<_>>()
        );
        let help = command.render_help().to_string();
        for option in OPTIONS {
            assert!(help.contains(&format!("--{}", option.name)), "{help}");
            assert!(help.contains(option.variable), "{help}");
        }
    }
}
