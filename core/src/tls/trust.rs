//! Whom a side trusts.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::error::PemError;
use super::identity::read_certificates;
use super::x509::Outline;

/// Certificates that are trusted: those of CAs, and others' own.
#[derive(Clone)]
pub struct Trusted {
    roots: Arc<RootCertStore>,
    /// What was given, to find a certificate itself in it.
    own: Arc<[CertificateDer<'static>]>,
}

impl Trusted {
    /// The CAs that Mozilla trusts, as of when the program was built.
    pub fn mozilla() -> Self {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self {
            roots: Arc::new(roots),
            own: Arc::default(),
        }
    }

    /// The certificates of a PEM file, and nobody else: a company's CA, a server's own self-signed certificate, or the
    /// system's bundle (`/etc/ssl/certs/ca-certificates.crt`).
    ///
    /// # Errors
    ///
    /// When there is none in it, or one can't be read.
    pub fn from_pem(text: &[u8]) -> Result<Self, PemError> {
        Self::new(read_certificates(text)?)
    }

    /// The same, of certificates in DER.
    ///
    /// # Errors
    ///
    /// When there is none, or one can't be read.
    pub fn new(certificates: Vec<CertificateDer<'static>>) -> Result<Self, PemError> {
        let mut roots = RootCertStore::empty();
        for (index, certificate) in certificates.iter().enumerate() {
            roots
                .add(certificate.clone())
                .map_err(|error| PemError::Certificate {
                    position: index + 1,
                    reason: error.to_string(),
                })?;
        }
        if roots.is_empty() {
            return Err(PemError::NoCertificate);
        }
        Ok(Self {
            roots: Arc::new(roots),
            own: certificates.into(),
        })
    }

    pub(super) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }
}

impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trusted")
            .field("roots", &self.roots.len())
            .finish()
    }
}

/// Whom a client takes for the server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// Who has a certificate for the server's name, which is trusted or signed by who is.
    Only(Trusted),
    /// Anybody: what is sent can't be read on its way, but the peer may be who stands in the middle of it. For trying
    /// something out.
    Anybody,
}

/// Mozilla's CAs.
impl Default for Trust {
    fn default() -> Self {
        Self::Only(Trusted::mozilla())
    }
}

/// Looks at servers' certificates.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Nobody: everybody is welcome.
    trusted: Option<(Arc<WebPkiServerVerifier>, Arc<[CertificateDer<'static>]>)>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let trusted = match trust {
            Trust::Anybody => None,
            Trust::Only(trusted) => {
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(trusted.roots(), Arc::clone(provider))
                        .build()
                        .map_err(|error| Error::General(error.to_string()))?;
                Some((verifier, Arc::clone(&trusted.own)))
            }
        };
        Ok(Self {
            trusted,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some((verifier, own)) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        // A server's own certificate that is trusted itself needs nobody's signature; as `openssl req -x509` makes them, they
        // are those of a CA, and would be refused as a server's.
        if own.iter().any(|own| own == end_entity) {
            return verify_own(end_entity, server_name, now);
        }
        let verified =
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        // Of such a one that is not trusted, what matters is that nobody vouches for it.
        match verified {
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if Outline::read(end_entity).is_some_and(|own| own.issuer == own.subject) =>
            {
                Err(CertificateError::UnknownIssuer.into())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn verify_own(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let outline = Outline::read(certificate).ok_or(CertificateError::BadEncoding)?;
    if outline.not_after < now {
        return Err(CertificateError::Expired.into());
    }
    if now < outline.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)?;
    Ok(ServerCertVerified::assertion())
}
