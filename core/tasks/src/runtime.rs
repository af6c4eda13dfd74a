//! What servers and clients ask of an async runtime.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_core::host::PeerAddr;
use rtmp_sockets::AsHandle;

/// A runtime's tasks and its clock.
pub trait Runtime: Sized + 'static {
    /// A timer, ready when its time has come.
    type Timer: Future + Unpin + Send + 'static;

    /// How many threads tasks run on.
    fn threads() -> usize;

    /// Runs a task to its end, which nobody waits for.
    fn spawn(task: impl Future<Output = ()> + Send + 'static);

    /// Has the task polled again, after those that are ready now. Tasks that do nothing else must not keep the runtime from its
    /// sockets.
    fn come_again(cx: &mut Context<'_>);

    /// The time, by the clock that timers go by.
    fn now() -> Instant;

    /// A timer for that time.
    fn timer(at: Instant) -> Self::Timer;

    /// Sets a timer, ready or not, to another time. It has to be polled then.
    fn reset(timer: &mut Self::Timer, at: Instant);
}

/// A runtime that moves bytes through streams of type `S`. The task is woken when what is pending may go on.
pub trait Io<S>: Runtime {
    /// Reads into the buffer: how many bytes; 0 when the peer has closed its side.
    fn poll_read(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes from one buffer.
    fn poll_write(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes from several buffers in one call.
    fn poll_write_vectored(
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Sends what the stream holds back, if it does that.
    fn poll_flush(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Says that nothing more will be sent. Reading goes on.
    fn poll_half_close(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// A runtime that a [`Client`](crate::Client) runs on.
pub trait Connect: Io<<Self as Connect>::Stream> {
    /// A connection.
    type Stream: AsHandle + Unpin + Send + 'static;

    /// Looks up the addresses of a host, by its name. That of an IP address is itself.
    fn look_up(host: String, port: u16)
    -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static;

    /// Connects to one address. Whether it takes too long is decided elsewhere: the future is dropped then.
    fn connect(
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<<Self as Connect>::Stream>> + Send + 'static;
}

/// A runtime that accepts connections from sockets which the standard library has as `L`.
pub trait Accept<L>: Io<<Self as Accept<L>>::Stream> {
    /// The socket as the runtime watches it.
    type Listener: Send + Sync + 'static;

    /// A connection.
    type Stream: Unpin + Send + 'static;

    /// Watches a bound socket, which does not block.
    ///
    /// # Errors
    ///
    /// The system's.
    fn watch(bound: L) -> io::Result<Self::Listener>;

    /// Accepts a connection. The task is woken when there is one.
    fn poll_accept(
        listener: &Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, PeerAddr)>>;
}

/// A runtime that a [`Server`](crate::Server) runs on: whoever accepts from all sockets that there are, is one.
#[cfg(unix)]
pub trait Serve: Accept<TcpListener, Stream: AsHandle> + Accept<UnixListener> {}

#[cfg(unix)]
impl<R: Accept<TcpListener, Stream: AsHandle> + Accept<UnixListener>> Serve for R {}

/// A runtime that a [`Server`](crate::Server) runs on: whoever accepts from all sockets that there are, is one.
#[cfg(not(unix))]
pub trait Serve: Accept<TcpListener, Stream: AsHandle> {}

#[cfg(not(unix))]
impl<R: Accept<TcpListener, Stream: AsHandle>> Serve for R {}
