use bytes::Bytes;
use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::media::{MediaMessage, TrackId};
use rtmp_core::units::Timestamp;

use super::*;

pub(super) fn sample(dts: i64, bytes: usize) -> Sample {
    Sample {
        dts,
        composition_time: 0,
        bytes,
        is_key: false,
        is_disposable: false,
        place: Place {
            byte: dts.unsigned_abs(),
            time: None,
        },
    }
}

/// A record of AVC: Main, level 1.2, 320x180, 25 frames per second, as x264 writes it.
const AVCC: &[u8] = &[
    0x01, 0x4D, 0x40, 0x0C, 0xFF, 0xE1, 0x00, 0x17, 0x67, 0x4D, 0x40, 0x0C, 0xDA, 0x05, 0x06, 0x7E, 0x7C,
    0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0C, 0x83, 0xC5, 0x0A, 0xA8, 0x01, 0x00, 0x04,
    0x68, 0xEF, 0x3C, 0x80,
];
/// Slices of AVC behind their length: of an IDR picture, P, B.
const IDR: &[u8] = &[0, 0, 0, 2, 0x65, 0x88];
const P: &[u8] = &[0, 0, 0, 2, 0x41, 0b1001_1010];
const B: &[u8] = &[0, 0, 0, 2, 0x01, 0b1001_1110];

/// Legacy video of AVC: the first byte, the packet type, no composition time.
fn video(first: u8, packet_type: u8, payload: &[u8]) -> (MediaKind, Vec<u8>) {
    (
        MediaKind::Video,
        [&[first, packet_type, 0, 0, 0], payload].concat(),
    )
}

fn key(payload: &[u8]) -> (MediaKind, Vec<u8>) {
    video(0x17, 1, payload)
}

fn inter(payload: &[u8]) -> (MediaKind, Vec<u8>) {
    video(0x27, 1, payload)
}

fn configuration() -> (MediaKind, Vec<u8>) {
    video(0x17, 0, AVCC)
}

/// AAC: LC, 44100 Hz, stereo.
fn audio_configuration() -> (MediaKind, Vec<u8>) {
    (MediaKind::Audio, vec![0xAF, 0, 0x12, 0x10])
}

fn audio() -> (MediaKind, Vec<u8>) {
    (MediaKind::Audio, vec![0xAF, 1, 0x21, 0x17])
}

/// Reads messages of these timestamps; the first lies at byte 0, the next at byte 100, and so on.
fn tracks(messages: &[(u32, (MediaKind, Vec<u8>))]) -> Tracks {
    let mut reader = TracksReader::default();
    for (byte, (timestamp, (kind, payload))) in (0..).step_by(100).zip(messages) {
        let message = MediaMessage {
            kind: *kind,
            timestamp: Timestamp::from_millis(*timestamp),
            payload: Bytes::copy_from_slice(payload),
        };
        reader.take(&message, Place { byte, time: None });
    }
    reader.finish()
}

