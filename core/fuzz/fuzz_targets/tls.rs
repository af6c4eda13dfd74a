//! Bytes in the place of TLS, cut anywhere, to a server and to a client: before the handshake, in the middle of it, and
//! after it, by themselves and in the middle of what is right. Nothing panics, what is kept is bounded, and what ends
//! once stays ended.

#![no_main]

use std::sync::LazyLock;

use bytes::Buf;
use libfuzzer_sys::fuzz_target;
use rtmp_core::tls::{ClientTls, ClientTlsSettings, Identity, ServerTls, ServerTlsSettings, TlsPipe, Trust};

/// More than a write's records.
const MAX_UNSENT: usize = 96 << 10;

static SIDES: LazyLock<(ServerTls, ClientTls)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let mut settings = ClientTlsSettings::default();
    settings.trust = Trust::Anybody;
    let server = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    (server, ClientTls::new(settings).unwrap())
});

// Flights that go over as they should before; then what each side is sent: which, what to do, with which bytes.
fuzz_target!(|case: (u8, Vec<(bool, u8, Vec<u8>)>)| {
    let (flights, steps) = case;
    let mut sides = [SIDES.0.accept().unwrap(), SIDES.1.connect("live.example").unwrap()];
    for flight in 0..flights % 6 {
        let [server, client] = &mut sides;
        let (from, to) = if flight % 2 == 0 { (client, server) } else { (server, client) };
        let mut bytes = taken(from);
        to.handle_input(&mut bytes, |_| ());
        assert_eq!(to.error(), None, "what is right is taken");
    }
    for (is_client, what, mut bytes) in steps {
        let [server, client] = &mut sides;
        let (side, other) = if is_client { (client, server) } else { (server, client) };
        let error = side.error().cloned();
        match what % 8 {
            0 => side.handle_input(&mut bytes, |_| ()),
            // As a record, of any type.
            1 => {
                let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
                let kind = 0x14 + what / 8 % 5;
                let mut record = [&[kind, 3, 3][..], &len, &bytes].concat();
                side.handle_input(&mut record, |_| ());
            }
            // What the other has to say, changed in one place, or cut.
            2 => {
                let mut sent = taken(other);
                if let [place, change, ..] = bytes[..]
                    && !sent.is_empty()
                {
                    let place = usize::from(place) * 7 % sent.len();
                    sent[place] ^= change;
                }
                side.handle_input(&mut sent, |_| ());
            }
            3 => {
                let mut sent = taken(other);
                let cut = bytes.len().min(sent.len());
                let (first, second) = sent.split_at_mut(cut);
                side.handle_input(first, |_| ());
                side.handle_input(second, |_| ());
            }
            4 => {
                let mut plain = &bytes[..];
                side.encrypt(&mut plain);
            }
            5 => side.close(),
            6 => side.handle_eof(),
            _ => {
                let count = side.unsent().min(bytes.len());
                side.transmit().advance(count);
            }
        }
        assert!(side.unsent() < MAX_UNSENT);
        assert!(error.is_none() || side.error() == error.as_ref(), "an error is final");
    }
});

fn taken(side: &mut TlsPipe) -> Vec<u8> {
    let out = side.transmit();
    out.copy_to_bytes(out.remaining()).to_vec()
}
