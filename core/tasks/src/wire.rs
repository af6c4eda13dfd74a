//! A socket and who speaks through it: the turns that carry bytes between them.

use std::cell::Cell;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Buf;
use rtmp_core::connection::TransmitQueue;
use rtmp_core::host::{Alarm, Ticks};

use crate::runtime::{Io, Runtime};

/// What one read takes at most. The buffer is its thread's: a connection that is silent owns none.
const SCRATCH_LEN: usize = 64 << 10;

/// Slices of one vectored write; Linux takes up to 1024.
const SLICES: usize = 64;

/// Reads in a row before what they brought is answered.
const READS: u32 = 4;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Who speaks through a socket: a server's side of a connection, or a client's.
pub(crate) trait Speaker {
    /// Whether to read from the socket.
    fn wants_input(&self) -> bool;
    fn handle_input(&mut self, input: &mut [u8], now: Instant);
    fn handle_eof(&mut self, now: Instant);
    fn handle_error(&mut self, error: io::Error, now: Instant);
    /// What is to be written, asked for anew after each write.
    fn transmit(&mut self) -> &mut TransmitQueue;
    /// Whether the socket is broken: nothing can be written to it.
    fn is_broken(&self) -> bool;
}

/// A socket.
pub(crate) struct Wire<S> {
    pub(crate) socket: S,
    /// Something has been written since the last flush: a socket that encrypts may hold it back.
    is_unflushed: bool,
}

impl<S: Unpin> Wire<S> {
    pub(crate) const fn new(socket: S) -> Self {
        Self {
            socket,
            is_unflushed: false,
        }
    }

    pub(crate) const fn is_flushed(&self) -> bool {
        !self.is_unflushed
    }

    /// Reads what there is. `true` if the task is woken when there is more.
    pub(crate) fn read<R: Io<S>>(
        &mut self,
        speaker: &mut impl Speaker,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> bool {
        let mut scratch = SCRATCH.take();
        scratch.resize(SCRATCH_LEN, 0);
        let mut reads = 0;
        let waits = loop {
            if reads == READS || !speaker.wants_input() {
                break false;
            }
            reads += 1;
            match R::poll_read(Pin::new(&mut self.socket), cx, &mut scratch) {
                Poll::Pending => break true,
                Poll::Ready(Err(error)) => fail(speaker, error, now),
                Poll::Ready(Ok(0)) => speaker.handle_eof(now),
                Poll::Ready(Ok(count)) => speaker.handle_input(&mut scratch[..count], now),
            }
        };
        SCRATCH.set(scratch);
        waits
    }

    /// Writes what there is. The task is woken when there is room for the rest.
    pub(crate) fn write<R: Io<S>>(&mut self, speaker: &mut impl Speaker, cx: &mut Context<'_>, now: Instant) {
        if speaker.is_broken() {
            return;
        }
        let mut socket = Pin::new(&mut self.socket);
        loop {
            let queue = speaker.transmit();
            if queue.is_empty() {
                break;
            }
            let written = if queue.chunk().len() == queue.remaining() {
                // For the system, a list of one is more work than its one element.
                R::poll_write(socket.as_mut(), cx, queue.chunk())
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let filled = queue.chunks_vectored(&mut slices);
                R::poll_write_vectored(socket.as_mut(), cx, &slices[..filled])
            };
            match written {
                Poll::Pending => return,
                Poll::Ready(Ok(0)) => return fail(speaker, io::ErrorKind::WriteZero.into(), now),
                Poll::Ready(Ok(written)) => {
                    queue.advance(written);
                    self.is_unflushed = true;
                }
                Poll::Ready(Err(error)) => return fail(speaker, error, now),
            }
        }
        if self.is_unflushed {
            match R::poll_flush(socket, cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.is_unflushed = false,
                Poll::Ready(Err(error)) => fail(speaker, error, now),
            }
        }
    }
}

fn fail(speaker: &mut impl Speaker, error: io::Error, now: Instant) {
    if error.kind() != io::ErrorKind::Interrupted {
        speaker.handle_error(error, now);
    }
}

/// A task's alarm clock.
pub(crate) struct Clock<R: Runtime> {
    timer: R::Timer,
    /// When `timer` wakes the task, if it has been told to.
    alarm: Option<Alarm>,
}

impl<R: Runtime> Clock<R> {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            timer: R::timer(now),
            alarm: None,
        }
    }

    /// Whether it has rung, or would.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.alarm.is_some_and(|alarm| alarm.due <= now)
    }

    /// Sets it; `false` if it will do as it is, and the task that it wakes is the same. Most inputs put a deadline off a
    /// little: the clock is left as it is then, and rings for nothing once in a while.
    pub(crate) fn set(&mut self, deadline: Instant, ticks: Ticks, now: Instant) -> bool {
        let set = self.alarm.filter(|alarm| now < alarm.due);
        let Some(alarm) = ticks.reset(set, deadline, now) else {
            return false;
        };
        self.alarm = Some(alarm);
        R::reset(&mut self.timer, alarm.due);
        true
    }

    /// Has it wake this task; `false` if it rings.
    pub(crate) fn is_asleep(&mut self, cx: &mut Context<'_>) -> bool {
        Pin::new(&mut self.timer).poll(cx).is_pending()
    }
}
