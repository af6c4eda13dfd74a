use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use rtmp_core::chunk::{ChunkDecoder, Message, MessageType};
use rtmp_core::limits::Limits;
use rtmp_core::message::{Command, Control};

use super::*;

/// On chunk stream 3 `connect` with transaction id 1 and an object of 145 bytes, in two chunks.
fn connect() -> Vec<u8> {
    let mut payload = b"\x02\0\x07connect\0\x3F\xF0\0\0\0\0\0\0\x03\0\x05tcUrl\x02\0\x82".to_vec();
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

fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut decoder = ChunkDecoder::new(&Limits::default());
    std::iter::from_fn(|| decoder.decode(&mut bytes).unwrap()).collect()
}

fn command(message: &Message) -> Command<'_> {
    assert_eq!(message.kind, MessageType::CommandAmf0);
    Command::decode(message.kind, &message.payload, &Limits::default()).unwrap()
}

/// What is answered to what a client says in pieces of these lengths, one after the other.
fn answers(cut: impl Fn(&[u8]) -> usize) -> [Vec<u8>; 3] {
    let greeter = Greeter::listen(0).unwrap();
    let address = greeter.listener.local_addr().unwrap();
    // Serves until the test's process ends.
    thread::spawn(move || greeter.run());
    let mut client = TcpStream::connect(address).unwrap();
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let hello = [&[3][..], &[0xC1; HANDSHAKE]].concat();
    let connect = [&[0xC2; HANDSHAKE][..], &connect()].concat();
    let said = [(&hello[..], 3073), (&connect, 284), (CREATE_STREAM, 41)];
    let answers = said.map(|(said, len)| {
        let (first, rest) = said.split_at(cut(said));
        client.write_all(first).unwrap();
        if !first.is_empty() {
            thread::sleep(Duration::from_millis(20));
        }
        client.write_all(rest).unwrap();
        let mut answer = vec![0; len];
        client.read_exact(&mut answer).unwrap();
        answer
    });
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "closed, and nothing more said");
    answers
}

#[test]
fn the_answers_are_a_server_s() {
    let [handshake, connected, created] = answers(|_| 0);
    assert_eq!(handshake[0], 3);
    assert_eq!(handshake[1 + HANDSHAKE..], [0xC1; HANDSHAKE]);

    let connected = messages(&connected);
    let controls: Vec<_> = connected
        .iter()
        .filter_map(|message| Control::parse(message.kind, &message.payload))
        .collect();
    assert_eq!(controls[0], Control::WindowAcknowledgementSize(2_500_000));
    assert_eq!(connected.len(), 5);
    let result = command(&connected[4]);
    assert_eq!((&*result.name, result.transaction_id), ("_result", 1.0));
    let information = result.arguments[0].as_object().unwrap();
    assert_eq!(
        information.get("code").unwrap().as_str(),
        Some("NetConnection.Connect.Success")
    );

    let created = messages(&created);
    let result = command(&created[0]);
    assert_eq!((&*result.name, result.transaction_id), ("_result", 4.0));
    assert_eq!(result.arguments[0].as_number(), Some(1.0));
}

#[test]
fn what_comes_in_pieces_is_answered_when_it_is_whole() {
    let whole = answers(|_| 0);
    assert_eq!(answers(|_| 1), whole);
    assert_eq!(answers(|said| said.len() - 1), whole);
}
