//! A server: its listeners, its loops, its life.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::Registry;
use mio::event::Event;
use rtmp_core::host::{Census, Full, ListenAddr, PeerAddr, Place, ServerSettings, Transport, guarded};
use rtmp_core::hub::{Hub, StreamKey, StreamStats, Token, WakeList};
use rtmp_core::message::ReconnectRequest;
use rtmp_sockets::with_max_connections;
use slab::Slab;

use crate::accept::Door;
use crate::builder::Builder;
use crate::connection::{Arrival, Note};
use crate::event_loop::EventLoop;
use crate::handle::Handle;
use crate::inbox::Letter;
use crate::token::{FIRST_OWN_TOKEN, WAKER};

/// An RTMP server, bound to its addresses, and the event loop that serves it.
///
/// It does nothing by itself: [`run`](Self::run) is its whole life on one thread, or a host program that has a loop of its
/// own takes [turn](Self::turn) after turn. Dropping it closes the listeners and ends the connections as they are.
pub struct Server {
    pub(crate) event_loop: EventLoop,
    pub(crate) door: Door,
    pub(crate) counter: Counter,
    pub(crate) handle: Handle,
    pub(crate) phase: Phase,
    /// How long connections have when the server stops.
    pub(crate) time_to_stop: Duration,
    /// What clients are asked, if they can do it, when the server stops.
    pub(crate) reconnect: Option<ReconnectRequest>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

/// What a turn has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    /// The server goes on.
    Serving,
    /// It has been stopped, and the last connection has gone.
    Over,
}

/// How far the server's end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Peers have been told, and what they were told is sent. Then connections end as they are; `None`: they may take
    /// for ever.
    Stopping {
        until: Option<Instant>,
    },
    /// Nobody is there any more, or is to be.
    Stopped,
}

/// Who is there, in all loops.
pub(crate) struct Counter {
    pub(crate) census: Census,
    /// Each connection's place in the census, and its loop.
    places: Slab<(Place, usize)>,
    /// How many connections each loop has.
    loads: Vec<usize>,
    /// Connections so far.
    count: u64,
    total: Arc<AtomicUsize>,
}

impl Server {
    /// A server with the default settings, to be changed and bound.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The addresses that connections are accepted at, in the order in which they were asked for; port 0 is the
    /// port that it became. On a machine without IPv6, `[::]` is `0.0.0.0`. Nothing once the server stops.
    pub fn local_addrs(&self) -> Vec<ListenAddr> {
        self.door.addresses().cloned().collect()
    }

    /// What other threads do with the server.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Where the host program registers sources of its own, with tokens below [`FIRST_OWN_TOKEN`]: their events come out of
    /// [`turn`](Self::turn).
    pub fn registry(&self) -> &Registry {
        self.event_loop.registry()
    }

    /// Waits until something happens, for `timeout` at most (`None`: for as long as it takes), and does what follows from
    /// it: one poll, connections read that have something, connections written once that have something to send. Events of
    /// the host's own sources are handed to `foreign`, in the middle of that. Under load it lets things happen for the
    /// [`read_latency`](ServerSettings::read_latency) before it looks, or for the `timeout` if that is less.
    ///
    /// In a turn 64 connections send, or as many as were read. The next one goes on with the others, and does not wait: a program
    /// that turns at a pace of its own takes more turns while the server [has more](Self::has_more), as many as it has time
    /// for. Under load there is always more.
    ///
    /// Events are edges, as mio has them: whoever gets one reads until there is no more, or asks for the next turn with a
    /// `timeout` of zero.
    ///
    /// # Errors
    ///
    /// The system's, when it can't be asked for events; or a worker has panicked. A server that has heard that won't go on.
    pub fn turn(&mut self, timeout: Option<Duration>, mut foreign: impl FnMut(&Event)) -> io::Result<Turn> {
        let timeout = self.timeout(timeout);
        let (door, mut has_mail) = (&mut self.door, false);
        self.event_loop.wait(timeout, |event| match event.token() {
            mio::Token(number) if number < FIRST_OWN_TOKEN => foreign(event),
            WAKER => has_mail = true,
            token => door.notice(token),
        })?;
        if has_mail {
            self.read_mail()?;
        }
        // Who is there already is not to notice a crowd at the door: for each part of it there is a whole round of this loop's.
        if self.event_loop.is_between_rounds() {
            self.accept();
        }
        self.event_loop.settle(&self.handle.inboxes);
        self.counter.read(self.event_loop.house().notes.drain(..));
        self.stop_by_and_by();
        Ok(match self.phase {
            Phase::Stopped => Turn::Over,
            Phase::Serving | Phase::Stopping { .. } => Turn::Serving,
        })
    }

