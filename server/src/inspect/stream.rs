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
        let latest = self
            .arrivals
            .last()
            .map_or(Duration::ZERO, |arrival| arrival.time);
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
mod tests;
