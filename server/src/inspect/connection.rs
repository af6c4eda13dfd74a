//! TCP connections in a capture.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use super::capture::{self, CaptureError, End, Frame, LinkType};
use super::segment::{self, Segment, Skipped};
use super::stream::{Assembler, Stream};

/// The port registered for RTMP: its owner is the server where no SYN was recorded.
const RTMP_PORT: u16 = 1935;

/// One TCP connection as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who opened it.
    pub client: SocketAddr,
    /// Who was called.
    pub server: SocketAddr,
    /// When the first segment was recorded, since the Unix epoch.
    pub start: Duration,
    /// Whether the capture holds it from its SYN on.
    pub has_beginning: bool,
    /// What the client sent.
    pub client_stream: Stream,
    /// What the server sent.
    pub server_stream: Stream,
    /// FIN and RST segments, in order.
    pub closing: Vec<Closing>,
}

/// A segment that ends one direction, or the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When, since the Unix epoch.
    pub time: Duration,
    /// Whose.
    pub direction: Direction,
    /// RST: the connection ends at once. Otherwise FIN: its sender has nothing more to send.
    pub reset: bool,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the client to the server.
    ClientToServer,
    /// From the server to the client.
    ServerToClient,
}

/// Frames of a capture that hold nothing for us, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Fragments of IP packets, which are not put together.
    pub fragments: u64,
    /// Packets cut by the snap length before the end of the TCP header.
    pub headers_cut: u64,
    /// Frames of link types that are not known, by link type.
    pub unknown_links: BTreeMap<LinkType, u64>,
}

/// All TCP connections of a capture, in the order of their first segments.
pub(super) fn read(source: impl Read + Send) -> Result<(Vec<Connection>, Leftovers, End), CaptureError> {
    let mut table = Table::default();
    let mut leftovers = Leftovers::default();
    let end = capture::read(source, |frame: Frame<'_>| match segment::parse(frame) {
        Ok(segment) => table.take(segment, frame.time),
        Err(Skipped::NotTcp) => {}
        Err(Skipped::Fragment) => leftovers.fragments += 1,
        Err(Skipped::HeaderCut) => leftovers.headers_cut += 1,
        Err(Skipped::Link(link)) => *leftovers.unknown_links.entry(link).or_default() += 1,
    })?;
    let connections = table.connections.into_iter().map(Recording::finish).collect();
    Ok((connections, leftovers, end))
}

/// Connections being put together.
#[derive(Default)]
struct Table {
    connections: Vec<Recording>,
    /// The newest connection between two addresses, by (client, server).
    by_addresses: HashMap<(SocketAddr, SocketAddr), usize>,
}

struct Recording {
    client: SocketAddr,
    server: SocketAddr,
    start: Duration,
    has_beginning: bool,
    client_stream: Assembler,
    server_stream: Assembler,
    closing: Vec<Closing>,
}

impl Table {
    fn take(&mut self, segment: Segment<'_>, time: Duration) {
        let Segment {
            source,
            destination,
            sequence,
            flags,
            ..
        } = segment;
        if flags.syn && !flags.ack {
            let known = self.find(source, destination).filter(|(_, direction)| {
                // The same SYN again, because its answer was late.
                *direction == Direction::ClientToServer
            });
            if known.is_none_or(|(recording, _)| !recording.client_stream.is_opened_by(sequence)) {
                let mut recording = Recording::new(source, destination, time);
                recording.client_stream.open(sequence);
                self.add(recording);
            }
        }
        if self.find(source, destination).is_none() {
            if flags.syn {
                self.add(Recording::new(destination, source, time));
            } else if segment.payload.is_empty() {
                // The end of something that lies before the capture.
                return;
            } else {
                // Nothing says who opened it, but for the port; and clients speak first.
                let is_answer = source.port() == RTMP_PORT && destination.port() != RTMP_PORT;
                let (client, server) = if is_answer {
                    (destination, source)
                } else {
                    (source, destination)
                };
                let recording = Recording::new(client, server, time);
                self.add(Recording {
                    has_beginning: false,
                    ..recording
                });
            }
        }
        if let Some((recording, direction)) = self.find(source, destination) {
            recording.take(segment, direction, time);
        }
    }

