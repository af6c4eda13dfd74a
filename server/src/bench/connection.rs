//! A client and its socket.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Buf;
use mio::net::TcpStream;
use rtmp_core::tls::{ClientTls, TlsError, TlsPipe};
use rtmp_core::units::Seed;

use super::client::{Client, ClientError, Event, Goal, Target};
use super::clock;
use super::reactor::{Reactor, Ready};
use crate::trust;

/// What connections need for a moment, one for all.
#[derive(Debug)]
pub(super) struct Buffers {
    input: Vec<u8>,
    output: Vec<u8>,
    /// Never written to: the kernel counts with its length.
    waste: Vec<u8>,
}

impl Default for Buffers {
    fn default() -> Self {
        Self {
            input: vec![0; 256 << 10],
            output: Vec::new(),
            waste: vec![0; WASTE],
        }
    }
}

/// The most that is thrown away with one call: more than a socket holds.
const WASTE: usize = 16 << 20;

/// What may wait for a server that does not read. It is some seconds of any stream.
const MAX_PENDING: usize = 16 << 20;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{}", advice(.0))]
    Socket(#[from] io::Error),
    #[error("closed by the server")]
    Closed,
    #[error("{}{}", .0, trust::remedy(.0))]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the server does not read: {MAX_PENDING} bytes wait")]
    Stuck,
}

/// The error, and what to do where that is known.
fn advice(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            "connection refused: no server listens at this address and port".to_owned()
        }
        ErrorKind::AddrNotAvailable => {
            "no local port is left: connections from one address to another have some \
             28,000 (net.ipv4.ip_local_port_range), and closed ones hold theirs for a minute"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

/// Where connections lead.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) address: SocketAddr,
    /// For RTMPS, with the name that the server is to prove.
    pub(super) tls: Option<(ClientTls, String)>,
}

/// A client and its socket.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    tls: Option<Box<TlsPipe>>,
    client: Client,
    /// Bytes that came from the socket: of TLS, what is encrypted.
    received: u64,
    /// What the socket, or TLS, has not taken, from `sent` on.
    pending: Vec<u8>,
    sent: usize,
}

/// The receive buffer of a player that stops reading: it is soon full.
const STALLED_BUFFER: usize = 64 << 10;

impl Connection {
    /// Begins to connect; the reactor tells the rest under `number`.
    pub(super) fn open(
        reactor: &Reactor,
        number: usize,
        destination: &Destination,
        target: &Rc<Target>,
        goal: Goal,
    ) -> Result<Self, Failure> {
        let mut socket = TcpStream::connect(destination.address)?;
        // A connection without it still connects, only later.
        let _ = socket.set_nodelay(true);
        reactor.add(number, &mut socket)?;
        let tls = match &destination.tls {
            Some((tls, host)) => Some(Box::new(tls.connect(host)?)),
            None => None,
        };
        let mut pending = Vec::new();
        let client = Client::new(Rc::clone(target), goal, seed(number), &mut pending);
        Ok(Self {
            socket,
            tls,
            client,
            received: 0,
            pending,
            sent: 0,
        })
    }

    /// Bytes that came from the socket, whether anybody has looked at them or not.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// What the socket has not taken yet.
    pub(super) fn pending(&self) -> usize {
        let encrypted = self.tls.as_ref().map_or(0, |tls| tls.unsent());
        self.unsent().len() + encrypted
    }

