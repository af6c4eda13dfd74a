//! From a name and a port to a connected socket.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rtmp_core::host::{Candidate, Candidates, Dial};

/// Looks up a host's addresses.
pub(crate) type LookUp = Box<dyn FnMut(&Dial) -> io::Result<Vec<SocketAddr>> + Send>;

/// The system's way, which waits for the answer.
pub(crate) fn look_up(dial: &Dial) -> io::Result<Vec<SocketAddr>> {
    Ok((dial.host.as_str(), dial.port).to_socket_addrs()?.collect())
}

/// A host's addresses, one after the other, until one of them answers.
pub(crate) struct Dialling {
    /// The one that is being connected.
    connecting: Option<Connecting>,
    candidates: Candidates,
    /// Something has happened to it.
    is_changed: bool,
    /// The peer has closed its side, or all, already.
    is_closed: bool,
}

struct Connecting {
    socket: TcpStream,
    /// How long it is waited for.
    until: Option<Instant>,
}

impl Dialling {
    pub(crate) const fn new(candidates: Candidates) -> Self {
        Self {
            connecting: None,
            candidates,
            is_changed: false,
            is_closed: false,
        }
    }

    pub(crate) fn notice(&mut self, event: &Event) {
        self.is_changed = true;
        self.is_closed |= event.is_read_closed() || event.is_error();
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// When to go on, if nothing happens before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.connecting.as_ref().and_then(|connecting| connecting.until)
    }

    /// Goes on as far as it can be gone now: the socket, once it is connected, and registered under `token`; `None` as long
    /// as it has to be waited for.
    ///
    /// # Errors
    ///
    /// The [most telling](Candidates::next) of all addresses: there is none left, or no time.
    pub(crate) fn go_on(
        &mut self,
        registry: &Registry,
        token: Token,
        now: Instant,
    ) -> io::Result<Option<TcpStream>> {
        if let Some(connecting) = self.connecting.take() {
            let is_late = connecting.until.is_some_and(|until| until <= now);
            let is_changed = std::mem::take(&mut self.is_changed);
            let is_connected = if is_changed || is_late {
                outcome(&connecting.socket)
            } else {
                Ok(false)
            };
            match is_connected {
                Ok(true) => return Ok(Some(connecting.socket)),
                Ok(false) if is_late => self.candidates.unanswered(now),
                Ok(false) => {
                    self.connecting = Some(connecting);
                    return Ok(None);
                }
                Err(error) => self.candidates.failed(error),
            }
        }
        self.is_closed = false;
        loop {
            let Candidate { address, until } = self.candidates.next(now)?;
            match connect(address, registry, token) {
                Ok(socket) => {
                    self.connecting = Some(Connecting { socket, until });
                    return Ok(None);
                }
                Err(error) => self.candidates.failed(error),
            }
        }
    }
}

fn connect(address: SocketAddr, registry: &Registry, token: Token) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    rtmp_sockets::prepare(&socket);
    registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(socket)
}

/// Whether it is connected yet.
fn outcome(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
