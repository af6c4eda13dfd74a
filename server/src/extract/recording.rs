//! A stream as an FLV file.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use rtmp_core::amf0::{self, Object, Value};
use rtmp_core::flv::{FlvWriter, WriteOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::{Class, MediaMessage};

use super::source::Stream;
use super::{Error, Extracted, Place};

/// Writes the messages of a stream as they are. The first metadata become the file's own.
pub(super) fn record(stream: &Stream, place: &Place<'_>, name: &str) -> Result<Extracted, Error> {
    let (file, created) = place.create(&format!("{name}.flv"))?;
    write(stream, BufWriter::new(created))
        .map(|(frames, bytes)| Extracted {
            file: file.clone(),
            stream: stream.origin.clone(),
            codec: "flv".to_owned(),
            frames,
            bytes,
        })
        .map_err(|source| Error::Write { file, source })
}

/// Returns how many tags and bytes the file has.
fn write(stream: &Stream, mut out: impl Write + Seek) -> io::Result<(u64, u64)> {
    let is_metadata = |message: &&MediaMessage| message.class() == Class::Metadata;
    let metadata = stream.messages.iter().find(is_metadata);
    let mut options = WriteOptions::default();
    options.metadata = metadata.map(properties).unwrap_or_default();
    let (mut writer, head) = FlvWriter::begin(options).map_err(io::Error::other)?;
    out.write_all(&head)?;
    let mut tags = 1;
    for message in &stream.messages {
        if metadata.is_some_and(|metadata| std::ptr::eq(metadata, message)) {
            continue;
        }
        let tag = writer.tag(message).map_err(io::Error::other)?;
        for slice in tag.slices() {
            out.write_all(&slice)?;
        }
        tags += 1;
    }
    let bytes = writer.position();
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&writer.finish())?;
    out.flush()?;
    Ok((tags, bytes))
}

/// What `onMetaData` says; nothing, if it cannot be read.
fn properties(message: &MediaMessage) -> Object<'static> {
    let values = amf0::decode_all(&message.payload, &Limits::default()).unwrap_or_default();
    let object = values.into_iter().find_map(|value| match value {
        Value::Object(object) | Value::EcmaArray(object) => Some(object.into_owned()),
        _ => None,
    });
    object.unwrap_or_default()
}
