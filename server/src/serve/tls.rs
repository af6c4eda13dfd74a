//! What `rtmp serve` shows to those who come through TLS.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rtmp_console::{Certificate, Certificates, Settings, StartError};
use rtmp_core::host::ListenAddr;
use rtmp_core::tls::rustls::pki_types::PrivateKeyDer;
use rtmp_core::tls::{Identity, ServerTls, ServerTlsSettings};
use rtmp_sockets::IdentityFiles;
use sha2::{Digest, Sha256};

/// The server's side of TLS, and where its certificate comes from.
pub(super) enum Tls {
    Files(Certificates),
    SelfSigned {
        tls: ServerTls,
        /// The SHA-256 of the certificate, as browsers and `openssl x509 -fingerprint` show it.
        fingerprint: String,
    },
}

impl Tls {
    /// As the settings say; `None` without RTMPS.
    pub(super) fn of(settings: &Settings, addresses: &[ListenAddr]) -> Result<Option<Self>, StartError> {
        Ok(match settings.certificate()? {
            Some(Certificate::Files { certificates, key }) => {
                Some(Self::Files(Certificates::load(IdentityFiles {
                    certificates,
                    key,
                })?))
            }
            Some(Certificate::SelfSigned) => Some(self_signed(addresses)?),
            None => None,
        })
    }

    pub(super) fn server(&self) -> ServerTls {
        match self {
            Self::Files(certificates) => certificates.tls(),
            Self::SelfSigned { tls, .. } => tls.clone(),
        }
    }

    /// Says what a self-signed certificate is good for, and by what it is known.
    pub(super) fn announce(&self) {
        if let Self::SelfSigned { fingerprint, .. } = self {
            tracing::warn!(
                sha256 = fingerprint,
                "RTMPS has a self-signed certificate, for a try-out: ffmpeg and ffplay connect with -tls_verify 0; OBS does \
                 not connect; others when they are told not to look, or to trust this one"
            );
        }
    }
}

/// A certificate for this machine's own names and for the addresses that are listened at.
fn self_signed(addresses: &[ListenAddr]) -> Result<Tls, StartError> {
    let made = generate_simple_self_signed(names(addresses)).map_err(std::io::Error::other)?;
    let CertifiedKey { cert, signing_key } = made;
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let identity = Identity::new(vec![cert.der().clone()], &key).map_err(std::io::Error::other)?;
    Ok(Tls::SelfSigned {
        tls: ServerTls::new(ServerTlsSettings::new(identity))?,
        fingerprint: fingerprint(cert.der()),
    })
}

fn names(addresses: &[ListenAddr]) -> Vec<String> {
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let listened = addresses.iter().filter_map(|address| match address {
        ListenAddr::Tcp(address) if !address.ip().is_unspecified() => Some(address.ip()),
        ListenAddr::Tcp(_) | ListenAddr::Unix(_) => None,
    });
    let mut ips: Vec<_> = loopback.into_iter().chain(listened).collect();
    ips.sort_unstable();
    ips.dedup();
    let mut names = vec!["localhost".to_owned()];
    #[cfg(unix)]
    names.extend(machine());
    names.extend(ips.iter().map(ToString::to_string));
    names
}

/// What the machine calls itself, if that is a name of the DNS.
#[cfg(unix)]
fn machine() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (!name.is_empty() && name != "localhost" && name.bytes().all(is_of_name)).then_some(name)
}

fn fingerprint(certificate: &[u8]) -> String {
    let bytes = Sha256::digest(certificate);
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    hex.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_this_machine_and_the_addresses_that_are_listened_at() {
        let addresses = ["192.0.2.7:443", "[::]:443", "unix:/run/rtmp"].map(|text| text.parse().unwrap());
        let names = names(&addresses);
        for name in ["localhost", "127.0.0.1", "::1", "192.0.2.7"] {
            assert!(names.iter().any(|other| other == name), "{name} of {names:?}");
        }
        assert!(!names.iter().any(|name| name == "::"), "{names:?}");
        assert!(matches!(self_signed(&addresses), Ok(Tls::SelfSigned { .. })));
    }

    #[test]
    fn a_fingerprint_is_the_sha_256_with_colons() {
        // FIPS 180-4's own example, of no bytes.
        let text = fingerprint(b"");
        assert!(
            text.starts_with("E3:B0:C4:42:") && text.ends_with(":B8:55"),
            "{text}"
        );
        assert_eq!(text.len(), 32 * 3 - 1);
    }
}
