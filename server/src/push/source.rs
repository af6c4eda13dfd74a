//! A file, read ahead by a thread of its own: neither a slow disk nor a pipe that is silent keeps anybody from answering
//! the server.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rtmp_core::flv::FlvItem;
use rtmp_core::limits::Limits;
use rtmp_core::media::{Class, MediaMessage};
use tokio::sync::mpsc;

use crate::client::Start;
use crate::inspect::{Damages, FlvPart, LeftOut, read_flv};
use crate::metadata;
use crate::timeline::is_frame;

/// What is read, in the order of the file.
#[derive(Debug)]
pub(super) enum Part {
    Message {
        message: MediaMessage,
        /// Its place in the file.
        offset: u64,
    },
    /// The file begins anew.
    Round,
    /// There are frames, but all of them before where it was to begin.
    Skipped,
    /// Something could not be read, in a sentence.
    Warning(String),
}

#[derive(Debug)]
pub(super) struct Source {
    parts: mpsc::Receiver<Part>,
    /// Bytes of the file, if it is one.
    len: Option<u64>,
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Again and again.
    pub(super) is_endless: bool,
    /// From here on, rather than from the beginning.
    pub(super) start: Duration,
}

/// Parts that are read ahead. The reader itself holds a tag more.
const AHEAD: usize = 16;

impl Source {
    /// Opens a file; a dash is the standard input.
    pub(super) fn open(file: &Path, plan: Plan) -> io::Result<Self> {
        let file = if file == Path::new("-") {
            standard_input()?
        } else {
            File::open(file)?
        };
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // A pipe has neither a length nor a beginning.
        if !metadata.is_file() {
            if plan.is_endless {
                return Err(io::Error::other(
                    "a pipe can be read once only, and --loop reads again: give it a file",
                ));
            }
            return Self::spawn(None, move |sender| {
                read(&file, plan, &sender);
            });
        }
        // Whoever has opened the standard input may have read of it.
        let begin = (&file).stream_position()?;
        Self::spawn(Some(metadata.len()), move |sender| {
            rounds(&file, begin, plan, &sender)
        })
    }

    fn spawn(len: Option<u64>, read: impl FnOnce(mpsc::Sender<Part>) + Send + 'static) -> io::Result<Self> {
        let (sender, parts) = mpsc::channel(AHEAD);
        // It ends with the file, or when nobody listens any more; a silent pipe ends it with the process.
        thread::Builder::new()
            .name("file".to_owned())
            .spawn(move || read(sender))?;
        Ok(Self { parts, len })
    }

    pub(super) const fn len(&self) -> Option<u64> {
        self.len
    }

    /// The next part; `None` at the end. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Option<Part> {
        self.parts.recv().await
    }
}

/// A file if it is one, which can be read again: [`io::stdin`] is a pipe to whoever reads from it.
#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// `begin`: where the file does, in bytes.
fn rounds(mut file: &File, begin: u64, plan: Plan, sender: &mpsc::Sender<Part>) {
    loop {
        let is_to_go_on = read(file, plan, sender);
        if !plan.is_endless || !is_to_go_on {
            return;
        }
        if let Err(error) = file.seek(SeekFrom::Start(begin)) {
            let _ = sender.blocking_send(Part::Warning(format!("it cannot be read once more: {error}")));
            return;
        }
        if sender.blocking_send(Part::Round).is_err() {
            return;
        }
    }
}

/// Reads all of it; whether it makes sense to do so once more.
fn read(source: impl Read, plan: Plan, sender: &mpsc::Sender<Part>) -> bool {
    let mut start = Start::after(plan.start);
    let (mut damages, mut left_out) = (Damages::default(), LeftOut::default());
    let (mut has_frames, mut is_skipped, mut is_heard) = (false, false, true);
    let ended = read_flv(source, |part| {
        match part {
            FlvPart::Item(FlvItem::Tag(tag)) => match tag.message(&Limits::default()) {
                Ok(message) => {
                    let message = of_stream(message);
                    is_skipped |= is_frame(message.class());
                    for message in start.take(message) {
                        has_frames |= !message.class().is_header();
                        let offset = tag.offset;
                        is_heard &= sender.blocking_send(Part::Message { message, offset }).is_ok();
                    }
                }
                Err(error) => left_out.add(&tag, &error),
            },
            FlvPart::Damaged(damaged) => damages.add(damaged),
            FlvPart::Item(_) | FlvPart::Bytes(_) => {}
        }
        if is_heard {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if is_skipped && !has_frames && is_heard {
        is_heard = sender.blocking_send(Part::Skipped).is_ok();
    }
    let failed = ended
        .err()
        .map(|error| format!("it cannot be read any further: {error}"));
    for warning in damages.to_lines().chain(left_out.to_line()).chain(failed) {
        is_heard &= sender.blocking_send(Part::Warning(warning)).is_ok();
    }
    is_heard && has_frames
}

/// Metadata without what is true of the file only: how long it is, and where its key frames are.
fn of_stream(message: MediaMessage) -> MediaMessage {
    if message.class() == Class::Metadata {
        metadata::without_file(message)
    } else {
        message
    }
}
