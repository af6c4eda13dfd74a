//! A client: a call, its sockets, and what its host waits for.

mod inbox;
mod sink;

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_core::Stream;
use rtmp_core::connection::client::{
    ClientConnection, ClientEvent, PlayOptions, PublishMode, Role, StreamHandle,
};
use rtmp_core::connection::{ApiMisuse, Error, TransmitQueue};
use rtmp_core::host::{Call, CallError, ClientSettings, Step, Ticks};
use rtmp_core::media::{Class, MediaMessage};
use rtmp_core::url::RtmpUrl;

use crate::runtime::Connect;
use crate::wire::{Clock, Speaker, Wire};

use inbox::{Answer, Inbox};
pub use sink::MediaSink;

/// Turns in a row before other tasks of the thread get theirs.
const TURNS: u32 = 4;

/// A client of one server: publishes to it, plays from it, or both.
///
/// Where the server sends its client elsewhere, asks who publishes, or can't read the handshake, the client connects anew by
/// itself: see [`Call`].
///
/// A client is no task of its own. Bytes move, pings are answered and deadlines met while one of its futures is waited
/// for, whichever it is: who has nothing to ask for waits for [`next`](Self::next). All of them are cancellation-safe: one
/// may be dropped at any time, as in `select!`, and each says what has become of its request then.
///
/// What has happened waits until it is asked for with [`next`](Self::next). Of media, 256 kB and what one round of reads
/// brings: then nothing more is read, and the server has to wait, which a live one answers by skipping. Of
/// all other events, the newest 256. So a client that only publishes need not ask.
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

    /// Publishes under a name, which is sent as it is, with its query: waits until the server takes what is
    /// [sent](Self::send).
    ///
    /// When the future is dropped, the request is withdrawn.
    ///
    /// # Errors
    ///
    /// [`CallError`], with the server's [rejection](Error::Rejected), or with what has ended the connection.
    pub async fn publish(
        &mut self,
        name: impl Into<String>,
        mode: PublishMode,
    ) -> Result<StreamHandle, CallError> {
        let stream = self.call.connection().publish(name, mode, R::now());
        self.granted(stream).await
    }

    /// Plays: waits until the server has said that it will send the stream, now or once it is published. Its media are
    /// [events](ClientEvent::Media).
    ///
    /// When the future is dropped, the request is withdrawn.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub async fn play(&mut self, options: PlayOptions) -> Result<StreamHandle, CallError> {
        let stream = self.call.connection().play(options, R::now());
        self.granted(stream).await
    }

    /// Waits for the answer to a request.
    async fn granted(&mut self, stream: StreamHandle) -> Result<StreamHandle, CallError> {
        let mut request = Request::new(self, stream);
        let answer = poll_fn(|cx| {
            let client = &mut *request.client;
            client.drive(cx);
            match client.inbox.take_answer() {
                Some(answer) => Poll::Ready(answer),
                None => client.poll_over().map(|_| Answer::Closed),
            }
        })
        .await;
        request.is_answered = true;
        match answer {
            Answer::Granted => Ok(stream),
            Answer::Refused(rejection) => Err(Error::Rejected(Box::new(rejection)).into()),
            Answer::Closed => Err(request.client.end()),
        }
    }

    /// Sends a message of a stream that publishes, once there is room for it: less than
    /// [`Limits::max_unsent_media`](rtmp_core::limits::Limits::max_unsent_media) waits to be sent. It waits as well while the
    /// client connects anew. A live publisher who would rather leave something out asks
    /// [`wants_media`](Self::wants_media) before.
    ///
    /// When the future is dropped before it is ready, the message has not been sent, nor any part of it.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the stream has been refused since, or the connection has ended.
    pub async fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        let mut message = Some(message);
        poll_fn(|cx| {
            if let Some(next) = message.as_ref() {
                self.move_before(stream, next);
                ready!(self.poll_room(stream, cx))?;
            }
            if let Some(message) = message.take() {
                self.start_send(stream, message)?;
            }
            self.write(cx);
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Whether a message of a stream that publishes would be sent without waiting.
    pub fn wants_media(&mut self, stream: StreamHandle) -> bool {
        self.call.connection().wants_media(stream)
    }

    /// The stream as a sink of messages.
    pub const fn sink(&mut self, stream: StreamHandle) -> MediaSink<'_, R> {
        MediaSink { client: self, stream }
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

    /// Ready when a message of this stream may be sent.
    fn poll_room(&mut self, stream: StreamHandle, cx: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        self.drive(cx);
        if self.wants_media(stream) {
            return Poll::Ready(Ok(()));
        }
        if self.call.connection().has_stream(stream) {
            return Poll::Pending;
        }
        Poll::Ready(Err(self.end_of(stream)))
    }

    fn start_send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        let sent = self.call.connection().send_media(stream, message, R::now());
        sent.map_err(|_| self.end_of(stream))
    }

    /// A server that wants us elsewhere is left before a key frame.
    fn move_before(&mut self, stream: StreamHandle, message: &MediaMessage) {
        if self.call.wants_to_reconnect()
            && self.call.connection().has_stream(stream)
            && message.class() == Class::Keyframe
        {
            self.call.reconnect(R::now());
        }
    }

    /// Why nothing more can be sent on a stream.
    fn end_of(&self, stream: StreamHandle) -> CallError {
        match self.inbox.refusal(stream) {
            Some(rejection) => Error::Rejected(Box::new(rejection.clone())).into(),
            None => self.end(),
        }
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

    /// Takes turns until there is nothing to do, or others have waited long enough.
    fn drive(&mut self, cx: &mut Context<'_>) {
        for _ in 0..TURNS {
            let now = R::now();
            if !self.turn(cx, now) && self.is_asleep(cx, now) {
                return;
            }
        }
        R::come_again(cx);
    }

    /// Sets the alarm clock, to wake whoever waits now; `false` if it rings.
    fn is_asleep(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Some(deadline) = self.call.poll_timeout() else {
            return true;
        };
        self.clock.set(deadline, self.ticks, now);
        self.clock.is_asleep(cx)
    }

    /// `true` if there is more to do.
    fn turn(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if self.call.poll_timeout().is_some_and(|at| at <= now) {
            self.call.handle_timeout(now);
        }
        self.dial(cx, now);
        let mut waits_for_input = true;
        if let Some(wire) = &mut self.wire {
            let mut party = Party::new(&mut self.call, &mut self.inbox);
            waits_for_input = wire.read::<R>(&mut party, cx, now);
            // What is sent acknowledges as well. A server that writes an answer in pieces, as nginx-rtmp does, holds the second
            // one back until the first is acknowledged, which the system would put off for 40 ms.
            if party.has_read && self.opening_reads > 0 {
                self.opening_reads -= 1;
                if self.call.transmit().is_empty() {
                    rtmp_sockets::acknowledge_now(&wire.socket);
                }
            }
        }
        while let Some(event) = self.call.poll_event() {
            self.inbox.push(event);
        }
        self.write(cx);
        let has_closed = self.close_wire(cx, now);
        let wants_input = self.call.wants_input() && self.inbox.has_room();
        has_closed || (!waits_for_input && wants_input)
    }

    /// Connects a socket, if one is wanted.
    fn dial(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(dial) = self.call.dial() else {
            self.dialling = None;
            return;
        };
        let dialling = self
            .dialling
            .get_or_insert_with(|| Box::pin(R::connect(dial.host.clone(), dial.port)));
        let Poll::Ready(dialled) = dialling.as_mut().poll(cx) else {
            return;
        };
        self.dialling = None;
        match dialled {
            Ok(socket) => {
                self.call.connected(rtmp_sockets::seed(), now);
                self.wire = (!self.call.is_over()).then(|| Wire::new(socket));
                self.opening_reads = rtmp_sockets::OPENING_READS;
            }
            Err(error) => self.call.dial_failed(error, now),
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(wire) = &mut self.wire {
            let mut party = Party::new(&mut self.call, &mut self.inbox);
            wire.write::<R>(&mut party, cx, R::now());
        }
    }

    /// Goes towards the socket's end, if the call does. `true` if it has come nearer.
    fn close_wire(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Some(wire) = &mut self.wire else {
            return false;
        };
        match self.call.step(wire.is_flushed(), now) {
            Step::Stay => return false,
            Step::HalfClose => match R::poll_half_close(Pin::new(&mut wire.socket), cx) {
                Poll::Ready(Ok(())) => self.call.half_closed(now),
                Poll::Ready(Err(error)) => self.call.handle_error(error, now),
                Poll::Pending => return false,
            },
            Step::Close => self.wire = None,
        }
        true
    }
}

/// What is read goes to the call, as long as there is room for what it brings.
struct Party<'a> {
    call: &'a mut Call,
    inbox: &'a mut Inbox,
    has_read: bool,
}

impl<'a> Party<'a> {
    const fn new(call: &'a mut Call, inbox: &'a mut Inbox) -> Self {
        Self {
            call,
            inbox,
            has_read: false,
        }
    }
}

impl Speaker for Party<'_> {
    fn wants_input(&self) -> bool {
        self.inbox.has_room() && self.call.wants_input()
    }

    fn handle_input(&mut self, input: &mut [u8], now: Instant) {
        self.has_read = true;
        self.call.handle_input(input, now);
        while let Some(event) = self.call.poll_event() {
            self.inbox.push(event);
        }
    }

    fn handle_eof(&mut self, now: Instant) {
        self.call.handle_eof(now);
    }

    fn handle_error(&mut self, error: io::Error, now: Instant) {
        self.call.handle_error(error, now);
    }

    fn transmit(&mut self) -> &mut TransmitQueue {
        self.call.transmit()
    }

    fn is_broken(&self) -> bool {
        self.call.is_broken()
    }
}

/// A request for a stream that is withdrawn unless it is answered.
struct Request<'a, R: Connect> {
    client: &'a mut Client<R>,
    stream: StreamHandle,
    is_answered: bool,
}

impl<'a, R: Connect> Request<'a, R> {
    fn new(client: &'a mut Client<R>, stream: StreamHandle) -> Self {
        client.inbox.ask(stream);
        Self {
            client,
            stream,
            is_answered: false,
        }
    }
}

impl<R: Connect> Drop for Request<'_, R> {
    fn drop(&mut self) {
        self.client.inbox.forget();
        if !self.is_answered {
            self.client.end_stream(self.stream);
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
