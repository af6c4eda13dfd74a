//! Messages that wait for company.

use super::*;

const LATENCY: Duration = Duration::from_millis(100);

fn patient() -> World {
    World::new(|config, _, _| config.write_latency = LATENCY)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A publisher, and a player that has been sent all there is.
fn playing(world: &mut World) -> (Id, Id) {
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(0)]);
    let player = world.player("key");
    assert_eq!(world.heard(player).len(), 7);
    (publisher, player)
}

#[test]
fn what_comes_within_the_latency_leaves_together() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.pass(millis(60));
    world.send(publisher, [audio(45), inter(80)]);
    world.pass(millis(39));
    assert_eq!(world.heard(player), [""; 0]);
    world.pass(millis(1));
    assert_eq!(
        world.heard(player),
        ["1: inter @40", "1: audio @45", "1: inter @80"]
    );
    // The next has its own time to wait, and nothing waits when there is nothing.
    world.pass(seconds(1));
    world.send(publisher, [inter(120)]);
    world.pass(millis(99));
    assert_eq!(world.heard(player), [""; 0]);
    world.pass(millis(1));
    assert_eq!(world.heard(player), ["1: inter @120"]);
}

#[test]
fn a_timeout_before_the_deadline_changes_nothing_and_a_late_one_is_as_good() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    let deadline = world.now + LATENCY;
    for _ in 0..9 {
        world.now += millis(11);
        world.release();
        world.settle();
        assert_eq!(world.shards[0].poll_timeout(), Some(deadline));
        assert_eq!(world.heard(player), [""; 0]);
    }
    world.now += seconds(1);
    world.release();
    world.settle();
    assert_eq!(world.shards[0].poll_timeout(), None);
    assert_eq!(world.heard(player), ["1: inter @40"]);
}

#[test]
fn a_held_player_is_not_woken_again() {
    let mut world = patient();
    let (publisher, _player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    let mut wake = WakeList::new();
    let mut bytes = Vec::new();
    let (client, now) = (&mut world.clients[publisher], world.now);
    client.encoder.encode(&inter(80), ChunkSize::INITIAL, &mut bytes);
    client.session.handle_input(&bytes, now);
    client.session.sync(&mut world.shards[0], &mut wake, 0, now);
    assert!(wake.is_empty());
}

#[test]
fn joining_late_is_not_held() {
    let mut world = patient();
    let publisher = world.publisher("key");
    world.send(publisher, headers());
    world.send(publisher, [key(0), inter(40)]);
    let player = world.player("key");
    assert_eq!(world.heard(player).len(), 8);
}

#[test]
fn a_player_that_came_before_its_publisher_is_held_after_the_first_frame_only() {
    let mut world = patient();
    let player = world.player("key");
    for _ in 0..2 {
        let publisher = world.publisher("key");
        assert!(world.heard(player).iter().any(|line| line == "StreamBegin 1"));
        world.send(publisher, headers());
        assert_eq!(world.heard(player).len(), 3);
        world.send(publisher, [key(0)]);
        assert_eq!(world.heard(player).len(), 1);
        world.send(publisher, [inter(40)]);
        assert_eq!(world.heard(player), [""; 0]);
        world.pass(LATENCY);
        assert_eq!(world.heard(player).len(), 1);
        // The end is told at once, and so is the next beginning.
        world.end(publisher);
        assert!(world.heard(player).iter().any(|line| line == "StreamEOF 1"));
    }
}

#[test]
fn a_player_that_is_held_hears_of_the_end_at_once_after_all_that_came_before() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.pass(millis(10));
    assert_eq!(world.heard(player), [""; 0]);
    world.end(publisher);
    let expected = [
        "1: inter @40",
        "StreamEOF 1",
        "1: onStatus 0 NetStream.Play.UnpublishNotify",
    ];
    assert_eq!(world.heard(player), expected);
}

#[test]
fn a_stream_that_comes_back_within_the_latency_has_a_time_of_its_own() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.end(publisher);
    world.pass(millis(50));
    let publisher = world.publisher("key");
    world.send(publisher, [key(80)]);
    world.heard(player);
    world.send(publisher, [inter(120)]);
    assert_eq!(world.heard(player), [""; 0]);
    // The time that was set for the one before is not this one's.
    world.pass(millis(99));
    assert_eq!(world.heard(player), [""; 0]);
    world.pass(millis(1));
    assert_eq!(world.heard(player), ["1: inter @120"]);
}

#[test]
fn all_players_of_a_stream_are_woken_together() {
    let mut world = patient();
    let (publisher, first) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.pass(millis(60));
    // It has been sent everything, and waits for the time that is set.
    let second = world.player("key");
    world.heard(second);
    world.send(publisher, [inter(80)]);
    world.pass(millis(40));
    assert_eq!(world.heard(first), ["1: inter @40", "1: inter @80"]);
    assert_eq!(world.heard(second), ["1: inter @80"]);
}

