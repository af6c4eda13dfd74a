//! One direction of a TCP connection, put together from its segments.
//!
//! Segments are taken in the order in which they were recorded: repeated and overlapping ones, ones that came
//! too early, and sequence numbers that wrap (RFC 9293 §3.4). The first copy of a byte counts, since that is
//! the one that the receiver got.

use std::collections::BTreeMap;
use std::time::Duration;

/// The bytes of one direction as far as they are known without a gap, and what happened on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// From the first byte up to the end or to the first gap.
    pub bytes: Vec<u8>,
    /// What is missing behind `bytes`.
    pub gap: Option<Gap>,
    /// Segments that brought nothing new.
    pub retransmissions: u32,
    /// Segments that had to wait for one that belongs in front of them, and that came.
    pub reordered: u32,
    /// The first byte, by its offset, of which a second copy was different: forged, or damaged when recorded.
    pub conflict: Option<u64>,
    arrivals: Vec<Arrival>,
}

/// Bytes that were sent, and are not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Bytes missing.
    pub missing: u64,
    /// Bytes recorded behind them, which are not shown: where a chunk begins among them cannot be known.
    pub behind: u64,
    /// Whether a snap length cut them, rather than the recorder losing whole frames.
    pub cut: bool,
}

/// From `offset` on, bytes were there at `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Arrival {
    offset: usize,
    time: Duration,
}

impl Stream {
    /// When the byte at `offset` could first be delivered.
    pub fn time_of(&self, offset: usize) -> Duration {
        let after = self.arrivals.partition_point(|arrival| arrival.offset <= offset);
        let arrival = after.checked_sub(1).and_then(|at| self.arrivals.get(at));
        arrival.map_or(Duration::ZERO, |arrival| arrival.time)
    }

    fn append(&mut self, bytes: &[u8], time: Duration) {
        self.arrivals.push(Arrival {
            offset: self.bytes.len(),
            time,
        });
        self.bytes.extend_from_slice(bytes);
    }
}

/// Puts segments together.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    stream: Stream,
    /// The sequence number of the first byte, once it is known.
    first: Option<u32>,
    /// Segments that wait for what belongs before them, by their offset.
    waiting: BTreeMap<u64, Vec<u8>>,
    /// The offset behind the last byte known to have been sent.
    sent: u64,
    /// Where a snap length cut a segment: the offsets of the bytes that are missing.
    cuts: BTreeMap<u64, u64>,
}

impl Assembler {
    /// The stream begins behind the SYN of this sequence number.
    pub(super) fn open(&mut self, syn: u32) {
        self.first.get_or_insert_with(|| syn.wrapping_add(1));
    }

    /// Whether [`open`](Self::open) was called with this number.
    pub(super) fn is_opened_by(&self, syn: u32) -> bool {
        self.first == Some(syn.wrapping_add(1))
    }

    /// Takes one segment's payload, of which the last `cut` bytes are missing.
    pub(super) fn push(&mut self, sequence: u32, payload: &[u8], cut: usize, time: Duration) {
        if payload.is_empty() && cut == 0 {
            return;
        }
        let Some((skip, offset)) = self.place(sequence) else {
            return;
        };
        // What lies before the first byte: a keep-alive probe repeats the SYN's place in the sequence.
        let Some(payload) = payload.get(skip..) else {
            return;
        };
        let end = offset + payload.len() as u64;
        if cut > 0 {
            self.cuts.insert(end, end + cut as u64);
        }
        self.sent = self.sent.max(end + cut as u64);
        if offset > self.end() {
            self.hold(offset, payload);
        } else {
            self.accept(offset, payload, time);
            self.release(time);
        }
    }

    /// The sender said that its stream ends here.
    pub(super) fn close(&mut self, sequence: u32) {
        if let Some((0, offset)) = self.place(sequence) {
            self.sent = self.sent.max(offset);
        }
    }

    /// The stream as far as it could be put together.
    pub(super) fn finish(mut self) -> Stream {
        let end = self.end();
        if self.sent > end {
            let next = self.waiting.keys().next().copied().unwrap_or(self.sent);
            self.stream.gap = Some(Gap {
                missing: next - end,
                behind: self.waiting.values().map(|bytes| bytes.len() as u64).sum(),
                cut: self.cuts.contains_key(&end),
            });
        }
        self.stream
    }

    /// Where the stream put together so far ends.
    fn end(&self) -> u64 {
        self.stream.bytes.len() as u64
    }

