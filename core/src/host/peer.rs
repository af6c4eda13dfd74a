//! Who is at the other end.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::connection::server::ConnectCommand;

/// Where a connection came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerAddr {
    /// An address and port. An IPv4 address is one also where it came through an IPv6 socket.
    Tcp(SocketAddr),
    /// A program on this machine, through a Unix socket.
    Unix,
}

impl PeerAddr {
    /// The address without its port, if there is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) => Some(address.ip()),
            Self::Unix => None,
        }
    }
}

impl From<SocketAddr> for PeerAddr {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

impl fmt::Display for PeerAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

/// One connection's other end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peer {
    /// Counts the server's connections from 1: tells two of one address apart in a log.
    pub id: u64,
    /// Where it came from.
    pub address: PeerAddr,
    /// It came through TLS.
    pub is_tls: bool,
    /// What it said of itself in `connect`; everything is empty until then.
    pub connect: ConnectCommand,
}

impl Peer {
    /// A connection of which nothing is known yet but where it came from.
    pub fn new(id: u64, address: PeerAddr) -> Self {
        Self {
            id,
            address,
            is_tls: false,
            connect: ConnectCommand::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_peer_of_a_dual_stack_socket_is_shown_as_ipv4() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:4000".parse().unwrap();
        assert_eq!(PeerAddr::from(mapped).to_string(), "192.0.2.1:4000");
    }
}
