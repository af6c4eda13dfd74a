//! The sockets of connections.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;

use bytes::Buf;
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use rtmp_core::connection::TransmitQueue;

/// Slices of one vectored write.
const SLICES: usize = 64;

/// A read that leaves room in its buffer has taken all, a write that leaves some has filled the socket, and what changes from
/// then on is an event: so it is with epoll and kqueue, and a call is spared. Elsewhere (Windows, poll(2)) mio watches a
/// socket anew only when a call has said [`WouldBlock`](io::ErrorKind::WouldBlock).
pub(crate) const IS_SHORT_THE_LAST: bool = cfg!(all(
    not(mio_unsupported_force_poll_poll),
    any(
        // epoll
        target_os = "android",
        target_os = "illumos",
        target_os = "linux",
        target_os = "redox",
        // kqueue
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "ios",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "tvos",
        target_os = "visionos",
        target_os = "watchos",
    )
));

/// A socket that a connection came through.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Registers it for all that may happen to it, once and for ever: events are edges, and whoever got one goes on until
    /// the socket has no more.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self {
            Self::Tcp(socket) => registry.register(socket, token, interest),
            #[cfg(unix)]
            Self::Unix(socket) => registry.register(socket, token, interest),
        }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(buffer),
            #[cfg(unix)]
            Self::Unix(socket) => socket.read(buffer),
        }
    }

    /// Writes what waits, as much of it as one call takes: how much was written, and whether the socket may
    /// take more.
    pub(crate) fn write(&mut self, queue: &TransmitQueue) -> io::Result<(usize, bool)> {
        let piece = queue.chunk();
        // A list of one piece costs the system a tenth more than the piece.
        if piece.len() == queue.remaining() {
            let written = match self {
                Self::Tcp(socket) => socket.write(piece),
                #[cfg(unix)]
                Self::Unix(socket) => socket.write(piece),
            }?;
            return Ok((written, written == piece.len() || !IS_SHORT_THE_LAST));
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = queue.chunks_vectored(&mut slices);
        let slices = &slices[..filled];
        let written = match self {
            Self::Tcp(socket) => socket.write_vectored(slices),
            #[cfg(unix)]
            Self::Unix(socket) => socket.write_vectored(slices),
        }?;
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        Ok((written, written == offered || !IS_SHORT_THE_LAST))
    }

    /// Sends at once the acknowledgement that the system would put off.
    pub(crate) fn acknowledge_now(&self) {
        match self {
            Self::Tcp(socket) => rtmp_sockets::acknowledge_now(socket),
            #[cfg(unix)]
            Self::Unix(_) => {}
        }
    }

    /// Nothing more will be sent.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.shutdown(Shutdown::Write),
            #[cfg(unix)]
            Self::Unix(socket) => socket.shutdown(Shutdown::Write),
        }
    }
}
