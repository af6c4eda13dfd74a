//! Which tag headers a player is sent.

use super::ServerSession;
use crate::media::audio::AudioCodec;
use crate::media::spelling::{Reads, Spelling};
use crate::media::video::VideoCodec;
use crate::message::Capabilities;

impl ServerSession {
    /// By what the client has announced in its `connect`.
    pub(super) fn spelling(&self) -> Spelling {
        if self.config.convert_tags {
            Spelling::For(reads(&self.connection.connect().capabilities))
        } else {
            Spelling::AsPublished
        }
    }
}

/// What of Enhanced RTMP a client reads. One that announces nothing reads legacy headers.
fn reads(client: &Capabilities) -> Reads {
    let video = [
        VideoCodec::Avc,
        VideoCodec::Hevc,
        VideoCodec::Av1,
        VideoCodec::Vvc,
    ]
    .map(|codec| (client.can_receive_video(codec), Reads::of_video(codec)));
    let audio = [AudioCodec::Aac, AudioCodec::Mp3]
        .map(|codec| (client.can_receive_audio(codec), Reads::of_audio(codec)));
    let messages = [
        (client.can_receive_multitrack(), Reads::MULTITRACK),
        (client.can_receive_mod_ex(), Reads::MOD_EX),
        (client.can_receive_metadata(), Reads::METADATA),
    ];
    video
        .into_iter()
        .chain(audio)
        .chain(messages)
        .filter_map(|(can, reads)| can.then_some(reads))
        .fold(Reads::NOTHING, Reads::union)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amf0::{Object, Value};

    fn announced(object: Object<'static>) -> Reads {
        reads(&Capabilities::from_object(&object))
    }

    #[test]
    fn a_client_that_announces_nothing_reads_legacy_headers() {
        let legacy = Object::new()
            .with("videoCodecs", 252.0)
            .with("videoFunction", 1.0);
        assert_eq!(announced(legacy), Reads::NOTHING);
    }

    #[test]
    fn a_client_reads_the_codecs_that_it_names() {
        let list = Value::StrictArray(vec!["hvc1".into(), "av01".into(), "vp09".into()]);
        let client = Object::new().with("fourCcList", list);
        assert_eq!(announced(client), Reads::HEVC | Reads::AV1);
        let maps = Object::new()
            .with("videoFourCcInfoMap", Object::new().with("avc1", 1.0))
            .with("audioFourCcInfoMap", Object::new().with("*", 4.0));
        assert_eq!(announced(maps), Reads::AVC | Reads::AAC | Reads::MP3);
    }

    #[test]
    fn who_can_only_encode_a_codec_does_not_read_it() {
        let client = Object::new().with("videoFourCcInfoMap", Object::new().with("avc1", 2.0));
        assert_eq!(announced(client), Reads::NOTHING);
    }

    #[test]
    fn capabilities_are_those_of_the_masks() {
        let client = Object::new().with("capsEx", 2.0).with("videoFunction", 4.0);
        assert_eq!(announced(client), Reads::MULTITRACK | Reads::METADATA);
        let all = Object::new()
            .with("fourCcList", Value::StrictArray(vec!["*".into()]))
            .with("capsEx", 15.0)
            .with("videoFunction", 6.0);
        assert_eq!(announced(all), Reads::ALL);
    }
}
