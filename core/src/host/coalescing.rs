//! Reads that are made together.

use std::mem;
use std::time::{Duration, Instant};

/// Reads after which a thread is judged anew, whether it is busy.
const READS: u32 = 16;

/// Pauses are worth their cost if so many bring as many reads as that: two each.
const PAUSES: u32 = 8;

/// After pauses that were not worth it there is none for so long.
const BACK_OFF: Duration = Duration::from_millis(100);

/// After a request there is no pause for so long: a client that is near has asked its next one by then.
const ATTENTION: Duration = Duration::from_millis(5);

/// Pauses of a thread under load, in which what arrives gathers: it reads several connections each time that it wakes up.
///
/// To wake up is a good part of what a message costs that comes alone, which is why network cards coalesce interrupts. A
/// thread is under load if two messages or more come within the [read latency](super::ServerSettings::read_latency). After a
/// request it does not pause for 5 ms: a client nearby that asks one thing after the other waits once, one from far away
/// perhaps each time.
///
/// A driver says what it reads. Before it waits for sockets it asks for its [`pause`](Self::pause), and sleeps for that time.
#[derive(Clone, Debug)]
pub struct Coalescing {
    read_latency: Duration,
    is_busy: bool,
    /// There has been a request since the driver asked last.
    is_asked: bool,
    /// There is no pause until then, and nothing is counted.
    alert_until: Option<Instant>,
    /// Reads and pauses, and since when they are counted.
    reads: u32,
    pauses: u32,
    since: Option<Instant>,
    /// The first read since sockets were looked at.
    first: Option<Instant>,
}

impl Coalescing {
    /// No thread sleeps for longer, whatever it is told: all else that it has to do waits as well.
    pub const MAX_READ_LATENCY: Duration = Duration::from_millis(100);

    /// Of a thread that has not read anything. Zero: it never pauses.
    pub const fn new(read_latency: Duration) -> Self {
        Self {
            read_latency,
            is_busy: false,
            is_asked: false,
            alert_until: None,
            reads: 0,
            pauses: 0,
            since: None,
            first: None,
        }
    }

    /// From now on messages may wait for so long.
    pub const fn set_read_latency(&mut self, read_latency: Duration) {
        self.read_latency = read_latency;
    }

    /// A connection that publishes or plays has been read.
    pub fn note_media(&mut self, now: Instant) {
        if self.is_alert(now) {
            return;
        }
        self.first.get_or_insert(now);
        let since = *self.since.get_or_insert(now);
        self.reads += 1;
        if self.reads == READS {
            // Who is busy already has paused less often for them than would end it.
            self.is_busy |= now.saturating_duration_since(since) < self.read_latency() * PAUSES;
            self.count_from(now);
        }
    }

    /// A client has come, or a connection been read that does not publish or play: it waits for the answer.
    pub const fn note_request(&mut self) {
        self.is_asked = true;
    }

    /// The sockets are looked at without a pause: there was other work.
    pub const fn skip_pause(&mut self) {
        self.first = None;
    }

    /// Asked before sockets are waited for: how long to sleep before that.
    pub fn pause(&mut self, now: Instant) -> Option<Duration> {
        let first = self.first.take();
        if mem::take(&mut self.is_asked) {
            self.stay_alert(now, ATTENTION);
        }
        if !self.is_busy || self.is_alert(now) {
            return None;
        }
        let past = now.saturating_duration_since(first?);
        let left = self.read_latency().saturating_sub(past);
        if left.is_zero() {
            return None;
        }
        if self.pauses == PAUSES {
            self.is_busy = false;
            self.stay_alert(now, BACK_OFF);
            self.count_from(now);
            return None;
        }
        self.pauses += 1;
        Some(left)
    }

    fn read_latency(&self) -> Duration {
        self.read_latency.min(Self::MAX_READ_LATENCY)
    }

    fn is_alert(&self, now: Instant) -> bool {
        self.alert_until.is_some_and(|until| now < until)
    }

    fn stay_alert(&mut self, now: Instant, time: Duration) {
        self.alert_until = self.alert_until.max(now.checked_add(time));
    }

