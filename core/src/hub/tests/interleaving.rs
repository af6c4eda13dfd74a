//! Whatever the order of calls, each player sees a stream that a decoder can play.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::media::spelling::Spelling;

/// One call to the hub. Numbers name one of three publishers, one of four players.
#[derive(Clone, Debug)]
enum Op {
    Publish(usize),
    Unpublish(usize),
    Push(usize, Kind),
    Subscribe(usize),
    Unsubscribe(usize),
    Pull(usize, usize),
    Pause(usize),
    Resume(usize),
    ReceiveVideo(usize, bool),
    ReceiveAudio(usize, bool),
    /// Milliseconds.
    Pass(u64),
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Keyframe,
    Inter,
    Audio,
    VideoHeader,
    AudioHeader,
}

fn op() -> impl Strategy<Value = Op> {
    let (publisher, player) = (0..3_usize, 0..4_usize);
    let kind = prop_oneof![
        2 => Just(Kind::Keyframe),
        8 => Just(Kind::Inter),
        6 => Just(Kind::Audio),
        1 => Just(Kind::VideoHeader),
        1 => Just(Kind::AudioHeader),
    ];
    prop_oneof![
        2 => publisher.clone().prop_map(Op::Publish),
        1 => publisher.clone().prop_map(Op::Unpublish),
        40 => (publisher, kind).prop_map(|(publisher, kind)| Op::Push(publisher, kind)),
        3 => player.clone().prop_map(Op::Subscribe),
        1 => player.clone().prop_map(Op::Unsubscribe),
        20 => (player.clone(), 0..200_usize).prop_map(|(player, budget)| Op::Pull(player, budget)),
        1 => player.clone().prop_map(Op::Pause),
        1 => player.clone().prop_map(Op::Resume),
        1 => (player.clone(), any::<bool>()).prop_map(|(player, on)| Op::ReceiveVideo(player, on)),
        1 => (player, any::<bool>()).prop_map(|(player, on)| Op::ReceiveAudio(player, on)),
        8 => (1..20_u64).prop_map(Op::Pass),
    ]
}

/// What a player reads.
const fn spelling(player: usize) -> Spelling {
    match player {
        0 | 1 => Spelling::AsPublished,
        2 => Spelling::LEGACY,
        _ => Spelling::ENHANCED,
    }
}

/// The first two are sent everything at once.
const fn write_latency(player: usize) -> Duration {
    Duration::from_millis([0, 0, 20, 30][player])
}

fn options(player: usize) -> SubscribeOptions {
    SubscribeOptions {
        spelling: spelling(player),
        write_latency: write_latency(player),
        bundles: true,
        ..SubscribeOptions::default()
    }
}

/// What is known of a message that the hub has taken: each carries its number.
#[derive(Clone, Copy)]
struct Truth {
    /// The frame of video that it depends on; none for a key frame.
    depends_on: Option<u32>,
    /// The numbers of the headers in force.
    video_header: Option<u32>,
    audio_header: Option<u32>,
}

#[derive(Default)]
struct Publisher {
    publication: Option<Publication>,
    millis: u32,
    last_video: Option<u32>,
    video_header: Option<u32>,
    audio_header: Option<u32>,
}

struct Player {
    cursor: Cursor,
    token: Token,
    is_patient: bool,
    /// The last pull said that it will be woken, and it has not been.
    parked: bool,
    playing: bool,
    last_number: Option<u32>,
    last_time: Option<Timestamp>,
    last_video: Option<u32>,
    video_header: Option<u32>,
    audio_header: Option<u32>,
}

struct World {
    room: Room,
    publishers: [Publisher; 3],
    players: [Option<Player>; 4],
    truths: HashMap<u32, Truth>,
    next_number: u32,
    next_token: usize,
}

