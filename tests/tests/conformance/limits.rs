//! Connections that are too many.

use std::io::Read;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::client::{self, Client};
use crate::server::{Runtime, Server, Settings, loopback};

pub(crate) fn above_the_limit_connections_are_accepted_and_closed(runtime: &dyn Runtime) {
    let settings = Settings::with(|server| server.connections.all = Some(1));
    let server = Server::with(runtime, settings);
    let first = server.client();
    assert_is_turned_away(server.socket());
    drop(first);
    server.until(|server| server.connections() == 0);
    server.client().publish("room");
    server.until_told("Server(1)");
}

pub(crate) fn one_address_can_be_limited(runtime: &dyn Runtime) {
    let settings = Settings::with(|server| server.connections.per_ip = Some(1));
    let server = Server::with(runtime, settings);
    let from = |ip: &str| client::connect_from(ip.parse().unwrap(), server.tcp_address(0));
    let first = Client::new(from("127.0.0.1"));
    assert_is_turned_away(from("127.0.0.1"));
    let mut other = Client::new(from("127.0.0.2"));
    other.publish("room");
    drop(first);
    server.until(|server| server.connections() == 1);
    Client::new(from("127.0.0.1")).publish("again");
    server.until_told("Address(1)");
}

/// Where one thread serves a connection and another counts, the latter hears of it a moment later.
const HEARD: Duration = Duration::from_millis(200);

pub(crate) fn connections_that_ask_for_nothing_are_limited_by_address(runtime: &dyn Runtime) {
    let settings = Settings {
        listen: vec!["[::]:0".parse().unwrap(), loopback()],
        ..Settings::with(|server| server.connections.idle_per_ip = 1)
    };
    let server = Server::with(runtime, settings);
    let outside = SocketAddr::new(address_of_this_machine(), server.tcp_address(0).port());
    let mut first = Client::new(client::connect(outside));
    assert_is_turned_away(client::connect(outside));
    first.publish("room");
    std::thread::sleep(HEARD);
    let mut second = Client::new(client::connect(outside));
    assert_is_turned_away(client::connect(outside));
    second.play("room");
    std::thread::sleep(HEARD);
    let _third = Client::new(client::connect(outside));
    server.until_told("Idle(1)");
    // Programs that come through loopback are no strangers.
    let _here: Vec<_> = (0..3)
        .map(|_| Client::new(client::connect(server.tcp_address(1))))
        .collect();
}

/// Nothing is said; it is an end or, as we have sent nothing, at worst a reset.
fn assert_is_turned_away(mut socket: TcpStream) {
    assert_eq!(socket.read(&mut [0; 16]).unwrap_or(0), 0);
}

/// An address that is not a loopback one: that which packets to elsewhere would come from.
fn address_of_this_machine() -> IpAddr {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    // Nothing is sent to it: 198.51.100.1 is an address for documentation (RFC 5737).
    let connected = socket.connect("198.51.100.1:9");
    connected.expect("this machine has a network, if only one of a container");
    socket.local_addr().unwrap().ip()
}
