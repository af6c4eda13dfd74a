//! What a writer makes, read back.

use bytes::{Buf, Bytes};

use super::*;
use crate::amf0::{self, Object, Value};
use crate::limits::Limits;
use crate::media::{MediaKind, MediaMessage};
use crate::units::Timestamp;

/// A frame whose key frames are told by `17`: H.264, key frame, NAL units.
fn video(millis: u32, is_key: bool) -> MediaMessage {
    let payload: &[u8] = if is_key {
        b"\x17\x01\0\0\0\x65"
    } else {
        b"\x27\x01\0\0\0\x41"
    };
    message(MediaKind::Video, millis, payload)
}

fn message(kind: MediaKind, millis: u32, payload: &[u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: Bytes::copy_from_slice(payload),
    }
}

/// The file as it stands before it is finished, and after.
fn written(options: WriteOptions, messages: &[MediaMessage]) -> (Vec<u8>, Vec<u8>) {
    let (mut writer, head) = FlvWriter::begin(options).unwrap();
    let mut unfinished = head.to_vec();
    for message in messages {
        let tag = writer.tag(message).unwrap();
        assert_eq!(tag.size(), tag.clone().into_buf().remaining() as u64);
        tag.slices()
            .iter()
            .for_each(|slice| unfinished.extend_from_slice(slice));
    }
    assert_eq!(writer.position(), unfinished.len() as u64);
    let head = writer.finish();
    let finished = [&head, &unfinished[head.len()..]].concat();
    (unfinished, finished)
}

/// The object of the first tag, `onMetaData`.
fn metadata(file: &[u8]) -> Object<'static> {
    let tag = tags(file).remove(0);
    let values = amf0::decode_all(&tag.payload, &Limits::default()).unwrap();
    assert_eq!(values[0], Value::from("onMetaData"));
    assert!(values[2].as_str().unwrap().chars().all(|filler| filler == ' '));
    assert_eq!(values.len(), 3);
    values[1].as_object().unwrap().clone().into_owned()
}

/// Times and positions of the index.
fn index(file: &[u8]) -> Vec<(f64, f64)> {
    let metadata = metadata(file);
    let keyframes = metadata.get("keyframes").unwrap().as_object().unwrap();
    let list = |name| match keyframes.get(name) {
        Some(Value::StrictArray(list)) => list.iter().map(|value| value.as_number().unwrap()).collect(),
        _ => Vec::new(),
    };
    let (times, positions) = (list("times"), list("filepositions"));
    assert_eq!(times.len(), positions.len());
    times.into_iter().zip(positions).collect()
}

fn with_room_for(max_keyframes: usize) -> WriteOptions {
    WriteOptions {
        max_keyframes,
        ..WriteOptions::default()
    }
}

#[test]
fn a_finished_file_says_how_long_it_is_and_where_its_key_frames_are() {
    let messages: Vec<_> = (0..50)
        .map(|frame| video(1000 + frame * 40, frame % 25 == 0))
        .collect();
    let (_, file) = written(WriteOptions::default(), &messages);
    let metadata = metadata(&file);
    let number = |key| metadata.get(key).and_then(Value::as_number).unwrap();
    assert_eq!(number("duration"), 2.0);
    assert_eq!(number("lasttimestamp"), 2.96);
    assert_eq!(number("lastkeyframetimestamp"), 2.0);
    assert_eq!(number("filesize"), file.len() as f64);
    assert_eq!(metadata.get("hasVideo"), Some(&true.into()));
    assert_eq!(metadata.get("hasAudio"), Some(&false.into()));
    assert_eq!(metadata.get("canSeekToEnd"), Some(&false.into()));

    let tags = tags(&file);
    // The first of them is the metadata.
    let place = |frame: usize| tags[1 + frame].offset as f64;
    assert_eq!(index(&file), [(1.0, place(0)), (2.0, place(25))]);
    assert_eq!(number("lastkeyframelocation"), place(25));
    // The header announces video alone.
    assert_eq!(file[4], 0x01);
}

