//! What a stream and a slow player may cost.

use super::*;

#[test]
fn the_log_reaches_back_to_the_newest_key_frame_or_the_allowed_lag_whichever_is_further() {
    let mut room = Room::new(|config| config.max_lag = seconds(1));
    let mut publisher = room.publish();
    // A GOP of two seconds, one and a half times.
    room.send(
        &mut publisher,
        (0..76).map(|n| {
            if n % 50 == 0 {
                keyframe(n * 40)
            } else {
                inter(n * 40)
            }
        }),
    );
    // Key frame at 2000 and now is 3000: the second that is allowed begins at the key frame.
    assert_eq!(room.stats().log_messages, 26);
    room.send(&mut publisher, (76..90).map(|n| inter(n * 40)));
    assert_eq!(room.stats().log_messages, 40);
    assert_eq!(room.stats().frames_since_keyframe, 39);
}

#[test]
fn a_silence_of_the_publisher_is_no_lag_of_its_players() {
    let mut room = Room::new(|config| config.max_lag = seconds(1));
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    room.hear(&mut player);
    // Five seconds later it goes on, with headers that say when the last frame was.
    room.send(
        &mut publisher,
        [
            metadata(0, "m1"),
            video_header(0, "v1"),
            audio_header(0, "a1"),
            keyframe(5000),
            audio(5000),
        ],
    );
    assert_eq!(
        room.hear(&mut player),
        [
            "metadata m1 @0",
            "video header v1 @0",
            "audio header a1 @0",
            "key @5000",
            "audio @5000"
        ]
    );
    assert_eq!(room.stats().messages_skipped, 0);
}

#[test]
fn without_gop_cache_the_log_reaches_back_to_the_allowed_lag_only() {
    let mut room = Room::new(|config| {
        config.max_lag = seconds(1);
        config.start = StartAt::NextKeyframe;
    });
    let mut publisher = room.publish();
    room.send(&mut publisher, frames(0..100, 100));
    assert_eq!(room.stats().log_messages, 2 * 26);
}

#[test]
fn a_gop_beyond_the_limit_of_messages_is_no_starting_point_until_the_next_key_frame() {
    let mut room = Room::new(|config| config.max_log_messages = 10);
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    room.send(&mut publisher, (1..10).map(|n| inter(n * 40)));
    assert_eq!(room.stats().log_messages, 10);
    let mut in_time = room.join(1);
    assert_eq!(room.hear(&mut in_time).len(), 11);

    room.send(&mut publisher, [inter(400)]);
    assert_eq!(room.stats().log_messages, 10);
    let mut player = room.join(2);
    assert_eq!(room.hear(&mut player), ["started"]);
    room.send(&mut publisher, [inter(440), keyframe(480)]);
    assert_eq!(room.hear(&mut player), ["key @480"]);
}

#[test]
fn beyond_the_limit_of_all_logs_a_stream_that_grows_goes_back_to_an_equal_share() {
    // Three messages of 18 bytes for two streams.
    let mut room = Room::new(|config| config.max_total_log_bytes = 3 * 18);
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0), inter(40)]);
    assert_eq!(room.hub.log_bytes(), 36);

    let elsewhere = StreamKey::from("live/elsewhere");
    let mut other = room.hub.publish(&elsewhere, None, &mut room.wake).unwrap();
    room.send(&mut other, [keyframe(0)]);
    assert_eq!(room.hub.log_bytes(), 54, "at the limit nobody gives anything up");
    room.send(&mut other, [inter(40)]);
    assert_eq!(
        room.hub.log_bytes(),
        54,
        "the one that grew is down to its share, one message"
    );
    let messages: Vec<_> = room.hub.streams().map(|stats| stats.log_messages).collect();
    assert_eq!(messages, [1, 2], "the one that did not grow keeps what it had");
    let mut player = room
        .hub
        .subscribe(&elsewhere, Token(1), SubscribeOptions::default());
    assert_eq!(room.hear(&mut player), ["started"], "its key frame has gone");

    room.hub.unsubscribe(player);
    room.hub.unpublish(other, &mut room.wake);
    room.unpublish(publisher);
    assert_eq!((room.hub.log_bytes(), room.hub.logs), (0, 0));
}

