//! How a connection opens: the handshake, or what stands in its place.

use rtmp_core::handshake::describe::{self, First, Second};
use rtmp_core::handshake::{HandshakeError, PACKET_LEN};

use super::stream::Stream;

/// C0 and C1, or S0 and S1.
const FIRST_LEN: usize = 1 + PACKET_LEN;

/// Bytes of the handshake in each direction: version, first and second packet.
const LEN: usize = FIRST_LEN + PACKET_LEN;

/// What was recorded of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// What the client speaks.
    pub protocol: Protocol,
    /// The first 16 bytes, or fewer, from the client.
    pub client_front: Vec<u8>,
    /// The first 16 bytes, or fewer, from the server.
    pub server_front: Vec<u8>,
    /// C0 and C1, if they are whole.
    pub client: Option<Hello>,
    /// S0 and S1, if they are whole.
    pub server: Option<Hello>,
    /// S2: what it is to C1, and its first eight bytes.
    pub s2: Option<(Second, [u8; 8])>,
    /// C2: what it is to S1, and its first eight bytes.
    pub c2: Option<(Second, [u8; 8])>,
}

/// A version and a first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// C0 or S0.
    pub version: u8,
    /// C1 or S1.
    pub first: First,
    /// The 1528 random bytes are all zero.
    pub is_blank: bool,
}

/// What a client speaks, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// RTMP, not encrypted.
    Rtmp,
    /// RTMP encrypted with a key agreed in its handshake; holds C0, which names the cipher.
    Rtmpe(u8),
    /// Something else, by its first byte.
    Other(u8),
    /// Nothing was sent.
    Silent,
    /// The capture began later, or lacks the first bytes.
    NotRecorded,
}

impl Protocol {
    fn of(client: &[u8], server: &[u8], has_beginning: bool) -> Self {
        match client.first().or_else(|| server.first()) {
            None => Self::Silent,
            Some(3) => Self::Rtmp,
            Some(_) if !has_beginning => Self::NotRecorded,
            Some(version @ (6 | 8)) => Self::Rtmpe(*version),
            Some(other) => Self::Other(*other),
        }
    }

    /// Its name, or what little is known of it.
    pub fn name(self) -> String {
        match self {
            Self::Rtmp => "RTMP".into(),
            Self::Rtmpe(6) => "RTMPE".into(),
            Self::Rtmpe(version) => format!("RTMPE type {version}"),
            Self::Other(0x16) => "TLS".into(),
            Self::Other(b'P') => "HTTP POST".into(),
            Self::Other(b'G') => "HTTP GET".into(),
            Self::Other(byte) => format!("first byte {byte}"),
            Self::Silent => "nothing".into(),
            Self::NotRecorded => "recorded from its middle".into(),
        }
    }

    /// Why its messages cannot be shown.
    pub fn obstacle(self) -> Option<String> {
        match self {
            Self::Rtmp => None,
            Self::Rtmpe(byte) | Self::Other(byte) => {
                Some(HandshakeError::UnsupportedVersion(byte).to_string())
            }
            Self::Silent => Some("no byte was sent".into()),
            Self::NotRecorded => Some(
                "the capture began in the middle of this connection: what was said before is not known"
                    .into(),
            ),
        }
    }
}

impl Handshake {
    /// Reads the front of both directions.
    pub(super) fn read(client: &Stream, server: &Stream, has_beginning: bool) -> Self {
        let told_by = if client.front().is_empty() { server } else { client };
        // What is recorded first is where its sender began only if the SYN in front of it is there.
        let has_beginning = has_beginning && (told_by.has_syn || told_by.bytes.is_empty());
        let handshake = Self::of(client.front(), server.front(), has_beginning);
        let is_lost = |stream: &Stream| stream.front().is_empty() && !stream.bytes.is_empty();
        match handshake.protocol {
            Protocol::Silent if is_lost(client) || is_lost(server) => Self {
                protocol: Protocol::NotRecorded,
                ..handshake
            },
            _ => handshake,
        }
    }

    fn of(client: &[u8], server: &[u8], has_beginning: bool) -> Self {
        let protocol = Protocol::of(client, server, has_beginning);
        let mut handshake = Self {
            protocol,
            client_front: client.iter().take(16).copied().collect(),
            server_front: server.iter().take(16).copied().collect(),
            client: None,
            server: None,
            s2: None,
            c2: None,
        };
        if !matches!(protocol, Protocol::Rtmp | Protocol::Rtmpe(_)) {
            return handshake;
        }
        let (c0_c1, s0_s1) = (version_and_first(client), version_and_first(server));
        handshake.client = c0_c1.map(|(c0, c1)| Hello::new(c0, describe::c1(c1), c1));
        handshake.server = s0_s1.map(|(s0, s1)| Hello::new(s0, describe::s1(s1), s1));
        if let (Some((_, c1)), Some((_, s1))) = (c0_c1, s0_s1) {
            handshake.s2 = second(server).map(|s2| (describe::s2(s2, c1, s1), front(s2)));
            handshake.c2 = second(client).map(|c2| (describe::c2(c2, c1, s1), front(c2)));
        }
        if has_beginning || handshake.is_plausible() {
            handshake
        } else {
            // A chunk may begin with 3 as well.
            Self {
                protocol: Protocol::NotRecorded,
                client: None,
                server: None,
                s2: None,
                c2: None,
                ..handshake
            }
        }
    }

