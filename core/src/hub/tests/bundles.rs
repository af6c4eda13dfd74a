//! Several messages in one piece.

use proptest::prelude::*;

use super::*;

impl Room {
    fn join_for(&mut self, options: SubscribeOptions) -> Cursor {
        self.hub.subscribe(&self.key, Token(1), options)
    }

    fn join_for_bundles(&mut self) -> Cursor {
        self.join_for(SubscribeOptions {
            bundles: true,
            ..SubscribeOptions::default()
        })
    }

    /// The pieces that a player is sent, one list for each message that it is told of.
    fn pieces(&mut self, cursor: &mut Cursor, budget: usize) -> Vec<Vec<Bytes>> {
        let mut pieces = Vec::new();
        // A player is told of a start or an end first.
        for _ in 0..4 {
            let pulled = self
                .hub
                .pull(cursor, budget, |delivery| pieces.push(delivery.chunks().to_vec()));
            if matches!(pulled, Pulled::CaughtUp | Pulled::Waiting | Pulled::More) {
                break;
            }
        }
        pieces
    }
}

#[test]
fn what_many_players_are_sent_together_comes_in_one_piece_from_the_third_on() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [video_header(0, "v1"), keyframe(0)]);
    let mut players: Vec<_> = (0..8).map(|_| room.join_for_bundles()).collect();
    for player in &mut players {
        room.pieces(player, usize::MAX);
    }
    room.send(
        &mut publisher,
        [inter(40), audio(40), video_header(80, "v2"), keyframe(80)],
    );
    let pieces: Vec<_> = players
        .iter_mut()
        .map(|player| room.pieces(player, usize::MAX))
        .collect();
    let lens = |pieces: &[Vec<Bytes>]| pieces.iter().map(Vec::len).collect::<Vec<_>>();
    for pieces in &pieces[..2] {
        assert_eq!(lens(pieces), [1, 1, 1, 1]);
    }
    for later in &pieces[2..] {
        assert_eq!(lens(later), [1, 0, 0, 0]);
        assert_eq!(later[0][0], pieces[0].concat().concat());
        assert_eq!(later[0][0].as_ptr(), pieces[2][0][0].as_ptr());
    }
    // A player that comes now starts elsewhere.
    let mut late = room.join_for_bundles();
    assert_eq!(lens(&room.pieces(&mut late, usize::MAX)), [1, 1]);
    // And what comes next is not in it.
    room.send(&mut publisher, [inter(120)]);
    assert_eq!(lens(&room.pieces(&mut players[7], usize::MAX)), [1]);
}

#[test]
fn few_players_and_those_who_have_not_asked_for_it_are_sent_each_message_as_it_lies() {
    for (count, bundles) in [(7, true), (12, false)] {
        let mut room = Room::new(|_| ());
        let mut publisher = room.publish();
        room.send(&mut publisher, [keyframe(0)]);
        let options = SubscribeOptions {
            bundles,
            ..SubscribeOptions::default()
        };
        let mut players: Vec<_> = (0..count).map(|_| room.join_for(options.clone())).collect();
        for player in &mut players {
            room.pieces(player, usize::MAX);
        }
        room.send(&mut publisher, [inter(40), audio(40)]);
        for player in &mut players {
            let pieces = room.pieces(player, usize::MAX);
            assert!(pieces.iter().all(|pieces| pieces.len() == 1));
        }
    }
}

#[test]
fn a_bundle_that_a_player_has_no_room_for_comes_message_by_message() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let mut players: Vec<_> = (0..8).map(|_| room.join_for_bundles()).collect();
    for player in &mut players {
        room.pieces(player, usize::MAX);
    }
    room.send(&mut publisher, [inter(40), audio(40)]);
    for player in &mut players[..3] {
        room.pieces(player, usize::MAX);
    }
    let len: usize = room.pieces(&mut players[3], usize::MAX)[0][0].len();
    assert_eq!(room.pieces(&mut players[4], len)[0][0].len(), len);
    let pieces = room.pieces(&mut players[5], len - 1);
    assert_eq!(pieces.concat().concat().len(), len);
    assert_eq!(pieces.len(), 2);
    assert_eq!(pieces[1].len(), 1);
}

