//! Peers that do not speak TLS, or speak it as nobody should.

use rustls::{AlertDescription, Error};

use super::super::*;
use super::*;

/// More than is ever kept of what is not whole, and what rustls has to say to it.
const MAX_KEPT: usize = 64 << 10;

#[track_caller]
fn error_of(pipe: &TlsPipe) -> TlsError {
    pipe.error().expect("an error").clone()
}

/// A record: type, version, length, what is in it.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3][..], &len, content].concat()
}

#[test]
fn what_is_not_tls_is_said_to_be_what_it_is() {
    let (server, client) = sides();
    let cases: [(&[u8], OtherProtocol); 5] = [
        (&[3, 0, 0, 0, 0, 0], OtherProtocol::Rtmp),
        (b"GET / HTTP/1.1\r\n", OtherProtocol::Http),
        (b"HTTP/1.1 400 Bad Request\r\n", OtherProtocol::Http),
        (&[0x17, 3, 3, 0, 1, 0], OtherProtocol::Unknown(0x17)),
        (&[0x80, 0x2e, 1], OtherProtocol::Unknown(0x80)),
    ];
    for (input, protocol) in cases {
        for mut pipe in [server.accept().unwrap(), client.connect("live.example").unwrap()] {
            take(&mut pipe);
            pipe.handle_input(&mut input.to_vec(), |_| panic!("there is no plaintext"));
            assert_eq!(error_of(&pipe), TlsError::NotTls(protocol));
            assert_eq!(pipe.unsent(), 0, "it would not understand an alert");
        }
    }
    let mut pipe = server.accept().unwrap();
    pipe.handle_input(&mut [3], |_| ());
    assert!(error_of(&pipe).to_string().contains("plain RTMP"));
}

#[test]
fn garbage_in_the_place_of_a_message_ends_it_and_the_peer_is_told() {
    let (server, _) = sides();
    let garbage: [Vec<u8>; 5] = [
        record(0x16, &[1, 0, 0, 4, 9, 9, 9, 9]), // a ClientHello of four bytes
        record(0x16, &[2, 0, 0, 0]),             // a ServerHello, to a server
        record(0x16, &[]),                       // an empty message of the handshake
        vec![0x16, 3, 3, 0x48, 0x01],            // a record of 2^14 + 2049 bytes
        vec![0x16, 9, 9, 0, 1, 0],               // version 9.9
    ];
    for input in garbage {
        let mut pipe = server.accept().unwrap();
        pipe.handle_input(&mut input.clone(), |_| panic!("there is no plaintext"));
        let TlsError::Protocol(_) = error_of(&pipe) else {
            panic!("{input:?}: {:?}", pipe.error());
        };
        assert!(error_of(&pipe).is_peer_fault());
        let out = take(&mut pipe);
        assert!(out.is_empty() || out[0] == 0x15, "an alert: {out:?}");
        pipe.handle_input(&mut input.clone(), |_| ());
        assert!(take(&mut pipe).is_empty(), "said once");
    }
}

#[test]
fn a_record_that_was_changed_on_its_way_ends_it() {
    let (server, client) = sides();
    for client in [of_tls12(&client), client] {
        for position in [5, 10, 20] {
            let mut pair = Pair::connected(&server, &client);
            let mut sent = encrypted(&mut pair.client, b"connect");
            sent[position] ^= 1;
            pair.server
                .handle_input(&mut sent, |_| panic!("it can't be decrypted"));
            assert_eq!(error_of(&pair.server), TlsError::Protocol(Error::DecryptError));
            pair.settle(usize::MAX);
            assert_eq!(
                error_of(&pair.client),
                TlsError::Alert(AlertDescription::BadRecordMac)
            );
            let mut ignored = &b"more"[..];
            pair.server.encrypt(&mut ignored);
            assert!(ignored.is_empty() && pair.server.unsent() == 0);
        }
    }
}

