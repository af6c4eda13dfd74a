//! Where a stream goes, written by a thread of its own: a disk, or a pipe's reader, may take some seconds for something else.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::iter;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rtmp_core::amf0::Object;
use rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_core::media::{Class, MediaMessage};
use tokio::sync::{mpsc, oneshot};

use crate::metadata::properties;
use crate::recorder::{Recorder, write_tag};
use crate::timeline::is_frame;

/// A file, or the standard output.
#[derive(Debug)]
pub(super) struct Output {
    messages: mpsc::Sender<MediaMessage>,
    written: oneshot::Receiver<io::Result<Written>>,
}

/// What there is when all has been written, or as much as could be.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) tags: u64,
    pub(super) bytes: u64,
    /// Up to which of the stream's times, if it is a file.
    pub(super) until: Option<Duration>,
    /// Why there is no more.
    pub(super) trouble: Option<io::Error>,
}

/// Where to.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Stdout,
    File { path: PathBuf, overwrite: bool },
}

impl Place {
    pub(super) fn new(path: &Path, overwrite: bool) -> Self {
        if path == Path::new("-") {
            Self::Stdout
        } else {
            let path = path.to_owned();
            Self::File { path, overwrite }
        }
    }

    /// Whether something is in the way. A file is made when there is something to write, and none before is lost for nothing.
    pub(super) fn check(&self) -> io::Result<()> {
        let Self::File { path, overwrite } = self else {
            return Ok(());
        };
        match path.metadata() {
            Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if is_pipe(&there) => Ok(()),
            // Or a link that leads nowhere.
            _ if !overwrite && path.symlink_metadata().is_ok() => Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a file of this name exists",
            )),
            _ => Ok(()),
        }
    }

    fn create(path: &Path, overwrite: bool) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true);
        match path.metadata() {
            Ok(there) if is_pipe(&there) => {}
            _ if overwrite => {
                options.create(true).truncate(true);
            }
            _ => {
                options.create_new(true);
            }
        }
        options.open(path)
    }
}

/// Whether nothing is lost by writing to it: a named pipe, or a device like `/dev/null`.
#[cfg(unix)]
fn is_pipe(there: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let kind = there.file_type();
    kind.is_fifo() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Messages that wait to be written: some seconds of audio and video. Then the server has to wait.
const AHEAD: usize = 256;

/// Headers that are waited for before the first frame. There are three of most streams.
const MAX_HEADERS: usize = 64;

impl Output {
    pub(super) fn open(place: Place) -> io::Result<Self> {
        let (messages, receiver) = mpsc::channel(AHEAD);
        let (sender, written) = oneshot::channel();
        let write = move || {
            // Nobody listens to it who was interrupted twice.
            let _ = sender.send(write(&place, receiver));
        };
        thread::Builder::new().name("file".to_owned()).spawn(write)?;
        Ok(Self { messages, written })
    }

    /// Hands on a message; `false` if none is written any more. Nothing of it is handed on when the future is dropped.
    pub(super) async fn write(&self, message: MediaMessage) -> bool {
        self.messages.send(message).await.is_ok()
    }

    /// Waits until all is written.
    pub(super) async fn finish(self) -> io::Result<Written> {
        drop(self.messages);
        let gone = || Err(io::Error::other("the thread that writes is gone"));
        self.written.await.unwrap_or_else(|_| gone())
    }
}

fn write(place: &Place, mut messages: mpsc::Receiver<MediaMessage>) -> io::Result<Written> {
    let mut held = Vec::new();
    let is_begun = |held: &Vec<MediaMessage>| {
        let has_frame = held.last().is_some_and(|last| is_frame(last.class()));
        has_frame || held.len() >= MAX_HEADERS
    };
    // Metadata may come behind the first sequence header, and belong into the head of the file.
    while !is_begun(&held) {
        match messages.blocking_recv() {
            Some(message) => held.push(message),
            None => return Ok(Written::default()),
        }
    }
    let metadata = metadata(&held);
    let messages = held
        .into_iter()
        .chain(iter::from_fn(move || messages.blocking_recv()));
    match place {
        Place::Stdout => stream(io::stdout().lock(), messages),
        Place::File { path, overwrite } => {
            let file = Place::create(path, *overwrite)?;
            // What can't be sought gets neither a duration nor an index.
            if !file.metadata()?.is_file() {
                return stream(file, messages);
            }
            let written = record(file, metadata, messages);
            if written.is_err() {
                // It would be in the way of the next attempt.
                let _ = fs::remove_file(path);
            }
            written
        }
    }
}

fn metadata(held: &[MediaMessage]) -> Object<'static> {
    let mut metadata = held
        .iter()
        .rev()
        .filter(|message| message.class() == Class::Metadata);
    metadata.next().map(properties).unwrap_or_default()
}

