//! `onMetaData` names codecs as the headers do that go with it.

use super::*;
use crate::amf0::{self, Object, Value};
use crate::limits::Limits;
use crate::media::Class;
use crate::media::metadata::Metadata;

/// A string; an ECMA array, of so many members.
const HEAD: &[u8] = b"\x02\0\x0AonMetaData\x08\0\0\0";
const END: &[u8] = b"\0\0\x09";
const DURATION: &[u8] = b"\0\x08duration\0\0\0\0\0\0\0\0\0";
// 7; 0x61766331; 12; 0x68766331.
const VIDEO_7: &[u8] = b"\0\x0Cvideocodecid\0\x40\x1C\0\0\0\0\0\0";
const VIDEO_AVC1: &[u8] = b"\0\x0Cvideocodecid\0\x41\xD8\x5D\x98\xCC\x40\0\0";
const VIDEO_12: &[u8] = b"\0\x0Cvideocodecid\0\x40\x28\0\0\0\0\0\0";
const VIDEO_HVC1: &[u8] = b"\0\x0Cvideocodecid\0\x41\xDA\x1D\x98\xCC\x40\0\0";
// 10; 0x6D703461; 2; 0x2E6D7033.
const AUDIO_10: &[u8] = b"\0\x0Caudiocodecid\0\x40\x24\0\0\0\0\0\0";
const AUDIO_MP4A: &[u8] = b"\0\x0Caudiocodecid\0\x41\xDB\x5C\x0D\x18\x40\0\0";
const AUDIO_2: &[u8] = b"\0\x0Caudiocodecid\0\x40\0\0\0\0\0\0\0";
const AUDIO_MP3: &[u8] = b"\0\x0Caudiocodecid\0\x41\xC7\x36\xB8\x19\x80\0\0";
const ENCODER: &[u8] = b"\0\x07encoder\x02\0\x04Lavf";
// {"1": {"videocodecid": hvc1}}; {"1": {}}.
const VIDEO_MAP: &[u8] =
    b"\0\x13videoTrackIdInfoMap\x03\0\x011\x03\0\x0Cvideocodecid\0\x41\xDA\x1D\x98\xCC\x40\0\0\0\0\x09\0\0\x09";
const AUDIO_MAP: &[u8] = b"\0\x13audioTrackIdInfoMap\x03\0\x011\x08\0\0\0\0\0\0\x09\0\0\x09";

fn metadata(count: u8, members: &[&[u8]]) -> Vec<u8> {
    [HEAD, &[count], &members.concat(), END].concat()
}

fn data(payload: &[u8], reads: Reads) -> Vec<u8> {
    spelled(MediaKind::Data, payload, reads).unwrap()
}

fn matter(payload: &[u8]) -> Reads {
    Reads::that_matter_to(&message(MediaKind::Data, payload))
}

#[track_caller]
fn stays(payload: &[u8]) {
    assert_eq!(matter(payload), Reads::NOTHING);
    for reads in [Reads::NOTHING, Reads::ALL] {
        assert_eq!(data(payload, reads), payload);
    }
}

#[test]
fn codecs_of_two_names_go_by_the_one_that_is_read() {
    let are_one = |name, legacy: &[u8], enhanced: &[u8]| {
        let [legacy, enhanced] = [legacy, enhanced].map(|id| metadata(3, &[DURATION, id, ENCODER]));
        are_one(MediaKind::Data, name, &legacy, &enhanced);
        assert_eq!((matter(&legacy), matter(&enhanced)), (name, name));
    };
    are_one(Reads::AVC, VIDEO_7, VIDEO_AVC1);
    are_one(Reads::HEVC, VIDEO_12, VIDEO_HVC1);
    are_one(Reads::AAC, AUDIO_10, AUDIO_MP4A);
    are_one(Reads::MP3, AUDIO_2, AUDIO_MP3);
}

