//! What a peer says that it can do, in `connect` and in the answer to it (Enhanced RTMP v2, "Enhancing
//! NetConnection connect Command").

mod fourcc_info;
mod mask;
#[cfg(test)]
mod tests;

pub use fourcc_info::{FourCcInfoMap, FourCcKey, MAX_FOURCCS};
pub use mask::{CapsEx, FourCcInfo, VideoFunction};

use crate::amf0::Object;
use crate::media::FourCc;
use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// What a peer announces: a client in the command object of `connect`, a server in its answer.
///
/// Who announces nothing need not be a legacy peer. OBS publishes in the enhanced form without a word, and FFmpeg
/// (6.1 and later) reads it without a word: what is announced widens what a peer may be sent, and nothing narrows
/// what it may send.
///
/// ```
/// use rtmp_core::amf0::{Object, Value};
/// use rtmp_core::media::{audio::AudioCodec, video::VideoCodec};
/// use rtmp_core::message::Capabilities;
///
/// let connect = Object::new().with("fourCcList", Value::StrictArray(vec!["hvc1".into(), "Opus".into()]));
/// let player = Capabilities::from_object(&connect);
/// assert!(player.is_enhanced());
/// assert!(player.can_receive_video(VideoCodec::Hevc) && player.can_receive_audio(AudioCodec::Opus));
/// assert!(!player.can_receive_video(VideoCodec::Av1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `fourCcList`: codecs, of video and of audio, that it can receive. The first version of Enhanced RTMP has
    /// this alone.
    pub fourcc_list: Vec<FourCcKey>,
    /// `videoFourCcInfoMap`: what it can do with video codecs.
    pub video: FourCcInfoMap,
    /// `audioFourCcInfoMap`: what it can do with audio codecs.
    pub audio: FourCcInfoMap,
    /// `capsEx`: what it can do beyond codecs.
    pub caps_ex: CapsEx,
    /// `videoFunction`: of old, but for its newer bits.
    pub video_function: VideoFunction,
}

impl Capabilities {
    /// What a server can do that passes everything on as it is, and makes nothing itself.
    pub fn of_relay() -> Self {
        let all = FourCcInfoMap::default().with(FourCcKey::Any, FourCcInfo::CAN_FORWARD);
        Self {
            // By their names: clients that look for their codec don't always know the asterisk.
            fourcc_list: KNOWN.iter().copied().map(FourCcKey::Codec).collect(),
            video: all.clone(),
            audio: all,
            caps_ex: CapsEx::RECONNECT | CapsEx::MULTITRACK | CapsEx::MOD_EX | CapsEx::TIMESTAMP_NANO_OFFSET,
            video_function: VideoFunction::CLIENT_HDR | VideoFunction::METADATA,
        }
    }

    /// Reads the command object of `connect`, or an object of the answer. What is of another type than it should
    /// be, or is no FourCC, says nothing; an ECMA array may stand for a strict array or an object.
    pub fn from_object(object: &Object<'_>) -> Self {
        let mut capabilities = Self::default();
        for (key, value) in object.iter() {
            match key {
                "fourCcList" => capabilities.fourcc_list = fourcc_info::list_from_value(value),
                "videoFourCcInfoMap" => capabilities.video = FourCcInfoMap::from_value(value),
                "audioFourCcInfoMap" => capabilities.audio = FourCcInfoMap::from_value(value),
                "capsEx" => capabilities.caps_ex = CapsEx::from(value),
                "videoFunction" => capabilities.video_function = VideoFunction::from(value),
                _ => {}
            }
        }
        capabilities
    }

    /// Appends the properties, those that say something.
    pub fn write_to(&self, object: &mut Object<'_>) {
        if !self.fourcc_list.is_empty() {
            object.push("fourCcList", fourcc_info::list_to_value(&self.fourcc_list));
        }
        if !self.video.is_empty() {
            object.push("videoFourCcInfoMap", self.video.to_object());
        }
        if !self.audio.is_empty() {
            object.push("audioFourCcInfoMap", self.audio.to_object());
        }
        if !self.caps_ex.is_empty() {
            object.push("capsEx", self.caps_ex);
        }
        if !self.video_function.is_empty() {
            object.push("videoFunction", self.video_function);
        }
    }

