//! Whom the server of an `rtmps` URL is taken for.

use std::path::PathBuf;

use clap::Args;
use rtmp_core::tls::{ClientTlsSettings, TlsError, Trust};
use rtmp_sockets::{LoadError, load_trusted};

/// The options of TLS.
#[derive(Args, Clone, Debug)]
pub(crate) struct TlsOptions {
    /// rtmps: trust the certificates in this PEM file and no others: the server's own, or its CA's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,

    /// rtmps: take any certificate. Whoever stands in between can read and change what is sent
    #[arg(long)]
    insecure: bool,
}

impl TlsOptions {
    /// What TLS is set up from. Says aloud that nobody is verified, if that is so and `is_secure`: TLS is going to be used.
    ///
    /// # Errors
    ///
    /// The file of certificates cannot be used.
    pub(crate) fn settings(&self, is_secure: bool) -> Result<ClientTlsSettings, LoadError> {
        let mut settings = ClientTlsSettings::default();
        settings.trust = match &self.ca {
            Some(file) => Trust::Only(load_trusted(file)?),
            None if self.insecure => Trust::Anybody,
            None => Trust::default(),
        };
        if self.insecure && is_secure {
            anstream::eprintln!(
                "rtmp: warning: --insecure: the server's certificate is not verified. Whoever stands in between can read and \
                 change what is sent, the stream key and the password among it."
            );
        }
        Ok(settings)
    }

    /// Whether it may be anybody.
    pub(crate) const fn is_insecure(&self) -> bool {
        self.insecure
    }
}

/// What to do about a certificate that nobody vouches for, behind the words of the error.
pub(crate) fn remedy(error: &TlsError) -> &'static str {
    if error.is_untrusted() {
        "; --ca FILE trusts a certificate, --insecure trusts anybody"
    } else {
        ""
    }
}