    /// Whether the next [turn](Self::turn) has something to do, whatever happens meanwhile.
    pub fn has_more(&self) -> bool {
        let is_open = || {
            self.door
                .timeout(Instant::now())
                .is_some_and(|left| left.is_zero())
        };
        self.event_loop.has_more() || is_open()
    }

    /// Serves until [`Handle::shutdown`] is called, and the last connection has gone.
    ///
    /// # Errors
    ///
    /// As [`turn`](Self::turn).
    pub fn run(mut self) -> io::Result<()> {
        while self.turn(None, |_| ())? == Turn::Serving {}
        Ok(())
    }

    /// Lends the hub that the stream `key` is in, to publish or play inside of the host program: what is pushed begins
    /// to leave with the next [turn](Self::turn). Add what the hub wants to be woken to the list that comes with it.
    ///
    /// For cursors and publications of its own the host takes tokens below [`FIRST_OWN_TOKEN`]; [`woken`](Self::woken) says
    /// which of them have something to do. What came from the hub of one key goes back to the hub of that key.
    pub fn with_hub<R>(&mut self, key: &StreamKey, work: impl FnOnce(&mut Hub, &mut WakeList) -> R) -> R {
        let house = self.event_loop.house();
        let wake = &mut house.wake;
        house.hubs.lend(key, |hub| work(hub, wake))
    }