    /// Whether it announces anything of Enhanced RTMP. The bit for seeking is older and does not count.
    pub fn is_enhanced(&self) -> bool {
        let legacy = VideoFunction::CLIENT_SEEK;
        !self.fourcc_list.is_empty()
            || !self.video.is_empty()
            || !self.audio.is_empty()
            || !self.caps_ex.is_empty()
            || !legacy.contains(self.video_function)
    }

    /// What it says that it can do with this codec of video. Nothing, if the codec has no FourCC.
    pub fn video_info(&self, codec: VideoCodec) -> FourCcInfo {
        self.info(codec.fourcc(), &self.video)
    }

    /// What it says that it can do with this codec of audio. Nothing, if the codec has no FourCC.
    pub fn audio_info(&self, codec: AudioCodec) -> FourCcInfo {
        self.info(codec.fourcc(), &self.audio)
    }

    /// Whether it says that it reads this codec of video behind an enhanced header.
    pub fn can_receive_video(&self, codec: VideoCodec) -> bool {
        self.video_info(codec).intersects(RECEIVES)
    }

    /// Whether it says that it reads this codec of audio behind an enhanced header.
    pub fn can_receive_audio(&self, codec: AudioCodec) -> bool {
        self.audio_info(codec).intersects(RECEIVES)
    }

    /// Whether it says that it decodes this codec of video.
    pub fn can_decode_video(&self, codec: VideoCodec) -> bool {
        self.video_info(codec).contains(FourCcInfo::CAN_DECODE)
    }

    /// Whether it says that it decodes this codec of audio.
    pub fn can_decode_audio(&self, codec: AudioCodec) -> bool {
        self.audio_info(codec).contains(FourCcInfo::CAN_DECODE)
    }

    /// Whether it reads messages with several tracks.
    pub const fn can_receive_multitrack(&self) -> bool {
        self.caps_ex.contains(CapsEx::MULTITRACK)
    }

    /// Whether it reads `ModEx` packets.
    pub const fn can_receive_mod_ex(&self) -> bool {
        // Nanoseconds come in ModEx packets and in no others.
        self.caps_ex
            .intersects(CapsEx::MOD_EX.union(CapsEx::TIMESTAMP_NANO_OFFSET))
    }

    /// Whether it reads video packets of the type Metadata: who shows high dynamic range needs them.
    pub const fn can_receive_metadata(&self) -> bool {
        self.video_function
            .intersects(VideoFunction::CLIENT_HDR.union(VideoFunction::METADATA))
    }

    /// Whether it heeds a request to reconnect.
    pub const fn can_reconnect(&self) -> bool {
        self.caps_ex.contains(CapsEx::RECONNECT)
    }

    fn info(&self, codec: Option<FourCc>, map: &FourCcInfoMap) -> FourCcInfo {
        let Some(codec) = codec else {
            return FourCcInfo::NONE;
        };
        let listed = self.fourcc_list.iter().map(|key| match key {
            FourCcKey::Any => FourCcInfo::CAN_FORWARD,
            FourCcKey::Codec(own) if *own == codec => FourCcInfo::CAN_DECODE,
            FourCcKey::Codec(_) => FourCcInfo::NONE,
        });
        listed.fold(map.of(codec), FourCcInfo::union)
    }
}

/// Who decodes can receive, and who forwards.
const RECEIVES: FourCcInfo = FourCcInfo::CAN_DECODE.union(FourCcInfo::CAN_FORWARD);

/// The codecs of Enhanced RTMP v2, tables "Defined values for FourCC".
const KNOWN: [FourCc; 12] = [
    FourCc::AVC1,
    FourCc::HVC1,
    FourCc::VVC1,
    FourCc::AV01,
    FourCc::VP08,
    FourCc::VP09,
    FourCc::MP4A,
    FourCc::MP3,
    FourCc::OPUS,
    FourCc::FLAC,
    FourCc::AC_3,
    FourCc::EC_3,
];
