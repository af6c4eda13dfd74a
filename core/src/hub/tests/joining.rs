//! What one who comes is told first.

use super::*;

#[test]
fn one_who_joins_late_gets_metadata_video_and_audio_headers_and_then_the_newest_gop() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    // Encoders stamp headers with zero; audio and video headers come in any order.
    room.send(
        &mut publisher,
        [audio_header(0, "a1"), metadata(0, "m1"), video_header(0, "v1")],
    );
    room.send(
        &mut publisher,
        [keyframe(0), inter(40), keyframe(80), audio(90), inter(120)],
    );

    let mut player = room.join(1);
    assert_eq!(
        room.hear(&mut player),
        [
            "started",
            "metadata m1 @0",
            "video header v1 @80",
            "audio header a1 @80",
            "key @80",
            "audio @90",
            "inter @120",
        ]
    );
    room.send(&mut publisher, [inter(160)]);
    assert_eq!(room.hear(&mut player), ["inter @160"]);
}

#[test]
fn a_header_is_compared_by_the_bytes_that_are_sent() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let entry = publisher.encode(video_header(0, "v1"));
    let header = entry.header.unwrap();
    assert_eq!(header, video_header(0, "v1").payload);
    let sent = entry.message.bytes();
    assert_eq!(
        header.as_ptr_range().end,
        sent.as_ptr_range().end,
        "no copy of them"
    );
    room.unpublish(publisher);
}

#[test]
fn one_who_joins_at_an_older_key_frame_gets_the_headers_of_then_and_the_change_in_its_place() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0), inter(40)]);
    room.send(&mut publisher, [video_header(80, "v2"), metadata(80, "m2")]);
    let mut early = room.join(1);
    assert_eq!(
        room.hear(&mut early),
        [
            "started",
            "video header v1 @0",
            "key @0",
            "inter @40",
            "video header v2 @80",
            "metadata m2 @80"
        ]
    );
    room.send(&mut publisher, [keyframe(80)]);
    let mut late = room.join(2);
    assert_eq!(
        room.hear(&mut late),
        ["started", "metadata m2 @0", "video header v2 @80", "key @80"]
    );
}

#[test]
fn headers_that_say_nothing_new_are_relayed_and_make_no_version() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    let mut player = room.join(1);
    room.hear(&mut player);
    room.send(&mut publisher, [video_header(0, "v1"), inter(40)]);
    assert_eq!(room.hear(&mut player), ["video header v1 @0", "inter @40"]);
    // Three seconds later, after a skip, it has not become due.
    room.send(&mut publisher, [video_header(0, "v1")]);
    room.send(&mut publisher, frames(50..126, 25));
    assert_eq!(room.hear(&mut player)[..2], ["skipped 151", "key @5000"]);
}

#[test]
fn without_gop_cache_a_late_player_hears_at_once_and_sees_from_the_next_key_frame() {
    let mut room = Room::new(|config| config.start = StartAt::NextKeyframe);
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [
            video_header(0, "v1"),
            audio_header(0, "a1"),
            keyframe(0),
            inter(40),
        ],
    );
    let mut player = room.join(1);
    assert_eq!(
        room.hear(&mut player),
        ["started", "video header v1 @40", "audio header a1 @40"]
    );
    room.send(&mut publisher, [inter(80), audio(80), keyframe(120), inter(160)]);
    assert_eq!(room.hear(&mut player), ["audio @80", "key @120", "inter @160"]);
}

#[test]
fn without_gop_cache_one_who_has_waited_sees_the_first_key_frame_however_late_it_pulls() {
    let mut room = Room::new(|config| config.start = StartAt::NextKeyframe);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["waiting"]);
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0), inter(40)]);
    assert_eq!(
        room.hear(&mut player),
        ["started", "video header v1 @0", "key @0", "inter @40"]
    );
}

#[test]
fn an_audio_only_stream_starts_at_its_newest_message() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [audio_header(0, "a1"), audio(0), audio(23)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "audio header a1 @23"]);
    room.send(&mut publisher, [audio(46)]);
    assert_eq!(room.hear(&mut player), ["audio @46"]);
}

