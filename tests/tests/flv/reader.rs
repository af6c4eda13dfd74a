//! What other programs wrote is read whole, and is the same when it is written; what is spoilt of it is found.

use std::fs;

use rtmp_core::flv::{EncodedTag, FlvHeader, FlvItem, FlvTag, ReadOptions};
use rtmp_core::media::MediaKind;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::files;

/// What the other reader told of the tags of one kind, as far as it follows from their data alone.
fn facts(tags: &[FlvTag], kind: MediaKind) -> Value {
    let messages = files::messages(tags);
    let messages: Vec<_> = messages.filter(|message| message.kind == kind).collect();
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
        return Value::Null;
    };
    let mut hash = Sha256::new();
    messages.iter().for_each(|message| hash.update(&message.payload));
    json!({
        "messages": messages.len(),
        "message_bytes": messages.iter().map(|message| message.payload.len()).sum::<usize>(),
        "first_dts": first.timestamp.as_millis(),
        "last_dts": last.timestamp.as_millis(),
        "sha256_messages": hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

#[test]
fn every_file_is_read_as_another_reader_read_it() {
    let files = files::all();
    assert_eq!(files.len(), 26);
    for file in files {
        let expected = fs::read(file.with_extension("expect.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let bytes = fs::read(&file).unwrap();
        let tags = files::tags(&bytes);
        for (name, kind) in [("video", MediaKind::Video), ("audio", MediaKind::Audio)] {
            let found = facts(&tags, kind);
            let mut expected = expected["media"][name].clone();
            if let Some(expected) = expected.as_object_mut() {
                expected.retain(|key, _| found.get(key).is_some());
            }
            assert_eq!(found, expected, "{name} of {}", file.display());
        }
        let data = files::messages(&tags);
        let data = data.filter(|message| message.kind == MediaKind::Data).count();
        assert_eq!(expected["media"]["data_messages"], data, "{}", file.display());
        assert!(
            tags.iter().all(|tag| !tag.has_wrong_size_behind()),
            "{}",
            file.display()
        );
    }
}

#[test]
fn of_a_file_with_a_hole_all_tags_outside_of_it_are_read() {
    for file in files::all() {
        let bytes = fs::read(&file).unwrap();
        let whole = files::tags(&bytes);
        let middle = &whole[whole.len() / 2];
        let from = middle.offset as usize + 11 + middle.payload.len() / 2;
        for len in [1, 10, 1000] {
            let case = format!("{}: {len} from {from}", file.display());
            let spoilt = [&bytes[..from], &bytes[from + len..]].concat();
            let items = files::items(ReadOptions::resyncing(), &spoilt);
            let is_skipped = |item: &&FlvItem| matches!(item, FlvItem::Skipped { .. });
            assert_eq!(items.iter().filter(is_skipped).count(), 1, "{case}");

            let outside = whole.iter().filter(|tag| {
                tag.offset + u64::from(tag.size()) <= from as u64 || tag.offset >= (from + len) as u64
            });
            let outside: Vec<_> = outside.map(|tag| tag.payload.clone()).collect();
            let found = items.into_iter().filter_map(files::only_tag);
            let found: Vec<_> = found.map(|tag| tag.payload).collect();
            assert!(found == outside, "{case}");
        }
    }
}

#[test]
fn a_file_read_and_written_is_the_same_file() {
    for file in files::all() {
        let bytes = fs::read(&file).unwrap();
        let mut header = FlvHeader::new(false, false);
        header.flags = bytes[4];
        let mut again = header.to_bytes().to_vec();
        for tag in files::tags(&bytes) {
            for slice in EncodedTag::of_tag(&tag).unwrap().slices() {
                again.extend_from_slice(&slice);
            }
        }
        assert!(again == bytes, "{}", file.display());
    }
}
