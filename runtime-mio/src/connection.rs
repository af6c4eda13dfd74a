//! One connection: a guest, its socket, and the turns that carry bytes between them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::event::Event;
use rtmp_core::host::{
    Coalescing, EndReason, Guest, Observer, PeerAddr, Prefetch, Step, Transport, Trouble, guarded, prefetch,
};
use rtmp_core::hub::WakeList;
use rtmp_core::session::SessionEvent;

use crate::hubs::Hubs;
use crate::socket::Socket;
use crate::wire::{Allowance, SCRATCH_LEN, WRITES, Wire};

/// What one loop lends to each of its connections in turn.
pub(crate) struct House {
    pub(crate) hubs: Hubs,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) coalescing: Coalescing,
    /// What every connection reads into.
    pub(crate) scratch: Box<[u8]>,
    /// Those whom the hub has given something to do.
    pub(crate) wake: WakeList,
    /// For who counts the connections.
    pub(crate) notes: Vec<Note>,
    /// The connection whose turn it is has a question for the host, to be answered later.
    pub(crate) is_asked: bool,
    /// When the turn began.
    pub(crate) now: Instant,
    /// Which round of sending it is.
    pub(crate) round: u32,
}

impl House {
    pub(crate) fn new(hubs: Hubs, observer: Arc<dyn Observer>, read_latency: Duration) -> Self {
        Self {
            hubs,
            observer,
            coalescing: Coalescing::new(read_latency),
            scratch: vec![0; SCRATCH_LEN].into(),
            wake: WakeList::new(),
            notes: Vec::new(),
            is_asked: false,
            now: Instant::now(),
            round: 0,
        }
    }

    /// Tells the observer. What it does about it is no connection's fault.
    pub(crate) fn tell(&self, trouble: &Trouble) {
        let _ = guarded(|| self.observer.on_trouble(trouble));
    }
}

/// What has become of a connection, for who counts them: by its place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    /// It publishes or plays.
    Granted(usize),
    /// It has gone.
    Left(usize),
}

/// What a connection needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing, until something happens.
    Rest,
    /// One more turn: it has more to do than one may hold.
    Turn,
    /// To be ended.
    End,
}

/// A connection that has been let in.
pub(crate) struct Arrival {
    /// Its [`Peer::id`](rtmp_core::host::Peer::id).
    pub(crate) id: u64,
    pub(crate) address: PeerAddr,
    pub(crate) transport: Transport,
    /// Where it is counted.
    pub(crate) place: usize,
}

pub(crate) struct Connection {
    pub(crate) guest: Guest,
    wire: Wire,
    /// Where its loop counts it.
    pub(crate) place: usize,
    is_granted: bool,
    allowance: Allowance,
}

impl Connection {
    pub(crate) const fn new(guest: Guest, socket: Socket, place: usize) -> Self {
        Self {
            guest,
            wire: Wire::new(socket),
            place,
            is_granted: false,
            allowance: Allowance::new(),
        }
    }

    pub(crate) fn start(&self, house: &House) {
        house.observer.on_start(self.guest.peer());
    }

    /// Asks for the memory that the next turn will need: see [`Guest::prefetch`].
    pub(crate) fn prefetch(&self, what: Prefetch) {
        if what == Prefetch::Connection {
            prefetch(&self.wire);
        }
        self.guest.prefetch(what);
    }

    /// The socket has changed. `true` if that is something to act on.
    pub(crate) fn notice(&mut self, event: &Event) -> bool {
        self.wire.notice(event)
    }

