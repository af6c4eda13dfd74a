use crate::media::audio::{AudioPacket, SoundFlags};
use crate::media::video::{FrameType, VideoPacket, VideoPacketType};

/// How a message was written where there is a choice: what a muxer needs to write the same header again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagForm {
    /// Whether the header was an enhanced one.
    pub enhanced: bool,
    /// The frame type of a video message.
    pub frame_type: Option<FrameType>,
    /// Whether a composition time of 0 was left out (`CodedFramesX`).
    pub coded_frames_x: bool,
    /// What a legacy header said of the sound.
    pub sound: Option<SoundFlags>,
}

impl TagForm {
    /// The form of legacy audio whose frames do not say what they are: PCM, ADPCM and Nellymoser.
    pub const fn legacy_sound(sound: SoundFlags) -> Self {
        Self {
            enhanced: false,
            frame_type: None,
            coded_frames_x: false,
            sound: Some(sound),
        }
    }

    pub(crate) fn of_video(packet: &VideoPacket<'_>) -> Self {
        Self {
            enhanced: packet.enhanced,
            frame_type: Some(packet.frame_type),
            coded_frames_x: packet.packet_type == VideoPacketType::CodedFramesX,
            sound: None,
        }
    }

    pub(crate) const fn of_audio(packet: &AudioPacket<'_>) -> Self {
        Self {
            enhanced: packet.enhanced,
            frame_type: None,
            coded_frames_x: false,
            sound: packet.sound,
        }
    }
}
