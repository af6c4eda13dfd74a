//! Audio and video messages: what they hold, in words.

use std::borrow::Cow;

use rtmp_core::media::audio::{AudioCodec, AudioPacket, AudioPacketType, AudioTag, SoundFlags};
use rtmp_core::media::video::{FrameType, VideoCodec, VideoPacket, VideoPacketType, VideoTag};
use rtmp_core::media::{FourCc, MediaKind, TagError, TrackId};

/// The codec of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Video(VideoCodec),
    Audio(AudioCodec),
}

/// One track's part of an audio or video message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub track: TrackId,
    /// The codec by FFmpeg's name, and as it is.
    pub codec: Option<String>,
    pub codec_id: Option<Codec>,
    /// Of an enhanced header.
    pub fourcc: Option<FourCc>,
    /// `frame`, `config`, `end`, ...; `empty`, `short` or the reason why it cannot be read.
    pub kind: Cow<'static, str>,
    pub is_key: bool,
    pub is_disposable: bool,
    /// Milliseconds from decoding to presentation.
    pub composition_time: i32,
    /// The codec's bytes.
    pub payload: &'a [u8],
    /// What a legacy audio header says of the sound.
    pub sound: Option<SoundFlags>,
    pub is_enhanced: bool,
    pub is_malformed: bool,
}

impl Packet<'_> {
    pub(super) fn is_frame(&self) -> bool {
        self.kind == "frame"
    }

    pub(super) fn is_config(&self) -> bool {
        self.kind.starts_with("config")
    }

    fn unreadable(error: TagError) -> Self {
        let kind = match error {
            TagError::Truncated => "short".into(),
            TagError::PacketType(id) => format!("packet type {id}").into(),
            error => error.to_string().into(),
        };
        Self {
            kind,
            is_malformed: true,
            ..Self::default()
        }
    }

    fn named(kind: &'static str) -> Self {
        Self {
            kind: kind.into(),
            ..Self::default()
        }
    }
}

/// The packets of an audio or video message; of data, none.
pub(super) fn packets(kind: MediaKind, payload: &[u8]) -> Vec<Packet<'_>> {
    match kind {
        MediaKind::Video => video_packets(payload),
        MediaKind::Audio => audio_packets(payload),
        MediaKind::Data => Vec::new(),
    }
}

fn video_packets(payload: &[u8]) -> Vec<Packet<'_>> {
    let first = payload.first().copied().unwrap_or_default();
    let is_enhanced = first & 0x80 != 0;
    match VideoTag::parse(payload) {
        Ok(VideoTag::Empty) => vec![Packet::named("empty")],
        Ok(VideoTag::Command(_)) => vec![Packet {
            is_enhanced,
            ..Packet::named("command")
        }],
        Ok(VideoTag::Packets(packets)) => packets
            .map(|packet| packet.map_or_else(Packet::unreadable, video_packet))
            .map(|packet| Packet {
                is_enhanced,
                ..packet
            })
            .collect(),
        Err(error) => {
            let codec = (!is_enhanced).then(|| video_codec(VideoCodec::from_id(first & 0x0F), false));
            vec![Packet {
                codec,
                is_enhanced,
                ..Packet::unreadable(error)
            }]
        }
    }
}

fn video_packet(packet: VideoPacket<'_>) -> Packet<'_> {
    let kind = match packet.packet_type {
        VideoPacketType::SequenceStart => "config",
        VideoPacketType::CodedFrames | VideoPacketType::CodedFramesX => "frame",
        VideoPacketType::SequenceEnd => "end",
        VideoPacketType::Metadata => "metadata",
        VideoPacketType::Mpeg2TsSequenceStart => "config-mpeg2ts",
    };
    Packet {
        track: packet.track,
        codec: Some(video_codec(packet.codec, packet.enhanced)),
        codec_id: Some(Codec::Video(packet.codec)),
        fourcc: packet.codec.fourcc().filter(|_| packet.enhanced),
        kind: kind.into(),
        is_key: packet.frame_type == FrameType::Key,
        is_disposable: packet.frame_type == FrameType::DisposableInter,
        composition_time: packet.composition_time,
        payload: packet.payload,
        sound: None,
        is_enhanced: packet.enhanced,
        is_malformed: false,
    }
}

fn audio_packets(payload: &[u8]) -> Vec<Packet<'_>> {
    let sound_format = payload.first().copied().unwrap_or_default() >> 4;
    let is_enhanced = sound_format == 9;
    match AudioTag::parse(payload) {
        Ok(AudioTag::Silence) => vec![Packet::named("empty")],
        Ok(AudioTag::Packets(packets)) => packets
            .map(|packet| packet.map_or_else(Packet::unreadable, audio_packet))
            .map(|packet| Packet {
                is_enhanced,
                ..packet
            })
            .collect(),
        Err(error) => {
            let codec = (!is_enhanced).then(|| audio_codec(AudioCodec::from_id(sound_format)));
            vec![Packet {
                codec,
                is_enhanced,
                ..Packet::unreadable(error)
            }]
        }
    }
}

