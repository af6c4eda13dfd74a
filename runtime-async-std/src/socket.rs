//! Sockets on async-std's event loop.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::{Async, IoSafe};
use async_std::io::{Read as AsyncRead, Write as AsyncWrite};
use rtmp_sockets::AsHandle;
use socket2::SockRef;

/// A connection that the server has accepted, or a client made: a socket of the standard library's on async-std's event loop, which is
/// async-io's.
///
/// async-std's own sockets are the same, but that closing one does nothing before it is dropped.
#[derive(Debug)]
pub struct Socket<T>(Async<T>);

impl<T: AsHandle> Socket<T> {
    pub(crate) fn new(socket: T) -> io::Result<Self> {
        Async::new(socket).map(Self)
    }
}

impl<T> From<Async<T>> for Socket<T> {
    fn from(socket: Async<T>) -> Self {
        Self(socket)
    }
}

impl<T: IoSafe + Read + Unpin> AsyncRead for Socket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<T: IoSafe + Write + AsHandle + Unpin> AsyncWrite for Socket<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, buffers)
    }

    /// There is nothing to flush: what is written is the system's.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closes the sending side.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(self.0.get_ref()).shutdown(Shutdown::Write))
    }
}

#[cfg(unix)]
impl<T: std::os::fd::AsFd> std::os::fd::AsFd for Socket<T> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(windows)]
impl<T: std::os::windows::io::AsSocket> std::os::windows::io::AsSocket for Socket<T> {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.0.as_socket()
    }
}
