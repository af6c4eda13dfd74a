//! The files of `testdata/media`, and what is read of them.

use std::fs;
use std::path::PathBuf;

use rtmp_core::flv::{FlvItem, FlvReader, FlvTag, ReadOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::MediaMessage;
use rtmp_tests::scratch;

/// All of them, by name.
pub(crate) fn all() -> Vec<PathBuf> {
    let folder = scratch::workspace().join("testdata/media");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "flv"))
        .collect();
    files.sort();
    files
}

/// All that is in a file.
pub(crate) fn items(options: ReadOptions, mut bytes: &[u8]) -> Vec<FlvItem> {
    let mut reader = FlvReader::new(options);
    let mut items = Vec::new();
    reader.handle_eof();
    while let Some(item) = reader.read(&mut bytes).unwrap() {
        items.push(item);
    }
    items
}

/// The tags of a file without damage.
pub(crate) fn tags(bytes: &[u8]) -> Vec<FlvTag> {
    let items = items(ReadOptions::default(), bytes).into_iter();
    items.filter_map(only_tag).collect()
}

/// The messages of tags, of which each has one.
pub(crate) fn messages(tags: &[FlvTag]) -> impl Iterator<Item = MediaMessage> {
    let limits = Limits::default();
    tags.iter().map(move |tag| tag.message(&limits).unwrap())
}

/// The tag, if it is one.
pub(crate) fn only_tag(item: FlvItem) -> Option<FlvTag> {
    match item {
        FlvItem::Tag(tag) => Some(tag),
        _ => None,
    }
}
