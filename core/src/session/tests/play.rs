//! Players: late, early, waiting, leaving.

use super::*;

const STARTED: [&str; 3] = [
    "StreamBegin 1",
    "1: onStatus 0 NetStream.Play.Reset",
    "1: onStatus 0 NetStream.Play.Start",
];

#[test]
fn joining_late_starts_at_the_key_frame_with_the_headers_first() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(0), inter(40), key(80), inter(120), audio(125)]);
    let player = world.player("key");
    let mut expected = STARTED.map(str::to_owned).to_vec();
    expected.extend(headers_at(80));
    expected.extend(["1: key @80", "1: inter @120", "1: audio @125"].map(str::to_owned));
    assert_eq!(world.heard(player), expected);
}

#[test]
fn a_player_may_come_before_its_publisher() {
    let mut world = World::new(|_, _, _| ());
    let player = world.player("key");
    world.pass(seconds(9));
    assert_eq!(world.heard(player), [""; 0]);
    let publisher = world.publisher("key");
    assert_eq!(world.heard(player), STARTED);
    world.send(publisher, [key(0)]);
    assert_eq!(world.heard(player), ["1: key @0"]);
    world.pass(seconds(60));
    assert!(!world.is_over(player));
}

#[test]
fn when_the_time_to_wait_is_over_there_is_no_such_stream() {
    let mut world = World::new(|config, _, _| config.wait = seconds(3));
    let player = world.player("key");
    world.pass(Duration::from_millis(2999));
    assert!(!world.is_over(player));
    world.pass(Duration::from_millis(1));
    assert_eq!(
        world.heard(player),
        ["1: onStatus 0 NetStream.Play.StreamNotFound"]
    );
    assert!(world.is_over(player));
    assert_eq!(
        world.events(player),
        ["connected", "waiting for live/key", "refused live/key"]
    );
    assert_eq!(world.streams(), 0);
}

#[test]
fn a_player_need_not_be_let_wait() {
    let mut world = World::new(|config, _, _| config.wait = Duration::ZERO);
    let player = world.player("key");
    assert_eq!(
        world.heard(player),
        ["1: onStatus 0 NetStream.Play.StreamNotFound"]
    );
    let _publisher = world.publisher("key");
    let player = world.player("key");
    assert_eq!(world.heard(player), STARTED);
}

#[test]
fn a_player_may_wait_for_ever() {
    let mut world = World::new(|config, _, _| config.wait = Duration::MAX);
    let player = world.player("key");
    world.pass(seconds(1_000_000));
    assert!(!world.is_over(player));
}

#[test]
fn a_player_that_waits_no_longer_leaves_nothing_behind() {
    for end in [
        command("closeStream", 0),
        command("deleteStream", 0).with(1.0),
        command("close", 0),
    ] {
        let mut world = World::new(|_, _, _| ());
        let player = world.player("key");
        assert_eq!(world.streams(), 1);
        world.call(player, 1, &end);
        assert_eq!(world.streams(), 0);
        let publisher = world.publisher("key");
        world.send(publisher, [key(0)]);
        assert_eq!(world.heard(player), [""; 0]);
    }
}

#[test]
fn what_comes_and_goes_in_one_read_never_joins() {
    let mut world = World::new(|_, _, _| ());
    let player = world.connected();
    world.send(
        player,
        [
            to_message(1, &play("key")),
            to_message(1, &command("closeStream", 0)),
            to_message(1, &play("other")),
        ],
    );
    assert_eq!(world.events(player), ["connected", "waiting for live/other"]);
    let keys: Vec<_> = world.shards[0].streams().map(|stream| stream.key).collect();
    assert_eq!(keys, [StreamKey::from("live/other")]);
}

#[test]
fn a_player_stays_when_its_publisher_leaves_and_goes_on_with_the_next() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(0), inter(40)]);
    let player = world.player("key");
    world.heard(player);
    world.end(publisher);
    assert_eq!(
        world.heard(player),
        ["StreamEOF 1", "1: onStatus 0 NetStream.Play.UnpublishNotify"]
    );
    world.pass(seconds(100));
    assert!(!world.is_over(player));
    let publisher = world.publisher("key");
    assert_eq!(
        world.heard(player),
        ["StreamBegin 1", "1: onStatus 0 NetStream.Play.PublishNotify"]
    );
    world.send(publisher, headers());
    // Not before a key frame: what it would need to be decoded has never come.
    world.send(publisher, [inter(0), key(40)]);
    let heard = world.heard(player);
    assert_eq!(heard.len(), 4, "{heard:?}");
    assert!(heard[3].starts_with("1: key @"), "{heard:?}");
}

