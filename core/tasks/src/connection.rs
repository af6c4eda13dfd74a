//! One connection: a session, its socket, and the turns that carry bytes between them.

#[cfg(test)]
mod tests;

use std::future::{poll_fn, ready};
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_core::connection::TransmitQueue;
use rtmp_core::connection::server::{Refusal, RequestId};
use rtmp_core::host::{EndReason, Guest, Peer, Step, Transport, guarded};
use rtmp_core::session::{Decision, ServerSession, SessionEvent};
use rtmp_sockets::OPENING_READS;

use crate::authorize::PendingDecision;
use crate::coalescing;
use crate::place::CountedPlace;
use crate::runtime::{Io, Runtime};
use crate::shared::{Phase, Shared};
use crate::wake::Seat;
use crate::wire::{Clock, Speaker, Wire};

/// Turns in a row before the other connections of the thread get theirs.
const TURNS: u32 = 4;

pub(crate) struct Connection<R: Runtime, S> {
    shared: Arc<Shared>,
    seat: Seat,
    /// What the connection has been told of.
    phase: Phase,
    guest: Guest,
    wire: Wire<S>,
    acknowledge_now: fn(&S),
    /// Reads that are left of those that open the connection.
    opening_reads: u8,
    /// One of the opening reads has brought something in this turn.
    is_opening: bool,
    clock: Clock<R>,
    /// More has come of it than it reads in its turns, and others stand in line, of its stream or another: it is read once they
    /// have been woken.
    is_in_line: bool,
    /// Answers on their way, of a host that takes its time.
    decisions: Vec<(RequestId, PendingDecision)>,
    /// The session is out of the hub for good.
    left: bool,
    /// The last to be dropped: what is not counted any more is not there any more.
    place: CountedPlace,
}

impl<R: Io<S>, S: Unpin> Connection<R, S> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        socket: S,
        acknowledge_now: fn(&S),
        peer: Peer,
        transport: Transport,
        place: CountedPlace,
    ) -> Self {
        let seat = shared.wakes.register();
        let (config, policy) = (Arc::clone(&shared.terms().session), Arc::clone(&shared.policy));
        let now = R::now();
        coalescing::note_request();
        let session = ServerSession::new(config, policy, seat.token(), rtmp_sockets::seed(), now);
        Self {
            shared,
            seat,
            phase: Phase::Serving,
            guest: Guest::new(peer, session, now).through(transport),
            wire: Wire::new(socket),
            acknowledge_now,
            opening_reads: OPENING_READS,
            is_opening: false,
            clock: Clock::new(now),
            is_in_line: false,
            decisions: Vec::new(),
            left: false,
            place,
        }
    }

    /// Runs the connection to its end. A panic, of the host's code or of ours, ends it and nothing else.
    pub(crate) async fn run(&mut self) {
        let mut result = guarded(|| self.shared.observer.on_start(self.guest.peer()));
        if result.is_ok() {
            result = poll_fn(|cx| match guarded(|| self.poll(cx)) {
                Ok(poll) => poll.map(Ok),
                Err(panic) => Poll::Ready(Err(panic)),
            })
            .await;
        }
        self.leave();
        let mut end = self.guest.end(R::now());
        if let Err(panic) = result {
            end.reason = EndReason::Panicked(panic);
        }
        // An observer that panics at the end has nobody left to tell.
        let _ = guarded(|| self.shared.observer.on_end(self.guest.peer(), &end));
    }

    /// Takes turns until there is nothing to do, or others have waited long enough. One turn is all that most wakes take.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURNS {
            let now = R::now();
            self.take_wake(cx, now);
            self.take_decisions(cx, now);
            if self.clock.is_due(now) {
                self.guest.handle_timeout(now);
            }
            // Queue, then flush: all replies to what was read leave in one write.
            let waits_for_input = self.is_in_line || self.read(cx, now);
            self.sync(now);
            let has_asked = self.report_events();
            self.acknowledge();
            self.write(cx, now);
            let has_closed = match self.close(cx, now) {
                ControlFlow::Break(()) => return Poll::Ready(()),
                ControlFlow::Continue(has_closed) => has_closed,
            };
            // What has been written makes room, for more media and for more requests.
            let is_busy = has_asked
                || has_closed
                || self.guest.wants_hub(now).is_some()
                || (!waits_for_input && self.guest.wants_input());
            if !is_busy && self.is_asleep(cx, now) {
                return Poll::Pending;
            }
        }
        self.is_in_line |= self.seat.come_again::<R>(cx);
        Poll::Pending
    }

    fn take_wake(&mut self, cx: &Context<'_>, now: Instant) {
        if self.seat.take_wake(cx) {
            self.is_in_line = false;
            self.guest.session().handle_wake();
        }
        // Costs one load; everybody is woken when it changes.
        let phase = self.shared.phase();
        if phase != self.phase {
            self.phase = phase;
            self.enter(now);
        }
    }

    /// The server's end has come nearer.
    fn enter(&mut self, now: Instant) {
        match self.phase {
            Phase::Serving => {}
            Phase::Stopping => self
                .guest
                .handle_stop(self.shared.terms().reconnect.as_ref(), now),
            Phase::Stopped => self.guest.handle_stop(None, now),
        }
    }

    fn take_decisions(&mut self, cx: &mut Context<'_>, now: Instant) {
        let mut index = 0;
        while let Some((request, decision)) = self.decisions.get_mut(index) {
            if let Poll::Ready(decision) = decision.as_mut().poll(cx) {
                self.guest.session().decide(*request, decision, now);
                drop(self.decisions.swap_remove(index));
            } else {
                index += 1;
            }
        }
    }

    /// Reads what there is. `true` if the task is woken when there is more.
    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut visit = Visit {
            guest: &mut self.guest,
            shared: &self.shared,
            reads: 0,
        };
        let waits = self.wire.read::<R>(&mut visit, cx, now);
        let reads = visit.reads;
        self.is_opening |= reads > 0 && self.opening_reads > 0;
        self.opening_reads = self.opening_reads.saturating_sub(reads);
        if reads > 0 && self.place.is_idle() {
            coalescing::note_request();
        } else if reads > 0 {
            coalescing::note_media(&self.shared.read_latency, now);
        }
        waits
    }

    /// Acknowledges what opens the connection, unless there is an answer: that acknowledges as well, and spares a segment of
    /// its own.
    fn acknowledge(&mut self) {
        if mem::take(&mut self.is_opening) && self.guest.transmit().is_empty() {
            (self.acknowledge_now)(&self.wire.socket);
        }
    }

    /// Writes what there is. The task is woken when there is room for the rest.
    fn write(&mut self, cx: &mut Context<'_>, now: Instant) {
        let mut visit = Visit {
            guest: &mut self.guest,
            shared: &self.shared,
            reads: 0,
        };
        self.wire.write::<R>(&mut visit, cx, now);
    }

    /// Goes towards the end, once the session is over. `Continue(true)`: it has come nearer.
    fn close(&mut self, cx: &mut Context<'_>, now: Instant) -> ControlFlow<(), bool> {
        if self.phase == Phase::Stopped {
            return ControlFlow::Break(());
        }
        match self.guest.step(self.wire.is_flushed(), now) {
            Step::Close => ControlFlow::Break(()),
            Step::Stay => ControlFlow::Continue(false),
            Step::HalfClose => match R::poll_half_close(Pin::new(&mut self.wire.socket), cx) {
                Poll::Ready(Ok(())) => {
                    self.guest.half_closed(now);
                    ControlFlow::Continue(true)
                }
                Poll::Ready(Err(_)) => ControlFlow::Break(()),
                Poll::Pending => ControlFlow::Continue(false),
            },
        }
    }

    /// Sets the alarm clock; `false` if it rings.
    fn is_asleep(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Some(deadline) = self.guest.poll_timeout() else {
            return true;
        };
        !self.clock.set(deadline, self.shared.ticks, now) || self.clock.is_asleep(cx)
    }
}

