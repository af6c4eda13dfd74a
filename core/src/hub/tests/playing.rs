//! Waking, pausing, switching, and how much comes at a time.

use super::*;

#[test]
fn only_those_who_have_caught_up_are_woken_and_only_once() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let (mut caught_up, busy, mut left) = (room.join(1), room.join(2), room.join(3));
    room.hear(&mut caught_up);
    room.hear(&mut caught_up);
    room.hear(&mut left);
    room.hub.unsubscribe(left);
    room.send(&mut publisher, [keyframe(0), inter(40)]);
    assert_eq!(room.woken(), [1]);
    room.hub.unsubscribe(busy);
}

#[test]
fn a_paused_player_is_left_alone_until_it_returns_to_the_newest_key_frame() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut player = room.join(1);
    room.send(&mut publisher, [keyframe(0), inter(40)]);
    room.hear(&mut player);
    player.pause();
    assert_eq!(room.hear(&mut player), [""; 0]);
    room.woken();
    room.send(&mut publisher, [inter(80), keyframe(120), inter(160)]);
    assert_eq!(room.woken(), []);
    assert_eq!(room.hear(&mut player), [""; 0]);
    player.resume();
    assert_eq!(room.hear(&mut player), ["key @120", "inter @160"]);
    // No key frame in between: it goes on where it stopped.
    player.pause();
    room.send(&mut publisher, [inter(200)]);
    player.resume();
    assert_eq!(room.hear(&mut player), ["inter @200"]);
}

#[test]
fn video_switched_off_comes_back_with_its_header_at_a_key_frame() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [video_header(0, "v1"), audio_header(0, "a1"), keyframe(0)],
    );
    let mut player = room.join(1);
    player.set_receive_video(false);
    assert_eq!(room.hear(&mut player), ["started", "audio header a1 @0"]);
    room.send(&mut publisher, [inter(40), audio(40), video_header(80, "v2")]);
    assert_eq!(room.hear(&mut player), ["audio @40"]);
    player.set_receive_video(true);
    room.send(&mut publisher, [inter(80), audio(80), keyframe(120)]);
    assert_eq!(
        room.hear(&mut player),
        ["video header v2 @80", "audio @80", "key @120"]
    );
    player.set_receive_audio(false);
    room.send(&mut publisher, [audio(160), inter(160)]);
    assert_eq!(room.hear(&mut player), ["inter @160"]);
    player.set_receive_audio(true);
    room.send(&mut publisher, [audio(200)]);
    assert_eq!(room.hear(&mut player), ["audio header a1 @200", "audio @200"]);
}

#[test]
fn a_timeline_of_ones_own_begins_at_zero_and_never_before() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [
            video_header(0, "v1"),
            keyframe(100_000),
            audio(99_990),
            inter(100_040),
        ],
    );
    let options = SubscribeOptions {
        stream: MessageStreamId::new(5),
        zero_based: true,
        ..SubscribeOptions::default()
    };
    let mut player = room.hub.subscribe(&room.key, Token(1), options);
    assert_eq!(
        room.hear(&mut player),
        ["started", "video header v1 @0", "key @0", "audio @0", "inter @40"]
    );

    room.send(&mut publisher, [inter(100_080)]);
    let mut chunks = Vec::new();
    let _ = room.hub.pull(&mut player, usize::MAX, |delivery| {
        assert_eq!(delivery.stream(), MessageStreamId::new(5));
        chunks.extend(delivery.chunks());
    });
    assert_eq!(
        chunks.concat(),
        [
            0x06, // fmt 0, chunk stream 6
            0x00, 0x00, 0x50, // timestamp 80
            0x00, 0x00, 0x06, // message length
            0x09, // video
            0x05, 0x00, 0x00, 0x00, // message stream id, least significant byte first
            0x27, 0x01, 0x00, 0x00, 0x00, b'I',
        ]
    );
}

#[test]
fn players_on_the_shared_message_stream_send_the_very_same_bytes() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let (mut one, mut two) = (room.join(1), room.join(2));
    let mut bytes = Vec::new();
    for player in [&mut one, &mut two] {
        assert_eq!(room.hub.pull(player, usize::MAX, |_| ()), Pulled::Started);
        let _ = room
            .hub
            .pull(player, usize::MAX, |delivery| bytes.extend(delivery.chunks()));
    }
    assert_eq!(bytes.len(), 2);
    assert_eq!(bytes[0].as_ptr(), bytes[1].as_ptr());
}

#[test]
fn a_pull_ends_with_its_budget_and_goes_on_where_it_ended() {
    let mut room = Room::new(|_| ());
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
        room.hub.pull(&mut player, 1, |_| panic!("not started")),
        Pulled::Started
    );
    assert_eq!(
        room.hub.pull(&mut player, 0, |_| panic!("no budget")),
        Pulled::More
    );
    let mut lines = Vec::new();
    for _ in 0..4 {
        assert_eq!(
            room.hub
                .pull(&mut player, 1, |delivery| lines.push(line(&delivery))),
            Pulled::More
        );
    }
    assert_eq!(
        lines,
        ["video header v1 @0", "audio header a1 @0", "key @0", "inter @40"]
    );
    assert_eq!(
        room.hub.pull(&mut player, 1, |_| panic!("nothing left")),
        Pulled::CaughtUp
    );
}

#[test]
fn a_hub_and_its_handles_may_go_to_another_thread() {
    const fn send<T: Send>() {}
    send::<(Hub, Publication, Cursor, Entry)>();
}
