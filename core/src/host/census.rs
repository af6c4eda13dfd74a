//! How many connections there are, and may be.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::host::observer::Full;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// In all, at a time. `None`, which is the default: no limit of the [`Census`]'s own. A server sets one then: as many
    /// as the process may have descriptors but for 64 of them, and at least 64.
    pub all: Option<usize>,
    /// Of one address at a time; of IPv6, of one /64 network. `None`, which is the default: as many as in all, since many
    /// viewers may share an address.
    pub per_ip: Option<usize>,
    /// Of one address (of IPv6, of one /64 network) that have not published or played yet. 128 by default: a flood from
    /// one host takes no more, and viewers who share an address are not limited. Addresses of this machine (127.0.0.0/8,
    /// `::1`) are exempt, for load tests and local relays.
    pub idle_per_ip: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            all: None,
            per_ip: None,
            idle_per_ip: 128,
        }
    }
}

/// Counts connections, in all and by address.
#[derive(Debug)]
pub struct Census {
    limits: ConnectionLimits,
    hosts: HashMap<IpAddr, Host>,
    total: usize,
}

/// The connections of one address.
#[derive(Debug, Default)]
struct Host {
    all: usize,
    idle: usize,
}

/// One counted connection. It goes back with [`Census::leave`].
#[derive(Debug)]
#[must_use = "the connection is counted until its place goes back to `Census::leave`"]
pub struct Place {
    host: Option<IpAddr>,
    is_idle: bool,
}

impl Place {
    /// Whether it is one of those that have neither published nor played.
    pub const fn is_idle(&self) -> bool {
        self.is_idle
    }
}

impl Census {
    /// Nobody is there.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            hosts: HashMap::new(),
            total: 0,
        }
    }

    /// Connections at this moment.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// Goes on with other limits. Who is there stays, also beyond them.
    pub const fn set_limits(&mut self, limits: ConnectionLimits) {
        self.limits = limits;
    }

    /// Counts one more, which comes from `ip`, if it does not come from this machine through a Unix socket.
    ///
    /// # Errors
    ///
    /// [`Full`] when a limit is reached.
    pub fn enter(&mut self, ip: Option<IpAddr>) -> Result<Place, Full> {
        if let Some(max) = self.limits.all.filter(|&max| self.total >= max) {
            return Err(Full::Server(max));
        }
        let host = ip.map(host_of);
        if let Some(ip) = host {
            self.enter_host(ip)?;
        }
        self.total += 1;
        Ok(Place { host, is_idle: true })
    }

    fn enter_host(&mut self, ip: IpAddr) -> Result<(), Full> {
        let (all, idle) = self.hosts.get(&ip).map_or((0, 0), |host| (host.all, host.idle));
        if let Some(max) = self.limits.per_ip.filter(|&max| all >= max) {
            return Err(Full::Address(max));
        }
        // Programs of this machine are no strangers: load tests, and relays with many peers behind them.
        if idle >= self.limits.idle_per_ip && !ip.is_loopback() {
            return Err(Full::Idle(self.limits.idle_per_ip));
        }
        let host = self.hosts.entry(ip).or_default();
        host.all += 1;
        host.idle += 1;
        Ok(())
    }

    /// The connection publishes or plays. Whoever has been let in once may come back to it: it does not count as idle
    /// again.
    pub fn grant(&mut self, place: &mut Place) {
        if place.is_idle
            && let Some(ip) = place.host
            && let Some(host) = self.hosts.get_mut(&ip)
        {
            host.idle -= 1;
        }
        place.is_idle = false;
    }

    /// The connection has gone.
    pub fn leave(&mut self, mut place: Place) {
        self.grant(&mut place);
        if let Some(ip) = place.host
            && let Some(host) = self.hosts.get_mut(&ip)
        {
            host.all -= 1;
            if host.all == 0 {
                self.hosts.remove(&ip);
            }
        }
        self.total -= 1;
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
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMITS: ConnectionLimits = ConnectionLimits {
        all: None,
        per_ip: None,
        idle_per_ip: usize::MAX,
    };

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_place_given_up_is_free_again() {
        let mut census = Census::new(ConnectionLimits {
            all: Some(1),
            ..NO_LIMITS
        });
        let place = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.2")).unwrap_err(), Full::Server(1));
        census.leave(place);
        assert_eq!(census.total(), 0);
        let _place = census.enter(ip("192.0.2.2")).unwrap();
    }

    #[test]
    fn who_is_there_stays_beyond_a_smaller_limit_and_the_next_one_waits_for_room() {
        let mut census = Census::new(NO_LIMITS);
        let [first, second] = ["192.0.2.1", "192.0.2.2"].map(|address| census.enter(ip(address)).unwrap());
        census.set_limits(ConnectionLimits {
            all: Some(1),
            ..NO_LIMITS
        });
        assert_eq!(census.total(), 2);
        census.leave(first);
        assert_eq!(census.enter(ip("192.0.2.3")).unwrap_err(), Full::Server(1));
        census.leave(second);
        let _place = census.enter(ip("192.0.2.3")).unwrap();
    }

    #[test]
    fn one_address_can_have_its_own_limit() {
        let mut census = Census::new(ConnectionLimits {
            per_ip: Some(1),
            ..NO_LIMITS
        });
        let mut place = census.enter(ip("192.0.2.1")).unwrap();
        census.grant(&mut place);
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Address(1));
        let other = census.enter(ip("192.0.2.2")).unwrap();
        assert_eq!(census.total(), 2, "who was turned away is not counted");
        census.leave(other);
        census.leave(place);
        assert!(census.hosts.is_empty());
    }

    #[test]
    fn who_publishes_or_plays_makes_room_for_the_next() {
        let mut census = Census::new(ConnectionLimits {
            idle_per_ip: 1,
            ..NO_LIMITS
        });
        let mut place = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(1));
        census.grant(&mut place);
        census.grant(&mut place);
        let next = census.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(1));
        census.leave(place);
        census.leave(next);
        assert!(census.hosts.is_empty());
        let _place = census.enter(ip("192.0.2.1")).unwrap();
    }

    #[test]
    fn programs_of_this_machine_may_be_idle() {
        let mut census = Census::new(ConnectionLimits {
            idle_per_ip: 0,
            ..NO_LIMITS
        });
        assert_eq!(census.enter(ip("192.0.2.1")).unwrap_err(), Full::Idle(0));
        assert!(
            census.hosts.is_empty(),
            "who was turned away leaves nothing behind"
        );
        for ip in [
            ip("127.0.0.1"),
            ip("127.9.9.9"),
            ip("::1"),
            ip("::ffff:127.0.0.1"),
            None,
        ] {
            let place = census.enter(ip).unwrap();
            census.leave(place);
        }
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_are_one() {
        let mut census = Census::new(ConnectionLimits {
            idle_per_ip: 1,
            ..NO_LIMITS
        });
        let _place = census.enter(ip("2001:db8:1:2::1")).unwrap();
        assert_eq!(
            census.enter(ip("2001:db8:1:2:ffff:ffff:ffff:ffff")).unwrap_err(),
            Full::Idle(1)
        );
        let _place = census.enter(ip("2001:db8:1:3::1")).unwrap();
    }
}
