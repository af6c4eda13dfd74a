//! Any bytes, taken for every codec's configuration and for the head of a frame of it, are read or refused; what is read
//! says what it is, and is the same when it has been written and read again.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rtmp_core::media::audio::AudioCodec;
use rtmp_core::media::config::multichannel::MultichannelConfig;
use rtmp_core::media::config::{AudioConfiguration, VideoConfiguration, identify_audio, identify_video};
use rtmp_core::media::video::VideoCodec;

const VIDEO: [VideoCodec; 12] = [
    VideoCodec::Avc,
    VideoCodec::Hevc,
    VideoCodec::Vvc,
    VideoCodec::Av1,
    VideoCodec::Vp8,
    VideoCodec::Vp9,
    VideoCodec::SorensonH263,
    VideoCodec::H263,
    VideoCodec::Mpeg4,
    VideoCodec::Screen,
    VideoCodec::Vp6,
    VideoCodec::Vp6Alpha,
];

const AUDIO: [AudioCodec; 13] = [
    AudioCodec::Aac,
    AudioCodec::Opus,
    AudioCodec::Flac,
    AudioCodec::Ac3,
    AudioCodec::Eac3,
    AudioCodec::Mp3,
    AudioCodec::ALaw,
    AudioCodec::MuLaw,
    AudioCodec::Pcm,
    AudioCodec::Adpcm,
    AudioCodec::Speex,
    AudioCodec::Nellymoser,
    AudioCodec::Nellymoser8k,
];

fuzz_target!(|bytes: &[u8]| {
    let record = Bytes::copy_from_slice(bytes);
    for codec in VIDEO {
        if let Ok(configuration) = VideoConfiguration::parse(codec, &record) {
            assert_eq!(configuration.record(), &record);
            let _ = configuration.info();
            rewritten(&configuration);
        }
        let _ = identify_video(codec, bytes);
    }
    for codec in AUDIO {
        if let Ok(configuration) = AudioConfiguration::parse(codec, &record) {
            assert_eq!(configuration.record(), &record);
            let _ = configuration.info();
        }
        let _ = identify_audio(codec, None, bytes);
    }
    if let Ok(config) = MultichannelConfig::parse(&record) {
        let written = config.encode().expect("what has been read can be written");
        let again = MultichannelConfig::parse(&written);
        assert_eq!(again.as_ref(), Ok(&config));
    }
});

/// Records that are written anew say the same.
fn rewritten(configuration: &VideoConfiguration) {
    let written = match configuration {
        VideoConfiguration::Avc(record) => record.encode(),
        VideoConfiguration::Hevc(record) => record.encode(),
        VideoConfiguration::Av1(record) => record.encode(),
        _ => return,
    };
    let again = VideoConfiguration::parse(configuration.codec(), &written);
    let again = again.expect("what has been read can be written and read");
    assert_eq!(again.info(), configuration.info());
}
