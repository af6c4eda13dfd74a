//! What the policy says.

use super::*;

struct Answers(Decision, Decision, Decision);

impl Policy for Answers {
    fn connect(&self, _: &ConnectCommand, _: Instant) -> Decision {
        self.0.clone()
    }

    fn publish(&self, key: &StreamKey, name: &StreamName, connect: &ConnectCommand) -> Decision {
        assert_eq!((key.as_str(), name.query.as_str()), ("live/key", "token=1"));
        assert_eq!(connect.app, "live");
        self.1.clone()
    }

    fn play(&self, key: &StreamKey, name: &StreamName, _: &ConnectCommand) -> Decision {
        assert_eq!((key.as_str(), name.path.as_str()), ("live/key", "live/key"));
        self.2.clone()
    }
}

use Decision::{Accept, Later};

fn no() -> Decision {
    Decision::Reject(Refusal::Denied("no".into()))
}

fn world(connect: Decision, publish: Decision, play: Decision) -> World {
    World::with_policy(Answers(connect, publish, play), |_, _, _| ())
}

#[test]
fn a_connect_may_be_refused() {
    let mut world = world(no(), Accept, Accept);
    let client = world.join();
    world.call(client, 0, &connect("live"));
    assert_eq!(
        world.heard(client),
        ["0: _error 1 NetConnection.Connect.Rejected"]
    );
    assert_eq!(world.events(client), ["refused"]);
    assert!(world.is_over(client));
}

#[test]
fn what_the_connection_refuses_by_itself_is_reported_too() {
    let mut world = world(Accept, Accept, Accept);
    let client = world.join();
    world.call(client, 0, &connect("a\nb"));
    assert_eq!(world.events(client), ["refused"]);
    assert!(world.is_over(client));
    for request in [publish(""), play("..")] {
        let client = world.connected();
        world.call(client, 1, &request);
        assert_eq!(world.events(client), ["connected", "refused"]);
        assert!(world.is_over(client));
    }
}

#[test]
fn a_publish_may_be_refused() {
    let mut world = world(Accept, no(), Accept);
    let player = world.player("key");
    let publisher = world.connected();
    world.send(publisher, [to_message(1, &publish("key?token=1")), key(0)]);
    assert_eq!(world.heard(publisher), ["1: onStatus 0 NetStream.Publish.Denied"]);
    assert_eq!(world.events(publisher), ["connected", "refused live/key"]);
    assert!(world.is_over(publisher));
    assert_eq!(world.heard(player), [""; 0]);
}

#[test]
fn a_play_may_be_refused() {
    let mut world = world(Accept, Accept, no());
    let player = world.player("key");
    assert_eq!(world.heard(player), ["1: onStatus 0 NetStream.Play.Failed"]);
    assert!(world.is_over(player));
    assert_eq!(world.streams(), 0);
}

#[test]
fn all_waits_for_a_connect_that_is_decided_later() {
    let mut world = world(Later, Accept, Accept);
    let client = world.join();
    world.send(
        client,
        [
            to_message(0, &connect("live")),
            to_message(0, &command("createStream", 2)),
            to_message(1, &publish("key?token=1")),
            key(0),
        ],
    );
    assert_eq!(world.events(client), ["asked to connect"]);
    assert_eq!(world.heard(client), [""; 0]);
    world.decide(client, Accept);
    assert_eq!(world.events(client), ["connected", "publishing live/key"]);
    assert_eq!(world.heard(client).len(), 8);
}

#[test]
fn a_publish_that_is_decided_later_holds_its_media() {
    let mut world = world(Accept, Later, Accept);
    let player = world.player("key");
    let publisher = world.connected();
    world.send(publisher, [to_message(1, &publish("key?token=1")), key(0)]);
    world.send(publisher, [inter(40)]);
    assert_eq!(
        world.events(publisher),
        ["connected", "asked to publish live/key"]
    );
    assert_eq!((world.heard(player), world.heard(publisher)), (vec![], vec![]));
    world.decide(publisher, Accept);
    assert_eq!(world.heard(player)[3..], ["1: key @0", "1: inter @40"]);
}

#[test]
fn a_play_that_is_decided_later_does_not_wait_for_a_publisher_meanwhile() {
    let mut world = world(Accept, Accept, Later);
    let player = world.player("key");
    world.pass(seconds(100));
    assert!(!world.is_over(player));
    assert_eq!(world.events(player), ["connected", "asked to play live/key"]);
    assert_eq!(world.streams(), 0);
    world.decide(player, no());
    assert_eq!(world.heard(player), ["1: onStatus 0 NetStream.Play.Failed"]);
}

#[test]
fn an_answer_to_what_was_withdrawn_does_nothing() {
    let mut world = world(Accept, Later, Accept);
    let publisher = world.connected();
    world.call(publisher, 1, &publish("key?token=1"));
    world.events(publisher);
    world.end(publisher);
    let request = world.clients[publisher].requests[0];
    let now = world.now;
    for decision in [Accept, no(), Later] {
        world.clients[publisher].session.decide(request, decision, now);
        world.settle();
    }
    assert_eq!(world.events(publisher), [""; 0]);
    assert_eq!(world.streams(), 0);
}

#[test]
fn an_answer_may_be_given_twice_and_the_last_one_counts() {
    let mut world = world(Accept, Later, Accept);
    let publisher = world.connected();
    world.call(publisher, 1, &publish("key?token=1"));
    world.events(publisher);
    let request = world.clients[publisher].requests[0];
    let now = world.now;
    let session = &mut world.clients[publisher].session;
    session.decide(request, Accept, now);
    session.decide(request, Accept, now);
    session.decide(request, no(), now);
    world.settle();
    assert_eq!(world.heard(publisher), ["1: onStatus 0 NetStream.Publish.Denied"]);
    assert_eq!(world.events(publisher), ["refused live/key"]);
    assert_eq!(world.streams(), 0);
}