#[test]
fn a_video_only_stream_starts_at_its_key_frame() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(1000), inter(1040)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "key @1000", "inter @1040"]);
}

#[test]
fn a_stream_whose_video_is_all_of_another_track_starts_at_that_tracks_key_frame() {
    // Enhanced RTMP v2: 0x96 key frame, multitrack; 0x03 one track, coded frames without composition time;
    // then the FourCC, the track id, and the frame.
    let track_keyframe = |millis| message(MediaKind::Video, millis, b"\x96\x03avc1\x01", "frame");
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [track_keyframe(0)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "key of track 1 @0"]);
    // A default track says where to start, once there is one.
    room.send(&mut publisher, [keyframe(40), track_keyframe(40), inter(80)]);
    let mut later = room.join(2);
    assert_eq!(
        room.hear(&mut later),
        ["started", "key @40", "key of track 1 @40", "inter @80"]
    );
}

#[test]
fn a_stream_that_never_has_a_key_frame_is_shown_after_a_while_all_the_same() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started"]);
    room.send(&mut publisher, (0..599).map(|n| inter(n * 40)));
    assert_eq!(room.hear(&mut player), ["skipped 599"]);
    room.send(&mut publisher, [inter(24_000)]);
    assert_eq!(room.hear(&mut player), ["inter @24000"]);
}

#[test]
fn waiting_players_are_woken_by_the_publisher_and_see_everything_from_its_first_message() {
    let mut room = Room::new(|_| ());
    let mut player = room.join(7);
    assert_eq!(room.hear(&mut player), ["waiting"]);
    assert_eq!(room.woken(), []);
    let mut publisher = room.publish();
    assert_eq!(room.woken(), [7]);
    assert_eq!(room.hear(&mut player), ["started"]);
    room.send(&mut publisher, [metadata(0, "m1"), audio(0), keyframe(0)]);
    assert_eq!(room.woken(), [7]);
    assert_eq!(room.hear(&mut player), ["metadata m1 @0", "audio @0", "key @0"]);
}

#[test]
fn headers_stamped_with_zero_before_a_clock_that_began_long_ago_are_no_lag() {
    let mut room = Room::new(|_| ());
    let mut player = room.join(1);
    let mut publisher = room.publish();
    let day = 24 * 60 * 60 * 1000;
    room.send(
        &mut publisher,
        [metadata(0, "m1"), video_header(0, "v1"), keyframe(day)],
    );
    assert_eq!(
        room.hear(&mut player),
        ["started", "metadata m1 @0", "video header v1 @0", "key @86400000"]
    );
}

#[test]
fn cleared_metadata_is_not_shown_to_those_who_come_later() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let clear = message(
        MediaKind::Data,
        0,
        b"\x02\x00\x0F@clearDataFrame\x02\x00\x0AonMetaData",
        "",
    );
    room.send(&mut publisher, [metadata(0, "m1"), clear, keyframe(0)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "key @0"]);
}

#[test]
fn who_joins_late_is_told_nothing_of_a_codec_that_is_gone() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let say = |kind, millis, payload| message(kind, millis, payload, "");
    let (video, audio) = (MediaKind::Video, MediaKind::Audio);
    room.send(
        &mut publisher,
        [
            say(video, 0, b"\x90hvc1v"),
            say(video, 0, b"\x84hvc1c"), // colorInfo
            say(audio, 0, b"\x90Opusa"),
            say(audio, 0, b"\x94Opusl"),         // how channels lie
            say(audio, 0, b"\x95\x04Opus\x01l"), // and those of track 1
            say(video, 0, b"\x93hvc1K"),
            // AV1, of which the colours come first, and AAC.
            say(video, 40, b"\x84av01C"),
            say(video, 40, b"\x90av01V"),
            say(audio, 40, b"\xAF\0A"),
            say(video, 40, b"\x91av01K"),
        ],
    );
    let mut late = room.join(1);
    let payloads = room.payloads(&mut late);
    assert_eq!(
        payloads,
        [
            &b"\x90av01V"[..],
            b"\x84av01C",
            b"\xAF\0A",
            b"\x95\x04Opus\x01l",
            b"\x91av01K"
        ]
    );
}
