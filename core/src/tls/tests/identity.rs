//! Certificates and keys as operators have them.

use std::time::Duration;

use rustls::pki_types::UnixTime;

use super::super::*;
use super::*;

fn load(certificates: &str, key: &str) -> PemError {
    let error = Identity::from_pem(certificates.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(
        !format!("{error}").contains("PRIVATE KEY-----M"),
        "no key is shown"
    );
    error
}

#[test]
fn a_chain_and_its_key_are_taken() {
    let root = Authority::new("root");
    let below = root.below("below");
    let (own, key) = below.sign("live.example");
    let chain = [&own, "text between is no harm\n", &below.0.pem(), &root.0.pem()].concat();
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    assert!(!identity.is_self_signed() && !identity.is_alone());
    assert!(!format!("{identity:?}").contains("key"));
    // Both in one file, as some programs want it.
    let both = [key, chain].concat();
    Identity::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
}

#[test]
fn files_that_are_mixed_up_are_found_out() {
    let (certificate, key) = Authority::new("CA").sign("live.example");
    assert_eq!(load(&key, &certificate), PemError::KeyForCertificate);
    assert_eq!(load(&certificate, &certificate), PemError::CertificateForKey);
    assert_eq!(load("", &key), PemError::NoCertificate);
    assert_eq!(load(&certificate, "nothing"), PemError::NoKey);
    let damaged = [
        certificate.replace("-----END", ""),
        certificate.replace("M", "*"),
        "-----BEGIN C".into(),
    ];
    for certificate in damaged {
        assert!(
            matches!(load(&certificate, &key), PemError::DamagedCertificates(_)),
            "{certificate}"
        );
    }
    assert!(matches!(
        load(&certificate, &key.replace("-----END", "")),
        PemError::DamagedKey(_)
    ));
}

#[test]
fn a_key_must_be_readable_and_the_certificates() {
    let authority = Authority::new("CA");
    let (certificate, _) = authority.sign("live.example");
    let (_, other) = authority.sign("live.example");
    assert_eq!(load(&certificate, &other), PemError::WrongKey);
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(load(&certificate, encrypted), PemError::EncryptedKey);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n\
        -----END RSA PRIVATE KEY-----\n";
    assert_eq!(load(&certificate, old), PemError::EncryptedKey);
    let damaged = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    assert!(matches!(load(&certificate, damaged), PemError::Key(_)));
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert!(matches!(
        load(damaged, &other),
        PemError::Certificate { position: 1, .. }
    ));
}

#[test]
fn the_order_of_a_chain_matters() {
    let root = Authority::new("root");
    let below = root.below("below");
    let (own, key) = below.sign("live.example");
    let (below, root) = (below.0.pem(), root.0.pem());
    assert_eq!(
        load(&[&below, &*own].concat(), &key),
        PemError::OwnNotFirst { position: 2 }
    );
    assert_eq!(
        load(&[&own, &*root, &*below].concat(), &key),
        PemError::ChainOrder { position: 1 }
    );
    assert_eq!(
        load(&[&own, &*below, &*below].concat(), &key),
        PemError::ChainOrder { position: 2 }
    );
}

#[test]
fn a_certificate_has_its_time() {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["live.example".into()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2026, 4, 1);
    let certificate = parameters.self_signed(&key).unwrap();
    let identity = Identity::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let at = |day: u64| UnixTime::since_unix_epoch(Duration::from_secs(day * 86_400 + 3600));
    // 2026-01-01 is day 20,454.
    assert_eq!(
        identity.check(at(20_453)),
        Err(PemError::NotYetValid { position: 1, days: 0 })
    );
    assert_eq!(identity.check(at(20_454)), Ok(()));
    assert_eq!(identity.check(at(20_454 + 89)), Ok(()));
    assert_eq!(
        identity.check(at(20_454 + 100)),
        Err(PemError::Expired {
            position: 1,
            days: 10
        })
    );
    assert_eq!(identity.not_after().unwrap().as_secs(), (20_454 + 90) * 86_400);
}