impl World {
    fn new(takeover: bool, start: StartAt, first_millis: u32) -> Self {
        let room = Room::new(|config| {
            config.takeover = takeover;
            config.start = start;
            config.max_lag = Duration::from_millis(200);
            config.max_lag_bytes = 400;
            config.max_log_messages = 24;
            config.max_log_bytes = 500;
            config.max_total_log_bytes = 450;
        });
        let mut publishers: [Publisher; 3] = Default::default();
        for (n, publisher) in (0..).zip(&mut publishers) {
            publisher.millis = first_millis.wrapping_add(n * 100_000);
        }
        Self {
            room,
            publishers,
            players: Default::default(),
            truths: HashMap::new(),
            next_number: 0,
            next_token: 0,
        }
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Publish(n) => {
                let Room { hub, wake, key, .. } = &mut self.room;
                let publisher = &mut self.publishers[n];
                if publisher.publication.is_none()
                    && let Ok(publication) = hub.publish(key, Some(Token(1000 + n)), wake)
                {
                    let millis = publisher.millis;
                    *publisher = Publisher {
                        publication: Some(publication),
                        millis,
                        ..Default::default()
                    };
                }
            }
            Op::Unpublish(n) => {
                if let Some(publication) = self.publishers[n].publication.take() {
                    self.room.unpublish(publication);
                }
            }
            Op::Push(n, kind) => self.push(n, kind),
            Op::Subscribe(n) => {
                if self.players[n].is_none() {
                    self.next_token += 1;
                    self.players[n] = Some(Player {
                        cursor: self
                            .room
                            .hub
                            .subscribe(&self.room.key, Token(self.next_token), options(n)),
                        is_patient: !write_latency(n).is_zero(),
                        token: Token(self.next_token),
                        parked: false,
                        playing: false,
                        last_number: None,
                        last_time: None,
                        last_video: None,
                        video_header: None,
                        audio_header: None,
                    });
                }
            }
            Op::Unsubscribe(n) => {
                if let Some(player) = self.players[n].take() {
                    self.room.hub.unsubscribe(player.cursor);
                }
            }
            Op::Pull(n, budget) => {
                if let Some(player) = &mut self.players[n] {
                    player.pull(&mut self.room.hub, budget, &self.truths);
                }
            }
            Op::Pause(n) => self.with_player(n, |player| player.cursor.pause()),
            Op::Resume(n) => self.with_player(n, |player| player.cursor.resume()),
            Op::ReceiveVideo(n, on) => self.with_player(n, |player| player.cursor.set_receive_video(on)),
            Op::ReceiveAudio(n, on) => self.with_player(n, |player| player.cursor.set_receive_audio(on)),
            Op::Pass(millis) => {
                let Room { hub, wake, now, .. } = &mut self.room;
                *now += Duration::from_millis(millis);
                hub.handle_timeout(wake, *now);
            }
        }
        self.check();
    }

    /// The player's own wishes make something to pull without a wake-up.
    fn with_player(&mut self, n: usize, change: impl FnOnce(&mut Player)) {
        if let Some(player) = &mut self.players[n] {
            change(player);
            player.parked = false;
        }
    }

    fn push(&mut self, n: usize, kind: Kind) {
        let publisher = &mut self.publishers[n];
        let Some(publication) = &mut publisher.publication else {
            return;
        };
        let number = self.next_number;
        let is_frame = matches!(kind, Kind::Keyframe | Kind::Inter | Kind::Audio);
        let millis = if is_frame { publisher.millis } else { 0 };
        let label = format!("{number:08}");
        let message = match kind {
            // The second one writes enhanced headers.
            Kind::Keyframe if n == 1 => message(MediaKind::Video, millis, b"\x93avc1", &label),
            Kind::Keyframe => message(MediaKind::Video, millis, &[0x17, 1, 0, 0, 0], &label),
            Kind::Inter if n == 1 => message(MediaKind::Video, millis, b"\xA3avc1", &label),
            Kind::Inter => message(MediaKind::Video, millis, &[0x27, 1, 0, 0, 0], &label),
            Kind::Audio => message(MediaKind::Audio, millis, &[0xAF, 1], &label),
            Kind::VideoHeader if n == 1 => message(MediaKind::Video, millis, b"\x90avc1", &label),
            Kind::VideoHeader => video_header(millis, &label),
            Kind::AudioHeader => audio_header(millis, &label),
        };
        let entry = publication.encode(message);
        if self
            .room
            .hub
            .push(publication, entry, &mut self.room.wake, self.room.now)
            .is_err()
        {
            publisher.publication = None;
            return;
        }
        self.next_number += 1;
        match kind {
            Kind::VideoHeader => publisher.video_header = Some(number),
            Kind::AudioHeader => publisher.audio_header = Some(number),
            Kind::Keyframe | Kind::Inter | Kind::Audio => {
                publisher.millis = publisher.millis.wrapping_add(20)
            }
        }
        let mut depends_on = None;
        if matches!(kind, Kind::Inter) {
            // One that follows on nothing may never be shown.
            depends_on = publisher.last_video.or(Some(u32::MAX));
        }
        if matches!(kind, Kind::Inter | Kind::Keyframe) {
            publisher.last_video = Some(number);
        }
        let (video_header, audio_header) = (publisher.video_header, publisher.audio_header);
        self.truths.insert(
            number,
            Truth {
                depends_on,
                video_header,
                audio_header,
            },
        );
    }

    fn check(&mut self) {
        for stats in self.room.hub.streams() {
            assert!(stats.log_messages <= 24, "{stats:?}");
            // The newest message may have another spelling beyond that.
            assert!(stats.log_bytes <= 500 + 25, "{stats:?}");
        }
        let in_logs: u64 = self.room.hub.streams().map(|stats| stats.log_bytes).sum();
        assert_eq!(self.room.hub.log_bytes(), in_logs);
        for token in self.room.wake.drain(..) {
            for player in self.players.iter_mut().flatten() {
                player.parked &= player.token != token;
            }
        }
        let held_until = self.room.hub.poll_timeout();
        let latest = self.room.now + write_latency(3);
        assert!(held_until.is_none_or(|until| until > self.room.now && until <= latest));
        // Nobody sleeps who could have something, and nobody is woken who has not been told to wait.
        let is_asleep = |player: &&mut Player| player.parked && !(player.is_patient && held_until.is_some());
        for player in self.players.iter_mut().flatten().filter(is_asleep) {
            let pulled = self
                .room
                .hub
                .pull(&mut player.cursor, usize::MAX, |_| panic!("a wake-up was lost"));
            assert!(
                matches!(pulled, Pulled::CaughtUp | Pulled::Waiting),
                "{pulled:?} without a wake-up"
            );
        }
    }
}

