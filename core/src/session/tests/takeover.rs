//! One publisher takes over from another.

use super::*;

fn world() -> World {
    World::new(|_, _, hub| hub.takeover = true)
}

#[test]
fn the_old_publisher_is_told_and_closed_and_players_go_on() {
    let mut world = world();
    let old = world.publisher("key");
    let player = world.player("key");
    world.send(old, headers());
    world.send(old, [key(10_000), inter(10_040)]);
    world.heard(player);
    world.heard(old);
    let new = world.publisher("key");
    assert_eq!(world.heard(old), ["1: onStatus 0 NetStream.Publish.BadName"]);
    assert!(world.is_over(old));
    assert_eq!(
        world.events(old).last().unwrap(),
        "Publisher of live/key stopped after 5"
    );
    assert_eq!(world.heard(player), [""; 0], "the player is told nothing");
    world.send(new, headers());
    world.send(new, [key(0), inter(40)]);
    let heard = world.heard(player);
    let frames: Vec<u32> = heard
        .iter()
        .filter(|line| line.contains("key") || line.contains("inter"))
        .map(|line| line.rsplit('@').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(frames.len(), 2);
    assert!(frames[0] > 10_040 && frames[1] == frames[0] + 40, "{frames:?}");
    // The old one's end is nobody's affair.
    world.end(old);
    world.send(new, [inter(80)]);
    assert_eq!(world.heard(player).len(), 1);
}

/// It has media under way when it loses the stream.
#[test]
fn what_the_old_publisher_still_sends_is_not_forwarded() {
    let mut world = world();
    let old = world.publisher("key");
    let player = world.player("key");
    world.send(old, [key(0)]);
    world.heard(player);
    // The old one's driver has not yet got round to it.
    let mut wake = WakeList::new();
    let stream = StreamKey::from("live/key");
    let publication = world.shards[0].publish(&stream, None, &mut wake).unwrap();
    world.send(old, [inter(40), inter(80)]);
    assert_eq!(world.heard(player), [""; 0]);
    assert!(world.is_over(old));
    world.shards[0].unpublish(publication, &mut wake);
}

#[test]
fn a_publisher_that_has_gone_before_it_joined_throws_nobody_out() {
    let mut world = world();
    let first = world.publisher("key");
    let second = world.connected();
    let mut bytes = Vec::new();
    world.clients[second]
        .encoder
        .encode(&to_message(1, &publish("key")), ChunkSize::INITIAL, &mut bytes);
    let now = world.now;
    world.clients[second].session.handle_input(&bytes, now);
    world.clients[second].session.handle_eof(now);
    world.settle();
    assert!(!world.is_over(first));
    assert_eq!(world.events(second), ["connected"]);
}