impl<R: Runtime, S> Connection<R, S> {
    fn sync(&mut self, now: Instant) {
        sync(&mut self.guest, &self.shared, now);
    }

    /// Tells what has happened. `true` if somebody has been asked something.
    fn report_events(&mut self) -> bool {
        let mut has_asked = false;
        while let Some(event) = self.guest.poll_event() {
            match &event {
                SessionEvent::Asked { request, what } => {
                    let decision = match &self.shared.authorize {
                        Some(authorize) => authorize.authorize(self.guest.peer(), what),
                        None => Box::pin(ready(Decision::Reject(Refusal::Denied("nobody answers".into())))),
                    };
                    self.decisions.push((*request, decision));
                    has_asked = true;
                }
                SessionEvent::Publishing { .. } | SessionEvent::Playing { .. } => self.place.grant(),
                _ => {}
            }
            self.shared.observer.on_event(self.guest.peer(), &event);
        }
        has_asked
    }

    /// Takes the session out of the hub, also after a panic in the middle of anything: its streams must not stay
    /// taken.
    fn leave(&mut self) {
        if self.left {
            return;
        }
        self.left = true;
        let now = R::now();
        let _ = guarded(|| self.guest.leave(now));
        let _ = guarded(|| self.sync(now));
        let _ = guarded(|| self.report_events());
    }
}

/// Lends the hub for as long as the session has anything to do there.
fn sync(guest: &mut Guest, shared: &Shared, now: Instant) {
    while let Some(key) = guest.wants_hub(now) {
        let hub = shared.hubs.lock(key);
        shared.work(hub, |hub, wake| guest.session().sync(hub, wake, 0, now));
    }
}

/// A guest, as its socket is read and written.
struct Visit<'a> {
    guest: &'a mut Guest,
    shared: &'a Shared,
    /// Reads that have brought something.
    reads: u8,
}

impl Speaker for Visit<'_> {
    fn wants_input(&self) -> bool {
        self.guest.wants_input()
    }

    fn handle_input(&mut self, input: &mut [u8], now: Instant) {
        self.reads += 1;
        self.guest.handle_input(input, now);
    }

    fn handle_eof(&mut self, now: Instant) {
        // What was asked for before it counts: the session forgets what the hub has not heard of.
        sync(self.guest, self.shared, now);
        self.guest.handle_eof(now);
    }

    fn handle_error(&mut self, error: io::Error, now: Instant) {
        self.guest.handle_error(error, now);
    }

    fn transmit(&mut self) -> &mut TransmitQueue {
        self.guest.transmit()
    }

    fn is_broken(&self) -> bool {
        self.guest.is_broken()
    }
}

/// A connection whose future is dropped leaves the hub as well.
impl<R: Runtime, S> Drop for Connection<R, S> {
    fn drop(&mut self) {
        self.leave();
    }
}