/// A file that is to be found whole, also where the disk is full in the midst of it.
///
/// # Errors
///
/// There is no frame in it.
fn record(
    file: File,
    metadata: Object<'static>,
    mut messages: impl Iterator<Item = MediaMessage>,
) -> io::Result<Written> {
    let mut recorder = Recorder::new(file, metadata)?;
    let written = messages.try_for_each(|message| recorder.write(&message));
    let until = recorder.last_frame();
    let trouble = match written {
        Err(error) if until.is_none() => return Err(error),
        // What there is of the tag that could not be written.
        Err(error) => recorder.cut().err().or(Some(error)),
        Ok(()) => None,
    };
    let (tags, bytes) = (recorder.tags(), recorder.position());
    let trouble = recorder.finish().err().or(trouble);
    Ok(Written {
        tags,
        bytes,
        until,
        trouble,
    })
}

/// A stream without an end, of which each tag leaves at once.
///
/// # Errors
///
/// There is no tag of it.
fn stream(mut out: impl Write, mut messages: impl Iterator<Item = MediaMessage>) -> io::Result<Written> {
    let head = FlvHeader::new(true, true).to_bytes();
    let mut written = Written {
        bytes: head.len() as u64,
        ..Written::default()
    };
    let ended = out.write_all(&head).and_then(|()| {
        messages.try_for_each(|message| {
            let tag = EncodedTag::new(&message).map_err(io::Error::other)?;
            write_tag(&mut out, &tag)?;
            out.flush()?;
            written.tags += 1;
            written.bytes += tag.size();
            Ok(())
        })
    });
    match ended {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) if written.tags == 0 => return Err(error),
        ended => written.trouble = ended.err(),
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use rtmp_core::amf0::Value;
    use rtmp_core::flv::{FlvItem, FlvReader};
    use rtmp_core::limits::Limits;
    use rtmp_core::media::MediaKind;
    use rtmp_core::media::metadata::Metadata;
    use rtmp_core::units::Timestamp;

    use super::*;
    use crate::samples::message;

    fn file(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("rtmp-output-{}-{name}", std::process::id()))
    }

    fn write(path: &Path, messages: Vec<MediaMessage>) -> io::Result<Written> {
        let output = Output::open(Place::new(path, false))?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            for message in messages {
                output.write(message).await;
            }
            output.finish().await
        })
    }

    #[test]
    fn metadata_behind_a_header_are_the_files_own() {
        let path = file("metadata");
        let mut metadata = Metadata::default();
        metadata.video.width = Some(320);
        let header = message(MediaKind::Video, 0, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF");
        let frame = |millis| message(MediaKind::Video, millis, b"\x17\x01\0\0\0\0\0\0\x01\x65");
        let stream = vec![header, metadata.to_message(Timestamp::ZERO), frame(0), frame(40)];
        let written = write(&path, stream).unwrap();
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!((written.tags, written.bytes), (4, bytes.len() as u64));

        let (mut reader, mut input) = (FlvReader::new(Default::default()), &bytes[..]);
        let mut tags = Vec::new();
        while let Some(item) = reader.read(&mut input).unwrap() {
            if let FlvItem::Tag(tag) = item {
                tags.push(tag.message(&Limits::default()).unwrap());
            }
        }
        let head = properties(&tags[0]);
        let number = |key| head.get(key).and_then(Value::as_number);
        assert_eq!((number("width"), number("duration")), (Some(320.0), Some(0.08)));
        assert!(tags[1..].iter().all(|tag| tag.kind == MediaKind::Video));
    }

    #[test]
    fn without_a_frame_there_is_no_file() {
        let path = file("nothing");
        let header = message(MediaKind::Audio, 0, b"\xAF\0\x12\x10");
        assert_eq!(write(&path, vec![header; 3]).unwrap().tags, 0);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_there_is_not_written_over() {
        let path = file("there");
        fs::write(&path, "precious").unwrap();
        let place = Place::new(&path, false);
        assert_eq!(place.check().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        // Nor if it has come since.
        let frame = message(MediaKind::Audio, 0, b"\xAF\x01\x21");
        assert!(write(&path, vec![frame]).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        assert!(Place::new(&path, true).check().is_ok());
        fs::remove_file(&path).unwrap();
        // A directory is replaced by nothing.
        let folder = Place::new(&std::env::temp_dir(), true);
        assert_eq!(folder.check().unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_gets_a_stream_and_is_not_in_the_way() {
        let frame = message(MediaKind::Audio, 0, b"\xAF\x01\x21");
        assert!(Place::new(Path::new("/dev/null"), false).check().is_ok());
        let written = write(Path::new("/dev/null"), vec![frame.clone(); 3]).unwrap();
        // Without a tag of metadata: the head is that of a stream.
        assert_eq!(
            (written.tags, written.bytes, written.until),
            (3, 13 + 3 * 18, None)
        );
        let error = write(Path::new("/dev/full"), vec![frame]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(Path::new("/dev/full").exists());
    }
}