#[test]
fn a_publisher_that_is_taken_over_from_is_told_at_once() {
    let mut world = World::new(|config, _, hub| {
        config.write_latency = LATENCY;
        hub.takeover = true;
    });
    let (old, player) = playing(&mut world);
    world.send(old, [inter(40)]);
    let new = world.publisher("key");
    assert!(world.is_over(old));
    world.send(new, [key(0), inter(40)]);
    world.pass(LATENCY);
    assert_eq!(
        world.heard(player),
        ["1: inter @40", "1: key @80", "1: inter @120"]
    );
}

#[test]
fn what_is_held_is_sent_when_the_server_stops() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    let other = world.publisher("1");
    world.send(other, [key(0)]);
    world.call(player, 0, &command("createStream", 3));
    world.call(player, 2, &play("1"));
    world.heard(player);
    world.send(publisher, [inter(40), audio(45)]);
    world.send(other, [inter(40)]);
    let now = world.now;
    world.clients[player].session.shut_down(now);
    world.settle();
    let heard = world.heard(player);
    assert_eq!(heard[..3], ["1: inter @40", "1: audio @45", "2: inter @40"]);
    assert_eq!(
        heard.last().unwrap(),
        "0: onStatus 0 NetConnection.Connect.AppShutdown"
    );
    let session = &world.clients[player].session;
    assert!(session.is_over() && session.error().is_none());
    assert_eq!((session.poll_timeout(), session.wants_hub()), (None, None));
}

#[test]
fn a_player_that_leaves_while_it_is_held_leaves_nothing_behind() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.end(player);
    let now = world.now;
    world.clients[player].session.shut_down(now);
    world.end(publisher);
    assert_eq!(world.streams(), 0);
    let session = &world.clients[player].session;
    assert_eq!((session.poll_timeout(), session.wants_hub()), (None, None));
}

#[test]
fn a_player_with_a_backlog_waits_as_long_as_others() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.clients[player].reads = false;
    world.send(publisher, [inter(40)]);
    world.pass(LATENCY);
    let held = world.clients[player].session.transmit().remaining();
    assert!(held > 0);
    world.send(publisher, [inter(80)]);
    world.pass(LATENCY);
    assert_eq!(world.clients[player].session.transmit().remaining(), 2 * held);
}

/// In rounds, as ever: what the transmit queue may hold is not more because it has waited.
#[test]
fn what_has_gathered_is_bounded_by_the_room_for_media() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.clients[player].reads = false;
    for frame in 1..40 {
        world.send(publisher, [large(inter(frame), 20_000)]);
    }
    world.pass(LATENCY);
    let held = world.clients[player].session.transmit().remaining();
    assert!((256 << 10..(256 << 10) + 21_000).contains(&held), "{held}");
    world.clients[player].reads = true;
    world.settle();
    assert_eq!(world.heard(player).len(), 39);
}

#[test]
fn a_player_that_pauses_or_chooses_is_answered_at_once() {
    let mut world = patient();
    let (publisher, player) = playing(&mut world);
    world.send(publisher, [inter(40)]);
    world.call(player, 1, &command("receiveAudio", 0).with(false));
    assert_eq!(world.heard(player), ["1: inter @40"]);
    world.send(publisher, [inter(80)]);
    world.pass(millis(10));
    world.call(player, 1, &command("pause", 0).with(true).with(0.0));
    world.heard(player);
    world.end(publisher);
    assert!(world.heard(player).iter().any(|line| line == "StreamEOF 1"));
}

/// The bytes that a player is sent do not depend on how long they wait; only how they are cut into writes does.
#[test]
fn the_order_and_the_bytes_are_those_of_a_session_without_latency() {
    let play_all = |latency: u64| {
        let mut world = World::new(|config, _, _| config.write_latency = millis(latency));
        let (publisher, player) = playing(&mut world);
        world.heard(player);
        for frame in 1..=75 {
            let at = frame * 40;
            if frame % 25 == 0 {
                world.send(publisher, headers());
                world.send(publisher, [large(key(at), 5000)]);
            } else {
                world.send(publisher, [large(inter(at), 700)]);
            }
            world.pass(millis(20));
            world.send(publisher, [audio(at + 3)]);
            world.pass(millis(20));
            let session = &mut world.clients[player].session;
            assert!(session.transmit().is_empty());
        }
        world.end(publisher);
        world.pass(millis(latency));
        let heard = world.heard(player);
        let client = &mut world.clients[player];
        (
            heard,
            std::mem::take(&mut client.media),
            client.session.stats().bytes_out,
        )
    };
    let at_once = play_all(0);
    assert_eq!(at_once.0.len(), 75 * 2 + 3 * 3 + 2);
    for latency in [1, 7, 40, 100, 1000] {
        assert!(play_all(latency) == at_once, "{latency} ms");
    }
}
