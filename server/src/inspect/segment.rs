//! TCP segments out of link-layer frames: Ethernet with VLAN tags, Linux cooked, loopback, raw IP; IPv4 and IPv6.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, IpNumber, LaxNetSlice, LaxSlicedPacket, TransportSlice};

use super::capture::{Frame, LinkType};

/// One TCP segment as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub sequence: u32,
    pub flags: Flags,
    pub payload: &'a [u8],
    /// Bytes of payload that were sent, and left out of the file by its snap length.
    pub cut: usize,
}

/// The flags that open and close a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
}

/// Why a frame's TCP segment, if it has one, cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Skipped {
    /// Something else: UDP, ARP, another protocol.
    NotTcp,
    /// A fragment of an IP packet. They are not put together here: TCP avoids them.
    Fragment,
    /// The snap length left less than the TCP header.
    HeaderCut,
    /// Frames of this kind cannot be read.
    Link(LinkType),
}

/// The TCP segment in `frame`.
pub(super) fn parse(frame: Frame<'_>) -> Result<Segment<'_>, Skipped> {
    let packet = network_layer(frame)?;
    let (source, destination, total, payload) = match packet.net.as_ref().ok_or(Skipped::NotTcp)? {
        LaxNetSlice::Ipv4(ip) => (
            IpAddr::from(ip.header().source_addr()),
            IpAddr::from(ip.header().destination_addr()),
            usize::from(ip.header().total_len()).saturating_sub(ip.header().slice().len()),
            ip.payload(),
        ),
        LaxNetSlice::Ipv6(ip) => (
            IpAddr::from(ip.header().source_addr()),
            IpAddr::from(ip.header().destination_addr()),
            usize::from(ip.header().payload_length()).saturating_sub(ip.extensions().slice().len()),
            ip.payload(),
        ),
        LaxNetSlice::Arp(_) => return Err(Skipped::NotTcp),
    };
    if payload.fragmented {
        return Err(Skipped::Fragment);
    }
    if payload.ip_number != IpNumber::TCP {
        return Err(Skipped::NotTcp);
    }
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else {
        return Err(Skipped::HeaderCut);
    };
    Ok(Segment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        flags: Flags {
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
        },
        payload: tcp.payload(),
        cut: if payload.incomplete {
            total.saturating_sub(payload.payload.len())
        } else {
            0
        },
    })
}

