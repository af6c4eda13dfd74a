//! Extended timestamps on chunks of type 3.
//!
//! The specification repeats the extended timestamp in every chunk of type 3 whose chunk stream's last header
//! had one (RTMP 1.0 §5.3.1.3). FMLE, FFmpeg, SRS and today's librtmp do so; rtmpdump and some hardware
//! encoders leave it out, and payload follows at once. Nothing announces which, so the four bytes are compared
//! with what a peer would repeat there; the first chunk that continues a message decides for the connection.
//!
//! The comparison looks at as few bytes as will do: one byte that differs says "left out", so that the end
//! of a message is not kept waiting for bytes that belong to the next.

#![deny(clippy::arithmetic_side_effects)]

use crate::units::Timestamp;

/// Some peers drop the top bit of timestamps.
const MASK: u32 = 0x7FFF_FFFF;

/// A message that a chunk of type 3 begins may carry its own absolute timestamp. It is taken for one if it
/// lies at most this many milliseconds after the one before.
const LATER: u32 = 10_000;

/// The extended timestamp of a chunk stream's last header of type 0, 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extended {
    /// Of type 0: a timestamp.
    Absolute(u32),
    /// Of type 1 or 2: a difference.
    Delta(u32),
}

/// What a peer does on chunks of type 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Custom {
    #[default]
    Unknown,
    Repeats,
    Omits,
}

/// What follows a basic header of type 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The extended timestamp.
    Present(u32),
    /// Payload.
    Absent,
    /// More bytes are needed to tell.
    Undecided,
}

/// Looks at `bytes` after the basic header of a chunk that continues a message of this (absolute) timestamp.
pub(super) fn find_on_continuation(
    bytes: &[u8],
    last: Extended,
    timestamp: Timestamp,
    custom: &mut Custom,
) -> Found {
    let found = match *custom {
        Custom::Omits => Found::Absent,
        Custom::Repeats => find(bytes, 0, MASK),
        Custom::Unknown => match last {
            Extended::Absolute(value) => find(bytes, value, 0),
            Extended::Delta(value) => match find(bytes, value, 0) {
                // Others repeat the timestamp that the difference led to.
                Found::Absent => find(bytes, timestamp.as_millis(), 0),
                found @ (Found::Present(_) | Found::Undecided) => found,
            },
        },
    };
    match found {
        Found::Present(_) => *custom = Custom::Repeats,
        Found::Absent => *custom = Custom::Omits,
        Found::Undecided => {}
    }
    found
}

/// Looks at `bytes` after the basic header of a chunk that begins a message.
///
/// It compares also where the peer is known to repeat: librtmp, which does, writes no extended timestamp
/// here if the message has the timestamp of the one before.
pub(super) fn find_on_new_message(bytes: &[u8], last: Extended, custom: Custom) -> Found {
    match (custom, last) {
        (Custom::Omits, _) => Found::Absent,
        (_, Extended::Absolute(value)) => find(bytes, value, LATER),
        (_, Extended::Delta(value)) => find(bytes, value, 0),
    }
}

/// Whether `bytes` begin with a number from `first` to `first + span`.
fn find(bytes: &[u8], first: u32, span: u32) -> Found {
    let first = first & MASK;
    let last = first.saturating_add(span).min(MASK);
    // The least and the greatest number that the bytes at hand may turn out to be.
    let (mut least, mut greatest) = ([0; 4], [0xFF; 4]);
    for ((byte, least), greatest) in bytes.iter().zip(&mut least).zip(&mut greatest) {
        (*least, *greatest) = (*byte, *byte);
    }
    let value = u32::from_be_bytes(least);
    if value & MASK > last || u32::from_be_bytes(greatest) & MASK < first {
        Found::Absent
    } else if bytes.len() < 4 {
        Found::Undecided
    } else {
        Found::Present(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Extended = Extended::Absolute(0x0100_0000);

    fn continuation(bytes: &[u8], last: Extended, timestamp: u32) -> (Found, Custom) {
        let mut custom = Custom::Unknown;
        (
            find_on_continuation(bytes, last, Timestamp::from_millis(timestamp), &mut custom),
            custom,
        )
    }

    #[test]
    fn a_first_byte_that_differs_decides_at_once() {
        assert_eq!(
            continuation(&[0xCC], LAST, 0x0100_0000),
            (Found::Absent, Custom::Omits)
        );
        assert_eq!(
            continuation(&[0x01, 0x00, 0x01], LAST, 0x0100_0000),
            (Found::Absent, Custom::Omits)
        );
        assert_eq!(
            continuation(&[0x01, 0x00, 0x00], LAST, 0x0100_0000),
            (Found::Undecided, Custom::Unknown)
        );
        assert_eq!(
            continuation(&[], LAST, 0x0100_0000),
            (Found::Undecided, Custom::Unknown)
        );
    }

    #[test]
    fn a_delta_is_repeated_as_itself_or_as_the_timestamp_it_led_to() {
        let last = Extended::Delta(0x0100_0002);
        let repeats = |value| (Found::Present(value), Custom::Repeats);
        assert_eq!(
            continuation(&[1, 0, 0, 2], last, 0x0200_0004),
            repeats(0x0100_0002)
        );
        assert_eq!(
            continuation(&[2, 0, 0, 4], last, 0x0200_0004),
            repeats(0x0200_0004)
        );
        assert_eq!(
            continuation(&[3, 0, 0, 4], last, 0x0200_0004),
            (Found::Absent, Custom::Omits)
        );
    }

    #[test]
    fn the_top_bit_is_not_compared() {
        let last = Extended::Absolute(0x8100_0000);
        assert_eq!(
            continuation(&[1, 0, 0, 0], last, 0x8100_0000).0,
            Found::Present(0x0100_0000)
        );
        assert_eq!(
            continuation(&[0x81, 0, 0, 0], LAST, 0x0100_0000).0,
            Found::Present(0x8100_0000)
        );
    }

    #[test]
    fn a_decision_holds_for_the_connection() {
        let mut custom = Custom::Omits;
        assert_eq!(
            find_on_continuation(&[1, 0, 0, 0], LAST, Timestamp::ZERO, &mut custom),
            Found::Absent
        );
        let mut custom = Custom::Repeats;
        assert_eq!(
            find_on_continuation(&[9, 9, 9, 9], LAST, Timestamp::ZERO, &mut custom),
            Found::Present(0x0909_0909)
        );
        assert_eq!(
            find_on_continuation(&[9, 9, 9], LAST, Timestamp::ZERO, &mut custom),
            Found::Undecided
        );
    }

    #[test]
    fn a_new_message_repeats_or_says_its_own_timestamp_or_neither() {
        let found = |bytes: &[u8]| find_on_new_message(bytes, LAST, Custom::Repeats);
        assert_eq!(found(&[1, 0, 0, 0]), Found::Present(0x0100_0000));
        assert_eq!(found(&[1, 0, 0x27, 0x10]), Found::Present(0x0100_2710));
        assert_eq!(found(&[1, 0, 0x27, 0x11]), Found::Absent);
        assert_eq!(found(&[0xAF]), Found::Absent);
        assert_eq!(
            find_on_new_message(&[1, 0, 0, 0], LAST, Custom::Omits),
            Found::Absent
        );
    }
}
