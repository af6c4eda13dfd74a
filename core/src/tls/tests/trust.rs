//! Who is trusted, and who isn't.

use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError};

use super::super::*;
use super::*;

/// A clock that stands still, so many days after 1970.
#[derive(Debug)]
struct Day(u64);

impl TimeProvider for Day {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0 * 86_400)))
    }
}

/// What a client of these settings says to a server with `identity`.
fn meet(identity: Identity, settings: ClientTlsSettings, host: &str) -> Option<TlsError> {
    let server = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    let client = ClientTls::new(settings).unwrap();
    let mut pair = Pair::new(&server, &client);
    pair.client = client.connect(host).unwrap();
    pair.settle(usize::MAX);
    if pair.client.error().is_some() {
        assert!(
            matches!(pair.server.error(), Some(TlsError::Alert(_))),
            "the server is told"
        );
    }
    pair.client.error().cloned()
}

fn trusting(certificates: Vec<CertificateDer<'static>>) -> ClientTlsSettings {
    ClientTlsSettings {
        trust: Trust::Only(Trusted::new(certificates).unwrap()),
        ..ClientTlsSettings::default()
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_refused_with_what_to_do() {
    let (identity, _) = self_signed("live.example");
    let error = meet(identity.clone(), ClientTlsSettings::default(), "live.example").unwrap();
    assert!(
        error.is_untrusted() && error.to_string().contains("Trust its CA"),
        "{error}"
    );

    let insecure = ClientTlsSettings {
        trust: Trust::Anybody,
        ..ClientTlsSettings::default()
    };
    assert_eq!(meet(identity, insecure, "whatever.example"), None);
}

#[test]
fn another_ca_of_the_same_name_vouches_for_nobody_here() {
    let identity = Authority::new("CA").identity("live.example");
    let trust = trusting(vec![Authority::new("CA").certificate()]);
    let error = meet(identity, trust, "live.example").unwrap();
    assert!(error.to_string().contains("Trust its CA"), "{error}");
}

#[test]
fn a_certificate_of_a_ca_that_is_trusted_itself_is_a_servers() {
    // As `openssl req -x509` makes it.
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["live.example".into(), "127.0.0.1".into()]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap();
    let identity = Identity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let trust = || trusting(vec![certificate.der().clone()]);
    assert_eq!(meet(identity.clone(), trust(), "live.example"), None);
    assert_eq!(meet(identity.clone(), trust(), "127.0.0.1"), None);
    let error = meet(identity.clone(), trust(), "[::1]").unwrap();
    assert!(error.to_string().contains("not for"), "{error}");
    let error = meet(identity, ClientTlsSettings::default(), "live.example").unwrap();
    assert_eq!(error, TlsError::Certificate(CertificateError::UnknownIssuer));
}

#[test]
fn a_certificate_is_for_its_names_and_its_time() {
    let authority = Authority::new("CA");
    let trust = || trusting(vec![authority.certificate()]);
    let identity = authority.identity("live.example");
    assert_eq!(meet(identity.clone(), trust(), "live.example"), None);

    let error = meet(identity.clone(), trust(), "other.example").unwrap();
    let text = error.to_string();
    assert!(
        text.contains("it is not for `other.example`, but for live.example."),
        "{text}"
    );

    for (day, word) in [(1, "not valid yet"), (5_000_000, "expired")] {
        let late = ClientTlsSettings {
            clock: Arc::new(Day(day)),
            ..trust()
        };
        let error = meet(identity.clone(), late, "live.example").unwrap();
        assert!(
            error.is_untrusted() && error.to_string().contains(word),
            "{error}"
        );
    }
}

/// A common name is none (RFC 9525 §6.3), whatever it says.
#[test]
fn a_certificate_without_names_of_hosts_is_for_nobody() {
    let authority = Authority::new("CA");
    assert!(!authority.identity("live.example").is_for_nobody());
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "live.example");
    let certificate = parameters.signed_by(&key, &authority.0).unwrap();
    let identity = Identity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    assert!(identity.is_for_nobody());
    let trust = trusting(vec![authority.certificate()]);
    let error = meet(identity, trust, "live.example").unwrap().to_string();
    assert!(error.contains("it names no host (subjectAltName)"), "{error}");
}

#[test]
fn names_are_shown_as_they_are_written() {
    assert_eq!(error::host("DnsName(\"a.example\")"), "a.example");
    assert_eq!(error::host("IpAddress(192.0.2.1)"), "192.0.2.1");
    assert_eq!(error::host("DirectoryName"), "DirectoryName");
}

#[test]
fn a_chain_leads_to_who_is_trusted() {
    let root = Authority::new("root");
    let below = root.below("below");
    let (own, key) = below.sign("live.example");
    let trust = || trusting(vec![root.certificate()]);

    let alone = Identity::from_pem(own.as_bytes(), key.as_bytes()).unwrap();
    assert!(alone.is_alone());
    let error = meet(alone, trust(), "live.example").unwrap();
    assert_eq!(error, TlsError::Certificate(CertificateError::UnknownIssuer));

    let whole = Identity::from_pem([own, below.0.pem()].concat().as_bytes(), key.as_bytes()).unwrap();
    assert!(!whole.is_alone());
    assert_eq!(meet(whole, trust(), "live.example"), None);
}

#[test]
fn clients_are_asked_who_they_are() {
    let authority = Authority::new("clients");
    let trusted = || Trusted::new(vec![authority.certificate()]).unwrap();
    let (identity, certificate) = self_signed("live.example");
    let known = Some(authority.identity("client"));
    let stranger = Some(Authority::new("others").identity("client"));
    // Clients, the client's identity, whether it is let in.
    let cases = [
        (Clients::Unasked, known.clone(), true),
        (Clients::Asked(trusted()), None, true),
        (Clients::Asked(trusted()), known.clone(), true),
        (Clients::Asked(trusted()), stranger.clone(), false),
        (Clients::Required(trusted()), known, true),
        (Clients::Required(trusted()), stranger, false),
        (Clients::Required(trusted()), None, false),
    ];
    for (clients, client_identity, is_let_in) in cases {
        let case = format!("{clients:?} {client_identity:?}");
        let is_asked = !matches!(clients, Clients::Unasked);
        let mut settings = ServerTlsSettings::new(identity.clone());
        settings.clients = clients;
        let server = ServerTls::new(settings).unwrap();
        let is_known = client_identity.is_some();
        let client = ClientTls::new(ClientTlsSettings {
            identity: client_identity,
            ..trusting(vec![certificate.clone()])
        });
        let mut pair = Pair::new(&server, &client.unwrap());
        pair.settle(usize::MAX);
        assert_eq!(
            pair.server.error().is_none(),
            is_let_in,
            "{case}: {:?}",
            pair.server.error()
        );
        assert_eq!(
            pair.client.error().is_none(),
            is_let_in,
            "{case}: {:?}",
            pair.client.error()
        );
        if is_let_in {
            assert_eq!(
                pair.server.peer_certificates().is_some(),
                is_known && is_asked,
                "{case}"
            );
        } else if !is_known {
            let alert = TlsError::Alert(AlertDescription::CertificateRequired);
            assert_eq!(pair.client.error(), Some(&alert), "{case}");
        }
    }
}

#[test]
fn what_is_no_name_is_said_to_be_none() {
    let client = ClientTls::new(ClientTlsSettings::default()).unwrap();
    for host in [
        "",
        "a b",
        "-",
        "[::1",
        "live.example:1935",
        "live.example%eth0",
        "%eth0",
    ] {
        assert_eq!(
            client.connect(host).err(),
            Some(TlsError::ServerName(host.into()))
        );
    }
    let addresses = ["192.0.2.1", "::1", "[::1]", "fe80::1%eth0", "[fe80::1%25eth0]"];
    for host in ["localhost", "live.example"].into_iter().chain(addresses) {
        assert!(client.connect(host).is_ok(), "{host}");
    }
}

#[test]
fn who_trusts_nobody_is_told() {
    assert_eq!(Trusted::from_pem(b"").unwrap_err(), PemError::NoCertificate);
    assert!(ClientTls::new(ClientTlsSettings::default()).is_ok(), "Mozilla's");
}
