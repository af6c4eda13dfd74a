//! A session's work with the hub. The driver lends it under its lock, so nothing here copies or waits, and nothing is
//! encoded but what a publisher had sent before it was let in.

use std::time::Instant;

use crate::connection::server::Refusal;
use crate::connection::{Error, Timer};
use crate::hub::{Entry, Hub, NoLongerPublishing, Pulled, StreamKey, SubscribeOptions, WakeList};
use crate::media::MediaKind;
use crate::session::ServerSession;
use crate::session::binding::{Binding, BindingId, Playing, State};
use crate::session::event::{Role, SessionEvent};

/// Something that the hub has to be told.
#[derive(Debug)]
pub(super) enum Work {
    /// A request has been granted by the policy.
    Join(BindingId),
    /// A message was published.
    Append(BindingId, Entry),
    /// A player is to have what there is for it: the server stops.
    Flush(BindingId),
    /// It is over.
    Leave(BindingId),
}

impl Work {
    const fn binding(&self) -> BindingId {
        match self {
            Self::Join(id) | Self::Append(id, _) | Self::Flush(id) | Self::Leave(id) => *id,
        }
    }
}

impl ServerSession {
    /// The stream whose hub [`sync`](Self::sync) must be given; `None` while there is nothing to do there, or no
    /// room in the transmit queue for what could be had.
    pub fn wants_hub(&self) -> Option<&StreamKey> {
        self.next_for_hub().map(|binding| &binding.key)
    }

    fn next_for_hub(&self) -> Option<&Binding> {
        let mut bindings = self.bindings.iter().map(|binding| &**binding);
        if let Some(work) = self.work.front() {
            return bindings.find(|binding| binding.id == work.binding());
        }
        let has_room = self.room() > 0;
        bindings.find(|binding| binding.wants_hub(has_room))
    }

    /// Tells the hub what there is to tell and takes what there is to play, of one message stream: call it for as long as
    /// the hub is [wanted](Self::wants_hub). `hub` is the one that holds the stream named there; tokens to be woken are
    /// added to `wake`; `unsent` says how many bytes the driver holds beyond [`transmit`](Self::transmit) (TLS records; 0
    /// for plain TCP). If it is not 0, call [`handle_wake`](Self::handle_wake) once they are sent.
    pub fn sync(&mut self, hub: &mut Hub, wake: &mut WakeList, unsent: usize, now: Instant) {
        let Some(id) = self.next_for_hub().map(|binding| binding.id) else {
            return;
        };
        self.unsent_by_driver = unsent;
        while self.work.front().is_some_and(|work| work.binding() == id)
            && let Some(work) = self.work.pop()
        {
            match work {
                Work::Join(id) => self.join(id, hub, wake, now),
                Work::Append(id, entry) => self.append(id, entry, hub, wake, now),
                Work::Flush(id) => self.pull(id, hub, now),
                Work::Leave(id) => self.leave(id, hub, wake, now),
            }
        }
        if self.binding(id).is_some_and(|binding| binding.wants_hub(true)) {
            self.pull(id, hub, now);
        }
        self.handle_events(now);
        self.stop_once_flushed(now);
    }

    fn join(&mut self, id: BindingId, hub: &mut Hub, wake: &mut WakeList, now: Instant) {
        let (token, wait) = (self.token, self.config.wait);
        let (zero_based, write_latency) = (self.config.zero_based, self.config.write_latency);
        let spelling = self.spelling();
        // The peer may have withdrawn its request since.
        let Some(binding) = self.binding(id).filter(|binding| !binding.ended) else {
            return;
        };
        match binding.state {
            State::PublishRequested { request, mode } => match hub.publish(&binding.key, Some(token), wake) {
                Ok(publication) => {
                    binding.state = State::Publishing(publication);
                    binding.since = Some(now);
                    if let Some(name) = binding.name.take() {
                        let key = binding.key.clone();
                        self.events.push(SessionEvent::Publishing { key, name, mode });
                    }
                    // Media that waited come out as events now; a fault among them is kept by the connection.
                    let _ = self.connection.accept(request, now);
                    self.handle_events(now);
                }
                Err(_) => self.refuse(id, &Refusal::NameInUse, now),
            },
            State::PlayRequested { request, duration } => {
                let options = SubscribeOptions {
                    stream: binding.stream,
                    zero_based,
                    spelling,
                    write_latency,
                    bundles: duration.is_none(),
                };
                let cursor = hub.subscribe(&binding.key, token, options);
                binding.state = State::Waiting {
                    request,
                    cursor,
                    duration,
                    is_known: false,
                    until: now.checked_add(wait),
                };
                binding.ready = true;
            }
            State::Publishing(_) | State::Waiting { .. } | State::Playing(_) | State::Left => {}
        }
    }

    fn append(&mut self, id: BindingId, entry: Entry, hub: &mut Hub, wake: &mut WakeList, now: Instant) {
        if let Some(binding) = self.binding(id)
            && let State::Publishing(publication) = &binding.state
            && let Err(NoLongerPublishing) = hub.push(publication, entry, wake, now)
        {
            self.bumped(id, now);
        }
    }

    /// Another publisher has the stream now.
    fn bumped(&mut self, id: BindingId, now: Instant) {
        if let Some(binding) = self.binding(id)
            && !binding.ended
        {
            let stream = binding.stream;
            // The binding publishes, so the connection knows the stream.
            let _ = self.connection.bump(stream, now);
            self.handle_events(now);
        }
    }