    fn add(&mut self, recording: Recording) {
        let (client, server) = (recording.client, recording.server);
        self.by_addresses.remove(&(server, client));
        self.by_addresses.insert((client, server), self.connections.len());
        self.connections.push(recording);
    }

    /// The connection that a segment from `source` to `destination` belongs to.
    fn find(&mut self, source: SocketAddr, destination: SocketAddr) -> Option<(&mut Recording, Direction)> {
        let forward = self
            .by_addresses
            .get(&(source, destination))
            .map(|at| (*at, Direction::ClientToServer));
        let backward = self
            .by_addresses
            .get(&(destination, source))
            .map(|at| (*at, Direction::ServerToClient));
        let (at, direction) = forward.or(backward)?;
        Some((self.connections.get_mut(at)?, direction))
    }
}

impl Recording {
    fn new(client: SocketAddr, server: SocketAddr, start: Duration) -> Self {
        Self {
            client,
            server,
            start,
            has_beginning: true,
            client_stream: Assembler::default(),
            server_stream: Assembler::default(),
            closing: Vec::new(),
        }
    }

    fn take(&mut self, segment: Segment<'_>, direction: Direction, time: Duration) {
        let stream = match direction {
            Direction::ClientToServer => &mut self.client_stream,
            Direction::ServerToClient => &mut self.server_stream,
        };
        let flags = segment.flags;
        // A SYN takes a place in the sequence; behind it there may be payload (TCP Fast Open, RFC 7413).
        let sequence = segment.sequence.wrapping_add(u32::from(flags.syn));
        if flags.syn {
            stream.open(segment.sequence);
        }
        stream.push(sequence, segment.payload, segment.cut, time);
        if flags.fin && !flags.rst {
            // A length in a frame, so it fits.
            let len = (segment.payload.len() + segment.cut) as u32;
            stream.close(sequence.wrapping_add(len));
        }
        if flags.fin || flags.rst {
            self.closing.push(Closing {
                time,
                direction,
                reset: flags.rst,
            });
        }
    }

