//! A name's addresses, tried one after the other.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::vec;

#[cfg(doc)]
use super::{Call, ClientSettings};

/// The addresses of a name, which a client tries in turn until one of them answers: in which order, for how long each, and
/// what is told when none has. Whoever connects sockets for a [`Call`] asks it what is [next](Self::next), and says what has
/// [failed](Self::failed) and what [has not answered](Self::unanswered).
///
/// The order is the resolver's, but that IPv4 and IPv6 take turns, from the family that it names first (RFC 8305 §4): where
/// one of them leads nowhere, the other is not far. Each address but the last has its share of the time that is left, the same
/// for all that are left, and [`MAX_SHARE`](Self::MAX_SHARE) at most. The last has all that is left.
///
/// ```
/// use std::time::{Duration, Instant};
/// use rtmp_core::host::Candidates;
///
/// # fn main() -> std::io::Result<()> {
/// # let now = Instant::now();
/// let found = ["[2001:db8::1]:1935", "192.0.2.1:1935"].map(|text| text.parse().unwrap());
/// let until = now + Duration::from_secs(3);
/// let mut candidates = Candidates::new(found, Some(until));
/// let candidate = candidates.next(now)?;
/// assert_eq!(candidate.address, found[0]);
/// assert_eq!(candidate.until, Some(now + Duration::from_millis(1500)));
/// candidates.failed(std::io::ErrorKind::NetworkUnreachable.into());
/// assert_eq!(candidates.next(now)?.until, Some(until));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Candidates {
    rest: vec::IntoIter<SocketAddr>,
    until: Option<Instant>,
    tried: usize,
    /// When the last one began.
    began: Option<Instant>,
    /// The most telling one yet.
    error: Option<io::Error>,
}

/// One address to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where a socket is to be connected to.
    pub address: SocketAddr,
    /// When it is given up as [unanswered](Candidates::unanswered). `None`: never.
    pub until: Option<Instant>,
}

impl Candidates {
    /// How long an address is waited for while there is another one. A host that is there answers within half a second from
    /// anywhere, and within two if what asks it is lost once and sent again after a second (RFC 6298 §2).
    pub const MAX_SHARE: Duration = Duration::from_secs(2);

    /// Addresses of one name that are tried; of more, each would have too little time to answer.
    pub const MAX_ADDRESSES: usize = 16;

    /// With the addresses that have been found, [`MAX_ADDRESSES`](Self::MAX_ADDRESSES) of them at most. `until` is when the call gives up, which is
    /// its [`poll_timeout`](Call::poll_timeout) while it is to be dialled: looking up has taken its part of
    /// [`ClientSettings::dial_timeout`].
    pub fn new(found: impl IntoIterator<Item = SocketAddr>, until: Option<Instant>) -> Self {
        let mut addresses = by_turns(found.into_iter().collect());
        addresses.truncate(Self::MAX_ADDRESSES);
        Self {
            rest: addresses.into_iter(),
            until,
            tried: 0,
            began: None,
            error: None,
        }
    }

    /// The address to be tried now.
    ///
    /// # Errors
    ///
    /// There is none, or no time left. Of what was said to have failed, that is the most telling, with the number of the
    /// addresses that were tried: before all what the host itself has said (it refuses, it resets), then its silence
    /// (or that of its network), and then what this machine says (no way to that network, no such family, no
    /// descriptors). Of those alike, the first. It says more than the deadline of the call, which is to be met after it.
    pub fn next(&mut self, now: Instant) -> io::Result<Candidate> {
        let until = self.share(now);
        let is_late = self.until.is_some_and(|until| until <= now);
        match self.rest.next().filter(|_| !is_late) {
            Some(address) => {
                self.tried += 1;
                self.began = Some(now);
                Ok(Candidate { address, until })
            }
            None => Err(self.conclusion(is_late)),
        }
    }

    /// The address that was tried last can't be connected to.
    pub fn failed(&mut self, error: io::Error) {
        let known = self.error.as_ref().map(Weight::of);
        if known.is_none_or(|known| known < Weight::of(&error)) {
            self.error = Some(error);
        }
    }

