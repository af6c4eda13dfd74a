//! Opus in Ogg (RFC 7845).

use std::io::{self, Write};

use ::ogg::writing::{PacketWriteEndInfo, PacketWriter};
use bytes::Bytes;
use rtmp_core::media::config::opus::{OpusHead, packet_samples};

/// The number of the one stream in the file.
const SERIAL: u32 = 1;
/// The vendor string of the comment header.
const VENDOR: &str = concat!("rtmp ", env!("CARGO_PKG_VERSION"));

/// A file being written. A packet is held back until it is known whether it is the last.
pub(super) struct OggOpus<W: Write> {
    out: PacketWriter<'static, W>,
    /// Samples at 48 kHz up to the end of the packet held back.
    position: u64,
    held: Option<Bytes>,
}

impl<W: Write> OggOpus<W> {
    pub(super) fn new(out: W, head: &OpusHead) -> io::Result<Self> {
        let mut out = PacketWriter::new(out);
        out.write_packet(head.encode().to_vec(), SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        // OpusTags (RFC 7845 §5.2): the vendor, no comments.
        let mut tags = b"OpusTags".to_vec();
        tags.extend_from_slice(&u32::try_from(VENDOR.len()).unwrap_or_default().to_le_bytes());
        tags.extend_from_slice(VENDOR.as_bytes());
        tags.extend_from_slice(&[0; 4]);
        out.write_packet(tags, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Self {
            out,
            position: 0,
            held: None,
        })
    }

    /// Adds a packet; `false` if it is none of Opus.
    pub(super) fn packet(&mut self, packet: Bytes) -> io::Result<bool> {
        let Ok(samples) = packet_samples(&packet) else {
            return Ok(false);
        };
        self.flush(PacketWriteEndInfo::NormalPacket)?;
        self.position += u64::from(samples);
        self.held = Some(packet);
        Ok(true)
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.flush(PacketWriteEndInfo::EndStream)?;
        Ok(self.out.into_inner())
    }

    fn flush(&mut self, info: PacketWriteEndInfo) -> io::Result<()> {
        match self.held.take() {
            Some(packet) => self
                .out
                .write_packet(packet.to_vec(), SERIAL, info, self.position),
            None => Ok(()),
        }
    }
}
