//! From a name and a port to a connected socket.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::vec;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rtmp_core::host::Dial;

/// Looks up a host's addresses.
pub(crate) type LookUp = Box<dyn FnMut(&Dial) -> io::Result<Vec<SocketAddr>> + Send>;

/// The system's way, which waits for the answer.
pub(crate) fn look_up(dial: &Dial) -> io::Result<Vec<SocketAddr>> {
    Ok((dial.host.as_str(), dial.port).to_socket_addrs()?.collect())
}

/// A host's addresses, one after the other, until one of them answers.
pub(crate) struct Dialling {
    /// The one that is being connected.
    socket: Option<TcpStream>,
    rest: vec::IntoIter<SocketAddr>,
    /// Something has happened to it.
    is_changed: bool,
    /// The peer has closed its side, or all, already.
    is_closed: bool,
}

impl Dialling {
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        Self {
            socket: None,
            rest: addresses.into_iter(),
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

    /// Goes on as far as it can be gone now: the socket, once it is connected, and registered under `token`; `None` as long
    /// as it has to be waited for.
    ///
    /// # Errors
    ///
    /// That of the last address: there is none left.
    pub(crate) fn go_on(&mut self, registry: &Registry, token: Token) -> io::Result<Option<TcpStream>> {
        let mut error = io::Error::from(io::ErrorKind::NotFound);
        if let Some(socket) = self.socket.take() {
            if !std::mem::take(&mut self.is_changed) {
                self.socket = Some(socket);
                return Ok(None);
            }
            match outcome(&socket) {
                Ok(true) => return Ok(Some(socket)),
                Ok(false) => {
                    self.socket = Some(socket);
                    return Ok(None);
                }
                Err(refused) => error = refused,
            }
        }
        self.is_closed = false;
        for address in self.rest.by_ref() {
            match connect(address, registry, token) {
                Ok(socket) => {
                    self.socket = Some(socket);
                    return Ok(None);
                }
                Err(refused) => error = refused,
            }
        }
        Err(error)
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
