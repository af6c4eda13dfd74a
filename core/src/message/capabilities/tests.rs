//! What real programs announce, and what is made of it.

use proptest::prelude::*;

use super::*;
use crate::amf0::{self, Value};
use crate::limits::Limits;

fn strings(names: &[&'static str]) -> Value<'static> {
    Value::StrictArray(names.iter().map(|&name| name.into()).collect())
}

fn receives(capabilities: &Capabilities, codecs: &[VideoCodec]) -> bool {
    codecs.iter().all(|&codec| capabilities.can_receive_video(codec))
}

/// `fourCcList` as FFmpeg 8 sends it: a strict array.
#[test]
fn a_list_is_read_from_its_bytes() {
    let payload = b"\x03\x00\x0AfourCcList\
        \x0A\x00\x00\x00\x02\x02\x00\x04av01\x02\x00\x04Opus\
        \x00\x00\x09"; // {fourCcList: ["av01", "Opus"]}
    let values = amf0::decode_all(payload, &Limits::default()).unwrap();
    let capabilities = Capabilities::from_object(values[0].as_object().unwrap());
    assert_eq!(
        capabilities.fourcc_list,
        [FourCc::AV01, FourCc::OPUS].map(FourCcKey::Codec)
    );
    let mut object = Object::new();
    capabilities.write_to(&mut object);
    let mut written = Vec::new();
    amf0::encode(&object.into(), &mut written);
    assert_eq!(written, payload);
}

#[test]
fn ffmpeg_as_a_player_with_the_option_for_enhanced_codecs() {
    let connect = Object::new()
        .with("app", "live")
        .with(
            "fourCcList",
            strings(&[
                "hvc1", "av01", "vp09", "vvc1", "Opus", "fLaC", "ac-3", "ec-3", ".mp3",
            ]),
        )
        .with("capabilities", 15.0)
        .with("audioCodecs", 4071.0)
        .with("videoCodecs", 252.0)
        .with("videoFunction", 1.0);
    let player = Capabilities::from_object(&connect);
    assert!(player.is_enhanced());
    assert!(receives(
        &player,
        &[
            VideoCodec::Hevc,
            VideoCodec::Av1,
            VideoCodec::Vp9,
            VideoCodec::Vvc
        ]
    ));
    assert!(player.can_decode_audio(AudioCodec::Eac3) && player.can_decode_audio(AudioCodec::Mp3));
    assert!(!player.can_receive_video(VideoCodec::Avc) && !player.can_receive_audio(AudioCodec::Aac));
    assert!(!player.can_receive_multitrack() && !player.can_reconnect() && !player.can_receive_metadata());
}

/// Also FFmpeg by default, OBS, GStreamer and librtmp, but for the numbers.
#[test]
fn a_legacy_client_announces_nothing() {
    let connect = Object::new()
        .with("app", "live")
        .with("flashVer", "LNX 9,0,124,2")
        .with("fpad", false)
        .with("capabilities", 239.0)
        .with("audioCodecs", 3575.0)
        .with("videoCodecs", 252.0)
        .with("videoFunction", 1.0)
        .with("objectEncoding", 3.0);
    let client = Capabilities::from_object(&connect);
    assert!(!client.is_enhanced());
    assert_eq!(client.video_function, VideoFunction::CLIENT_SEEK);
    assert!(!client.can_receive_video(VideoCodec::Avc));
    assert_eq!(Capabilities::default(), Capabilities::from_object(&Object::new()));
}

#[test]
fn gortmplib_as_a_player() {
    let connect = Object::new()
        .with("app", "live")
        .with("flashVer", "LNX 9,0,124,2")
        .with("objectEncoding", 0.0)
        .with("audioCodecs", 1413.0)
        .with("videoCodecs", 128.0)
        .with("videoFunction", 0.0)
        .with(
            "fourCcList",
            strings(&["av01", "vp09", "hvc1", "avc1", "Opus", "ac-3", "mp4a", ".mp3"]),
        );
    let player = Capabilities::from_object(&connect);
    assert!(receives(&player, &[VideoCodec::Avc, VideoCodec::Vp9]));
    assert!(player.can_receive_audio(AudioCodec::Aac) && !player.can_receive_audio(AudioCodec::Flac));
}

#[test]
fn zlmediakit_as_a_player_wants_avc_in_legacy_tags() {
    let connect = Object::new()
        .with("videoFunction", 1.0)
        .with("audioCodecs", 1024.0)
        .with("videoCodecs", 128.0)
        .with("fourCcList", strings(&["av01", "vp09", "hvc1"]));
    let player = Capabilities::from_object(&connect);
    assert!(receives(
        &player,
        &[VideoCodec::Av1, VideoCodec::Vp9, VideoCodec::Hevc]
    ));
    assert!(!player.can_receive_video(VideoCodec::Avc));
}

#[test]
fn red5_as_a_client_forwards_everything() {
    let all = || Object::new().with("*", 4.0);
    let connect = Object::new()
        .with("audioFourCcInfoMap", all())
        .with("videoFourCcInfoMap", all());
    let client = Capabilities::from_object(&connect);
    assert!(client.is_enhanced() && client.fourcc_list.is_empty());
    assert_eq!(client.video_info(VideoCodec::Vp8), FourCcInfo::CAN_FORWARD);
    assert!(client.can_receive_audio(AudioCodec::Flac) && !client.can_decode_audio(AudioCodec::Flac));
    assert!(
        !client.can_receive_video(VideoCodec::Vp6),
        "VP6 has no enhanced form"
    );
}

#[test]
fn what_is_said_of_all_codecs_adds_to_what_is_said_of_one() {
    let map = Object::new().with("hvc1", 3.0).with("*", 4.0).with("av01", 1.0);
    let peer = Capabilities::from_object(&Object::new().with("videoFourCcInfoMap", map));
    assert_eq!(peer.video_info(VideoCodec::Hevc).bits(), 7);
    assert_eq!(peer.video_info(VideoCodec::Av1).bits(), 5);
    assert_eq!(peer.video_info(VideoCodec::Avc), FourCcInfo::CAN_FORWARD);
    assert_eq!(peer.audio_info(AudioCodec::Aac), FourCcInfo::NONE);
}

#[test]
fn an_asterisk_in_the_list_is_a_recorder_or_a_relay() {
    let peer = Capabilities::from_object(&Object::new().with("fourCcList", strings(&["*"])));
    let unknown = VideoCodec::UnknownFourCc(FourCc::new(*b"xyz1"));
    assert!(receives(&peer, &[VideoCodec::Vvc, unknown]));
    assert!(!peer.can_decode_video(VideoCodec::Vvc));
}

#[test]
fn the_list_may_be_an_ecma_array() {
    let list = Object::new().with("0", "hvc1").with("1", "*");
    for list in [Value::EcmaArray(list.clone()), Value::Object(list)] {
        let peer = Capabilities::from_object(&Object::new().with("fourCcList", list));
        assert_eq!(peer.fourcc_list, [FourCc::HVC1.into(), FourCcKey::Any]);
    }
    let map = Value::EcmaArray(Object::new().with("Opus", 1.0));
    let peer = Capabilities::from_object(&Object::new().with("audioFourCcInfoMap", map));
    assert!(peer.can_decode_audio(AudioCodec::Opus));
}

#[test]
fn what_makes_no_sense_says_nothing() {
    let connect = Object::new()
        .with(
            "fourCcList",
            vec!["hevc265".into(), "".into(), 7.0.into(), "hvc1".into()],
        )
        .with("videoFourCcInfoMap", "hvc1")
        .with(
            "audioFourCcInfoMap",
            Object::new()
                .with("opus5", 1.0)
                .with("Opus", "1")
                .with("mp4a", f64::NAN)
                .with("fLaC", -1.0),
        )
        .with("capsEx", Value::Null)
        .with("videoFunction", 1e300);
    let peer = Capabilities::from_object(&connect);
    assert_eq!(peer.fourcc_list, [FourCc::HVC1.into()]);
    assert!(peer.video.is_empty());
    assert!(peer.audio.iter().all(|(_, info)| info.is_empty()));
    assert_eq!(peer.audio.iter().len(), 3);
    assert_eq!(
        (peer.caps_ex, peer.video_function),
        (CapsEx::NONE, VideoFunction::NONE)
    );
    assert_eq!(
        Capabilities::from_object(&Object::new().with("fourCcList", "hvc1")),
        Capabilities::default()
    );
}

#[test]
fn no_more_codecs_are_kept_than_the_limit() {
    let names: Vec<String> = (0..1000).map(|n| format!("{n:04}")).collect();
    let list = names.iter().map(|name| name.as_str().into()).collect::<Vec<_>>();
    let mut map = Object::new();
    for name in &names {
        map.push(name.as_str(), 1.0);
    }
    let connect = Object::new()
        .with("fourCcList", list)
        .with("videoFourCcInfoMap", map);
    let peer = Capabilities::from_object(&connect);
    assert_eq!(
        (peer.fourcc_list.len(), peer.video.iter().len()),
        (MAX_FOURCCS, MAX_FOURCCS)
    );
}

#[test]
fn each_bit_has_its_question() {
    let of = |caps_ex, video_function| Capabilities {
        caps_ex: CapsEx::from_bits(caps_ex),
        video_function: VideoFunction::from_bits(video_function),
        ..Capabilities::default()
    };
    assert!(of(1, 0).can_reconnect() && !of(!1, 0).can_reconnect());
    assert!(of(2, 0).can_receive_multitrack() && !of(!2, 0).can_receive_multitrack());
    assert!(
        of(4, 0).can_receive_mod_ex() && of(8, 0).can_receive_mod_ex() && !of(!12, 0).can_receive_mod_ex()
    );
    assert!(of(0, 2).can_receive_metadata() && of(0, 4).can_receive_metadata());
    assert!(!of(0, !6).can_receive_metadata());
    assert!(of(0, 8).is_enhanced() && of(16, 0).is_enhanced() && !of(0, 1).is_enhanced());
}

#[test]
fn a_relay_names_all_codecs_and_forwards_any() {
    let relay = Capabilities::of_relay();
    let mut object = Object::new();
    relay.write_to(&mut object);
    assert_eq!(
        Value::Object(object).to_string(),
        r#"{"fourCcList":["avc1","hvc1","vvc1","av01","vp08","vp09","mp4a",".mp3","Opus","fLaC","ac-3","ec-3"],"videoFourCcInfoMap":{"*":4},"audioFourCcInfoMap":{"*":4},"capsEx":15,"videoFunction":6}"#
    );
}

fn key() -> impl Strategy<Value = FourCcKey> {
    prop_oneof![
        Just(FourCcKey::Any),
        prop_oneof!["[ -~]{4}", Just("\u{e9}\u{e8}".to_owned())]
            .prop_map(|name| FourCcKey::parse(&name).unwrap()),
    ]
}

fn map() -> impl Strategy<Value = FourCcInfoMap> {
    prop::collection::vec((key(), any::<u32>()), 0..8).prop_map(|entries| {
        entries
            .into_iter()
            .fold(FourCcInfoMap::default(), |map, (key, bits)| {
                map.with(key, FourCcInfo::from_bits(bits))
            })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        fourcc_list in prop::collection::vec(key(), 0..8),
        video in map(),
        audio in map(),
        caps_ex in any::<u32>(),
        video_function in any::<u32>(),
    ) {
        let capabilities = Capabilities {
            fourcc_list,
            video,
            audio,
            caps_ex: CapsEx::from_bits(caps_ex),
            video_function: VideoFunction::from_bits(video_function),
        };
        let mut object = Object::new();
        capabilities.write_to(&mut object);
        prop_assert_eq!(Capabilities::from_object(&object), capabilities);
    }
}
