//! A capture of what was said in a replay, so that it is shown by what shows captures.

use std::net::SocketAddr;
use std::time::Duration;

use etherparse::{IpHeaders, Ipv4Header, Ipv6Header, PacketBuilder, ip_number};

use crate::server::Said;

/// What of the IP header's 16 bits of length is surely left for payload.
const MAX_SEGMENT: usize = 32 << 10;

/// Builds a pcap file, in memory.
#[derive(Debug, Default)]
pub(crate) struct Wiretap {
    packets: Vec<(Duration, Vec<u8>)>,
}

impl Wiretap {
    /// Adds a connection, with its opening by SYN.
    pub(crate) fn add(&mut self, client: SocketAddr, server: SocketAddr, start: Duration, wire: &[Said]) {
        let mut client = End {
            from: client,
            to: server,
            sequence: 0,
        };
        let mut server = End {
            from: client.to,
            to: client.from,
            sequence: 0,
        };
        self.push(start, &mut client, Flag::Syn, &[]);
        for said in wire {
            match said {
                Said::Client(time, bytes) => self.push_all(*time, &mut client, bytes),
                Said::Server(time, bytes) => self.push_all(*time, &mut server, bytes),
                Said::ClientCloses(time) => self.push(*time, &mut client, Flag::Fin, &[]),
                Said::ServerCloses(time) => self.push(*time, &mut server, Flag::Fin, &[]),
            }
        }
    }

    /// The file (draft-ietf-opsawg-pcap): little-endian, microseconds, IP packets without a link layer.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        const RAW: u32 = 101;
        const SNAP_LEN: u32 = 0x4_0000;
        let mut file = Vec::new();
        for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, SNAP_LEN, RAW] {
            file.extend(word.to_le_bytes());
        }
        self.packets.sort_by_key(|(time, _)| *time);
        for (time, packet) in self.packets {
            let len = packet.len() as u32;
            for word in [time.as_secs() as u32, time.subsec_micros(), len, len] {
                file.extend(word.to_le_bytes());
            }
            file.extend(packet);
        }
        file
    }

    fn push_all(&mut self, time: Duration, end: &mut End, bytes: &[u8]) {
        for segment in bytes.chunks(MAX_SEGMENT) {
            self.push(time, end, Flag::Ack, segment);
        }
    }

    fn push(&mut self, time: Duration, end: &mut End, flag: Flag, payload: &[u8]) {
        let ip = match (end.from, end.to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                let (from, to) = (from.ip().octets(), to.ip().octets());
                let header = Ipv4Header::new(0, 64, ip_number::TCP, from, to).unwrap();
                IpHeaders::Ipv4(header, Default::default())
            }
            (from, to) => {
                let octets = |address: SocketAddr| match address {
                    SocketAddr::V4(address) => address.ip().to_ipv6_mapped().octets(),
                    SocketAddr::V6(address) => address.ip().octets(),
                };
                let header = Ipv6Header {
                    hop_limit: 64,
                    source: octets(from),
                    destination: octets(to),
                    ..Ipv6Header::default()
                };
                IpHeaders::Ipv6(header, Default::default())
            }
        };
        let packet = PacketBuilder::ip(ip).tcp(end.from.port(), end.to.port(), end.sequence, u16::MAX);
        let packet = match flag {
            Flag::Syn => packet.syn(),
            Flag::Ack => packet.ack(0),
            Flag::Fin => packet.ack(0).fin(),
        };
        let mut bytes = Vec::with_capacity(packet.size(payload.len()));
        packet.write(&mut bytes, payload).unwrap();
        self.packets.push((time, bytes));
        end.sequence = end
            .sequence
            .wrapping_add(payload.len() as u32 + u32::from(flag == Flag::Syn));
    }
}

#[derive(Clone, Copy)]
struct End {
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Syn,
    Ack,
    Fin,
}
