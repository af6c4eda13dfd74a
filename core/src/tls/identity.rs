//! A certificate with its key.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;

use super::error::PemError;
use super::x509::Outline;

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Who a side says it is: its certificate, those between it and a CA, and its private key.
#[derive(Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
}

impl Identity {
    /// Reads certificates and a private key from PEM: what `fullchain.pem` and `privkey.pem` of an ACME client hold. The
    /// first certificate is the server's (or client's) own, each next one that of who signed it. The key may be PKCS #8, PKCS #1
    /// or SEC 1.
    ///
    /// Whether they are of today is not asked here, but by [`check`](Self::check): a server may want to go on
    /// with what it has.
    ///
    /// # Errors
    ///
    /// Each says what is wrong with which of them, and what to do.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, PemError> {
        let chain = read_certificates(certificates)?;
        let key = read_key(key)?;
        Self::new(chain, &key)
    }

    /// The same, of parts that are DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, PemError> {
        let key = any_supported_type(key).map_err(|error| PemError::Key(error.to_string()))?;
        // A key that can't say what it belongs to is that of some hardware: not of a file.
        let Some(public_key) = key.public_key() else {
            return Err(PemError::Key("it has no public key".into()));
        };
        for (index, certificate) in chain.iter().enumerate() {
            let parsed = ParsedCertificate::try_from(certificate).map_err(|error| PemError::Certificate {
                position: index + 1,
                reason: error.to_string(),
            })?;
            if parsed.subject_public_key_info() == public_key {
                if index > 0 {
                    return Err(PemError::OwnNotFirst { position: index + 1 });
                }
                check_order(&chain)?;
                let certified = Arc::new(CertifiedKey::new(chain, key));
                return Ok(Self { certified });
            }
        }
        Err(if chain.is_empty() {
            PemError::NoCertificate
        } else {
            PemError::WrongKey
        })
    }

    /// Whether all certificates are valid at `now`.
    ///
    /// # Errors
    ///
    /// [`PemError::Expired`] and [`PemError::NotYetValid`], of the first that is not.
    pub fn check(&self, now: UnixTime) -> Result<(), PemError> {
        for (index, certificate) in self.certified.cert.iter().enumerate() {
            let outline = outline(index, certificate)?;
            let position = index + 1;
            if outline.not_after < now {
                let days = days_between(outline.not_after, now);
                return Err(PemError::Expired { position, days });
            }
            if now < outline.not_before {
                let days = days_between(now, outline.not_before);
                return Err(PemError::NotYetValid { position, days });
            }
        }
        Ok(())
    }

    /// When the first of the certificates expires: time to warn, some weeks before.
    pub fn not_after(&self) -> Option<UnixTime> {
        let ends = self
            .certified
            .cert
            .iter()
            .filter_map(|certificate| Outline::read(certificate));
        ends.map(|outline| outline.not_after).min()
    }

    /// Nothing stands between the certificate and itself: clients have to be told to trust it.
    pub fn is_self_signed(&self) -> bool {
        let own = self.certified.cert.first().and_then(|own| Outline::read(own));
        own.is_some_and(|own| own.issuer == own.subject)
    }

    /// The certificate's own chain lacks what is between it and a CA, as `cert.pem` of an ACME client does where
    /// `fullchain.pem` was meant: many clients won't find the way.
    pub fn is_alone(&self) -> bool {
        self.certified.cert.len() == 1 && !self.is_self_signed()
    }

    /// The certificate names no host that it would be for (RFC 9525 §6.3: the subject's common name does not count).
    pub fn is_for_nobody(&self) -> bool {
        let own = self.certified.cert.first().and_then(|own| Outline::read(own));
        own.is_some_and(|own| own.hosts(1).is_empty())
    }

    /// The certificate is for the server of this name.
    pub(super) fn is_for(&self, name: &str) -> bool {
        let (Some(own), Ok(name)) = (self.certified.cert.first(), ServerName::try_from(name)) else {
            return false;
        };
        ParsedCertificate::try_from(own)
            .is_ok_and(|own| rustls::client::verify_server_name(&own, &name).is_ok())
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.certified.cert.len())
            .finish_non_exhaustive()
    }
}

/// All certificates of a text, at least one.
pub(super) fn read_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let all = all.map_err(|error| PemError::DamagedCertificates(damage(&error)))?;
    if !all.is_empty() {
        return Ok(all);
    }
    Err(if PrivateKeyDer::from_pem_slice(text).is_ok() {
        PemError::KeyForCertificate
    } else {
        PemError::NoCertificate
    })
}

fn read_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    match PrivateKeyDer::from_pem_slice(text) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) if contains(text, b"-----BEGIN ENCRYPTED PRIVATE KEY-----") => {
            Err(PemError::EncryptedKey)
        }
        Err(pem::Error::NoItemsFound) if read_certificates(text).is_ok() => Err(PemError::CertificateForKey),
        Err(pem::Error::NoItemsFound) => Err(PemError::NoKey),
        // PKCS #1 as OpenSSL wrote it once: the headers of an encrypted one are no base64.
        Err(_) if contains(text, b"Proc-Type: 4,ENCRYPTED") => Err(PemError::EncryptedKey),
        Err(error) => Err(PemError::DamagedKey(damage(&error))),
    }
}

fn contains(text: &[u8], line: &[u8]) -> bool {
    text.windows(line.len()).any(|window| window == line)
}

/// What is wrong with a text, but for the text: it may be a key's.
#[allow(clippy::wildcard_enum_match_arm)] // Others can't come from a slice.
const fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "it breaks off before a line `-----END ...-----`",
        pem::Error::IllegalSectionStart { .. } => {
            "a line begins with `-----BEGIN` and does not end with `-----`"
        }
        pem::Error::Base64Decode(_) => "what stands between the lines of dashes is no base64",
        _ => "it is no PEM",
    }
}

/// Each is signed by the next, by their names: clients look at the signatures.
fn check_order(chain: &[CertificateDer<'_>]) -> Result<(), PemError> {
    let mut signer: Option<&[u8]> = None;
    for (index, certificate) in chain.iter().enumerate() {
        let outline = outline(index, certificate)?;
        if signer.is_some_and(|signer| signer != outline.subject) {
            return Err(PemError::ChainOrder { position: index });
        }
        signer = Some(outline.issuer);
    }
    Ok(())
}

fn outline<'a>(index: usize, certificate: &'a CertificateDer<'_>) -> Result<Outline<'a>, PemError> {
    Outline::read(certificate).ok_or_else(|| PemError::Certificate {
        position: index + 1,
        reason: "its names or its times are no DER".into(),
    })
}

fn days_between(from: UnixTime, to: UnixTime) -> u64 {
    to.as_secs().saturating_sub(from.as_secs()) / SECONDS_PER_DAY
}
