//! A loop that serves connections which another one has accepted.

use std::io;
use std::sync::Arc;

use rtmp_core::host::guarded;
use rtmp_core::message::ReconnectRequest;

use crate::event_loop::EventLoop;
use crate::inbox::{Inbox, Letter};
use crate::token::WAKER;

/// The loop of one thread that does not accept.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) event_loop: EventLoop,
    /// Of all loops, by number.
    pub(crate) inboxes: Arc<[Arc<Inbox>]>,
    pub(crate) reconnect: Option<ReconnectRequest>,
}

impl Worker {
    /// Serves until it is told to quit. A panic that gets as far as here is the end of the whole server: what the worker
    /// had of the streams is lost.
    pub(crate) fn run(self) {
        let inboxes = Arc::clone(&self.inboxes);
        if let Err(message) = guarded(|| self.serve()) {
            let error = io::Error::other(format!("a worker panicked: {message}"));
            inboxes[0].post(Letter::Failed(error));
        }
    }

    fn serve(mut self) {
        loop {
            match self.turn() {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.event_loop.end_all();
                    self.report();
                    self.inboxes[0].post(Letter::Failed(error));
                    return;
                }
            }
        }
    }

    fn turn(&mut self) -> io::Result<bool> {
        let mut has_mail = false;
        self.event_loop
            .wait(None, |event| has_mail |= event.token() == WAKER)?;
        let go_on = !has_mail || self.read_mail();
        self.event_loop.settle(&self.inboxes);
        self.report();
        Ok(go_on)
    }

    fn read_mail(&mut self) -> bool {
        let mail = self.inboxes[self.number].take();
        self.event_loop.wake(mail.tokens);
        for letter in mail.letters {
            match letter {
                Letter::Admit(socket, arrival) => self.event_loop.admit(socket, arrival),
                Letter::Decide {
                    connection,
                    request,
                    decision,
                } => self.event_loop.decide(connection, request, decision),
                Letter::Reconfigure(settings) => {
                    self.event_loop.reconfigure(&settings);
                    self.reconnect.clone_from(&settings.reconnect);
                }
                Letter::Stop => self.event_loop.stop(self.reconnect.as_ref()),
                Letter::Quit => {
                    self.event_loop.end_all();
                    return false;
                }
                // Those are for the loop that accepts.
                Letter::Shutdown | Letter::Streams(_) | Letter::Note(_) | Letter::Failed(_) => {}
            }
        }
        true
    }

    /// Tells who counts the connections what has become of this loop's.
    fn report(&mut self) {
        let notes = &mut self.event_loop.house().notes;
        if !notes.is_empty() {
            self.inboxes[0].post_all(notes.drain(..).map(Letter::Note));
        }
    }
}
