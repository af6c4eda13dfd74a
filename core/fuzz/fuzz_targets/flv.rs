//! Any bytes as a file: no panic, the same items however they are cut, every byte part of one item, and what was read
//! survives being written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::flv::{FlvError, FlvItem, FlvReader, FlvTag, FlvWriter, ReadOptions, WriteOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::MediaMessage;

type Outcome = (Vec<FlvItem>, Option<FlvError>);

fn read<'a>(resync: bool, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut options = ReadOptions::default();
    options.resync = resync;
    options.max_tag_data = 1000;
    let mut reader = FlvReader::new(options);
    let mut items = Vec::new();
    for mut piece in pieces.into_iter().map(Some).chain([None]) {
        if piece.is_none() {
            reader.handle_eof();
        }
        loop {
            match reader.read(piece.as_mut().unwrap_or(&mut &[][..])) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => return (items, Some(error)),
            }
        }
    }
    (items, None)
}

fuzz_target!(|bytes: &[u8]| {
    let (items, error) = read(true, [bytes]);
    assert_eq!(error, None);
    assert_eq!(read(true, bytes.chunks(7)), (items.clone(), None));
    let (strict, error) = read(false, [bytes]);
    assert!(items.starts_with(&strict));
    assert_eq!(error.is_none(), strict == items);

    let mut end = 0;
    for item in &items {
        let (offset, len) = match item {
            FlvItem::Header(header) => (0, u64::from(header.data_offset) + 4),
            FlvItem::Tag(tag) => (tag.offset, u64::from(tag.size()) + 4),
            FlvItem::Skipped { offset, len, .. } => (*offset, *len),
            other => panic!("an item of unknown length: {other:?}"),
        };
        assert_eq!(offset, end);
        end = offset + len;
    }
    // The last PreviousTagSize may be missing.
    let size = bytes.len() as u64;
    assert!((size..=size + 4).contains(&end));

    let messages: Vec<_> = tags(&items).filter_map(message).collect();
    let (mut writer, head) = FlvWriter::begin(WriteOptions::default()).expect("the index has room");
    let mut file = head.to_vec();
    for message in &messages {
        for piece in writer.tag(message).expect("tags were shorter").slices() {
            file.extend_from_slice(&piece);
        }
    }
    let head = writer.finish();
    file[..head.len()].copy_from_slice(&head);
    let mut reader = FlvReader::new(ReadOptions::default());
    let mut rest = &file[..];
    reader.handle_eof();
    let mut again = Vec::new();
    while let Some(item) = reader.read(&mut rest).expect("what was written is whole") {
        again.push(item);
    }
    let again: Vec<_> = tags(&again).skip(1).filter_map(message).collect();
    assert_eq!(again, messages);
});

fn message(tag: &FlvTag) -> Option<MediaMessage> {
    tag.message(&Limits::default()).ok()
}

fn tags(items: &[FlvItem]) -> impl Iterator<Item = &FlvTag> {
    items.iter().filter_map(|item| match item {
        FlvItem::Tag(tag) => Some(tag),
        _ => None,
    })
}
