//! What comes before the frames: metadata and sequence headers.

use bytes::Bytes;
use rtmp_core::amf0::{self, Object, Value};

use super::{BitRate, Track, picture};

/// AAC-LC, 44.1 kHz, stereo (ISO/IEC 14496-3 §1.6.2.1).
const AAC_SEQUENCE_HEADER: &[u8] = &[0xAF, 0x00, 0x12, 0x10];

/// The sequence headers.
pub(in crate::bench) fn headers(has_audio: bool) -> impl Iterator<Item = (Track, Bytes)> {
    let audio = has_audio.then_some((Track::Audio, Bytes::from_static(AAC_SEQUENCE_HEADER)));
    [(Track::Video, avc_sequence_header())].into_iter().chain(audio)
}

fn avc_sequence_header() -> Bytes {
    // key frame, AVC; sequence header; no composition time offset
    let mut header = vec![0x17, 0x00, 0, 0, 0];
    // AVCDecoderConfigurationRecord: version 1; profile, compatibility and level of the SPS; lengths of 4 bytes
    header.push(0x01);
    header.extend(picture::SPS.iter().skip(1).take(3));
    header.push(0xFF);
    // One SPS and one PPS.
    for (count, set) in [(0xE1, picture::SPS), (0x01, picture::PPS)] {
        header.extend_from_slice(&[count, 0, set.len() as u8]);
        header.extend_from_slice(set);
    }
    header.into()
}

/// `onMetaData`, as encoders send it.
pub(in crate::bench) fn metadata(video: BitRate, audio: BitRate, fps: u32) -> Bytes {
    let kilobits = |rate: BitRate| rate.get() as f64 / 1000.0;
    let mut object = Object::new()
        .with("width", picture::WIDTH)
        .with("height", picture::HEIGHT)
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
        assert_eq!((info.width, info.height), (640, 352));
        assert_eq!(avc.codec_string(), "avc1.42c028");
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
