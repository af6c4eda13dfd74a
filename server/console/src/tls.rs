//! What the options of RTMPS say together.

use std::path::PathBuf;

use crate::Settings;

/// The certificate that a server is to show to those who come through TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// That of files.
    Files {
        /// The server's own certificate, and behind it those between it and a CA.
        certificates: PathBuf,
        /// Its private key; it may be in the same file.
        key: PathBuf,
    },
    /// One that the server makes for itself, which nobody has a reason to trust.
    SelfSigned,
}

/// Options of RTMPS that don't go together. The text says what would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsOptionsError {
    /// There is somewhere to listen, and no certificate.
    #[error(
        "--tls-listen needs a certificate: --tls-cert FILE and --tls-key FILE, or --tls-self-signed for a try-out"
    )]
    NoCertificate,
    /// There is a certificate, and nowhere to listen.
    #[error("--{0} is of no use without --tls-listen: --tls-listen :443 listens at the port of RTMPS")]
    NowhereToListen(&'static str),
    /// There is a key, and no certificate.
    #[error("--tls-key is the key of a certificate: --tls-cert FILE says where that is")]
    KeyAlone,
    /// There are two certificates.
    #[error("--tls-cert and --tls-self-signed are two certificates: leave one of them out")]
    Both,
}

impl Settings {
    /// The certificate for RTMPS; `None` if there is none to be served.
    ///
    /// # Errors
    ///
    /// [`TlsOptionsError`] for options that don't go together.
    pub fn certificate(&self) -> Result<Option<Certificate>, TlsOptionsError> {
        let certificate = match (&self.tls_cert, &self.tls_key, self.tls_self_signed) {
            (Some(_), _, true) => return Err(TlsOptionsError::Both),
            (None, Some(_), _) => return Err(TlsOptionsError::KeyAlone),
            (Some(certificates), key, false) => Some(Certificate::Files {
                certificates: certificates.clone(),
                key: key.as_ref().unwrap_or(certificates).clone(),
            }),
            (None, None, true) => Some(Certificate::SelfSigned),
            (None, None, false) => None,
        };
        match (&certificate, self.tls_listen.is_empty()) {
            (None, false) => Err(TlsOptionsError::NoCertificate),
            (Some(Certificate::Files { .. }), true) => Err(TlsOptionsError::NowhereToListen("tls-cert")),
            (Some(Certificate::SelfSigned), true) => Err(TlsOptionsError::NowhereToListen("tls-self-signed")),
            (_, _) => Ok(certificate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Opt;

    fn settings(all: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (name, text) in all {
            Opt::find(name).unwrap().set(&mut settings, text).unwrap();
        }
        settings
    }

    fn certificate(all: &[(&str, &str)]) -> Result<Option<Certificate>, TlsOptionsError> {
        settings(all).certificate()
    }

    #[test]
    fn a_certificate_has_its_key_in_another_file_or_in_its_own() {
        let files = |certificates: &str, key: &str| {
            Ok(Some(Certificate::Files {
                certificates: certificates.into(),
                key: key.into(),
            }))
        };
        let (listen, cert, key) = (
            ("tls-listen", ":443"),
            ("tls-cert", "c.pem"),
            ("tls-key", "k.pem"),
        );
        assert_eq!(certificate(&[listen, cert, key]), files("c.pem", "k.pem"));
        assert_eq!(certificate(&[listen, cert]), files("c.pem", "c.pem"));
        assert_eq!(
            certificate(&[listen, ("tls-self-signed", "on")]),
            Ok(Some(Certificate::SelfSigned))
        );
        assert_eq!(certificate(&[]), Ok(None));
    }

    #[test]
    fn options_that_do_not_go_together_are_told_apart() {
        let (listen, cert, key) = (
            ("tls-listen", ":443"),
            ("tls-cert", "c.pem"),
            ("tls-key", "k.pem"),
        );
        let own = ("tls-self-signed", "on");
        for (all, error) in [
            (&[listen][..], TlsOptionsError::NoCertificate),
            (&[cert, key], TlsOptionsError::NowhereToListen("tls-cert")),
            (&[own], TlsOptionsError::NowhereToListen("tls-self-signed")),
            (&[listen, key], TlsOptionsError::KeyAlone),
            (&[listen, cert, own], TlsOptionsError::Both),
        ] {
            assert_eq!(certificate(all), Err(error), "{all:?}");
        }
    }
}
