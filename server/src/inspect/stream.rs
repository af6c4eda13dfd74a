//! One direction of a TCP connection, put together from its segments.
//!
//! Segments are taken in the order in which they were recorded: repeated and overlapping ones, ones that came
//! too early, and sequence numbers that wrap (RFC 9293 §3.4). The first copy of a byte counts, since that is
//! the one that the receiver got. Where the stream begins is known when all is there: the SYN may be recorded
//! behind the bytes that it precedes, or not at all.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// What was recorded of the bytes of one direction, and what happened on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// All recorded bytes, in the order of the stream.
    pub bytes: Vec<u8>,
    /// Where among them others are missing, in order.
    pub gaps: Vec<Gap>,
    /// Whether the SYN that precedes them was recorded.
    pub has_syn: bool,
    /// Segments that brought nothing new.
    pub retransmissions: u32,
    /// Segments that had to wait for one that belongs in front of them, and that came.
    pub reordered: u32,
    /// The first of `bytes`, by its index, of which a second copy was different: forged, or damaged when
    /// recorded.
    pub conflict: Option<usize>,
    arrivals: Vec<Arrival>,
}

/// Bytes that were sent, and are not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The index, in [`Stream::bytes`], of the first byte behind them.
    pub at: usize,
    /// How many they are.
    pub missing: u64,
    /// Whether a snap length cut them, rather than the recorder losing whole frames.
    pub cut: bool,
}

/// From the byte at `index` on, bytes were there at `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Arrival {
    index: usize,
    time: Duration,
}

impl Stream {
    /// The bytes up to the first gap.
    pub fn front(&self) -> &[u8] {
        let end = self.gaps.first().map_or(self.bytes.len(), |gap| gap.at);
        self.bytes.get(..end).unwrap_or_default()
    }

    /// When the byte at `index` was there; if it lies behind no gap, when it could first be delivered.
    pub fn time_of(&self, index: usize) -> Duration {
        let after = self.arrivals.partition_point(|arrival| arrival.index <= index);
        let arrival = after.checked_sub(1).and_then(|at| self.arrivals.get(at));
        arrival.map_or(Duration::ZERO, |arrival| arrival.time)
    }

    /// The parts of [`bytes`](Self::bytes) without a gap, one more than there are gaps: the first or the last
    /// may be empty.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let gaps = || self.gaps.iter().map(|gap| gap.at);
        let starts = std::iter::once(0).chain(gaps());
        let ends = gaps().chain(std::iter::once(self.bytes.len()));
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// The number of the run where the byte at `offset` of the TCP stream belongs, and its index in
    /// [`bytes`](Self::bytes). If it is missing, the run behind it and no index.
    pub(super) fn locate(&self, offset: u64) -> (usize, Option<usize>) {
        let index = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
        let mut missing = 0;
        for (run, gap) in self.gaps.iter().enumerate() {
            let gap_offset = gap.at as u64 + missing;
            if offset <= gap_offset {
                return (run, Some(index(offset - missing)));
            }
            if offset < gap_offset + gap.missing {
                return (run + 1, None);
            }
            missing += gap.missing;
        }
        (self.gaps.len(), Some(index(offset - missing)))
    }

    fn append(&mut self, bytes: &[u8], time: Duration) {
        let latest = self.arrivals.last().map_or(Duration::ZERO, |arrival| arrival.time);
        self.arrivals.push(Arrival {
            index: self.bytes.len(),
            // Behind a gap a segment may be older than the one in front of it.
            time: time.max(latest),
        });
        self.bytes.extend_from_slice(bytes);
    }
}

/// Gathers segments.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    segments: Vec<Segment>,
    /// What they hold, one behind the other.
    payload: Vec<u8>,
    /// The sequence number behind the SYN, and its place.
    first: Option<(u32, i64)>,
    /// The place behind the last byte, where its sender named it.
    end: Option<i64>,
    /// The last sequence number, and its place.
    last: Option<(u32, i64)>,
}

#[derive(Debug)]
struct Segment {
    place: i64,
    payload: Range<usize>,
    cut: usize,
    time: Duration,
}

impl Assembler {
    /// The stream begins behind the SYN of this sequence number.
    pub(super) fn open(&mut self, syn: u32) {
        if self.first.is_none() {
            let first = syn.wrapping_add(1);
            self.first = Some((first, self.place(first)));
        }
    }

    /// Whether [`open`](Self::open) was called with this number.
    pub(super) fn is_opened_by(&self, syn: u32) -> bool {
        self.first.is_some_and(|(first, _)| first == syn.wrapping_add(1))
    }

