//! Certificates for the servers of tests, from an authority that nobody trusts but who is told to.
//!
//! Whoever connects to an `rtmps://` URL in a test verifies the server with the authority in the test's directory, as far as
//! the program can verify at all. Where there is none, programs are told not to look.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::program;

/// The name that certificates are for, next to the address.
pub const HOST: &str = "localhost";

/// A server's certificate and its key, as files.
#[derive(Debug)]
pub struct Certificate {
    /// The server's own certificate, and that of the authority behind it.
    pub chain: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes an authority, and a certificate that it signs.
    ///
    /// # Panics
    /// If `openssl` does not make them.
    #[must_use]
    pub fn issue(directory: &Path) -> Self {
        let authority = authority(directory);
        fs::create_dir_all(store(directory)).expect("the scratch directory is writable");
        let authority_key = directory.join("authority-key.pem");
        let own = directory.join("own.pem");
        let certificate = Self {
            chain: directory.join("chain.pem"),
            key: directory.join("key.pem"),
        };
        let names = format!("subjectAltName=DNS:{HOST},IP:127.0.0.1");
        let new = |subject: &str| {
            let mut openssl = Command::new(program::find("openssl"));
            openssl.args(["req", "-x509", "-nodes", "-days", "90", "-subj", subject]);
            openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
            openssl
        };
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        run(new(&format!("/CN=The authority of {name}"))
            .arg("-keyout")
            .arg(&authority_key)
            .arg("-out")
            .arg(&authority));
        run(new("/CN=A server of a test")
            .arg("-CA")
            .arg(&authority)
            .arg("-CAkey")
            .arg(&authority_key)
            .args(["-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(&certificate.key)
            .arg("-out")
            .arg(&own));
        let chain = [&own, &authority].map(|file| fs::read(file).expect("openssl has written it"));
        fs::write(&certificate.chain, chain.concat()).expect("the scratch directory is writable");
        certificate
    }
}

fn run(openssl: &mut Command) {
    let output = openssl.stdin(Stdio::null()).output().expect("openssl starts");
    assert!(
        output.status.success(),
        "openssl says: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whom a program takes for its server.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Whoever answers: there is no TLS.
    Unasked,
    /// Whose certificate the authority in this file has signed.
    Authority(PathBuf),
    /// Whoever answers, although there is TLS.
    Anybody,
}

impl Trust {
    pub(crate) fn of(url: &str, directory: &Path) -> Self {
        if !url.starts_with("rtmps:") {
            return Self::Unasked;
        }
        let authority = authority(directory);
        if authority.exists() {
            Self::Authority(authority)
        } else {
            Self::Anybody
        }
    }

    /// The options of `ffmpeg`.
    pub(crate) fn of_ffmpeg(&self) -> Vec<&OsStr> {
        match self {
            Self::Unasked => Vec::new(),
            Self::Authority(file) => vec![
                "-tls_verify".as_ref(),
                "1".as_ref(),
                "-ca_file".as_ref(),
                file.as_ref(),
            ],
            Self::Anybody => vec!["-tls_verify".as_ref(), "0".as_ref()],
        }
    }

    /// The options of our own clients.
    pub(crate) fn of_rtmp(&self) -> Vec<&OsStr> {
        match self {
            Self::Unasked => Vec::new(),
            Self::Authority(file) => vec!["--ca".as_ref(), file.as_ref()],
            Self::Anybody => vec!["--insecure".as_ref()],
        }
    }

    /// The last argument of our examples, which trust somebody if TLS is asked for.
    pub(crate) fn of_examples(&self) -> Option<&Path> {
        match self {
            Self::Unasked | Self::Anybody => None,
            Self::Authority(file) => Some(file),
        }
    }

    /// A property of GStreamer's elements.
    pub(crate) fn of_gstreamer(&self) -> Option<&str> {
        matches!(self, Self::Anybody).then_some("tls-validation-flags=0")
    }

    /// The command, [on a system](on_a_trusting_system) that trusts whom it should.
    pub(crate) fn of_system(&self, command: Command, directory: &Path) -> Command {
        match self {
            Self::Unasked | Self::Anybody => command,
            Self::Authority(_) => on_a_trusting_system(&command, directory),
        }
    }
}

/// The certificate of the authority, in PEM.
#[must_use]
pub fn authority(directory: &Path) -> PathBuf {
    // As the system calls the file that has all of them.
    store(directory).join("ca-certificates.crt")
}

fn store(directory: &Path) -> PathBuf {
    directory.join("authorities")
}

/// The command on a system that trusts the authority in this directory and no other: for programs that cannot be told one.
///
/// GnuTLS and OBS Studio read `/etc/ssl/certs`; they are shown another folder under that name.
#[must_use]
pub fn on_a_trusting_system(command: &Command, directory: &Path) -> Command {
    let mut trusting = Command::new(program::find("unshare"));
    trusting
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/ssl/certs && exec \"$@\"")
        .arg(store(directory))
        .arg(command.get_program())
        .args(command.get_args());
    trusting.envs((command.get_envs()).filter_map(|(name, value)| Some((name, value?))));
    trusting
}

/// Lets a program that is built on GnuTLS and librtmp speak TLS 1.2.
///
/// Right behind the handshake of TLS 1.3, servers send tickets for the next connection (RFC 8446 §4.6.1). GnuTLS tells its
/// caller of one with `GNUTLS_E_AGAIN`, which librtmp takes for the end of the connection, whatever the server is.
pub fn without_tickets(command: &mut Command, directory: &Path) {
    let file = directory.join("gnutls.conf");
    fs::write(&file, "[overrides]\ndisabled-version = tls1.3\n").expect("the scratch directory is writable");
    command.env("GNUTLS_SYSTEM_PRIORITY_FILE", file);
}
