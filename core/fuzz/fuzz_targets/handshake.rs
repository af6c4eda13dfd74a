//! Both sides of the handshake on arbitrary bytes in arbitrary pieces: nothing panics, the pieces make no
//! difference, and no more is written than the packets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::handshake::{ClientHandshake, HandshakeError, Kind, PACKET_LEN, Scheme, ServerHandshake};

/// `changes` are made to a good handshake, so that digests are reached; `bytes` follow it or stand alone.
type Case = (u8, bool, Vec<u16>, Vec<(u16, u8)>, Vec<u8>);

fuzz_target!(|case: Case| {
    let (choice, alone, pieces, changes, bytes) = case;
    let kind = match choice % 3 {
        0 => Kind::Simple,
        1 => Kind::Digest(Scheme::Zero),
        _ => Kind::Digest(Scheme::One),
    };
    let verify_c2 = choice & 0x80 != 0;
    let (mut from_client, mut from_server) = if alone { Default::default() } else { exchange(kind) };
    for recorded in [&mut from_client, &mut from_server] {
        for &(at, flip) in &changes {
            if let Some(byte) = recorded.get_mut(usize::from(at)) {
                *byte ^= flip;
            }
        }
        recorded.extend_from_slice(&bytes);
    }

    let server = || {
        let mut server = ServerHandshake::new([2; 32].into(), verify_c2);
        move |input: &mut &[u8], out: &mut Vec<u8>| server.handle_input(input, out)
    };
    let whole = feed(server(), &from_client, &[]);
    assert!([0, 1 + 2 * PACKET_LEN].contains(&whole.1.len()));
    assert_eq!(feed(server(), &from_client, &pieces), whole);

    let client = || {
        let mut client = ClientHandshake::new(kind, [1; 32].into(), &mut Vec::new());
        move |input: &mut &[u8], out: &mut Vec<u8>| client.handle_input(input, out)
    };
    let whole = feed(client(), &from_server, &[]);
    assert!([0, PACKET_LEN].contains(&whole.1.len()));
    assert_eq!(feed(client(), &from_server, &pieces), whole);
});

/// What client and server send each other.
fn exchange(kind: Kind) -> (Vec<u8>, Vec<u8>) {
    let (mut from_client, mut from_server) = (Vec::new(), Vec::new());
    let mut client = ClientHandshake::new(kind, [1; 32].into(), &mut from_client);
    let mut server = ServerHandshake::new([2; 32].into(), true);
    assert_eq!(
        server.handle_input(&mut &from_client[..], &mut from_server),
        Ok(false)
    );
    let mut c2 = Vec::new();
    assert_eq!(client.handle_input(&mut &from_server[..], &mut c2), Ok(true));
    assert_eq!(server.handle_input(&mut &c2[..], &mut from_server), Ok(true));
    assert_eq!((client.kind(), server.kind()), (Some(kind), Some(kind)));
    from_client.extend_from_slice(&c2);
    (from_client, from_server)
}

/// Feeds `bytes` in pieces of these lengths and one more: what came of it, what was written, what is left.
fn feed(
    mut handle_input: impl FnMut(&mut &[u8], &mut Vec<u8>) -> Result<bool, HandshakeError>,
    bytes: &[u8],
    pieces: &[u16],
) -> (Result<bool, HandshakeError>, Vec<u8>, Vec<u8>) {
    let (mut out, mut rest) = (Vec::new(), bytes);
    for &piece in pieces {
        let (mut input, later) = rest.split_at(usize::from(piece).min(rest.len()));
        let result = handle_input(&mut input, &mut out);
        if result != Ok(false) {
            return (result, out, [input, later].concat());
        }
        assert!(input.is_empty(), "all input is taken while more is needed");
        rest = later;
    }
    let result = handle_input(&mut rest, &mut out);
    (result, out, rest.to_vec())
}
