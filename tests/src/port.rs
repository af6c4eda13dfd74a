//! TCP ports of this machine, as the kernel knows them: nobody is connected to.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
};

/// One that nobody has at the moment, for a server that cannot be told to take any.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// Whether somebody listens at it.
#[must_use]
pub fn is_listened_at(port: u16) -> bool {
    count(port, "0A") > 0
}

/// How many connections are established there, accepted or not.
#[must_use]
pub fn connections(port: u16) -> usize {
    count(port, "01")
}

fn count(port: u16, state: &str) -> usize {
    // "  12: 0100007F:078F 0100007F:D2A4 01 ...": number, local address, remote address, state (01: established, 0A: listening)
    let local = format!(":{port:04X}");
    // A server that listens on [::] has its IPv4 connections in the second table.
    let table: String = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    table
        .lines()
        .filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            matches!(fields[..], [_, from, _, is, ..] if from.ends_with(&local) && is == state)
        })
        .count()
}
