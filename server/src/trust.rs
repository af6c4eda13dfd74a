//! Whom the server of an `rtmps` URL is taken for.

use std::path::PathBuf;

use clap::Args;
#[cfg(doc)]
use rtmp_core::connection::client::ClientEvent;
use rtmp_core::host::Transport;
use rtmp_core::tls::rustls::CertificateError;
use rtmp_core::tls::{ClientTlsSettings, TlsError, Trust};
use rtmp_core::url::{RtmpUrl, Scheme};
use rtmp_sockets::{LoadError, load_trusted};
use rtmp_tokio::Client;

/// What is asked of a server's certificate (RTMPS): options of the command line, and keys of the configuration.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// rtmps: trust the certificates in this PEM file and no others: the server's own, or its CA's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub ca: Option<PathBuf>,

    /// rtmps: take any certificate. Whoever stands in between can read and change what is sent
    #[arg(long)]
    pub insecure: bool,
}

impl TrustSettings {
    /// What TLS is set up from. Reads the file of certificates.
    ///
    /// # Errors
    ///
    /// It cannot be used.
    pub(crate) fn tls(&self) -> Result<ClientTlsSettings, LoadError> {
        let mut settings = ClientTlsSettings::default();
        settings.trust = match &self.ca {
            Some(file) => Trust::Only(load_trusted(file)?),
            None if self.insecure => Trust::Anybody,
            None => Trust::default(),
        };
        Ok(settings)
    }

    /// Says aloud that nobody is verified, if that is so.
    pub(crate) fn warn(&self, urls: &[&RtmpUrl]) {
        if self.insecure && urls.iter().any(|url| url.scheme() == Scheme::Rtmps) {
            anstream::eprintln!("{UNVERIFIED}");
        }
    }

    /// What there may still be to say of the server of this URL.
    pub(crate) fn doubt(&self, url: &RtmpUrl) -> Doubt {
        Doubt(self.insecure && url.scheme() == Scheme::Rtmp)
    }
}

/// What is said where nobody is verified.
pub(crate) const UNVERIFIED: &str = "rtmp: warning: --insecure: the server's certificate is not verified. Whoever stands in \
                                     between can read and change what is sent, the stream key and the password among it.";

/// Whether any certificate is taken, and nobody knew that there would be one: the URL has `rtmp`, whose server may lead to one
/// of `rtmps`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt(bool);

impl Doubt {
    /// Whether that has come about. To be asked when the client [has been let in](ClientEvent::Connected).
    pub(crate) fn has_come(self, client: &Client) -> bool {
        let transport = client.call().open_transport();
        self.0 && transport.is_some_and(Transport::is_tls)
    }
}

/// Whether a certificate would be trusted if its authority were.
pub(crate) const fn is_unvouched_for(error: &TlsError) -> bool {
    matches!(
        error,
        TlsError::Certificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)
    )
}

/// What to do about a certificate that nobody vouches for, behind the words of the error.
pub(crate) fn remedy(error: &TlsError) -> &'static str {
    match error {
        error if is_unvouched_for(error) => {
            "; --ca FILE says whose certificates are trusted, --insecure trusts anybody"
        }
        // No CA helps one that has expired, or is another server's.
        error if error.is_untrusted() => "; --insecure trusts anybody",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_help_is_advised() {
        let advice = |error| remedy(&TlsError::Certificate(error));
        assert!(advice(CertificateError::UnknownIssuer).contains("--ca FILE"));
        for error in [CertificateError::Expired, CertificateError::NotValidForName] {
            let advice = advice(error);
            assert!(
                advice.contains("--insecure") && !advice.contains("--ca"),
                "{advice}"
            );
        }
        assert_eq!(remedy(&TlsError::Silence), "");
    }
}
