//! Both sides of the handshake against each other and against recorded answers.

#![allow(clippy::cast_possible_truncation)]

use proptest::prelude::*;

use super::*;

const KINDS: [Kind; 3] = [
    Kind::Simple,
    Kind::Digest(Scheme::Zero),
    Kind::Digest(Scheme::One),
];

fn server(verify_c2: bool) -> ServerHandshake {
    ServerHandshake::new([2; 32].into(), verify_c2)
}

/// A client and its C0 and C1.
fn client(kind: Kind) -> (ClientHandshake, Vec<u8>) {
    let mut c0_c1 = Vec::new();
    let client = ClientHandshake::new(kind, [1; 32].into(), &mut c0_c1);
    (client, c0_c1)
}

/// What this server answers to C0 and C1: S0, S1 and S2.
fn answer(server: &mut ServerHandshake, c0_c1: &[u8]) -> (u8, [u8; PACKET_LEN], [u8; PACKET_LEN]) {
    let mut out = Vec::new();
    assert_eq!(server.handle_input(&mut &c0_c1[..], &mut out), Ok(false));
    assert_eq!(out.len(), 1 + 2 * PACKET_LEN);
    (out[0], packet_at(&out, 1), packet_at(&out, 1 + PACKET_LEN))
}

fn packet_at(bytes: &[u8], at: usize) -> [u8; PACKET_LEN] {
    bytes[at..at + PACKET_LEN].try_into().unwrap()
}

#[test]
fn the_simple_form_is_random_bytes_and_their_echo() {
    let (_, c0_c1) = client(Kind::Simple);
    assert_eq!(c0_c1.len(), 1537);
    assert_eq!(
        c0_c1[..9],
        [3, 0, 0, 0, 0, 0, 0, 0, 0],
        "C0, C1's time, C1's zero"
    );

    let mut server = server(false);
    let (s0, s1, s2) = answer(&mut server, &c0_c1);
    assert_eq!(s0, 3);
    assert_eq!(s1[..8], [0; 8], "S1's time and zero");
    assert_ne!(s1[8..], c0_c1[9..]);
    assert_eq!(s2[..], c0_c1[1..]);
    assert_eq!(server.kind(), Some(Kind::Simple));
}

#[test]
fn a_zero_version_is_the_simple_form_even_where_a_digest_would_be_right() {
    let mut c1 = [9; PACKET_LEN];
    c1[4..8].fill(0);
    digest::sign_first(&mut c1, Scheme::Zero, digest::Role::Client);
    let mut server = server(false);
    let (_, s1, s2) = answer(&mut server, &[&[3], &c1[..]].concat());
    assert_eq!(server.kind(), Some(Kind::Simple));
    assert_eq!(s1[4..8], [0; 4]);
    assert_eq!(s2, c1);
}

#[test]
fn a_servers_digest_lies_in_the_block_that_the_client_chose() {
    for scheme in [Scheme::Zero, Scheme::One] {
        let (_, c0_c1) = client(Kind::Digest(scheme));
        let mut server = server(false);
        let (_, s1, s2) = answer(&mut server, &c0_c1);
        assert_eq!(server.kind(), Some(Kind::Digest(scheme)));
        assert_eq!(s1[4..8], [4, 5, 0, 1]);
        let described = describe::s1(&s1);
        assert_eq!(described.kind, Kind::Digest(scheme));
        let block = if scheme == Scheme::Zero {
            12..740
        } else {
            776..1504
        };
        assert!(block.contains(&described.digest_at.unwrap()));
        assert_eq!(
            describe::s2(&s2, &packet_at(&c0_c1, 1), &s1),
            describe::Second::Digest
        );
    }
}

#[test]
fn any_flipped_bit_of_a_signed_c1_makes_the_server_fall_back() {
    for kind in [Kind::Digest(Scheme::Zero), Kind::Digest(Scheme::One)] {
        let (_, c0_c1) = client(kind);
        // Time, version (still not zero), offsets of either block, random data, the last byte.
        for at in [1, 8, 9, 300, 773, 1000, 1536] {
            let mut changed = c0_c1.clone();
            changed[at] ^= 0x10;
            let mut server = server(false);
            let (_, s1, s2) = answer(&mut server, &changed);
            assert_eq!(server.kind(), Some(Kind::Simple), "byte {at}");
            assert_eq!(s1[4..8], [0; 4], "a zero version promises no digest");
            assert_eq!(s2[..], changed[1..]);
        }
    }
}