#[test]
fn a_gop_beyond_the_limit_of_bytes_is_no_starting_point_until_the_next_key_frame() {
    // A message of one chunk has 12 bytes of header: these have 18.
    let mut room = Room::new(|config| config.max_log_bytes = 5 * 18);
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [keyframe(0), inter(40), inter(80), inter(120), inter(160)],
    );
    assert_eq!(room.stats().log_bytes, 90);
    let mut in_time = room.join(1);
    assert_eq!(room.hear(&mut in_time).len(), 6);
    room.send(&mut publisher, [inter(200)]);
    assert_eq!(room.stats().log_bytes, 90);
    let mut player = room.join(2);
    assert_eq!(room.hear(&mut player), ["started"]);
}

#[test]
fn what_is_left_of_a_gop_that_has_lost_its_key_frame_is_kept_for_the_allowed_lag_only() {
    let mut room = Room::new(|config| {
        config.max_lag = seconds(1);
        config.max_log_messages = 100;
    });
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    room.send(&mut publisher, (1..100).map(|n| inter(n * 40)));
    assert_eq!(room.stats().log_messages, 100);
    room.send(&mut publisher, [inter(4000)]);
    assert_eq!(room.stats().log_messages, 26);
}

#[test]
fn one_message_larger_than_the_limit_still_reaches_those_who_are_there() {
    let mut room = Room::new(|config| config.max_log_bytes = 10);
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(0)]);
    assert_eq!(room.hear(&mut player), ["started", "key @0"]);
    room.send(&mut publisher, [inter(40)]);
    assert_eq!(room.hear(&mut player), ["inter @40"]);
    assert_eq!(room.stats().log_messages, 1);
}

#[test]
fn a_player_behind_by_more_than_the_lag_skips_to_the_newest_key_frame_and_is_told_how_much() {
    let mut room = Room::new(|config| config.max_lag = seconds(2));
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), metadata(0, "m1")]);
    let mut player = room.join(1);
    room.send(&mut publisher, frames(0..25, 25));
    assert_eq!(room.hear(&mut player).len(), 3 + 50);

    room.send(&mut publisher, frames(25..40, 25));
    room.send(&mut publisher, [video_header(0, "v2")]);
    room.send(&mut publisher, frames(50..76, 25));
    // It is at 1000 and now is 3000: not more than 2 seconds.
    let lag = |room: &Room, cursor: &Cursor| (room.stats().log_messages, cursor.next);
    assert_eq!(lag(&room, &player), (30 + 1 + 52, 52));
    room.send(&mut publisher, [inter(3040)]);
    assert_eq!(
        room.hear(&mut player)[..4],
        ["skipped 81", "video header v2 @3000", "key @3000", "audio @3000"]
    );
    assert_eq!(room.stats().messages_skipped, 81);
}

#[test]
fn a_player_behind_by_more_than_the_lag_in_bytes_skips_too() {
    let mut room = Room::new(|config| config.max_lag_bytes = 3 * 18);
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(0), inter(1), keyframe(2)]);
    assert_eq!(
        room.hear(&mut player),
        ["started", "key @0", "inter @1", "key @2"]
    );
    room.send(&mut publisher, [inter(3), inter(4), keyframe(5), inter(6)]);
    assert_eq!(room.hear(&mut player), ["skipped 2", "key @5", "inter @6"]);
}

#[test]
fn a_player_that_lags_within_the_newest_gop_is_sent_all_of_it() {
    let mut room = Room::new(|config| config.max_lag = seconds(1));
    let mut publisher = room.publish();
    room.send(&mut publisher, frames(0..100, 1000));
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player).len(), 1 + 200);
}

#[test]
fn a_player_trimmed_away_goes_on_at_the_end_with_sound_and_sees_from_the_next_key_frame() {
    let mut room = Room::new(|config| config.max_log_messages = 4);
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(0)]);
    assert_eq!(room.hear(&mut player), ["started", "key @0"]);
    room.send(&mut publisher, (1..6).map(|n| inter(n * 40)));
    assert_eq!(room.hear(&mut player), ["skipped 5"]);
    room.send(&mut publisher, [inter(240), audio(240), keyframe(280)]);
    assert_eq!(room.hear(&mut player), ["audio @240", "key @280"]);
}

