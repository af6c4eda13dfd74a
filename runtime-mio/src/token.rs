//! Numbers by which mio and the hub name who has something to do.

use rtmp_core::hub::Token;

/// The first number that is the server's, for mio's tokens and for the hub's alike. All below are the host program's.
pub const FIRST_OWN_TOKEN: usize = 1 << (usize::BITS - 1);

/// Workers are told apart by eight bits; the rest is the connection's index there.
const INDEX_BITS: u32 = usize::BITS - 9;
/// A connection's index, in any of its tokens.
pub(crate) const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;

/// Event loops that a server may have.
pub(crate) const MAX_WORKERS: usize = 1 << 8;

/// What wakes a loop from outside.
pub(crate) const WAKER: mio::Token = mio::Token(usize::MAX);

/// A listener, counted from 0. Their numbers are the highest ones, where no connection's index comes to.
pub(crate) const fn listener(number: usize) -> mio::Token {
    mio::Token(WAKER.0 - 1 - number)
}

/// Which listener, if it is one; anything above the number of listeners is none.
pub(crate) const fn listener_number(token: mio::Token) -> usize {
    WAKER.0.wrapping_sub(1).wrapping_sub(token.0)
}

/// A connection, of one of the loops: for mio and for the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) worker: usize,
    pub(crate) index: usize,
}

impl Seat {
    pub(crate) const fn number(self) -> usize {
        FIRST_OWN_TOKEN | (self.worker << INDEX_BITS) | self.index
    }

    /// `None`: it is the host program's.
    pub(crate) const fn of(token: Token) -> Option<Self> {
        if token.0 < FIRST_OWN_TOKEN {
            return None;
        }
        let number = token.0 - FIRST_OWN_TOKEN;
        Some(Self {
            worker: number >> INDEX_BITS,
            index: number & INDEX_MASK,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_found_again_by_its_token_and_the_hosts_tokens_are_none() {
        for seat in [
            Seat { worker: 0, index: 0 },
            Seat {
                worker: MAX_WORKERS - 1,
                index: 70_000,
            },
        ] {
            assert_eq!(Seat::of(Token(seat.number())), Some(seat));
        }
        assert_eq!(Seat::of(Token(0)), None);
        assert_eq!(Seat::of(Token(FIRST_OWN_TOKEN - 1)), None);
    }

    #[test]
    fn a_listener_is_found_again_by_its_token() {
        assert_eq!(listener_number(listener(3)), 3);
        assert_eq!(listener_number(WAKER), usize::MAX);
    }
}
