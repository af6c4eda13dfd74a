//! The end of a publication, and of the stream.

use super::*;

#[test]
fn the_end_is_told_behind_the_last_message_and_a_return_with_fresh_headers() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    let mut player = room.join(1);
    assert_eq!(
        room.hear(&mut player),
        ["started", "video header v1 @0", "key @0"]
    );
    room.woken();

    room.send(&mut publisher, [inter(40)]);
    room.unpublish(publisher);
    assert_eq!(room.woken(), [1]);
    assert_eq!(room.hear(&mut player), ["inter @40", "ended", "waiting"]);
    assert_eq!(room.stats().log_messages, 0);

    let mut publisher = room.publish();
    assert_eq!(room.woken(), [1]);
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    // 40 ms behind the last frame: the player's time goes on.
    assert_eq!(
        room.hear(&mut player),
        ["started", "video header v1 @80", "key @80"]
    );
}

#[test]
fn headers_known_from_before_the_end_are_sent_again_even_if_they_are_skipped_in_the_log() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    let mut player = room.join(1);
    room.hear(&mut player);
    room.unpublish(publisher);
    assert_eq!(room.hear(&mut player), ["ended", "waiting"]);

    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [video_header(0, "v1"), keyframe(0), keyframe(5000)],
    );
    let heard = room.hear(&mut player);
    assert_eq!(heard, ["started", "video header v1 @5040", "key @5040"]);
}

#[test]
fn a_slow_player_is_told_of_an_end_even_if_the_publisher_is_back_already() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(0), inter(40)]);
    room.unpublish(publisher);
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    // Nothing has been told to it yet: what is over is over.
    assert_eq!(room.hear(&mut player), ["started", "key @80"]);

    room.send(&mut publisher, [inter(40)]);
    room.unpublish(publisher);
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    assert_eq!(
        room.hear(&mut player),
        ["inter @120", "ended", "started", "key @160"]
    );
}

#[test]
fn one_who_comes_after_the_end_waits_for_the_next_publisher() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut slow = room.join(1);
    assert_eq!(room.hear(&mut slow), ["started"]);
    room.send(&mut publisher, [keyframe(0), inter(40)]);
    room.unpublish(publisher);
    // The log is kept for the slow player alone.
    let mut late = room.join(2);
    assert_eq!(room.hear(&mut late), ["waiting"]);
    assert_eq!(room.hear(&mut slow), ["key @0", "inter @40", "ended", "waiting"]);
}

#[test]
fn a_stream_is_gone_when_publisher_and_players_have_left() {
    let mut room = Room::new(|_| ());
    let publisher = room.publish();
    let player = room.join(1);
    assert!(room.hub.has_publisher(&room.key));
    room.unpublish(publisher);
    assert!(!room.hub.has_publisher(&room.key));
    assert_eq!(room.hub.streams().count(), 1);
    room.hub.unsubscribe(player);
    assert_eq!(room.hub.streams().count(), 0);

    // Its successor begins from nothing, in the same place.
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(5)]);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started", "key @5"]);
}

#[test]
fn a_paused_player_is_told_of_the_end() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.hear(&mut player);
    player.pause();
    room.hear(&mut player);
    room.send(&mut publisher, [keyframe(0)]);
    room.unpublish(publisher);
    assert_eq!(room.woken(), [1]);
    assert_eq!(room.hear(&mut player), ["ended", "waiting"]);
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    assert_eq!(room.hear(&mut player), ["started"]);
    player.resume();
    assert_eq!(room.hear(&mut player), ["key @40"]);
}