fn audio_packet(packet: AudioPacket<'_>) -> Packet<'_> {
    let kind = match packet.packet_type {
        AudioPacketType::SequenceStart => "config",
        AudioPacketType::CodedFrames => "frame",
        AudioPacketType::SequenceEnd => "end",
        AudioPacketType::MultichannelConfig => "multichannel-config",
    };
    Packet {
        track: packet.track,
        codec: Some(audio_codec(packet.codec)),
        codec_id: Some(Codec::Audio(packet.codec)),
        fourcc: packet.codec.fourcc().filter(|_| packet.enhanced),
        kind: kind.into(),
        payload: packet.payload,
        sound: packet.sound,
        is_enhanced: packet.enhanced,
        ..Packet::default()
    }
}

/// The name that FFmpeg has for a codec.
pub(crate) fn video_codec(codec: VideoCodec, is_enhanced: bool) -> String {
    let name = match codec {
        VideoCodec::SorensonH263 => "flv1",
        VideoCodec::Screen => "flashsv",
        VideoCodec::Vp6 => "vp6",
        VideoCodec::Vp6Alpha => "vp6a",
        VideoCodec::Screen2 => "flashsv2",
        VideoCodec::Avc => "h264",
        VideoCodec::H263 => "h263",
        VideoCodec::Mpeg4 => "mpeg4",
        VideoCodec::Hevc => "hevc",
        VideoCodec::Av1 => "av1",
        VideoCodec::Vvc => "vvc",
        VideoCodec::Vp8 => "vp8",
        VideoCodec::Vp9 => "vp9",
        VideoCodec::UnknownId(id) => return format!("codec {id}"),
        VideoCodec::UnknownFourCc(fourcc) => return fourcc.to_string(),
        _ => "unknown",
    };
    match (codec, codec.id()) {
        (VideoCodec::Hevc | VideoCodec::Av1 | VideoCodec::Vvc, Some(id)) if !is_enhanced => {
            format!("{name} (legacy id {id})")
        }
        _ => name.into(),
    }
}

pub(crate) fn audio_codec(codec: AudioCodec) -> String {
    let name = match codec {
        AudioCodec::Pcm => "pcm",
        AudioCodec::Adpcm => "adpcm_swf",
        AudioCodec::Mp3 => "mp3",
        AudioCodec::PcmLittleEndian => "pcm_s16le",
        AudioCodec::Nellymoser16k => "nellymoser 16k",
        AudioCodec::Nellymoser8k => "nellymoser 8k",
        AudioCodec::Nellymoser => "nellymoser",
        AudioCodec::ALaw => "pcm_alaw",
        AudioCodec::MuLaw => "pcm_mulaw",
        AudioCodec::Aac => "aac",
        AudioCodec::Speex => "speex",
        AudioCodec::Mp3At8k => "mp3 8k",
        AudioCodec::DeviceSpecific => "device",
        AudioCodec::Opus => "opus",
        AudioCodec::Flac => "flac",
        AudioCodec::Ac3 => "ac3",
        AudioCodec::Eac3 => "eac3",
        AudioCodec::UnknownId(id) => return format!("format {id}"),
        AudioCodec::UnknownFourCc(fourcc) => return fourcc.to_string(),
        _ => "unknown",
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(kind: MediaKind, payload: &[u8]) -> Packet<'_> {
        let mut packets = packets(kind, payload);
        assert_eq!(packets.len(), 1);
        packets.remove(0)
    }

    #[test]
    fn legacy_video_is_read() {
        // Key frame of AVC, packet type 1, composition time 40.
        let packet = only(MediaKind::Video, &[0x17, 1, 0, 0, 40, 0xAA]);
        assert_eq!(packet.codec.as_deref(), Some("h264"));
        assert_eq!(
            (packet.is_frame(), packet.is_key, packet.composition_time),
            (true, true, 40)
        );
        assert_eq!(
            (packet.payload, packet.is_enhanced, packet.fourcc),
            (&[0xAA][..], false, None)
        );
    }

    #[test]
    fn codecs_of_custom_ids_are_told_from_enhanced_ones() {
        let packet = only(MediaKind::Video, &[0x1C, 0, 0, 0, 0, 1]);
        assert_eq!(packet.codec.as_deref(), Some("hevc (legacy id 12)"));
        // Enhanced header, key frame, sequence start.
        let packet = only(MediaKind::Video, b"\x90hvc1\x01");
        assert_eq!(packet.codec.as_deref(), Some("hevc"));
        assert_eq!((packet.fourcc, packet.is_config()), (Some(FourCc::HVC1), true));
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let packet = only(MediaKind::Video, &[0x17, 1]);
        assert_eq!((packet.codec.as_deref(), &*packet.kind), (Some("h264"), "short"));
        let packet = only(MediaKind::Audio, &[0xAF, 7]);
        assert_eq!(
            (packet.codec.as_deref(), &*packet.kind),
            (Some("aac"), "packet type 7")
        );
        assert!(packet.is_malformed);
        assert_eq!(only(MediaKind::Audio, &[]).kind, "empty");
        assert_eq!(only(MediaKind::Video, &[0x57, 0]).kind, "command");
    }
}
