//! Both sides against each other.

#![allow(clippy::expect_used, clippy::panic)]

mod hostile;
mod identity;
mod traffic;
mod trust;

use std::sync::Arc;

use bytes::Buf;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

/// A certificate of its own for `name`, and its key.
fn self_signed(name: &str) -> (Identity, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let certificate = certificate.der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (
        Identity::new(vec![certificate.clone()], &key).unwrap(),
        certificate,
    )
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        Self(CertifiedIssuer::self_signed(Self::parameters(name), KeyPair::generate().unwrap()).unwrap())
    }

    fn parameters(name: &str) -> CertificateParams {
        let mut parameters = CertificateParams::new(vec![]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        parameters
    }

    fn below(&self, name: &str) -> Self {
        Self(
            CertifiedIssuer::signed_by(Self::parameters(name), KeyPair::generate().unwrap(), &self.0)
                .unwrap(),
        )
    }

    fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for `name`, as PEM, and its key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![name.into()]).unwrap();
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn identity(&self, name: &str) -> Identity {
        let (certificate, key) = self.sign(name);
        Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
    }
}

/// A server, and a client that trusts it.
fn sides() -> (ServerTls, ClientTls) {
    let (identity, certificate) = self_signed("live.example");
    let server = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    (server, client_trusting(certificate))
}

fn client_trusting(certificate: CertificateDer<'static>) -> ClientTls {
    ClientTls::new(ClientTlsSettings {
        trust: Trust::Only(Trusted::new(vec![certificate]).unwrap()),
        ..ClientTlsSettings::default()
    })
    .unwrap()
}

/// The same client, of TLS 1.2 alone.
fn of_tls12(client: &ClientTls) -> ClientTls {
    let builder = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap();
    let verifier = Arc::new(super::trust::Verifier::new(&Trust::Anybody, &provider()).unwrap());
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption.clone_from(&client.config.resumption);
    ClientTls {
        config: Arc::new(config),
    }
}

/// A client and a server, and what each has been sent.
struct Pair {
    client: TlsPipe,
    server: TlsPipe,
    to_client: Vec<u8>,
    to_server: Vec<u8>,
}

impl Pair {
    fn new(server: &ServerTls, client: &ClientTls) -> Self {
        Self {
            client: client.connect("live.example").unwrap(),
            server: server.accept().unwrap(),
            to_client: Vec::new(),
            to_server: Vec::new(),
        }
    }

    /// After the handshake.
    fn connected(server: &ServerTls, client: &ClientTls) -> Self {
        let mut pair = Self::new(server, client);
        pair.settle(usize::MAX);
        pair.expect_connected();
        pair
    }

    #[track_caller]
    fn expect_connected(&self) {
        assert_eq!((self.client.error(), self.server.error()), (None, None));
        assert!(!self.client.is_handshaking() && !self.server.is_handshaking());
    }

    /// Carries all there is to and fro, each flight cut in two behind `cut` bytes; how long the longest was.
    fn settle(&mut self, cut: usize) -> usize {
        let mut longest = 0;
        loop {
            let there = carry(&mut self.client, &mut self.server, &mut self.to_server, cut);
            let back = carry(&mut self.server, &mut self.client, &mut self.to_client, cut);
            longest = longest.max(there).max(back);
            if there + back == 0 {
                return longest;
            }
        }
    }
}

fn carry(from: &mut TlsPipe, to: &mut TlsPipe, plain: &mut Vec<u8>, cut: usize) -> usize {
    let mut flight = take(from);
    let cut = cut.min(flight.len());
    let (first, second) = flight.split_at_mut(cut);
    for part in [first, second] {
        to.handle_input(part, |record| plain.extend_from_slice(record));
    }
    flight.len()
}

/// All that is to be sent.
fn take(pipe: &mut TlsPipe) -> Vec<u8> {
    let out = pipe.transmit();
    out.copy_to_bytes(out.remaining()).to_vec()
}

/// What one side has to say, encrypted.
fn encrypted(pipe: &mut TlsPipe, mut plain: &[u8]) -> Vec<u8> {
    pipe.encrypt(&mut plain);
    assert!(plain.is_empty());
    take(pipe)
}
