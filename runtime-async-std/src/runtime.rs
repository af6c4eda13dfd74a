//! What a server asks of async-std.

use std::env;
use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Instant;

use async_io::{Async, Timer};
use async_std::io::{Read, Write};
use async_std::net::ToSocketAddrs;
use async_std::task;
use rtmp_core::host::PeerAddr;
use rtmp_tasks::{Accept, Connect, Io, Runtime};

use crate::socket::Socket;

/// The runtime that all of this crate runs on: async-std, and the event loop below it, async-io's.
#[derive(Clone, Copy, Debug)]
pub enum AsyncStd {}

impl Runtime for AsyncStd {
    type Timer = Timer;

    // As async-std itself decides it.
    fn threads() -> usize {
        let told = env::var("ASYNC_STD_THREAD_COUNT").ok();
        let told = told.and_then(|threads| threads.parse().ok());
        told.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
            .max(1)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        task::spawn(future);
    }

    // Its queue is a fair one, and is left for the sockets again and again.
    fn come_again(cx: &mut Context<'_>) {
        cx.waker().wake_by_ref();
    }

    fn now() -> Instant {
        Instant::now()
    }

    fn timer(at: Instant) -> Timer {
        Timer::at(at)
    }

    fn reset(timer: &mut Timer, at: Instant) {
        timer.set_at(at);
    }
}

impl<S: Read + Write> Io<S> for AsyncStd {
    fn poll_read(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        stream.poll_read(cx, buffer)
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
        stream.poll_close(cx)
    }
}

impl Connect for AsyncStd {
    type Stream = Socket<TcpStream>;

    async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((&*host, port).to_socket_addrs().await?.collect())
    }

    async fn connect(address: SocketAddr) -> io::Result<Self::Stream> {
        Ok(Async::<TcpStream>::connect(address).await?.into())
    }
}

impl Accept<TcpListener> for AsyncStd {
    type Listener = Async<TcpListener>;
    type Stream = Socket<TcpStream>;

    fn watch(bound: TcpListener) -> io::Result<Self::Listener> {
        Async::new(bound)
    }

    fn poll_accept(
        listener: &Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, PeerAddr)>> {
        let (socket, address) = ready!(poll_accept(listener, cx, TcpListener::accept))?;
        Poll::Ready(Socket::new(socket).map(|socket| (socket, address.into())))
    }
}

#[cfg(unix)]
impl Accept<UnixListener> for AsyncStd {
    type Listener = Async<UnixListener>;
    type Stream = Socket<UnixStream>;

    fn watch(bound: UnixListener) -> io::Result<Self::Listener> {
        Async::new(bound)
    }

    fn poll_accept(
        listener: &Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, PeerAddr)>> {
        let (socket, _) = ready!(poll_accept(listener, cx, UnixListener::accept))?;
        Poll::Ready(Socket::new(socket).map(|socket| (socket, PeerAddr::Unix)))
    }
}

/// Accepts; if nobody is there, has the task woken when somebody is.
fn poll_accept<L, A>(
    listener: &Async<L>,
    cx: &mut Context<'_>,
    accept: impl Fn(&L) -> io::Result<A>,
) -> Poll<io::Result<A>> {
    loop {
        match accept(listener.get_ref()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(listener.poll_readable(cx))?,
            accepted => return Poll::Ready(accepted),
        }
    }
}
