//! The 1536 bytes of C1, S1, C2 and S2 (RTMP 1.0 §5.2.3, §5.2.4), and how they come off the input.

#![deny(clippy::arithmetic_side_effects)]

use std::mem;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::units::Seed;

/// Bytes in each of C1, S1, C2 and S2.
pub const PACKET_LEN: usize = 1536;

/// A C1 or S1: time 0, the given version, random data.
///
/// The time only labels the packet for its sender, and a constant spares the core a clock.
pub(super) fn random(version: [u8; 4], seed: Seed) -> [u8; PACKET_LEN] {
    let mut packet = [0; PACKET_LEN];
    packet[4..8].copy_from_slice(&version);
    StdRng::from_seed(seed.into_bytes()).fill_bytes(&mut packet[8..]);
    packet
}

/// The sender's clock in milliseconds, of any epoch.
pub(super) const fn time(packet: &[u8; PACKET_LEN]) -> u32 {
    u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]])
}

/// Zero in the simple form; the version of the sender's software where a digest may be expected.
pub(super) const fn version(packet: &[u8; PACKET_LEN]) -> [u8; 4] {
    [packet[4], packet[5], packet[6], packet[7]]
}

/// Whether `second` is `first` come back. Bytes 0 to 7 are times that the echoing side may overwrite.
pub(super) fn is_echo(second: &[u8; PACKET_LEN], first: &[u8; PACKET_LEN]) -> bool {
    second[8..] == first[8..]
}

/// A packet that comes in pieces. Has no buffer before the first piece, and none for a packet in one piece.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    partial: Vec<u8>,
}

impl Assembly {
    /// Takes what `input` has of the packet. Once it is whole: what `then` makes of it.
    pub(super) fn take<T>(
        &mut self,
        input: &mut &[u8],
        then: impl FnOnce(&[u8; PACKET_LEN]) -> T,
    ) -> Option<T> {
        if self.partial.is_empty()
            && let Some((packet, rest)) = input.split_first_chunk()
        {
            *input = rest;
            return Some(then(packet));
        }
        if input.is_empty() {
            return None;
        }
        let missing = PACKET_LEN.saturating_sub(self.partial.len());
        let (piece, rest) = input.split_at_checked(missing).unwrap_or((*input, &[]));
        *input = rest;
        self.partial.reserve_exact(missing);
        self.partial.extend_from_slice(piece);
        let done = self.partial.first_chunk().map(then)?;
        self.partial = Vec::new();
        Some(done)
    }
}

/// A packet that nobody looks at: only its end matters.
#[derive(Debug)]
pub(super) struct Skip {
    left: usize,
}

impl Skip {
    pub(super) const fn packet() -> Self {
        Self { left: PACKET_LEN }
    }

    /// Takes what `input` has of the packet; true once it is over.
    pub(super) fn take(&mut self, input: &mut &[u8]) -> bool {
        if let Some((_, rest)) = input.split_at_checked(self.left) {
            *input = rest;
            self.left = 0;
        } else {
            self.left = self.left.saturating_sub(mem::take(input).len());
        }
        self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_in_one_piece_needs_no_buffer() {
        let mut assembly = Assembly::default();
        let bytes = [7; PACKET_LEN + 1];
        let mut input = &bytes[..];
        assert_eq!(
            assembly.take(&mut input, |packet| packet.as_ptr()),
            Some(bytes.as_ptr())
        );
        assert_eq!(input, [7]);
        assert_eq!(assembly.partial.capacity(), 0);
    }

    #[test]
    fn a_packet_in_pieces_is_buffered_only_while_it_is_partly_in() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.take(&mut &[][..], |_| ()), None);
        assert_eq!(assembly.partial.capacity(), 0);

        assert_eq!(assembly.take(&mut &[1; 1000][..], |_| ()), None);
        assert_eq!(assembly.partial.capacity(), PACKET_LEN);

        let mut input = &[2; 537][..];
        let ends = assembly.take(&mut input, |packet| {
            [packet[0], packet[999], packet[1000], packet[1535]]
        });
        assert_eq!(ends, Some([1, 1, 2, 2]));
        assert_eq!(input, [2], "what follows the packet stays");
        assert_eq!(assembly.partial.capacity(), 0);
    }

    #[test]
    fn a_skipped_packet_ends_after_1536_bytes() {
        let mut skip = Skip::packet();
        assert!(!skip.take(&mut &[][..]));
        assert!(!skip.take(&mut &[0; 1535][..]));
        let mut input = &[8, 9][..];
        assert!(skip.take(&mut input));
        assert_eq!(input, [9]);
    }
}
