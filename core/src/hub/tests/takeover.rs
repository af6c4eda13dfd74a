//! One publisher after the other.

use super::*;

fn room() -> Room {
    Room::new(|config| config.takeover = true)
}

#[test]
fn a_second_publisher_is_refused_unless_it_may_take_over() {
    let mut room = Room::new(|_| ());
    let mut first = room.publish();
    assert!(room.hub.publish(&room.key, None, &mut room.wake).is_err());
    room.send(&mut first, [keyframe(0)]);
    room.unpublish(first);
    let second = room.publish();
    room.unpublish(second);
}

#[test]
fn the_former_publisher_is_woken_and_refused_and_its_leaving_changes_nothing() {
    let mut room = room();
    let mut first = room
        .hub
        .publish(&room.key, Some(Token(1)), &mut room.wake)
        .unwrap();
    let mut second = room
        .hub
        .publish(&room.key, Some(Token(2)), &mut room.wake)
        .unwrap();
    assert_eq!(room.woken(), [1]);
    assert!(!room.hub.is_publishing(&first));
    assert!(room.hub.is_publishing(&second));
    let entry = first.encode(keyframe(0));
    assert_eq!(
        room.hub.push(&first, entry, &mut room.wake, room.now),
        Err(NoLongerPublishing)
    );
    room.unpublish(first);
    room.send(&mut second, [keyframe(0)]);
    assert_eq!(room.stats().messages_in, 1);
}

#[test]
fn players_go_on_without_a_break_with_the_new_headers_and_rising_timestamps() {
    let mut room = room();
    let mut first = room.publish();
    room.send(
        &mut first,
        [
            video_header(0, "v1"),
            keyframe(10_000),
            inter(10_040),
            audio(10_050),
        ],
    );
    let mut player = room.join(1);
    room.hear(&mut player);

    let mut second = room.publish();
    // Headers with zero, then a clock that begins elsewhere: 500 is to be 10_090.
    room.send(
        &mut second,
        [
            metadata(0, "m2"),
            video_header(0, "v2"),
            keyframe(500),
            audio(490),
            inter(540),
        ],
    );
    assert_eq!(
        room.hear(&mut player),
        [
            "metadata m2 @10090",
            "video header v2 @10090",
            "key @10090",
            "audio @10080",
            "inter @10130",
        ]
    );
}

#[test]
fn the_timeline_goes_on_across_the_wrap() {
    let mut room = room();
    let mut first = room.publish();
    room.send(&mut first, [keyframe(0xFFFF_FFF0)]);
    let mut player = room.join(1);
    room.hear(&mut player);
    let mut second = room.publish();
    room.send(&mut second, [video_header(0, "v2"), keyframe(5), inter(45)]);
    // 40 ms behind 2^32 - 16.
    assert_eq!(
        room.hear(&mut player),
        ["video header v2 @24", "key @24", "inter @64"]
    );
}

#[test]
fn frames_of_the_second_publisher_are_not_shown_before_its_first_key_frame() {
    let mut room = room();
    let mut first = room.publish();
    room.send(&mut first, [keyframe(0)]);
    let mut player = room.join(1);
    room.hear(&mut player);
    let mut second = room.publish();
    room.send(&mut second, [inter(0), audio(0), keyframe(40), inter(80)]);
    assert_eq!(room.hear(&mut player), ["audio @40", "key @80", "inter @120"]);
}

#[test]
fn a_new_player_is_shown_nothing_of_the_former_publisher() {
    let mut room = room();
    let mut first = room.publish();
    room.send(&mut first, [video_header(0, "v1"), keyframe(0), inter(40)]);
    let mut second = room.publish();
    room.send(&mut second, [audio_header(0, "a2"), audio(0)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "audio header a2 @80"]);
}

#[test]
fn a_slow_player_is_sent_the_rest_of_the_former_publisher_first() {
    let mut room = room();
    let mut first = room.publish();
    let mut player = room.join(1);
    room.send(&mut first, [keyframe(0), inter(40)]);
    let mut second = room.publish();
    room.send(&mut second, [keyframe(0)]);
    assert_eq!(
        room.hear(&mut player),
        ["started", "key @0", "inter @40", "key @80"]
    );
}