    /// The offset of `sequence` in the stream; if it lies before the first byte, also by how much.
    ///
    /// A sequence number means the offset nearest to the end of what is known, so it may wrap any number of
    /// times. `None` for a place too far away to be one of this stream's.
    fn place(&mut self, sequence: u32) -> Option<(usize, u64)> {
        let first = *self.first.get_or_insert(sequence);
        let end = self.end();
        // The low half of the offset is what the sequence number counts.
        let distance = sequence
            .wrapping_sub(first)
            .wrapping_sub(end as u32)
            .cast_signed();
        match end.checked_add_signed(i64::from(distance)) {
            Some(offset) => Some((0, offset)),
            None => {
                let before = u64::from(distance.unsigned_abs()) - end;
                Some((usize::try_from(before).ok()?, 0))
            }
        }
    }

    fn hold(&mut self, offset: u64, payload: &[u8]) {
        let held = self.waiting.entry(offset).or_default();
        if held.is_empty() {
            *held = payload.to_vec();
        } else if held.len() < payload.len() {
            let from = held.len();
            held.extend(payload.iter().skip(from));
        } else {
            self.stream.retransmissions += 1;
        }
    }

    /// Appends what is new in a segment that begins at or before the end.
    fn accept(&mut self, offset: u64, payload: &[u8], time: Duration) {
        // Not after the end, which is a length in memory.
        let at = offset as usize;
        let known = self.stream.bytes.get(at..).unwrap_or_default();
        let overlap = known.len().min(payload.len());
        let (old, new) = payload.split_at(overlap);
        // A keep-alive probe repeats the last byte, and may send any byte for it.
        let probe = payload.len() == 1;
        let differs = known.iter().zip(old).position(|(known, again)| known != again);
        if let (Some(differs), false) = (differs, probe) {
            self.stream.conflict.get_or_insert(offset + differs as u64);
        }
        if new.is_empty() {
            self.stream.retransmissions += u32::from(!payload.is_empty());
        } else {
            self.stream.append(new, time);
        }
    }

