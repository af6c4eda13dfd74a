//! Where a stream goes, written by a thread of its own: a disk, or a pipe's reader, may take some seconds for something else.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;

use rtmp_core::amf0::Object;
use rtmp_core::flv::{EncodedTag, FlvHeader};
use rtmp_core::media::{Class, MediaMessage};
use tokio::sync::{mpsc, oneshot};

use crate::metadata::properties;
use crate::recorder::Recorder;
use crate::timeline::is_frame;

/// A file, or the standard output.
#[derive(Debug)]
pub(super) struct Output {
    messages: mpsc::Sender<MediaMessage>,
    written: oneshot::Receiver<io::Result<Written>>,
}

/// What there is when all has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) tags: u64,
    pub(super) bytes: u64,
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

    /// Whether a file is in the way. It is made when there is something to write, and none before is lost for nothing.
    pub(super) fn check(&self) -> io::Result<()> {
        match self {
            Self::File { path, overwrite } if !overwrite && path.symlink_metadata().is_ok() => {
                Err(io::ErrorKind::AlreadyExists.into())
            }
            _ => Ok(()),
        }
    }

    fn create(path: &Path, overwrite: bool) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true);
        if overwrite {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        options.open(path)
    }
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
    match place {
        Place::Stdout => {
            let mut out = io::stdout().lock();
            let mut written = Written::default();
            let result = stream(&mut out, held, messages, &mut written);
            match result {
                // Whoever reads has seen enough, as `head` does.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(written),
                result => result.map(|()| written),
            }
        }
        Place::File { path, overwrite } => {
            let file = BufWriter::new(Place::create(path, *overwrite)?);
            record(file, held, messages)
        }
    }
}

/// A file that is to be found whole.
fn record(
    file: BufWriter<File>,
    held: Vec<MediaMessage>,
    mut messages: mpsc::Receiver<MediaMessage>,
) -> io::Result<Written> {
    let mut recorder = Recorder::new(file, metadata(&held))?;
    for message in held {
        recorder.write(&message)?;
    }
    while let Some(message) = messages.blocking_recv() {
        recorder.write(&message)?;
    }
    let (tags, bytes) = recorder.finish()?;
    Ok(Written { tags, bytes })
}

fn metadata(held: &[MediaMessage]) -> Object<'static> {
    let mut metadata = held
        .iter()
        .rev()
        .filter(|message| message.class() == Class::Metadata);
    metadata.next().map(properties).unwrap_or_default()
}

/// A stream without an end, of which each tag leaves at once.
fn stream(
    out: &mut impl Write,
    held: Vec<MediaMessage>,
    mut messages: mpsc::Receiver<MediaMessage>,
    written: &mut Written,
) -> io::Result<()> {
    let head = FlvHeader::new(true, true).to_bytes();
    out.write_all(&head)?;
    written.bytes += head.len() as u64;
    let mut write = |message: &MediaMessage| -> io::Result<()> {
        let tag = EncodedTag::new(message).map_err(io::Error::other)?;
        for slice in tag.slices() {
            out.write_all(&slice)?;
        }
        out.flush()?;
        written.tags += 1;
        written.bytes += tag.size();
        Ok(())
    };
    held.iter().try_for_each(&mut write)?;
    while let Some(message) = messages.blocking_recv() {
        write(&message)?;
    }
    Ok(())
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

    fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(millis),
            payload: payload.into(),
        }
    }

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
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
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
        assert_eq!(write(&path, vec![header; 3]).unwrap(), Written::default());
        assert!(!path.exists());
    }

    #[test]
    fn what_is_there_is_not_written_over() {
        let path = file("there");
        std::fs::write(&path, "precious").unwrap();
        let place = Place::new(&path, false);
        assert_eq!(place.check().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        // Nor if it has come since.
        let frame = message(MediaKind::Audio, 0, b"\xAF\x01\x21");
        assert!(write(&path, vec![frame]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        assert!(Place::new(&path, true).check().is_ok());
        std::fs::remove_file(&path).unwrap();
    }
}
