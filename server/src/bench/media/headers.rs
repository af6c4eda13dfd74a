//! What comes before the frames: metadata and sequence headers.

use bytes::Bytes;
use rtmp_core::amf0::{self, Object, Value};

use super::{BitRate, Track};

/// 1280x720, Constrained Baseline, level 3.1, pictures in the order of decoding.
const AVC_SEQUENCE_HEADER: &[u8] = &[
    0x17, 0x00, 0, 0, 0, // key frame, AVC; sequence header; no composition time offset
    0x01, 0x42, 0xC0, 0x1F,
    0xFF, // AVCDecoderConfigurationRecord, version 1; profile, level; lengths of 4 bytes
    0xE1, 0x00, 0x09, // one SPS of 9 bytes (ITU-T H.264 §7.3.2.1.1)
    0x67, 0x42, 0xC0, 0x1F, 0xDA, 0x01, 0x40, 0x16, 0xE4, //
    0x01, 0x00, 0x04, // one PPS of 4 bytes (§7.3.2.2)
    0x68, 0xCE, 0x38, 0x80,
];

/// AAC-LC, 44.1 kHz, stereo (ISO/IEC 14496-3 §1.6.2.1).
const AAC_SEQUENCE_HEADER: &[u8] = &[0xAF, 0x00, 0x12, 0x10];

/// The sequence headers.
pub(in crate::bench) fn headers(has_audio: bool) -> impl Iterator<Item = (Track, Bytes)> {
    let audio = has_audio.then_some((Track::Audio, Bytes::from_static(AAC_SEQUENCE_HEADER)));
    [(Track::Video, Bytes::from_static(AVC_SEQUENCE_HEADER))]
        .into_iter()
        .chain(audio)
}

/// `onMetaData`, as encoders send it.
pub(in crate::bench) fn metadata(video: BitRate, audio: BitRate, fps: u32) -> Bytes {
    let kilobits = |rate: BitRate| rate.get() as f64 / 1000.0;
    let mut object = Object::new()
        .with("width", 1280.0)
        .with("height", 720.0)
        .with("framerate", f64::from(fps))
        .with("videocodecid", 7.0)
        .with("videodatarate", kilobits(video));
    if audio.get() > 0 {
        object = object
            .with("audiocodecid", 10.0)
            .with("audiodatarate", kilobits(audio))
            .with("audiosamplerate", 44_100.0)
            .with("audiosamplesize", 16.0)
            .with("stereo", true);
    }
    let mut payload = Vec::new();
    for value in [
        "@setDataFrame".into(),
        "onMetaData".into(),
        Value::EcmaArray(object.with("encoder", "rtmp bench")),
    ] {
        amf0::encode(&value, &mut payload);
    }
    payload.into()
}

#[cfg(test)]
mod tests {
    use rtmp_core::limits::Limits;
    use rtmp_core::media::config::aac::AudioSpecificConfig;
    use rtmp_core::media::config::avc::AvcConfiguration;
    use rtmp_core::media::metadata::Metadata;

    use super::*;

    #[test]
    fn the_sequence_headers_parse() {
        let [(_, video), (_, audio)] = headers(true).collect::<Vec<_>>().try_into().unwrap();
        let avc = AvcConfiguration::parse(&video.slice(5..)).unwrap();
        let info = avc.info().unwrap();
        assert_eq!((info.width, info.height), (1280, 720));
        assert_eq!(avc.codec_string(), "avc1.42c01f");
        assert_eq!((avc.sps().len(), avc.pps().len()), (1, 1));
        let aac = AudioSpecificConfig::parse(&audio.slice(2..)).unwrap();
        assert_eq!((aac.sample_rate(), aac.channels()), (44_100, 2));
        assert_eq!(aac.samples_per_frame(), Some(1024));
        assert_eq!(headers(false).count(), 1);
    }

    #[test]
    fn the_metadata_say_what_is_sent() {
        let rate = |text: &str| text.parse().unwrap();
        let payload = metadata(rate("4M"), rate("128k"), 30);
        let metadata = Metadata::from_payload(&payload, &Limits::default()).unwrap();
        assert_eq!(metadata.video.data_rate, Some(4000.0));
        assert_eq!(metadata.video.frame_rate, Some(30.0));
        assert_eq!(metadata.audio.data_rate, Some(128.0));
        assert_eq!(metadata.encoder.as_deref(), Some("rtmp bench"));
    }
}