#[test]
fn a_file_that_was_never_finished_is_whole() {
    let options = WriteOptions {
        metadata: Object::new().with("width", 1280.0).with("duration", 99.0),
        ..WriteOptions::default()
    };
    let messages = [video(0, true), video(40, false)];
    let (unfinished, finished) = written(options, &messages);
    // What the writer will know, and does not know yet, is not said.
    assert_eq!(metadata(&unfinished), Object::new().with("width", 1280.0));
    let found: Vec<_> = tags(&unfinished)[1..].iter().map(message_of).collect();
    assert_eq!(found, messages);
    let metadata = metadata(&finished);
    assert_eq!(metadata.get("width"), Some(&1280.0.into()));
    assert_eq!(metadata.get("duration"), Some(&0.08.into()));
    let durations = metadata.iter().filter(|(key, _)| *key == "duration").count();
    assert_eq!(durations, 1);
}

#[test]
fn the_head_has_the_same_length_for_any_number_of_key_frames() {
    for max in [0, 2, 3, 10] {
        for count in 0..30 {
            let messages: Vec<_> = (0..count).map(|frame| video(frame * 1000, true)).collect();
            let (_, file) = written(with_room_for(max), &messages);
            assert_eq!(tags(&file).len(), 1 + messages.len());
            let metadata = metadata(&file);
            assert_eq!(metadata.get("hasKeyframes"), Some(&(count > 0).into()));
            // An index of one is none.
            assert_eq!(
                metadata.get("keyframes").is_some(),
                max > 0 && count > 1,
                "{count} of {max}"
            );
        }
    }
}

#[test]
fn an_index_without_room_covers_the_whole_file() {
    let messages: Vec<_> = (0..1000).map(|frame| video(frame * 1000, true)).collect();
    let (_, file) = written(with_room_for(10), &messages);
    let tags = tags(&file);
    let index = index(&file);
    assert_eq!(index.len(), 8);
    for (entry, (time, position)) in index.into_iter().enumerate() {
        assert_eq!(time, entry as f64 * 128.0);
        assert_eq!(position, tags[1 + entry * 128].offset as f64);
    }
}

#[test]
fn a_stream_may_go_on_for_months() {
    // Every ten days, up to 60: timestamps wrap after 49.7.
    let messages: Vec<_> = (0..=6_u32)
        .map(|count| video(count.wrapping_mul(864_000_000), true))
        .collect();
    let (_, file) = written(WriteOptions::default(), &messages);
    let times: Vec<_> = index(&file).into_iter().map(|(time, _)| time).collect();
    assert_eq!(times, [0.0, 864e3, 1728e3, 2592e3, 3456e3, 4320e3, 5184e3]);
    assert_eq!(metadata(&file).get("duration"), Some(&5184e3.into()));
    let found: Vec<_> = tags(&file)[1..].iter().map(message_of).collect();
    assert_eq!(found, messages);
}

#[test]
fn headers_do_not_count_as_frames() {
    // Relays send them with a timestamp of 0, and frames as they come.
    let messages = [
        message(MediaKind::Video, 0, b"\x17\0\0\0\0\x01"),
        message(MediaKind::Audio, 0, b"\xAF\0\x12\x10"),
        video(3_600_000, true),
        message(MediaKind::Audio, 3_600_000, b"\xAF\x01\x21"),
        video(3_600_040, false),
    ];
    let (_, file) = written(WriteOptions::default(), &messages);
    assert_eq!(metadata(&file).get("duration"), Some(&0.08.into()));
    assert_eq!(file[4], 0x05);
}

#[test]
fn what_does_not_fit_into_a_tag_is_refused_and_no_part_of_the_file() {
    let (mut writer, head) = FlvWriter::begin(WriteOptions::default()).unwrap();
    let mut message = message(MediaKind::Video, 0, &vec![0; 1 << 24]);
    assert_eq!(writer.tag(&message), Err(TagDataTooLong { size: 1 << 24 }));
    assert_eq!(writer.position(), head.len() as u64);
    message.payload.truncate((1 << 24) - 1);
    assert!(writer.tag(&message).is_ok());

    for max_keyframes in [1 << 20, usize::MAX] {
        assert!(FlvWriter::begin(with_room_for(max_keyframes)).is_err());
    }
}

#[test]
fn a_payload_is_shared_and_not_copied() {
    let message = video(0, true);
    let tag = EncodedTag::new(&message).unwrap();
    assert_eq!(tag.slices()[1].as_ptr(), message.payload.as_ptr());
}