    fn leave(&mut self, id: BindingId, hub: &mut Hub, wake: &mut WakeList, now: Instant) {
        let Some(index) = self.bindings.iter().position(|binding| binding.id == id) else {
            return;
        };
        let mut binding = self.bindings.remove(index);
        if let Some(since) = binding.since {
            binding.summary.duration = now.saturating_duration_since(since);
        }
        let role = match binding.state {
            State::Publishing(publication) => {
                hub.unpublish(publication, wake);
                Role::Publisher
            }
            State::Playing(Playing { cursor, .. }) => {
                hub.unsubscribe(cursor);
                Role::Player
            }
            State::Waiting { cursor, .. } => return hub.unsubscribe(cursor),
            State::PublishRequested { .. } | State::PlayRequested { .. } | State::Left => return,
        };
        self.events.push(SessionEvent::Stopped {
            key: binding.key,
            role,
            summary: binding.summary,
        });
    }

    fn pull(&mut self, id: BindingId, hub: &mut Hub, now: Instant) {
        loop {
            let budget = self.room();
            let Some(binding) = self
                .bindings
                .iter_mut()
                .find(|binding| binding.id == id && !binding.ended)
            else {
                return;
            };
            let stream = binding.stream;
            let playing = match &mut binding.state {
                State::Playing(playing) => playing,
                State::Waiting { cursor, .. } => {
                    // Nothing is delivered before the stream has started.
                    let pulled = hub.pull(cursor, 0, |_| ());
                    if self.waited(id, pulled, now) {
                        continue;
                    }
                    return;
                }
                State::Publishing(publication) => {
                    binding.ready = false;
                    if !hub.is_publishing(publication) {
                        self.bumped(id, now);
                    }
                    return;
                }
                State::PublishRequested { .. } | State::PlayRequested { .. } | State::Left => return,
            };
            let mut beyond_end = false;
            let connection = &mut self.connection;
            let summary = &mut binding.summary;
            let Playing {
                cursor,
                duration,
                first,
                lagging,
                filled,
                is_overdue,
            } = playing;
            *is_overdue = false;
            let pulled = hub.pull(cursor, budget, |delivery| {
                // Data have no part in a play's duration: metadata are sent at 0 to who joins late.
                if delivery.kind() != MediaKind::Data {
                    let first = *first.get_or_insert(delivery.timestamp());
                    let since = i64::from(delivery.timestamp().since(first));
                    beyond_end |= duration.is_some_and(|duration| since > i64::from(duration));
                }
                if beyond_end {
                    return;
                }
                summary.messages += 1;
                summary.bytes += delivery.message().len() as u64;
                // The binding plays, so the connection does not refuse.
                let _ =
                    connection.send_chunks(stream, delivery.chunks(), delivery.message().chunk_size(), now);
            });
            if beyond_end {
                let _ = connection.end_play(stream, now);
                return;
            }
            match pulled {
                Pulled::CaughtUp | Pulled::Waiting => {
                    *lagging = None;
                    *filled = None;
                    binding.ready = false;
                }
                Pulled::More => *filled = Some(now),
                Pulled::Started => {
                    let _ = connection.notify_published(stream, now);
                    continue;
                }
                // Who is told that the server stops is told of this as well, and of no other stream.
                Pulled::Ended if self.is_stopping => binding.ready = false,
                Pulled::Ended => {
                    let _ = connection.notify_unpublished(stream, now);
                    continue;
                }
                Pulled::Skipped { messages } => {
                    summary.skipped += messages;
                    self.events.push(SessionEvent::Skipped {
                        key: binding.key.clone(),
                        messages,
                    });
                    // Skips further apart are those of a player that nearly keeps up: it is better off with them.
                    let lag_timeout = self.config.connection.limits.lag_timeout;
                    let first = lagging
                        .filter(|&(_, last)| now.saturating_duration_since(last) <= lag_timeout / 2)
                        .map_or(now, |(first, _)| first);
                    *lagging = Some((first, now));
                    if now.saturating_duration_since(first) >= lag_timeout {
                        connection.abort(Error::TimedOut(Timer::Lag), now);
                        return;
                    }
                    continue;
                }
            }
            return;
        }
    }

    /// What a player hears that waits for its stream; `true` once it plays.
    fn waited(&mut self, id: BindingId, pulled: Pulled, now: Instant) -> bool {
        let no_wait = self.config.wait.is_zero();
        let Some(binding) = self.binding(id) else {
            return false;
        };
        if pulled != Pulled::Started {
            binding.ready = false;
            if no_wait {
                self.refuse(id, &Refusal::NotFound, now);
            } else if let State::Waiting { is_known, .. } = &mut binding.state
                && !std::mem::replace(is_known, true)
            {
                let key = binding.key.clone();
                self.events.push(SessionEvent::Waiting { key });
            }
            return false;
        }
        let State::Waiting {
            request,
            cursor,
            duration,
            ..
        } = std::mem::replace(&mut binding.state, State::Left)
        else {
            return false;
        };
        binding.state = State::Playing(Playing::new(cursor, duration));
        binding.since = Some(now);
        if let Some(name) = binding.name.take() {
            let key = binding.key.clone();
            self.events.push(SessionEvent::Playing { key, name });
        }
        let _ = self.connection.accept(request, now);
        true
    }
}

impl Binding {
    /// Whether the hub may have something for it that it could take.
    fn wants_hub(&self, has_room: bool) -> bool {
        self.ready
            && !self.ended
            && match &self.state {
                State::Playing(playing) => has_room || playing.is_overdue,
                State::Publishing(_) | State::Waiting { .. } => true,
                State::PublishRequested { .. } | State::PlayRequested { .. } | State::Left => false,
            }
    }
}
