//! What whole files hold.

use crate::limits::Limits;
use crate::media::{Class, MediaKind, MediaMessage};
use crate::units::Timestamp;

use super::*;

#[test]
fn tags_come_with_their_place() {
    let (items, error) = read(&ReadOptions::default(), &file(&[AUDIO, VIDEO]));
    assert_eq!(error, None);
    let tag = |offset, tag_type, millis, payload: &'static [u8], size| {
        FlvItem::Tag(FlvTag {
            offset,
            tag_type,
            filtered: false,
            timestamp: Timestamp::from_millis(millis),
            stream_id: 0,
            payload: payload.into(),
            previous_tag_size: Some(size),
        })
    };
    assert_eq!(
        items,
        [
            FlvItem::Header(FlvHeader::new(true, true)),
            tag(13, TagType::Audio, 23, b"\xAF\x01\x21", 14),
            tag(31, TagType::Video, 40, b"\x27\x01\0\0\0", 16),
        ]
    );
}

#[test]
fn tags_begin_where_the_header_says() {
    // DataOffset 12: three bytes more, then PreviousTagSize0.
    let bytes = [b"FLV\x01\x04\0\0\0\x0C\x09\x09\x09\0\0\0\0", AUDIO].concat();
    let (items, error) = read(&ReadOptions::default(), &bytes);
    assert_eq!(error, None);
    let mut header = FlvHeader::new(true, false);
    header.data_offset = 12;
    assert_eq!(items[0], FlvItem::Header(header));
    assert_eq!(only_tags(items)[0].offset, 16);
}

#[test]
fn a_recording_of_nothing_is_a_header() {
    let mut header = FlvHeader::new(true, true);
    assert_eq!(
        read(&ReadOptions::default(), HEADER),
        (vec![FlvItem::Header(header)], None)
    );
    header.previous_tag_size = None;
    assert_eq!(
        read(&ReadOptions::default(), &HEADER[..9]),
        (vec![FlvItem::Header(header)], None)
    );
}

#[test]
fn the_last_size_may_be_missing() {
    for missing in 1..=4 {
        let bytes = file(&[AUDIO, VIDEO]);
        let tags = tags(&bytes[..bytes.len() - missing]);
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[1].previous_tag_size, None);
        assert!(!tags[1].has_wrong_size_behind());
    }
}

#[test]
fn sizes_are_not_needed_where_tags_follow_each_other() {
    for wrong in [0_u32, 3, 99, u32::MAX] {
        let with_wrong_size = |tag: &[u8]| [&tag[..tag.len() - 4], &wrong.to_be_bytes()].concat();
        let bytes = file(&[&with_wrong_size(AUDIO), &with_wrong_size(VIDEO)]);
        let tags = tags(&bytes);
        assert_eq!(tags.len(), 2);
        for tag in tags {
            assert!(tag.has_wrong_size_behind());
            assert_eq!(tag.previous_tag_size, Some(wrong));
        }
    }
}

#[test]
fn an_empty_tag_is_a_tag() {
    let tags = tags(&file(&[b"\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\x0B", AUDIO]));
    assert_eq!(tags.len(), 2);
    assert_eq!(tags[0].payload.len(), 0);
}

#[test]
fn a_tag_of_an_unknown_type_is_told_by_its_size() {
    let mut unknown = AUDIO.to_vec();
    unknown[0] = 0x56;
    let tags = tags(&file(&[&unknown, VIDEO]));
    assert_eq!(
        tags[0].message(&Limits::default()),
        Err(NoMessage::TagType(TagType::Unknown(0x56)))
    );
    assert_eq!(tags[1].tag_type, TagType::Video);
}

#[test]
fn an_encrypted_tag_is_no_message() {
    let mut encrypted = VIDEO.to_vec();
    encrypted[0] |= 0x20;
    let tags = tags(&file(&[&encrypted]));
    assert!(tags[0].filtered);
    assert_eq!(tags[0].tag_type, TagType::Video);
    assert_eq!(tags[0].message(&Limits::default()), Err(NoMessage::Encrypted));
}

/// A tag of this type at 2^24 ms.
fn script(tag_type: u8, data: &[u8]) -> FlvTag {
    let len = u8::try_from(data.len()).unwrap();
    let head = [tag_type, 0, 0, len, 0, 0, 0, 1, 0, 0, 0];
    tags(&file(&[&head, data, &[0, 0, 0, 11 + len]])).remove(0)
}

#[test]
fn script_tags_are_data_and_lose_the_format_byte_of_amf_3() {
    let data = |payload: &'static [u8]| MediaMessage {
        kind: MediaKind::Data,
        timestamp: Timestamp::from_millis(1 << 24),
        payload: payload.into(),
    };
    assert_eq!(message_of(&script(18, &[0, 5])), data(&[0, 5]));
    assert_eq!(message_of(&script(15, &[0, 5])), data(&[5]));
    assert_eq!(message_of(&script(15, &[5, 5])), data(&[5, 5]));
}

#[test]
fn metadata_in_amf_3_can_be_read_by_those_who_know_amf_0_alone() {
    // {width: 1280}
    let amf3 = b"\x0A\x0B\x01\x0Bwidth\x04\x8A\x00\x01";
    for data in [
        [b"\0\x02\0\x0AonMetaData\x11", &amf3[..]].concat(),
        [b"\x06\x15onMetaData", &amf3[..]].concat(),
    ] {
        let message = message_of(&script(15, &data));
        assert_eq!(message.class(), Class::Metadata);
        assert_eq!(
            message.payload[..],
            b"\x02\0\x0AonMetaData\x08\0\0\0\x01\0\x05width\0\x40\x94\0\0\0\0\0\0\0\0\x09"[..]
        );
    }
    let unknown = script(15, b"\0\x02\0\x04onFI\x11\x0A\x07\x03C");
    let unknown = unknown.message(&Limits::default()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        r#"the tag's AMF3 cannot be read: AMF3 object of the externalizable class "C", which is not known"#
    );
}

#[test]
fn a_payload_keeps_no_memory_but_its_own() {
    let mut video = b"\x09\0\x40\0\0\0\0\0\0\0\0".to_vec();
    video.extend([7; 0x4000]);
    video.extend(0x400B_u32.to_be_bytes());
    let bytes = file(&[&video, AUDIO, &video]);
    let mut tags = tags(&bytes).into_iter();
    let _ = tags.next();
    let audio = tags.next().unwrap().payload.try_into_mut().unwrap();
    assert!(audio.capacity() < 64, "{}", audio.capacity());
}
