//! In which form a message is written.

use super::MuxSpelling;
use crate::media::TrackId;
use crate::media::audio::{AudioCodec, AudioPacket, AudioPacketType, SoundFlags};
use crate::media::config::identify_audio;
use crate::media::nal::NalCodec;
use crate::media::sample::{Sample, TagForm};
use crate::media::video::{FrameType, VideoCodec, VideoPacket, VideoPacketType};

/// What a tag header says, before its form is chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<P> {
    /// Without payload; `enhanced` is what is chosen here.
    pub(super) packet: P,
    pub(super) form: Option<TagForm>,
}

impl Header<VideoPacket<'static>> {
    /// The header of anything but a frame.
    pub(super) fn video(
        codec: VideoCodec,
        track: TrackId,
        packet_type: VideoPacketType,
        form: Option<TagForm>,
    ) -> Self {
        let packet = VideoPacket {
            track,
            codec,
            packet_type,
            frame_type: form.and_then(|form| form.frame_type).unwrap_or(FrameType::Key),
            composition_time: 0,
            nanos: 0,
            payload: &[],
            enhanced: false,
        };
        Self { packet, form }
    }

    /// The header of a frame.
    pub(super) fn of_picture(codec: VideoCodec, sample: &Sample, spelling: MuxSpelling) -> Self {
        let mut header = Self::video(codec, sample.track, VideoPacketType::CodedFrames, sample.form);
        header.packet.composition_time = sample.composition_time;
        header.packet.nanos = sample.nanos;
        header.packet.frame_type = frame_type(sample, spelling);
        header
    }

    /// The header in the form that is asked for; `None` if it is to be left out.
    pub(super) fn spelled(self, spelling: MuxSpelling) -> Option<VideoPacket<'static>> {
        let Self { mut packet, form } = self;
        let forms = Forms {
            legacy: packet.track == TrackId::DEFAULT && packet.codec.id().is_some(),
            enhanced: packet.codec.fourcc().is_some(),
            legacy_says: matches!(
                packet.packet_type,
                VideoPacketType::SequenceStart | VideoPacketType::CodedFrames | VideoPacketType::SequenceEnd
            ),
            legacy_is_custom: !matches!(packet.codec, VideoCodec::Hevc | VideoCodec::Av1 | VideoCodec::Vvc),
        };
        packet.enhanced = forms.choose(spelling, form, &mut packet.nanos)?;
        // Players of old go by the frame type, which some senders of enhanced headers leave out.
        if spelling == MuxSpelling::Legacy && matches!(packet.frame_type, FrameType::Reserved(_)) {
            packet.frame_type = FrameType::Key;
        }
        if packet.enhanced
            && packet.packet_type == VideoPacketType::CodedFrames
            && packet.composition_time == 0
        {
            let was_enhanced = form.filter(|form| form.enhanced);
            let may_be_left_out = NalCodec::of(packet.codec).is_some();
            if was_enhanced.map_or(may_be_left_out, |form| form.coded_frames_x) {
                packet.packet_type = VideoPacketType::CodedFramesX;
            }
        }
        Some(packet)
    }
}

impl Header<AudioPacket<'static>> {
    pub(super) const fn audio(
        codec: AudioCodec,
        track: TrackId,
        packet_type: AudioPacketType,
        form: Option<TagForm>,
    ) -> Self {
        let packet = AudioPacket {
            track,
            codec,
            packet_type,
            nanos: 0,
            payload: &[],
            sound: None,
            enhanced: false,
        };
        Self { packet, form }
    }

    /// The header in the form that is asked for; `None` if it is to be left out. What nobody has said of the sound
    /// is read in the frame.
    pub(super) fn spelled(self, spelling: MuxSpelling, frame: &[u8]) -> Option<AudioPacket<'static>> {
        let Self { mut packet, form } = self;
        let codec = packet.codec;
        let forms = Forms {
            legacy: packet.track == TrackId::DEFAULT && codec.id().is_some(),
            enhanced: codec.fourcc().is_some(),
            legacy_says: match packet.packet_type {
                AudioPacketType::CodedFrames => true,
                AudioPacketType::SequenceStart => codec == AudioCodec::Aac,
                AudioPacketType::SequenceEnd | AudioPacketType::MultichannelConfig => false,
            },
            legacy_is_custom: true,
        };
        packet.enhanced = forms.choose(spelling, form, &mut packet.nanos)?;
        if !packet.enhanced {
            packet.sound = form.and_then(|form| form.sound).or_else(|| sound(codec, frame));
        }
        Some(packet)
    }
}

/// What its message said, if the form is to be kept; else what the frame is.
fn frame_type(sample: &Sample, spelling: MuxSpelling) -> FrameType {
    let given = sample.form.and_then(|form| form.frame_type);
    match given {
        Some(given) if spelling == MuxSpelling::AsGiven => given,
        Some(FrameType::GeneratedKey) if sample.keyframe => FrameType::GeneratedKey,
        _ if sample.keyframe => FrameType::Key,
        _ if sample.disposable => FrameType::DisposableInter,
        _ => FrameType::Inter,
    }
}

/// The forms that there are for a message.
struct Forms {
    /// Whether its codec and track have a legacy form.
    legacy: bool,
    /// Whether its codec has an enhanced form.
    enhanced: bool,
    /// Whether a legacy header has this type of packet.
    legacy_says: bool,
    /// Whether people write this codec in the legacy form.
    legacy_is_custom: bool,
}

impl Forms {
    /// Whether to write an enhanced header; `None`: nothing. A form that cannot be written at all is left to
    /// whoever writes it.
    fn choose(&self, spelling: MuxSpelling, form: Option<TagForm>, nanos: &mut u32) -> Option<bool> {
        if !(self.legacy && self.enhanced) {
            return Some(self.enhanced);
        }
        match spelling {
            MuxSpelling::AsGiven => {
                let was_enhanced = form.map_or(!self.legacy_is_custom, |form| form.enhanced);
                Some(was_enhanced || !self.legacy_says || *nanos != 0)
            }
            MuxSpelling::Enhanced => Some(true),
            MuxSpelling::Legacy => {
                *nanos = 0;
                self.legacy_says.then_some(false)
            }
        }
    }
}

/// What a legacy header says of the sound. All codecs that decode to samples of 16 bits are marked so.
fn sound(codec: AudioCodec, frame: &[u8]) -> Option<SoundFlags> {
    if codec == AudioCodec::Aac {
        return Some(SoundFlags::AAC);
    }
    let info = identify_audio(codec, None, frame)?;
    (info.sample_rate > 0).then(|| SoundFlags::new(info.sample_rate, 16, info.channels))
}