    /// The address that was tried last has not answered in its time: an error as others, [`TimedOut`](io::ErrorKind::TimedOut).
    pub fn unanswered(&mut self, now: Instant) {
        let waited = self.began.map(|began| now.saturating_duration_since(began));
        let seconds = waited.unwrap_or_default().as_secs_f32();
        let said = format!("no answer for {seconds:.1} seconds");
        self.failed(io::Error::new(io::ErrorKind::TimedOut, said));
    }

    /// When the next one has had its time.
    fn share(&self, now: Instant) -> Option<Instant> {
        let Ok(left @ 2..) = u32::try_from(self.rest.len()) else {
            return self.until;
        };
        let time = self.until.map(|until| until.saturating_duration_since(now));
        let share = time.map_or(Self::MAX_SHARE, |time| Self::MAX_SHARE.min(time / left));
        now.checked_add(share)
    }

    fn conclusion(&mut self, is_late: bool) -> io::Error {
        match self.error.take() {
            Some(error) if self.tried > 1 => {
                let tried = self.tried;
                io::Error::new(error.kind(), NoneAnswers { error, tried })
            }
            Some(error) => error,
            None if is_late => io::Error::new(io::ErrorKind::TimedOut, "its name was looked up too late"),
            None => io::Error::new(io::ErrorKind::NotFound, "the name has no address"),
        }
    }
}

/// The families by turns, each in its own order.
fn by_turns(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let begins_with_ipv6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let is_of_first = |address: &SocketAddr| address.is_ipv6() == begins_with_ipv6;
    let (first, other): (Vec<_>, Vec<_>) = found.into_iter().partition(is_of_first);
    let mut other = other.into_iter();
    let mut all = Vec::new();
    for address in first {
        all.push(address);
        all.extend(other.next());
    }
    all.extend(other);
    all
}

/// How much an error says of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// This machine has not even asked it.
    Unasked,
    /// Nobody has answered.
    Silence,
    /// It is there, and has answered.
    Answer,
}

impl Weight {
    #[allow(clippy::wildcard_enum_match_arm)] // The system has many, and more to come.
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted => Self::Answer,
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable => Self::Silence,
            _ => Self::Unasked,
        }
    }
}

/// What several addresses come to.
#[derive(Debug)]
pub(super) struct NoneAnswers {
    /// The most telling one.
    pub(super) error: io::Error,
    tried: usize,
}

impl fmt::Display for NoneAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {} addresses tried", self.error, self.tried)
    }
}

impl std::error::Error for NoneAnswers {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use io::ErrorKind::{ConnectionRefused, NetworkUnreachable, TimedOut};

    use super::*;

    /// Of IPv4 or IPv6, by a number.
    fn v4(number: u8) -> SocketAddr {
        ([192, 0, 2, number], 1935).into()
    }

    fn v6(number: u16) -> SocketAddr {
        ([0x2001, 0xdb8, 0, 0, 0, 0, 0, number], 1935).into()
    }

    fn order(found: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        let now = Instant::now();
        let mut candidates = Candidates::new(found, None);
        std::iter::from_fn(|| candidates.next(now).ok())
            .map(|candidate| candidate.address)
            .collect()
    }

    #[test]
    fn families_take_turns_and_each_keeps_its_order() {
        assert_eq!(order([v4(1), v4(2)]), [v4(1), v4(2)]);
        assert_eq!(
            order([v6(1), v6(2), v6(3), v4(1), v4(2)]),
            [v6(1), v4(1), v6(2), v4(2), v6(3)]
        );
        assert_eq!(order([v4(1), v6(1), v6(2), v6(3)]), [v4(1), v6(1), v6(2), v6(3)]);
    }

    #[test]
    fn no_more_addresses_are_tried_than_can_have_time_and_both_families_are_among_them() {
        let tried = order((0..100).map(v6).chain([v4(1)]));
        assert_eq!(tried.len(), Candidates::MAX_ADDRESSES);
        assert_eq!(tried[..3], [v6(0), v4(1), v6(1)]);
    }

