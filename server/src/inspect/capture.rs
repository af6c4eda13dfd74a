//! Frames out of a capture file: pcap (micro- and nanoseconds, either byte order) and pcapng.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};

/// Bytes read ahead. It grows when a block does not fit.
const BUFFER: usize = 1 << 20;

/// The longest block read. Interfaces with segmentation offload deliver frames of 64 kB; what is longer
/// than this is a damaged file.
const MAX_BLOCK: usize = 64 << 20;

/// One frame as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Since the Unix epoch.
    pub time: Duration,
    pub link: LinkType,
    /// What was kept of it: perhaps less than was sent, if the recorder had a snap length.
    pub data: &'a [u8],
}

/// How frames begin, by the number that tcpdump.org registers ("LINKTYPE_").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkType(pub i32);

impl LinkType {
    /// BSD loopback: an address family in the recording host's byte order, then IP.
    pub(super) const NULL: Self = Self(0);
    pub(super) const ETHERNET: Self = Self(1);
    /// IP with nothing before it. 12 and 14 are what some systems write for it.
    pub(super) const RAW: [Self; 3] = [Self(101), Self(12), Self(14)];
    /// OpenBSD loopback: an address family in network byte order, then IP.
    pub(super) const LOOP: Self = Self(108);
    /// Linux "cooked" capture, of the pseudo-device `any`.
    pub(super) const LINUX_SLL: Self = Self(113);
    pub(super) const IPV4: Self = Self(228);
    pub(super) const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub(super) const LINUX_SLL2: Self = Self(276);
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link type {}", self.0)
    }
}

/// Why a file could not be read as a capture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of no format that can be read.
    #[error("neither an FLV nor a pcap or pcapng file")]
    NotACapture,
    /// The operating system says why nothing can be read.
    #[error("{0}")]
    Io(std::io::ErrorKind),
    /// The operating system could not read on.
    #[error("the file could not be read to its end")]
    Read,
}

/// How a capture file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After a whole block.
    Clean,
    /// In the middle of a block: the recorder was killed, or the file was copied while it grew.
    Truncated,
    /// A block that is not well-formed, at this offset in the file; what follows was not read.
    Malformed(usize),
}

/// Shows each frame of a capture, in the order of the file.
///
/// A file that is cut short or damaged is read up to there.
pub(super) fn read(source: impl Read + Send, mut visit: impl FnMut(Frame<'_>)) -> Result<End, CaptureError> {
    let mut reader = create_reader(BUFFER, source).map_err(|error| match error {
        PcapError::Eof => CaptureError::Empty,
        PcapError::ReadError => CaptureError::Read,
        _ => CaptureError::NotACapture,
    })?;
    let mut interfaces = Interfaces::default();
    let mut capacity = BUFFER;
    loop {
        match reader.next() {
            Ok((len, block)) => {
                if let Some(frame) = interfaces.frame(&block) {
                    visit(frame);
                }
                reader.consume(len);
            }
            Err(PcapError::Eof) => return Ok(End::Clean),
            Err(PcapError::Incomplete(_)) => {
                if reader.refill().is_err() {
                    return Err(CaptureError::Read);
                }
            }
            Err(PcapError::BufferTooSmall) => {
                // The reader says so too when a read would exactly fill its buffer: growing is always right.
                capacity *= 2;
                if capacity > MAX_BLOCK || !reader.grow(capacity) {
                    return Ok(End::Malformed(reader.consumed()));
                }
                if reader.refill().is_err() {
                    return Err(CaptureError::Read);
                }
            }
            Err(PcapError::UnexpectedEof) => return Ok(End::Truncated),
            Err(PcapError::ReadError) => return Err(CaptureError::Read),
            Err(_) => return Ok(End::Malformed(reader.consumed())),
        }
    }
}

/// What the blocks so far said about the interfaces. A pcap file has one.
#[derive(Default)]
struct Interfaces(Vec<Interface>);

#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    /// Units of time per second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
}

impl Interfaces {
    /// The frame that `block` holds, if it holds one.
    fn frame<'a>(&mut self, block: &'a PcapBlockOwned<'_>) -> Option<Frame<'a>> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let resolution = if header.is_nanosecond_precision() {
                    1_000_000_000
                } else {
                    1_000_000
                };
                // The upper half of the field says how the frame check sequence is kept, if at all.
                let link = LinkType(header.network.0 & 0xFFFF);
                self.0 = vec![Interface {
                    link,
                    resolution,
                    offset: 0,
                }];
                None
            }
            PcapBlockOwned::Legacy(packet) => {
                let interface = self.0.first()?;
                let fraction = interface.duration(u64::from(packet.ts_usec));
                Some(Frame {
                    time: Duration::from_secs(u64::from(packet.ts_sec)) + fraction,
                    link: interface.link,
                    data: packet.data,
                })
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.0.clear();
                None
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                self.0.push(Interface {
                    link: LinkType(interface.linktype.0),
                    resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                    offset: interface.ts_offset(),
                });
                None
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let interface = self.0.get(usize::try_from(packet.if_id).ok()?)?;
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                Some(Frame {
                    time: interface.time(ticks),
                    link: interface.link,
                    data: packet.packet_data(),
                })
            }
            // It has no time of its own.
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => Some(Frame {
                time: Duration::ZERO,
                link: self.0.first()?.link,
                data: packet.packet_data(),
            }),
            PcapBlockOwned::NG(_) => None,
        }
    }
}