#[test]
fn a_record_that_is_said_twice_ends_it() {
    let (server, client) = sides();
    let mut pair = Pair::connected(&server, &client);
    let sent = encrypted(&mut pair.client, b"publish");
    let mut count = 0;
    pair.server
        .handle_input(&mut [sent.clone(), sent].concat(), |_| count += 1);
    assert_eq!(count, 1);
    assert_eq!(error_of(&pair.server), TlsError::Protocol(Error::DecryptError));
}

#[test]
fn a_message_that_announces_too_much_is_refused_at_once() {
    let (server, _) = sides();
    let mut pipe = server.accept().unwrap();
    // A ClientHello of 16 MB - 1.
    pipe.handle_input(&mut record(0x16, &[1, 0xff, 0xff, 0xff, 3, 3]), |_| ());
    assert_eq!(error_of(&pipe), TlsError::HandshakeTooLarge);
    assert_eq!(pipe.pending.capacity(), 0);
}

#[test]
fn a_message_in_too_many_records_is_refused() {
    let (server, _) = sides();
    let mut pipe = server.accept().unwrap();
    // A ClientHello of 65,535 bytes, each in a record of its own.
    pipe.handle_input(&mut record(0x16, &[1, 0, 0xff, 0xff]), |_| ());
    let mut sent = 0;
    while pipe.error().is_none() {
        pipe.handle_input(&mut record(0x16, &[0]).repeat(100), |_| ());
        sent += 600;
        assert!(pipe.pending.len() <= MAX_KEPT, "{}", pipe.pending.len());
        assert!(sent < 2 * MAX_KEPT);
    }
    assert_eq!(error_of(&pipe), TlsError::HandshakeTooLarge);
}

#[test]
fn halves_at_the_end_are_no_end() {
    let (server, client) = sides();
    let mut hello = take(&mut client.connect("live.example").unwrap());
    let mut pipe = server.accept().unwrap();
    let half = hello.len() / 2;
    pipe.handle_input(&mut hello[..half], |_| ());
    assert_eq!(pipe.error(), None);
    pipe.handle_eof();
    assert_eq!(error_of(&pipe), TlsError::HandshakeCut);
    assert!(error_of(&pipe).to_string().contains("check the port"));

    let mut silent = server.accept().unwrap();
    silent.handle_eof();
    assert_eq!(error_of(&silent), TlsError::Silence);
    silent.handle_input(&mut b"GET".to_owned(), |_| ());
    assert_eq!(error_of(&silent), TlsError::Silence, "an error is final");

    let mut pair = Pair::connected(&server, &client);
    let mut sent = encrypted(&mut pair.client, b"publish");
    pair.server.handle_input(&mut sent[..10], |_| ());
    pair.server.handle_eof();
    assert_eq!(error_of(&pair.server), TlsError::Truncated);
}

#[test]
fn an_end_that_anybody_may_have_said_is_none() {
    let (server, _) = sides();
    let mut pipe = server.accept().unwrap();
    // close_notify, as a warning, before there are keys.
    pipe.handle_input(&mut record(0x15, &[1, 0]), |_| ());
    assert!(!pipe.is_peer_closed());
    pipe.handle_eof();
    assert!(pipe.error().is_some());
}

#[test]
fn what_comes_behind_the_end_is_not_heard() {
    let (server, client) = sides();
    let mut pair = Pair::connected(&server, &client);
    pair.client.close();
    let mut sent = take(&mut pair.client);
    sent.extend_from_slice(&record(0x17, &[0; 1000]));
    pair.server.handle_input(&mut sent, |_| panic!("there is none"));
    assert!(pair.server.is_peer_closed());
    assert_eq!((pair.server.error(), pair.server.pending.capacity()), (None, 0));
    pair.server
        .handle_input(&mut record(0x17, &[0; 1000]), |_| panic!("there is none"));
    assert_eq!((pair.server.error(), pair.server.pending.capacity()), (None, 0));
}