#[test]
fn client_and_server_agree_in_every_form() {
    for kind in KINDS {
        let (mut client, c0_c1) = client(kind);
        let mut server = server(true);
        let (mut to_client, mut c2) = (Vec::new(), Vec::new());
        assert_eq!(server.handle_input(&mut &c0_c1[..], &mut to_client), Ok(false));
        assert_eq!(client.handle_input(&mut &to_client[..], &mut c2), Ok(true));
        assert_eq!(c2.len(), PACKET_LEN);
        to_client.clear();
        assert_eq!(server.handle_input(&mut &c2[..], &mut to_client), Ok(true));
        assert_eq!(to_client, [], "nothing follows S2");
        assert_eq!((client.kind(), server.kind()), (Some(kind), Some(kind)));
    }
}

#[test]
fn a_client_makes_do_with_a_server_that_has_no_digest() {
    for kind in KINDS {
        // A server of the simple form, and one that gives a version but no digest (YouTube).
        for version in [[0; 4], [4, 5, 0, 1]] {
            let mut s1 = [7; PACKET_LEN];
            s1[4..8].copy_from_slice(&version);
            let (mut client, _) = client(kind);
            let mut c2 = Vec::new();
            let mut input = &[&[3], &s1[..], &[0; PACKET_LEN][..]].concat()[..];
            assert_eq!(client.handle_input(&mut input, &mut c2), Ok(true));
            assert_eq!(c2, s1, "C2 echoes S1");
            assert_eq!(client.kind(), Some(Kind::Simple));
        }
    }
}

#[test]
fn a_client_finds_the_servers_digest_in_the_other_block_too() {
    let mut s1 = [7; PACKET_LEN];
    digest::sign_first(&mut s1, Scheme::Zero, digest::Role::Server);
    let (mut client, c0_c1) = client(Kind::Digest(Scheme::One));
    let mut c2 = Vec::new();
    assert_eq!(
        client.handle_input(&mut &[&[3], &s1[..]].concat()[..], &mut c2),
        Ok(false)
    );
    assert_eq!(client.kind(), Some(Kind::Digest(Scheme::Zero)));
    let described = describe::c2(&packet_at(&c2, 0), &packet_at(&c0_c1, 1), &s1);
    assert_eq!(described, describe::Second::Digest);
}

#[test]
fn a_client_that_got_its_own_packet_back_as_s1_falls_back() {
    // nginx-rtmp's fallback: S1 and S2 are both C1, signed, but with the wrong side's key.
    let (mut client, c0_c1) = client(Kind::Digest(Scheme::Zero));
    let mut c2 = Vec::new();
    let input = [&c0_c1[..], &c0_c1[1..]].concat();
    assert_eq!(client.handle_input(&mut &input[..], &mut c2), Ok(true));
    assert_eq!(client.kind(), Some(Kind::Simple));
    assert_eq!(c2, c0_c1[1..]);
}

#[test]
fn the_first_byte_alone_decides_and_is_left_to_others() {
    for first_byte in (0..=255).filter(|&byte| byte != 3) {
        let refused = Err(HandshakeError::UnsupportedVersion(first_byte));
        let bytes = [first_byte, 3, 3];

        let (mut server, mut out) = (server(false), Vec::new());
        let mut input = &bytes[..];
        assert_eq!(server.handle_input(&mut input, &mut out), refused);
        assert_eq!(input, bytes);
        assert_eq!(
            server.handle_input(&mut &[3][..], &mut out),
            refused,
            "it stays refused"
        );
        assert_eq!(out, []);

        let (mut client, _) = client(Kind::Simple);
        let mut input = &bytes[..];
        assert_eq!(client.handle_input(&mut input, &mut out), refused);
        assert_eq!(input, bytes);
        assert_eq!(
            client.handle_input(&mut &[3][..], &mut out),
            refused,
            "it stays refused"
        );
        assert_eq!(out, []);
    }
}