    fn finish(self) -> Connection {
        Connection {
            client: self.client,
            server: self.server,
            start: self.start,
            has_beginning: self.has_beginning,
            client_stream: self.client_stream.finish(),
            server_stream: self.server_stream.finish(),
            closing: self.closing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::segment::Flags;

    const CLIENT: &str = "10.0.0.1:50000";
    const SERVER: &str = "10.0.0.2:1935";

    const SYN: Flags = Flags {
        syn: true,
        ack: false,
        fin: false,
        rst: false,
    };
    const SYN_ACK: Flags = Flags { ack: true, ..SYN };
    const ACK: Flags = Flags {
        syn: false,
        ..SYN_ACK
    };
    const FIN: Flags = Flags { fin: true, ..ACK };
    const RST: Flags = Flags { rst: true, ..ACK };

    /// Connections made of (from, to, sequence number, flags, payload), one per millisecond.
    fn connections(segments: &[(&str, &str, u32, Flags, &[u8])]) -> Vec<Connection> {
        let mut table = Table::default();
        for (index, (source, destination, sequence, flags, payload)) in segments.iter().enumerate() {
            let segment = Segment {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
                sequence: *sequence,
                flags: *flags,
                payload,
                cut: 0,
            };
            table.take(segment, Duration::from_millis(index as u64));
        }
        table.connections.into_iter().map(Recording::finish).collect()
    }

    #[test]
    fn both_directions_of_a_connection_are_put_together() {
        let connections = connections(&[
            (CLIENT, SERVER, 10, SYN, b""),
            (CLIENT, SERVER, 10, SYN, b""),
            (SERVER, CLIENT, 70, SYN_ACK, b""),
            (SERVER, CLIENT, 71, ACK, b"hello"),
            (CLIENT, SERVER, 11, ACK, b"C0"),
            (CLIENT, SERVER, 13, FIN, b"!"),
            (SERVER, CLIENT, 76, RST, b""),
        ]);
        let [connection] = connections.as_slice() else {
            panic!("{connections:?}")
        };
        assert_eq!(
            (connection.client, connection.server),
            (CLIENT.parse().unwrap(), SERVER.parse().unwrap())
        );
        assert!(connection.has_beginning);
        assert_eq!(connection.client_stream.bytes, b"C0!");
        assert_eq!(connection.client_stream.gaps, []);
        assert_eq!(connection.server_stream.bytes, b"hello");
        let closing: Vec<_> = connection
            .closing
            .iter()
            .map(|c| (c.direction, c.reset))
            .collect();
        assert_eq!(
            closing,
            [
                (Direction::ClientToServer, false),
                (Direction::ServerToClient, true)
            ]
        );
    }

    #[test]
    fn payload_may_come_with_the_syn() {
        let connections = connections(&[(CLIENT, SERVER, 10, SYN, b"C0"), (CLIENT, SERVER, 13, ACK, b"C1")]);
        assert_eq!(connections[0].client_stream.bytes, b"C0C1");
    }

    #[test]
    fn an_answer_to_the_syn_may_be_recorded_behind_what_follows_it() {
        let connections = connections(&[
            (CLIENT, SERVER, 10, SYN, b""),
            (SERVER, CLIENT, 73, ACK, b"S1"),
            (SERVER, CLIENT, 71, ACK, b"S0"),
            (SERVER, CLIENT, 70, SYN_ACK, b""),
            (SERVER, CLIENT, 75, ACK, b"S2"),
        ]);
        assert_eq!(connections.len(), 1);
        assert_eq!(connections[0].server_stream.bytes, b"S0S1S2");
        assert_eq!(connections[0].server_stream.gaps, []);
    }

    #[test]
    fn a_new_syn_between_the_same_addresses_is_a_new_connection() {
        let connections = connections(&[
            (CLIENT, SERVER, 10, SYN, b""),
            (CLIENT, SERVER, 11, ACK, b"one"),
            (CLIENT, SERVER, 900, SYN, b""),
            (CLIENT, SERVER, 901, ACK, b"two"),
        ]);
        let bytes: Vec<_> = connections
            .iter()
            .map(|c| c.client_stream.bytes.as_slice())
            .collect();
        assert_eq!(bytes, [b"one", b"two"]);
    }

    #[test]
    fn a_capture_begun_in_mid_connection_tells_the_server_by_its_port() {
        let connections = connections(&[
            (SERVER, CLIENT, 500, ACK, b"media"),
            (CLIENT, SERVER, 300, ACK, b"ack"),
        ]);
        assert_eq!(connections.len(), 1);
        assert_eq!(connections[0].server, SERVER.parse().unwrap());
        assert!(!connections[0].has_beginning);
        assert_eq!(connections[0].server_stream.bytes, b"media");
    }

    #[test]
    fn without_a_port_to_know_it_by_the_first_to_speak_is_the_client() {
        let connections = connections(&[("10.0.0.9:4000", "10.0.0.8:5000", 500, ACK, b"x")]);
        assert_eq!(connections[0].client, "10.0.0.9:4000".parse().unwrap());
    }

    #[test]
    fn a_lost_syn_leaves_the_answer_to_tell_who_is_who() {
        let connections = connections(&[
            ("10.0.0.8:5000", "10.0.0.9:4000", 500, SYN_ACK, b""),
            ("10.0.0.9:4000", "10.0.0.8:5000", 300, ACK, b"C0"),
        ]);
        assert_eq!(connections.len(), 1);
        assert!(connections[0].has_beginning);
        assert_eq!(connections[0].client_stream.bytes, b"C0");
    }

    #[test]
    fn the_tail_of_a_connection_that_said_nothing_is_left_out() {
        assert_eq!(
            connections(&[(CLIENT, SERVER, 5, FIN, b""), (SERVER, CLIENT, 9, RST, b"")]),
            []
        );
    }
}
