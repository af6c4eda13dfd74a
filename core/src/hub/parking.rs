//! Those who wait: for a message, or for a publisher.

use super::key::{Token, WakeList};

/// What a parked player waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// The next message, or the end.
    Message,
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
    publisher: Lot,
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

    /// A message has come.
    pub(super) fn wake_for_message(&mut self, wake: &mut WakeList) {
        self.message.wake(wake);
    }

    /// A publisher has come or gone, which concerns everybody.
    pub(super) fn wake_all(&mut self, wake: &mut WakeList) {
        self.message.wake(wake);
        self.publisher.wake(wake);
    }

    const fn lot(&mut self, lot: For) -> &mut Lot {
        match lot {
            For::Message => &mut self.message,
            For::Publisher => &mut self.publisher,
        }
    }
}
