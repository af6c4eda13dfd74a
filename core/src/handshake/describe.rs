//! What recorded handshake packets say, for tools that look at captures. Nothing here takes part in a handshake.
//!
//! ```
//! use rtmp_core::handshake::describe::{self, Second};
//!
//! let s1 = [7; 1536];
//! assert_eq!(describe::s1(&s1).version, [7, 7, 7, 7]);
//! assert_eq!(describe::c2(&s1, &[1; 1536], &s1), Second::Echo);
//! ```

use super::digest::{self, Role};
use super::packet::{self, PACKET_LEN};
use super::{Kind, Scheme};

/// A C1 or S1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    /// The sender's clock in milliseconds, of any epoch; often zero.
    pub time: u32,
    /// Bytes 4 to 7: zero in the simple form, else the version of the sender's software.
    pub version: [u8; 4],
    /// Digest if one is there and right, whatever the version says.
    pub kind: Kind,
    /// Where that digest begins in the packet.
    pub digest_at: Option<usize>,
}

/// What a C2 is to S1, or an S2 to C1. Each form excludes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Second {
    /// The peer's first packet, unchanged.
    Echo,
    /// The peer's first packet with other times in bytes 0 to 7.
    EchoWithOwnTime,
    /// Signed in answer to the digest in the peer's first packet.
    Digest,
    /// The sender's own first packet once more.
    OwnFirst,
    /// Nothing but zeros.
    Zeros,
    /// None of these.
    Neither,
}

/// Describes a client's first packet.
pub fn c1(c1: &[u8; PACKET_LEN]) -> First {
    first(c1, Role::Client)
}

/// Describes a server's first packet.
pub fn s1(s1: &[u8; PACKET_LEN]) -> First {
    first(s1, Role::Server)
}

/// Describes a client's second packet beside the first two.
pub fn c2(c2: &[u8; PACKET_LEN], c1: &[u8; PACKET_LEN], s1: &[u8; PACKET_LEN]) -> Second {
    second(c2, Role::Client, c1, digest::find(s1, Role::Server), s1)
}

/// Describes a server's second packet beside the first two.
pub fn s2(s2: &[u8; PACKET_LEN], c1: &[u8; PACKET_LEN], s1: &[u8; PACKET_LEN]) -> Second {
    second(s2, Role::Server, s1, digest::find(c1, Role::Client), c1)
}

fn first(packet: &[u8; PACKET_LEN], sender: Role) -> First {
    let scheme: Option<Scheme> = digest::find(packet, sender).map(|found| found.scheme);
    First {
        time: packet::time(packet),
        version: packet::version(packet),
        kind: scheme.map_or(Kind::Simple, Kind::Digest),
        digest_at: scheme.map(|scheme| digest::position(packet, scheme)),
    }
}

fn second(
    packet: &[u8; PACKET_LEN],
    sender: Role,
    own_first: &[u8; PACKET_LEN],
    peers_digest: Option<digest::Found>,
    peers_first: &[u8; PACKET_LEN],
) -> Second {
    if packet == peers_first {
        Second::Echo
    } else if packet::is_echo(packet, peers_first) {
        Second::EchoWithOwnTime
    } else if peers_digest.is_some_and(|peers| digest::is_signed_second(packet, sender, &peers.digest)) {
        Second::Digest
    } else if packet == own_first {
        Second::OwnFirst
    } else if packet.iter().all(|&byte| byte == 0) {
        Second::Zeros
    } else {
        Second::Neither
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C1: [u8; PACKET_LEN] = [1; PACKET_LEN];
    const S1: [u8; PACKET_LEN] = [2; PACKET_LEN];

    fn signed(mut packet: [u8; PACKET_LEN], scheme: Scheme, sender: Role) -> [u8; PACKET_LEN] {
        digest::sign_first(&mut packet, scheme, sender);
        packet
    }

    #[test]
    fn a_first_packet_shows_its_time_and_version() {
        let mut packet = C1;
        packet[..8].copy_from_slice(&[
            0, 0, 1, 2, // time: 258 ms
            9, 0, 124, 2, // version: 9.0.124.2
        ]);
        let simple = First {
            time: 258,
            version: [9, 0, 124, 2],
            kind: Kind::Simple,
            digest_at: None,
        };
        assert_eq!(c1(&packet), simple);
        assert_eq!(s1(&packet), simple);
    }

    #[test]
    fn a_first_packet_shows_where_its_digest_is_if_its_own_side_signed_it() {
        let packet = signed(C1, Scheme::One, Role::Client);
        assert_eq!(c1(&packet).kind, Kind::Digest(Scheme::One));
        assert_eq!(
            c1(&packet).digest_at,
            Some(776 + 4),
            "the four bytes of the offset are 1 each"
        );
        assert_eq!(s1(&packet).kind, Kind::Simple);

        let packet = signed(S1, Scheme::Zero, Role::Server);
        assert_eq!(s1(&packet).kind, Kind::Digest(Scheme::Zero));
        assert_eq!(s1(&packet).digest_at, Some(12 + 8));
        assert_eq!(c1(&packet).kind, Kind::Simple);
    }

    #[test]
    fn a_second_packet_is_told_from_the_first_ones() {
        let mut restamped = [0; PACKET_LEN];
        restamped[8..].fill(1);
        assert_eq!(s2(&C1, &C1, &S1), Second::Echo);
        assert_eq!(s2(&restamped, &C1, &S1), Second::EchoWithOwnTime);
        assert_eq!(s2(&S1, &C1, &S1), Second::OwnFirst);

        restamped[8..].fill(2);
        assert_eq!(c2(&S1, &C1, &S1), Second::Echo);
        assert_eq!(c2(&restamped, &C1, &S1), Second::EchoWithOwnTime);
        assert_eq!(c2(&C1, &C1, &S1), Second::OwnFirst);

        for second in [c2, s2] {
            assert_eq!(second(&[0; PACKET_LEN], &C1, &S1), Second::Zeros);
            assert_eq!(second(&[3; PACKET_LEN], &C1, &S1), Second::Neither);
        }
    }

    #[test]
    fn a_second_packet_may_answer_the_peers_digest() {
        let c1 = signed(C1, Scheme::Zero, Role::Client);
        let s1 = signed(S1, Scheme::One, Role::Server);
        let (mut c2_packet, mut s2_packet) = ([5; PACKET_LEN], [6; PACKET_LEN]);
        digest::sign_second(
            &mut c2_packet,
            Role::Client,
            &digest::find(&s1, Role::Server).unwrap().digest,
        );
        digest::sign_second(
            &mut s2_packet,
            Role::Server,
            &digest::find(&c1, Role::Client).unwrap().digest,
        );
        assert_eq!(c2(&c2_packet, &c1, &s1), Second::Digest);
        assert_eq!(s2(&s2_packet, &c1, &s1), Second::Digest);
        assert_eq!(c2(&s2_packet, &c1, &s1), Second::Neither, "the other side's key");
        assert_eq!(
            s2(&s2_packet, &C1, &s1),
            Second::Neither,
            "a peer without a digest"
        );
    }
}
