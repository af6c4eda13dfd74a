//! What holds for all files and all bytes.

use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

use super::*;
use crate::media::{MediaKind, MediaMessage};
use crate::units::Timestamp;

/// Bytes in which tags and pieces of tags abound.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(AUDIO.to_vec()),
        4 => Just(VIDEO.to_vec()),
        2 => (0..VIDEO.len()).prop_map(|len| VIDEO[..len].to_vec()),
        1 => Just(HEADER.to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0..40_usize).prop_map(|len| vec![0; len]),
    ];
    let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    (prop_oneof![3 => Just(HEADER), 1 => Just(&HEADER[..7])], pieces)
        .prop_map(|(header, pieces)| [header, &pieces].concat())
}

fn any_message() -> impl Strategy<Value = MediaMessage> {
    let kind = prop_oneof![
        Just(MediaKind::Audio),
        Just(MediaKind::Video),
        Just(MediaKind::Data)
    ];
    let first = prop_oneof![Just(0x17), Just(0x27), Just(0xAF), any::<u8>()];
    let payload = (first, prop::collection::vec(any::<u8>(), 0..40));
    (kind, any::<u32>(), payload).prop_map(|(kind, millis, (first, rest))| MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: [&[first], &rest[..]].concat().into(),
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        messages in prop::collection::vec(any_message(), 0..20),
        max_keyframes in 0..5_usize,
    ) {
        let options = WriteOptions { max_keyframes, ..WriteOptions::default() };
        let (mut writer, head) = FlvWriter::begin(options).unwrap();
        let mut file = BytesMut::from(&head[..]);
        for message in &messages {
            file.put(writer.tag(message).unwrap().into_buf());
        }
        for head in [head, writer.finish()] {
            file[..head.len()].copy_from_slice(&head);
            let tags = tags(&file);
            prop_assert!(tags.iter().all(|tag| tag.previous_tag_size == Some(tag.size())));
            let found: Vec<_> = tags[1..].iter().map(message_of).collect();
            prop_assert_eq!(&found, &messages);
        }
    }

    #[test]
    fn what_is_read_is_written_as_it_was(bytes in likely_bytes()) {
        let (items, _) = read(&ReadOptions::resyncing(), &bytes);
        for tag in only_tags(items) {
            let written: Vec<u8> = EncodedTag::of_tag(&tag).unwrap().slices().iter().flat_map(|slice| slice.to_vec()).collect();
            let (start, len) = (usize::try_from(tag.offset).unwrap(), tag.size() as usize);
            prop_assert_eq!(&written[..len], &bytes[start..start + len]);
            prop_assert_eq!(&written[len..], tag.size().to_be_bytes());
        }
    }

    #[test]
    fn how_the_bytes_are_cut_makes_no_difference(
        bytes in likely_bytes(),
        len in 1..50_usize,
        resync in any::<bool>(),
    ) {
        let options = ReadOptions { resync, max_tag_data: 40 };
        prop_assert_eq!(read_pieces(&options, bytes.chunks(len)), read(&options, &bytes));
    }

    #[test]
    fn every_byte_is_part_of_one_item(bytes in likely_bytes()) {
        let (items, error) = read(&ReadOptions::resyncing(), &bytes);
        prop_assert_eq!(error, None);
        let mut end = 0;
        for item in items {
            let (offset, len) = match item {
                FlvItem::Header(header) => (0, u64::from(header.data_offset) + 4),
                FlvItem::Tag(tag) => (tag.offset, u64::from(tag.size()) + 4),
                FlvItem::Skipped { offset, len, .. } => (offset, len),
            };
            prop_assert_eq!(offset, end);
            end = offset + len;
        }
        // The last PreviousTagSize, and the first, may be missing.
        prop_assert!((0..=4).contains(&(end as i64 - bytes.len() as i64)), "{} of {}", end, bytes.len());
    }

    #[test]
    fn damage_does_not_hide_what_comes_before_it(bytes in likely_bytes()) {
        let (strict, error) = read(&ReadOptions::default(), &bytes);
        let (lenient, _) = read(&ReadOptions::resyncing(), &bytes);
        prop_assert!(lenient.starts_with(&strict));
        prop_assert_eq!(error.is_some(), lenient.iter().any(|item| matches!(item, FlvItem::Skipped { .. })));
    }
}
