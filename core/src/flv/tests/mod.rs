//! Bytes of files, commented, and what is read of them.

mod damage;
mod format;
mod properties;
mod writing;

use super::*;
use crate::limits::Limits;
use crate::media::MediaMessage;

/// The header of a file with audio and video, and the first PreviousTagSize.
const HEADER: &[u8] = b"FLV\x01\x05\0\0\0\x09\0\0\0\0";
/// Audio, 3 bytes, 23 ms, stream 0; data; PreviousTagSize 14.
const AUDIO: &[u8] = b"\x08\0\0\x03\0\0\x17\0\0\0\0\xAF\x01\x21\0\0\0\x0E";
/// Video, 5 bytes, 40 ms, stream 0; data; PreviousTagSize 16.
const VIDEO: &[u8] = b"\x09\0\0\x05\0\0\x28\0\0\0\0\x27\x01\0\0\0\0\0\0\x10";

/// A file of these pieces behind a header.
fn file(pieces: &[&[u8]]) -> Vec<u8> {
    [&[HEADER], pieces].concat().concat()
}

/// All that can be read of a file that comes in these pieces, and the error that ends it.
fn read_pieces<'a>(
    options: &ReadOptions,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<FlvItem>, Option<FlvError>) {
    let mut reader = FlvReader::new(options.clone());
    let mut items = Vec::new();
    let mut drain = |reader: &mut FlvReader, mut piece: &[u8]| {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    };
    let mut error = None;
    for piece in pieces {
        error = error.or_else(|| drain(&mut reader, piece));
    }
    reader.handle_eof();
    error = error.or_else(|| drain(&mut reader, &[]));
    (items, error)
}

fn read(options: &ReadOptions, bytes: &[u8]) -> (Vec<FlvItem>, Option<FlvError>) {
    read_pieces(options, [bytes])
}

/// The tags of a file that is read to its end.
fn tags(bytes: &[u8]) -> Vec<FlvTag> {
    let (items, error) = read(&ReadOptions::default(), bytes);
    assert_eq!(error, None);
    only_tags(items)
}

fn only_tags(items: Vec<FlvItem>) -> Vec<FlvTag> {
    let mut tags = Vec::new();
    for item in items {
        if let FlvItem::Tag(tag) = item {
            tags.push(tag);
        }
    }
    tags
}

/// The message in a tag that has one.
fn message_of(tag: &FlvTag) -> MediaMessage {
    tag.message(&Limits::default()).unwrap()
}