impl Player {
    fn pull(&mut self, hub: &mut Hub, budget: usize, truths: &HashMap<u32, Truth>) {
        let mut cursor = std::mem::replace(&mut self.cursor, unused_cursor());
        let pulled = hub.pull(&mut cursor, budget, |delivery| self.take(&delivery, truths));
        self.cursor = cursor;
        self.parked = matches!(pulled, Pulled::CaughtUp | Pulled::Waiting);
        match pulled {
            Pulled::Started => {
                assert!(!self.playing);
                self.playing = true;
            }
            Pulled::Ended => {
                assert!(self.playing);
                self.playing = false;
                (self.last_video, self.video_header, self.audio_header) = (None, None, None);
            }
            Pulled::Waiting => assert!(!self.playing),
            Pulled::CaughtUp => assert!(self.playing),
            Pulled::More => {}
            Pulled::Skipped { messages } => assert!(messages > 0),
        }
    }

    fn take(&mut self, delivery: &Delivery<'_>, truths: &HashMap<u32, Truth>) {
        assert!(self.playing, "a message outside of a run");
        let payload = delivery.to_media_message().payload;
        let number = std::str::from_utf8(&payload[payload.len() - 8..])
            .unwrap()
            .parse()
            .unwrap();
        match delivery.class() {
            Class::VideoSequenceHeader { .. } => return self.video_header = Some(number),
            Class::AudioSequenceHeader { .. } => return self.audio_header = Some(number),
            _ => {}
        }
        let truth = truths[&number];
        assert!(
            self.last_number.is_none_or(|last| last < number),
            "{number} out of order"
        );
        self.last_number = Some(number);
        let since = self.last_time.map(|last| delivery.timestamp().since(last));
        assert!(
            since.is_none_or(|since| since >= 0),
            "time went back by {since:?} at {number}"
        );
        self.last_time = Some(delivery.timestamp());
        match delivery.kind() {
            MediaKind::Video => {
                assert_header(self.video_header, truth.video_header, number);
                if truth.depends_on.is_some() {
                    assert_eq!(
                        self.last_video, truth.depends_on,
                        "what frame {number} depends on"
                    );
                }
                self.last_video = Some(number);
            }
            MediaKind::Audio => assert_header(self.audio_header, truth.audio_header, number),
            MediaKind::Data => {}
        }
    }
}

/// A publication without a header of its own takes nobody's away: there is no message to say so.
fn assert_header(known: Option<u32>, in_force: Option<u32>, frame: u32) {
    assert!(
        in_force.is_none() || known == in_force,
        "frame {frame} of {in_force:?} behind {known:?}"
    );
}

/// Stands in a player's place while it pulls.
fn unused_cursor() -> Cursor {
    Hub::default().subscribe(
        &StreamKey::from("unused"),
        Token(usize::MAX),
        SubscribeOptions::default(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_player_sees_a_stream_that_can_be_played(
        takeover: bool,
        at_keyframe: bool,
        // Some start just before the wrap.
        first_millis in prop_oneof![Just(0_u32), Just(u32::MAX - 1000)],
        ops in proptest::collection::vec(op(), 1..400),
    ) {
        let start = if at_keyframe { StartAt::Keyframe } else { StartAt::NextKeyframe };
        let mut world = World::new(takeover, start, first_millis);
        for op in ops {
            world.apply(op);
        }
        // When all have left, nothing is left.
        for n in 0..4 {
            world.apply(Op::Unsubscribe(n));
        }
        for n in 0..3 {
            world.apply(Op::Unpublish(n));
        }
        prop_assert_eq!(world.room.hub.streams().count(), 0);
        prop_assert_eq!((world.room.hub.log_bytes(), world.room.hub.logs), (0, 0));
    }
}