    /// Whether one side took notice of what the other one said.
    fn is_plausible(&self) -> bool {
        let seconds = [self.s2, self.c2];
        seconds
            .into_iter()
            .flatten()
            .any(|(second, _)| second != Second::Neither)
    }
}

impl Hello {
    fn new(version: u8, first: First, packet: &[u8; PACKET_LEN]) -> Self {
        let is_blank = packet.iter().skip(8).all(|byte| *byte == 0);
        Self {
            version,
            first,
            is_blank,
        }
    }
}

/// Where in the TCP stream the handshake of an RTMP session ends, if it is known where that stream begins.
pub(super) fn end(stream: &Stream) -> Option<u64> {
    let has_beginning = stream.has_syn || stream.front().first() == Some(&3);
    has_beginning.then_some(LEN as u64)
}

fn version_and_first(stream: &[u8]) -> Option<(u8, &[u8; PACKET_LEN])> {
    let (version, rest) = stream.split_first()?;
    Some((*version, rest.first_chunk()?))
}

fn second(stream: &[u8]) -> Option<&[u8; PACKET_LEN]> {
    stream.get(FIRST_LEN..)?.first_chunk()
}

fn front(packet: &[u8; PACKET_LEN]) -> [u8; 8] {
    packet.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_core::handshake::Kind;

    fn packets(version: u8, first: u8, second: u8) -> Vec<u8> {
        [&[version][..], &[first; PACKET_LEN], &[second; PACKET_LEN]].concat()
    }

    #[test]
    fn a_simple_handshake_is_described_packet_by_packet() {
        let handshake = Handshake::of(&packets(3, 0, 2), &packets(3, 2, 0), true);
        assert_eq!(handshake.protocol, Protocol::Rtmp);
        let client = handshake.client.unwrap();
        assert_eq!(
            (client.version, client.first.kind, client.is_blank),
            (3, Kind::Simple, true)
        );
        assert!(!handshake.server.unwrap().is_blank);
        assert_eq!(handshake.s2, Some((Second::Echo, [0; 8])));
        assert_eq!(handshake.c2, Some((Second::Echo, [2; 8])));
    }

    #[test]
    fn what_has_not_come_is_left_out() {
        let client = packets(3, 1, 2);
        let handshake = Handshake::of(&client[..1536], &[], true);
        assert_eq!((handshake.protocol, handshake.client), (Protocol::Rtmp, None));
        let handshake = Handshake::of(&client[..1537], &[3], true);
        assert!(handshake.client.is_some() && handshake.server.is_none() && handshake.c2.is_none());
    }

    #[test]
    fn other_protocols_are_named() {
        for (front, name) in [
            (&b"\x16\x03\x01\x05\xF4"[..], "TLS"),
            (b"POST /open/1 HTTP/1.1\r\n", "HTTP POST"),
            (b"GET / HTTP/1.1\r\n", "HTTP GET"),
            (b"\x06\0\0\0\0", "RTMPE"),
            (b"\x08\0\0\0\0", "RTMPE type 8"),
            (b"\x05\x01\0", "first byte 5"),
            (b"", "nothing"),
        ] {
            let handshake = Handshake::of(front, b"", true);
            assert_eq!(handshake.protocol.name(), name);
            assert!(handshake.protocol.obstacle().is_some() && handshake.client.is_none());
        }
    }

    #[test]
    fn a_capture_begun_later_has_no_handshake() {
        assert_eq!(
            Handshake::of(&[0x44, 0], &[], false).protocol,
            Protocol::NotRecorded
        );
        // Chunks on chunk stream 3, and nothing that looks like an answer.
        let handshake = Handshake::of(&packets(3, 7, 8), &packets(3, 9, 10), false);
        assert_eq!(
            (handshake.protocol, handshake.client),
            (Protocol::NotRecorded, None)
        );
    }

    #[test]
    fn a_capture_that_lacks_only_the_syn_has_its_handshake() {
        let handshake = Handshake::of(&packets(3, 1, 2), &packets(3, 2, 1), false);
        assert_eq!(handshake.protocol, Protocol::Rtmp);
        assert!(handshake.client.is_some());
    }

    #[test]
    fn one_direction_alone_is_described() {
        let handshake = Handshake::of(&[], &packets(3, 2, 1), true);
        assert_eq!(handshake.protocol, Protocol::Rtmp);
        assert!(handshake.client.is_none() && handshake.server.is_some() && handshake.s2.is_none());
    }
}
