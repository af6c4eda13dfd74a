//! What real programs say of their streams, and what is made of it.

use proptest::prelude::*;

use super::*;
use crate::media::FourCc;
use crate::media::audio::AudioCodec;
use crate::media::video::VideoCodec;

fn parse(payload: &[u8]) -> Result<Metadata, MetadataError> {
    Metadata::from_payload(payload, &Limits::default())
}

/// Values one after another.
fn payload(values: &[Value<'_>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for value in values {
        amf0::encode(value, &mut payload);
    }
    payload
}

fn read(object: &Object<'_>) -> Metadata {
    let metadata = Metadata::from_object(object);
    let again = Metadata::from_object(&metadata.to_object());
    assert_eq!(again, metadata, "written and read");
    metadata
}

#[test]
fn metadata_are_read_from_their_bytes_and_written_to_the_same() {
    let bytes = b"\x02\x00\x0AonMetaData\
        \x08\x00\x00\x00\x03\
        \x00\x05width\x00\x40\x94\x00\x00\x00\x00\x00\x00\
        \x00\x0Cvideocodecid\x00\x41\xDA\x1D\x98\xCC\x40\x00\x00\
        \x00\x07encoder\x02\x00\x03obs\
        \x00\x00\x09"; // {width: 1280, videocodecid: 1752589105, encoder: "obs"}
    let metadata = parse(bytes).unwrap();
    assert_eq!(metadata.video.width, Some(1280));
    assert_eq!(metadata.video.codec, Some(CodecId::FourCc(FourCc::HVC1)));
    assert_eq!(metadata.encoder.as_deref(), Some("obs"));
    assert_eq!(metadata.to_payload(), &bytes[..]);
    let message = metadata.to_message(Timestamp::from_millis(7));
    assert_eq!(
        (message.kind, message.timestamp.as_millis()),
        (MediaKind::Data, 7)
    );
    assert_eq!(message.payload, &bytes[..]);
}

#[test]
fn ffmpeg_says_stereo_and_no_channels() {
    let metadata = read(
        &Object::new()
            .with("duration", 0.0)
            .with("width", 320.0)
            .with("height", 180.0)
            .with("videodatarate", 0.0)
            .with("framerate", 25.0)
            .with("videocodecid", 7.0)
            .with("audiodatarate", 62.5)
            .with("audiosamplerate", 44100.0)
            .with("audiosamplesize", 16.0)
            .with("stereo", true)
            .with("audiocodecid", 10.0)
            .with("encoder", "Lavf59.27.100")
            .with("filesize", 0.0),
    );
    let (video, audio) = (&metadata.video, &metadata.audio);
    assert_eq!((video.width, video.height), (Some(320), Some(180)));
    assert_eq!((video.frame_rate, video.data_rate), (Some(25.0), Some(0.0)));
    assert_eq!(video.codec.unwrap().video(), VideoCodec::Avc);
    assert_eq!(
        (audio.sample_rate, audio.sample_size, audio.data_rate),
        (Some(44100), Some(16), Some(62.5))
    );
    assert_eq!((audio.channels, audio.channel_count()), (None, Some(2)));
    assert_eq!(audio.codec.unwrap().audio(), AudioCodec::Aac);
    assert_eq!((metadata.duration, metadata.file_size), (Some(0.0), Some(0.0)));
    assert_eq!(metadata.encoder.as_deref(), Some("Lavf59.27.100"));
    assert!(metadata.other.is_empty());
}

#[test]
fn obs_says_channels_and_more() {
    let object = Object::new()
        .with("fileSize", 0.0)
        .with("audiochannels", 6.0)
        .with("stereo", false)
        .with("5.1", true)
        .with("7.1", false);
    let metadata = read(&object);
    assert_eq!(metadata.audio.channel_count(), Some(6));
    assert_eq!(metadata.file_size, Some(0.0));
    assert_eq!(metadata.other, Object::new().with("5.1", true).with("7.1", false));
}