#[test]
fn a_duration_ends_the_play() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.connected();
    world.call(player, 1, &play("key").with(-2.0).with(100.0));
    world.send(publisher, [key(5000), inter(5100), inter(5101), inter(5140)]);
    assert_eq!(
        world.heard(player)[3..],
        [
            "1: key @5000",
            "1: inter @5100",
            "1: onStatus 0 NetStream.Play.Stop",
            "StreamEOF 1"
        ]
    );
    assert!(!world.is_over(player), "the connection can be used again");
    world.call(player, 1, &play("key"));
    assert_eq!(world.heard(player)[..3], STARTED);
}

#[test]
fn a_duration_begins_with_the_first_frame_and_not_with_the_metadata() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(5000), inter(5040)]);
    let player = world.connected();
    world.call(player, 1, &play("key").with(-2.0).with(100.0));
    world.send(publisher, [inter(5100), inter(5140)]);
    let heard = world.heard(player);
    assert_eq!(heard[3..6], headers_at(5000));
    assert_eq!(heard[6..9], ["1: key @5000", "1: inter @5040", "1: inter @5100"]);
    assert_eq!(heard[9], "1: onStatus 0 NetStream.Play.Stop");
}

#[test]
fn a_duration_ends_the_play_though_the_stream_ends_at_the_same_time() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.connected();
    world.call(player, 1, &play("key").with(-2.0).with(0.0));
    world.send(
        publisher,
        [
            key(0),
            inter(40),
            to_message(0, &command("deleteStream", 0).with(1.0)),
        ],
    );
    assert_eq!(
        world.heard(player)[3..],
        ["1: key @0", "1: onStatus 0 NetStream.Play.Stop", "StreamEOF 1"]
    );
}

#[test]
fn timestamps_may_begin_at_zero_for_each_player() {
    let mut world = World::new(|config, _, _| config.zero_based = true);
    let publisher = world.publisher("key");
    world.send(publisher, [key(0x0100_0000), inter(0x0100_0028)]);
    let player = world.player("key");
    assert_eq!(world.heard(player)[3..], ["1: key @0", "1: inter @40"]);
}

#[test]
fn any_message_stream_can_play() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.connected();
    world.call(player, 0, &command("createStream", 3));
    world.call(player, 2, &play("key"));
    world.heard(player);
    world.send(publisher, [large(key(0), 3000), audio(3)]);
    assert_eq!(world.heard(player), ["2: key @0", "2: audio @3"]);
}

#[test]
fn two_plays_of_one_connection_do_not_mix() {
    let mut world = World::new(|_, _, _| ());
    let a = world.publisher("a");
    let b = world.publisher("1");
    let player = world.player("a");
    world.call(player, 0, &command("createStream", 3));
    world.call(player, 2, &play("1"));
    world.heard(player);
    world.send(a, [key(1)]);
    world.send(b, [key(2)]);
    assert_eq!(world.heard(player), ["1: key @1", "2: key @2"]);
    world.end(a);
    world.heard(player);
    world.send(b, [inter(42)]);
    assert_eq!(world.heard(player), ["2: inter @42"]);
}

#[test]
fn a_paused_player_is_sent_nothing_and_goes_on_at_the_newest_key_frame() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.send(publisher, [key(0)]);
    world.heard(player);
    world.call(player, 1, &command("pause", 0).with(true).with(0.0));
    world.send(publisher, [inter(40), key(80), inter(120)]);
    assert_eq!(
        world.heard(player),
        ["1: onStatus 0 NetStream.Pause.Notify", "StreamEOF 1"]
    );
    world.call(player, 1, &command("pause", 0).with(false).with(0.0));
    assert_eq!(
        world.heard(player),
        [
            "StreamBegin 1",
            "1: onStatus 0 NetStream.Unpause.Notify",
            "1: key @80",
            "1: inter @120"
        ]
    );
}

#[test]
fn a_player_may_switch_off_audio_before_it_has_started() {
    let mut world = World::new(|_, _, _| ());
    let player = world.connected();
    world.send(
        player,
        [
            to_message(1, &play("key")),
            to_message(1, &command("receiveAudio", 0).with(false)),
        ],
    );
    let publisher = world.publisher("key");
    world.heard(player);
    world.send(publisher, [key(0), audio(1), inter(40)]);
    assert_eq!(world.heard(player), ["1: key @0", "1: inter @40"]);
    world.call(player, 1, &command("receiveAudio", 0).with(true));
    world.heard(player);
    world.send(publisher, [audio(41)]);
    assert_eq!(world.heard(player), ["1: audio @41"]);
}

#[test]
fn seeking_in_a_live_stream_goes_to_the_newest_key_frame() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.send(publisher, [key(0)]);
    world.heard(player);
    world.call(player, 1, &command("seek", 0).with(90_000.0));
    assert_eq!(world.heard(player).len(), 4);
    world.send(publisher, [inter(40)]);
    assert_eq!(world.heard(player), ["1: inter @40"]);
}
