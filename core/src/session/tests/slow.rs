//! Players that do not read, and drivers that hold bytes back.

use super::*;
use crate::connection::Timer;

/// Three seconds of video with large frames, a key frame each second.
fn video_of_second(second: u32) -> impl Iterator<Item = Message> {
    (0..25).map(move |frame| {
        let millis = second * 1000 + frame * 40;
        if frame == 0 {
            large(key(millis), 20_000)
        } else {
            large(inter(millis), 20_000)
        }
    })
}

#[test]
fn nothing_is_pulled_for_a_player_whose_queue_is_full() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    world.send(publisher, video_of_second(0));
    let held = world.clients[player].session.transmit().remaining();
    // The limit, and one message beyond it.
    assert!((256 << 10..(256 << 10) + 21_000).contains(&held), "{held}");
    world.send(publisher, video_of_second(1));
    assert_eq!(world.clients[player].session.transmit().remaining(), held);
    assert_eq!(world.clients[player].session.wants_hub(), None);
    world.clients[player].session.handle_wake();
    assert_eq!(world.clients[player].session.wants_hub(), None);
}

#[test]
fn a_slow_player_skips_to_a_key_frame_and_the_host_is_told() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    for second in 0..6 {
        world.send(publisher, video_of_second(second));
    }
    world.heard(player);
    world.clients[player].reads = true;
    world.settle();
    let heard = world.heard(player);
    assert!(heard.contains(&"1: key @0".to_owned()));
    assert!(!heard.contains(&"1: key @2000".to_owned()));
    let at = heard.iter().position(|line| line == "1: key @5000").unwrap();
    assert_eq!(heard[at + 1], "1: inter @5040");
    assert_eq!(heard.last().unwrap(), "1: inter @5960");
    let events = world.events(player);
    assert!(events[2].starts_with("skipped "), "{events:?}");
    world.pass(seconds(100));
    assert!(!world.is_over(player), "it has caught up");
}

#[test]
fn a_player_that_does_not_catch_up_is_given_up() {
    let mut world = World::new(|_, connection, _| connection.limits.stall_timeout = Duration::MAX);
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    for second in 0..30 {
        world.send(publisher, video_of_second(second));
        // Some bytes get through, but far too few.
        let transmit = world.clients[player].session.transmit();
        transmit.advance(transmit.remaining().min(100_000));
        world.settle();
        world.pass(seconds(1));
    }
    assert!(world.is_over(player));
    assert_eq!(
        world.clients[player].session.error(),
        Some(&Error::TimedOut(Timer::Lag))
    );
    assert!(!world.is_over(publisher));
    assert!(
        world
            .events(player)
            .last()
            .unwrap()
            .starts_with("Player of live/key stopped after")
    );
}

/// It never stalls, and never makes room to be sent anything else.
#[test]
fn a_player_that_takes_a_byte_now_and_then_is_given_up() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    for second in 0..30 {
        world.send(publisher, video_of_second(second));
        let transmit = world.clients[player].session.transmit();
        if transmit.has_remaining() {
            transmit.advance(1);
        }
        world.settle();
        world.pass(seconds(1));
    }
    assert_eq!(
        world.clients[player].session.error(),
        Some(&Error::TimedOut(Timer::Lag))
    );
    assert!(!world.is_over(publisher));
    assert!(world.events(player)[2].starts_with("skipped "));
}

/// It skips a little every now and then, which is better than no picture at all.
#[test]
fn a_player_that_nearly_keeps_up_is_kept() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    // 85 % of what comes.
    for second in 0..120 {
        for frame in video_of_second(second) {
            world.send(publisher, [frame]);
            let transmit = world.clients[player].session.transmit();
            transmit.advance(transmit.remaining().min(17_000));
            world.settle();
            world.pass(Duration::from_millis(40));
        }
    }
    assert!(!world.is_over(player));
    let events = world.events(player);
    assert!(
        events.len() > 4 && events[2].starts_with("skipped "),
        "{events:?}"
    );
}

#[test]
fn a_player_that_takes_long_for_what_is_newest_is_no_laggard() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    // One picture, and then a silence in which it could be sent at leisure.
    world.send(publisher, [large(key(0), 2_000_000), inter(40)]);
    for _ in 0..60 {
        world.clients[player].session.transmit().advance(20_000);
        world.settle();
        world.pass(seconds(1));
    }
    assert!(!world.is_over(player));
}

#[test]
fn a_player_that_takes_nothing_is_given_up() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    world.clients[player].reads = false;
    world.send(publisher, [key(0)]);
    world.pass(seconds(14));
    assert!(!world.is_over(player));
    world.pass(seconds(1));
    assert_eq!(
        world.clients[player].session.error(),
        Some(&Error::TimedOut(Timer::Stall))
    );
    world.end(publisher);
    assert_eq!(world.streams(), 0);
}

#[test]
fn bytes_that_the_driver_holds_back_count_and_the_hub_is_wanted_no_more() {
    let mut world = World::new(|_, _, _| ());
    let publisher = world.publisher("key");
    let player = world.player("key");
    let mut wake = WakeList::new();
    let now = world.now;
    // Publish without the world's driver, which holds nothing back.
    let mut bytes = Vec::new();
    world.clients[publisher]
        .encoder
        .encode(&key(0), ChunkSize::INITIAL, &mut bytes);
    world.clients[publisher].session.handle_input(&bytes, now);
    world.clients[publisher]
        .session
        .sync(&mut world.shards[0], &mut wake, 0, now);
    assert_eq!(wake[..], [Token(player)]);
    let session = &mut world.clients[player].session;
    session.handle_wake();
    for _ in 0..2 {
        assert!(session.wants_hub().is_some());
        session.sync(&mut world.shards[0], &mut wake, 1 << 20, now);
        assert_eq!(session.wants_hub(), None);
        assert!(session.transmit().is_empty());
        session.handle_wake();
    }
    session.sync(&mut world.shards[0], &mut wake, 0, now);
    assert!(!session.transmit().is_empty());
}