    /// Takes one segment's payload, of which the last `cut` bytes are missing.
    pub(super) fn push(&mut self, sequence: u32, payload: &[u8], cut: usize, time: Duration) {
        if payload.is_empty() && cut == 0 {
            return;
        }
        let start = self.payload.len();
        self.payload.extend_from_slice(payload);
        let segment = Segment {
            place: self.place(sequence),
            payload: start..self.payload.len(),
            cut,
            time,
        };
        self.segments.push(segment);
    }

    /// The sender said that its stream ends here.
    pub(super) fn close(&mut self, sequence: u32) {
        let place = self.place(sequence);
        self.end = self.end.max(Some(place));
    }

    /// The stream as far as it could be put together. Without a SYN it begins with the lowest sequence number.
    pub(super) fn finish(self) -> Stream {
        let lowest = self.segments.iter().map(|segment| segment.place).min();
        let Some(first) = self.first.map(|(_, place)| place).or(lowest) else {
            return Stream::default();
        };
        let mut joined = Joined::default();
        joined.stream.has_syn = self.first.is_some();
        for segment in &self.segments {
            let payload = self.payload.get(segment.payload.clone()).unwrap_or_default();
            let offset = segment.place - first;
            // What lies before the first byte: a keep-alive probe repeats the SYN's place in the sequence.
            let before = usize::try_from(-offset).unwrap_or(0);
            if let Some(payload) = payload.get(before..) {
                joined.take(offset.max(0).unsigned_abs(), payload, segment.cut, segment.time);
            }
        }
        let end = self.end.map_or(0, |end| (end - first).max(0));
        joined.finish(end.unsigned_abs())
    }

    /// Counts sequence numbers on beyond their wrapping: each means the place nearest to the one before it.
    fn place(&mut self, sequence: u32) -> i64 {
        let place = self.last.map_or(0, |(last, place)| {
            place + i64::from(sequence.wrapping_sub(last).cast_signed())
        });
        self.last = Some((sequence, place));
        place
    }
}

/// Puts segments together whose offsets in the stream are known.
#[derive(Default)]
struct Joined<'a> {
    stream: Stream,
    /// Bytes missing in all gaps so far.
    missing: u64,
    /// Segments that wait for what belongs before them, by their offset and in the order of their coming.
    waiting: BTreeMap<u64, Vec<(&'a [u8], Duration)>>,
    /// The offset behind the last byte known to have been sent.
    sent: u64,
    /// Where a snap length cut a segment: the offsets of the bytes that are missing.
    cuts: BTreeMap<u64, u64>,
}

impl<'a> Joined<'a> {
    fn take(&mut self, offset: u64, payload: &'a [u8], cut: usize, time: Duration) {
        let end = offset + payload.len() as u64;
        if cut > 0 {
            self.cuts.insert(end, end + cut as u64);
        }
        self.sent = self.sent.max(end + cut as u64);
        if offset > self.end() {
            self.waiting.entry(offset).or_default().push((payload, time));
        } else {
            self.accept(offset, payload, time);
            self.release(time);
        }
    }

    /// What waits now waits in vain: it lies behind gaps.
    fn finish(mut self, end: u64) -> Stream {
        while let Some((offset, segments)) = self.waiting.pop_first() {
            self.skip_to(offset);
            for (payload, time) in segments {
                self.accept(offset, payload, time);
            }
        }
        self.skip_to(self.sent.max(end));
        self.stream
    }

    /// Where the stream put together so far ends.
    fn end(&self) -> u64 {
        self.stream.bytes.len() as u64 + self.missing
    }

    fn skip_to(&mut self, offset: u64) {
        let end = self.end();
        if offset > end {
            self.stream.gaps.push(Gap {
                at: self.stream.bytes.len(),
                missing: offset - end,
                cut: self.cuts.contains_key(&end),
            });
            self.missing += offset - end;
        }
    }

    /// Appends what is new in a segment that begins between the last gap and the end; whether there was any.
    fn accept(&mut self, offset: u64, payload: &[u8], time: Duration) -> bool {
        // Not after the end, which is a length in memory.
        let at = (offset - self.missing) as usize;
        let known = self.stream.bytes.get(at..).unwrap_or_default();
        let overlap = known.len().min(payload.len());
        let (old, new) = payload.split_at(overlap);
        // A keep-alive probe repeats the last byte, and may send any byte for it.
        let probe = payload.len() == 1;
        let differs = known.iter().zip(old).position(|(known, again)| known != again);
        if let (Some(differs), false) = (differs, probe) {
            self.stream.conflict.get_or_insert(at + differs);
        }
        if new.is_empty() {
            self.stream.retransmissions += u32::from(!payload.is_empty());
        } else {
            self.stream.append(new, time);
        }
        !new.is_empty()
    }