    /// Appends the waiting segments that are no longer too early.
    fn release(&mut self, time: Duration) {
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > self.stream.bytes.len() as u64 {
                break;
            }
            let (offset, payload) = first.remove_entry();
            self.stream.reordered += 1;
            self.accept(offset, &payload, time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Puts together segments of (sequence number, payload), one per millisecond, behind a SYN of number 99.
    fn assemble(segments: &[(u32, &[u8])]) -> Stream {
        let mut assembler = Assembler::default();
        assembler.open(99);
        push(&mut assembler, segments);
        assembler.finish()
    }

    fn push(assembler: &mut Assembler, segments: &[(u32, &[u8])]) {
        for (index, (sequence, payload)) in segments.iter().enumerate() {
            assembler.push(*sequence, payload, 0, millis(index as u64));
        }
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn segments_in_order_are_joined_and_keep_their_times() {
        let stream = assemble(&[(100, b"abc"), (103, b"de"), (105, b"f")]);
        assert_eq!(stream.bytes, b"abcdef");
        assert_eq!(stream.gap, None);
        assert_eq!(
            (stream.time_of(2), stream.time_of(3), stream.time_of(99)),
            (millis(0), millis(1), millis(2))
        );
    }

    #[test]
    fn a_retransmission_is_counted_and_changes_nothing() {
        let stream = assemble(&[(100, b"abc"), (103, b"de"), (100, b"abc"), (105, b"f")]);
        assert_eq!(
            (stream.bytes.as_slice(), stream.retransmissions),
            (&b"abcdef"[..], 1)
        );
        assert_eq!((stream.conflict, stream.time_of(0)), (None, millis(0)));
    }

    #[test]
    fn overlaps_add_only_what_is_new() {
        // The third repeats the first two in one segment and goes on.
        let stream = assemble(&[(100, b"abc"), (102, b"cd"), (100, b"abcdef")]);
        assert_eq!((stream.bytes.as_slice(), stream.conflict), (&b"abcdef"[..], None));
        assert_eq!((stream.time_of(3), stream.time_of(4)), (millis(1), millis(2)));
    }

    #[test]
    fn segments_out_of_order_wait_until_they_can_be_delivered() {
        let stream = assemble(&[(104, b"e"), (102, b"cd"), (100, b"ab"), (105, b"f")]);
        assert_eq!((stream.bytes.as_slice(), stream.reordered), (&b"abcdef"[..], 2));
        assert_eq!(
            (stream.time_of(0), stream.time_of(4), stream.time_of(5)),
            (millis(2), millis(2), millis(3))
        );
    }

    #[test]
    fn an_early_segment_that_comes_again_longer_is_taken_whole() {
        let stream = assemble(&[(102, b"c"), (102, b"cd"), (102, b"c"), (100, b"ab")]);
        assert_eq!(
            (stream.bytes.as_slice(), stream.retransmissions),
            (&b"abcd"[..], 1)
        );
    }

    #[test]
    fn a_gap_is_named_with_what_lies_behind_it() {
        let stream = assemble(&[(100, b"ab"), (107, b"h"), (105, b"fg")]);
        assert_eq!(stream.bytes, b"ab");
        assert_eq!(
            stream.gap,
            Some(Gap {
                missing: 3,
                behind: 3,
                cut: false
            })
        );
    }

    #[test]
    fn a_fin_behind_the_last_byte_is_a_gap_as_well() {
        let mut assembler = Assembler::default();
        assembler.open(99);
        push(&mut assembler, &[(100, b"ab")]);
        assembler.close(102);
        assert_eq!(assembler.finish().gap, None);

        let mut assembler = Assembler::default();
        assembler.open(99);
        push(&mut assembler, &[(100, b"ab")]);
        assembler.close(110);
        assert_eq!(
            assembler.finish().gap,
            Some(Gap {
                missing: 8,
                behind: 0,
                cut: false
            })
        );
    }

    #[test]
    fn a_cut_by_the_snap_length_is_a_gap_unless_the_bytes_come_again() {
        let mut assembler = Assembler::default();
        assembler.open(99);
        assembler.push(100, b"ab", 2, millis(0));
        assembler.push(104, b"ef", 0, millis(1));
        assert_eq!(
            assembler.finish().gap,
            Some(Gap {
                missing: 2,
                behind: 2,
                cut: true
            })
        );

        let mut assembler = Assembler::default();
        assembler.open(99);
        assembler.push(100, b"ab", 2, millis(0));
        assembler.push(102, b"cd", 0, millis(1));
        let stream = assembler.finish();
        assert_eq!((stream.bytes.as_slice(), stream.gap), (&b"abcd"[..], None));
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut assembler = Assembler::default();
        assembler.open(0xFFFF_FFFC);
        push(
            &mut assembler,
            &[(0xFFFF_FFFD, b"ab"), (2, b"f"), (0xFFFF_FFFF, b"cde"), (3, b"g")],
        );
        let stream = assembler.finish();
        assert_eq!((stream.bytes.as_slice(), stream.gap), (&b"abcdefg"[..], None));
    }

    #[test]
    fn without_a_syn_the_first_segment_is_the_beginning() {
        let mut assembler = Assembler::default();
        push(&mut assembler, &[(5000, b"cd"), (5002, b"ef"), (4998, b"ab")]);
        assert_eq!(assembler.finish().bytes, b"cdef");
    }

    #[test]
    fn what_overlaps_the_beginning_is_cut_to_it() {
        let stream = assemble(&[(99, b"?"), (98, b"??ab"), (102, b"c")]);
        assert_eq!((stream.bytes.as_slice(), stream.gap), (&b"abc"[..], None));
    }

    #[test]
    fn a_second_copy_that_differs_is_told_and_the_first_counts() {
        let stream = assemble(&[(100, b"abc"), (101, b"bX")]);
        assert_eq!((stream.bytes.as_slice(), stream.conflict), (&b"abc"[..], Some(2)));
        // A keep-alive probe.
        let stream = assemble(&[(100, b"abc"), (102, b"\0")]);
        assert_eq!(stream.conflict, None);
    }

    proptest! {
        /// Whatever pieces a stream was sent in, however often and in whatever order: if they cover it, it is
        /// put together.
        #[test]
        fn any_pieces_that_cover_a_stream_give_the_stream(
            first in any::<u32>(),
            bytes in prop::collection::vec(any::<u8>(), 2..300),
            pieces in prop::collection::vec((0..300usize, 2..60usize), 0..40),
            order in any::<u64>(),
        ) {
            let whole = bytes.chunks(7).enumerate().map(|(index, piece)| (index * 7, piece.len()));
            let extra = pieces.into_iter().map(|(at, len)| {
                let at = at % (bytes.len() - 1);
                (at, len.min(bytes.len() - at))
            });
            let mut pieces: Vec<_> = whole.chain(extra).collect();
            // A shuffle that needs no more randomness than `order`.
            pieces.sort_by_key(|(at, len)| (order ^ (*at * 61 + *len) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));

            let mut assembler = Assembler::default();
            assembler.open(first.wrapping_sub(1));
            for (at, len) in pieces {
                let sequence = first.wrapping_add(at as u32);
                assembler.push(sequence, &bytes[at..at + len], 0, Duration::ZERO);
            }
            assembler.close(first.wrapping_add(bytes.len() as u32));
            let stream = assembler.finish();
            prop_assert_eq!(&stream.bytes, &bytes);
            prop_assert_eq!((stream.gap, stream.conflict), (None, None));
        }
    }
}
