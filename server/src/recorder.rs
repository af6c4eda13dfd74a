//! A stream on its way into an FLV file.

use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::time::Duration;

use rtmp_core::amf0::Object;
use rtmp_core::flv::{EncodedTag, FlvWriter, WriteOptions};
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

    /// After an error the file may end inside of this tag: it is whole up to [`position`](Self::position).
    pub(crate) fn write(&mut self, message: &MediaMessage) -> io::Result<()> {
        if matches!(message.class(), Class::Metadata | Class::ClearMetadata) {
            return Ok(());
        }
        let tag = EncodedTag::new(message).map_err(io::Error::other)?;
        write_tag(&mut self.out, &tag)?;
        // The index knows of those that are there.
        self.writer.tag(message).map_err(io::Error::other)?;
        self.tags += 1;
        Ok(())
    }

    /// How many tags the file has, its head's included.
    pub(crate) const fn tags(&self) -> u64 {
        self.tags
    }

    /// Bytes of the file's head and of all tags that have been written.
    pub(crate) const fn position(&self) -> u64 {
        self.writer.position()
    }

    /// Where the latest frame is; `None` if there is none yet.
    pub(crate) fn last_frame(&self) -> Option<Duration> {
        self.writer.last_timestamp().map(Duration::from_millis)
    }
}

/// Writes all of a tag, in as few calls as may be.
pub(crate) fn write_tag(out: &mut impl Write, tag: &EncodedTag) -> io::Result<()> {
    let mut slices = tag.slices();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        match out.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => IoSlice::advance_slices(&mut rest, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl<W: Write + Seek> Recorder<W> {
    /// Writes the head anew, with duration, size and index.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&self.writer.finish())?;
        self.out.flush()
    }
}

impl Recorder<File> {
    /// Cuts off what there is of a tag that could not be written.
    pub(crate) fn cut(&self) -> io::Result<()> {
        self.out.set_len(self.position())
    }
}
