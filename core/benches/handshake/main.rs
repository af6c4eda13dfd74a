//! A server's handshakes per second on one core, beside the HMAC work that the digest form cannot do without, and
//! beside other crates.
//!
//! What is asked of each: a new handshake, C0 and C1 in one read, C2 in another, and S0, S1 and S2 in a `Vec` that
//! has the room.
//!
//! `cargo bench -p rtmp-core --bench handshake`

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod peers;

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hmac::{Hmac, KeyInit, Mac};
use rtmp_core::handshake::{ClientHandshake, Kind, PACKET_LEN, Scheme, ServerHandshake};
use sha2::Sha256;

use peers::{RmlRtmp, RtmpRs, Scuffle};

fn main() {
    divan::main();
}

/// A server's side, from its first byte to its last. Appends S0, S1 and S2 to `out`.
trait Serve {
    fn serve(c0_c1: &Bytes, c2: &Bytes, out: &mut Vec<u8>);
}

/// The crate itself.
struct RtmpCore;

impl Serve for RtmpCore {
    fn serve(c0_c1: &Bytes, c2: &Bytes, out: &mut Vec<u8>) {
        let mut server = ServerHandshake::new([3; 32].into(), false);
        assert_eq!(server.handle_input(&mut &c0_c1[..], out), Ok(false));
        assert_eq!(server.handle_input(&mut &c2[..], out), Ok(true));
    }
}

/// What a server's digest handshake hashes if the first place is right: C1 and S1 without their digests,
/// C1's digest for a key, S2 without its digest. Nothing is random, and nothing copied.
struct BareHmac;

impl Serve for BareHmac {
    fn serve(c0_c1: &Bytes, _: &Bytes, _: &mut Vec<u8>) {
        let packet = black_box(&c0_c1[..PACKET_LEN - 32]);
        let c1 = hmac(b"Genuine Adobe Flash Player 001", packet);
        let s1 = hmac(b"Genuine Adobe Flash Media Server 001", packet);
        let key = hmac(&[9; 32], &c1);
        black_box((s1, hmac(&key, packet)));
    }
}

#[divan::bench(types = [BareHmac, RtmpCore, Scuffle, RmlRtmp])]
fn digest_scheme_0<S: Serve>(bencher: Bencher<'_, '_>) {
    serve::<S>(bencher, &opening(Kind::Digest(Scheme::Zero)));
}

#[divan::bench(types = [BareHmac, RtmpCore, Scuffle, RmlRtmp])]
fn digest_scheme_1<S: Serve>(bencher: Bencher<'_, '_>) {
    serve::<S>(bencher, &opening(Kind::Digest(Scheme::One)));
}

/// `rml_rtmp` answers it with a digest all the same.
#[divan::bench(types = [RtmpCore, RtmpRs, Scuffle, RmlRtmp])]
fn simple<S: Serve>(bencher: Bencher<'_, '_>) {
    serve::<S>(bencher, &opening(Kind::Simple));
}

/// A version without a digest: the server looks for one in both places.
#[divan::bench(types = [RtmpCore, Scuffle, RmlRtmp])]
fn simple_after_both_schemes<S: Serve>(bencher: Bencher<'_, '_>) {
    let mut c0_c1 = opening(Kind::Simple);
    c0_c1[5] = 9;
    serve::<S>(bencher, &c0_c1);
}

fn serve<S: Serve>(bencher: Bencher<'_, '_>, c0_c1: &[u8]) {
    let (c0_c1, c2) = (Bytes::copy_from_slice(c0_c1), Bytes::from(vec![0; PACKET_LEN]));
    let mut out = Vec::with_capacity(1 + 2 * PACKET_LEN);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        out.clear();
        S::serve(black_box(&c0_c1), black_box(&c2), &mut out);
        black_box(&out);
    });
}

/// C0 and C1.
fn opening(kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    ClientHandshake::new(kind, [5; 32].into(), &mut bytes);
    bytes
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}
