//! One connection: a session, its socket, and the turns that carry bytes between them.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::io::{self, IoSlice};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Buf;
use rtmp_core::connection::server::{Refusal, RequestId};
use rtmp_core::hub::WakeList;
use rtmp_core::session::{Decision, ServerSession, SessionEvent};
use rtmp_core::units::Seed;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::Sleep;

use crate::authorize::PendingDecision;
use crate::census::Place;
use crate::observer::{End, EndReason};
use crate::peer::Peer;
use crate::shared::{Phase, Shared};
use crate::wake::Seat;

/// What one read takes at most. The buffer is its thread's: a connection that is silent owns none.
const SCRATCH_LEN: usize = 64 << 10;

/// Slices of one vectored write; Linux takes up to 1024.
const SLICES: usize = 64;

/// Reads and writes in a row before the other connections of the thread get theirs.
const TURNS: u32 = 16;

/// Reads that are acknowledged at once: enough to come from the handshake to `publish`, however it is cut.
const OPENING_READS: u8 = 32;

/// How long a session that is over may take to send its last bytes.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the socket stays open, after the last byte, for the peer to read it and close its side: a socket that
/// is closed with unread bytes is reset, and takes what the peer has not read with it.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

pub(crate) struct Connection<S> {
    shared: Arc<Shared>,
    seat: Seat,
    phases: watch::Receiver<Phase>,
    phase: Phase,
    peer: Peer,
    session: ServerSession,
    socket: S,
    acknowledge_now: fn(&S),
    opening_reads: u8,
    state: State,
    sleep: Pin<Box<Sleep>>,
    /// Answers on their way, of a host that takes its time.
    decisions: Vec<(RequestId, PendingDecision)>,
    /// The socket can't be used any more.
    broken: bool,
    /// What broke it, if that is what ended the session.
    error: Option<io::Error>,
    /// The peer has ended the connection, not we.
    closed_by_peer: bool,
    /// Nothing more can be read.
    eof: bool,
    /// Something has been written since the last flush: a socket that encrypts may hold it back.
    unflushed: bool,
    /// The session is out of the hub for good.
    left: bool,
    /// The last to be dropped: what is not counted any more is not there any more.
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The session runs.
    Open,
    /// The session is over. What it had to say last is sent until then.
    Flushing { until: Instant },
    /// All is said. The peer may read it and close its side until then.
    Lingering { until: Instant },
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        socket: S,
        acknowledge_now: fn(&S),
        peer: Peer,
        place: Place,
        seed: Seed,
    ) -> Self {
        let seat = shared.wakes.register();
        let (config, policy) = (Arc::clone(&shared.session), Arc::clone(&shared.policy));
        let session = ServerSession::new(config, policy, seat.token(), seed, now());
        let mut phases = shared.phase.subscribe();
        // The server may be stopping already.
        phases.mark_changed();
        Self {
            shared,
            seat,
            phases,
            phase: Phase::Serving,
            peer,
            session,
            socket,
            acknowledge_now,
            opening_reads: OPENING_READS,
            state: State::Open,
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
            decisions: Vec::new(),
            broken: false,
            error: None,
            closed_by_peer: false,
            eof: false,
            unflushed: false,
            left: false,
            place,
        }
    }

    /// Runs the connection to its end. A panic, of the host's code or of ours, ends it and nothing else.
    pub(crate) async fn run(&mut self) {
        let start = now();
        let mut result = catch_unwind(AssertUnwindSafe(|| self.shared.observer.on_start(&self.peer)));
        if result.is_ok() {
            result = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| self.poll(cx))) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            })
            .await;
        }
        let reason = match result {
            Ok(()) => self.end_reason(),
            Err(panic) => EndReason::Panicked(panic_message(&*panic)),
        };
        self.leave();
        // Of a `connect` that was refused, or broke off, no event has told.
        self.peer.connect.clone_from(self.session.connect());
        let end = End {
            reason,
            duration: now() - start,
            stats: self.session.stats(),
        };
        // An observer that panics at the end has nobody left to tell.
        let _ = catch_unwind(AssertUnwindSafe(|| self.shared.observer.on_end(&self.peer, &end)));
    }

    /// Takes turns until there is nothing to do, or others have waited long enough.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURNS {
            let now = now();
            // Not `||`: each of them has to say by what it is woken. Replies are queued first and written last,
            // so that all replies to one read leave in one write.
            let mut busy = self.take_wake(cx, now);
            busy |= self.take_decisions(cx, now);
            busy |= self.take_timeout(now);
            busy |= self.read(cx, now);
            busy |= self.sync(now);
            busy |= self.report_events();
            busy |= self.write(cx, now);
            match self.close(cx, now) {
                ControlFlow::Break(()) => return Poll::Ready(()),
                ControlFlow::Continue(changed) => busy |= changed,
            }
            if !busy && self.is_asleep(cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn take_wake(&mut self, cx: &Context<'_>, now: Instant) -> bool {
        let woken = self.seat.take_wake(cx);
        if woken {
            self.session.handle_wake();
        }
        // Costs one load; everybody is woken when it changes.
        if self.phases.has_changed().unwrap_or(false) {
            self.phase = *self.phases.borrow_and_update();
            self.enter(now);
        }
        woken
    }

    /// The server's end has come nearer.
    fn enter(&mut self, now: Instant) {
        let is_asked = match (self.phase, &self.shared.reconnect) {
            (Phase::Serving, _) => return,
            (Phase::Stopping, Some(request)) => self.session.request_reconnect(request, now),
            (Phase::Stopping, None) | (Phase::Stopped, _) => false,
        };
        if !is_asked {
            self.session.shut_down(now);
        }
    }

    fn take_decisions(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut index = 0;
        let before = self.decisions.len();
        while let Some((request, decision)) = self.decisions.get_mut(index) {
            if let Poll::Ready(decision) = decision.as_mut().poll(cx) {
                self.session.decide(*request, decision, now);
                drop(self.decisions.swap_remove(index));
            } else {
                index += 1;
            }
        }
        self.decisions.len() < before
    }

    fn take_timeout(&mut self, now: Instant) -> bool {
        let expired = self.state == State::Open && self.session.poll_timeout().is_some_and(|at| at <= now);
        if expired {
            self.session.handle_timeout(now);
        }
        expired
    }

    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        // What comes after the session's end is read and dropped.
        if self.eof || (self.state == State::Open && !self.session.wants_input()) {
            return false;
        }
        let mut scratch = SCRATCH.take();
        scratch.resize(SCRATCH_LEN, 0);
        let mut buffer = ReadBuf::new(&mut scratch);
        let busy = match Pin::new(&mut self.socket).poll_read(cx, &mut buffer) {
            Poll::Pending => false,
            Poll::Ready(Err(error)) => self.handle_socket_error(error, now),
            Poll::Ready(Ok(())) => {
                match (buffer.filled(), self.state) {
                    ([], _) => self.handle_eof(now),
                    (input, State::Open) => self.session.handle_input(input, now),
                    (_, State::Flushing { .. } | State::Lingering { .. }) => {}
                }
                true
            }
        };
        SCRATCH.set(scratch);
        if busy && self.opening_reads > 0 {
            self.opening_reads -= 1;
            (self.acknowledge_now)(&self.socket);
        }
        busy
    }

    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if self.broken {
            return false;
        }
        let queue = self.session.transmit();
        let mut socket = Pin::new(&mut self.socket);
        if !queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = queue.chunks_vectored(&mut slices);
            return match socket.poll_write_vectored(cx, &slices[..filled]) {
                Poll::Pending => false,
                Poll::Ready(Ok(0)) => self.handle_socket_error(io::ErrorKind::WriteZero.into(), now),
                Poll::Ready(Ok(written)) => {
                    queue.advance(written);
                    self.unflushed = true;
                    true
                }
                Poll::Ready(Err(error)) => self.handle_socket_error(error, now),
            };
        }
        if self.unflushed {
            match socket.as_mut().poll_flush(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return self.handle_socket_error(error, now),
            }
        }
        false
    }

    /// Goes towards the end, once the session is over. `Continue(true)`: it has come nearer.
    fn close(&mut self, cx: &mut Context<'_>, now: Instant) -> ControlFlow<(), bool> {
        if self.broken || self.phase == Phase::Stopped {
            return ControlFlow::Break(());
        }
        let is_sent = self.session.transmit().is_empty() && !self.unflushed;
        match self.state {
            State::Open if self.session.is_over() => {
                self.state = State::Flushing {
                    until: now + FLUSH_TIMEOUT,
                };
                return ControlFlow::Continue(true);
            }
            State::Open => {}
            State::Flushing { .. } if is_sent && self.eof => return ControlFlow::Break(()),
            State::Flushing { .. } if is_sent => match Pin::new(&mut self.socket).poll_shutdown(cx) {
                Poll::Ready(Ok(())) => {
                    self.state = State::Lingering {
                        until: now + LINGER_TIMEOUT,
                    };
                    return ControlFlow::Continue(true);
                }
                Poll::Ready(Err(_)) => return ControlFlow::Break(()),
                Poll::Pending => {}
            },
            State::Lingering { .. } if self.eof => return ControlFlow::Break(()),
            State::Flushing { .. } | State::Lingering { .. } => {}
        }
        match self.state {
            State::Flushing { until } | State::Lingering { until } if until <= now => ControlFlow::Break(()),
            State::Open | State::Flushing { .. } | State::Lingering { .. } => ControlFlow::Continue(false),
        }
    }

    /// Sets the alarm clock; `false` if it rings. Most inputs put the session's deadline off a little: the clock is
    /// left as it is then, and rings for nothing once in a while.
    fn is_asleep(&mut self, cx: &mut Context<'_>) -> bool {
        let deadline = match self.state {
            State::Open => self.session.poll_timeout(),
            State::Flushing { until } | State::Lingering { until } => Some(until),
        };
        let Some(deadline) = deadline.map(tokio::time::Instant::from_std) else {
            return true;
        };
        if self.sleep.is_elapsed() || deadline < self.sleep.deadline() {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx).is_pending()
    }

    fn handle_eof(&mut self, now: Instant) {
        self.eof = true;
        self.closed_by_peer |= !self.session.is_over();
        self.session.handle_eof(now);
    }

    fn handle_socket_error(&mut self, error: io::Error, now: Instant) -> bool {
        if error.kind() != io::ErrorKind::Interrupted {
            // Why a session ended is why it was over, not that the peer hung up at once.
            if !self.session.is_over() {
                self.error = Some(error);
            }
            self.broken = true;
            self.handle_eof(now);
        }
        true
    }
}

