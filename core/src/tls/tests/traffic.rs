//! Bytes that go through, as they should.

use bytes::{Buf, Bytes};
use rustls::ProtocolVersion;

use super::super::*;
use super::*;
use crate::connection::TransmitQueue;

#[test]
fn a_handshake_may_be_cut_anywhere() {
    let (server, client) = sides();
    let mut longest = Pair::new(&server, &client).settle(usize::MAX);
    let mut cut = 0;
    while cut <= longest {
        let mut pair = Pair::new(&server, &client);
        longest = pair.settle(cut).max(longest);
        pair.expect_connected();
        assert!(pair.to_client.is_empty() && pair.to_server.is_empty());
        cut += 1;
    }
    assert!(cut > 500, "a certificate is longer");
}

#[test]
fn what_is_said_may_be_cut_anywhere() {
    let (server, client) = sides();
    let mut pair = Pair::connected(&server, &client);
    let mut cut = 0;
    loop {
        pair.client.encrypt(&mut &b"connect"[..]);
        pair.client.encrypt(&mut &b"publish"[..]);
        pair.server.encrypt(&mut &b"result"[..]);
        let longest = pair.settle(cut);
        assert_eq!(std::mem::take(&mut pair.to_server), b"connectpublish", "{cut}");
        assert_eq!(std::mem::take(&mut pair.to_client), b"result", "{cut}");
        if cut > longest {
            break;
        }
        cut += 1;
    }
    assert!(cut > 50, "two records");
    pair.expect_connected();
}

#[test]
fn bytes_that_come_one_by_one_are_understood_by_both_versions() {
    let (server, client) = sides();
    let clients = [
        (of_tls12(&client), ProtocolVersion::TLSv1_2),
        (client, ProtocolVersion::TLSv1_3),
    ];
    for (client, version) in clients {
        let mut pair = Pair::new(&server, &client);
        let mut said = false;
        loop {
            let (there, back) = (take(&mut pair.client), take(&mut pair.server));
            for byte in &there {
                pair.server
                    .handle_input(&mut [*byte], |plain| pair.to_server.extend_from_slice(plain));
            }
            for byte in &back {
                pair.client
                    .handle_input(&mut [*byte], |plain| pair.to_client.extend_from_slice(plain));
            }
            if there.is_empty() && back.is_empty() {
                if said {
                    break;
                }
                said = true;
                pair.expect_connected();
                pair.client.encrypt(&mut &[7; 20_000][..]);
                pair.server.encrypt(&mut &b"result"[..]);
            }
        }
        assert_eq!(pair.to_server, [7; 20_000]);
        assert_eq!(pair.to_client, b"result");
        assert_eq!(pair.client.version(), Some(version));
        assert_eq!(pair.server.version(), Some(version));
        assert!(pair.client.cipher_suite().is_some());
    }
}

#[test]
fn much_goes_through_with_little_waiting() {
    let (server, client) = sides();
    for client in [of_tls12(&client), client] {
        let mut pair = Pair::connected(&server, &client);
        // Short pieces and long ones, as a player's are.
        let mut queue = TransmitQueue::default();
        let mut said = Vec::new();
        for n in 0..60_usize {
            let len = [1, 400, 3000, 16_384, 40_000][n % 5];
            let piece: Vec<u8> = (0..len)
                .map(|byte| ((byte * 31 + n) % 251).to_le_bytes()[0])
                .collect();
            said.extend_from_slice(&piece);
            queue.push_media(Bytes::from(piece));
        }
        let mut writes = 0;
        while !queue.is_empty() {
            pair.server.encrypt(&mut queue);
            assert!(pair.server.unsent() <= (64 << 10) + (16 << 10) + 5 * 29);
            let before = pair.server.unsent();
            pair.server.encrypt(&mut queue);
            assert_eq!(pair.server.unsent(), before, "it is full");
            // A read ends anywhere.
            let mut sent = take(&mut pair.server);
            for part in sent.chunks_mut(10_007) {
                pair.client
                    .handle_input(part, |plain| pair.to_client.extend_from_slice(plain));
            }
            writes += 1;
        }
        assert_eq!(writes, said.len().div_ceil(64 << 10));
        assert_eq!(pair.to_client, said);
        pair.expect_connected();
    }
}

#[test]
fn nothing_is_taken_before_the_handshake_is_done() {
    let (server, client) = sides();
    let mut pair = Pair::new(&server, &client);
    let mut plain = &b"C0 and C1"[..];
    pair.client.encrypt(&mut plain);
    assert_eq!(plain, b"C0 and C1");
    pair.settle(usize::MAX);
    pair.client.encrypt(&mut plain);
    assert!(plain.is_empty());
    pair.settle(usize::MAX);
    assert_eq!(pair.to_server, b"C0 and C1");
}

