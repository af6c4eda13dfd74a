//! Where in a file the key frames are.

#![deny(clippy::arithmetic_side_effects)]

/// A key frame's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyframe {
    /// Its timestamp in milliseconds, which does not wrap.
    pub(super) millis: u64,
    /// Bytes from the start of the file to the tag.
    pub(super) position: u64,
}

/// The key frames of a file, or every second, fourth, eighth ... of them: as many as there is room for, evenly over the
/// whole file, however long that becomes.
#[derive(Clone, Debug)]
pub(super) struct KeyframeIndex {
    entries: Vec<Keyframe>,
    max: usize,
    /// Every how many key frames one is kept.
    stride: u64,
    /// Key frames so far.
    count: u64,
}

impl KeyframeIndex {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            entries: Vec::new(),
            max,
            stride: 1,
            count: 0,
        }
    }

    /// The next key frame. One that is not later than the last is left out: an index is searched by time.
    pub(super) fn push(&mut self, keyframe: Keyframe) {
        if self
            .entries
            .last()
            .is_some_and(|last| last.millis >= keyframe.millis)
        {
            return;
        }
        if self.is_kept() && self.entries.len() >= self.max {
            let mut keep = false;
            self.entries.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride = self.stride.saturating_mul(2);
        }
        if self.is_kept() && self.entries.len() < self.max {
            self.entries.push(keyframe);
        }
        self.count = self.count.saturating_add(1);
    }

    const fn is_kept(&self) -> bool {
        self.count.is_multiple_of(self.stride)
    }

    pub(super) fn entries(&self) -> &[Keyframe] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times that are kept of key frames at 0, 1, 2 ... ms.
    fn kept(max: usize, count: u64) -> Vec<u64> {
        let mut index = KeyframeIndex::new(max);
        (0..count).for_each(|millis| {
            index.push(Keyframe {
                millis,
                position: millis,
            })
        });
        index.entries().iter().map(|keyframe| keyframe.millis).collect()
    }

    #[test]
    fn all_are_kept_while_there_is_room() {
        assert_eq!(kept(4, 4), [0, 1, 2, 3]);
    }

    #[test]
    fn beyond_the_room_the_whole_time_stays_covered_evenly() {
        assert_eq!(kept(4, 5), [0, 2, 4]);
        assert_eq!(kept(4, 9), [0, 4, 8]);
        assert_eq!(kept(5, 10), [0, 2, 4, 6, 8]);
        assert_eq!(kept(4, 1_000_000), [0, 262_144, 524_288, 786_432]);
        for max in 2..20 {
            for count in 0..200 {
                let kept = kept(max, count);
                assert!(kept.len() <= max && kept.len() as u64 >= count.min(max as u64 / 2));
                assert!(kept.windows(2).all(|pair| pair[1] - pair[0] == kept[1] - kept[0]));
            }
        }
    }

    #[test]
    fn room_for_one_is_for_the_first_and_none_is_none() {
        assert_eq!(kept(1, 100), [0]);
        assert_eq!(kept(0, 100), [0_u64; 0]);
    }

    #[test]
    fn times_never_go_back() {
        let mut index = KeyframeIndex::new(9);
        for millis in [0, 1000, 500, 1000, 2000] {
            index.push(Keyframe { millis, position: 0 });
        }
        let times: Vec<_> = index.entries().iter().map(|keyframe| keyframe.millis).collect();
        assert_eq!(times, [0, 1000, 2000]);
    }
}