    /// When each of this many is given up, in milliseconds from the first, if all of them take all that they may.
    fn gives_up(count: u8, timeout: Option<u64>) -> Vec<Option<u128>> {
        let start = Instant::now();
        let until = timeout.map(|millis| start + Duration::from_millis(millis));
        let mut candidates = Candidates::new((0..count).map(v4), until);
        let mut now = start;
        let mut all = Vec::new();
        while let Ok(Candidate { until, .. }) = candidates.next(now) {
            all.push(until.map(|until| (until - start).as_millis()));
            now = until.unwrap_or(now);
            candidates.unanswered(now);
        }
        all
    }

    #[test]
    fn each_has_its_share_and_the_last_has_the_rest() {
        let some = |times: &[u128]| times.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(gives_up(1, Some(10_000)), some(&[10_000]));
        assert_eq!(gives_up(2, Some(10_000)), some(&[2000, 10_000]));
        assert_eq!(gives_up(2, Some(3000)), some(&[1500, 3000]));
        assert_eq!(
            gives_up(8, Some(4000)),
            some(&[500, 1000, 1500, 2000, 2500, 3000, 3500, 4000])
        );
    }

    #[test]
    fn without_an_end_only_the_last_is_waited_for_without_end() {
        assert_eq!(gives_up(3, None), [Some(2000), Some(4000), None]);
    }

    #[test]
    fn time_that_one_leaves_is_the_others() {
        let start = Instant::now();
        let mut candidates = Candidates::new((0..3).map(v4), Some(start + Duration::from_secs(3)));
        let share = |candidate: io::Result<Candidate>| candidate.unwrap().until.map(|until| until - start);
        assert_eq!(share(candidates.next(start)), Some(Duration::from_secs(1)));
        candidates.failed(ConnectionRefused.into());
        assert_eq!(share(candidates.next(start)), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn when_the_time_is_over_the_rest_is_not_tried() {
        let now = Instant::now();
        let mut candidates = Candidates::new([v4(1), v4(2)], Some(now));
        assert_eq!(candidates.next(now).unwrap_err().kind(), TimedOut);
    }

    #[test]
    fn a_name_without_addresses_says_so() {
        let error = Candidates::new([], None).next(Instant::now()).unwrap_err();
        assert_eq!(error.to_string(), "the name has no address");
    }

    /// What is told when addresses have failed by these.
    fn told(errors: &[io::ErrorKind]) -> io::Error {
        let now = Instant::now();
        let mut candidates = Candidates::new((0..9).map(v4).take(errors.len()), None);
        for &error in errors {
            candidates.next(now).unwrap();
            candidates.failed(error.into());
        }
        candidates.next(now).unwrap_err()
    }

    #[test]
    fn what_the_host_has_said_is_told_before_its_silence_and_that_before_what_this_machine_says() {
        for (errors, kind) in [
            (
                [TimedOut, ConnectionRefused, NetworkUnreachable],
                ConnectionRefused,
            ),
            ([ConnectionRefused, TimedOut, TimedOut], ConnectionRefused),
            ([NetworkUnreachable, TimedOut, NetworkUnreachable], TimedOut),
            ([NetworkUnreachable; 3], NetworkUnreachable),
        ] {
            let error = told(&errors);
            assert_eq!(error.kind(), kind, "{errors:?}");
            assert!(error.to_string().ends_with("; 3 addresses tried"), "{error}");
        }
    }

    #[test]
    fn what_a_single_address_says_is_told_as_it_is() {
        let error = told(&[ConnectionRefused]);
        assert_eq!(error.to_string(), io::Error::from(ConnectionRefused).to_string());
    }

    #[test]
    fn of_errors_alike_the_first_is_told() {
        let mut now = Instant::now();
        let mut candidates = Candidates::new([v4(1), v4(2)], Some(now + Duration::from_secs(5)));
        let error = loop {
            match candidates.next(now) {
                Ok(candidate) => now = candidate.until.unwrap(),
                Err(error) => break error,
            }
            candidates.unanswered(now);
        };
        assert_eq!(error.kind(), TimedOut);
        assert_eq!(error.to_string(), "no answer for 2.0 seconds; 2 addresses tried");
    }
}
