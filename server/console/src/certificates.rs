//! The certificate that a server shows to those who come through TLS, and its files, which somebody replaces once in a while.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::tls::rustls::pki_types::UnixTime;
use rtmp_core::tls::{Identity, PemError, ServerTls, ServerTlsSettings, TlsError};
use rtmp_sockets::{IdentityFiles, IdentityWatch, LoadError};
use tracing::{error, info, warn};

use crate::StartError;

/// How often files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often it is said that a certificate is about to expire.
const REMIND_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Days before its end in which a certificate should have been renewed: ACME clients do so 30 days before.
const DAYS_TO_RENEW: u64 = 14;

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// A server's certificate, kept up with its files on a thread of its own.
///
/// New files count once they are at rest. Those that can't be used are named in the log, and change nothing.
#[derive(Debug)]
pub struct Certificates {
    tls: ServerTls,
    /// Files to be read now.
    orders: Sender<IdentityFiles>,
}

/// Why files are not used.
#[derive(Debug, thiserror::Error)]
enum RenewError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("{}: {reason}", file.display())]
    Time {
        file: std::path::PathBuf,
        reason: PemError,
    },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Certificates {
    /// Reads the files, and looks after them from then on.
    ///
    /// # Errors
    ///
    /// What is wrong with which of them. A certificate that is not of today is none: that is said in the log.
    pub fn load(files: IdentityFiles) -> Result<Self, StartError> {
        let watch = IdentityWatch::new(files);
        let identity = watch.files().load()?;
        remind(&identity, watch.files());
        let tls = ServerTls::new(ServerTlsSettings::new(identity.clone()))?;
        let (orders, taken) = mpsc::channel();
        let keeper = Keeper {
            tls: tls.clone(),
            watch,
            identity,
        };
        thread::Builder::new()
            .name("certificates".to_owned())
            .spawn(move || keeper.run(&taken))?;
        Ok(Self { tls, orders })
    }

    /// The server's side of TLS, whose certificates they are.
    pub fn tls(&self) -> ServerTls {
        self.tls.clone()
    }

    /// Has these files read now: they may be others than before.
    pub fn reload(&self, files: IdentityFiles) {
        // Its thread ends with this.
        let _ = self.orders.send(files);
    }
}

struct Keeper {
    tls: ServerTls,
    watch: IdentityWatch,
    /// What is in use.
    identity: Identity,
}

impl Keeper {
    fn run(mut self, orders: &Receiver<IdentityFiles>) {
        let mut reminded = Instant::now();
        loop {
            match orders.recv_timeout(LOOK_EVERY) {
                Ok(files) => {
                    let watch = IdentityWatch::new(files);
                    if self.renew(watch.files()) || watch.files() == self.watch.files() {
                        self.watch = watch;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.watch.look() {
                        let files = self.watch.files().clone();
                        self.renew(&files);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if reminded.elapsed() >= REMIND_EVERY {
                reminded = Instant::now();
                remind(&self.identity, self.watch.files());
            }
        }
    }

    /// Whether the files are in use now; the log says why not.
    fn renew(&mut self, files: &IdentityFiles) -> bool {
        match load(&self.tls, files) {
            Ok(identity) => {
                info!(
                    file = files.certificates.display().to_string(),
                    days = days_left(&identity),
                    "certificate read again, for connections that come from now on"
                );
                remind(&identity, files);
                self.identity = identity;
                true
            }
            Err(reason) => {
                error!(
                    reason = reason.to_string(),
                    "certificate not read again, the one before stays"
                );
                false
            }
        }
    }
}

/// A certificate that is not of today does not take the place of another.
fn load(tls: &ServerTls, files: &IdentityFiles) -> Result<Identity, RenewError> {
    let identity = files.load()?;
    identity
        .check(UnixTime::now())
        .map_err(|reason| RenewError::Time {
            file: files.certificates.clone(),
            reason,
        })?;
    tls.reload(vec![identity.clone()])?;
    Ok(identity)
}

/// Says what clients won't like about a certificate, now or soon.
fn remind(identity: &Identity, files: &IdentityFiles) {
    let file = &*files.certificates.display().to_string();
    if let Err(reason) = identity.check(UnixTime::now()) {
        warn!(
            file,
            reason = reason.to_string(),
            "clients that look at certificates won't connect"
        );
    } else if let Some(days) = days_left(identity).filter(|&days| days < DAYS_TO_RENEW) {
        warn!(file, days, "the certificate expires soon: renew it");
    }
    if identity.is_for_nobody() {
        warn!(
            file,
            "the certificate names no host (subjectAltName), and its common name (CN) does not count: clients that look at \
             certificates won't connect"
        );
    }
    if identity.is_alone() {
        warn!(
            file,
            "the certificates between the server's own and its CA are missing: many clients won't find the way; is \
             fullchain.pem meant?"
        );
    }
}

fn days_left(identity: &Identity) -> Option<u64> {
    let end = identity.not_after()?.as_secs();
    Some(end.saturating_sub(UnixTime::now().as_secs()) / SECONDS_PER_DAY)
}