impl Interface {
    fn duration(&self, ticks: u64) -> Duration {
        let nanos = u128::from(ticks % self.resolution) * 1_000_000_000 / u128::from(self.resolution);
        // A remainder of the division, in nanoseconds: less than a second.
        Duration::new(ticks / self.resolution, nanos as u32)
    }

    fn time(&self, ticks: u64) -> Duration {
        let time = self.duration(ticks);
        let seconds = time.as_secs().saturating_add_signed(self.offset);
        Duration::new(seconds, time.subsec_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Owned = (Duration, LinkType, Vec<u8>);

    fn frames(file: &[u8]) -> (Result<End, CaptureError>, Vec<Owned>) {
        let mut frames = Vec::new();
        let end = read(file, |frame| {
            frames.push((frame.time, frame.link, frame.data.to_vec()))
        });
        (end, frames)
    }

    /// A pcap file's header in little-endian order with this magic number, link type 1.
    fn header(magic: u32) -> Vec<u8> {
        let mut file = magic.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0]); // version 2.4
        file.extend([0; 8]); // time zone, accuracy
        file.extend(65_535u32.to_le_bytes()); // snap length
        file.extend(1u32.to_le_bytes()); // link type
        file
    }

    fn record(seconds: u32, fraction: u32, data: &[u8], original: u32) -> Vec<u8> {
        let mut record = Vec::new();
        for field in [seconds, fraction, data.len() as u32, original] {
            record.extend(field.to_le_bytes());
        }
        record.extend(data);
        record
    }

    #[test]
    fn a_pcap_file_has_microseconds() {
        let mut file = header(0xA1B2_C3D4);
        file.extend(record(7, 250_000, b"abc", 3));
        let (end, frames) = frames(&file);
        assert_eq!(end, Ok(End::Clean));
        assert_eq!(
            frames,
            [(Duration::from_millis(7250), LinkType::ETHERNET, b"abc".to_vec())]
        );
    }

    #[test]
    fn another_magic_number_means_nanoseconds() {
        let mut file = header(0xA1B2_3C4D);
        file.extend(record(0, 17, b"abc", 3));
        assert_eq!(frames(&file).1[0].0, Duration::from_nanos(17));
    }

    #[test]
    fn a_big_endian_file_is_read_as_well() {
        let mut file = vec![
            0xA1, 0xB2, 0xC3, 0xD4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF,
        ];
        file.extend([0, 0, 0, 101]); // link type: raw IP
        file.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0x45, 0x00]);
        let (end, frames) = frames(&file);
        assert_eq!(end, Ok(End::Clean));
        assert_eq!(
            frames,
            [(Duration::from_secs(1), LinkType(101), vec![0x45, 0x00])]
        );
    }

    #[test]
    fn a_file_cut_in_mid_record_is_read_up_to_there() {
        let mut file = header(0xA1B2_C3D4);
        file.extend(record(1, 0, b"whole", 5));
        file.extend(record(2, 0, b"cut", 3));
        file.pop();
        let (end, frames) = frames(&file);
        assert_eq!(end, Ok(End::Truncated));
        assert_eq!(frames.len(), 1);
    }

    #[test]
    fn pcapng_interfaces_have_their_own_clock_and_link_type() {
        let mut file = Vec::new();
        let mut block = |kind: u32, body: &[u8]| {
            let len = (body.len() as u32 + 12).to_le_bytes();
            file.extend(kind.to_le_bytes());
            file.extend(len);
            file.extend(body);
            file.extend(len);
        };
        // Section header: byte order, version 1.0, length unknown.
        block(
            0x0A0D_0D0A,
            &[
                0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
            ],
        );
        // Interface 0: Ethernet, microseconds.
        block(1, &[1, 0, 0, 0, 0, 0, 0, 0]);
        // Interface 1: Linux cooked; option 9 (if_tsresol) = 10^-9 s, end of options.
        block(1, &[113, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
        // A kind of block that nobody knows.
        block(0x0BAD_F00D, &[1, 2, 3, 4]);
        // Packet of interface 1: time high, low, captured 3 of 9 bytes, padded to 4.
        block(
            6,
            &[
                1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, b'x', b'y', b'z', 0,
            ],
        );
        // Packet of interface 0.
        block(
            6,
            &[
                0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, b'w', 0, 0, 0,
            ],
        );
        let (end, frames) = frames(&file);
        assert_eq!(end, Ok(End::Clean));
        assert_eq!(
            frames,
            [
                (Duration::from_nanos(5), LinkType::LINUX_SLL, b"xyz".to_vec()),
                (Duration::from_micros(5), LinkType::ETHERNET, b"w".to_vec()),
            ]
        );
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(frames(b"").0, Err(CaptureError::Empty));
        assert_eq!(
            frames(b"FLV\x01\x05\0\0\0\x09 and more than a header").0,
            Err(CaptureError::NotACapture)
        );
    }

    #[test]
    fn a_record_of_an_absurd_length_ends_the_reading() {
        let mut file = header(0xA1B2_C3D4);
        file.extend(record(1, 0, b"whole", 5));
        let start = file.len();
        file.extend([0xFF; 16]);
        file.extend(vec![0; 4 << 20]);
        let (end, frames) = frames(&file);
        assert!(
            matches!(end, Ok(End::Malformed(at)) if at == start) || end == Ok(End::Truncated),
            "{end:?}"
        );
        assert_eq!(frames.len(), 1);
    }
}