    /// Appends the waiting segments that are no longer too early.
    fn release(&mut self, time: Duration) {
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() > self.stream.bytes.len() as u64 {
                break;
            }
            let (offset, segments) = first.remove_entry();
            for (payload, _) in segments {
                let is_new = self.accept(offset, payload, time);
                self.stream.reordered += u32::from(is_new);
            }
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
        assert_eq!(stream.gaps.len(), 0);
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
    fn bytes_behind_a_gap_are_kept() {
        let stream = assemble(&[(100, b"ab"), (112, b"m"), (107, b"h"), (105, b"fg"), (107, b"hi")]);
        assert_eq!(stream.bytes, b"abfghim");
        let gap = |at, missing| Gap {
            at,
            missing,
            cut: false,
        };
        assert_eq!(stream.gaps, [gap(2, 3), gap(6, 3)]);
        assert_eq!(stream.runs().collect::<Vec<_>>(), [0..2, 2..6, 6..7]);
        assert_eq!((stream.front(), stream.reordered), (&b"ab"[..], 0));
        let times = [1, 2, 4, 5, 6].map(|index| stream.time_of(index));
        assert_eq!(times, [0, 3, 3, 4, 4].map(millis));
    }

    #[test]
    fn a_place_in_the_stream_lies_in_a_run_or_in_a_gap() {
        let stream = assemble(&[(102, b"cd"), (107, b"hi")]);
        assert_eq!(stream.bytes, b"cdhi");
        let places = [0, 1, 2, 4, 6, 7, 9].map(|offset| stream.locate(offset));
        assert_eq!(
            places,
            [
                (0, Some(0)),
                (1, None),
                (1, Some(0)),
                (1, Some(2)),
                (2, None),
                (2, Some(2)),
                (2, Some(4))
            ]
        );
    }

    #[test]
    fn a_fin_behind_the_last_byte_is_a_gap_as_well() {
        let mut assembler = Assembler::default();
        assembler.open(99);
        push(&mut assembler, &[(100, b"ab")]);
        assembler.close(102);
        assert_eq!(assembler.finish().gaps, []);

        let mut assembler = Assembler::default();
        assembler.open(99);
        push(&mut assembler, &[(100, b"ab")]);
        assembler.close(110);
        assert_eq!(
            assembler.finish().gaps,
            [Gap {
                at: 2,
                missing: 8,
                cut: false
            }]
        );
    }

    #[test]
    fn a_cut_by_the_snap_length_is_a_gap_unless_the_bytes_come_again() {
        let mut assembler = Assembler::default();
        assembler.open(99);
        assembler.push(100, b"ab", 2, millis(0));
        assembler.push(104, b"ef", 0, millis(1));
        assert_eq!(
            assembler.finish().gaps,
            [Gap {
                at: 2,
                missing: 2,
                cut: true
            }]
        );

        let mut assembler = Assembler::default();
        assembler.open(99);
        assembler.push(100, b"ab", 2, millis(0));
        assembler.push(102, b"cd", 0, millis(1));
        let stream = assembler.finish();
        assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcd"[..], vec![]));
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
        assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcdefg"[..], vec![]));
    }

    #[test]
    fn without_a_syn_the_lowest_sequence_number_is_the_beginning() {
        let mut assembler = Assembler::default();
        push(&mut assembler, &[(1, b"cd"), (3, b"ef"), (0xFFFF_FFFF, b"ab")]);
        assert_eq!(assembler.finish().bytes, b"abcdef");
    }

    #[test]
    fn a_syn_may_come_behind_the_bytes_that_it_precedes() {
        let mut assembler = Assembler::default();
        push(&mut assembler, &[(103, b"de"), (100, b"abc")]);
        assembler.close(106);
        assembler.open(99);
        push(&mut assembler, &[(105, b"f")]);
        let stream = assembler.finish();
        assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abcdef"[..], vec![]));
    }

    #[test]
    fn what_overlaps_the_beginning_is_cut_to_it() {
        let stream = assemble(&[(99, b"?"), (98, b"??ab"), (102, b"c")]);
        assert_eq!((stream.bytes.as_slice(), stream.gaps), (&b"abc"[..], vec![]));
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
            prop_assert_eq!((stream.gaps, stream.conflict), (vec![], None));
        }
    }
}
