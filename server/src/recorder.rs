//! A stream on its way into an FLV file.

use std::io::{self, Seek, SeekFrom, Write};

use rtmp_core::amf0::Object;
use rtmp_core::flv::{FlvWriter, WriteOptions};
use rtmp_core::media::{Class, MediaMessage};

/// Writes the messages of a stream as they are, but for the metadata: those that it is given first are the file's own, with
/// duration, size and an index of key frames, and any that come later are left out. Players take the last duration that
/// they are told, and a publisher says 0.
#[derive(Debug)]
pub(crate) struct Recorder<W> {
    out: W,
    writer: FlvWriter,
    tags: u64,
}

impl<W: Write> Recorder<W> {
    /// Writes the head of the file.
    pub(crate) fn new(mut out: W, metadata: Object<'static>) -> io::Result<Self> {
        let mut options = WriteOptions::default();
        options.metadata = metadata;
        let (writer, head) = FlvWriter::begin(options).map_err(io::Error::other)?;
        out.write_all(&head)?;
        let tags = 1;
        Ok(Self { out, writer, tags })
    }

    pub(crate) fn write(&mut self, message: &MediaMessage) -> io::Result<()> {
        if matches!(message.class(), Class::Metadata | Class::ClearMetadata) {
            return Ok(());
        }
        let tag = self.writer.tag(message).map_err(io::Error::other)?;
        for slice in tag.slices() {
            self.out.write_all(&slice)?;
        }
        self.tags += 1;
        Ok(())
    }
}

impl<W: Write + Seek> Recorder<W> {
    /// Writes the head anew. How many tags and bytes the file has.
    pub(crate) fn finish(mut self) -> io::Result<(u64, u64)> {
        let bytes = self.writer.position();
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&self.writer.finish())?;
        self.out.flush()?;
        Ok((self.tags, bytes))
    }
}