/// The packet behind the link layer's header, whatever that is.
fn network_layer(frame: Frame<'_>) -> Result<LaxSlicedPacket<'_>, Skipped> {
    let data = frame.data;
    // Between a cooked capture's header and IP there may be VLAN tags: the type of what follows says so.
    let typed = |at: usize, header: usize| {
        let kind = data
            .get(at..at + 2)
            .and_then(|field| field.try_into().ok())
            .map(u16::from_be_bytes);
        let kind = kind.ok_or(Skipped::HeaderCut)?;
        let rest = data.get(header..).ok_or(Skipped::HeaderCut)?;
        Ok(LaxSlicedPacket::from_ether_type(EtherType(kind), rest))
    };
    let ip = |header: usize| {
        let rest = data.get(header..).ok_or(Skipped::HeaderCut)?;
        LaxSlicedPacket::from_ip(rest).map_err(|_| Skipped::NotTcp)
    };
    match frame.link {
        LinkType::ETHERNET => LaxSlicedPacket::from_ethernet(data).map_err(|_| Skipped::HeaderCut),
        LinkType::LINUX_SLL => typed(14, 16),
        LinkType::LINUX_SLL2 => typed(0, 20),
        LinkType::NULL | LinkType::LOOP => ip(4),
        LinkType::IPV4 | LinkType::IPV6 => ip(0),
        link if LinkType::RAW.contains(&link) => ip(0),
        link => Err(Skipped::Link(link)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use etherparse::PacketBuilder;

    const PAYLOAD: &[u8] = b"RTMP";

    fn frame(link: i32, data: &[u8]) -> Frame<'_> {
        Frame {
            time: Duration::ZERO,
            link: LinkType(link),
            data,
        }
    }

    fn ipv4() -> Vec<u8> {
        let mut packet = Vec::new();
        PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
            .tcp(50_000, 1935, 77, 1000)
            .write(&mut packet, PAYLOAD)
            .unwrap();
        packet
    }

    fn ipv6() -> Vec<u8> {
        let mut packet = Vec::new();
        PacketBuilder::ipv6([1; 16], [2; 16], 64)
            .tcp(50_000, 1935, 77, 1000)
            .syn()
            .write(&mut packet, PAYLOAD)
            .unwrap();
        packet
    }

    fn behind(header: &[u8], packet: &[u8]) -> Vec<u8> {
        [header, packet].concat()
    }

    #[test]
    fn a_segment_is_found_behind_every_link_layer() {
        let ethernet = [&[0; 12][..], &[0x08, 0x00]].concat();
        // Two tags: 802.1ad (0x88A8) with VLAN 5, 802.1Q (0x8100) with VLAN 6, IPv4.
        let vlan = [&[0; 12][..], &[0x88, 0xA8, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00]].concat();
        // Packet type, device type, address length, address, protocol.
        let cooked = [&[0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0x08, 0x00]].concat();
        // Protocol, reserved, interface, device type, packet type, address length, address.
        let cooked2 = [&[0x08, 0x00][..], &[0; 18]].concat();
        let loopback = [2, 0, 0, 0];
        for (link, header) in [
            (1, &ethernet[..]),
            (1, &vlan),
            (113, &cooked),
            (276, &cooked2),
            (0, &loopback),
            (108, &[0, 0, 0, 2]),
            (101, &[]),
            (12, &[]),
            (228, &[]),
        ] {
            let data = behind(header, &ipv4());
            let segment = parse(frame(link, &data)).unwrap();
            assert_eq!(
                segment.source,
                "10.0.0.1:50000".parse().unwrap(),
                "link type {link}"
            );
            assert_eq!(segment.destination, "10.0.0.2:1935".parse().unwrap());
            assert_eq!((segment.sequence, segment.payload, segment.cut), (77, PAYLOAD, 0));
        }
    }

    #[test]
    fn ipv6_is_read_as_well() {
        let data = ipv6();
        let segment = parse(frame(101, &data)).unwrap();
        assert_eq!(
            segment.source.to_string(),
            "[101:101:101:101:101:101:101:101]:50000"
        );
        assert!(segment.flags.syn && !segment.flags.ack);
        assert_eq!(segment.payload, PAYLOAD);
    }

    #[test]
    fn padding_behind_the_packet_is_no_payload() {
        // Ethernet pads short frames to 60 bytes.
        let data = behind(
            &[&[0; 12][..], &[0x08, 0x00]].concat(),
            &[&ipv4()[..], &[0; 9]].concat(),
        );
        assert_eq!(parse(frame(1, &data)).unwrap().payload, PAYLOAD);
    }

    #[test]
    fn what_the_snap_length_cut_is_counted() {
        for packet in [ipv4(), ipv6()] {
            let data = &packet[..packet.len() - 3];
            let segment = parse(frame(101, data)).unwrap();
            assert_eq!((segment.payload, segment.cut), (&PAYLOAD[..1], 3));
            assert_eq!(
                parse(frame(101, &packet[..packet.len() - 5])),
                Err(Skipped::HeaderCut)
            );
        }
    }

    #[test]
    fn a_total_length_of_zero_means_the_frame_s_own() {
        // What a host records of a packet that the network card will cut into segments.
        let mut data = ipv4();
        data[2..4].fill(0);
        let segment = parse(frame(101, &data)).unwrap();
        assert_eq!((segment.payload, segment.cut), (PAYLOAD, 0));
    }

    #[test]
    fn what_is_no_tcp_segment_is_told_apart() {
        let mut udp = Vec::new();
        PacketBuilder::ipv4([1; 4], [2; 4], 64)
            .udp(1, 2)
            .write(&mut udp, PAYLOAD)
            .unwrap();
        assert_eq!(parse(frame(101, &udp)), Err(Skipped::NotTcp));
        let mut fragment = ipv4();
        fragment[6] |= 0x20; // more fragments
        assert_eq!(parse(frame(101, &fragment)), Err(Skipped::Fragment));
        assert_eq!(parse(frame(105, &ipv4())), Err(Skipped::Link(LinkType(105))));
        assert_eq!(parse(frame(113, &[0; 15])), Err(Skipped::HeaderCut));
        assert!(parse(frame(0, &[])).is_err());
    }
}
