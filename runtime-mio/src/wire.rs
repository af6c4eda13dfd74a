//! A socket, and what is known of it: whether it may have something to read, whether it may have room.

use std::io;

use bytes::Buf;
use mio::event::Event;
use rtmp_core::connection::TransmitQueue;
use rtmp_sockets::OPENING_READS;

use crate::socket::{IS_SHORT_THE_LAST, Socket};

/// What one read takes at most.
pub(crate) const SCRATCH_LEN: usize = 64 << 10;

/// Bytes that are read of one connection in one round of the queue; of a client, in one turn.
const MAX_READ: usize = 16 * SCRATCH_LEN;

/// What a read counts for at least: a peer that drips bytes as fast as they are read does not keep its reader for ever.
const MIN_READ: usize = 4 << 10;

/// Writes of one connection in one round: one that catches up with its stream is given
/// [`Limits::max_unsent_media`](rtmp_core::limits::Limits::max_unsent_media) for each.
pub(crate) const WRITES: u32 = 4;

/// What may still be read of a connection in this round of the queue. Who publishes faster than players can be sent it is
/// slowed down to that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) left: usize,
    round: u32,
}

impl Allowance {
    pub(crate) const fn new() -> Self {
        Self {
            left: MAX_READ,
            round: 0,
        }
    }

    /// It is this round: another allowance, if it has been another one until now.
    pub(crate) const fn renew(&mut self, round: u32) {
        if self.round != round {
            *self = Self { round, ..Self::new() };
        }
    }

    /// A read has brought so many bytes.
    pub(crate) fn spend(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count.max(MIN_READ));
    }
}

/// A connected socket, registered for edges.
pub(crate) struct Wire {
    socket: Socket,
    /// There may be something to read: an event has said so, and no read has said that it was all.
    is_readable: bool,
    /// The peer has closed its side, or all: what has been read was not all before a read says so.
    is_closed: bool,
    /// There may be room to write.
    is_writable: bool,
    opening_reads: u8,
}

impl Wire {
    pub(crate) const fn new(socket: Socket) -> Self {
        Self {
            socket,
            is_readable: false,
            is_closed: false,
            is_writable: true,
            opening_reads: OPENING_READS,
        }
    }

    /// A socket of ours, whose events up to now were about its connection, and perhaps of its end.
    pub(crate) const fn connected(socket: Socket, is_closed: bool) -> Self {
        let mut wire = Self::new(socket);
        wire.is_readable = true;
        wire.is_closed = is_closed;
        wire
    }

    /// The socket has changed. `true` if that is something to act on.
    pub(crate) fn notice(&mut self, event: &Event) -> bool {
        let is_closed = event.is_read_closed() || event.is_error();
        self.is_closed |= is_closed;
        self.is_readable |= is_closed || event.is_readable();
        let was_full = !self.is_writable;
        self.is_writable = self.is_writable || is_closed || event.is_writable();
        self.is_readable || (was_full && self.is_writable)
    }

    /// The system may know more than events have told: nobody need have polled for a while.
    pub(crate) const fn look_again(&mut self) {
        self.is_readable = true;
        self.is_writable = true;
    }

    pub(crate) const fn is_readable(&self) -> bool {
        self.is_readable
    }

    pub(crate) const fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// Reads: how many bytes, 0 when the peer has closed its side; `None` when there is nothing now.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.socket.read(buffer) {
            Ok(count) => {
                // A short read was all there was then, unless the end is behind it: what comes is an edge again.
                self.is_readable =
                    count > 0 && (count == buffer.len() || self.is_closed || !IS_SHORT_THE_LAST);
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(error) => {
                self.is_readable = false;
                none_if_would_block(error)
            }
        }
    }

    /// Whether the last read was one of those that open a connection, and are to be [acknowledged](Self::acknowledge_now) at
    /// once.
    pub(crate) const fn take_opening_read(&mut self) -> bool {
        let is_opening = self.opening_reads > 0;
        self.opening_reads = self.opening_reads.saturating_sub(1);
        is_opening
    }

    /// Writes as much as one call takes.
    pub(crate) fn write(&mut self, queue: &mut TransmitQueue) -> io::Result<()> {
        match self.socket.write(queue) {
            Ok((0, _)) => Err(io::ErrorKind::WriteZero.into()),
            Ok((written, may_take_more)) => {
                queue.advance(written);
                self.is_writable = may_take_more;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => {
                self.is_writable = false;
                none_if_would_block(error).map(|_| ())
            }
        }
    }

    /// Sends at once the acknowledgement that the system would put off.
    pub(crate) fn acknowledge_now(&self) {
        self.socket.acknowledge_now();
    }

    /// Nothing more will be sent.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        self.socket.half_close()
    }
}

fn none_if_would_block(error: io::Error) -> io::Result<Option<usize>> {
    if error.kind() == io::ErrorKind::WouldBlock {
        Ok(None)
    } else {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_read_a_bounded_number_of_bytes_and_times_in_a_round() {
        let mut allowance = Allowance::new();
        allowance.spend(MAX_READ - MIN_READ);
        allowance.renew(0);
        assert_eq!(allowance.left, MIN_READ, "it is the same round");
        allowance.spend(1);
        assert_eq!(allowance.left, 0);
        allowance.renew(1);
        assert_eq!(allowance.left, MAX_READ);
        allowance.spend(2 * MAX_READ);
        assert_eq!(allowance.left, 0);
    }
}
