//! Any async runtime, where the tests' own name is known.

use std::future::Future;
use std::io::{self, IoSlice};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_tasks::{Connect, Io, Runtime};

use crate::clients::addresses;

/// The runtime `R`, but for what [`addresses::look_up`] knows.
pub(crate) struct Naming<R>(PhantomData<R>);

impl<R: Runtime> Runtime for Naming<R> {
    type Timer = R::Timer;

    fn threads() -> usize {
        R::threads()
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        R::spawn(task);
    }

    fn come_again(cx: &mut Context<'_>) {
        R::come_again(cx);
    }

    fn now() -> Instant {
        R::now()
    }

    fn timer(at: Instant) -> Self::Timer {
        R::timer(at)
    }

    fn reset(timer: &mut Self::Timer, at: Instant) {
        R::reset(timer, at);
    }
}

impl<S, R: Io<S>> Io<S> for Naming<R> {
    fn poll_read(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        R::poll_read(stream, cx, buffer)
    }

    fn poll_write(stream: Pin<&mut S>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        R::poll_write(stream, cx, buffer)
    }

    fn poll_write_vectored(
        stream: Pin<&mut S>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        R::poll_write_vectored(stream, cx, buffers)
    }

    fn poll_flush(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        R::poll_flush(stream, cx)
    }

    fn poll_half_close(stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        R::poll_half_close(stream, cx)
    }
}

impl<R: Connect> Connect for Naming<R> {
    type Stream = <R as Connect>::Stream;

    async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        match addresses::look_up(&host, port) {
            Some(found) => Ok(found),
            None => R::look_up(host, port).await,
        }
    }

    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + Send + 'static {
        <R as Connect>::connect(address)
    }
}
