//! Codecs as people call them.

use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::video::VideoCodec;

pub(super) fn video_name(codec: VideoCodec) -> String {
    match codec {
        VideoCodec::Avc => "H.264".to_owned(),
        VideoCodec::Hevc => "H.265".to_owned(),
        VideoCodec::Vvc => "H.266".to_owned(),
        VideoCodec::UnknownId(id) => format!("id {id}"),
        VideoCodec::UnknownFourCc(fourcc) => fourcc.to_string(),
        named => format!("{named:?}").to_uppercase(),
    }
}

pub(super) fn audio_name(codec: AudioCodec) -> String {
    match codec {
        AudioCodec::Aac => "AAC".to_owned(),
        AudioCodec::Mp3 | AudioCodec::Mp3At8k => "MP3".to_owned(),
        AudioCodec::Flac => "FLAC".to_owned(),
        AudioCodec::Ac3 => "AC-3".to_owned(),
        AudioCodec::Eac3 => "E-AC-3".to_owned(),
        AudioCodec::ALaw => "G.711 A-law".to_owned(),
        AudioCodec::MuLaw => "G.711 mu-law".to_owned(),
        AudioCodec::UnknownId(id) => format!("format {id}"),
        AudioCodec::UnknownFourCc(fourcc) => fourcc.to_string(),
        named => format!("{named:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_have_the_names_that_people_know() {
        assert_eq!(video_name(VideoCodec::Avc), "H.264");
        assert_eq!(video_name(VideoCodec::Av1), "AV1");
        assert_eq!(video_name(VideoCodec::UnknownId(11)), "id 11");
        assert_eq!(audio_name(AudioCodec::Aac), "AAC");
        assert_eq!(audio_name(AudioCodec::Opus), "Opus");
    }
}