#[test]
fn who_closes_is_told_from_who_is_cut_off() {
    let (server, client) = sides();
    for client in [of_tls12(&client), client] {
        let mut pair = Pair::connected(&server, &client);
        pair.client.encrypt(&mut &b"last"[..]);
        pair.client.close();
        pair.client.close();
        let mut ignored = &b"too late"[..];
        pair.client.encrypt(&mut ignored);
        assert!(ignored.is_empty(), "nobody waits for it");
        carry(
            &mut pair.client,
            &mut pair.server,
            &mut pair.to_server,
            usize::MAX,
        );
        assert_eq!(pair.to_server, b"last");
        assert!(pair.server.is_peer_closed());
        pair.server.handle_eof();
        assert_eq!(pair.server.error(), None);
        // What is on its way to who has closed is sent.
        let answer = encrypted(&mut pair.server, b"answer");
        assert!(answer.len() > b"answer".len());
        pair.server.close();
        assert!(pair.server.unsent() > 0);

        let mut pair = Pair::connected(&server, &client);
        pair.client.encrypt(&mut &b"last"[..]);
        carry(
            &mut pair.client,
            &mut pair.server,
            &mut pair.to_server,
            usize::MAX,
        );
        pair.server.handle_eof();
        assert_eq!(pair.to_server, b"last");
        assert_eq!(pair.server.error(), Some(&TlsError::Truncated));
    }
}

#[test]
fn certificates_change_while_connections_live() {
    let (old, old_certificate) = self_signed("live.example");
    let (new, new_certificate) = self_signed("live.example");
    let server = ServerTls::new(ServerTlsSettings::new(old)).unwrap();
    let old_client = client_trusting(old_certificate);
    let mut first = Pair::connected(&server, &old_client);

    let elsewhere = server.clone();
    elsewhere.reload(vec![new]).unwrap();
    first.client.encrypt(&mut &b"still here"[..]);
    first.settle(usize::MAX);
    assert_eq!(first.to_server, b"still here");

    Pair::connected(&server, &client_trusting(new_certificate));
    let stranger = client_trusting(self_signed("live.example").1);
    let mut pair = Pair::new(&server, &stranger);
    pair.settle(usize::MAX);
    assert!(pair.client.error().unwrap().is_untrusted());

    let second = Pair::connected(&server, &old_client);
    assert!(
        second.client.is_resumed(),
        "with the ticket that it was given before the change"
    );

    assert!(elsewhere.reload(vec![]).is_err());
    Pair::connected(&server, &old_client);
}

#[test]
fn who_comes_back_has_a_short_handshake() {
    let (server, client) = sides();
    for client in [of_tls12(&client), client] {
        let first = Pair::connected(&server, &client);
        assert!(!first.client.is_resumed() && !first.server.is_resumed());
        let second = Pair::connected(&server, &client.clone());
        assert!(second.client.is_resumed() && second.server.is_resumed());
        let elsewhere = Pair::connected(&server, &of_tls12(&client));
        assert_eq!(elsewhere.server.error(), None);
    }
}

#[test]
fn a_server_is_who_the_client_asks_for() {
    let authority = Authority::new("CA");
    let client = client_trusting(authority.certificate());
    let mut settings = ServerTlsSettings::new(authority.identity("a.example"));
    settings.identities.push(authority.identity("*.b.example"));
    let server = ServerTls::new(settings).unwrap();
    for (host, is_there) in [
        ("a.example", true),
        ("live.b.example", true),
        ("b.example", false),
    ] {
        let mut pair = Pair::new(&server, &client);
        pair.client = client.connect(host).unwrap();
        pair.settle(usize::MAX);
        assert_eq!(pair.client.error().is_none(), is_there, "{host}");
    }
}

#[test]
fn an_idle_pipe_has_no_buffers() {
    let (server, client) = sides();
    let mut pair = Pair::connected(&server, &client);
    let long = encrypted(&mut pair.client, &[1; 16_000]);
    let (mut half, mut rest) = (long[..9000].to_vec(), long[9000..].to_vec());
    let mut count = 0;
    pair.server.handle_input(&mut half, |_| count += 1);
    assert_eq!((count, pair.server.pending.len()), (0, 9000));
    pair.server.handle_input(&mut rest, |_| count += 1);
    assert_eq!((count, pair.server.pending.capacity()), (1, 0));
    assert!(!pair.server.transmit().has_remaining());
}
