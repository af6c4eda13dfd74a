//! `floor connect`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsRawFd;

use mio::{Events, Interest, Poll, Token};

mod answers;
#[cfg(test)]
mod tests;

/// Answers each client's handshake, `connect` and `createStream` with one `send` each, as soon as it has come whole.
///
/// Of RTMP it knows how long a message is, and which bytes an answer has to repeat: S2 is C1, and the transaction id of
/// `createStream` is its client's.
pub(crate) struct Greeter {
    poll: Poll,
    listener: mio::net::TcpListener,
    /// By the number of the socket.
    clients: Vec<Option<Client>>,
    buffer: Box<[u8; BUFFER]>,
    handshake: Vec<u8>,
    connected: Vec<u8>,
    created: Vec<u8>,
}

struct Client {
    socket: mio::net::TcpStream,
    step: Step,
    /// What has come of a step that has not come whole, which hardly ever happens.
    begun: Vec<u8>,
}

/// What a client says next.
#[derive(Clone, Copy)]
enum Step {
    /// C0 and C1
    Handshake,
    /// C2 and `connect`
    Connect,
    CreateStream,
    /// Nothing more.
    Leave,
}

const LISTENER: Token = Token(usize::MAX);
/// More than a client says at once: no read fills it, and the next bytes are the next event.
const BUFFER: usize = 8 << 10;
/// C1, S1, C2 and S2 (RTMP 1.0 §5.2.3).
const HANDSHAKE: usize = 1536;

impl Greeter {
    pub(crate) fn listen(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        // Linux hands it on to the sockets that are accepted.
        rustix::net::sockopt::set_tcp_nodelay(&listener, true)?;
        listener.set_nonblocking(true)?;
        let (poll, mut listener) = (Poll::new()?, mio::net::TcpListener::from_std(listener));
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            poll,
            listener,
            clients: Vec::new(),
            buffer: Box::new([0; BUFFER]),
            handshake: answers::handshake(),
            connected: answers::connected(),
            created: answers::created(),
        })
    }

    /// Until something fails that is nobody's client.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(number) => self.advance(number),
                }
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let number = socket.as_raw_fd() as usize;
            self.poll
                .registry()
                .register(&mut socket, Token(number), Interest::READABLE)?;
            if self.clients.len() <= number {
                self.clients.resize_with(number + 1, || None);
            }
            self.clients[number] = Some(Client {
                socket,
                step: Step::Handshake,
                begun: Vec::new(),
            });
        }
    }

    /// A client of this load says one step at a time. Who does not gets no answer, and is missing in the load's count.
    fn advance(&mut self, number: usize) {
        let Some(client) = self.clients.get_mut(number).and_then(Option::as_mut) else {
            return;
        };
        let before = client.begun.len();
        self.buffer[..before].copy_from_slice(&client.begun);
        let len = match client.socket.read(&mut self.buffer[before..]) {
            Ok(0) => 0,
            Ok(count) => before + count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => 0,
        };
        if len == 0 || len == BUFFER {
            self.clients[number] = None;
            return;
        }
        let said = &self.buffer[..len];
        let (answer, next) = match client.step {
            Step::Handshake if len == 1 + HANDSHAKE => {
                self.handshake[1 + HANDSHAKE..].copy_from_slice(&said[1..]);
                (&self.handshake, Step::Connect)
            }
            Step::Connect if len > HANDSHAKE && is_message(&said[HANDSHAKE..]) => {
                (&self.connected, Step::CreateStream)
            }
            Step::CreateStream if is_message(said) && len >= answers::ASKED.end => {
                self.created[answers::ANSWERED].copy_from_slice(&said[answers::ASKED]);
                (&self.created, Step::Leave)
            }
            _ => {
                client.begun = said.to_vec();
                return;
            }
        };
        client.begun = Vec::new();
        client.step = next;
        // Small enough for every socket's buffer.
        if !matches!(client.socket.write(answer), Ok(count) if count == answer.len()) {
            self.clients[number] = None;
        }
    }
}

/// Whether this is one message, whole: a message header of type 0, and a header of one byte in front of each further
/// 128 bytes (RTMP 1.0 §5.3.1).
fn is_message(bytes: &[u8]) -> bool {
    let &[_, _, _, _, high, middle, low, _, _, _, _, _, ..] = bytes else {
        return false;
    };
    let len = u32::from_be_bytes([0, high, middle, low]) as usize;
    bytes.len() == 12 + len + len.saturating_sub(1) / 128
}
