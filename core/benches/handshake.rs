//! Handshakes per second on one core, beside the HMAC work that the digest form cannot do without.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hmac::{Hmac, KeyInit, Mac};
use rtmp_core::handshake::{ClientHandshake, Kind, PACKET_LEN, Scheme, ServerHandshake};
use sha2::Sha256;

fn main() {
    divan::main();
}

#[divan::bench]
fn server_simple(bencher: Bencher<'_, '_>) {
    serve(bencher, Kind::Simple);
}

#[divan::bench]
fn server_digest_0(bencher: Bencher<'_, '_>) {
    serve(bencher, Kind::Digest(Scheme::Zero));
}

#[divan::bench]
fn server_digest_1(bencher: Bencher<'_, '_>) {
    serve(bencher, Kind::Digest(Scheme::One));
}

/// A version without a digest: the server looks for one in both places.
#[divan::bench]
fn server_falls_back(bencher: Bencher<'_, '_>) {
    let mut c0_c1_c2 = opening(Kind::Simple);
    c0_c1_c2[5] = 9;
    serve_bytes(bencher, &c0_c1_c2, Kind::Simple);
}

/// What a server's digest handshake hashes if the first place is right: C1 and S1 without their digests,
/// C1's digest for a key, S2 without its digest.
#[divan::bench]
fn bare_hmac_of_a_digest_handshake(bencher: Bencher<'_, '_>) {
    let packet = [7; PACKET_LEN - 32];
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let c1 = hmac(b"Genuine Adobe Flash Player 001", black_box(&packet));
        let s1 = hmac(b"Genuine Adobe Flash Media Server 001", black_box(&packet));
        let key = hmac(&[9; 32], &c1);
        (s1, hmac(&key, black_box(&packet)))
    });
}

fn serve(bencher: Bencher<'_, '_>, kind: Kind) {
    serve_bytes(bencher, &opening(kind), kind);
}

fn serve_bytes(bencher: Bencher<'_, '_>, c0_c1_c2: &[u8], kind: Kind) {
    let mut out = Vec::new();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        out.clear();
        let mut server = ServerHandshake::new([3; 32].into(), false);
        let done = server.handle_input(&mut black_box(c0_c1_c2), &mut out);
        assert_eq!((done, server.kind()), (Ok(true), Some(kind)));
    });
}

/// C0 and C1, and any C2.
fn opening(kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    ClientHandshake::new(kind, [5; 32].into(), &mut bytes);
    bytes.resize(1 + 2 * PACKET_LEN, 0);
    bytes
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}
