//! When which connection has to be looked after.

use std::collections::BTreeSet;
use std::time::Instant;

use rtmp_core::host::{Alarm, Ticks};

/// The deadlines of all connections, one entry each.
///
/// Most inputs put a connection's deadline off a little. Its entry stays where it is then: when it falls due, the
/// connection is looked at for nothing, and gets an entry for what its deadline has become.
#[derive(Debug)]
pub(crate) struct Deadlines {
    entries: BTreeSet<(Instant, usize)>,
    ticks: Ticks,
}

/// Where a connection's entry is.
pub(crate) type Entry = Option<Alarm>;

impl Deadlines {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            entries: BTreeSet::new(),
            ticks: Ticks::new(now),
        }
    }

    /// Sees to it that the connection falls due when its deadline `at` is to be acted on, or before.
    pub(crate) fn keep(&mut self, index: usize, entry: &mut Entry, at: Option<Instant>, now: Instant) {
        let Some(at) = at else { return };
        if let Some(alarm) = self.ticks.reset(*entry, at, now) {
            self.remove(index, entry);
            self.entries.insert((alarm.due, index));
            *entry = Some(alarm);
        }
    }

    /// The connection has gone.
    pub(crate) fn remove(&mut self, index: usize, entry: &mut Entry) {
        if let Some(alarm) = entry.take() {
            self.entries.remove(&(alarm.due, index));
        }
    }

    /// Takes the entry of one connection that is due. It has none from here on.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let &(at, index) = self.entries.first()?;
        if at > now {
            return None;
        }
        self.entries.pop_first();
        Some(index)
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.entries.first().map(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_connection_has_one_entry_which_only_moves_forward_in_line() {
        let start = Instant::now();
        let at = |seconds| Some(start + Duration::from_secs(seconds));
        let mut deadlines = Deadlines::new(start);
        let (mut a, mut b) = (None, None);
        deadlines.keep(0, &mut a, at(5), start);
        deadlines.keep(1, &mut b, at(7), start);
        deadlines.keep(0, &mut a, at(9), start);
        assert_eq!(
            deadlines.next(),
            at(5),
            "a later one waits until the entry falls due"
        );
        deadlines.keep(1, &mut b, at(3), start);
        assert_eq!((deadlines.next(), deadlines.entries.len()), (at(3), 2));
        assert_eq!(deadlines.pop_due(start), None);
        assert_eq!(deadlines.pop_due(start + Duration::from_secs(3)), Some(1));
        deadlines.remove(0, &mut a);
        assert_eq!(deadlines.next(), None);
    }
}
