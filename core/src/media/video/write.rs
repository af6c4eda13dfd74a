//! Headers of video messages, written. What is written is read back as the same packets.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{BufMut, BytesMut};

use super::{FrameType, IS_EX_HEADER, MULTITRACK, VideoCodec, VideoCommand, VideoPacket, VideoPacketType};
use crate::media::enhanced::{Front, check_nanos};
use crate::media::{FourCc, TrackId, UnwritableTag};

impl VideoPacket<'_> {
    /// Writes all that stands before the payload, in the form that [`enhanced`](Self::enhanced) says. The payload
    /// goes behind it, from here or, in pieces, from anywhere else: it is not looked at.
    ///
    /// A track other than the default one is written as `OneTrack`; nanoseconds other than 0 as a ModEx prefix.
    ///
    /// # Errors
    ///
    /// [`UnwritableTag`], if this form cannot say all of it.
    pub fn write_header(&self, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        if !self.enhanced {
            return self.write_legacy(out);
        }
        // A lone packet of metadata may be marked as a command: FFmpeg does so.
        let is_metadata = self.packet_type == VideoPacketType::Metadata && self.track == TrackId::DEFAULT;
        let (front, codec) = (self.front(is_metadata)?, self.fourcc()?);
        self.check_composition_time()?;
        front.write_one(self.track, codec, out);
        self.put_composition_time(out);
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
        let shared = |packet: &Self| (packet.frame_type, packet.packet_type, packet.nanos);
        let mut tracks = Vec::with_capacity(packets.len());
        for packet in packets {
            if shared(packet) != shared(first) {
                return Err(UnwritableTag::MixedTracks);
            }
            packet.check_composition_time()?;
            tracks.push((packet.track, packet.fourcc()?, packet));
        }
        let put = |packet: &Self, out: &mut BytesMut| {
            packet.put_composition_time(out);
            out.put_slice(packet.payload);
        };
        first.front(false)?.write_many(&tracks, put, out)
    }

    fn write_legacy(&self, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        let is_id_of_codec = |&id: &u8| id < 16 && VideoCodec::from_id(id) == self.codec;
        let id = self
            .codec
            .id()
            .filter(is_id_of_codec)
            .ok_or(UnwritableTag::Codec)?;
        let frame_type = self.frame_type_id(false)?;
        if self.track != TrackId::DEFAULT {
            return Err(UnwritableTag::Track(self.track));
        }
        if self.nanos != 0 {
            return Err(UnwritableTag::Nanos(self.nanos));
        }
        let has_avc_packet_type = self.codec.has_avc_packet_type();
        let fits = match self.packet_type {
            VideoPacketType::CodedFrames => true,
            VideoPacketType::SequenceStart | VideoPacketType::SequenceEnd => has_avc_packet_type,
            VideoPacketType::CodedFramesX
            | VideoPacketType::Metadata
            | VideoPacketType::Mpeg2TsSequenceStart => false,
        };
        if !fits {
            return Err(UnwritableTag::PacketType);
        }
        check_si24(self.composition_time, has_avc_packet_type)?;
        out.put_u8(frame_type << 4 | id);
        if has_avc_packet_type {
            out.put_u8(self.packet_type.id());
            out.put_int(self.composition_time.into(), 3);
        }
        Ok(())
    }

    fn front(&self, may_be_command: bool) -> Result<Front, UnwritableTag> {
        check_nanos(self.nanos)?;
        Ok(Front {
            upper: IS_EX_HEADER >> 4 | self.frame_type_id(may_be_command)?,
            packet_type: self.packet_type.id(),
            multitrack: MULTITRACK,
            nanos: self.nanos,
        })
    }

    fn fourcc(&self) -> Result<FourCc, UnwritableTag> {
        let fourcc = self.codec.fourcc();
        fourcc
            .filter(|&fourcc| VideoCodec::from_fourcc(fourcc) == self.codec)
            .ok_or(UnwritableTag::Codec)
    }

    /// The frame type's number, if it is read back as this frame type.
    fn frame_type_id(&self, may_be_command: bool) -> Result<u8, UnwritableTag> {
        let id = self.frame_type.id();
        let fits = id < 8
            && FrameType::from(id) == self.frame_type
            && (may_be_command || self.frame_type != FrameType::Command);
        fits.then_some(id).ok_or(UnwritableTag::FrameType)
    }

    const fn has_composition_time(&self) -> bool {
        matches!(self.packet_type, VideoPacketType::CodedFrames) && self.codec.has_composition_time()
    }

    fn check_composition_time(&self) -> Result<(), UnwritableTag> {
        check_si24(self.composition_time, self.has_composition_time())
    }

    fn put_composition_time(&self, out: &mut BytesMut) {
        if self.has_composition_time() {
            out.put_int(self.composition_time.into(), 3);
        }
    }
}

/// Whether a composition time fits the field, or the lack of one.
fn check_si24(time: i32, has_field: bool) -> Result<(), UnwritableTag> {
    let fits = if has_field {
        (-0x80_0000..=0x7F_FFFF).contains(&time)
    } else {
        time == 0
    };
    fits.then_some(()).ok_or(UnwritableTag::CompositionTime(time))
}

impl VideoCommand {
    /// Writes the whole message, in the enhanced form. It needs no codec.
    pub fn write_enhanced(self, out: &mut BytesMut) {
        out.put_u8(IS_EX_HEADER | FrameType::Command.id() << 4);
        out.put_u8(self.id());
    }

    /// Writes the whole message, in the legacy form, which names the stream's codec.
    ///
    /// # Errors
    ///
    /// [`UnwritableTag::Codec`], if the codec has no number.
    pub fn write_legacy(self, codec: VideoCodec, out: &mut BytesMut) -> Result<(), UnwritableTag> {
        let id = codec.id().filter(|&id| id < 16).ok_or(UnwritableTag::Codec)?;
        out.put_u8(FrameType::Command.id() << 4 | id);
        out.put_u8(self.id());
        Ok(())
    }
}