    /// The host's own tokens that the hub has handed out since this was asked last, before the end of the last turn.
    pub fn woken(&mut self) -> impl Iterator<Item = Token> + '_ {
        self.event_loop.host().drain(..)
    }

    /// Connections at this moment.
    pub fn connections(&self) -> usize {
        self.counter.census.total()
    }

    /// All streams at this moment, in the order of their keys.
    pub fn streams(&mut self) -> Vec<StreamStats> {
        self.event_loop.house().hubs.streams()
    }

    fn timeout(&self, timeout: Option<Duration>) -> Option<Duration> {
        let door = || self.door.timeout(Instant::now());
        let stop = match self.phase {
            Phase::Serving => None,
            Phase::Stopping { until } => until.map(|until| until.saturating_duration_since(Instant::now())),
            Phase::Stopped => Some(Duration::ZERO),
        };
        [timeout, door(), stop].into_iter().flatten().min()
    }

    fn accept(&mut self) {
        let (event_loop, counter, handle) = (&mut self.event_loop, &mut self.counter, &self.handle);
        let observer = Arc::clone(&event_loop.house().observer);
        let now = event_loop.house().now;
        self.door.accept(
            now,
            |socket, address, transport| {
                let (arrival, worker) = counter.enter(address, transport)?;
                match handle.inboxes.get(worker) {
                    Some(inbox) if worker > 0 => inbox.post(Letter::Admit(socket, arrival)),
                    _ => event_loop.admit(socket, arrival),
                }
                Ok(())
            },
            |trouble| drop(guarded(|| observer.on_trouble(trouble))),
        );
    }

    fn read_mail(&mut self) -> io::Result<()> {
        let mail = self.handle.inboxes[0].take();
        self.event_loop.wake(mail.tokens);
        for letter in mail.letters {
            match letter {
                Letter::Shutdown => self.begin_to_stop(),
                Letter::Decide {
                    connection,
                    request,
                    decision,
                } => self.event_loop.decide(connection, request, decision),
                Letter::Reconfigure(settings) => self.reconfigure(&settings),
                Letter::Streams(sender) => {
                    // Who asked may have stopped waiting.
                    let _ = sender.send(self.event_loop.house().hubs.streams());
                }
                Letter::Note(note) => self.counter.read([note]),
                Letter::Failed(error) => return Err(error),
                // Those are what this loop tells the others.
                Letter::Stop | Letter::Quit | Letter::Admit(..) => {}
            }
        }
        Ok(())
    }

    /// The streams of all loops are this one's to change.
    fn reconfigure(&mut self, settings: &ServerSettings) {
        self.event_loop.house().hubs.reconfigure(&settings.hub);
        self.event_loop.reconfigure(settings);
        self.counter
            .census
            .set_limits(with_max_connections(settings.connections));
        self.reconnect.clone_from(&settings.reconnect);
        self.time_to_stop = settings.time_to_stop();
    }

    fn begin_to_stop(&mut self) {
        if self.phase != Phase::Serving {
            return;
        }
        self.door.close();
        for inbox in self.handle.inboxes.iter().skip(1) {
            inbox.post(Letter::Stop);
        }
        self.event_loop.stop(self.reconnect.as_ref());
        self.phase = Phase::Stopping {
            until: self.event_loop.house().now.checked_add(self.time_to_stop),
        };
    }

    fn stop_by_and_by(&mut self) {
        if let Phase::Stopping { until } = self.phase
            && (self.connections() == 0 || until.is_some_and(|until| until <= self.event_loop.house().now))
        {
            self.end();
        }
    }

    /// Ends all connections as they are, in all loops.
    fn end(&mut self) {
        self.phase = Phase::Stopped;
        self.door.close();
        self.event_loop.end_all();
        for inbox in self.handle.inboxes.iter().skip(1) {
            inbox.post(Letter::Quit);
        }
        for thread in self.threads.drain(..) {
            // A worker that panicked has nothing left to end.
            let _ = thread.join();
        }
        let mail = self.handle.inboxes[0].take();
        let notes = mail.letters.into_iter().filter_map(|letter| match letter {
            Letter::Note(note) => Some(note),
            _ => None,
        });
        self.counter.read(notes);
        self.counter.read(self.event_loop.house().notes.drain(..));
        for inbox in &*self.handle.inboxes {
            inbox.close();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.phase != Phase::Stopped {
            self.end();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.local_addrs())
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

impl Counter {
    pub(crate) fn new(census: Census, workers: usize, total: Arc<AtomicUsize>) -> Self {
        Self {
            census,
            places: Slab::new(),
            loads: vec![0; workers],
            count: 0,
            total,
        }
    }

    /// Counts one more, and says which loop is to serve it: the one that has the fewest.
    fn enter(&mut self, address: PeerAddr, transport: Transport) -> Result<(Arrival, usize), Full> {
        let place = self.census.enter(address.ip())?;
        let loads = self.loads.iter().enumerate();
        let worker = loads
            .min_by_key(|&(_, load)| load)
            .map_or(0, |(worker, _)| worker);
        self.loads[worker] += 1;
        self.count += 1;
        let place = self.places.insert((place, worker));
        self.tell();
        let id = self.count;
        let arrival = Arrival {
            id,
            address,
            transport,
            place,
        };
        Ok((arrival, worker))
    }

    fn read(&mut self, notes: impl IntoIterator<Item = Note>) {
        for note in notes {
            match note {
                Note::Granted(place) => {
                    if let Some((place, _)) = self.places.get_mut(place) {
                        self.census.grant(place);
                    }
                }
                Note::Left(place) => {
                    if let Some((place, worker)) = self.places.try_remove(place) {
                        self.census.leave(place);
                        self.loads[worker] -= 1;
                        self.tell();
                    }
                }
            }
        }
    }

    fn tell(&self) {
        self.total.store(self.census.total(), Ordering::Relaxed);
    }
}
