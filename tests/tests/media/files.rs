//! The FLV files of `testdata/media`.

use std::fs;
use std::path::Path;

use rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
use rtmp_core::media::MediaMessage;
use serde_json::Value;

use crate::check;

#[test]
fn what_comes_out_of_each_file_is_what_went_in_and_goes_back_into_the_same_bytes() {
    let folder = rtmp_tests::scratch::workspace().join("testdata/media");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "flv") {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let facts = check(&name, &messages(&file));
            facts.assert_are(&name, &expected(&file)["media"]);
            files += 1;
        }
    }
    assert!(files >= 26, "{files} files");
}

fn messages(file: &Path) -> Vec<MediaMessage> {
    let bytes = fs::read(file).unwrap();
    let mut reader = FlvReader::new(ReadOptions::default());
    let mut input = &bytes[..];
    let mut messages = Vec::new();
    while let Some(item) = reader.read(&mut input).unwrap() {
        if let FlvItem::Tag(tag) = item {
            messages.extend(tag.message());
        }
    }
    messages
}

fn expected(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file.with_extension("expect.json")).unwrap()).unwrap()
}
