//! What can be wrong with TLS: with a connection, and with what it is set up from.

#![allow(clippy::wildcard_enum_match_arm)] // What rustls knows may become more.

use rustls::{AlertDescription, CertificateError};

/// Why a connection's TLS is over. It is final: nothing is encrypted or decrypted after it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The first byte is not one of TLS.
    #[error("the peer speaks {0}, not TLS")]
    NotTls(OtherProtocol),
    /// The peer left without a word: it may have looked whether anybody is there.
    #[error("the connection ended before TLS began: check the port (`rtmps://` and `rtmp://` mixed up?)")]
    Silence,
    /// The peer left before the handshake was done. What does not like the other's certificate says so with an
    /// [`Alert`](Self::Alert), as a rule; GStreamer just leaves.
    #[error(
        "the connection ended within the TLS handshake: check the port (`rtmps://` and `rtmp://` mixed up?), and whether the \
         server's certificate is one that the client trusts"
    )]
    HandshakeCut,
    /// The connection ended without the peer's saying that it was the end (`close_notify`, RFC 8446 §6.1): what came last
    /// may be missing. Programs that are killed end so, and cables that are cut; so would an attacker who cuts a stream.
    #[error("the connection was cut: it ended without the peer's `close_notify`")]
    Truncated,
    /// A message of the handshake is longer, or cut into more records, than any real one.
    #[error("a message of the TLS handshake is too large")]
    HandshakeTooLarge,
    /// The peer's certificate is refused.
    #[error("the peer's certificate is refused: {}", describe_certificate(.0))]
    Certificate(CertificateError),
    /// The peer refuses to go on, and says why.
    #[error("the peer refuses TLS: {}", describe_alert(*.0))]
    Alert(AlertDescription),
    /// The peer broke a rule of TLS, or has no version or cipher in common with us.
    #[error("TLS: {0}")]
    Protocol(rustls::Error),
    /// What was given as the server's name is neither a name of the DNS nor an IP address.
    #[error("`{0}` is no name of a server: give a host's name or an IP address")]
    ServerName(String),
}

impl TlsError {
    /// The fault is the peer's: nothing here needs mending.
    pub const fn is_peer_fault(&self) -> bool {
        !matches!(self, Self::ServerName(_) | Self::Alert(_))
    }

    /// The peer is not who it should be, or that can't be known: to connect without verification would help, and protect
    /// from nobody who can change what is on its way.
    pub const fn is_untrusted(&self) -> bool {
        matches!(self, Self::Certificate(_))
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::Certificate(error),
            rustls::Error::AlertReceived(alert) => Self::Alert(alert),
            rustls::Error::InvalidMessage(rustls::InvalidMessage::HandshakePayloadTooLarge) => {
                Self::HandshakeTooLarge
            }
            error => Self::Protocol(error),
        }
    }
}

/// What comes instead of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OtherProtocol {
    /// RTMP without TLS: C0 or S0 (RTMP 1.0 §5.2.2).
    #[error("plain RTMP (`rtmps://` and `rtmp://` mixed up, or the port)")]
    Rtmp,
    /// A request, or the answer to one.
    #[error("HTTP")]
    Http,
    /// Anything else, by its first byte.
    #[error("something that begins with {0:#04x}")]
    Unknown(u8),
}

impl OtherProtocol {
    /// What begins with `first`; `None` for TLS (RFC 8446 §5.1: an alert or a handshake).
    pub(super) const fn of(first: u8) -> Option<Self> {
        match first {
            0x15 | 0x16 => None,
            0x03 => Some(Self::Rtmp),
            b'C' | b'D' | b'G' | b'H' | b'O' | b'P' => Some(Self::Http),
            first => Some(Self::Unknown(first)),
        }
    }
}

fn describe_certificate(error: &CertificateError) -> String {
    match error {
        // A bad signature is that of another CA of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted here has signed it. Trust its CA (or the certificate \
            itself, if it is self-signed), or let the server send the certificates between it and its CA"
                .into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired. It has to be renewed, unless this machine's clock is wrong".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet. Look at this machine's clock".into()
        }
        CertificateError::NotValidForNameContext { expected, presented } if !presented.is_empty() => {
            let presented: Vec<_> = presented.iter().map(|name| host(name)).collect();
            let (expected, presented) = (expected.to_str(), presented.join(", "));
            format!("it is not for `{expected}`, but for {presented}. Connect to one of those names")
        }
        CertificateError::NotValidForNameContext { .. } => {
            "it names no host (subjectAltName), and a common name (CN) \
            does not count. Let the server have a certificate that names it"
                .into()
        }
        CertificateError::NotValidForName => "it is not for this server's name".into(),
        error => error.to_string(),
    }
}

