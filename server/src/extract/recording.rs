//! A stream as an FLV file.

use std::io::{self, BufWriter, Seek, Write};

use rtmp_core::media::{Class, MediaMessage};

use super::source::Stream;
use super::{Error, Extracted, Place};
use crate::metadata::properties;
use crate::recorder::Recorder;

/// Writes the messages of a stream as they are, but for the metadata: the first become the file's own.
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
fn write(stream: &Stream, out: impl Write + Seek) -> io::Result<(u64, u64)> {
    let is_metadata = |message: &&MediaMessage| message.class() == Class::Metadata;
    let metadata = stream.messages.iter().find(is_metadata);
    let mut recorder = Recorder::new(out, metadata.map(properties).unwrap_or_default())?;
    for message in &stream.messages {
        recorder.write(message)?;
    }
    let size = (recorder.tags(), recorder.position());
    recorder.finish().map(|()| size)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use rtmp_core::limits::Limits;
    use rtmp_core::media::MediaKind;
    use rtmp_core::media::metadata::Metadata;
    use rtmp_core::units::Timestamp;

    use super::*;

    /// An encoder that says again and again how large its picture is, and that it lasts 0 seconds.
    #[test]
    fn the_metadata_of_a_stream_are_the_files_own() {
        let mut metadata = Metadata::default();
        metadata.duration = Some(0.0);
        metadata.video.width = Some(320);
        let frame = |millis| MediaMessage {
            kind: MediaKind::Video,
            timestamp: Timestamp::from_millis(millis),
            payload: b"\x27\x01\0\0\0\0\0\0\x01\x41".as_slice().into(),
        };
        let stream = Stream {
            origin: String::new(),
            messages: vec![
                metadata.to_message(Timestamp::ZERO),
                frame(0),
                metadata.to_message(Timestamp::from_millis(40)),
                frame(40),
            ],
        };
        let mut out = Cursor::new(Vec::new());
        let (tags, len) = write(&stream, &mut out).unwrap();
        assert_eq!((tags, len), (3, out.get_ref().len() as u64));

        let mut reader = rtmp_core::flv::FlvReader::new(Default::default());
        let mut input = out.get_ref().as_slice();
        let mut read = Vec::new();
        while let Some(item) = reader.read(&mut input).unwrap() {
            if let rtmp_core::flv::FlvItem::Tag(tag) = item {
                read.push(tag.message(&Limits::default()).unwrap());
            }
        }
        let kinds: Vec<_> = read.iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MediaKind::Data, MediaKind::Video, MediaKind::Video]);
        let head = Metadata::from_payload(&read[0].payload, &Limits::default()).unwrap();
        assert_eq!((head.duration, head.video.width), (Some(0.08), Some(320)));
    }
}
