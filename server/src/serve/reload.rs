//! A configuration that is read again while the server runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rtmp_console::{Certificate, Change, Group, Journal, Opt, Settings};
use rtmp_sockets::IdentityFiles;
use rtmp_tokio::Handle;
use tracing::{error, info, warn};

use super::options::Options;
use super::tls::Tls;
use crate::config::{Error, Given};
use crate::relays::Relays;

/// What a server runs with, and what can be changed of that.
pub(super) struct Running<'a> {
    options: &'a Options,
    given: Given,
    journal: Arc<Journal>,
    handle: Handle,
    tls: Option<&'a Tls>,
    relays: Relays,
}

impl<'a> Running<'a> {
    pub(super) const fn new(
        options: &'a Options,
        given: Given,
        journal: Arc<Journal>,
        handle: Handle,
        tls: Option<&'a Tls>,
        relays: Relays,
    ) -> Self {
        Self {
            options,
            given,
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
            error!(file = %file.display(), "cannot be read again: it is no regular file");
            return;
        }
        let configuration = match self.options.configuration() {
            Ok(configuration) => configuration,
            Err(error) => return complain(&error),
        };
        let mut given = configuration.given;
        let has_files = matches!(self.tls, Some(Tls::Files(_)));
        let Differences { changed, kept } = differences(&self.given, &given, has_files);
        for option in &kept {
            given.take_over(option, &self.given);
        }
        let settings = given.settings();
        if let Err(reason) = settings.certificate() {
            return error!(%reason, "{KEPT}");
        }
        // The last that may be wrong.
        if let Err(error) = self.relays.reconfigure(&configuration.relays) {
            return error!(reason = %error, "{KEPT}");
        }
        settings.start_log();
        self.journal.show_keys(settings.show_keys);
        self.handle.reconfigure(settings.server_settings());
        self.reload_certificate(&settings);
        self.given = given;

        info!(file = %file.display(), changed = names(&changed), "configuration read again");
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
        other => error!(reason = %other, "{KEPT}"),
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

struct Differences {
    changed: Vec<&'static Opt>,
    /// What can't be changed without dropping streams.
    kept: Vec<&'static Opt>,
}

/// `has_files`: a certificate is in use whose files may be others from now on.
fn differences(before: &Given, after: &Given, has_files: bool) -> Differences {
    let (kept, changed) = before
        .differences(after)
        .partition(|option| option.change == Change::Restart || (option.group == Group::Tls && !has_files));
    Differences { changed, kept }
}

fn names(options: &[&Opt]) -> String {
    if options.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<_> = options.iter().map(|option| option.name).collect();
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
        let Differences { changed, kept } = differences(&before, &after, true);
        assert_eq!(names(&changed), "takeover");
        assert_eq!(names(&kept), "workers, chunk-size");
        assert_eq!(names(&[]), "nothing");
    }

    #[test]
    fn the_files_of_a_certificate_can_be_changed_for_others_and_not_for_none() {
        let before = given(&[("tls-cert", "a.pem")]);
        let after = given(&[("tls-cert", "b.pem")]);
        let changed = |has_files| names(&differences(&before, &after, has_files).changed);
        assert_eq!([changed(true), changed(false)], ["tls-cert", "nothing"]);
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
