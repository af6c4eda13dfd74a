//! How many connections there are, and may be.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::observer::Full;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) all: usize,
    /// Of one address.
    pub(crate) per_ip: Option<usize>,
    /// Of one address that is not this machine's, as long as they neither publish nor play.
    pub(crate) idle_per_ip: usize,
}

/// Counts connections, in all and by address.
#[derive(Debug)]
pub(crate) struct Census {
    limits: Limits,
    hosts: Mutex<HashMap<IpAddr, Host>>,
    total: watch::Sender<usize>,
}

/// The connections of one address.
#[derive(Debug, Default)]
struct Host {
    all: usize,
    idle: usize,
}

impl Census {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hosts: Mutex::default(),
            total: watch::Sender::new(0),
        }
    }

    /// Counts one more, unless a limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<Place, Full> {
        let has_room = self.total.send_if_modified(|total| {
            let has_room = *total < self.limits.all;
            *total += usize::from(has_room);
            has_room
        });
        if !has_room {
            return Err(Full::Server(self.limits.all));
        }
        // From here on dropping the place gives back what has been counted.
        let mut place = Place {
            census: Arc::clone(self),
            host: None,
            is_idle: true,
        };
        if let Some(ip) = ip.map(host_of) {
            self.enter_host(ip)?;
            place.host = Some(ip);
        }
        Ok(place)
    }

    fn enter_host(&self, ip: IpAddr) -> Result<(), Full> {
        let mut hosts = self.hosts();
        let (all, idle) = hosts.get(&ip).map_or((0, 0), |host| (host.all, host.idle));
        if let Some(max) = self.limits.per_ip.filter(|&max| all >= max) {
            return Err(Full::Address(max));
        }
        // Programs of this machine are no strangers: load tests, and relays with many peers behind them.
        if idle >= self.limits.idle_per_ip && !ip.is_loopback() {
            return Err(Full::Idle(self.limits.idle_per_ip));
        }
        let host = hosts.entry(ip).or_default();
        host.all += 1;
        host.idle += 1;
        Ok(())
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<IpAddr, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn total(&self) -> usize {
        *self.total.borrow()
    }

    /// Returns when nobody is left.
    pub(crate) async fn emptied(&self) {
        // It fails when the sender is gone, and we hold it.
        let _ = self.total.subscribe().wait_for(|&total| total == 0).await;
    }
}

/// What counts as one address. Of IPv6 that is a /64, the least that a provider gives to a customer: whoever has one
/// address has all 2^64 of them (RFC 6177).
fn host_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            let network = ip.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        ip => ip,
    }
}

/// One counted connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    census: Arc<Census>,
    host: Option<IpAddr>,
    is_idle: bool,
}

impl Place {
    /// It publishes or plays. Whoever has been let in once may come back to it: it does not count as idle again.
    pub(crate) fn grant(&mut self) {
        if self.is_idle
            && let Some(ip) = self.host
            && let Some(host) = self.census.hosts().get_mut(&ip)
        {
            host.idle -= 1;
        }
        self.is_idle = false;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.grant();
        if let Some(ip) = self.host {
            let mut hosts = self.census.hosts();
            if let Some(host) = hosts.get_mut(&ip) {
                host.all -= 1;
                if host.all == 0 {
                    hosts.remove(&ip);
                }
            }
        }
        self.census.total.send_modify(|total| *total -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMITS: Limits = Limits {
        all: usize::MAX,
        per_ip: None,
        idle_per_ip: usize::MAX,
    };

    fn census(limits: Limits) -> Arc<Census> {
        Arc::new(Census::new(limits))
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_place_given_up_is_free_again() {
        let census = census(Limits { all: 1, ..NO_LIMITS });
        let place = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.2")).unwrap_err(), Full::Server(1));
        drop(place);
        assert!(census.enter(ip("192.0.2.2")).is_ok());
        assert_eq!(census.total(), 0);
    }

    #[test]
    fn one_address_can_have_its_own_limit() {
        let census = census(Limits {
            per_ip: Some(1),
            ..NO_LIMITS
        });
        let mut place = census.enter(ip("192.0.2.1")).unwrap();
        place.grant();
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Address(1));
        assert!(census.enter(ip("192.0.2.2")).is_ok());
        assert_eq!(census.total(), 1, "who was turned away is not counted");
        drop(place);
        assert!(census.hosts().is_empty());
    }

    #[test]
    fn who_publishes_or_plays_makes_room_for_the_next() {
        let census = census(Limits {
            idle_per_ip: 1,
            ..NO_LIMITS
        });
        let mut place = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(1));
        place.grant();
        place.grant();
        let next = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(1));
        drop((place, next));
        assert!(census.enter(ip("192.0.2.1")).is_ok());
        assert!(census.hosts().is_empty());
    }

    #[test]
    fn programs_of_this_machine_may_be_idle() {
        let census = census(Limits {
            idle_per_ip: 0,
            ..NO_LIMITS
        });
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(0));
        assert!(
            census.hosts().is_empty(),
            "who was turned away leaves nothing behind"
        );
        for ip in [
            ip("127.0.0.1"),
            ip("127.9.9.9"),
            ip("::1"),
            ip("::ffff:127.0.0.1"),
            None,
        ] {
            assert!(census.enter(ip).is_ok(), "{ip:?}");
        }
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_are_one() {
        let census = census(Limits {
            idle_per_ip: 1,
            ..NO_LIMITS
        });
        let _place = census.enter(ip("2001:db8:1:2::1")).unwrap();
        assert_eq!(
            census.enter(ip("2001:db8:1:2:ffff:ffff:ffff:ffff")).unwrap_err(),
            Full::Idle(1)
        );
        assert!(census.enter(ip("2001:db8:1:3::1")).is_ok());
    }
}
