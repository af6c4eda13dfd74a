//! Other settings, while streams go on.

use super::*;
use crate::units::ChunkSize;

/// Changes the settings of a room as it is.
fn reconfigure(room: &mut Room, change: impl FnOnce(&mut HubConfig)) {
    let mut config = room.hub.config().clone();
    change(&mut config);
    room.hub.reconfigure(config);
}

#[test]
fn a_stream_that_could_not_be_taken_over_can_be() {
    let mut room = Room::new(|_| ());
    let first = room.publish();
    assert!(room.hub.publish(&room.key, None, &mut room.wake).is_err());
    reconfigure(&mut room, |config| config.takeover = true);
    let second = room.publish();
    assert!(!room.hub.is_publishing(&first) && room.hub.is_publishing(&second));
}

#[test]
fn a_player_that_is_there_may_lag_less_from_then_on() {
    let mut room = Room::new(|_| ());
    let mut publication = room.publish();
    let mut player = room.join(1);
    room.send(&mut publication, frames(0..1, 25));
    room.hear(&mut player);
    // A second behind, which is allowed, until it is not.
    room.send(&mut publication, frames(1..26, 25));
    reconfigure(&mut room, |config| config.max_lag = Duration::from_millis(500));
    let heard = room.hear(&mut player);
    assert_eq!(heard[..2], ["skipped 48", "key @1000"], "{heard:?}");
}

#[test]
fn what_is_kept_beyond_smaller_limits_goes_when_more_comes() {
    let mut room = Room::new(|_| ());
    let mut publication = room.publish();
    room.send(&mut publication, frames(0..50, 1000));
    let before = room.hub.log_bytes();
    reconfigure(&mut room, |config| config.max_log_messages = 10);
    assert_eq!(room.hub.log_bytes(), before);
    room.send(&mut publication, [audio(2000)]);
    assert!(room.hub.log_bytes() < before / 5);
}

#[test]
fn players_that_join_start_as_the_new_settings_say() {
    let mut room = Room::new(|_| ());
    let mut publication = room.publish();
    room.send(&mut publication, frames(0..10, 25));
    reconfigure(&mut room, |config| config.start = StartAt::NextKeyframe);
    let mut player = room.join(1);
    assert_eq!(room.hear(&mut player), ["started"], "and waits for a key frame");
    room.send(&mut publication, [keyframe(400)]);
    assert_eq!(room.hear(&mut player), ["key @400"]);
}

/// Messages of before are chunks of a size; those who pull them have been told it once.
#[test]
fn the_chunk_size_stays() {
    let mut room = Room::new(|_| ());
    let before = room.hub.config().chunk_size;
    reconfigure(&mut room, |config| config.chunk_size = ChunkSize::INITIAL);
    assert_eq!(room.hub.config().chunk_size, before);
}
