//! A client: a call, its sockets, and what its host waits for.

mod dialling;
mod drive;
mod inbox;
mod media;
mod request;
mod sink;

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use rtmp_core::connection::client::{ClientConnection, ClientEvent, Role, StreamHandle};
use rtmp_core::connection::{ApiMisuse, Error};
use rtmp_core::host::{Call, CallError, ClientSettings, Ticks};
use rtmp_core::url::RtmpUrl;

use crate::runtime::Connect;
use crate::wire::{Clock, Wire};

use inbox::Inbox;
pub use sink::MediaSink;

/// A client of one server: publishes to it, plays from it, or both.
///
/// Where the server sends its client elsewhere, asks who publishes, or can't read the handshake, the client connects anew by
/// itself: see [`Call`].
///
/// A client is no task of its own. Bytes move, pings are answered and deadlines met while one of its futures is waited
/// for, whichever it is: who has nothing to ask for waits for [`next`](Self::next). All of them are cancellation-safe: one
/// may be dropped at any time, as in `select!`, and each says what has become of its request then.
///
/// What has happened waits until it is asked for with [`next`](Self::next). Of media, 256 kB (16 MB while an answer is waited
/// for, which may stand behind them) and what one round of reads brings: then nothing more is read, and the server has to
/// wait, which a live one answers by skipping. Of all other events, the newest 256, with 256 kB of messages at most, or with a
/// single one that is longer. So a client that only publishes need not ask.
///
/// Dropping a client closes its socket as it is. [`close`](Self::close) says farewell.
pub struct Client<R: Connect> {
    call: Call,
    inbox: Inbox,
    dialling: Option<Dialling<<R as Connect>::Stream>>,
    wire: Option<Wire<<R as Connect>::Stream>>,
    /// Reads that are still to be acknowledged at once.
    opening_reads: u8,
    clock: Clock<R>,
    ticks: Ticks,
    /// A deadline had passed when the client was last polled. The host may have been busy for long: the server is late if there is
    /// still nothing after the runtime has looked at the sockets.
    is_overdue: bool,
    /// The host has been told of the error.
    has_told: bool,
}

type Dialling<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;

impl<R: Connect> Client<R> {
    /// Connects to the server of a URL, which may lead to others, and waits until one of them lets the client in. Names of
    /// streams are given with [`publish`](Self::publish) and [`play`](Self::play), for instance
    /// [the URL's own](RtmpUrl::name). `role` is that of all of them: a client that does both is a publisher.
    ///
    /// The first events are those of the way here, [`ClientEvent::Connected`] the last of them.
    ///
    /// Dropping the future gives up.
    ///
    /// # Errors
    ///
    /// [`CallError`]: nobody there, no TLS, or not let in.
    pub async fn connect(url: &RtmpUrl, role: Role, settings: ClientSettings) -> Result<Self, CallError> {
        let now = R::now();
        let mut client = Self {
            call: Call::new(url, role, settings, now)?,
            inbox: Inbox::default(),
            dialling: None,
            wire: None,
            opening_reads: 0,
            clock: Clock::new(now),
            ticks: Ticks::new(now),
            is_overdue: false,
            has_told: false,
        };
        poll_fn(|cx| {
            client.drive(cx);
            if client.inbox.is_connected {
                return Poll::Ready(Ok(()));
            }
            client.poll_over().map(Err)
        })
        .await?;
        Ok(client)
    }

    /// Ends a stream, and not the connection. What has been sent goes before it. The end goes out with whatever is waited
    /// for next.
    pub fn end_stream(&mut self, stream: StreamHandle) {
        self.call.connection().close(stream, R::now());
    }

    /// Waits for what happens next; `None` when the connection has ended. An error is the last but that. Nothing is lost
    /// when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<ClientEvent, CallError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`next`](Self::next), for futures written by hand.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ClientEvent, CallError>>> {
        if let Some(event) = self.inbox.pop() {
            return Poll::Ready(Some(Ok(event)));
        }
        self.drive(cx);
        if let Some(event) = self.inbox.pop() {
            return Poll::Ready(Some(Ok(event)));
        }
        if !self.call.is_over() {
            return Poll::Pending;
        }
        let error = self.call.error().filter(|_| !self.has_told).cloned();
        self.has_told = true;
        Poll::Ready(error.map(Err))
    }

    /// Waits until all that has been asked for and sent is the system's. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    ///
    /// [`CallError`], when the connection has ended before.
    pub async fn flush(&mut self) -> Result<(), CallError> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// As [`flush`](Self::flush), for futures written by hand.
    ///
    /// # Errors
    ///
    /// [`CallError`], when the connection has ended before.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.drive(cx);
        let is_flushed = self.wire.as_ref().is_some_and(Wire::is_flushed);
        if is_flushed && self.call.transmit().is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.poll_over().map(Err)
    }

    /// Ends all streams and the connection: what has been sent goes out, the server is told, and has a moment to
    /// close its side. It takes six seconds at most. When the future is dropped, the rest is done by whatever is waited for
    /// next.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the connection has ended by it, now or before, and what was sent last may not have arrived.
    pub async fn close(&mut self) -> Result<(), CallError> {
        poll_fn(|cx| self.poll_close(cx)).await
    }

    /// As [`close`](Self::close), for futures written by hand.
    ///
    /// # Errors
    ///
    /// As [`close`](Self::close).
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.call.connection().disconnect(R::now());
        self.drive(cx);
        if !self.call.is_over() {
            return Poll::Pending;
        }
        self.has_told = true;
        Poll::Ready(self.call.error().cloned().map_or(Ok(()), Err))
    }

    /// The connection: for pauses, seeks, pings and counts. What it is asked for goes out with whatever is waited for
    /// next.
    pub const fn connection(&mut self) -> &mut ClientConnection {
        self.call.connection()
    }

    /// The call: what lies between the connection and its socket, and what has ended it.
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// What has ended the connection. If nothing has but the host itself, there is no such stream any more.
    fn end(&self) -> CallError {
        let error = self.call.error().cloned();
        error.unwrap_or_else(|| Error::from(ApiMisuse::UnknownStream).into())
    }

    /// Ready once there is nothing more to wait for.
    fn poll_over(&self) -> Poll<CallError> {
        if self.call.is_over() {
            Poll::Ready(self.end())
        } else {
            Poll::Pending
        }
    }
}

/// What happens, in its order. An error is the last item.
impl<R: Connect> Stream for Client<R> {
    type Item = Result<ClientEvent, CallError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next(cx)
    }
}

impl<R: Connect> fmt::Debug for Client<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("dial", &self.call.dial())
            .field("error", &self.call.error())
            .finish_non_exhaustive()
    }
}
