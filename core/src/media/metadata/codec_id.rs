//! `videocodecid` and `audiocodecid`.

use super::value::whole;
use crate::amf0::Value;
use crate::media::FourCc;
use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

/// How metadata name a codec: by the id of legacy tags, or by a FourCC as a number (Enhanced RTMP v2, "Enhancing
/// onMetaData"). Some encoders send either as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecId {
    /// `CodecID` of video, `SoundFormat` of audio.
    Legacy(u8),
    /// The name in enhanced tags.
    FourCc(FourCc),
}

impl CodecId {
    /// The name of a codec of video, after its tags: in `enhanced` ones it goes by its FourCC, in legacy ones by its
    /// id. The other one of the two if it has but that.
    pub fn of_video(codec: VideoCodec, enhanced: bool) -> Option<Self> {
        Self::choose(codec.id(), codec.fourcc(), enhanced)
    }

    /// The name of a codec of audio, after its tags: in `enhanced` ones it goes by its FourCC, in legacy ones by its
    /// id. The other one of the two if it has but that.
    pub fn of_audio(codec: AudioCodec, enhanced: bool) -> Option<Self> {
        Self::choose(codec.id(), codec.fourcc(), enhanced)
    }

    fn choose(id: Option<u8>, fourcc: Option<FourCc>, enhanced: bool) -> Option<Self> {
        let (id, fourcc) = (id.map(Self::Legacy), fourcc.map(Self::FourCc));
        if enhanced { fourcc.or(id) } else { id.or(fourcc) }
    }

    /// The codec, when it names one of video.
    pub const fn video(self) -> VideoCodec {
        match self {
            Self::Legacy(id) => VideoCodec::from_id(id),
            Self::FourCc(fourcc) => VideoCodec::from_fourcc(fourcc),
        }
    }

    /// The codec, when it names one of audio.
    pub const fn audio(self) -> AudioCodec {
        match self {
            Self::Legacy(id) => AudioCodec::from_id(id),
            Self::FourCc(fourcc) => AudioCodec::from_fourcc(fourcc),
        }
    }

    /// Text has to be a number or a FourCC that is known.
    pub(in crate::media) fn from_value(value: &Value<'_>) -> Option<Self> {
        if let Some(number) = whole(value) {
            return Some(u8::try_from(number).map_or_else(|_| Self::FourCc(number.into()), Self::Legacy));
        }
        let fourcc = FourCc::new(<[u8; 4]>::try_from(value.as_str()?.as_bytes()).ok()?);
        let is_known = !matches!(VideoCodec::from_fourcc(fourcc), VideoCodec::UnknownFourCc(_))
            || !matches!(AudioCodec::from_fourcc(fourcc), AudioCodec::UnknownFourCc(_));
        is_known.then_some(Self::FourCc(fourcc))
    }
}

impl From<CodecId> for Value<'_> {
    fn from(id: CodecId) -> Self {
        Self::Number(match id {
            CodecId::Legacy(id) => f64::from(id),
            CodecId::FourCc(fourcc) => f64::from(fourcc.as_u32()),
        })
    }
}