    /// Has little room for what it will not read.
    pub(super) fn shrink_receive_buffer(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.socket).set_recv_buffer_size(STALLED_BUFFER)
    }

    /// No event of it is told any more.
    pub(super) fn leave(&mut self, reactor: &Reactor) -> io::Result<()> {
        reactor.remove(&mut self.socket)
    }

    /// Writes what waits and reads what came, after an event.
    pub(super) fn advance(
        &mut self,
        ready: Ready,
        buffers: &mut Buffers,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), Failure> {
        self.flush()?;
        loop {
            let count = match self.socket.read(&mut buffers.input) {
                Ok(0) => return Err(Failure::Closed),
                Ok(count) => count,
                Err(error) if is_later(&error) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            self.received = self.received.saturating_add(count as u64);
            let input = buffers.input.get_mut(..count).unwrap_or_default();
            buffers.output.clear();
            self.handle_input(input, &mut buffers.output, on_event)?;
            self.send(&buffers.output)?;
            // A read that does not fill the buffer has emptied the socket; the next bytes are the next event.
            if count < buffers.input.len() && !ready.is_closed {
                return Ok(());
            }
        }
    }

    fn handle_input(
        &mut self,
        input: &mut [u8],
        output: &mut Vec<u8>,
        on_event: &mut impl FnMut(Event),
    ) -> Result<(), Failure> {
        let client = &mut self.client;
        let Some(tls) = &mut self.tls else {
            return Ok(client.handle_input(input, output, on_event)?);
        };
        let mut result = Ok(());
        tls.handle_input(input, |plain| {
            if result.is_ok() {
                result = client.handle_input(plain, output, on_event);
            }
        });
        result?;
        match tls.error() {
            Some(error) => Err(error.clone().into()),
            None => Ok(()),
        }
    }

    /// Throws away what came, without looking at it. Of TLS as well: what we send does not depend on it.
    pub(super) fn discard(&mut self, buffers: &mut Buffers) -> Result<(), Failure> {
        self.flush()?;
        let count = match throw_away(&self.socket, &mut buffers.waste) {
            Ok(0) => return Err(Failure::Closed),
            Ok(count) => count,
            Err(error) if is_later(&error) || error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let plain = self.plain(count as u64);
        self.received = self.received.saturating_add(count as u64);
        buffers.output.clear();
        self.client.handle_discarded(plain, &mut buffers.output);
        self.send(&buffers.output)
    }

    /// How many of so many bytes are the client's, which acknowledges no more than it was sent. Of TLS, as large a part as of
    /// those that were looked at.
    fn plain(&self, count: u64) -> u64 {
        if self.tls.is_none() {
            return count;
        }
        let plain = u128::from(count) * u128::from(self.client.received());
        let plain = plain.checked_div(self.received.into()).unwrap_or_default();
        u64::try_from(plain).map_or(count, |plain| plain.min(count))
    }

    /// Sends what the client has to say by itself.
    pub(super) fn say(
        &mut self,
        buffers: &mut Buffers,
        what: impl FnOnce(&mut Client, &mut Vec<u8>),
    ) -> Result<(), Failure> {
        buffers.output.clear();
        what(&mut self.client, &mut buffers.output);
        self.send(&buffers.output)
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        if self.tls.is_none() && self.pending() == 0 {
            while !bytes.is_empty() {
                match self.socket.write(bytes) {
                    Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                    Err(error) if is_later(&error) => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if self.pending().saturating_add(bytes.len()) > MAX_PENDING {
            return Err(Failure::Stuck);
        }
        self.pending.extend_from_slice(bytes);
        if self.tls.is_some() {
            return self.flush();
        }
        Ok(())
    }

    /// What has been said and neither written nor encrypted.
    fn unsent(&self) -> &[u8] {
        self.pending.get(self.sent..).unwrap_or_default()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        while let Some(written) = self.write() {
            match written {
                Ok(()) => {}
                Err(error) if is_later(&error) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        if self.unsent().is_empty() {
            // Most never wait again.
            self.pending = Vec::new();
            self.sent = 0;
        } else if self.sent > MAX_PENDING / 4 {
            self.pending.drain(..self.sent);
            self.sent = 0;
        }
        Ok(())
    }

    /// Writes some of what waits, if something can be written.
    fn write(&mut self) -> Option<io::Result<()>> {
        let mut unsent = self.pending.get(self.sent..).unwrap_or_default();
        let Some(tls) = &mut self.tls else {
            return (!unsent.is_empty()).then(|| {
                self.sent += self.socket.write(unsent)?;
                Ok(())
            });
        };
        let before = unsent.len();
        tls.encrypt(&mut unsent);
        self.sent += before - unsent.len();
        let encrypted = tls.transmit();
        encrypted.has_remaining().then(|| {
            let mut slices = [IoSlice::new(&[]); 8];
            let count = encrypted.chunks_vectored(&mut slices);
            let count = self
                .socket
                .write_vectored(slices.get(..count).unwrap_or_default())?;
            encrypted.advance(count);
            Ok(())
        })
    }
}

/// Whether the socket only has to be waited for. It is not connected yet where others than Linux say so.
fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

/// On Linux the kernel drops what it holds: nothing is copied.
#[cfg(target_os = "linux")]
fn throw_away(socket: &TcpStream, waste: &mut [u8]) -> io::Result<usize> {
    use rustix::net::{RecvFlags, recv};
    let (_, count) = recv(socket, waste, RecvFlags::TRUNC | RecvFlags::DONTWAIT)?;
    Ok(count)
}

#[cfg(not(target_os = "linux"))]
fn throw_away(mut socket: &TcpStream, waste: &mut [u8]) -> io::Result<usize> {
    socket.read(waste)
}

/// The random bytes of a handshake need not be secret, only different.
fn seed(number: usize) -> Seed {
    let mut seed = [0; 32];
    let words = [clock::now_ns(), number as u64];
    for (place, byte) in seed
        .iter_mut()
        .zip(words.iter().flat_map(|word| word.to_le_bytes()))
    {
        *place = byte;
    }
    seed.into()
}

/// A rate of connections: when the next one is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp {
    start: Instant,
    per_second: f64,
}

impl Ramp {
    pub(super) fn new(per_second: f64) -> Self {
        Self {
            start: Instant::now(),
            per_second,
        }
    }

    /// When number `count`, from 0, is due.
    pub(super) fn due(&self, count: usize) -> Instant {
        let seconds = count as f64 / self.per_second;
        self.start + Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 4)
    }
}