    const fn count_from(&mut self, now: Instant) {
        self.since = Some(now);
        self.reads = 0;
        self.pauses = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATENCY: Duration = Duration::from_millis(1);
    const OFTEN: Duration = Duration::from_micros(450);
    const SELDOM: Duration = Duration::from_micros(1100);

    /// A thread that wakes up for messages, and reads all that have come when it does.
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

        fn busy() -> Self {
            let mut thread = Self::new(LATENCY);
            thread.read(100, OFTEN);
            thread
        }

        /// Reads so many messages, one of which comes after each such time: how often it has woken up for them, and how often
        /// it has paused.
        fn read(&mut self, messages: u32, interval: Duration) -> (u32, u32) {
            let (mut read, mut wakes, mut pauses) = (0, 0, 0);
            let mut next = self.now + interval;
            while read < messages {
                wakes += 1;
                self.now = self.now.max(next);
                while next <= self.now {
                    self.coalescing.note_media(self.now);
                    next += interval;
                    read += 1;
                }
                if let Some(pause) = self.coalescing.pause(self.now) {
                    self.now += pause;
                    pauses += 1;
                }
            }
            (wakes, pauses)
        }

        fn pause_after_a_message(&mut self) -> Option<Duration> {
            self.coalescing.note_media(self.now);
            self.coalescing.pause(self.now)
        }
    }

    #[test]
    fn a_thread_pauses_while_two_messages_or_more_come_within_the_latency() {
        let mut thread = Thread::new(LATENCY);
        assert_eq!(
            thread.read(1000, SELDOM),
            (1000, 0),
            "it would wait for one message"
        );
        let (wakes, pauses) = thread.read(1000, OFTEN);
        assert!(wakes < 500 && pauses + 2 * READS > wakes, "{wakes}, {pauses}");
        let (_, pauses) = thread.read(1000, SELDOM);
        assert!(pauses <= PAUSES, "{pauses}");
    }

    #[test]
    fn pauses_that_bring_one_connection_each_are_not_worth_it() {
        let mut thread = Thread::busy();
        // It sends as fast as it is read.
        let mut pauses = 0;
        for _ in 0..1000 {
            thread.now += Duration::from_micros(50);
            if let Some(pause) = thread.pause_after_a_message() {
                thread.now += pause;
                pauses += 1;
            }
        }
        // In less than the time after which it is tried again.
        assert!((1..=PAUSES).contains(&pauses), "{pauses}");
        thread.now += BACK_OFF;
        assert!(thread.read(50, OFTEN).1 > 0);
    }

    #[test]
    fn requests_in_between_do_not_hide_that_pauses_are_not_worth_it() {
        let mut thread = Thread::busy();
        let mut pauses = 0;
        for number in 0..1000 {
            thread.now += ATTENTION / 20;
            if number % 25 == 0 {
                thread.coalescing.note_request();
            }
            if let Some(pause) = thread.pause_after_a_message() {
                thread.now += pause;
                pauses += 1;
            }
        }
        assert!(pauses < 4 * PAUSES, "{pauses}");
    }

    #[test]
    fn a_message_waits_no_longer_than_the_latency_after_the_first_of_its_turn() {
        let mut thread = Thread::busy();
        thread.coalescing.note_media(thread.now);
        thread.now += LATENCY / 4;
        thread.coalescing.note_media(thread.now);
        assert_eq!(thread.coalescing.pause(thread.now), Some(LATENCY * 3 / 4));
        assert_eq!(
            thread.coalescing.pause(thread.now),
            None,
            "nothing has been read since"
        );
        thread.coalescing.note_media(thread.now);
        thread.now += LATENCY;
        assert_eq!(
            thread.coalescing.pause(thread.now),
            None,
            "time has passed without"
        );
        thread.coalescing.note_media(thread.now);
        thread.coalescing.skip_pause();
        assert_eq!(
            thread.coalescing.pause(thread.now),
            None,
            "it has looked at its sockets since"
        );
        // By another clock, which is ahead.
        thread.coalescing.note_media(thread.now + 100 * LATENCY);
        assert_eq!(thread.coalescing.pause(thread.now), Some(LATENCY));
    }

    #[test]
    fn who_waits_for_an_answer_is_not_kept_waiting_if_it_is_near() {
        let mut thread = Thread::busy();
        thread.coalescing.note_request();
        for _ in 0..2 * READS {
            thread.coalescing.note_media(thread.now);
        }
        // The answer has taken its time.
        thread.now += 2 * ATTENTION;
        assert_eq!(thread.coalescing.pause(thread.now), None);
        thread.now += ATTENTION - LATENCY;
        assert_eq!(thread.pause_after_a_message(), None, "its next request may come");
        thread.now += LATENCY;
        assert_eq!(thread.pause_after_a_message(), Some(LATENCY));
    }

    #[test]
    fn latencies_may_be_zero_or_absurd_and_may_change() {
        let mut thread = Thread::new(Duration::ZERO);
        assert_eq!(thread.read(100, LATENCY / 100), (100, 0));
        thread.coalescing.set_read_latency(Duration::MAX);
        thread.read(READS, OFTEN);
        let pause = thread.pause_after_a_message();
        assert_eq!(pause, Some(Coalescing::MAX_READ_LATENCY));
        thread.coalescing.set_read_latency(Duration::ZERO);
        assert_eq!(thread.read(100, LATENCY / 100), (100, 0));
    }
}
