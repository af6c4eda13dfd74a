//! One event loop: its connections, and one turn after the other.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Registry, Token};
use rtmp_core::connection::server::RequestId;
use rtmp_core::host::{Guest, Peer, Prefetch, ServerSettings, Trouble, guarded};
use rtmp_core::hub;
use rtmp_core::message::ReconnectRequest;
use rtmp_core::session::{Decision, Policy, ServerSession, SessionConfig};
use slab::Slab;

use crate::connection::{Arrival, Connection, House, Needs, Note};
use crate::deadlines::{Deadlines, Entry};
use crate::inbox::Inbox;
use crate::socket::Socket;
use crate::token::{FIRST_OWN_TOKEN, INDEX_MASK, Seat};

/// Events of one turn; what is left over is the next turn's.
const EVENTS: usize = 1024;

/// Connections that send in one turn before the loop looks again what has come; more, if more than these have been read.
const FLUSHES: usize = 64;

/// One thread's connections.
///
/// A turn has an order: wait; read whatever can be read, and note who has something to send because of that; then let each
/// of those send once. So what came together leaves together, and the busier the loop is, the more leaves in one call.
/// Nothing in a turn costs more for connections that are idle.
///
/// Where many have something to send, their round takes several turns: what comes meanwhile is read and logged, and
/// whoever's place in the round comes later is sent it there and then. So a message waits for one round, not for the rest of
/// one and its place in another.
pub(crate) struct EventLoop {
    poll: Poll,
    events: Events,
    guests: Guests,
}

/// The connections, and who of them has something to do.
struct Guests {
    worker: usize,
    slots: Slab<Slot>,
    house: House,
    deadlines: Deadlines,
    /// Those who have something to send, in the order in which they came to have it. Each is there once, and its slot says so:
    /// an index that is there twice is one that has been used again.
    queue: VecDeque<usize>,
    /// How many of the queue are left of this round.
    left: usize,
    /// Connections that were read in this turn.
    reads: usize,
    /// Those who had more to do than one round may hold. The next one begins with them.
    unfinished: Vec<usize>,
    /// Tokens of the host program that the hub has handed out.
    host: Vec<hub::Token>,
    /// Connections that wait for an answer of the host's, or have waited: by their peer's id.
    asked: HashMap<u64, usize>,
    /// Tokens of other loops, by worker. Empty but for a moment.
    elsewhere: Vec<(usize, hub::Token)>,
    session: Arc<SessionConfig>,
    policy: Arc<dyn Policy>,
}

struct Slot {
    connection: Box<Connection>,
    /// When it falls due.
    deadline: Entry,
    is_queued: bool,
    is_woken: bool,
    is_unfinished: bool,
}

impl EventLoop {
    pub(crate) fn new(
        worker: usize,
        poll: Poll,
        house: House,
        session: Arc<SessionConfig>,
        policy: Arc<dyn Policy>,
    ) -> Self {
        Self {
            poll,
            events: Events::with_capacity(EVENTS),
            guests: Guests {
                worker,
                slots: Slab::new(),
                deadlines: Deadlines::new(house.now),
                house,
                queue: VecDeque::new(),
                left: 0,
                reads: 0,
                asked: HashMap::new(),
                elsewhere: Vec::new(),
                unfinished: Vec::new(),
                host: Vec::new(),
                session,
                policy,
            },
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    pub(crate) const fn house(&mut self) -> &mut House {
        &mut self.guests.house
    }

    /// Waits until something happens, but not longer than `timeout`, nor when there is work left; then reads. Events that are
    /// not of connections go to `other`.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        mut other: impl FnMut(&Event),
    ) -> io::Result<()> {
        let timeout = if self.guests.has_more() || timeout == Some(Duration::ZERO) {
            self.guests.house.coalescing.skip_pause();
            Some(Duration::ZERO)
        } else {
            let timeout = self.guests.pause(timeout);
            self.guests.timeout(timeout)
        };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            result => result?,
        }
        self.guests.house.now = Instant::now();
        if self.guests.left == 0 {
            self.guests.begin_round();
        }
        for event in &self.events {
            match event.token() {
                Token(number) if number >= FIRST_OWN_TOKEN && self.guests.handle_event(number, event) => {}
                _ => other(event),
            }
        }
        Ok(())
    }

    /// Lets a connection in. One that the system won't watch has gone at once.
    pub(crate) fn admit(&mut self, mut socket: Socket, arrival: Arrival) {
        let seat = self.guests.next_seat();
        match socket.register(self.poll.registry(), Token(seat.number())) {
            Ok(()) => self.guests.admit(socket, arrival),
            Err(error) => {
                let house = &mut self.guests.house;
                house.notes.push(Note::Left(arrival.place));
                house.tell(&Trouble::Accept { error });
            }
        }
    }

    /// No round is under way: who has come may be let in.
    pub(crate) const fn is_between_rounds(&self) -> bool {
        self.guests.left == 0
    }

    /// Whether the next turn has something to do, whatever happens meanwhile.
    pub(crate) fn has_more(&self) -> bool {
        self.guests.has_more()
    }