#[test]
fn audio_and_video_go_by_themselves() {
    let legacy = metadata(2, &[VIDEO_12, AUDIO_10]);
    assert_eq!(matter(&legacy), Reads::HEVC | Reads::AAC);
    assert_eq!(data(&legacy, Reads::HEVC), metadata(2, &[VIDEO_HVC1, AUDIO_10]));
    assert_eq!(data(&legacy, Reads::AAC), metadata(2, &[VIDEO_12, AUDIO_MP4A]));
    assert_eq!(data(&legacy, Reads::ALL), metadata(2, &[VIDEO_HVC1, AUDIO_MP4A]));
}

#[test]
fn an_object_and_one_behind_set_data_frame_are_metadata_too() {
    let object = |id: &[u8]| {
        let head = b"\x02\0\x0D@setDataFrame\x02\0\x0AonMetaData\x03";
        [&head[..], id, END].concat()
    };
    are_one(
        MediaKind::Data,
        Reads::HEVC,
        &object(VIDEO_12),
        &object(VIDEO_HVC1),
    );
}

#[test]
fn codecs_with_one_name_that_is_read_keep_it() {
    for id in [
        // av01; vp09; Sorenson H.263; 200, and 300, which no codec has.
        &b"\0\x0Cvideocodecid\0\x41\xD8\x5D\x8C\x0C\x40\0\0"[..],
        b"\0\x0Cvideocodecid\0\x41\xDD\x9C\x0C\x0E\x40\0\0",
        b"\0\x0Cvideocodecid\0\x40\0\0\0\0\0\0\0",
        b"\0\x0Cvideocodecid\0\x40\x69\0\0\0\0\0\0",
        b"\0\x0Cvideocodecid\0\x40\x72\xC0\0\0\0\0\0",
        // Opus; G.711 A-law; 10.5; NaN; -10.
        b"\0\x0Caudiocodecid\0\x41\xD3\xDC\x1D\x5C\xC0\0\0",
        b"\0\x0Caudiocodecid\0\x40\x1C\0\0\0\0\0\0",
        b"\0\x0Caudiocodecid\0\x40\x25\0\0\0\0\0\0",
        b"\0\x0Caudiocodecid\0\x7F\xF8\0\0\0\0\0\0",
        b"\0\x0Caudiocodecid\0\xC0\x24\0\0\0\0\0\0",
        // Text, as some encoders send it; null.
        b"\0\x0Cvideocodecid\x02\0\x04avc1",
        b"\0\x0Cvideocodecid\x02\0\x017",
        b"\0\x0Cvideocodecid\x05",
    ] {
        stays(&metadata(2, &[id, ENCODER]));
    }
}

#[test]
fn av1_by_number_becomes_its_fourcc_as_in_headers() {
    // 13.
    let legacy = metadata(1, &[b"\0\x0Cvideocodecid\0\x40\x2A\0\0\0\0\0\0"]);
    let enhanced = metadata(1, &[b"\0\x0Cvideocodecid\0\x41\xD8\x5D\x8C\x0C\x40\0\0"]);
    assert_eq!(data(&legacy, Reads::AV1), enhanced);
    assert_eq!(data(&legacy, Reads::NOTHING), legacy);
}

#[test]
fn readers_of_one_track_get_no_maps_of_tracks() {
    let payload = metadata(5, &[VIDEO_MAP, DURATION, VIDEO_HVC1, AUDIO_MAP, ENCODER]);
    assert_eq!(matter(&payload), Reads::HEVC | Reads::MULTITRACK);
    assert_eq!(
        data(&payload, Reads::HEVC),
        metadata(3, &[DURATION, VIDEO_HVC1, ENCODER])
    );
    assert_eq!(
        data(&payload, Reads::NOTHING),
        metadata(3, &[DURATION, VIDEO_12, ENCODER])
    );
    // Messages of several tracks stay as they are, and so do the maps.
    assert_eq!(
        data(&payload, Reads::MULTITRACK),
        metadata(5, &[VIDEO_MAP, DURATION, VIDEO_12, AUDIO_MAP, ENCODER])
    );
    // Who does not count goes on not to.
    assert_eq!(
        data(&metadata(0, &[DURATION, AUDIO_MAP]), Reads::ALL & Reads::AAC),
        metadata(0, &[DURATION])
    );
}