impl<S> Connection<S> {
    fn end_reason(&mut self) -> EndReason {
        if let Some(error) = self.error.take() {
            EndReason::Socket(error)
        } else if let Some(error) = self.session.error() {
            EndReason::Fault(error.clone())
        } else if self.closed_by_peer {
            EndReason::PeerClosed
        } else if self.phase != Phase::Serving {
            EndReason::ShutDown
        } else {
            EndReason::Done
        }
    }

    /// Lends the hub for as long as the session has anything to do there.
    fn sync(&mut self, now: Instant) -> bool {
        let mut busy = false;
        let mut wake = WakeList::new();
        while let Some(key) = self.session.wants_hub() {
            let mut hub = self.shared.hubs.lock(key);
            self.session.sync(&mut hub, &mut wake, 0, now);
            drop(hub);
            wake.drain(..).for_each(|token| self.shared.wakes.wake(token));
            busy = true;
        }
        busy
    }

    fn report_events(&mut self) -> bool {
        let mut busy = false;
        while let Some(event) = self.session.poll_event() {
            busy = true;
            match &event {
                SessionEvent::Asked { request, what } => {
                    self.peer.connect = self.session.connect().clone();
                    let decision = match &self.shared.authorize {
                        Some(authorize) => authorize.authorize(&self.peer, what),
                        None => Box::pin(ready(Decision::Reject(Refusal::Denied("nobody answers".into())))),
                    };
                    self.decisions.push((*request, decision));
                }
                SessionEvent::Connected | SessionEvent::Refused { key: None, .. } => {
                    self.peer.connect = self.session.connect().clone();
                }
                SessionEvent::Publishing { .. } | SessionEvent::Playing { .. } => self.place.grant(),
                _ => {}
            }
            self.shared.observer.on_event(&self.peer, &event);
        }
        busy
    }

    /// Takes the session out of the hub, also after a panic in the middle of anything: its streams must not stay
    /// taken.
    fn leave(&mut self) {
        if self.left {
            return;
        }
        self.left = true;
        let now = now();
        let _ = catch_unwind(AssertUnwindSafe(|| self.session.handle_eof(now)));
        let _ = catch_unwind(AssertUnwindSafe(|| self.sync(now)));
        let _ = catch_unwind(AssertUnwindSafe(|| self.report_events()));
    }
}

/// A connection whose future is dropped leaves the hub as well.
impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The runtime's clock, which stands still in tests that say so.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    /// Most of what an idle connection costs, next to the session's own buffers.
    #[test]
    fn a_connection_has_no_buffers_of_its_own() {
        assert!(size_of::<Connection<TcpStream>>() < size_of::<ServerSession>() + 512);
    }
}