    /// The second half of a turn: what is due, and what is to be sent.
    pub(crate) fn settle(&mut self, inboxes: &[Arc<Inbox>]) {
        self.guests.expire();
        self.guests.route(inboxes);
        self.guests.flush();
        self.guests.route(inboxes);
    }

    /// The hub has handed out these tokens.
    pub(crate) fn wake(&mut self, tokens: impl IntoIterator<Item = hub::Token>) {
        self.guests.house.wake.extend(tokens);
    }

    /// Tokens of the host program that the hub has handed out.
    pub(crate) const fn host(&mut self) -> &mut Vec<hub::Token> {
        &mut self.guests.host
    }

    /// Passes on the host's answer to something that a connection was asked.
    pub(crate) fn decide(&mut self, connection: u64, request: RequestId, decision: Decision) {
        self.guests.decide(connection, request, decision);
    }

    /// Goes on with other settings: connections that come from now on are served in this way.
    pub(crate) fn reconfigure(&mut self, settings: &ServerSettings) {
        let house = &mut self.guests.house;
        house.coalescing.set_read_latency(settings.read_latency);
        self.guests.session = Arc::new(settings.session.clone());
    }

    /// The server stops: all connections are told.
    pub(crate) fn stop(&mut self, reconnect: Option<&ReconnectRequest>) {
        self.guests.stop(reconnect);
    }

    /// Ends all connections as they are.
    pub(crate) fn end_all(&mut self) {
        self.guests.end_all();
    }
}

impl Guests {
    /// Lets what arrives gather, under load: what is left of the time to wait then. The loop's own deadlines don't end it: they
    /// come often where messages wait for company.
    fn pause(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        let Some(pause) = self.house.coalescing.pause(Instant::now()) else {
            return timeout;
        };
        let pause = timeout.map_or(pause, |timeout| pause.min(timeout));
        thread::sleep(pause);
        timeout.map(|timeout| timeout - pause)
    }

    fn timeout(&self, timeout: Option<Duration>) -> Option<Duration> {
        let own = [self.deadlines.next(), self.house.hubs.poll_timeout()];
        let Some(next) = own.into_iter().flatten().min() else {
            return timeout;
        };
        let next = next.saturating_duration_since(Instant::now());
        Some(timeout.map_or(next, |timeout| timeout.min(next)))
    }

    fn has_more(&self) -> bool {
        !(self.queue.is_empty() && self.unfinished.is_empty() && self.house.wake.is_empty())
    }

    /// `false`: it is no connection's.
    fn handle_event(&mut self, number: usize, event: &Event) -> bool {
        let index = number & INDEX_MASK;
        let Some(slot) = self.slots.get_mut(index) else {
            return false;
        };
        slot.connection.prefetch(Prefetch::Connection);
        if slot.connection.notice(event) && !slot.is_unfinished {
            self.read(index);
        }
        true
    }

    fn begin_round(&mut self) {
        self.house.round = self.house.round.wrapping_add(1);
        for index in std::mem::take(&mut self.unfinished) {
            if let Some(slot) = self.slots.get_mut(index) {
                slot.is_unfinished = false;
            }
            self.read(index);
            // What it sent last has made room: the hub may have more, and wakes nobody for what has not been taken.
            self.enqueue(index, false);
        }
    }

    fn read(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        self.reads += 1;
        let house = &mut self.house;
        match guarded(|| slot.connection.read(house)) {
            Ok(Needs::Rest) => {
                let due = slot.connection.guest.poll_timeout();
                self.deadlines
                    .keep(index, &mut slot.deadline, due, self.house.now);
            }
            Ok(Needs::Turn | Needs::End) => self.enqueue(index, false),
            Err(panic) => self.end(index, Some(panic)),
        }
        self.note_asked(index);
    }

    /// Remembers who has been asked something, if it is the one that has just had its part of a turn.
    fn note_asked(&mut self, index: usize) {
        if std::mem::take(&mut self.house.is_asked)
            && let Some(slot) = self.slots.get(index)
        {
            self.asked.insert(slot.connection.guest.peer().id, index);
        }
    }

