//! A client of few words over any socket that blocks, made of the core's parts.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::thread;
use std::time::{Duration, Instant};

use rtmp_core::amf0::Object;
use rtmp_core::handshake::{ClientHandshake, Kind};
use rtmp_core::message::Command;
use rtmp_core::units::{MessageStreamId, Seed};
use socket2::{Domain, SockRef, Socket, Type};

use crate::PATIENCE;
use crate::talk::{STREAM, Talk, write_in_pieces};

pub(crate) struct Client<S> {
    talk: Talk<S>,
    transaction: f64,
}

/// A TCP connection on which whoever waits gives up in the end.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect_timeout(&address, PATIENCE).expect("the server listens"))
}

/// The same from an address of this machine: all of 127.0.0.0/8 are.
pub(crate) fn connect_from(ip: IpAddr, address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(ip, 0).into()).unwrap();
    socket.connect(&address.into()).expect("the server listens");
    patient(socket.into())
}

pub(crate) fn patient(socket: TcpStream) -> TcpStream {
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// How long it is from each of some short messages to the next one, in the middle, at a peer that acknowledges late, and never
/// with words of its own. With Nagle's algorithm at the other end each second one would wait for an acknowledgement: for 40 ms
/// and more.
pub(crate) fn delay_at_a_lazy_peer(
    socket: &TcpStream,
    mut send: impl FnMut(),
    mut receive: impl FnMut(),
) -> Duration {
    const PAIRS: usize = 11;
    let mut delays: Vec<_> = (0..PAIRS)
        .map(|_| {
            SockRef::from(socket).set_tcp_quickack(false).unwrap();
            send();
            receive();
            let first = Instant::now();
            send();
            receive();
            let delay = first.elapsed();
            // What has come is acknowledged by now.
            thread::sleep(Duration::from_millis(100));
            delay
        })
        .collect();
    delays.sort();
    delays[PAIRS / 2]
}

/// A message goes out at once. Half of [the least](delay_at_a_lazy_peer) that it could be otherwise.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(20);

/// Closes a connection at once, whatever is on its way.
pub(crate) fn reset(socket: TcpStream) {
    SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
}

impl<S: Read + Write> Client<S> {
    /// The handshake, `connect` to the application "live", and `createStream`.
    pub(crate) fn new(socket: S) -> Self {
        Self::in_pieces(socket, usize::MAX)
    }

    /// As [`new`](Self::new), with writes of at most so many bytes.
    pub(crate) fn in_pieces(socket: S, write_at_most: usize) -> Self {
        let mut client = Self::open(socket, write_at_most);
        client.connect_with(Object::new());
        assert_eq!(client.create_stream(), STREAM);
        client
    }

    /// As [`new`](Self::new), with more properties in `connect`.
    pub(crate) fn announcing(socket: S, properties: Object<'_>) -> Self {
        let mut client = Self::open(socket, usize::MAX);
        client.connect_with(properties);
        assert_eq!(client.create_stream(), STREAM);
        client
    }

    /// The handshake, and nothing more.
    pub(crate) fn open(mut socket: S, write_at_most: usize) -> Self {
        let mut out = Vec::new();
        let mut handshake = ClientHandshake::new(Kind::Simple, Seed::from([7; 32]), &mut out);
        let mut input = Vec::new();
        loop {
            write_in_pieces(&mut socket, &out, write_at_most);
            out.clear();
            let mut buffer = [0; 4096];
            let read = socket.read(&mut buffer).expect("the server answers");
            assert!(read > 0, "closed in the handshake");
            input.extend_from_slice(&buffer[..read]);
            let mut rest = &input[..];
            let is_done = handshake.handle_input(&mut rest, &mut out).unwrap();
            input.drain(..input.len() - rest.len());
            if is_done {
                write_in_pieces(&mut socket, &out, write_at_most);
                return Self {
                    talk: Talk::new(socket, input, write_at_most),
                    transaction: 0.0,
                };
            }
        }
    }

    /// Sends `connect` to the application "live" and reads the answer.
    pub(crate) fn connect_with(&mut self, properties: Object<'_>) {
        let mut connect = properties;
        connect.push("app", "live");
        connect.push("flashVer", "tests/1");
        connect.push("tcUrl", "rtmp://127.0.0.1/live");
        self.call(|transaction| Command::new("connect", transaction).with_object(connect));
    }

    /// Sends `createStream` and reads its number in the answer.
    pub(crate) fn create_stream(&mut self) -> MessageStreamId {
        let result = self.call(|transaction| Command::new("createStream", transaction));
        let id = result.arguments[0].as_number().unwrap();
        MessageStreamId::new(id as u32)
    }

    /// Sends a command of the connection and reads the `_result`.
    fn call<'a>(&mut self, command: impl FnOnce(f64) -> Command<'a>) -> Command<'static> {
        self.transaction += 1.0;
        let command = command(self.transaction);
        self.command(MessageStreamId::CONNECTION, &command);
        let result = self.wait_for_command("_result");
        assert_eq!(result.transaction_id, self.transaction);
        result
    }

    /// Publishes on the first message stream, and reads that it may.
    pub(crate) fn publish(&mut self, name: &str) {
        self.request_publish(STREAM, name);
        self.wait_for_status("NetStream.Publish.Start");
    }

    pub(crate) fn request_publish(&mut self, stream: MessageStreamId, name: &str) {
        self.command(stream, &Command::new("publish", 0.0).with(name).with("live"));
    }

    /// Plays on the first message stream, and reads that it may.
    pub(crate) fn play(&mut self, name: &str) {
        self.request_play(STREAM, name);
        self.wait_for_status("NetStream.Play.Start");
    }

    pub(crate) fn request_play(&mut self, stream: MessageStreamId, name: &str) {
        self.command(stream, &Command::new("play", 0.0).with(name).with(-2.0));
    }

    pub(crate) fn into_socket(self) -> S {
        self.talk.into_socket()
    }
}

impl<S> Deref for Client<S> {
    type Target = Talk<S>;

    fn deref(&self) -> &Talk<S> {
        &self.talk
    }
}

impl<S> DerefMut for Client<S> {
    fn deref_mut(&mut self) -> &mut Talk<S> {
        &mut self.talk
    }
}
