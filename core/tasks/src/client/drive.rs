//! Turns: what moves between a call and its socket.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use rtmp_core::connection::TransmitQueue;
use rtmp_core::host::{Call, Step};

use super::inbox::Inbox;
use super::{Client, dialling};
use crate::runtime::Connect;
use crate::wire::{Speaker, Wire};

/// Turns in a row before other tasks of the thread get theirs.
const TURNS: u32 = 4;

impl<R: Connect> Client<R> {
    /// Takes turns until there is nothing to do, or others have waited long enough.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        let is_judging = mem::take(&mut self.is_overdue);
        for _ in 0..TURNS {
            let now = R::now();
            let has_more = self.turn(cx, is_judging, now);
            if !is_judging && self.call.poll_timeout().is_some_and(|at| at <= now) {
                self.is_overdue = true;
                break;
            }
            if !has_more && self.is_asleep(cx, now) {
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

    /// `true` if there is more to do. `is_judging`: deadlines count.
    fn turn(&mut self, cx: &mut Context<'_>, is_judging: bool, now: Instant) -> bool {
        // Before the deadline: when all time is over, it knows why.
        self.dial(cx, now);
        let mut waits_for_input = true;
        if self.inbox.is_held() {
            self.call.hold_input(now);
        }
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
        self.write(cx);
        let was_due = is_judging && self.call.handle_timeout(now);
        while let Some(event) = self.call.poll_event() {
            self.inbox.push(event);
        }
        let has_closed = self.close_wire(cx, now);
        let wants_input = Party::new(&mut self.call, &mut self.inbox).wants_input();
        was_due || has_closed || (!waits_for_input && wants_input)
    }

    /// Connects a socket, if one is wanted.
    fn dial(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(dial) = self.call.dial() else {
            self.dialling = None;
            return;
        };
        let dialling = self
            .dialling
            .get_or_insert_with(|| Box::pin(dialling::dial::<R>(dial.clone(), self.call.poll_timeout())));
        let Poll::Ready(dialled) = dialling.as_mut().poll(cx) else {
            return;
        };
        self.dialling = None;
        match dialled {
            Ok(socket) => {
                rtmp_sockets::prepare(&socket);
                self.call.connected(rtmp_sockets::seed(), now);
                self.wire = (!self.call.is_over()).then(|| Wire::new(socket));
                self.opening_reads = rtmp_sockets::OPENING_READS;
            }
            Err(error) => self.call.dial_failed(error, now),
        }
    }

    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
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
        self.call.wants_input() && (self.inbox.has_room() || self.call.is_closing())
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