#[test]
fn an_array_that_ends_by_its_count_still_does() {
    // Another value behind the second member.
    let with = |count: u8, members: &[&[u8]]| [HEAD, &[count], &members.concat(), b"\x02\0\x01x"].concat();
    let payload = with(2, &[AUDIO_MAP, DURATION]);
    assert_eq!(data(&payload, Reads::NOTHING), with(1, &[DURATION]));
}

#[test]
fn maps_stay_where_a_reference_counts_them() {
    // To the map.
    stays(&metadata(2, &[VIDEO_MAP, b"\0\x01a\x07\0\x01"]));
    let with = |id| metadata(3, &[VIDEO_MAP, id, b"\0\x01a\x07\0\x01"]);
    assert_eq!(amf0::validate(&with(VIDEO_12), &Limits::default()), Ok(()));
    assert_eq!(data(&with(VIDEO_HVC1), Reads::NOTHING), with(VIDEO_12));
}

#[test]
fn of_several_ids_the_last_counts() {
    let payload = metadata(3, &[VIDEO_HVC1, AUDIO_10, VIDEO_AVC1]);
    assert_eq!(matter(&payload), Reads::AVC | Reads::AAC);
    assert_eq!(
        data(&payload, Reads::NOTHING),
        metadata(3, &[VIDEO_HVC1, AUDIO_10, VIDEO_7])
    );
}

#[test]
fn ids_inside_other_members_are_not_the_streams() {
    stays(&metadata(1, &[&[b"\0\x01a\x03", VIDEO_HVC1, END].concat()]));
}

#[test]
fn what_follows_the_object_stays() {
    let with = |id: &[u8]| [&metadata(1, &[id])[..], b"\xFF trailing"].concat();
    assert_eq!(data(&with(VIDEO_HVC1), Reads::NOTHING), with(VIDEO_12));
}

#[test]
fn the_end_may_be_missing() {
    let with = |id: &[u8]| [HEAD, &[1], id].concat();
    assert_eq!(data(&with(VIDEO_HVC1), Reads::NOTHING), with(VIDEO_12));
}

#[test]
fn what_is_no_metadata_or_cannot_be_read_passes() {
    for payload in [
        &b""[..],
        b"\x02\0\x0AonMetaData",
        b"\x02\0\x0AonMetaData\x05",
        b"\x02\0\x0D@setDataFrame",
        b"\x02\0\x0F@clearDataFrame\x02\0\x0AonMetaData",
        // Cut short within the id, and within what follows it.
        &metadata(1, &[VIDEO_HVC1])[..HEAD.len() + 20],
        &[HEAD, &[2], VIDEO_HVC1, b"\0\x01a\x02\0\x05x"].concat(),
        // Another handler.
        &[&b"\x02\0\x09onCuePoin\x08\0\0\0\x01"[..], VIDEO_HVC1, END].concat(),
        // No AMF 0 (a recordset).
        &[HEAD, &[2], VIDEO_HVC1, b"\0\x01a\x0E", END].concat(),
    ] {
        stays(payload);
    }
}

#[test]
fn what_exceeds_the_limits_on_data_passes() {
    let limits = Limits::default();
    let nested = |depth: usize| {
        let member = [&b"\0\x01a\x03".repeat(depth)[..], &END.repeat(depth)].concat();
        metadata(2, &[VIDEO_HVC1, &member])
    };
    // The array is the first.
    assert_ne!(matter(&nested(limits.max_amf_depth - 1)), Reads::NOTHING);
    stays(&nested(limits.max_amf_depth));
    // The handler's name, the array and the id are three.
    let long = |members: usize| metadata(0, &[VIDEO_HVC1, &b"\0\x01a\x05".repeat(members)]);
    assert_ne!(matter(&long(limits.max_amf_values - 3)), Reads::NOTHING);
    stays(&long(limits.max_amf_values - 2));
}

