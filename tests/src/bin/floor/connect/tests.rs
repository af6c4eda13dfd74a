use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Buf;
use rtmp_core::connection::server::{ServerConnection, ServerEvent};

use super::*;

/// On chunk stream 3 `connect` with transaction id 1, in two chunks.
fn connect() -> Vec<u8> {
    let mut payload = b"\x02\0\x07connect\0\x3F\xF0\0\0\0\0\0\0".to_vec();
    payload.extend(b"\x03\0\x03app\x02\0\x04live\0\x05tcUrl\x02\0\x82");
    payload.extend([b'x'; 0x82]);
    payload.extend(b"\0\0\x09");
    let mut bytes = b"\x03\0\0\0\0\0".to_vec();
    bytes.extend([payload.len() as u8, 0x14, 0, 0, 0, 0]);
    bytes.extend(&payload[..128]);
    bytes.push(0xC3);
    bytes.extend(&payload[128..]);
    bytes
}

const CREATE_STREAM: &[u8] =
    b"\x03\0\0\0\0\0\x19\x14\0\0\0\0\x02\0\x0CcreateStream\0\x40\x10\0\0\0\0\0\0\x05";

/// What a client says, one after the other.
fn said() -> [Vec<u8>; 3] {
    [
        [&[3][..], &[0xC1; HANDSHAKE]].concat(),
        [&[0xC2; HANDSHAKE][..], &connect()].concat(),
        CREATE_STREAM.to_vec(),
    ]
}

/// What a server of ours answers to it.
fn answers_of_a_server() -> [Vec<u8>; 3] {
    let now = Instant::now();
    let mut server = ServerConnection::new(Arc::default(), [2; 32].into(), now);
    said().map(|said| {
        server.handle_input(&said, now).unwrap();
        while let Some(event) = server.poll_event() {
            if let ServerEvent::Connect { request, .. } = event {
                server.accept(request, now).unwrap();
            }
        }
        let answer = server.transmit();
        answer.copy_to_bytes(answer.remaining()).to_vec()
    })
}

/// What is answered if all of it comes in two pieces each: `cut` says how long the first ones are.
fn answers(cut: impl Fn(&[u8]) -> usize) -> [Vec<u8>; 3] {
    let greeter = Greeter::listen(0).unwrap();
    let address = greeter.listener.local_addr().unwrap();
    // Serves until the test's process ends.
    thread::spawn(move || greeter.run());
    let mut client = TcpStream::connect(address).unwrap();
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut lens = [3073, 284, 41].into_iter();
    let answers = said().map(|said| {
        let (first, rest) = said.split_at(cut(&said));
        client.write_all(first).unwrap();
        if !first.is_empty() {
            thread::sleep(Duration::from_millis(20));
        }
        client.write_all(rest).unwrap();
        let mut answer = vec![0; lens.next().unwrap()];
        client.read_exact(&mut answer).unwrap();
        answer
    });
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "closed, and nothing more said");
    answers
}

#[test]
fn the_answers_are_those_of_a_server() {
    let ([handshake, connected, created], of_a_server) = (answers(|_| 0), answers_of_a_server());
    assert_eq!(handshake.len(), of_a_server[0].len());
    assert_eq!(handshake[0], 3);
    assert_eq!(handshake[1 + HANDSHAKE..], [0xC1; HANDSHAKE]);
    assert_eq!(connected, of_a_server[1]);
    assert_eq!(created, of_a_server[2]);
}

#[test]
fn what_comes_in_pieces_is_answered_when_it_is_whole() {
    let whole = answers(|_| 0);
    assert_eq!(answers(|_| 1), whole);
    assert_eq!(answers(|said| said.len() - 1), whole);
}
