//! The options of `rtmp serve`: the [table](OPTIONS) of all servers, as `clap` reads it.

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use rtmp_console::{DURATIONS, Default, EXAMPLES, Kind, OPTIONS, Opt, Settings};

/// What the command line and the environment say.
#[derive(Clone, Debug)]
pub struct Options(Settings);

impl Options {
    pub(super) const fn settings(&self) -> &Settings {
        &self.0
    }
}

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        command
            .args(OPTIONS.iter().map(argument))
            .after_help(after_help())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn after_help() -> String {
    let mut text = "Examples (`rtmp` alone is `rtmp serve`, with these options too):\n".to_owned();
    for example in EXAMPLES {
        text += &format!("  {}\n", example.command("rtmp serve"));
        text.extend(example.about.iter().map(|line| format!("      {line}\n")));
    }
    text + "\n" + DURATIONS
}

fn argument(option: &'static Opt) -> Arg {
    let argument = Arg::new(option.name)
        .long(option.name)
        .short(option.short)
        .env(option.variable)
        .help_heading(option.group.heading());
    let argument = match option.kind {
        Kind::Flag => argument
            .action(ArgAction::SetTrue)
            .value_parser(BoolishValueParser::new()),
        Kind::Value(name) => argument.value_name(name).value_parser(check(option)),
        Kind::List(name) => argument
            .value_name(name)
            .value_parser(check(option))
            .action(ArgAction::Append),
    };
    match option.default {
        Default::Value(value) => argument.help(option.about).default_value(value),
        Default::Words(words) => argument.help(format!("{} [default: {words}]", option.about)),
        Default::Program => argument.help(format!("{} [default: one for each processor]", option.about)),
        Default::Off => argument.help(option.about),
    }
}

/// Tells what is wrong with a text where `clap` says whose it is.
fn check(option: &'static Opt) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    |text| {
        option
            .set(&mut Settings::default(), text)
            .map(|()| text.to_owned())
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self(Settings::default());
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for option in OPTIONS {
            let text = match option.kind {
                Kind::Flag => Some(matches.get_flag(option.name).to_string()),
                Kind::Value(_) | Kind::List(_) => {
                    let texts = matches.get_many::<String>(option.name);
                    texts.map(|texts| texts.map(String::as_str).collect::<Vec<_>>().join(","))
                }
            };
            if let Some(text) = text {
                option
                    .set(&mut self.0, &text)
                    .map_err(|wrong| Error::raw(clap::error::ErrorKind::ValueValidation, wrong))?;
            }
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
        Cli::try_parse_from(arguments).map(|cli| cli.options.0)
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
            (&["--takeover=yes"], ["'--takeover'", "unexpected value"]),
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

    /// And no other: the table is what all servers know.
    #[test]
    fn the_help_names_every_option_and_its_variable() {
        let mut command = Options::augment_args(Command::new("rtmp"));
        let names: Vec<_> = command.get_arguments().filter_map(Arg::get_long).collect();
        assert_eq!(
            names,
            OPTIONS.iter().map(|option| option.name).collect::<Vec<_>>()
        );
        let help = command.render_help().to_string();
        for option in OPTIONS {
            assert!(help.contains(&format!("--{}", option.name)), "{help}");
            assert!(help.contains(option.variable), "{help}");
        }
    }
}