#[test]
fn what_follows_the_last_packet_stays_in_the_input() {
    let (mut client, c0_c1) = client(Kind::Simple);
    let mut server = server(false);
    let (mut to_client, mut c2) = (Vec::new(), Vec::new());
    let mut input = &[&c0_c1[..], &[0; PACKET_LEN], b"chunks"].concat()[..];
    assert_eq!(server.handle_input(&mut input, &mut to_client), Ok(true));
    assert_eq!(input, b"chunks");
    assert_eq!(
        server.handle_input(&mut input, &mut to_client),
        Ok(true),
        "calling again is harmless"
    );
    assert_eq!(input, b"chunks");
    assert_eq!(to_client.len(), 1 + 2 * PACKET_LEN);

    to_client.extend_from_slice(b"chunks");
    let mut input = &to_client[..];
    assert_eq!(client.handle_input(&mut input, &mut c2), Ok(true));
    assert_eq!(input, b"chunks");
    assert_eq!(
        client.handle_input(&mut input, &mut c2),
        Ok(true),
        "calling again is harmless"
    );
    assert_eq!(input, b"chunks");
    assert_eq!(c2.len(), PACKET_LEN);
}

/// What a server that verifies says to the C2 that `answer` makes of S1.
fn verified(kind: Kind, answer_s1: impl FnOnce(&mut [u8; PACKET_LEN])) -> Result<bool, HandshakeError> {
    let mut server = server(true);
    let (_, s1, _) = answer(&mut server, &client(kind).1);
    let mut c2 = s1;
    answer_s1(&mut c2);
    let mut input = &c2[..];
    let result = server.handle_input(&mut input, &mut Vec::new());
    assert!(input.is_empty());
    assert_eq!(
        server.handle_input(&mut input, &mut Vec::new()),
        result,
        "it stays so"
    );
    result
}

#[test]
fn a_verified_c2_may_be_an_echo_in_every_form() {
    for kind in KINDS {
        assert_eq!(verified(kind, |_| ()), Ok(true));
        assert_eq!(
            verified(kind, |c2| c2[..8].fill(0xEE)),
            Ok(true),
            "with times of its own"
        );
    }
}

#[test]
fn a_verified_c2_may_be_signed_where_s1_is() {
    let sign = |c2: &mut [u8; PACKET_LEN]| {
        // The digest of the S1 that `c2` still is.
        let s1s = digest::find(c2, digest::Role::Server).map_or([0; 32], |found| found.digest);
        c2[..1504].fill(0x55);
        digest::sign_second(c2, digest::Role::Client, &s1s);
    };
    assert_eq!(verified(Kind::Digest(Scheme::Zero), sign), Ok(true));
    assert_eq!(verified(Kind::Digest(Scheme::One), sign), Ok(true));
    assert_eq!(verified(Kind::Simple, sign), Err(HandshakeError::C2Mismatch));
}

#[test]
fn a_verified_c2_that_answers_nothing_is_refused() {
    for kind in KINDS {
        assert_eq!(verified(kind, |c2| c2[8] ^= 1), Err(HandshakeError::C2Mismatch));
        assert_eq!(
            verified(kind, |c2| c2[1535] ^= 1),
            Err(HandshakeError::C2Mismatch)
        );
        assert_eq!(verified(kind, |c2| c2.fill(0)), Err(HandshakeError::C2Mismatch));
    }
}

#[test]
fn a_c2_that_answers_nothing_is_taken_where_it_is_not_verified() {
    let mut server = server(false);
    answer(&mut server, &client(Kind::Digest(Scheme::Zero)).1);
    assert_eq!(
        server.handle_input(&mut &[0; PACKET_LEN][..], &mut Vec::new()),
        Ok(true)
    );
}

