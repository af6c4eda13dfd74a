//! Acknowledgements in both directions (RTMP 1.0 §5.4.3, §5.4.4).
//!
//! Bytes count from the first behind the handshake. The field's programs acknowledge loosely or not at all, so
//! what a peer acknowledges is a measurement here and never holds anything back.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What we have received, and when the peer wants to hear of it.
#[derive(Debug, Default)]
pub(crate) struct Received {
    total: u64,
    acknowledged: u64,
    window: Option<u32>,
}

impl Received {
    pub(crate) fn add(&mut self, bytes: usize) {
        self.total += bytes as u64;
    }

    /// The peer's *Window Acknowledgement Size*. Zero would ask for an acknowledgement without end: ignored.
    pub(crate) fn set_window(&mut self, window: u32) {
        self.window = (window > 0).then_some(window.max(MIN_WINDOW)).or(self.window);
    }

    /// Bytes that are left of the window. It is looked at between two reads of so many bytes at most, so that
    /// acknowledgements do not depend on how the input was cut.
    pub(crate) fn until_due(&self) -> usize {
        self.window.map_or(usize::MAX, |window| {
            let left = (self.acknowledged + u64::from(window)).saturating_sub(self.total);
            usize::try_from(left).unwrap_or(usize::MAX)
        })
    }

    /// The sequence number to acknowledge with, if a window has been filled since the last time.
    pub(crate) fn acknowledgement_due(&mut self) -> Option<u32> {
        let window = u64::from(self.window?);
        if self.total - self.acknowledged < window {
            return None;
        }
        self.acknowledged = self.total;
        Some(sequence_number(self.total))
    }
}

/// The smallest window that is honoured. An acknowledgement has 16 bytes: a peer that asks for one after each of
/// its own is not to be multiplied. The smallest in use is 4096 (xiu).
const MIN_WINDOW: u32 = 128;

/// What we have sent, and what the peer has acknowledged of it.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    total: u64,
    acknowledged: u64,
    heard: bool,
    delay: Option<Duration>,
    /// Totals with the time at which they were reached, oldest first.
    marks: VecDeque<(u64, Instant)>,
}

/// Marks kept, and the bytes between two of them: together the stretch in which a delay can be measured.
const MARKS: usize = 64;
const MARK_EVERY: u64 = 64 << 10;

impl Sent {
    /// `total` bytes have been taken by the driver by `now`.
    pub(crate) fn observe(&mut self, total: u64, now: Instant) {
        self.total = total;
        // Only a peer that acknowledges costs the memory of marks.
        if !self.heard || self.marks.back().is_some_and(|(at, _)| total < at + MARK_EVERY) {
            return;
        }
        if self.marks.len() == MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back((total, now));
    }

    /// An *Acknowledgement* came. Its number is modulo 2^32, and some peers begin again at zero: what can't be
    /// is ignored.
    pub(crate) fn acknowledge(&mut self, sequence: u32, now: Instant) {
        self.heard = true;
        let ahead = sequence.wrapping_sub(sequence_number(self.acknowledged));
        let acknowledged = self.acknowledged + u64::from(ahead);
        if acknowledged > self.total + HANDSHAKE_COUNTED_TOO {
            return;
        }
        self.acknowledged = acknowledged.min(self.total);
        while let Some(&(total, at)) = self.marks.front()
            && total <= self.acknowledged
        {
            self.delay = Some(now.saturating_duration_since(at));
            self.marks.pop_front();
        }
    }

    /// Bytes sent that a peer which acknowledges has not acknowledged; `None` while it never has.
    pub(crate) fn unacknowledged(&self) -> Option<u64> {
        self.heard.then(|| self.total - self.acknowledged)
    }

    /// From a byte's sending to its acknowledgement, at the last one that could be timed. It includes the time
    /// that the peer takes to fill its window.
    pub(crate) fn acknowledgement_delay(&self) -> Option<Duration> {
        self.delay
    }
}

/// gortmplib counts from its first byte, handshake included.
const HANDSHAKE_COUNTED_TOO: u64 = 3073;

/// A total as it stands in an *Acknowledgement*: modulo 2^32.
#[allow(clippy::cast_possible_truncation)]
const fn sequence_number(total: u64) -> u32 {
    total as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_full_window_is_acknowledged_with_the_total() {
        let mut received = Received::default();
        received.add(10_000);
        assert_eq!(
            received.acknowledgement_due(),
            None,
            "no window has been asked for"
        );
        received.set_window(2500);
        assert_eq!(received.acknowledgement_due(), Some(10_000));
        assert_eq!(received.acknowledgement_due(), None);
        received.add(2499);
        assert_eq!(received.acknowledgement_due(), None);
        received.add(1);
        assert_eq!(received.acknowledgement_due(), Some(12_500));
    }

    #[test]
    fn a_window_of_zero_is_ignored() {
        let mut received = Received::default();
        received.set_window(1000);
        received.set_window(0);
        received.add(1000);
        assert_eq!(received.acknowledgement_due(), Some(1000));
    }

    #[test]
    fn the_sequence_number_wraps() {
        let mut received = Received {
            total: u64::from(u32::MAX),
            ..Received::default()
        };
        received.set_window(200);
        received.add(201);
        assert_eq!(received.acknowledgement_due(), Some(200));
    }

    #[test]
    fn the_rest_of_the_window_is_known_and_a_tiny_one_is_not_honoured() {
        let mut received = Received::default();
        assert_eq!(received.until_due(), usize::MAX);
        received.set_window(1000);
        received.add(300);
        assert_eq!(received.until_due(), 700);
        received.set_window(1);
        assert_eq!(received.until_due(), 0, "a smaller window is full already");
        assert_eq!(received.acknowledgement_due(), Some(300));
        assert_eq!(received.until_due(), 128);
    }

    #[test]
    fn unacknowledged_bytes_and_delay_are_measured() {
        let start = test_clock();
        let mut sent = Sent::default();
        sent.observe(1000, start);
        assert_eq!(sent.unacknowledged(), None, "this peer has never acknowledged");
        sent.acknowledge(500, start);
        assert_eq!(sent.unacknowledged(), Some(500));
        sent.observe(100_000, start + Duration::from_millis(10));
        sent.acknowledge(100_000, start + Duration::from_millis(35));
        assert_eq!(sent.unacknowledged(), Some(0));
        assert_eq!(sent.acknowledgement_delay(), Some(Duration::from_millis(25)));
    }

    #[test]
    fn acknowledgements_wrap_and_nonsense_is_ignored() {
        let start = test_clock();
        let mut sent = Sent::default();
        sent.observe(u64::from(u32::MAX) + 100, start);
        sent.acknowledged = u64::from(u32::MAX) - 10;
        sent.acknowledge(50, start);
        assert_eq!(sent.unacknowledged(), Some(49));
        sent.acknowledge(0x7000_0000, start);
        assert_eq!(sent.unacknowledged(), Some(49), "more than was ever sent");
    }

    /// nginx-rtmp sets its counter back to zero at 0xF0000000.
    #[test]
    fn a_peer_that_begins_again_at_zero_is_no_fault() {
        let start = test_clock();
        let mut sent = Sent::default();
        sent.observe(0xF000_0000, start);
        sent.acknowledge(0xEFFF_0000, start);
        sent.acknowledge(0, start);
        assert_eq!(sent.unacknowledged(), Some(0x1_0000));
    }

    #[allow(clippy::disallowed_methods)]
    fn test_clock() -> Instant {
        Instant::now()
    }
}
