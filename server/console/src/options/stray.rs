//! Variables that are meant, and misspelt.

use std::ffi::OsString;

use super::OPTIONS;
use super::near::within;

/// A variable of the environment that has the name of one that a server knows, but for a letter.
///
/// All others are somebody else's: who starts servers in containers gives them `RTMP_SERVICE_HOST`, `RTMP_TLS_PORT` and the
/// like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no variable {name}; did you mean {meant}?")]
pub struct Stray {
    name: String,
    meant: &'static str,
}

/// The variable that names a configuration file, for programs that read one.
const CONFIG: &str = "RTMP_CONFIG";

/// What all variables begin with.
const PREFIX: &str = "RTMP_";

impl Stray {
    /// The first among these names of variables.
    pub fn find(mut names: impl Iterator<Item = OsString>) -> Option<Self> {
        names.find_map(|name| {
            let name = name.to_str()?;
            let own = name.strip_prefix(PREFIX)?;
            let known = || {
                let variables = OPTIONS.iter().map(|option| option.variable);
                variables.chain([CONFIG])
            };
            if known().any(|known| known == name) {
                return None;
            }
            // As options are compared, of which each stands for one.
            let options = OPTIONS.iter().map(|option| option.name).chain(["config"]);
            let meant = within(1, own, options)?;
            let meant = known().find(|known| is_of(known, meant))?;
            let name = name.to_owned();
            Some(Self { name, meant })
        })
    }
}

/// Whether a variable stands for the option of this name.
fn is_of(variable: &str, option: &str) -> bool {
    let own = variable.strip_prefix(PREFIX);
    own.is_some_and(|own| own.to_lowercase().replace('_', "-") == option)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str]) -> Option<String> {
        let stray = Stray::find(names.iter().map(Into::into));
        stray.map(|stray| stray.to_string())
    }

    #[test]
    fn a_slip_of_the_finger_is_found_among_others() {
        let said = "there is no variable RTMP_WIAT; did you mean RTMP_WAIT?";
        assert_eq!(
            find(&["HOME", "RTMP_TAKEOVER", "RTMP_WIAT"]).as_deref(),
            Some(said)
        );
        let said = "there is no variable RTMP_MAXLAG; did you mean RTMP_MAX_LAG?";
        assert_eq!(find(&["RTMP_MAXLAG"]).as_deref(), Some(said));
        assert!(find(&["RTMP_CONFIGG"]).unwrap().ends_with("RTMP_CONFIG?"));
    }

    #[test]
    fn each_option_has_its_variable_and_those_of_others_are_theirs() {
        for option in OPTIONS {
            assert!(is_of(option.variable, option.name), "{}", option.name);
            assert_eq!(find(&[option.variable]), None);
        }
        let others = [
            "RTMP_CONFIG",
            "RTMP_PORT",
            "RTMP_PORT_1935_TCP",
            "RTMP_PORT_1935_TCP_ADDR",
            "RTMP_SERVICE_HOST",
            "RTMP_SERVICE_PORT",
            "RTMP_URL",
            "RTMP_KEY",
            "RTMP_STREAM_KEY",
            "RTMP_TLS_PORT",
            "RTMP_TLS_URL",
            "RTMP_SSL_CERT",
            "RTMP_PLAYER_TIMEOUT",
            "RTMP_HOST",
            "RTMPS_WAIT",
            "WIAT",
        ];
        assert_eq!(find(&others), None);
    }
}