    /// Reads what there is, and passes on to the hub what was published.
    pub(crate) fn read(&mut self, house: &mut House) -> Needs {
        let (mut is_opening, mut has_read) = (false, false);
        self.allowance.renew(house.round);
        // They come while the system copies what there is to be read.
        self.guest.prefetch(Prefetch::Bindings);
        while self.allowance.left > 0 && self.has_input() {
            let room = self.allowance.left.min(SCRATCH_LEN);
            match self.wire.read(&mut house.scratch[..room]) {
                Ok(None) => continue,
                Ok(Some(0)) => self.guest.handle_eof(house.now),
                Ok(Some(count)) => {
                    self.allowance.spend(count);
                    has_read = true;
                    is_opening |= self.wire.take_opening_read();
                    self.guest.handle_input(&mut house.scratch[..count], house.now);
                }
                Err(error) => self.guest.handle_error(error, house.now),
            }
            self.sync(house);
        }
        if has_read && self.is_granted {
            house.coalescing.note_media(house.now);
        } else if has_read {
            house.coalescing.note_request();
        }
        self.report_events(house);
        // What is sent when its place comes acknowledges as well, and spares a segment of its own.
        if is_opening && !self.has_output() {
            self.wire.acknowledge_now();
        }
        if self.has_input() || self.has_output() || self.guest.is_broken() || self.guest.session().is_over() {
            Needs::Turn
        } else {
            Needs::Rest
        }
    }

    /// Sends what there is for the peer, as far as the socket takes it.
    pub(crate) fn flush(&mut self, is_woken: bool, house: &mut House) -> Needs {
        if is_woken {
            self.guest.session().handle_wake();
        }
        let mut has_more = true;
        for _ in 0..WRITES {
            self.sync(house);
            has_more = self.has_output();
            if !has_more {
                break;
            }
            self.write(house.now);
        }
        self.report_events(house);
        match self.guest.step(true, house.now) {
            Step::Close => return Needs::End,
            Step::Stay => {}
            Step::HalfClose => {
                if self.wire.half_close().is_err() {
                    return Needs::End;
                }
                self.guest.half_closed(house.now);
            }
        }
        if has_more || self.has_input() {
            Needs::Turn
        } else {
            Needs::Rest
        }
    }

    fn has_input(&self) -> bool {
        self.wire.is_readable() && self.guest.wants_input()
    }

    fn has_output(&mut self) -> bool {
        self.wire.is_writable() && !self.guest.is_broken() && !self.guest.transmit().is_empty()
    }

    fn write(&mut self, now: Instant) {
        if let Err(error) = self.wire.write(self.guest.transmit()) {
            self.guest.handle_error(error, now);
        }
    }

    /// Lends the hub for as long as the session has anything to do there.
    fn sync(&mut self, house: &mut House) {
        let (wake, now) = (&mut house.wake, house.now);
        match &mut house.hubs {
            Hubs::Own(hub) => {
                while self.guest.wants_hub(now).is_some() {
                    self.guest.session().sync(hub, wake, 0, now);
                }
            }
            Hubs::Shared(shards) => {
                while let Some(key) = self.guest.wants_hub(now) {
                    let mut hub = shards.lock(key);
                    self.guest.session().sync(&mut hub, wake, 0, now);
                }
            }
        }
    }

    fn report_events(&mut self, house: &mut House) {
        while let Some(event) = self.guest.poll_event() {
            match event {
                SessionEvent::Publishing { .. } | SessionEvent::Playing { .. } if !self.is_granted => {
                    self.is_granted = true;
                    house.notes.push(Note::Granted(self.place));
                }
                SessionEvent::Asked { .. } => house.is_asked = true,
                _ => {}
            }
            house.observer.on_event(self.guest.peer(), &event);
        }
    }

    /// Ends it, also after a panic in the middle of anything: its streams must not stay taken.
    pub(crate) fn end(mut self, panic: Option<String>, house: &mut House) {
        let now = house.now;
        let _ = guarded(|| self.guest.leave(now));
        let _ = guarded(|| self.sync(house));
        let _ = guarded(|| self.report_events(house));
        let mut end = self.guest.end(now);
        if let Some(message) = panic {
            end.reason = EndReason::Panicked(message);
        }
        // An observer that panics at the end has nobody left to tell.
        let _ = guarded(|| house.observer.on_end(self.guest.peer(), &end));
        house.notes.push(Note::Left(self.place));
    }
}