fn findings(messages: &[(u32, (MediaKind, Vec<u8>))]) -> Vec<String> {
    tracks(messages)
        .findings
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A configuration, and frames 40 ms apart.
fn stream(frames: &[(MediaKind, Vec<u8>)]) -> Vec<(u32, (MediaKind, Vec<u8>))> {
    let frames = (0..).step_by(40).zip(frames.iter().cloned());
    [(0, configuration())].into_iter().chain(frames).collect()
}

#[test]
fn a_sound_stream_has_no_findings() {
    let tracks = tracks(&stream(&[key(IDR), inter(P), inter(P), key(IDR), inter(P)]));
    assert_eq!(tracks.findings, []);
    let [track] = &tracks.tracks[..] else {
        panic!("{tracks:?}")
    };
    assert_eq!((track.frames, track.keyframes, track.step), (5, 2, Some(40)));
    assert_eq!(track.identity.codec_string(), Some("avc1.4d400c"));
}

#[test]
fn timestamps_that_go_back_and_gaps_have_their_place() {
    let mut messages = stream(&vec![inter(P); 8]);
    messages[1].1 = key(IDR);
    messages[4].0 = 60;
    for (timestamp, _) in &mut messages[6..] {
        *timestamp += 1000;
    }
    assert_eq!(
        findings(&messages),
        [
            "video 0: a timestamp goes back at byte 400: 60 ms behind 80 ms",
            "video 0: a gap at byte 600: 1040 ms, from 160 to 1200 ms",
        ]
    );
}

#[test]
fn a_single_frame_left_out_is_no_gap() {
    let mut messages = stream(&vec![inter(P); 8]);
    messages[1].1 = key(IDR);
    messages.remove(4);
    assert_eq!(findings(&messages), [""; 0]);
}

#[test]
fn key_frames_are_held_against_their_slices() {
    assert_eq!(
        findings(&stream(&[key(IDR), key(P), inter(IDR), inter(P), key(P)])),
        [
            "video 0: 2 key frames that are none, the first at byte 200",
            "video 0: a key frame not marked as one at byte 300",
        ]
    );
}

#[test]
fn b_frames_want_composition_times() {
    assert_eq!(
        findings(&stream(&[key(IDR), inter(P), inter(B), inter(B)])),
        ["video 0: 2 B-frames without composition times, the first at byte 300"]
    );
    let mut later = inter(P);
    later.1[4] = 80;
    assert_eq!(findings(&stream(&[key(IDR), later, inter(B), inter(B)])), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let unreadable = (MediaKind::Audio, vec![0xAF, 7]);
    // A length of 9 in front of 2 bytes.
    let overrun = inter(&[0, 0, 0, 9, 0x41, 0x9A]);
    let data = (MediaKind::Data, b"\x02\0\x0AonMeta".to_vec());
    let findings = findings(&[
        (0, video(0x17, 0, &[1, 2])),
        (0, key(IDR)),
        (40, overrun),
        (80, unreadable),
        (80, data),
        (80, inter(&[])),
    ]);
    for (finding, begins) in findings.iter().zip([
        "audio 0: a malformed tag at byte 300: aac, packet type 7",
        "data: a malformed tag at byte 400: ",
        "video 0: an unreadable configuration at byte 0: ",
        "video 0: a frame with broken NAL units at byte 200: ",
        "video 0: 2 frames without a configuration, the first at byte 100",
        "video 0: an empty frame at byte 500",
    ]) {
        assert!(finding.starts_with(begins), "{finding} is not {begins}");
    }
    assert_eq!(findings.len(), 6);
}

#[test]
fn frames_before_the_first_key_frame_are_counted() {
    let findings = findings(&stream(&[inter(P), inter(P), key(IDR), inter(P)]));
    assert_eq!(
        findings,
        ["video 0: 2 frames in front of the first key frame, the first at byte 100"]
    );
}

#[test]
fn changes_of_codec_and_configuration_are_told_and_repetitions_are_not() {
    let mut wider = AVCC.to_vec();
    // Level 1.3 in the record.
    wider[3] = 0x0D;
    let findings = findings(&[
        (0, configuration()),
        (0, key(IDR)),
        (40, configuration()),
        (40, video(0x17, 0, &wider)),
        (40, key(IDR)),
        // Sorenson H.263.
        (80, (MediaKind::Video, vec![0x12, 0, 0, 0x84])),
    ]);
    assert_eq!(
        findings[0],
        "video 0: the codec changes at byte 500: from h264 to flv1"
    );
    assert!(
        findings[1]
            .starts_with("video 0: the configuration changes at byte 300: from avc1.4d400c 320x180 to ")
    );
    assert_eq!(findings.len(), 2);
}

#[test]
fn sound_that_does_not_fit_into_its_timestamps_runs_off() {
    // 1024 samples at 44100 Hz last 23.2 ms.
    let every = |millis: u32| {
        let frames = (0..100).map(move |index| (index * millis, audio()));
        [(0, audio_configuration())]
            .into_iter()
            .chain(frames)
            .collect::<Vec<_>>()
    };
    assert_eq!(findings(&every(23)), [""; 0]);
    assert_eq!(
        findings(&every(21)),
        ["audio 0: timestamps run off: 2299 ms of sound have timestamps that span 2079 ms"]
    );
}

#[test]
fn audio_far_from_video_is_told() {
    let messages = [
        (0, configuration()),
        (0, audio_configuration()),
        (0, key(IDR)),
        (0, audio()),
        (1500, audio()),
        (40, inter(P)),
    ];
    assert_eq!(
        findings(&messages),
        ["audio and video are far apart at byte 500: 1460 ms"]
    );
}

/// `onMetaData` with these numbers.
fn metadata(numbers: &[(&'static str, f64)]) -> (MediaKind, Vec<u8>) {
    let object = numbers
        .iter()
        .fold(Object::new(), |object, (key, number)| object.with(*key, *number));
    let mut payload = Vec::new();
    amf0::encode(&"onMetaData".into(), &mut payload);
    amf0::encode(&Value::EcmaArray(object), &mut payload);
    (MediaKind::Data, payload)
}

#[test]
fn metadata_are_held_against_the_stream() {
    let said = metadata(&[
        ("width", 640.0),
        ("height", 360.0),
        ("framerate", 50.0),
        // Sorenson H.263.
        ("videocodecid", 2.0),
        ("audiocodecid", 10.0),
        ("audiosamplerate", 48_000.0),
        ("audiochannels", 1.0),
    ]);
    let mut messages = vec![(0, said), (0, audio_configuration()), (0, audio())];
    messages.extend(stream(&vec![key(IDR); 12]));
    assert_eq!(
        findings(&messages),
        [
            "video 0: onMetaData has another codec at byte 0: flv1, the stream h264",
            "video 0: onMetaData has another size at byte 0: 640x360, the stream 320x180",
            "video 0: onMetaData has another frame rate at byte 0: 50, the stream 25.000",
            "audio 0: onMetaData has another sample rate at byte 0: 48000, the stream 44100",
            "audio 0: onMetaData has another number of channels at byte 0: 1, the stream 2",
        ]
    );
}

#[test]
fn metadata_that_agree_or_say_nothing_are_no_finding() {
    let agree = [
        ("width", 320.0),
        ("height", 180.0),
        ("framerate", 25.0),
        ("videocodecid", 7.0),
    ];
    for said in [
        metadata(&agree),
        metadata(&agree.map(|(key, _)| (key, 0.0))[..3]),
        metadata(&[]),
    ] {
        let mut messages = vec![(0, said)];
        messages.extend(stream(&vec![key(IDR); 12]));
        assert_eq!(findings(&messages), [""; 0]);
    }
}

#[test]
fn codec_ids_of_no_specification_are_told() {
    // HEVC as 12, AV1 as 13: the end of a sequence.
    for (first, finding) in [
        (
            0x1C,
            "video 0: a codec id of no specification at byte 0: hevc (legacy id 12)",
        ),
        (
            0x1D,
            "video 0: a codec id of no specification at byte 0: av1 (legacy id 13)",
        ),
    ] {
        assert_eq!(findings(&[(0, video(first, 2, &[]))]), [finding]);
    }
}

/// FFmpeg's search for tracks ends at a picture for which it has no parameter sets.
#[test]
fn what_begins_behind_a_picture_without_configuration_is_not_announced() {
    let late_metadata = metadata(&[("width", 320.0)]);
    let messages = [
        (0, key(IDR)),
        (20, audio_configuration()),
        (40, late_metadata.clone()),
    ];
    assert_eq!(tracks(&messages).announced, [Announced::Track(0)]);
    let messages = [
        (0, configuration()),
        (0, key(IDR)),
        (20, audio_configuration()),
        (40, late_metadata),
    ];
    assert_eq!(
        tracks(&messages).announced,
        [Announced::Track(0), Announced::Track(1), Announced::Text]
    );
}

#[test]
fn tracks_have_their_own_time() {
    // Key frames of AVC with enhanced headers: multitrack, one track, coded frames without composition time.
    let frame = |track: u8| {
        (
            MediaKind::Video,
            [&[0x96, 0x03][..], b"avc1", &[track], IDR].concat(),
        )
    };
    let tracks = tracks(&[(0, frame(0)), (5000, frame(1)), (40, frame(0)), (5040, frame(1))]);
    let spans: Vec<_> = tracks
        .tracks
        .iter()
        .map(|track| (track.name.id, track.span))
        .collect();
    assert_eq!(
        spans,
        [
            (TrackId::new(0), Some((0, 40))),
            (TrackId::new(1), Some((5000, 5040)))
        ]
    );
}

/// Frames of AVC with these composition times, 40 ms apart: a key frame, and P and B in turn.
fn reordered(composition_times: &[u8]) -> Vec<(u32, (MediaKind, Vec<u8>))> {
    let mut frames = vec![key(IDR)];
    frames.extend(
        [inter(P), inter(B)]
            .into_iter()
            .cycle()
            .take(composition_times.len() - 1),
    );
    for ((_, frame), time) in frames.iter_mut().zip(composition_times) {
        frame[4] = *time;
    }
    stream(&frames)
}

#[test]
fn b_frames_are_to_be_shown_before_what_was_decoded_earlier() {
    assert_eq!(findings(&reordered(&[40, 80, 0, 80, 0, 80, 0])), [""; 0]);
    assert_eq!(
        findings(&reordered(&[80; 7])),
        ["video 0: 3 B-frames that composition times do not reorder, the first at byte 300"]
    );
    assert_eq!(
        findings(&reordered(&[0; 7])),
        ["video 0: 3 B-frames without composition times, the first at byte 300"]
    );
}

#[test]
fn composition_times_in_other_units_are_told() {
    let mut messages = reordered(&[40, 80, 0, 80, 0]);
    for (_, (_, frame)) in &mut messages[1..] {
        // 90 ticks for each millisecond.
        let ticks = u32::from(frame[4]) * 90;
        frame[2..5].copy_from_slice(&ticks.to_be_bytes()[1..]);
    }
    assert_eq!(
        findings(&messages),
        ["video 0: 3 composition times that are far too long, the first at byte 100: 3600 ms"]
    );
}

#[test]
fn pictures_at_one_time_are_told() {
    let mut messages = stream(&vec![inter(P); 4]);
    messages[1].1 = key(IDR);
    messages[3].0 = 40;
    assert_eq!(
        findings(&messages),
        ["video 0: a picture at the time of the one before at byte 300: 40 ms"]
    );
}

#[test]
fn audio_without_time_runs_off() {
    let mut messages = vec![(0, audio_configuration())];
    messages.extend(vec![(0, audio()); 10]);
    assert_eq!(
        findings(&messages),
        ["audio 0: timestamps run off: 209 ms of sound have timestamps that span 0 ms"]
    );
}

#[test]
fn elementary_streams_inside_of_tags_are_told() {
    let start_codes = [0, 0, 0, 1, 0x65, 0x88];
    assert_eq!(
        findings(&stream(&[key(&start_codes), key(IDR)])),
        ["video 0: a frame with start codes instead of lengths at byte 100"]
    );
    // A frame of 2 bytes behind a header of 7: 9 bytes.
    let adts = [0xAF, 1, 0xFF, 0xF1, 0x50, 0x80, 0x01, 0x3F, 0xFC, 0x21, 0x17].to_vec();
    assert_eq!(
        findings(&[(0, audio_configuration()), (0, (MediaKind::Audio, adts))]),
        ["audio 0: a frame with an ADTS header at byte 100"]
    );
}

#[test]
fn a_picture_of_another_size_needs_a_configuration() {
    // 640x360, Constrained Baseline, as x264 writes it.
    let sps = [
        0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0, 0x2F, 0xF9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
        0x00, 0x03, 0x00, 0x32, 0x0F, 0x16, 0x2E, 0x48,
    ];
    let larger = [&[0, 0, 0, sps.len() as u8], &sps[..], IDR].concat();
    assert_eq!(
        findings(&stream(&[key(IDR), key(&larger)])),
        [
            "video 0: a picture of another size than the configuration's at byte 200: 640x360 instead of 320x180"
        ]
    );
}

#[test]
fn messages_without_a_byte_are_told() {
    assert_eq!(
        findings(&[(0, (MediaKind::Video, Vec::new()))]),
        ["video 0: an empty frame at byte 0"]
    );
}
