//! Players whose messages wait for company.

use super::*;

const LATENCY: Duration = Duration::from_millis(100);

impl Room {
    fn join_patiently(&mut self, token: usize, write_latency: Duration) -> Cursor {
        let options = SubscribeOptions {
            write_latency,
            ..SubscribeOptions::default()
        };
        self.hub.subscribe(&self.key, Token(token), options)
    }

    /// So many milliseconds pass: who is released.
    fn released_after(&mut self, millis: u64) -> Vec<usize> {
        self.now += Duration::from_millis(millis);
        self.hub.handle_timeout(&mut self.wake, self.now);
        self.woken()
    }
}

#[test]
fn the_patient_are_woken_together_once_and_the_others_at_once() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut players = [
        room.join_patiently(1, LATENCY),
        room.join_patiently(2, LATENCY),
        room.join(3),
    ];
    for player in &mut players {
        room.hear(player);
    }
    assert_eq!(room.hub.poll_timeout(), None);
    let until = room.now + LATENCY;
    room.send(&mut publisher, [inter(40)]);
    assert_eq!((room.woken(), room.hub.poll_timeout()), (vec![3], Some(until)));
    room.hear(&mut players[2]);
    assert_eq!(room.released_after(60), [0; 0]);
    room.send(&mut publisher, [inter(80)]);
    assert_eq!((room.woken(), room.hub.poll_timeout()), (vec![3], Some(until)));
    assert_eq!(room.released_after(40), [1, 2]);
    assert_eq!(room.hub.poll_timeout(), None);
    assert_eq!(room.hear(&mut players[0]), ["inter @40", "inter @80"]);
    // The second has not come yet: the first is held without it.
    room.send(&mut publisher, [inter(120)]);
    assert_eq!(room.released_after(100), [1]);
    assert_eq!(
        room.hear(&mut players[1]),
        ["inter @40", "inter @80", "inter @120"]
    );
}

#[test]
fn the_least_patient_decides_for_all_until_they_are_released() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut players = [
        room.join_patiently(1, LATENCY),
        room.join_patiently(2, LATENCY / 2),
    ];
    for player in &mut players {
        room.hear(player);
    }
    room.send(&mut publisher, [inter(40)]);
    assert_eq!(room.released_after(50), [1, 2]);
    room.hear(&mut players[0]);
    room.send(&mut publisher, [inter(80)]);
    assert_eq!(room.released_after(99), [0; 0]);
    assert_eq!(room.released_after(1), [1]);
}

#[test]
fn who_comes_in_the_middle_and_is_less_patient_shortens_the_time_for_all() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut players = [
        room.join_patiently(1, LATENCY),
        room.join_patiently(2, LATENCY / 10),
    ];
    room.hear(&mut players[0]);
    room.send(&mut publisher, [inter(40)]);
    assert_eq!(room.released_after(20), [0; 0]);
    room.hear(&mut players[1]);
    room.send(&mut publisher, [inter(80)]);
    assert_eq!(room.released_after(9), [0; 0]);
    assert_eq!(room.released_after(1), [1, 2]);
    // What had been set before wakes nobody in the middle of another time.
    room.hear(&mut players[0]);
    room.now += Duration::from_millis(50);
    room.send(&mut publisher, [inter(120)]);
    assert_eq!(room.released_after(20), [0; 0]);
    assert_eq!(room.released_after(80), [1]);
}

#[test]
fn a_time_that_no_clock_can_show_is_none() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut player = room.join_patiently(1, Duration::MAX);
    room.hear(&mut player);
    room.send(&mut publisher, [inter(40)]);
    assert_eq!((room.woken(), room.hub.poll_timeout()), (vec![1], None));
}

#[test]
fn a_stream_that_has_gone_has_nobody_to_release() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut player = room.join_patiently(1, LATENCY);
    room.hear(&mut player);
    room.send(&mut publisher, [inter(40)]);
    room.hub.unsubscribe(player);
    room.unpublish(publisher);
    assert_eq!(room.hub.streams().count(), 0);
    assert_eq!(room.released_after(100), [0; 0]);
    assert_eq!(room.hub.poll_timeout(), None);
}

#[test]
fn nobody_is_held_when_the_stream_ends() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut player = room.join_patiently(1, LATENCY);
    room.hear(&mut player);
    room.send(&mut publisher, [inter(40)]);
    room.unpublish(publisher);
    assert_eq!(room.woken(), [1]);
    assert_eq!(room.hear(&mut player), ["inter @40", "ended", "waiting"]);
}
