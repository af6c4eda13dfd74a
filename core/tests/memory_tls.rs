//! What TLS adds to the memory of a server's connection. The bounds are generous: they fail when something is kept that
//! nobody needs.
//!
//! `cargo test -p rtmp-core --features tls --test memory_tls -- --nocapture` prints the figures.

#![allow(clippy::disallowed_macros)] // It prints.

mod heap;

use bytes::Buf;
use heap::{cost, uncounted};
use rtmp_core::tls::rustls::pki_types::PrivateKeyDer;
use rtmp_core::tls::{ClientTls, ClientTlsSettings, Identity, ServerTls, ServerTlsSettings, TlsPipe, Trust};

/// Bytes of a pipe whose handshake is done, through which nothing is on its way.
const MAX_IDLE: usize = 5 << 10;
/// Of one from which nothing has come yet.
const MAX_ACCEPTED: usize = 5 << 10;
/// On the way, for a write of 64 kB: its records, and the one that is encrypted.
const MAX_WRITING: usize = (64 << 10) + (20 << 10);

#[test]
fn an_idle_connection_is_small() {
    let (server, client) = uncounted(sides);
    let accepted = cost(|| Box::new(server.accept().unwrap()));
    println!(
        "just accepted       {accepted}, of which the pipe itself {}",
        size_of::<TlsPipe>()
    );
    assert!(accepted.bytes < MAX_ACCEPTED, "{accepted}");

    let idle = cost(|| connected(&server, &client));
    println!("after the handshake {idle}");
    assert!(idle.bytes < MAX_IDLE, "{idle}");

    let busy = cost(|| {
        let (mut pipe, mut peer) = connected(&server, &client);
        for _ in 0..100 {
            // 30 kB in, cut in the middle of a record, and 90 kB out.
            let mut sent = uncounted(|| {
                peer.encrypt(&mut &[7; 30_000][..]);
                taken(&mut peer)
            });
            for part in sent.chunks_mut(20_000) {
                pipe.handle_input(part, |_| ());
            }
            uncounted(|| drop(sent));
            let mut plain = &[7; 90_000][..];
            while plain.has_remaining() {
                pipe.encrypt(&mut plain);
                let unsent = pipe.unsent();
                pipe.transmit().advance(unsent);
            }
        }
        (pipe, peer)
    });
    println!("after 12 MB         {busy}");
    assert!(busy.bytes < MAX_IDLE, "{busy}");
}

#[test]
fn what_is_on_its_way_is_bounded() {
    let (server, client) = uncounted(sides);
    let writing = cost(|| {
        let (mut pipe, peer) = connected(&server, &client);
        let mut plain = &[7; 1_000_000][..];
        pipe.encrypt(&mut plain);
        (pipe, peer)
    });
    println!("with 1 MB to send   {writing}");
    assert!(writing.bytes < MAX_IDLE + MAX_WRITING, "{writing}");
}

/// A server's end of a connection, counted, and a client's, which isn't.
fn connected(server: &ServerTls, client: &ClientTls) -> (Box<TlsPipe>, TlsPipe) {
    let mut pipe = Box::new(server.accept().unwrap());
    let mut peer = uncounted(|| client.connect("live.example").unwrap());
    loop {
        let mut there = uncounted(|| taken(&mut peer));
        pipe.handle_input(&mut there, |_| ());
        let mut back = uncounted(|| pipe.transmit().chunk().to_vec());
        pipe.transmit().advance(back.len());
        uncounted(|| peer.handle_input(&mut back, |_| ()));
        let is_done = there.is_empty() && back.is_empty();
        uncounted(|| drop((there, back)));
        if is_done {
            assert!(!pipe.is_handshaking() && !peer.is_handshaking());
            return (pipe, peer);
        }
    }
}

fn taken(pipe: &mut TlsPipe) -> Vec<u8> {
    let out = pipe.transmit();
    out.copy_to_bytes(out.remaining()).to_vec()
}

fn sides() -> (ServerTls, ClientTls) {
    let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let identity = Identity::new(vec![made.cert.der().clone()], &key).unwrap();
    let mut settings = ClientTlsSettings::default();
    settings.trust = Trust::Anybody;
    let server = ServerTls::new(ServerTlsSettings::new(identity)).unwrap();
    (server, ClientTls::new(settings).unwrap())
}