    /// Lets a connection have its part of the next round.
    fn enqueue(&mut self, index: usize, is_woken: bool) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.is_woken |= is_woken;
            if !slot.is_queued {
                slot.is_queued = true;
                self.queue.push_back(index);
            }
        }
    }

    /// Those whose deadline has passed, and those who have been held for long enough.
    fn expire(&mut self) {
        let House { hubs, wake, now, .. } = &mut self.house;
        hubs.handle_timeout(wake, *now);
        while let Some(index) = self.deadlines.pop_due(self.house.now) {
            let Some(slot) = self.slots.get_mut(index) else {
                continue;
            };
            slot.deadline = None;
            let now = self.house.now;
            match guarded(|| slot.connection.guest.handle_timeout(now)) {
                Ok(_) => self.enqueue(index, false),
                Err(panic) => self.end(index, Some(panic)),
            }
        }
    }

    /// Sees to it that all who have been woken are told, here or in their own loop.
    fn route(&mut self, inboxes: &[Arc<Inbox>]) {
        if self.house.wake.is_empty() {
            return;
        }
        let mut tokens = std::mem::take(&mut self.house.wake);
        for token in tokens.drain(..) {
            match Seat::of(token) {
                None => self.host.push(token),
                Some(seat) if seat.worker == self.worker => self.enqueue(seat.index, true),
                Some(seat) => self.elsewhere.push((seat.worker, token)),
            }
        }
        self.house.wake = tokens;
        self.elsewhere.sort_unstable();
        for tokens in self.elsewhere.chunk_by(|a, b| a.0 == b.0) {
            if let Some(inbox) = inboxes.get(tokens[0].0) {
                inbox.wake(tokens.iter().map(|&(_, token)| token));
            }
        }
        self.elsewhere.clear();
    }

    /// Lets those who have something to do send once, as many as a turn may hold.
    fn flush(&mut self) {
        if self.left == 0 {
            self.left = self.queue.len();
        }
        let reads = std::mem::take(&mut self.reads);
        self.flush_next(self.left.min(FLUSHES.max(reads)));
    }

    fn flush_next(&mut self, count: usize) {
        for _ in 0..count {
            self.left = self.left.saturating_sub(1);
            self.prefetch();
            if let Some(index) = self.queue.pop_front() {
                self.flush_one(index);
            }
        }
    }

    /// Asks for the memory of those whose turn comes soon.
    fn prefetch(&self) {
        for (place, what) in [
            (3, Prefetch::Connection),
            (2, Prefetch::Bindings),
            (1, Prefetch::Players),
        ] {
            if let Some(&index) = self.queue.get(place)
                && let Some(slot) = self.slots.get(index)
            {
                slot.connection.prefetch(what);
            }
        }
    }

    fn flush_one(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index).filter(|slot| slot.is_queued) else {
            return;
        };
        slot.is_queued = false;
        let is_woken = std::mem::take(&mut slot.is_woken);
        let house = &mut self.house;
        let needs = match guarded(|| slot.connection.flush(is_woken, house)) {
            Ok(Needs::End) => return self.end(index, None),
            Err(panic) => return self.end(index, Some(panic)),
            Ok(needs) => needs,
        };
        let due = slot.connection.guest.poll_timeout();
        self.deadlines
            .keep(index, &mut slot.deadline, due, self.house.now);
        if needs == Needs::Turn && !std::mem::replace(&mut slot.is_unfinished, true) {
            self.unfinished.push(index);
        }
        self.note_asked(index);
    }

    fn next_seat(&self) -> Seat {
        Seat {
            worker: self.worker,
            index: self.slots.vacant_key(),
        }
    }

    fn admit(&mut self, socket: Socket, arrival: Arrival) {
        let token = hub::Token(self.next_seat().number());
        let now = self.house.now;
        let peer = Peer::new(arrival.id, arrival.address);
        let (config, policy) = (Arc::clone(&self.session), Arc::clone(&self.policy));
        let session = ServerSession::new(config, policy, token, rtmp_sockets::seed(), now);
        let guest = Guest::new(peer, session, now).through(arrival.transport);
        let connection = Connection::new(guest, socket, arrival.place);
        self.house.coalescing.note_request();
        let index = self.slots.insert(Slot {
            connection: Box::new(connection),
            deadline: None,
            is_queued: false,
            is_woken: false,
            is_unfinished: false,
        });
        let slot = &mut self.slots[index];
        let house = &self.house;
        match guarded(|| slot.connection.start(house)) {
            Ok(()) => {
                let due = slot.connection.guest.poll_timeout();
                self.deadlines
                    .keep(index, &mut slot.deadline, due, self.house.now);
            }
            Err(panic) => self.end(index, Some(panic)),
        }
    }

    fn decide(&mut self, id: u64, request: RequestId, decision: Decision) {
        let Some(&index) = self.asked.get(&id) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        let now = self.house.now;
        match guarded(|| slot.connection.guest.session().decide(request, decision, now)) {
            Ok(()) => self.enqueue(index, false),
            Err(panic) => self.end(index, Some(panic)),
        }
    }

    fn stop(&mut self, reconnect: Option<&ReconnectRequest>) {
        let now = self.house.now;
        let indices: Vec<_> = self.slots.iter().map(|(index, _)| index).collect();
        for index in indices {
            let slot = &mut self.slots[index];
            let guest = &mut slot.connection.guest;
            match guarded(|| guest.handle_stop(reconnect, now)) {
                Ok(()) => self.enqueue(index, false),
                Err(panic) => self.end(index, Some(panic)),
            }
        }
    }

    fn end_all(&mut self) {
        self.stop(None);
        self.flush_next(self.queue.len());
        let indices: Vec<_> = self.slots.iter().map(|(index, _)| index).collect();
        for index in indices {
            self.end(index, None);
        }
    }

    fn end(&mut self, index: usize, panic: Option<String>) {
        if let Some(mut slot) = self.slots.try_remove(index) {
            if !self.asked.is_empty() {
                self.asked.remove(&slot.connection.guest.peer().id);
            }
            self.deadlines.remove(index, &mut slot.deadline);
            slot.connection.end(panic, &mut self.house);
        }
    }
}
