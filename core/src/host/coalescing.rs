//! Reads that are made together.

use std::time::{Duration, Instant};

/// After so many reads a thread is judged anew, whether it is busy.
const READS: u32 = 16;

/// A thread is busy if it reads so many times within one read latency: with fewer, the pause costs what it saves.
const WORTHWHILE: u32 = 2;

/// Pauses of a thread under load, in which what arrives gathers: it reads several connections each time that it wakes up,
/// as network cards coalesce interrupts.
///
/// To wake up is a good part of what a message costs that comes alone. A thread with little to do pauses never, and nor does one
/// with clients that neither publish nor play yet: they ask one thing after the other, and would wait each time.
///
/// A driver says what it reads ([`published`](Self::published), [`asked`](Self::asked)), and before it waits for sockets it stays
/// away from them [until](Self::pause_until) what was read first since the last time is [as long
/// ago](super::ServerSettings::read_latency) as other messages may wait.
#[derive(Clone, Copy, Debug)]
pub struct Coalescing {
    read_latency: Duration,
    is_busy: bool,
    /// Reads, and since when they are counted.
    reads: u32,
    since: Option<Instant>,
    /// The first read since sockets were waited for.
    first: Option<Instant>,
}

impl Coalescing {
    /// Of a thread that has not read anything. Zero: it never pauses.
    pub const fn new(read_latency: Duration) -> Self {
        Self {
            read_latency,
            is_busy: false,
            reads: 0,
            since: None,
            first: None,
        }
    }

    /// From now on messages may wait for so long.
    pub const fn set_read_latency(&mut self, read_latency: Duration) {
        self.read_latency = read_latency;
    }

    /// Something has been read of a connection that publishes or plays.
    pub fn published(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        let since = *self.since.get_or_insert(now);
        self.reads += 1;
        if self.reads == READS {
            let worthwhile = self.read_latency.saturating_mul(READS / WORTHWHILE);
            self.is_busy = now.saturating_duration_since(since) < worthwhile;
            self.since = Some(now);
            self.reads = 0;
        }
    }

    /// Something has been read of a connection that does not publish or play: it waits for the answer.
    pub const fn asked(&mut self) {
        self.is_busy = false;
        self.reads = 0;
        self.since = None;
    }

    /// The thread is about to wait for its sockets: when to begin with that, if not at once.
    pub fn pause_until(&mut self) -> Option<Instant> {
        let first = self.first.take().filter(|_| self.is_busy)?;
        first.checked_add(self.read_latency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATENCY: Duration = Duration::from_millis(1);

    /// A thread that wakes up for each of these messages, and reads it: how long it stays away from its sockets then.
    struct Thread {
        coalescing: Coalescing,
        now: Instant,
    }

    impl Thread {
        #[allow(clippy::disallowed_methods)]
        fn new(read_latency: Duration) -> Self {
            Self {
                coalescing: Coalescing::new(read_latency),
                now: Instant::now(),
            }
        }

        /// Reads once, so long after the last time.
        fn read_after(&mut self, micros: u64) -> Option<Duration> {
            self.now += Duration::from_micros(micros);
            self.coalescing.published(self.now);
            self.pause()
        }

        fn pause(&mut self) -> Option<Duration> {
            let until = self.coalescing.pause_until();
            until.map(|until| until.saturating_duration_since(self.now))
        }

        fn pauses(&mut self, reads: u32, micros: u64) -> usize {
            (0..reads).filter_map(|_| self.read_after(micros)).count()
        }
    }

    #[test]
    fn a_thread_pauses_while_two_messages_or_more_come_within_the_latency() {
        let mut thread = Thread::new(LATENCY);
        assert_eq!(thread.pauses(READS * 6, 550), 0, "what is saved is not worth it");
        assert_eq!(thread.pauses(READS, 450), 1, "from the last of them on");
        assert_eq!(thread.pauses(READS, 450), READS as usize);
        assert_eq!(thread.read_after(450), Some(LATENCY));
        assert_eq!(
            thread.pauses(READS - 1, 550),
            READS as usize - 2,
            "to the last but one"
        );
        assert_eq!(thread.read_after(450), None, "it is over");
    }

    #[test]
    fn messages_that_are_read_at_once_count_each_and_the_first_says_how_long_to_wait() {
        let mut thread = Thread::new(LATENCY);
        for _ in 0..10 {
            for _ in 0..3 {
                thread.coalescing.published(thread.now);
            }
            thread.pause();
            thread.now += LATENCY;
        }
        // What has taken time since is no pause any more.
        thread.coalescing.published(thread.now);
        thread.now += LATENCY / 4;
        thread.coalescing.published(thread.now);
        assert_eq!(thread.pause(), Some(LATENCY * 3 / 4));
        assert_eq!(thread.pause(), None, "nothing has been read since");
    }

    #[test]
    fn who_waits_for_an_answer_is_not_kept_waiting() {
        let mut thread = Thread::new(LATENCY);
        thread.pauses(32, 100);
        thread.coalescing.published(thread.now);
        thread.coalescing.asked();
        assert_eq!(thread.pause(), None);
        assert_eq!(
            thread.pauses(15, 100),
            0,
            "the answer may bring the next question"
        );
        assert_eq!(thread.pauses(1, 100), 1);
    }

    #[test]
    fn without_a_latency_there_are_no_pauses() {
        let mut thread = Thread::new(Duration::ZERO);
        assert_eq!(thread.pauses(100, 0), 0);
        thread.coalescing.set_read_latency(LATENCY);
        assert!(thread.pauses(100, 0) > 0);
        thread.coalescing.set_read_latency(Duration::ZERO);
        thread.pauses(16, 0);
        assert_eq!(thread.pauses(100, 0), 0);
    }
}
