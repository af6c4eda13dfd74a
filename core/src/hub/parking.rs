//! Those who wait: for a message, for several of them, or for a publisher.

use std::time::{Duration, Instant};

use super::key::{Token, WakeList};

/// What a parked player waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// The next message, or the end.
    Message,
    /// The next message and what comes soon after it; or the end.
    Company,
    /// A publisher's coming or going.
    Publisher,
}

/// A player that may have to wait.
#[derive(Debug)]
pub(super) struct Waiter {
    token: Token,
    place: Option<Place>,
}

/// A place in a [`Lot`]. It holds until the lot is emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    lot: For,
    round: u64,
}

impl Waiter {
    pub(super) const fn new(token: Token) -> Self {
        Self { token, place: None }
    }
}

/// The parked players of one stream.
#[derive(Debug, Default)]
pub(super) struct Parking {
    message: Lot,
    company: Lot,
    publisher: Lot,
    /// The least time that one of those who wait for company wants its messages to wait.
    patience: Option<Duration>,
    /// When they are woken: a message has come for them.
    held_until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Lot {
    tokens: Vec<Token>,
    /// How many times the lot has been emptied.
    round: u64,
}

impl Lot {
    fn wake(&mut self, wake: &mut WakeList) {
        if !self.tokens.is_empty() {
            self.round += 1;
            wake.extend_from_slice(&self.tokens);
            self.tokens.clear();
        }
    }
}

impl Parking {
    /// Parks a player, once for any number of calls.
    pub(super) fn park(&mut self, waiter: &mut Waiter, lot: For) {
        let place = Place {
            lot,
            round: self.lot(lot).round,
        };
        if waiter.place != Some(place) {
            self.leave(waiter);
            self.lot(lot).tokens.push(waiter.token);
            waiter.place = Some(place);
        }
    }

    /// The player is not woken any more.
    pub(super) fn leave(&mut self, waiter: &mut Waiter) {
        if let Some(place) = waiter.place.take() {
            let lot = self.lot(place.lot);
            if lot.round == place.round
                && let Some(n) = lot.tokens.iter().position(|&token| token == waiter.token)
            {
                lot.tokens.swap_remove(n);
            }
        }
    }

    /// Parks a player that is sent a message up to `latency` later for the sake of those that come meanwhile.
    pub(super) fn park_for_company(&mut self, waiter: &mut Waiter, latency: Duration) {
        self.park(waiter, For::Company);
        self.patience = Some(self.patience.map_or(latency, |least| least.min(latency)));
    }

    /// A message has come. Those who wait for company are held: until when, if that is news.
    pub(super) fn wake_for_message(&mut self, wake: &mut WakeList, now: Instant) -> Option<Instant> {
        self.message.wake(wake);
        if self.company.tokens.is_empty() {
            return None;
        }
        let until = self.patience.and_then(|patience| now.checked_add(patience));
        if until.is_none() {
            self.wake_held(wake);
        } else if self.held_until.is_some_and(|held| Some(held) <= until) {
            return None;
        }
        self.held_until = until;
        until
    }

    /// Wakes those who are held until now.
    pub(super) fn release(&mut self, wake: &mut WakeList, now: Instant) {
        if self.held_until.is_some_and(|until| until <= now) {
            self.wake_held(wake);
        }
    }

    fn wake_held(&mut self, wake: &mut WakeList) {
        self.company.wake(wake);
        self.patience = None;
        self.held_until = None;
    }

    /// A publisher has come or gone, which concerns everybody.
    pub(super) fn wake_all(&mut self, wake: &mut WakeList) {
        self.message.wake(wake);
        self.wake_held(wake);
        self.publisher.wake(wake);
    }

    const fn lot(&mut self, lot: For) -> &mut Lot {
        match lot {
            For::Message => &mut self.message,
            For::Company => &mut self.company,
            For::Publisher => &mut self.publisher,
        }
    }
}