#[test]
fn waiting_for_a_peer_costs_less_than_300_bytes() {
    assert!(
        size_of::<ServerHandshake>() < 300,
        "{}",
        size_of::<ServerHandshake>()
    );
    assert!(
        size_of::<ClientHandshake>() < 300,
        "{}",
        size_of::<ClientHandshake>()
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let c0_c1 = |seed: u8| {
        let mut out = Vec::new();
        ClientHandshake::new(Kind::Digest(Scheme::One), [seed; 32].into(), &mut out);
        out
    };
    assert_eq!(c0_c1(1), c0_c1(1));
    assert_ne!(c0_c1(1)[9..], c0_c1(2)[9..]);
}

/// Feeds `bytes` cut into pieces of these lengths, over and over: what came of it, what was written, what is
/// left.
fn feed(
    mut handle_input: impl FnMut(&mut &[u8], &mut Vec<u8>) -> Result<bool, HandshakeError>,
    bytes: &[u8],
    pieces: &[usize],
) -> (Result<bool, HandshakeError>, Vec<u8>, Vec<u8>) {
    let (mut out, mut rest, mut pieces) = (Vec::new(), bytes, pieces.iter().cycle());
    loop {
        let (piece, later) = rest.split_at((*pieces.next().unwrap()).min(rest.len()));
        let mut input = piece;
        let result = handle_input(&mut input, &mut out);
        if result != Ok(false) || later.is_empty() {
            return (result, out, [input, later].concat());
        }
        assert!(input.is_empty(), "all input is taken while more is needed");
        rest = later;
    }
}

#[test]
fn a_byte_at_a_time_does() {
    for kind in KINDS {
        let (mut client, c0_c1) = client(kind);
        let mut server = server(false);
        let input = [&c0_c1[..], &[0; PACKET_LEN], b"chunks"].concat();
        let (result, s0_s1_s2, rest) = feed(|i, o| server.handle_input(i, o), &input, &[1]);
        assert_eq!((result, &rest[..]), (Ok(true), &b"chunks"[..]));
        let (result, c2, rest) = feed(|i, o| client.handle_input(i, o), &s0_s1_s2, &[1]);
        assert_eq!((result, c2.len(), rest.len()), (Ok(true), PACKET_LEN, 0));
        assert_eq!((client.kind(), server.kind()), (Some(kind), Some(kind)));
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    proptest::sample::select(&KINDS[..])
}

/// What a peer sends: a good handshake of any kind or anything else, changed in one place, cut off anywhere.
fn wire(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = good.len();
    (0..=len, 0..len, prop_oneof![3 => Just(0_u8), 1 => any::<u8>()]).prop_map(move |(end, at, flip)| {
        let mut bytes = good.clone();
        bytes[at] ^= flip;
        bytes.truncate(end.max(len / 4));
        bytes
    })
}

/// C0, C1, the C2 that fits, chunks.
fn client_bytes(kind: Kind) -> Vec<u8> {
    let (mut client, mut bytes) = client(kind);
    let mut to_client = Vec::new();
    server(false)
        .handle_input(&mut &bytes[..], &mut to_client)
        .unwrap();
    client.handle_input(&mut &to_client[..], &mut bytes).unwrap();
    bytes.extend_from_slice(b"chunks");
    bytes
}

/// S0, S1 and S2, chunks.
fn server_bytes(kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    server(false)
        .handle_input(&mut &client(kind).1[..], &mut bytes)
        .unwrap();
    bytes.extend_from_slice(b"chunks");
    bytes
}

proptest! {
    #[test]
    fn any_split_gives_a_server_the_same_bytes(
        bytes in kinds().prop_flat_map(|kind| wire(client_bytes(kind))),
        pieces in prop::collection::vec(1..2000_usize, 1..8),
        verify_c2: bool,
    ) {
        let (mut whole, mut split) = (server(verify_c2), server(verify_c2));
        prop_assert_eq!(
            feed(|i, o| whole.handle_input(i, o), &bytes, &[usize::MAX]),
            feed(|i, o| split.handle_input(i, o), &bytes, &pieces)
        );
        prop_assert_eq!(whole.kind(), split.kind());
    }

    #[test]
    fn any_split_gives_a_client_the_same_bytes(
        bytes in kinds().prop_flat_map(|kind| wire(server_bytes(kind))),
        pieces in prop::collection::vec(1..2000_usize, 1..8),
        kind in kinds(),
    ) {
        let (mut whole, mut split) = (client(kind).0, client(kind).0);
        prop_assert_eq!(
            feed(|i, o| whole.handle_input(i, o), &bytes, &[usize::MAX]),
            feed(|i, o| split.handle_input(i, o), &bytes, &pieces)
        );
        prop_assert_eq!(whole.kind(), split.kind());
    }
}
