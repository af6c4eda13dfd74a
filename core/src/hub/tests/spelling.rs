//! Players who read other tag headers than the publisher writes.

use super::*;
use crate::chunk::ChunkDecoder;
use crate::limits::Limits;
use crate::media::spelling::{Reads, Spelling};
use crate::units::{ChunkSize, MessageStreamId};

impl Room {
    /// Pulls until there is nothing more; the payloads delivered.
    pub(super) fn payloads(&mut self, cursor: &mut Cursor) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        loop {
            let pulled = self.hub.pull(cursor, usize::MAX, |delivery| {
                payloads.push(delivery.to_media_message().payload.to_vec());
            });
            if matches!(pulled, Pulled::CaughtUp | Pulled::Waiting) {
                return payloads;
            }
        }
    }
}

fn video(millis: u32, payload: &[u8]) -> MediaMessage {
    message(MediaKind::Video, millis, payload, "")
}

/// Tracks 0 and 1 of HEVC in one message: key or inter, ManyTracks, CodedFrames, 4 bytes each.
fn many(first: u8) -> [u8; 22] {
    let mut payload = *b"\x96\x11hvc1\0\0\0\x04\0\0\0K\x01\0\0\x04\0\0\0k";
    payload[0] = first;
    payload
}

const HEVC: Spelling = Spelling::For(Reads::HEVC);

#[test]
fn a_thousand_players_of_two_spellings_cost_two_encodings_of_a_message() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    let mut players: Vec<_> = (0..1000)
        .map(|n| room.join_as(n, if n % 2 == 0 { Spelling::LEGACY } else { HEVC }))
        .collect();
    for n in 0..5_u8 {
        let is_key = n == 0;
        room.send(
            &mut publisher,
            [video(u32::from(n) * 40, &many(if is_key { 0x96 } else { 0xA6 }))],
        );
        for (place, player) in players.iter_mut().enumerate() {
            let expected = match (place % 2 == 0, is_key) {
                (true, true) => &b"\x1C\x01\0\0\0K"[..],
                (true, false) => b"\x2C\x01\0\0\0K",
                (false, true) => b"\x91hvc1\0\0\0K",
                (false, false) => b"\xA1hvc1\0\0\0K",
            };
            assert_eq!(room.payloads(player), [expected]);
        }
        assert_eq!(room.stats().messages_respelled, 2 * (u64::from(n) + 1));
    }
}

#[test]
fn nothing_is_encoded_before_somebody_reads_it() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, frames(0..10, 5));
    let (mut plain, mut legacy) = (room.join(1), room.join_as(2, Spelling::LEGACY));
    // From the newest key frame; what is right for a player is not made again.
    assert_eq!(room.payloads(&mut plain).len(), 10);
    assert_eq!(room.payloads(&mut legacy).len(), 10);
    assert_eq!(room.stats().messages_respelled, 0);
    let mut enhanced = room.join_as(3, Spelling::ENHANCED);
    assert_eq!(
        room.payloads(&mut enhanced)[..2],
        [&b"\x93avc1K"[..], b"\x91mp4aA"]
    );
    assert_eq!(room.stats().messages_respelled, 10);
}

#[test]
fn players_who_differ_in_what_does_not_matter_share() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(&mut publisher, [keyframe(0)]);
    let with = |others: Reads| Spelling::For(Reads::AVC | others);
    for (token, others) in [
        Reads::NOTHING,
        Reads::MULTITRACK,
        Reads::AAC,
        Reads::HEVC | Reads::MOD_EX,
    ]
    .into_iter()
    .enumerate()
    {
        let mut player = room.join_as(token, with(others));
        assert_eq!(room.payloads(&mut player), [b"\x93avc1K"]);
    }
    assert_eq!(room.stats().messages_respelled, 1);
}

#[test]
fn who_joins_late_is_sent_headers_in_its_spelling_made_once() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [
            metadata(0, "m"),
            video(0, b"\x90hvc1v"),
            // colorInfo, and how channels lie: for readers of Enhanced RTMP.
            video(0, b"\x84hvc1c"),
            message(MediaKind::Audio, 0, b"\x90mp4a", "a"),
            message(MediaKind::Audio, 0, b"\x94mp4a", "l"),
            video(40, b"\x93hvc1K"),
        ],
    );
    let metadata = b"\x02\x00\x0AonMetaDatam".to_vec();
    for token in 0..3 {
        let mut player = room.join_as(token, Spelling::LEGACY);
        assert_eq!(
            room.payloads(&mut player),
            [&metadata[..], b"\x1C\0\0\0\0v", b"\xAF\0a", b"\x1C\x01\0\0\0K"]
        );
        // Two headers and the frame, for all of them.
        assert_eq!(room.stats().messages_respelled, 3);
    }
    let mut enhanced = room.join_as(9, Spelling::ENHANCED);
    assert_eq!(room.payloads(&mut enhanced).len(), 6);
    assert_eq!(room.stats().messages_respelled, 3);
}