#[test]
fn what_is_not_known_is_kept_in_its_order() {
    let object = Object::new()
        .with("creationdate", "Sun Nov 22 18:43:18 2026")
        .with("width", 320.0)
        .with("AspectRatioX", 1.0)
        .with("AspectRatioY", 1.0);
    let metadata = read(&object);
    let keys: Vec<_> = metadata.other.iter().map(|(key, _)| key.to_owned()).collect();
    assert_eq!(keys, ["creationdate", "AspectRatioX", "AspectRatioY"]);
    assert_eq!(
        Value::from(metadata.to_object()).to_string(),
        r#"{"width":320,"creationdate":"Sun Nov 22 18:43:18 2026","AspectRatioX":1,"AspectRatioY":1}"#
    );
}

#[test]
fn what_is_not_what_it_should_be_is_kept_and_means_nothing() {
    let object = Object::new()
        .with("width", "wide")
        .with("height", -1.0)
        .with("framerate", f64::INFINITY)
        .with("duration", Value::Null)
        .with("audiosamplerate", 44100.5)
        .with("audiochannels", 1e300)
        .with("encoder", 4.0)
        .with("stereo", "yes")
        .with("videocodecid", "H264")
        .with("keyframes", Value::Undefined)
        .with("videoTrackIdInfoMap", 1.0);
    let metadata = read(&object);
    assert_eq!(metadata.other, object);
    let rest = Metadata {
        other: Object::new(),
        ..metadata
    };
    assert_eq!(rest, Metadata::default());
}

#[test]
fn references_to_other_values_are_left_out() {
    let object = Object::new()
        .with("custom", 1.0)
        .with("same", Value::Reference(0))
        .with("deep", vec![Object::new().with("a", Value::Reference(0)).into()])
        .with(
            "videoTrackIdInfoMap",
            Object::new().with("1", Object::new().with("same", Value::Reference(0))),
        );
    let metadata = read(&object);
    assert_eq!(metadata.other, Object::new().with("custom", 1.0));
    assert!(metadata.video_tracks[&TrackId::new(1)].other.is_empty());
}

