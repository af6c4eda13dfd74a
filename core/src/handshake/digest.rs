//! The digests of the digest handshake: where they lie, with what they are keyed. Adobe publishes none of it;
//! this is what Flash Player, FMS, FFmpeg, librtmp, nginx-rtmp and SRS agree upon.
//!
//! Behind time and version, C1 and S1 have two blocks of 764 bytes, in either order:
//!
//! ```text
//! digest block   offset[4] random[o] digest[32] random[728 - o]    o = sum of the offset's bytes mod 728
//! key block      random[o] key[128] random[632 - o] offset[4]      for RTMPE only, random bytes otherwise
//! ```

#![deny(clippy::arithmetic_side_effects)]

use super::Scheme;
use super::packet::PACKET_LEN;
use crate::mac::hmac_sha256 as hmac;

pub(super) const DIGEST_LEN: usize = 32;

/// Where the digest of C2 and S2 begins: it is their end.
const SECOND_DIGEST_AT: usize = PACKET_LEN - DIGEST_LEN;

/// Whose packet it is: each side signs with a key of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Client,
    Server,
}

impl Role {
    /// Signs C1 or S1.
    const fn first_key(self) -> &'static [u8] {
        match self {
            Self::Client => b"Genuine Adobe Flash Player 001",
            Self::Server => b"Genuine Adobe Flash Media Server 001",
        }
    }

    /// Signs the peer's digest, which makes the key for C2 or S2.
    const fn second_key(self) -> &'static [u8] {
        match self {
            Self::Client => {
                b"Genuine Adobe Flash Player 001\
                \xf0\xee\xc2\x4a\x80\x68\xbe\xe8\x2e\x00\xd0\xd1\x02\x9e\x7e\x57\
                \x6e\xec\x5d\x2d\x29\x80\x6f\xab\x93\xb8\xe6\x36\xcf\xeb\x31\xae"
            }
            // The server's has 68 bytes. HMAC hashes a key of more than 64 first; this is that hash.
            Self::Server => {
                b"\x0b\xec\x8f\xa9\x96\xd2\x48\x5e\xf9\x0f\x04\x84\xc8\x20\xd1\x78\
                \x66\x36\x43\xa6\xf4\x51\x0d\x06\x38\xcb\xd6\x49\xbf\x17\xd9\xa5"
            }
        }
    }
}

/// A digest that was found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) scheme: Scheme,
    pub(super) digest: [u8; DIGEST_LEN],
}

/// Looks for the sender's digest in a C1 or S1.
pub(super) fn find(first: &[u8; PACKET_LEN], sender: Role) -> Option<Found> {
    [Scheme::Zero, Scheme::One].into_iter().find_map(|scheme| {
        let (before, digest, after) = split(first, scheme);
        let right = hmac(sender.first_key(), &[before, after]);
        (digest == right).then_some(Found {
            scheme,
            digest: right,
        })
    })
}

/// Puts the sender's digest into a C1 or S1 that is otherwise ready.
pub(super) fn sign_first(first: &mut [u8; PACKET_LEN], scheme: Scheme, sender: Role) {
    let (before, _, after) = split(first, scheme);
    let digest = hmac(sender.first_key(), &[before, after]);
    let at = before.len();
    first
        .iter_mut()
        .skip(at)
        .zip(digest)
        .for_each(|(to, from)| *to = from);
}

/// Puts the sender's digest at the end of a C2 or S2, in answer to the peer's digest.
pub(super) fn sign_second(second: &mut [u8; PACKET_LEN], sender: Role, peers: &[u8; DIGEST_LEN]) {
    let digest = second_digest(second, sender, peers);
    second[SECOND_DIGEST_AT..].copy_from_slice(&digest);
}

/// Whether a C2 or S2 ends in the sender's digest in answer to the peer's digest.
pub(super) fn is_signed_second(second: &[u8; PACKET_LEN], sender: Role, peers: &[u8; DIGEST_LEN]) -> bool {
    second[SECOND_DIGEST_AT..] == second_digest(second, sender, peers)
}

/// Where the digest of a C1 or S1 begins, 12 to 739 or 776 to 1503.
pub(super) fn position(first: &[u8; PACKET_LEN], scheme: Scheme) -> usize {
    let (block, offset) = match scheme {
        Scheme::Zero => (8_usize, &first[8..12]),
        Scheme::One => (772, &first[772..776]),
    };
    let offset = offset.iter().map(|&byte| usize::from(byte)).sum::<usize>() % 728;
    block.saturating_add(4).saturating_add(offset)
}