#[test]
fn a_lagging_player_of_sound_alone_skips_to_the_newest_message() {
    let mut room = Room::new(|config| config.max_lag = seconds(1));
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, (0..3).map(|n| audio(n * 20)));
    assert_eq!(room.hear(&mut player).len(), 4);
    room.send(&mut publisher, (3..100).map(|n| audio(n * 20)));
    assert_eq!(room.hear(&mut player), ["skipped 97"]);
    room.send(&mut publisher, [audio(2000)]);
    assert_eq!(room.hear(&mut player), ["audio @2000"]);
}

#[test]
fn a_stuck_player_costs_no_memory_and_is_not_woken() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut stuck = room.join(1);
    assert_eq!(room.hub.pull(&mut stuck, usize::MAX, |_| ()), Pulled::Started);
    room.send(&mut publisher, frames(0..10_000, 50));
    assert_eq!(room.woken(), []);
    // Two seconds back to a key frame, or one GOP.
    assert!(room.stats().log_messages <= 2 * 51);
    assert!(matches!(
        room.hub.pull(&mut stuck, usize::MAX, |_| ()),
        Pulled::Skipped { messages: 19_900 }
    ));
}

#[test]
fn a_header_stamped_with_zero_in_the_middle_makes_nobody_lag() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(100_000), inter(100_040)]);
    room.hear(&mut player);
    room.send(&mut publisher, [video_header(0, "v2"), keyframe(100_080)]);
    assert_eq!(room.hear(&mut player), ["video header v2 @0", "key @100080"]);
}

#[test]
fn an_encoder_clock_that_begins_anew_does_not_age_what_comes_after() {
    let mut room = Room::new(|config| {
        config.start = StartAt::NextKeyframe;
        config.max_log_messages = 4;
    });
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(3_600_000), audio(3_600_000)]);
    // The camera is covered: sound alone goes on.
    room.send(&mut publisher, (0..4).map(|n| audio(n * 20)));
    assert_eq!(room.stats().log_messages, 4);
}

#[test]
fn timestamps_that_wrap_are_no_lag() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(
        &mut publisher,
        [keyframe(0xFFFF_FFF0), inter(0x10), keyframe(0x38)],
    );
    assert_eq!(
        room.hear(&mut player),
        ["started", "key @4294967280", "inter @16", "key @56"]
    );
}

#[test]
fn a_header_too_long_to_keep_is_relayed_and_ends_the_reign_of_the_last() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let fits = "v".repeat(HubConfig::default().max_header_len - 5);
    room.send(&mut publisher, [video_header(0, &fits), keyframe(0)]);
    let mut player = room.join(1);
    assert_eq!(
        room.hear(&mut player),
        ["started", &format!("video header {fits} @0"), "key @0"]
    );

    let too_long = "w".repeat(HubConfig::default().max_header_len - 4);
    room.send(&mut publisher, [video_header(40, &too_long), keyframe(40)]);
    assert_eq!(
        room.hear(&mut player),
        [&format!("video header {too_long} @40"), "key @40"]
    );
    let mut late = room.join(2);
    assert_eq!(room.hear(&mut late), ["started", "key @40"]);
}

#[test]
fn headers_of_so_many_tracks_are_kept_and_no_more() {
    // Enhanced RTMP v2: 0x96 key frame, multitrack; 0x00 one track, sequence start; FourCC, track id, record.
    let header = |track: u8| {
        message(
            MediaKind::Video,
            0,
            &[&b"\x96\x00avc1"[..], &[track]].concat(),
            "record",
        )
    };
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, (0..=u8::MAX).map(header));
    room.send(&mut publisher, [keyframe(0)]);
    let mut player = room.join(1);
    assert_eq!(
        room.hear(&mut player).len(),
        1 + HubConfig::default().max_tracks + 1
    );
}