#[test]
fn metadata_may_be_in_amf3() {
    #[rustfmt::skip]
    let payload = [
        b"\x02\x00\x0AonMetaData",                         // the handler
        &b"\x11\x0A\x0B\x01"[..],                          // AMF 3: object
        b"\x0Bwidth\x04\x8A\x00",                          // "width": 1280
        b"\x09self\x0A\x00",                               // "self": the object itself
        b"\x01",                                           // end
    ]
    .concat();
    let metadata = Metadata::from_payload(&payload, &Limits::default()).unwrap();
    assert_eq!(metadata.video.width, Some(1280));
    assert_eq!(metadata.other.to_string(), r#"{"self":unsupported}"#);
    let object = Object::new().with("custom", Value::AvmPlus(Box::new(7.into())));
    assert_eq!(read(&object).other, Object::new().with("custom", 7.0));
}

#[test]
fn numbers_may_be_text() {
    let metadata = read(
        &Object::new()
            .with("width", "1920")
            .with("framerate", " 29.97 ")
            .with("videocodecid", "7"),
    );
    assert_eq!(
        (metadata.video.width, metadata.video.frame_rate),
        (Some(1920), Some(29.97))
    );
    assert_eq!(metadata.video.codec, Some(CodecId::Legacy(7)));
}

/// XSplit and others.
#[test]
fn codecs_may_be_named_by_text() {
    for (text, video) in [
        ("avc1", VideoCodec::Avc),
        ("hvc1", VideoCodec::Hevc),
        ("av01", VideoCodec::Av1),
    ] {
        let metadata = read(&Object::new().with("videocodecid", text));
        assert_eq!(metadata.video.codec.unwrap().video(), video);
    }
    for (text, audio) in [
        ("mp4a", AudioCodec::Aac),
        (".mp3", AudioCodec::Mp3),
        ("Opus", AudioCodec::Opus),
    ] {
        let metadata = read(&Object::new().with("audiocodecid", text));
        assert_eq!(metadata.audio.codec.unwrap().audio(), audio);
    }
}

#[test]
fn a_codec_goes_by_the_name_of_its_tags() {
    let name = |codec, enhanced| Value::from(CodecId::of_video(codec, enhanced).unwrap());
    assert_eq!(name(VideoCodec::Hevc, false), 12.0.into());
    assert_eq!(name(VideoCodec::Hevc, true), 1_752_589_105.0.into());
    assert_eq!(name(VideoCodec::Vp9, false), name(VideoCodec::Vp9, true));
    assert_eq!(
        CodecId::of_audio(AudioCodec::Speex, true),
        Some(CodecId::Legacy(11))
    );
    assert_eq!(
        CodecId::of_audio(AudioCodec::Opus, true),
        Some(CodecId::FourCc(FourCc::OPUS))
    );
}

#[test]
fn tracks_say_what_differs_from_the_first() {
    let metadata = read(
        &Object::new()
            .with("width", 1920.0)
            .with("height", 1080.0)
            .with("framerate", 60.0)
            .with("videocodecid", 7.0)
            .with("audiosamplerate", 48000.0)
            .with("stereo", true)
            .with(
                "videoTrackIdInfoMap",
                Object::new().with(
                    "1",
                    Object::new()
                        .with("width", 1280.0)
                        .with("height", 720.0)
                        .with("videodatarate", 3000.0)
                        .with("name", "720p"),
                ),
            )
            .with(
                "audioTrackIdInfoMap",
                Value::EcmaArray(
                    Object::new()
                        .with(
                            "255",
                            Object::new().with("channels", 6.0).with("samplerate", 44100.0),
                        )
                        .with("2", Object::new()),
                ),
            ),
    );
    let second = metadata.video_track(TrackId::new(1)).unwrap();
    assert_eq!((second.width, second.height), (Some(1280), Some(720)));
    assert_eq!((second.frame_rate, second.data_rate), (Some(60.0), Some(3000.0)));
    assert_eq!(second.codec, Some(CodecId::Legacy(7)));
    assert_eq!(second.other.get("name"), Some(&"720p".into()));
    assert_eq!(metadata.video_track(TrackId::DEFAULT).unwrap(), metadata.video);
    assert_eq!(metadata.video_track(TrackId::new(2)), None);
    let surround = metadata.audio_track(TrackId::new(255)).unwrap();
    assert_eq!(
        (surround.channel_count(), surround.stereo, surround.sample_rate),
        (Some(6), None, Some(44100))
    );
    let third = metadata.audio_track(TrackId::new(2)).unwrap();
    assert_eq!((third.channel_count(), third.sample_rate), (Some(2), Some(48000)));
    assert_eq!(
        metadata
            .to_object()
            .get("audioTrackIdInfoMap")
            .unwrap()
            .to_string(),
        r#"{"2":{},"255":{"samplerate":44100,"channels":6}}"#
    );
}

#[test]
fn a_map_with_a_key_that_is_no_track_is_kept_whole() {
    for key in ["256", "-1", "main", ""] {
        let map = Object::new()
            .with("1", Object::new())
            .with(key, Object::new().with("width", 1.0));
        let object = Object::new().with("videoTrackIdInfoMap", map);
        let metadata = read(&object);
        assert!(metadata.video_tracks.is_empty());
        assert_eq!(metadata.other, object);
    }
}

#[test]
fn a_files_index_is_read_in_pairs() {
    let keyframes = |times: &[f64], positions: &[f64]| {
        let array =
            |numbers: &[f64]| Value::StrictArray(numbers.iter().map(|&number| number.into()).collect());
        let index = Object::new()
            .with("times", array(times))
            .with("filepositions", array(positions));
        Object::new()
            .with("lasttimestamp", 4.5)
            .with("canSeekToEnd", false)
            .with("keyframes", index)
    };
    let metadata = read(&keyframes(&[0.0, 2.0], &[509.0, 70000.0]));
    assert_eq!(
        metadata.keyframes.unwrap().positions,
        [(0.0, 509.0), (2.0, 70000.0)].map(|(time, position)| KeyframePosition { time, position })
    );
    assert_eq!(
        (metadata.last_timestamp, metadata.can_seek_to_end),
        (Some(4.5), Some(false))
    );
    let metadata = read(&keyframes(&[0.0, 2.0], &[509.0]));
    assert_eq!(metadata.keyframes, None);
    assert!(metadata.other.get("keyframes").is_some());
}

#[test]
fn a_message_may_set_the_frame_or_have_something_in_front_of_the_properties() {
    let object = Value::from(Object::new().with("width", 2.0));
    let handler = || "onMetaData".into();
    for values in [
        vec![handler(), object.clone()],
        vec!["@setDataFrame".into(), handler(), object.clone()],
        vec![handler(), Value::Null, object.clone(), "more".into()],
    ] {
        assert_eq!(parse(&payload(&values)).unwrap().video.width, Some(2));
    }
    // What is behind the properties may be broken.
    let mut bytes = payload(&[handler(), object]);
    bytes.extend([0xFF, 0xFF]);
    assert_eq!(parse(&bytes).unwrap().video.width, Some(2));
}

#[test]
fn what_is_no_metadata_says_why() {
    assert_eq!(parse(&[]), Err(MetadataError::OtherHandler));
    assert_eq!(
        parse(&payload(&["onFI".into()])),
        Err(MetadataError::OtherHandler)
    );
    assert_eq!(parse(&payload(&[1.0.into()])), Err(MetadataError::OtherHandler));
    assert_eq!(
        parse(&payload(&["onMetaData".into(), 1.0.into()])),
        Err(MetadataError::NoProperties)
    );
    assert_eq!(
        parse(b"\x02\x00\x0AonMetaData\x02\x00\x09enc"),
        Err(MetadataError::Amf0(DecodeError::Truncated))
    );
    let limits = Limits {
        max_amf_values: 2,
        ..Limits::default()
    };
    let bytes = payload(&[
        "onMetaData".into(),
        Object::new().with("a", 1.0).with("b", 1.0).into(),
    ]);
    assert_eq!(
        Metadata::from_payload(&bytes, &limits),
        Err(MetadataError::Amf0(DecodeError::TooManyValues { limit: 2 }))
    );
}

/// Any value that a property may have.
fn any_value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        any::<f64>()
            .prop_filter("comparable", |n| !n.is_nan())
            .prop_map(Value::from),
        any::<u32>().prop_map(|n| f64::from(n).into()),
        any::<bool>().prop_map(Value::from),
        "[0-9a-zA-Z.]{0,5}".prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            object(inner.clone()).prop_map(Value::from),
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

fn object(value: impl Strategy<Value = Value<'static>>) -> impl Strategy<Value = Object<'static>> {
    const KEYS: [&str; 24] = [
        "duration",
        "filesize",
        "fileSize",
        "encoder",
        "lasttimestamp",
        "canSeekToEnd",
        "keyframes",
        "times",
        "filepositions",
        "videoTrackIdInfoMap",
        "audioTrackIdInfoMap",
        "1",
        "200",
        "width",
        "height",
        "framerate",
        "videocodecid",
        "audiocodecid",
        "audiochannels",
        "channels",
        "stereo",
        "audiosamplerate",
        "samplerate",
        "custom",
    ];
    prop::collection::vec((prop::sample::select(&KEYS[..]), value), 0..8).prop_map(|properties| {
        properties
            .into_iter()
            .fold(Object::new(), |object, (key, value)| object.with(key, value))
    })
}

proptest! {
    #[test]
    fn what_was_read_is_written_so_that_it_is_read_again(object in object(any_value())) {
        let metadata = Metadata::from_object(&object);
        prop_assert_eq!(parse(&metadata.to_payload()), Ok(metadata));
    }

    #[test]
    fn a_property_is_read_or_kept(key in "[a-zA-Z]{1,8}|width|stereo|encoder|duration|keyframes", value in any_value()) {
        let object = Object::new().with(key, value);
        prop_assert_eq!(Metadata::from_object(&object).to_object().len(), 1);
    }

    #[test]
    fn any_bytes_are_metadata_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut named = b"\x02\x00\x0AonMetaData\x08\0\0\0\x01".to_vec();
        named.extend(&bytes);
        let _ = parse(&named);
        let _ = ColorInfo::from_body(&bytes, &Limits::default());
    }
}