/// What lies before the digest of a C1 or S1, the digest, what lies behind it.
fn split(first: &[u8; PACKET_LEN], scheme: Scheme) -> (&[u8], &[u8], &[u8]) {
    // Neither cut can miss: the digest begins at 1503 or before and has 32 bytes of 1536.
    let (before, rest) = first.split_at(position(first, scheme));
    let (digest, after) = rest.split_at(DIGEST_LEN);
    (before, digest, after)
}

fn second_digest(second: &[u8; PACKET_LEN], sender: Role, peers: &[u8; DIGEST_LEN]) -> [u8; DIGEST_LEN] {
    let key = hmac(sender.second_key(), &[peers]);
    hmac(&key, &[&second[..SECOND_DIGEST_AT]])
}

/// HMAC-SHA256 of the parts, one behind the other, with a key of at most 64 bytes.
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// A whole exchange. Packets are given as `(m, a)`: byte i is i * m + a modulo 256, time 0, the version.
    /// The digests were computed apart from this code.
    struct Vector {
        scheme: Scheme,
        c1: (usize, usize, [u8; 4]),
        c1_digest_at: usize,
        c1_digest: &'static str,
        c1_sha256: &'static str,
        s1: (usize, usize, [u8; 4]),
        s1_digest_at: usize,
        s1_digest: &'static str,
        s1_sha256: &'static str,
        s2: (usize, usize),
        s2_key: &'static str,
        s2_digest: &'static str,
        c2: (usize, usize),
        c2_key: &'static str,
        c2_digest: &'static str,
    }

    /// FFmpeg's version, digest in the block at byte 8.
    const A: Vector = Vector {
        scheme: Scheme::Zero,
        c1: (7, 3, [0x09, 0x00, 0x7C, 0x02]),
        c1_digest_at: 290,
        c1_digest: "612af37c38c4a1b74e5737fc4021ded17ed92a9431c19bc665cf421131bad8a6",
        c1_sha256: "db5e928ab59c238f3d0c6e22574eadb7fd99f1e17ff2ba6876b63014a0c057c2",
        s1: (13, 5, [0x03, 0x05, 0x01, 0x01]),
        s1_digest_at: 526,
        s1_digest: "a215b33a21e520e3d14ebdf3297788a9866069111ad609915cf4447fa023bd35",
        s1_sha256: "90173a90c71233f61ca93484db781380669e1800522656229a75eb92a48f04c6",
        s2: (11, 9),
        s2_key: "b64b9cb0ff0d9abe14b38c4638d3af7b13e7e857b3c2af49eb5449fde909256e",
        s2_digest: "558035732737a4812d1a699882d077f3e2e7cf5fcc996ed7766f5c137f9831da",
        c2: (5, 1),
        c2_key: "4d7feaa11661ce14534ff04f92eb8b7ba78b6d21514d547044c424fd7a6a7730",
        c2_digest: "9f2c7f38b2ac9fbad6df180e40ce86c77c0775544478e284ed9105aeafec8ba8",
    };

    /// A newer Flash Player's version, digest in the block at byte 772.
    const B: Vector = Vector {
        scheme: Scheme::One,
        c1: (3, 11, [0x80, 0x00, 0x07, 0x02]),
        c1_digest_at: 886,
        c1_digest: "e00eca27c126f775ee33dc3610cf1fb00575f7117322e4b1b483f47f03cac271",
        c1_sha256: "33610f265f1d909c8dd41f52a56648d552a8b4d77a5a9aeda3f001c673bddb5a",
        s1: (17, 2, [0x04, 0x05, 0x00, 0x01]),
        s1_digest_at: 1158,
        s1_digest: "4e65f018d3b0a5afb8043d3d8017473852948250548c94af7b61631b2c2407b9",
        s1_sha256: "c6bc83f5b05feb65906df47771e1572468bc58ce7b9f6fc606707a998a58b566",
        s2: (19, 4),
        s2_key: "a35564f609b0bcedf106b2d1fafc2d737f0903a3c0a9cbc2c71df12c8d5be838",
        s2_digest: "b6b273121923d8c3234d1868e4ec2420d75c7b49f755b441193d1a5096b7dc60",
        c2: (23, 6),
        c2_key: "f0494a0a6ed479825680750ca1e097e91e2417064e025e5a42069805fc14f9ec",
        c2_digest: "c8034aab182c89e4e063c9bc4bf48844b54018f03cb6385c1cecdf46170e545a",
    };

    fn generated((m, a): (usize, usize)) -> [u8; PACKET_LEN] {
        std::array::from_fn(|i| ((i * m + a) % 256).try_into().unwrap())
    }

    fn first((m, a, version): (usize, usize, [u8; 4])) -> [u8; PACKET_LEN] {
        let mut packet = generated((m, a));
        packet[..4].fill(0);
        packet[4..8].copy_from_slice(&version);
        packet
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn c1_and_s1_are_signed_where_their_offset_says() {
        for v in [A, B] {
            for (given, role, at, digest, sha256) in [
                (v.c1, Role::Client, v.c1_digest_at, v.c1_digest, v.c1_sha256),
                (v.s1, Role::Server, v.s1_digest_at, v.s1_digest, v.s1_sha256),
            ] {
                let mut packet = first(given);
                assert_eq!(find(&packet, role), None);
                assert_eq!(position(&packet, v.scheme), at);
                sign_first(&mut packet, v.scheme, role);
                assert_eq!(hex(&packet[at..at + DIGEST_LEN]), digest);
                assert_eq!(hex(&Sha256::digest(packet)), sha256);
                let found = find(&packet, role).unwrap();
                assert_eq!((found.scheme, hex(&found.digest)), (v.scheme, digest.to_owned()));
            }
        }
    }

    #[test]
    fn c2_and_s2_are_signed_with_a_key_made_of_the_peers_digest() {
        for v in [A, B] {
            for (given, role, peer, peers_role, key, digest) in [
                (v.s2, Role::Server, v.c1, Role::Client, v.s2_key, v.s2_digest),
                (v.c2, Role::Client, v.s1, Role::Server, v.c2_key, v.c2_digest),
            ] {
                let mut peer = first(peer);
                sign_first(&mut peer, v.scheme, peers_role);
                let peers = find(&peer, peers_role).unwrap().digest;
                assert_eq!(hex(&hmac(role.second_key(), &[&peers])), key);

                let mut packet = generated(given);
                assert!(!is_signed_second(&packet, role, &peers));
                sign_second(&mut packet, role, &peers);
                assert_eq!(packet[..1504], generated(given)[..1504]);
                assert_eq!(hex(&packet[1504..]), digest);
                assert!(is_signed_second(&packet, role, &peers));
                assert!(!is_signed_second(&packet, peers_role, &peers));
            }
        }
    }

    #[test]
    fn any_flipped_bit_spoils_the_digest() {
        for v in [A, B] {
            let mut packet = first(v.c1);
            sign_first(&mut packet, v.scheme, Role::Client);
            for at in (0..PACKET_LEN).step_by(5) {
                packet[at] ^= 1 << (at % 8);
                assert_eq!(find(&packet, Role::Client), None, "byte {at}");
                packet[at] ^= 1 << (at % 8);
            }
            assert_eq!(find(&packet, Role::Server), None, "the other side's key");
        }
    }

    #[test]
    fn the_digest_stays_within_its_block_whatever_the_offset() {
        let mut packet = [0; PACKET_LEN];
        assert_eq!(
            (position(&packet, Scheme::Zero), position(&packet, Scheme::One)),
            (12, 776)
        );
        for at in [8, 772] {
            // 255 + 255 + 217 + 0 = 727, the largest offset.
            packet[at..at + 4].copy_from_slice(&[255, 255, 217, 0]);
        }
        assert_eq!(
            (position(&packet, Scheme::Zero), position(&packet, Scheme::One)),
            (739, 1503)
        );
        for scheme in [Scheme::Zero, Scheme::One] {
            let (before, digest, after) = split(&packet, scheme);
            assert_eq!((digest.len(), before.len() + after.len()), (32, 1504));
        }
        for at in [8, 772] {
            // 728: the offset is zero again.
            packet[at + 3] = 1;
        }
        assert_eq!(
            (position(&packet, Scheme::Zero), position(&packet, Scheme::One)),
            (12, 776)
        );
    }

    #[test]
    fn the_servers_long_key_is_kept_as_its_hash() {
        // The text, and the 32 bytes that end the client's key too.
        let long = [
            b"Genuine Adobe Flash Media Server 001",
            &Role::Client.second_key()[30..],
        ]
        .concat();
        assert_eq!(long.len(), 68);
        assert_eq!(Sha256::digest(long)[..], *Role::Server.second_key());
    }
}
