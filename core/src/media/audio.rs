//! The headers of audio messages, legacy and enhanced (Adobe FLV 10.1 §E.4.2; Enhanced RTMP v2, "Enhanced
//! Audio").

#![deny(clippy::arithmetic_side_effects)]

use super::enhanced::{Tracks, mod_ex, nibbles};
use super::{FourCc, TagError, TrackId};
use crate::wire::Reader;

/// The `SoundFormat` of an enhanced header.
const EX_HEADER: u8 = 9;
/// The packet type that announces several tracks.
const MULTITRACK: u8 = 5;

/// An audio message.
#[derive(Clone, Debug)]
pub enum AudioTag<'a> {
    /// No bytes at all: silence until the next one (Enhanced RTMP v2). A player neither waits nor takes its
    /// clock from audio.
    Silence,
    /// Packets, one for each track.
    Packets(AudioPackets<'a>),
}

impl<'a> AudioTag<'a> {
    /// Reads the header of an audio message's payload.
    ///
    /// # Errors
    ///
    /// [`TagError`], if the header is cut short or uses what is reserved.
    pub fn parse(payload: &'a [u8]) -> Result<Self, TagError> {
        let mut r = Reader::new(payload);
        let Ok(first) = r.u8() else {
            return Ok(Self::Silence);
        };
        let packets = match nibbles(first) {
            [EX_HEADER, packet_type] => {
                let (packet_type, nanos) = mod_ex(&mut r, packet_type)?;
                let (packet_type, tracks) = Tracks::read(r, packet_type, MULTITRACK)?;
                let packet_type = AudioPacketType::try_from(packet_type)?;
                Source::Enhanced {
                    packet_type,
                    nanos,
                    tracks,
                }
            }
            [sound_format, flags] => Source::Legacy(Some(legacy_packet(sound_format, flags, r)?)),
        };
        Ok(Self::Packets(AudioPackets(packets)))
    }
}

fn legacy_packet(sound_format: u8, flags: u8, mut r: Reader<'_>) -> Result<AudioPacket<'_>, TagError> {
    let codec = AudioCodec::from_id(sound_format);
    let packet_type = if codec == AudioCodec::Aac {
        match r.u8()? {
            0 => AudioPacketType::SequenceStart,
            1 => AudioPacketType::CodedFrames,
            reserved => return Err(TagError::PacketType(reserved)),
        }
    } else {
        AudioPacketType::CodedFrames
    };
    Ok(AudioPacket {
        track: TrackId::DEFAULT,
        codec,
        packet_type,
        nanos: 0,
        payload: r.rest(),
        sound: Some(SoundFlags(flags)),
        enhanced: false,
    })
}

/// One track's part of an audio message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioPacket<'a> {
    /// The track it belongs to.
    pub track: TrackId,
    /// The codec.
    pub codec: AudioCodec,
    /// What the payload is.
    pub packet_type: AudioPacketType,
    /// Nanoseconds to add to the presentation time: 0 to 999999 if the sender keeps to the specification.
    pub nanos: u32,
    /// The codec's bytes, behind all headers.
    pub payload: &'a [u8],
    /// What a legacy header says of the sound.
    pub sound: Option<SoundFlags>,
    /// Whether the header was an enhanced one.
    pub enhanced: bool,
}

/// The packets of one audio message, in the order of the wire. An error is the last item.
#[derive(Clone, Debug)]
pub struct AudioPackets<'a>(Source<'a>);

#[derive(Clone, Debug)]
enum Source<'a> {
    Legacy(Option<AudioPacket<'a>>),
    Enhanced {
        packet_type: AudioPacketType,
        nanos: u32,
        tracks: Tracks<'a>,
    },
}

impl AudioPackets<'_> {
    /// Whether nothing follows.
    pub fn is_done(&self) -> bool {
        match &self.0 {
            Source::Legacy(packet) => packet.is_none(),
            Source::Enhanced { tracks, .. } => tracks.is_done(),
        }
    }
}

impl<'a> Iterator for AudioPackets<'a> {
    type Item = Result<AudioPacket<'a>, TagError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Legacy(packet) => packet.take().map(Ok),
            Source::Enhanced {
                packet_type,
                nanos,
                tracks,
            } => {
                let (packet_type, nanos) = (*packet_type, *nanos);
                let packet = tracks.next()?.map(|share| AudioPacket {
                    track: share.track,
                    codec: AudioCodec::from_fourcc(share.codec),
                    packet_type,
                    nanos,
                    payload: share.body,
                    sound: None,
                    enhanced: true,
                });
                Some(packet)
            }
        }
    }
}

/// `SoundRate`, `SoundSize` and `SoundType` of a legacy header (FLV 10.1 §E.4.2.1).
///
/// They hold for PCM, ADPCM and MP3. AAC says the truth in its configuration, Nellymoser and Speex in their
/// format, and G.711 has 8000 Hz whatever is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundFlags(u8);

impl SoundFlags {
    /// Samples per second. MP3 of 48000 Hz is marked as 44100.
    pub const fn rate(self) -> u32 {
        match self.0 >> 2 & 3 {
            0 => 5512,
            1 => 11_025,
            2 => 22_050,
            _ => 44_100,
        }
    }

    /// Bits per sample: 8 or 16.
    pub const fn bits(self) -> u8 {
        if self.0 & 2 == 0 { 8 } else { 16 }
    }

