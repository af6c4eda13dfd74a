//! From a publisher to its players.

use super::*;

#[test]
fn what_is_published_is_played() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    assert_eq!(
        world.heard(publisher),
        ["StreamBegin 1", "1: onStatus 0 NetStream.Publish.Start"]
    );
    assert_eq!(world.events(publisher), ["connected", "publishing live/key"]);
    let player = world.player("key");
    assert_eq!(
        world.heard(player),
        [
            "StreamBegin 1",
            "1: onStatus 0 NetStream.Play.Reset",
            "1: onStatus 0 NetStream.Play.Start"
        ]
    );
    assert_eq!(world.events(player), ["connected", "playing live/key"]);
    world.send(publisher, headers());
    world.send(publisher, [key(0), audio(10), inter(40)]);
    let mut expected = headers_at(0).to_vec();
    expected.extend(["1: key @0", "1: audio @10", "1: inter @40"].map(str::to_owned));
    assert_eq!(world.heard(player), expected);
}

#[test]
fn metadata_in_amf3_are_played_in_amf0_also_by_those_who_join_later() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let early = world.player("key");
    world.heard(early);
    // "@setDataFrame", "onMetaData", and as AMF 3 an object without properties.
    let payload = b"\x00\x02\x00\x0D@setDataFrame\x02\x00\x0AonMetaData\x11\x0A\x0B\x01\x01";
    let [_, video_header, audio_header] = headers();
    world.send(
        publisher,
        [
            message(MessageType::DataAmf3, 1, 0, payload),
            video_header,
            audio_header,
            key(0),
        ],
    );
    let mut expected = headers_at(0).to_vec();
    expected.push("1: key @0".to_owned());
    assert_eq!(world.heard(early), expected);
    let late = world.player("key");
    assert_eq!(world.heard(late)[3..], expected);
}

#[test]
fn media_in_the_read_of_publish_are_played() {
    let mut world = World::new(|_, _, _| ());
    let player = world.player("key");
    let publisher = world.connected();
    let mut messages = vec![to_message(1, &publish("key"))];
    messages.extend(headers());
    messages.extend([key(0), inter(40)]);
    world.send(publisher, messages);
    let heard = world.heard(player);
    assert_eq!(heard[3..6], headers_at(0));
    assert_eq!(heard[6..], ["1: key @0", "1: inter @40"]);
}

#[test]
fn publish_media_and_end_in_one_read_are_all_taken() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.connected();
    world.send(
        publisher,
        [
            to_message(1, &publish("key")),
            key(0),
            inter(40),
            to_message(0, &command("deleteStream", 0).with(1.0)),
        ],
    );
    assert_eq!(
        world.events(publisher),
        [
            "connected",
            "publishing live/key",
            "Publisher of live/key stopped after 2"
        ]
    );
    assert_eq!(world.streams(), 0);
}

#[test]
fn the_end_of_the_connection_ends_the_stream() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.send(publisher, [key(0)]);
    world.end(publisher);
    assert_eq!(
        world.heard(player)[4..],
        ["StreamEOF 1", "1: onStatus 0 NetStream.Play.UnpublishNotify"]
    );
    assert!(world.is_over(publisher));
    assert!(!world.is_over(player));
    world.end(player);
    assert_eq!(world.streams(), 0, "nothing is left behind");
}

#[test]
fn a_name_in_use_is_refused_and_the_connection_ends() {
    let mut world = World::new(|_, _, _| ());
    let first = world.publisher("key");
    let second = world.publisher("key");
    assert_eq!(world.heard(second), ["1: onStatus 0 NetStream.Publish.BadName"]);
    assert_eq!(world.events(second), ["connected", "refused live/key"]);
    assert!(world.is_over(second));
    let player = world.player("key");
    world.send(first, [key(0)]);
    assert_eq!(world.heard(player).last().unwrap(), "1: key @0");
}

#[test]
fn a_name_is_free_again_for_the_same_connection() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.send(
        publisher,
        [
            to_message(1, &command("closeStream", 0)),
            to_message(1, &publish("key")),
        ],
    );
    assert_eq!(
        world.heard(publisher).last().unwrap(),
        "1: onStatus 0 NetStream.Publish.Start"
    );
}

#[test]
fn two_streams_of_one_connection_go_to_their_shards_in_order() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.connected();
    let players = [world.player("a"), world.player("1")];
    world.call(publisher, 0, &command("createStream", 3));
    let mut to_1 = key(7);
    to_1.stream = MessageStreamId::new(2);
    world.send(
        publisher,
        [
            to_message(1, &publish("a")),
            to_message(2, &publish("1")),
            key(5),
            to_1,
        ],
    );
    assert_eq!(world.heard(players[0]).last().unwrap(), "1: key @5");
    assert_eq!(world.heard(players[1]).last().unwrap(), "1: key @7");
    assert_eq!(world.clients[publisher].lent, [0, 1, 0, 1]);
    world.end(publisher);
    for player in players {
        assert_eq!(
            world.heard(player).last().unwrap(),
            "1: onStatus 0 NetStream.Play.UnpublishNotify"
        );
        world.end(player);
    }
    assert_eq!(world.streams(), 0);
}

#[test]
fn a_session_publishes_and_plays_at_one_time() {
    let mut world = World::new(|_, _, _| ());
    let client = world.publisher("a");
    world.call(client, 0, &command("createStream", 3));
    world.call(client, 2, &play("a"));
    world.heard(client);
    world.send(client, [key(0)]);
    assert_eq!(world.heard(client), ["2: key @0"]);
}

/// Of what has ended last.
fn summary(world: &mut World, id: Id) -> Summary {
    let mut last = None;
    while let Some(event) = world.clients[id].session.poll_event() {
        last = Some(event);
    }
    let Some(SessionEvent::Stopped { summary, .. }) = last else {
        unreachable!("the last event");
    };
    summary
}

#[test]
fn the_summary_says_how_long_it_lasted_not_how_long_a_player_waited() {
    let mut world = World::new(|_, connection, _| connection.limits.publisher_timeout = seconds(60));
    let player = world.player("key");
    world.pass(seconds(3));
    let publisher = world.publisher("key");
    world.pass(seconds(5));
    world.end(player);
    world.pass(seconds(2));
    world.end(publisher);
    assert_eq!(summary(&mut world, player).duration, seconds(5));
    assert_eq!(summary(&mut world, publisher).duration, seconds(7));
}

#[test]
fn the_summary_names_the_codecs() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(0), audio(0)]);
    world.end(publisher);
    let summary = summary(&mut world, publisher);
    assert_eq!(summary.messages, 5);
    assert!(summary.video.is_some() && summary.audio.is_some());
}

#[test]
fn sessions_can_be_moved_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<ServerSession>();
}
