//! The end of sessions, and of the server.

use super::*;

#[test]
fn a_server_that_stops_tells_publishers_and_players_and_leaves_the_hub() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    let waiting = world.player("other");
    for id in [publisher, player, waiting] {
        world.heard(id);
        let now = world.now;
        world.clients[id].session.shut_down(now);
    }
    world.settle();
    assert_eq!(
        world.heard(publisher)[1..],
        [
            "1: onStatus 0 NetStream.Unpublish.Success",
            "0: onStatus 0 NetConnection.Connect.AppShutdown"
        ]
    );
    assert_eq!(
        world.heard(player),
        [
            "StreamEOF 1",
            "1: onStatus 0 NetStream.Play.UnpublishNotify",
            "0: onStatus 0 NetConnection.Connect.AppShutdown"
        ]
    );
    assert_eq!(
        world.heard(waiting),
        ["0: onStatus 0 NetConnection.Connect.AppShutdown"]
    );
    for id in [publisher, player, waiting] {
        let session = &world.clients[id].session;
        assert!(session.is_over() && session.error().is_none());
        assert_eq!((session.poll_timeout(), session.wants_hub()), (None, None));
    }
    assert_eq!(world.streams(), 0);
}

#[test]
fn a_publisher_cut_off_in_a_message_loses_only_that_message() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.send(publisher, [key(0)]);
    let mut bytes = Vec::new();
    world.clients[publisher]
        .encoder
        .encode(&inter(40), ChunkSize::INITIAL, &mut bytes);
    let now = world.now;
    world.clients[publisher]
        .session
        .handle_input(&bytes[..bytes.len() - 1], now);
    world.end(publisher);
    assert!(world.clients[publisher].session.error().is_some());
    assert_eq!(
        world.heard(player)[3..],
        [
            "1: key @0",
            "StreamEOF 1",
            "1: onStatus 0 NetStream.Play.UnpublishNotify"
        ]
    );
}

#[test]
fn a_faulty_publisher_touches_nobody_else() {
    let mut world = World::new(|_, _, _| ());
    let good = world.publisher("good");
    let bad = world.publisher("bad");
    let player = world.player("good");
    world.heard(player);
    world.send(bad, [key(0), message(MessageType::CommandAmf0, 0, 0, &[5])]);
    assert!(world.is_over(bad));
    world.send(good, [key(0)]);
    assert_eq!(world.heard(player), ["1: key @0"]);
}

#[test]
fn a_silent_publisher_frees_its_name() {
    let mut world = World::new(|_, connection, _| connection.limits.publisher_timeout = seconds(20));
    let publisher = world.publisher("key");
    world.heard(publisher);
    world.pass(seconds(20));
    assert_eq!(world.heard(publisher), ["1: onStatus 0 NetStream.Publish.Idle"]);
    assert!(world.is_over(publisher));
    let next = world.publisher("key");
    assert!(!world.is_over(next));
}

#[test]
fn inputs_after_the_end_do_nothing() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    world.end(publisher);
    world.events(publisher);
    world.heard(publisher);
    world.send(publisher, [key(0)]);
    let now = world.now;
    world.clients[publisher].session.handle_wake();
    world.clients[publisher].session.shut_down(now);
    world.end(publisher);
    world.pass(seconds(1000));
    assert_eq!(
        (world.heard(publisher), world.events(publisher)),
        (vec![], vec![])
    );
}
