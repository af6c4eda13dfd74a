//! One socket of a call, from its connection to its end.

use std::time::Instant;

use crate::connection::TransmitQueue;
use crate::connection::client::ClientConnection;
use crate::host::closing::Closing;
use crate::host::guest::Step;
use crate::host::transport::Transport;

pub(super) struct Wire {
    pub(super) transport: Transport,
    closing: Closing,
    /// The connection that was on this socket, where another one follows on another socket.
    former: Option<Box<ClientConnection>>,
    /// Nothing more can be read.
    pub(super) is_eof: bool,
    /// The socket can't be used any more.
    pub(super) is_broken: bool,
    /// The server has asked to connect anew.
    pub(super) is_asked: bool,
    /// When that is done at the latest.
    pub(super) move_at: Option<Instant>,
}

impl Wire {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            closing: Closing::default(),
            former: None,
            is_eof: false,
            is_broken: false,
            is_asked: false,
            move_at: None,
        }
    }

    /// The connection on this socket goes, and another one will follow on another.
    pub(super) fn leave(&mut self, former: ClientConnection) {
        self.former = Some(Box::new(former));
    }

    pub(super) const fn is_leaving(&self) -> bool {
        self.former.is_some()
    }

    /// The connection on this socket is over, or gives way to another.
    pub(super) fn is_closing(&self, connection: &ClientConnection) -> bool {
        self.is_leaving() || connection.is_over()
    }

    /// Says farewell for the connection that goes.
    pub(super) fn disconnect(&mut self, now: Instant) {
        if let Some(former) = &mut self.former {
            former.disconnect(now);
        }
    }

    pub(super) fn wants_input(&self, connection: &ClientConnection) -> bool {
        !self.is_eof && (self.is_closing(connection) || connection.wants_input())
    }

    pub(super) fn transmit<'a>(&'a mut self, connection: &'a mut ClientConnection) -> &'a mut TransmitQueue {
        let connection = self.former.as_deref_mut().unwrap_or(connection);
        let is_last = connection.is_over();
        self.transport.transmit(connection.transmit(), is_last)
    }

    pub(super) fn has_unsent(&self, connection: &ClientConnection) -> bool {
        let connection = self.former.as_deref().unwrap_or(connection);
        self.transport.has_unsent(connection.unsent())
    }

    /// It is to be closed, and [`step`](Self::step) has not been asked how yet.
    pub(super) fn is_to_close(&self, connection: &ClientConnection) -> bool {
        self.is_closing(connection) && self.closing == Closing::Open
    }

    pub(super) fn deadline(&self, connection: &ClientConnection) -> Option<Instant> {
        let running = || connection.poll_timeout().into_iter().chain(self.move_at).min();
        self.closing.deadline().or_else(running)
    }

    pub(super) fn step(&mut self, connection: &mut ClientConnection, is_flushed: bool, now: Instant) -> Step {
        if self.is_broken {
            return Step::Close;
        }
        if self.is_to_close(connection) {
            self.closing.begin(now);
        }
        let is_sent = is_flushed && self.transmit(connection).is_empty();
        let step = self.closing.step(is_sent, self.is_eof, now);
        // A server that has refused us has nothing to read to the end.
        let is_refused = self
            .former
            .as_ref()
            .is_some_and(|former| former.error().is_some());
        if is_refused && step == Step::HalfClose {
            Step::Close
        } else {
            step
        }
    }

    pub(super) fn half_closed(&mut self, now: Instant) {
        self.closing.half_closed(now);
    }
}
