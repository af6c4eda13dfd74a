use super::*;
use crate::media::FourCc;

#[test]
fn a_records_bytes_are_kept_as_they_came() {
    // A tail, reserved bits, a box header: none of it is in what the record says.
    let avc = Bytes::from_static(&[
        0x01, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0x00, 0x17, // Main, level 1.2, one SPS of 23 bytes
        0x67, 0x4D, 0x40, 0x0C, 0xDA, 0x05, 0x06, 0x7E, 0x7C, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00,
        0x00, 0x0C, 0x83, 0xC5, 0x0A, 0xA8, //
        0x01, 0x00, 0x04, 0x68, 0xEF, 0x3C, 0x80, 0xEE, // one PPS of 4 bytes, and a tail
    ]);
    let av1 = Bytes::from_static(&[0x81, 0x00, 0x0C, 0xE0]);
    let vp9 = Bytes::from_static(&[1, 0, 0, 0, 0, 11, 0x82, 2, 2, 2, 0, 0, 0xEE]);
    for (codec, bytes) in [
        (VideoCodec::Avc, avc),
        (VideoCodec::Av1, av1),
        (VideoCodec::Vp9, vp9),
    ] {
        let configuration = VideoConfiguration::parse(codec, &bytes).unwrap();
        assert_eq!(configuration.codec(), codec);
        assert_eq!(configuration.record(), &bytes);
        assert_eq!(configuration.info().unwrap().codec, codec);
    }
    let opus = Bytes::from_static(b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00tail");
    let aac = Bytes::from_static(&[0x12, 0x10, 0x56, 0xE5, 0x00]);
    for (codec, bytes, rate) in [(AudioCodec::Opus, opus, 48_000), (AudioCodec::Aac, aac, 44_100)] {
        let configuration = AudioConfiguration::parse(codec, &bytes).unwrap();
        assert_eq!(configuration.codec(), codec);
        assert_eq!(configuration.record(), &bytes);
        assert_eq!(configuration.info().sample_rate, rate);
    }
}

#[test]
fn what_has_no_record_passes() {
    let codec = AudioCodec::Ac3;
    let configuration = AudioConfiguration::parse(codec, &Bytes::new()).unwrap();
    assert_eq!(configuration, AudioConfiguration::Other(codec, Bytes::new()));
    assert_eq!(configuration.info(), AudioInfo::of(codec));
    let codec = VideoCodec::UnknownFourCc(FourCc::new(*b"xyz1"));
    let bytes = Bytes::from_static(&[1, 2, 3]);
    let configuration = VideoConfiguration::parse(codec, &bytes).unwrap();
    assert_eq!((configuration.codec(), configuration.record()), (codec, &bytes));
    assert_eq!(configuration.info(), Ok(VideoInfo::of(codec)));
}

#[test]
fn an_empty_opus_head_leaves_the_channels_open() {
    let configuration = AudioConfiguration::parse(AudioCodec::Opus, &Bytes::new()).unwrap();
    assert_eq!(configuration.codec(), AudioCodec::Opus);
    let info = configuration.info();
    assert_eq!((info.sample_rate, info.channels), (48_000, 0));
}

#[test]
fn empty_records_of_others_are_refused() {
    for codec in [
        VideoCodec::Avc,
        VideoCodec::Hevc,
        VideoCodec::Vvc,
        VideoCodec::Av1,
        VideoCodec::Vp8,
        VideoCodec::Vp9,
    ] {
        assert_eq!(
            VideoConfiguration::parse(codec, &Bytes::new()),
            Err(ConfigError::Truncated)
        );
    }
    for codec in [AudioCodec::Aac, AudioCodec::Flac] {
        assert_eq!(
            AudioConfiguration::parse(codec, &Bytes::new()),
            Err(ConfigError::Truncated)
        );
    }
}

#[test]
fn what_is_built_has_a_record_too() {
    let head = OpusHead::new(2, 312, 48_000).unwrap();
    let configuration = AudioConfiguration::from(head.clone());
    let read = AudioConfiguration::parse(AudioCodec::Opus, configuration.record());
    assert_eq!(read, Ok(configuration.clone()));
    assert!(matches!(configuration, AudioConfiguration::Opus(record) if record.clone().into_value() == head));
}