/// With a header before it, a bundle might not come to its end within the budget.
#[test]
fn a_bundle_does_not_come_behind_a_header_that_is_due() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [audio_header(0, "a1"), keyframe(0)]);
    let mut players: Vec<_> = (0..8).map(|_| room.join_for_bundles()).collect();
    for player in &mut players {
        room.pieces(player, usize::MAX);
    }
    players[7].set_receive_audio(false);
    players[7].set_receive_audio(true);
    room.send(&mut publisher, [inter(40), audio(40)]);
    for player in &mut players[..3] {
        room.pieces(player, usize::MAX);
    }
    let bundle = room.pieces(&mut players[3], usize::MAX).concat().concat();
    let mut sent = room.pieces(&mut players[7], bundle.len()).concat();
    sent.extend(room.pieces(&mut players[7], usize::MAX).concat());
    // The header is in two pieces: its time is not its own.
    assert_eq!(sent.len(), 2 + 2);
    assert_eq!(sent[2..].concat(), bundle);
}

/// Something that happens to a room, or to one of its players.
#[derive(Clone, Debug)]
enum Step {
    Send(Vec<u8>),
    Publish,
    End,
    Pull(usize, usize),
    Pause(usize),
    Resume(usize),
    Audio(usize, bool),
    Video(usize, bool),
}

const PLAYERS: usize = 12;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let player = 0..PLAYERS;
    let step = prop_oneof![
        4 => prop::collection::vec(0..6_u8, 1..5).prop_map(Step::Send),
        1 => Just(Step::Publish),
        1 => Just(Step::End),
        12 => (player.clone(), prop_oneof![4 => Just(usize::MAX), 1 => 0..100_usize])
            .prop_map(|(player, budget)| Step::Pull(player, budget)),
        1 => player.clone().prop_map(Step::Pause),
        1 => player.clone().prop_map(Step::Resume),
        1 => (player.clone(), any::<bool>()).prop_map(|(player, on)| Step::Audio(player, on)),
        1 => (player, any::<bool>()).prop_map(|(player, on)| Step::Video(player, on)),
    ];
    prop::collection::vec(step, 1..80)
}

/// A room with players of many kinds.
struct Scene {
    room: Room,
    publisher: Option<Publication>,
    players: Vec<Cursor>,
    millis: u32,
}

impl Scene {
    fn new(bundles: bool) -> Self {
        let mut room = Room::new(|config| config.takeover = true);
        let players = (0..PLAYERS).map(|n| {
            room.join_for(SubscribeOptions {
                stream: MessageStreamId::new(if n == 9 { 5 } else { 1 }),
                zero_based: n == 10,
                spelling: if n >= 7 {
                    Spelling::LEGACY
                } else {
                    Spelling::AsPublished
                },
                bundles,
                ..SubscribeOptions::default()
            })
        });
        let players = players.collect();
        Self {
            publisher: Some(room.publish()),
            room,
            players,
            millis: 0,
        }
    }

    /// Takes a step: for each player that pulls, of how many messages it is told, and its bytes.
    fn take(&mut self, step: &Step) -> Vec<(usize, Vec<u8>)> {
        match *step {
            Step::Send(ref kinds) => {
                for &kind in kinds {
                    self.millis += 40;
                    if let Some(publisher) = &mut self.publisher {
                        self.room.send(publisher, [message_of(kind, self.millis)]);
                    }
                }
            }
            Step::Publish => self.publisher = Some(self.room.publish()),
            Step::End => {
                if let Some(publisher) = self.publisher.take() {
                    self.room.unpublish(publisher);
                }
            }
            Step::Pull(first, budget) => {
                let players = self.players.iter_mut().skip(first);
                let pieces = players.map(|player| self.room.pieces(player, budget));
                return pieces
                    .map(|pieces| (pieces.len(), pieces.concat().concat()))
                    .collect();
            }
            Step::Pause(player) => self.players[player].pause(),
            Step::Resume(player) => self.players[player].resume(),
            Step::Audio(player, on) => self.players[player].set_receive_audio(on),
            Step::Video(player, on) => self.players[player].set_receive_video(on),
        }
        Vec::new()
    }
}

fn message_of(kind: u8, millis: u32) -> MediaMessage {
    match kind {
        0 => keyframe(millis),
        1 => inter(millis),
        2 => audio(millis),
        3 => video_header(millis, "v"),
        // Enhanced RTMP, coded frames of AVC: players of old are sent another header.
        4 => message(MediaKind::Video, millis, b"\xA1avc1\0\0\0", "I"),
        _ => metadata(millis, &millis.to_string()),
    }
}

proptest! {
    #[test]
    fn a_player_is_sent_the_same_bytes_with_bundles_and_without(steps in steps()) {
        let (mut with, mut without) = (Scene::new(true), Scene::new(false));
        for step in steps {
            prop_assert_eq!(with.take(&step), without.take(&step));
        }
    }
}