/// A name or an address as people write it: rustls has them as its own types are shown.
pub(super) fn host(presented: &str) -> &str {
    let content = ["DnsName(", "IpAddress("]
        .iter()
        .find_map(|kind| presented.strip_prefix(kind)?.strip_suffix(')'));
    content.map_or(presented, |content| content.trim_matches('"'))
}

fn describe_alert(alert: AlertDescription) -> String {
    let meaning = match alert {
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => "it does not trust our certificate, or not its name",
        AlertDescription::CertificateExpired => "our certificate has expired: renew it",
        AlertDescription::CertificateRevoked => "our certificate is revoked: get another",
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            "it wants to see a certificate of ours"
        }
        AlertDescription::UnrecognisedName => "it does not know the server's name that we asked for",
        AlertDescription::ProtocolVersion => {
            "it has no version of TLS in common with us, which are 1.2 and 1.3"
        }
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "it has no cipher in common with us"
        }
        AlertDescription::AccessDenied => "it denies us access",
        _ => "it says no more",
    };
    format!("{meaning} ({alert:?})")
}

/// What is wrong with certificates and keys that were given as PEM. Positions count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// There is no certificate in the text.
    #[error("there is no certificate: PEM is wanted, which begins with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// There is a key where the certificates should be.
    #[error("there is a private key where the certificates should be")]
    KeyForCertificate,
    /// There is no private key in the text.
    #[error("there is no private key: PEM is wanted, which begins with `-----BEGIN PRIVATE KEY-----`")]
    NoKey,
    /// There are certificates where the key should be.
    #[error("there is a certificate where the private key should be")]
    CertificateForKey,
    /// The key can be read with a password only.
    #[error(
        "the private key is encrypted: write it without a password, with `openssl pkey -in KEY -out NEW`"
    )]
    EncryptedKey,
    /// The certificates' text breaks off, or is no PEM.
    #[error("the certificates are damaged: {0}")]
    DamagedCertificates(&'static str),
    /// The key's text breaks off, or is no PEM.
    #[error("the private key is damaged: {0}")]
    DamagedKey(&'static str),
    /// A certificate can't be understood.
    #[error("certificate {position} can't be read: {reason}")]
    Certificate {
        /// Which.
        position: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is of a kind that is not supported, or damaged.
    #[error(
        "the private key can't be used: {0}. RSA of 2048 bits or more, ECDSA P-256 and P-384, and Ed25519 can"
    )]
    Key(String),
    /// Key and certificate are not of one pair.
    #[error(
        "the private key does not belong to the certificate: take the key that the certificate was made for"
    )]
    WrongKey,
    /// The key's certificate is there, behind others.
    #[error("the private key belongs to certificate {position}: the server's own has to be the first")]
    OwnNotFirst {
        /// Which.
        position: usize,
    },
    /// A certificate is not signed by the one behind it.
    #[error(
        "certificate {position} is not signed by the one behind it: the server's own comes first, and after each the one of \
         who signed it"
    )]
    ChainOrder {
        /// Which.
        position: usize,
    },
    /// A certificate's time is over.
    #[error("certificate {position} has expired {days} days ago: renew it")]
    Expired {
        /// Which.
        position: usize,
        /// Whole days since then.
        days: u64,
    },
    /// A certificate's time has not come.
    #[error("certificate {position} will be valid in {days} days only: look at this machine's clock")]
    NotYetValid {
        /// Which.
        position: usize,
        /// Whole days until then.
        days: u64,
    },
}

impl PemError {
    /// What is wrong is wrong with the key, not with the certificates.
    pub const fn is_of_key(&self) -> bool {
        match self {
            Self::NoKey
            | Self::CertificateForKey
            | Self::EncryptedKey
            | Self::DamagedKey(_)
            | Self::Key(_)
            | Self::WrongKey => true,
            Self::NoCertificate
            | Self::KeyForCertificate
            | Self::DamagedCertificates(_)
            | Self::Certificate { .. }
            | Self::OwnNotFirst { .. }
            | Self::ChainOrder { .. }
            | Self::Expired { .. }
            | Self::NotYetValid { .. } => false,
        }
    }
}
