//! What a server asks of tokio.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_core::host::PeerAddr;
use rtmp_tasks::{Accept, Connect, Io, Runtime};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, lookup_host};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep_until};

/// The runtime that all of this crate runs on: tokio.
#[derive(Clone, Copy, Debug)]
pub enum Tokio {}

impl Runtime for Tokio {
    type Timer = Pin<Box<Sleep>>;

    fn threads() -> usize {
        runtime::Handle::current().metrics().num_workers()
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    // A task that wakes itself at once comes again many times before tokio looks at its sockets.
    fn come_again(cx: &mut Context<'_>) {
        let _ = pin!(yield_now()).poll(cx);
    }

    // tokio's clock stands still in tests that say so.
    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn timer(at: Instant) -> Self::Timer {
        Box::pin(sleep_until(at.into()))
    }

    fn reset(timer: &mut Self::Timer, at: Instant) {
        timer.as_mut().reset(at.into());
    }
}

impl<S: AsyncRead + AsyncWrite> Io<S> for Tokio {
    fn poll_read(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        stream
            .poll_read(cx, &mut buffer)
            .map_ok(|()| buffer.filled().len())
    }

    fn poll_write(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        stream.poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        stream.poll_write_vectored(cx, buffers)
    }

    fn poll_flush(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream.poll_flush(cx)
    }

    fn poll_half_close(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream.poll_shutdown(cx)
    }
}

impl Connect for Tokio {
    type Stream = TcpStream;

    async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(lookup_host((host, port)).await?.collect())
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}

impl Accept<std::net::TcpListener> for Tokio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn watch(bound: std::net::TcpListener) -> io::Result<TcpListener> {
        TcpListener::from_std(bound)
    }

    fn poll_accept(listener: &TcpListener, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, PeerAddr)>> {
        let accepted = listener.poll_accept(cx);
        accepted.map_ok(|(stream, address)| (stream, address.into()))
    }
}

#[cfg(unix)]
impl Accept<std::os::unix::net::UnixListener> for Tokio {
    type Listener = UnixListener;
    type Stream = UnixStream;

    fn watch(bound: std::os::unix::net::UnixListener) -> io::Result<UnixListener> {
        UnixListener::from_std(bound)
    }

    fn poll_accept(
        listener: &UnixListener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(UnixStream, PeerAddr)>> {
        let accepted = listener.poll_accept(cx);
        accepted.map_ok(|(stream, _)| (stream, PeerAddr::Unix))
    }
}