    /// Channels: 1 or 2.
    pub const fn channels(self) -> u8 {
        if self.0 & 1 == 0 { 1 } else { 2 }
    }
}

/// What an audio packet's payload is (Enhanced RTMP v2, `AudioPacketType`). The `AACPacketType` of legacy headers
/// is told in the same words; other legacy codecs have frames only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioPacketType {
    /// 0: the codec's configuration.
    SequenceStart,
    /// 1: frames.
    CodedFrames,
    /// 2: nothing; the sequence has ended.
    SequenceEnd,
    /// 4: how channels are laid out.
    MultichannelConfig,
}

impl AudioPacketType {
    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::SequenceStart => 0,
            Self::CodedFrames => 1,
            Self::SequenceEnd => 2,
            Self::MultichannelConfig => 4,
        }
    }
}

impl TryFrom<u8> for AudioPacketType {
    type Error = TagError;

    fn try_from(id: u8) -> Result<Self, TagError> {
        match id {
            0 => Ok(Self::SequenceStart),
            1 => Ok(Self::CodedFrames),
            2 => Ok(Self::SequenceEnd),
            4 => Ok(Self::MultichannelConfig),
            reserved => Err(TagError::PacketType(reserved)),
        }
    }
}

/// An audio codec, whichever way the header names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AudioCodec {
    /// Format 0: PCM in the sender's byte order.
    Pcm,
    /// Format 1: ADPCM.
    Adpcm,
    /// Format 2 or `.mp3`: MP3.
    Mp3,
    /// Format 3: PCM, little-endian.
    PcmLittleEndian,
    /// Format 4: Nellymoser, 16 kHz mono.
    Nellymoser16k,
    /// Format 5: Nellymoser, 8 kHz mono.
    Nellymoser8k,
    /// Format 6: Nellymoser.
    Nellymoser,
    /// Format 7: G.711 A-law.
    ALaw,
    /// Format 8: G.711 mu-law.
    MuLaw,
    /// Format 10 or `mp4a`: AAC.
    Aac,
    /// Format 11: Speex.
    Speex,
    /// Format 14: MP3 at 8 kHz.
    Mp3At8k,
    /// Format 15: whatever the device makes.
    DeviceSpecific,
    /// `Opus`.
    Opus,
    /// `fLaC`.
    Flac,
    /// `ac-3`.
    Ac3,
    /// `ec-3`: E-AC-3.
    Eac3,
    /// Any other format of a legacy header.
    UnknownId(u8),
    /// Any other FourCC.
    UnknownFourCc(FourCc),
}

impl AudioCodec {
    /// The codec of a legacy header's `SoundFormat`.
    pub const fn from_id(id: u8) -> Self {
        match id {
            0 => Self::Pcm,
            1 => Self::Adpcm,
            2 => Self::Mp3,
            3 => Self::PcmLittleEndian,
            4 => Self::Nellymoser16k,
            5 => Self::Nellymoser8k,
            6 => Self::Nellymoser,
            7 => Self::ALaw,
            8 => Self::MuLaw,
            10 => Self::Aac,
            11 => Self::Speex,
            14 => Self::Mp3At8k,
            15 => Self::DeviceSpecific,
            other => Self::UnknownId(other),
        }
    }

    /// The codec of an enhanced header's FourCC.
    pub const fn from_fourcc(fourcc: FourCc) -> Self {
        match fourcc {
            FourCc::MP4A => Self::Aac,
            FourCc::MP3 => Self::Mp3,
            FourCc::OPUS => Self::Opus,
            FourCc::FLAC => Self::Flac,
            FourCc::AC_3 => Self::Ac3,
            FourCc::EC_3 => Self::Eac3,
            other => Self::UnknownFourCc(other),
        }
    }

    /// The `SoundFormat` of a legacy header, if there is one.
    pub const fn id(self) -> Option<u8> {
        match self {
            Self::Pcm => Some(0),
            Self::Adpcm => Some(1),
            Self::Mp3 => Some(2),
            Self::PcmLittleEndian => Some(3),
            Self::Nellymoser16k => Some(4),
            Self::Nellymoser8k => Some(5),
            Self::Nellymoser => Some(6),
            Self::ALaw => Some(7),
            Self::MuLaw => Some(8),
            Self::Aac => Some(10),
            Self::Speex => Some(11),
            Self::Mp3At8k => Some(14),
            Self::DeviceSpecific => Some(15),
            Self::UnknownId(id) => Some(id),
            Self::Opus | Self::Flac | Self::Ac3 | Self::Eac3 | Self::UnknownFourCc(_) => None,
        }
    }

    /// The FourCC of an enhanced header, if there is one.
    pub const fn fourcc(self) -> Option<FourCc> {
        match self {
            Self::Aac => Some(FourCc::MP4A),
            Self::Mp3 => Some(FourCc::MP3),
            Self::Opus => Some(FourCc::OPUS),
            Self::Flac => Some(FourCc::FLAC),
            Self::Ac3 => Some(FourCc::AC_3),
            Self::Eac3 => Some(FourCc::EC_3),
            Self::UnknownFourCc(fourcc) => Some(fourcc),
            Self::Pcm
            | Self::Adpcm
            | Self::PcmLittleEndian
            | Self::Nellymoser16k
            | Self::Nellymoser8k
            | Self::Nellymoser
            | Self::ALaw
            | Self::MuLaw
            | Self::Speex
            | Self::Mp3At8k
            | Self::DeviceSpecific
            | Self::UnknownId(_) => None,
        }
    }
}
