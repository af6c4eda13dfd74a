//! A configuration that is read again while the server runs.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rtmp_console::{Certificate, Change, Group, Journal, Opt, Settings, TlsOptionsError};
use rtmp_sockets::IdentityFiles;
use rtmp_tokio::Handle;
use tracing::{error, info, warn};

use super::options::{Configuration, Options};
use super::tls::Tls;
use crate::config::{Error, Given};
use crate::relays::{RelaySettings, Relays};

/// What a server runs with, and what can be changed of that.
pub(super) struct Running<'a> {
    options: &'a Options,
    given: Given,
    relay_settings: RelaySettings,
    journal: Arc<Journal>,
    handle: Handle,
    tls: Option<&'a Tls>,
    relays: Relays,
}

impl<'a> Running<'a> {
    pub(super) fn new(
        options: &'a Options,
        Configuration {
            given,
            relays: relay_settings,
            ..
        }: Configuration,
        journal: Arc<Journal>,
        handle: Handle,
        tls: Option<&'a Tls>,
        relays: Relays,
    ) -> Self {
        Self {
            options,
            given,
            relay_settings,
            journal,
            handle,
            tls,
            relays,
        }
    }

    /// Reads the file again and does what it says, as far as that drops no stream. The log says what has changed and what
    /// has not. A file that is wrong changes nothing at all.
    pub(super) fn reload(&mut self) {
        let Some(file) = self.options.file() else {
            return self.reload_certificate(&self.given.settings());
        };
        if is_read_once(file) {
            error!(
                file = file.display().to_string(),
                "cannot be read again: it is no regular file"
            );
            return;
        }
        let configuration = match self.options.configuration() {
            Ok(configuration) => configuration,
            Err(error) => return complain(&error),
        };
        let in_use = matches!(self.tls, Some(Tls::Files(_)));
        let followed = match follow(&self.given, configuration.given, in_use) {
            Ok(followed) => followed,
            Err(error) => return error!(reason = one_line(&error), "{KEPT}"),
        };
        let Followed { given, changed, kept } = followed;
        let settings = given.settings();
        // The last that may be wrong.
        if let Err(error) = self.relays.reconfigure(&configuration.relays) {
            return error!(reason = one_line(&error), "{KEPT}");
        }
        self.relays.wait(settings.wait);
        settings.start_log();
        self.journal.show_keys(settings.show_keys);
        self.handle.reconfigure(settings.server_settings());
        self.reload_certificate(&settings);
        self.given = given;
        let before = std::mem::replace(&mut self.relay_settings, configuration.relays);
        let relays = sections(&before, &self.relay_settings);
        let all = listed(changed.iter().map(|option| option.name).chain(relays));
        info!(
            file = file.display().to_string(),
            changed = all,
            "configuration read again"
        );
        let later: Vec<_> = (changed.iter().copied())
            .filter(|option| option.change == Change::NewConnections)
            .collect();
        if !later.is_empty() {
            info!(
                keys = names(&later),
                "in effect for connections that come from now on"
            );
        }
        if !kept.is_empty() {
            warn!(keys = names(&kept), "not changed: these need a restart");
        }
        announce_overruled(&configuration.overruled);
        if let Some(doubt) = settings.doubt() {
            warn!("{doubt}");
        }
    }

    /// Has the certificate read again, where there are files of one: the log says what became of that.
    fn reload_certificate(&self, settings: &Settings) {
        if let (Some(Tls::Files(running)), Ok(Some(Certificate::Files { certificates, key }))) =
            (self.tls, settings.certificate())
        {
            running.reload(IdentityFiles { certificates, key });
        }
    }
}

/// A pipe has been read to its end, and to wait for more from it would stop every stream.
fn is_read_once(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| !metadata.is_file())
}

/// What is said of a configuration that is wrong.
const KEPT: &str = "configuration not read again, all stays as it is";

fn complain(error: &Error) {
    match error {
        Error::Wrong(report) => {
            for (place, reason) in report.lines() {
                error!(place, reason, "{KEPT}");
            }
        }
        other => error!(reason = one_line(other), "{KEPT}"),
    }
}

/// Says what the file says to no avail.
pub(super) fn announce_overruled(options: &[&Opt]) {
    if !options.is_empty() {
        info!(
            keys = names(options),
            "the command line or the environment overrules the configuration"
        );
    }
}

/// What a server goes on with.
#[derive(Debug)]
struct Followed {
    given: Given,
    changed: Vec<&'static Opt>,
    /// What can't be changed without dropping streams.
    kept: Vec<&'static Opt>,
}

