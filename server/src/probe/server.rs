//! What a server says of itself.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rtmp_core::connection::client::ServerProperties;
use rtmp_core::handshake::Kind;
use rtmp_core::message::CapsEx;
use rtmp_core::tls::{Outline, TlsPipe};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::inspect::object_json;

/// What it answered to `connect`.
#[derive(Debug, Serialize)]
pub(super) struct ServerFacts {
    fms_version: Option<String>,
    /// What it can do of Enhanced RTMP.
    enhanced: Vec<&'static str>,
    /// FourCCs that it can receive.
    fourcc_list: Vec<String>,
    properties: Json,
    information: Json,
}

impl ServerFacts {
    pub(super) fn of(properties: &ServerProperties) -> Self {
        let capabilities = &properties.capabilities;
        let enhanced = [
            (CapsEx::RECONNECT, "reconnect"),
            (CapsEx::MULTITRACK, "multitrack"),
            (CapsEx::MOD_EX, "ModEx"),
            (CapsEx::TIMESTAMP_NANO_OFFSET, "nanoseconds"),
        ];
        let enhanced = enhanced
            .into_iter()
            .filter(|(bit, _)| capabilities.caps_ex.contains(*bit));
        Self {
            fms_version: properties.fms_version().map(str::to_owned),
            enhanced: enhanced.map(|(_, name)| name).collect(),
            fourcc_list: capabilities.fourcc_list.iter().map(ToString::to_string).collect(),
            properties: object_json(&properties.properties),
            information: object_json(&properties.information),
        }
    }
}

impl fmt::Display for ServerFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fms_version {
            Some(version) => write!(f, "{}", version.escape_debug())?,
            None => f.write_str("without a version")?,
        }
        if let Some(capabilities) = self.properties.get("capabilities") {
            write!(f, ", capabilities {capabilities}")?;
        }
        if !self.enhanced.is_empty() {
            write!(f, ", Enhanced RTMP: {}", self.enhanced.join(", "))?;
        }
        if !self.fourcc_list.is_empty() {
            write!(f, "; takes {}", self.fourcc_list.join(" ").escape_debug())?;
        }
        Ok(())
    }
}

/// The form of the handshake.
pub(super) const fn handshake_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Simple => "simple",
        Kind::Digest(_) => "digest",
    }
}

/// What lies between RTMPS and its socket.
#[derive(Debug, Serialize)]
pub(super) struct TlsFacts {
    version: Option<String>,
    cipher_suite: Option<String>,
    /// Whether the certificate was looked at: not with `--insecure`.
    is_verified: bool,
    certificate: Option<CertificateFacts>,
}

/// The server's own certificate.
#[derive(Debug, Serialize)]
struct CertificateFacts {
    subject: Option<String>,
    issuer: Option<String>,
    is_self_signed: bool,
    hosts: Vec<String>,
    /// Seconds since 1970.
    not_before: u64,
    not_after: u64,
    days_left: i64,
    sha256: String,
}

/// Hosts that are listed.
const MAX_HOSTS: usize = 20;

const DAY: i64 = 24 * 60 * 60;

impl TlsFacts {
    pub(super) fn of(tls: &TlsPipe, is_verified: bool) -> Self {
        let own = tls
            .peer_certificates()
            .and_then(|certificates| certificates.first());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            version: tls
                .version()
                .map(|version| format!("{version:?}").replace("TLSv1_", "1.")),
            cipher_suite: tls.cipher_suite().map(|suite| format!("{:?}", suite.suite())),
            is_verified,
            certificate: own.and_then(|own| CertificateFacts::of(own, now)),
        }
    }
}

impl CertificateFacts {
    /// `now`: since 1970.
    fn of(der: &[u8], now: Duration) -> Option<Self> {
        let outline = Outline::read(der)?;
        let seconds = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        let left = seconds(outline.not_after.as_secs()).saturating_sub(seconds(now.as_secs()));
        Some(Self {
            subject: outline.subject_name().map(str::to_owned),
            issuer: outline.issuer_name().map(str::to_owned),
            is_self_signed: outline.is_self_signed(),
            hosts: outline.hosts(MAX_HOSTS),
            not_before: outline.not_before.as_secs(),
            not_after: outline.not_after.as_secs(),
            days_left: left.div_euclid(DAY),
            sha256: Sha256::digest(der)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        })
    }
}

impl fmt::Display for TlsFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        write!(f, "{}, {}", known(&self.version), known(&self.cipher_suite))?;
        if let Some(certificate) = &self.certificate {
            write!(f, "; {certificate}")?;
        }
        if self.is_verified {
            Ok(())
        } else {
            f.write_str("; NOT VERIFIED")
        }
    }
}

impl fmt::Display for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It comes from the peer.
        let shown = |text: &str| text.escape_debug().to_string();
        let hosts = self.hosts.join(", ");
        let whose = Some(hosts.as_str()).filter(|hosts| !hosts.is_empty());
        let whose = whose.or(self.subject.as_deref()).unwrap_or("nobody");
        write!(f, "certificate for {}", shown(whose))?;
        match &self.issuer {
            _ if self.is_self_signed => f.write_str(", self-signed")?,
            Some(issuer) => write!(f, ", by {}", shown(issuer))?,
            None => {}
        }
        match self.days_left {
            days if days < 0 => write!(f, ", expired {} days ago", days.saturating_neg()),
            days => write!(f, ", valid for {days} more days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rtmp_core::amf0::Object;

    use super::*;

    #[test]
    fn a_server_is_shown_as_it_says_it_is() {
        let mut properties = ServerProperties::default();
        properties.properties = Object::new()
            .with("fmsVer", "FMS/3,5,7,7009\x1B")
            .with("capabilities", 31.0);
        properties.capabilities.caps_ex = CapsEx::RECONNECT | CapsEx::MULTITRACK;
        let facts = ServerFacts::of(&properties);
        assert_eq!(
            facts.to_string(),
            r"FMS/3,5,7,7009\u{1b}, capabilities 31, Enhanced RTMP: reconnect, multitrack"
        );
        let json = serde_json::to_value(&facts).unwrap();
        assert_eq!(json["properties"]["capabilities"], 31);
    }

    #[test]
    fn a_certificate_is_shown_with_its_hosts_and_its_days() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["live.example".into()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2030, 1, 11);
        let certificate = parameters.self_signed(&key).unwrap();
        let at = |days: u64| Duration::from_secs((21_915 + days) * 24 * 60 * 60); // 2030-01-01
        let facts = |days| CertificateFacts::of(certificate.der(), at(days)).unwrap();
        assert_eq!(
            facts(0).to_string(),
            "certificate for live.example, self-signed, valid for 10 more days"
        );
        assert_eq!((facts(9).days_left, facts(11).days_left), (1, -1));
        assert!(facts(11).to_string().ends_with("expired 1 days ago"));
        assert!(CertificateFacts::of(b"nothing", at(0)).is_none());
    }
}
