//! Headers of audio messages, written. What is written is read back as the same packets.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, BytesMut};

use super::{AudioCodec, AudioPacket, AudioPacketType, EX_HEADER, MULTITRACK};
use crate::media::enhanced::{Front, check_nanos};
use crate::media::{FourCc, TrackId, UnwritableTag};

impl AudioPacket<'_> {
    /// Writes all that stands before the payload, in the form that [`enhanced`](Self::enhanced) says. The payload
    /// goes behind it, from here or, in pieces, from anywhere else: it is not looked at.
    ///
    /// A track other than the default one is written as `OneTrack`; nanoseconds other than 0 as a ModEx prefix. An
    /// enhanced header has no place for [`sound`](Self::sound), and leaves it out.
    ///
    /// # Errors
    ///
    /// [`UnwritableTag`], if this form cannot say all else.
    pub fn write_header(&self, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        if !self.enhanced {
            return self.write_legacy(out);
        }
        let (front, codec) = (self.front()?, self.fourcc()?);
        front.write_one(self.track, codec, out);
        Ok(())
    }

    /// Writes the whole message: the header and the payload.
    ///
    /// # Errors
    ///
    /// [`UnwritableTag`], as of [`write_header`](Self::write_header).
    pub fn write(&self, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        self.write_header(out)?;
        out.put_slice(self.payload);
        Ok(())
    }

    /// Writes one enhanced message of all these packets: `ManyTracks`, or `ManyTracksManyCodecs` if their codecs
    /// differ.
    ///
    /// # Errors
    ///
    /// [`UnwritableTag`], if they do not go together, or one of them has no enhanced form.
    pub fn write_many(packets: &[Self], out: &mut BytesMut) -> Result<(), UnwritableTag> {
        let first = packets.first().ok_or(UnwritableTag::NoTracks)?;
        let shared = |packet: &Self| (packet.packet_type, packet.nanos);
        let mut tracks = Vec::with_capacity(packets.len());
        for packet in packets {
            if shared(packet) != shared(first) {
                return Err(UnwritableTag::MixedTracks);
            }
            tracks.push((packet.track, packet.fourcc()?, packet.payload));
        }
        first
            .front()?
            .write_many(&tracks, |payload, out| out.put_slice(payload), out)
    }

    fn write_legacy(&self, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        let is_id_of_codec = |&id: &u8| id < 16 && id != EX_HEADER && AudioCodec::from_id(id) == self.codec;
        let id = self
            .codec
            .id()
            .filter(is_id_of_codec)
            .ok_or(UnwritableTag::Codec)?;
        if self.track != TrackId::DEFAULT {
            return Err(UnwritableTag::Track(self.track));
        }
        if self.nanos != 0 {
            return Err(UnwritableTag::Nanos(self.nanos));
        }
        let is_aac = self.codec == AudioCodec::Aac;
        let fits = match self.packet_type {
            AudioPacketType::CodedFrames => true,
            AudioPacketType::SequenceStart => is_aac,
            AudioPacketType::SequenceEnd | AudioPacketType::MultichannelConfig => false,
        };
        if !fits {
            return Err(UnwritableTag::PacketType);
        }
        let sound = self.sound.ok_or(UnwritableTag::SoundFlags)?;
        out.put_u8(id << 4 | sound.nibble());
        if is_aac {
            out.put_u8(self.packet_type.id());
        }
        Ok(())
    }

    fn front(&self) -> Result<Front, UnwritableTag> {
        check_nanos(self.nanos)?;
        Ok(Front {
            upper: EX_HEADER,
            packet_type: self.packet_type.id(),
            multitrack: MULTITRACK,
            nanos: self.nanos,
        })
    }

    fn fourcc(&self) -> Result<FourCc, UnwritableTag> {
        let fourcc = self.codec.fourcc();
        fourcc
            .filter(|&fourcc| AudioCodec::from_fourcc(fourcc) == self.codec)
            .ok_or(UnwritableTag::Codec)
    }
}