/// What becomes of `before` where `after` is wanted. `in_use`: files of a certificate, which may be others from now on. All
/// else about TLS stays as it is, together: a part of it goes with no other.
fn follow(before: &Given, mut after: Given, in_use: bool) -> Result<Followed, TlsOptionsError> {
    let wanted = after.settings().certificate()?;
    let renews = in_use && matches!(wanted, Some(Certificate::Files { .. }));
    let (kept, changed): (Vec<_>, Vec<_>) = before
        .differences(&after)
        .partition(|option| option.change == Change::Restart || (option.group == Group::Tls && !renews));
    for option in &kept {
        after.take_over(option, before);
    }
    Ok(Followed {
        given: after,
        changed,
        kept,
    })
}

/// An error as one line of the log, whatever it shows on a terminal.
fn one_line(error: &impl Display) -> String {
    let text = error.to_string();
    text.lines().collect::<Vec<_>>().join("; ")
}

/// The kinds of relays that are others now.
fn sections(before: &RelaySettings, after: &RelaySettings) -> impl Iterator<Item = &'static str> + use<> {
    let kinds = [
        (before.pulls != after.pulls).then_some("pull"),
        (before.pushes != after.pushes).then_some("push"),
    ];
    kinds.into_iter().flatten()
}

fn names(options: &[&Opt]) -> String {
    listed(options.iter().map(|option| option.name))
}

fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(all: &[(&str, &str)]) -> Given {
        let mut given = Given::default();
        for (name, text) in all {
            given.give(Opt::find(name).unwrap(), text).unwrap();
        }
        given
    }

    #[test]
    fn what_can_be_changed_is_told_from_what_cannot() {
        let before = given(&[("workers", "2"), ("wait", "10s")]);
        let after = given(&[("chunk-size", "4096"), ("wait", "10"), ("takeover", "on")]);
        let Followed { given, changed, kept } = follow(&before, after, true).unwrap();
        assert_eq!(names(&changed), "takeover");
        assert_eq!(names(&kept), "workers, chunk-size");
        assert_eq!(given.settings().workers, Some(2));
        assert!(given.settings().takeover);
        assert_eq!(names(&[]), "nothing");
    }

    const LISTEN: (&str, &str) = ("tls-listen", ":443");
    const CERT: (&str, &str) = ("tls-cert", "a.pem");
    const OTHER: (&str, &str) = ("tls-cert", "b.pem");
    const OWN: (&str, &str) = ("tls-self-signed", "on");
    const TAKEOVER: (&str, &str) = ("takeover", "on");

    #[test]
    fn the_files_of_a_certificate_can_be_changed_for_others() {
        let before = given(&[LISTEN, CERT]);
        let Followed { given, changed, kept } =
            follow(&before, given(&[("tls-listen", ":1936"), OTHER]), true).unwrap();
        assert_eq!(names(&changed), "tls-cert");
        assert_eq!(names(&kept), "tls-listen");
        assert_eq!(given.settings().tls_cert, Some("b.pem".into()));
    }

    #[test]
    fn tls_that_comes_goes_or_is_of_another_kind_waits_for_a_restart_and_keeps_nothing_else() {
        for (before, after, in_use, expected) in [
            (&[LISTEN, CERT][..], &[][..], true, "tls-listen, tls-cert"),
            (&[LISTEN, CERT], &[LISTEN, OWN], true, "tls-cert, tls-self-signed"),
            (
                &[LISTEN, OWN],
                &[LISTEN, CERT],
                false,
                "tls-cert, tls-self-signed",
            ),
            (&[LISTEN, OWN], &[], false, "tls-listen, tls-self-signed"),
            (&[], &[LISTEN, CERT], false, "tls-listen, tls-cert"),
        ] {
            let before = given(before);
            let after = given(&[after, &[TAKEOVER]].concat());
            let Followed { given, changed, kept } = follow(&before, after, in_use).unwrap();
            assert_eq!([names(&changed), names(&kept)], ["takeover", expected]);
            assert_eq!(
                given.settings().certificate(),
                before.settings().certificate(),
                "{expected}"
            );
        }
    }

    #[test]
    fn tls_options_that_do_not_go_together_are_wrong_as_they_are_at_the_start() {
        let error = follow(&given(&[LISTEN, CERT]), given(&[LISTEN]), true).unwrap_err();
        assert_eq!(error, TlsOptionsError::NoCertificate);
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        assert_eq!(one_line(&"a thing\nto do\n"), "a thing; to do");
    }

    #[cfg(unix)]
    #[test]
    fn only_what_stays_there_is_read_again() {
        assert!(is_read_once(Path::new("/dev/null")));
        assert!(!is_read_once(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path()
        ));
        assert!(!is_read_once(Path::new("/no/such/file")), "reading it says more");
    }
}