/// A member that may or may not concern a reader.
fn member() -> impl Strategy<Value = (&'static str, Value<'static>)> {
    let id = || {
        select(vec![
            2.0,
            7.0,
            10.0,
            12.0,
            13.0,
            14.0,
            f64::from(0x6176_6331_u32),
            f64::from(0x6876_6331_u32),
            f64::from(0x6D70_3461_u32),
            f64::from(0x2E6D_7033_u32),
        ])
    };
    let track = Object::new().with("1", Object::new().with("videocodecid", 12.0));
    prop_oneof![
        id().prop_map(|id| ("videocodecid", id.into())),
        id().prop_map(|id| ("audiocodecid", id.into())),
        Just(("videoTrackIdInfoMap", track.clone().into())),
        Just(("audioTrackIdInfoMap", track.into())),
        Just(("encoder", "Lavf".into())),
        Just(("", Value::StrictArray(vec![Value::Null, 7.0.into()]))),
    ]
}

proptest! {
    #[test]
    fn readers_get_the_same_but_for_names_and_maps(
        members in prop::collection::vec(member(), 0..8), reads in any::<u16>(), is_array in any::<bool>(),
    ) {
        let reads = Reads(reads & Reads::ALL.0);
        let object = members.into_iter().fold(Object::new(), |object, (key, value)| object.with(key, value));
        let mut payload = b"\x02\0\x0AonMetaData".to_vec();
        let value = if is_array { Value::EcmaArray(object) } else { Value::Object(object) };
        amf0::encode(&value, &mut payload);
        let message = message(MediaKind::Data, &payload);
        prop_assert_eq!(message.class(), Class::Metadata);
        let matter = Reads::that_matter_to(&message);
        prop_assert!(matter.0.count_ones() <= 3);
        prop_assert_eq!(
            respell(&message, Spelling::For(reads)),
            respell(&message, Spelling::For(reads & matter))
        );
        let read = |payload: &[u8]| Metadata::from_payload(payload, &Limits::default()).unwrap();
        let (before, respelled) = (read(&payload), data(&payload, reads));
        let after = read(&respelled);
        prop_assert_eq!(&data(&respelled, reads), &respelled);
        prop_assert_eq!(amf0::validate(&respelled, &Limits::default()), Ok(()));
        prop_assert_eq!(before.video.codec.map(|id| id.video()), after.video.codec.map(|id| id.video()));
        prop_assert_eq!(before.audio.codec.map(|id| id.audio()), after.audio.codec.map(|id| id.audio()));
        prop_assert_eq!(&before.other, &after.other);
        if reads.contains(Reads::MULTITRACK) {
            prop_assert_eq!(&before.video_tracks, &after.video_tracks);
            prop_assert_eq!(payload.len(), respelled.len());
        } else {
            prop_assert!(after.video_tracks.is_empty() && after.audio_tracks.is_empty());
        }
    }

    #[test]
    fn no_damage_to_metadata_does_harm(
        place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), reads in any::<u16>(),
    ) {
        let mut payload = metadata(5, &[VIDEO_MAP, DURATION, VIDEO_HVC1, AUDIO_MAP, AUDIO_10]);
        *place.get_mut(&mut payload) = byte;
        payload.truncate(cut.index(payload.len()));
        let reads = Reads(reads & Reads::ALL.0);
        let once = data(&payload, reads);
        prop_assert!(once.len() <= payload.len());
        prop_assert_eq!(data(&once, reads), once);
        prop_assert_eq!(data(&payload, reads), data(&payload, reads & matter(&payload)));
    }
}
