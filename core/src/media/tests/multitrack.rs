//! Several tracks in one message, and one by its number.

use super::*;

const MANY_TRACKS: [u8; 32] = [
    0x96, 0x11, b'h', b'v', b'c', b'1', // key, Multitrack; ManyTracks, CodedFrames
    0x00, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0x26, 0x01, // track 0: 9 bytes
    0x01, 0, 0, 9, 0, 0, 0, 0, 0, 0, 2, 0x26, 0x02, // track 1: 9 bytes
];

#[test]
fn one_track_carries_its_id() {
    let payload = [0xA6, 0x03, b'a', b'v', b'c', b'1', 0x01, 0, 0, 0, 2, 0x41, 0x9A];
    let packet = VideoPacket {
        track: TrackId::new(1),
        frame_type: FrameType::Inter,
        ..enhanced(
            VideoCodec::Avc,
            VideoPacketType::CodedFramesX,
            &[0, 0, 0, 2, 0x41, 0x9A],
        )
    };
    assert_eq!(video(&payload), [Ok(packet)]);
    assert_eq!(video_class(&payload), Class::Inter);
}

#[test]
fn key_frames_of_other_tracks_are_no_place_to_start() {
    // CodedFramesX of track 1, then of track 0.
    let other = [0x96, 0x03, b'a', b'v', b'c', b'1', 0x01, 0, 0, 0, 1, 0x65];
    let default = [0x96, 0x03, b'a', b'v', b'c', b'1', 0x00, 0, 0, 0, 1, 0x65];
    assert_eq!(
        video_class(&other),
        Class::TrackKeyframe {
            track: TrackId::new(1)
        }
    );
    assert_eq!(video_class(&default), Class::Keyframe);
}

#[test]
fn each_track_has_a_place_for_its_header() {
    // SequenceStart of track 2.
    let payload = [0x96, 0x00, b'a', b'v', b'c', b'1', 0x02, 0x01, 0x64];
    let track = TrackSlot::One(TrackId::new(2));
    assert_eq!(video_class(&payload), Class::VideoSequenceHeader { track });
    assert!(video_class(&payload).is_header());
}

#[test]
fn many_tracks_share_a_codec() {
    let first = enhanced(
        VideoCodec::Hevc,
        VideoPacketType::CodedFrames,
        &[0, 0, 0, 2, 0x26, 0x01],
    );
    let second = VideoPacket {
        track: TrackId::new(1),
        payload: &[0, 0, 0, 2, 0x26, 0x02],
        ..first
    };
    assert_eq!(video(&MANY_TRACKS), [Ok(first), Ok(second)]);
    assert_eq!(video_class(&MANY_TRACKS), Class::Keyframe);
    // The first tells whether it is a place to start at.
    let mut others = MANY_TRACKS;
    others[6] = 2;
    let track = TrackId::new(2);
    assert_eq!(video_class(&others), Class::TrackKeyframe { track });
}

#[test]
fn a_header_of_many_tracks_does_not_replace_one_of_a_single_track() {
    let mut many = MANY_TRACKS;
    many[1] = 0x10; // SequenceStart
    let track = TrackSlot::Many(TrackId::DEFAULT);
    assert_eq!(video_class(&many), Class::VideoSequenceHeader { track });
    // The form for many, with one in it, is one.
    assert_eq!(video_class(&many[..19]), SEQUENCE_HEADER);
}

#[test]
fn a_track_that_overruns_the_message_is_the_last() {
    let cut = &MANY_TRACKS[..31];
    let packets = video(cut);
    assert!(packets[0].is_ok());
    assert_eq!(
        packets[1],
        Err(TagError::TrackOverrun {
            track: TrackId::new(1),
            size: 9,
            left: 8
        })
    );
    assert_eq!(packets.len(), 2);
}

#[test]
fn a_track_too_short_for_its_composition_time_does_not_hide_the_next() {
    let payload = [
        0xA6, 0x11, b'h', b'v', b'c', b'1', // inter; ManyTracks, CodedFrames
        0x00, 0, 0, 1, 0x00, // track 0: 1 byte
        0x01, 0, 0, 4, 0, 0, 0, 0xAA, // track 1: 4 bytes
    ];
    let packets = video(&payload);
    assert_eq!(packets[0], Err(TagError::Truncated));
    assert_eq!(packets[1].unwrap().payload, [0xAA]);
}

#[test]
fn many_tracks_may_differ_in_codec() {
    let payload = [
        0x96, 0x22, // key, Multitrack; ManyTracksManyCodecs, SequenceEnd
        b'a', b'v', b'0', b'1', 0x00, 0, 0, 0, // track 0
        b'h', b'v', b'c', b'1', 0x02, 0, 0, 0, // track 2
    ];
    let first = enhanced(VideoCodec::Av1, VideoPacketType::SequenceEnd, &[]);
    let second = VideoPacket {
        track: TrackId::new(2),
        codec: VideoCodec::Hevc,
        ..first
    };
    assert_eq!(video(&payload), [Ok(first), Ok(second)]);
    assert_eq!(video_class(&payload), Class::SequenceEnd);
}

#[test]
fn audio_multitrack_is_packet_type_5() {
    let payload = [0x95, 0x00, b'm', b'p', b'4', b'a', 0x01, 0x11, 0x90];
    let packet = audio(&payload)[0].unwrap();
    assert_eq!((packet.track, packet.codec), (TrackId::new(1), AudioCodec::Aac));
    assert_eq!(packet.payload, [0x11, 0x90]);
    let track = TrackSlot::One(TrackId::new(1));
    assert_eq!(audio_class(&payload), Class::AudioSequenceHeader { track });
    // 6 is Multitrack in video only.
    assert_eq!(
        audio_class(&[0x96, 0x00, b'm', b'p', b'4', b'a', 0x01]),
        Class::Opaque
    );
}