#[test]
fn players_without_other_tracks_start_at_the_default_tracks_key_frames() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    // A key frame of track 1 comes first, and frames of track 0 that depend on what nobody has.
    room.send(
        &mut publisher,
        [
            video(0, b"\x96\x03avc1\x01K"),
            video(0, b"\xA3avc1i"),
            video(40, b"\xA6\x03avc1\x01I"),
        ],
    );
    let mut plain = room.join(1);
    let mut legacy = room.join_as(2, Spelling::LEGACY);
    assert_eq!(room.payloads(&mut plain).len(), 3);
    assert!(room.payloads(&mut legacy).is_empty());
    room.send(
        &mut publisher,
        [
            video(80, b"\x93avc1K"),
            video(80, b"\x96\x03avc1\x01K"),
            video(120, b"\xA3avc1i"),
            video(120, b"\xA6\x03avc1\x01I"),
        ],
    );
    let expected = [&b"\x17\x01\0\0\0K"[..], b"\x27\x01\0\0\0i"];
    assert_eq!(room.payloads(&mut legacy), expected);
    let mut late = room.join_as(3, Spelling::LEGACY);
    assert_eq!(room.payloads(&mut late), expected);
}

#[test]
fn a_key_frame_of_several_other_tracks_is_no_place_to_start() {
    let mut room = Room::new(|_| ());
    let mut publisher = room.publish();
    room.send(
        &mut publisher,
        [
            video(0, b"\x93hvc1K"),
            // ManyTracks of track 1 and 2.
            video(0, b"\x96\x11hvc1\x01\0\0\x04\0\0\0K\x02\0\0\x04\0\0\0K"),
            video(40, b"\xA3hvc1i"),
        ],
    );
    let mut late = room.join_as(1, HEVC);
    assert_eq!(room.payloads(&mut late), [&b"\x93hvc1K"[..], b"\xA3hvc1i"]);
}

#[test]
fn other_spellings_count_and_go_before_the_messages_do() {
    let payload = |first: u8| video(0, &[&[first][..], b"avc1", &[0xAB; 87]].concat());
    // 12 bytes of header and 92 of payload: four messages and half of one.
    let mut room = Room::new(|config| {
        config.chunk_size = ChunkSize::new(4096).unwrap();
        config.max_log_bytes = 4 * 104 + 60;
    });
    let mut publisher = room.publish();
    room.send(&mut publisher, [0x93, 0xA3, 0xA3].map(payload));
    assert_eq!(room.hub.log_bytes(), 3 * 104);
    let mut legacy = room.join_as(1, Spelling::LEGACY);
    assert_eq!(room.payloads(&mut legacy).len(), 3);
    // All three were made, the first two are gone again; legacy headers are as long as enhanced ones.
    assert_eq!(room.stats().messages_respelled, 3);
    assert_eq!(room.hub.log_bytes(), 4 * 104);
    assert_eq!(room.stats().log_messages, 3);
    // There is room for the fourth message, and then for no other spelling of it but while it is the newest.
    room.send(&mut publisher, [payload(0xA3)]);
    assert_eq!(room.hub.log_bytes(), 4 * 104);
    assert_eq!(room.payloads(&mut legacy).len(), 1);
    assert_eq!(room.hub.log_bytes(), 5 * 104);
    let mut other = room.join_as(2, Spelling::LEGACY);
    assert_eq!(
        room.payloads(&mut other).len(),
        4,
        "what is gone can be made again"
    );
    assert_eq!(room.stats().messages_respelled, 4 + 3);
    assert_eq!(room.hub.log_bytes(), 5 * 104);

    room.unpublish(publisher);
    room.payloads(&mut legacy);
    room.payloads(&mut other);
    assert_eq!(room.hub.log_bytes(), 0);
}

#[test]
fn all_spellings_of_all_streams_meet_their_limit() {
    let mut room = Room::new(|config| config.max_total_log_bytes = 150);
    let mut publisher = room.publish();
    // 12 + 6 bytes each, and 12 + 6 when respelled.
    room.send(
        &mut publisher,
        [keyframe(0), inter(40), inter(80), inter(120), inter(160)],
    );
    assert_eq!(room.hub.log_bytes(), 90);
    let mut player = room.join_as(1, Spelling::ENHANCED);
    assert_eq!(room.payloads(&mut player).len(), 5);
    assert!(room.hub.log_bytes() <= 150, "{}", room.hub.log_bytes());
    assert_eq!(room.stats().log_messages, 5);
}

#[test]
fn spelling_goes_with_another_message_stream_and_another_time() {
    let mut room = Room::new(|config| config.chunk_size = ChunkSize::new(128).unwrap());
    let mut publisher = room.publish();
    let body = [0xAB; 300];
    room.send(
        &mut publisher,
        [video(70_000, &[&b"\x91avc1\0\0\x21"[..], &body].concat())],
    );
    let options = SubscribeOptions {
        stream: MessageStreamId::new(7),
        zero_based: true,
        spelling: Spelling::LEGACY,
        ..SubscribeOptions::default()
    };
    let mut player = room.hub.subscribe(&room.key, Token(1), options);
    let mut bytes = Vec::new();
    while !matches!(
        room.hub.pull(&mut player, usize::MAX, |delivery| {
            bytes.extend(delivery.chunks().concat());
        }),
        Pulled::CaughtUp
    ) {}
    let mut decoder = ChunkDecoder::new(&Limits::default());
    let decoded = decoder.decode(&mut &bytes[..]).unwrap().unwrap();
    assert_eq!((decoded.stream.get(), decoded.timestamp.as_millis()), (7, 0));
    assert_eq!(decoded.payload, [&b"\x17\x01\0\0\x21"[..], &body].concat());
}
