//! Streams in a recording.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use rtmp_core::flv::FlvItem;
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::MessageStreamId;

use crate::inspect::{
    CaptureError, Damages, Direction, End, FlvPart, Inspection, LeftOut, SIGNATURE, Session, media_message,
    media_parts, read_flv,
};

/// Bytes that are read at once.
const BUFFER_LEN: usize = 64 << 10;

/// One stream.
pub(super) struct Stream {
    /// Where it was found, in words; empty for a file that is a stream.
    pub(super) origin: String,
    /// Its messages, in the order in which they came.
    pub(super) messages: Vec<MediaMessage>,
}

impl Stream {
    pub(super) fn has_media(&self) -> bool {
        self.messages
            .iter()
            .any(|message| message.kind != MediaKind::Data && !message.payload.is_empty())
    }
}

/// What a file holds.
pub(super) struct Source {
    pub(super) streams: Vec<Stream>,
    /// What kept parts of the file from being read, in sentences.
    pub(super) warnings: Vec<String>,
    /// Whether the file is neither cut short nor damaged.
    pub(super) is_whole: bool,
}

impl Source {
    /// Reads a file of either kind, told apart by its first bytes.
    pub(super) fn read(file: impl Read + Send) -> Result<Self, CaptureError> {
        let failed = |error: io::Error| CaptureError::Io(error.kind());
        let mut source = BufReader::with_capacity(BUFFER_LEN, file);
        let front = source.fill_buf().map_err(failed)?;
        if front.starts_with(&SIGNATURE) {
            Self::flv(source).map_err(failed)
        } else {
            Self::capture(source)
        }
    }

    fn flv(source: impl Read) -> io::Result<Self> {
        let mut messages = Vec::new();
        let mut warnings = Vec::new();
        let mut damages = Damages::default();
        let mut left_out = LeftOut::default();
        read_flv(source, |part| {
            match part {
                FlvPart::Item(FlvItem::Tag(tag)) => match tag.message(&Limits::default()) {
                    Ok(message) => messages.push(message),
                    Err(error) => left_out.add(&tag, &error),
                },
                FlvPart::Damaged(damaged) => damages.add(damaged),
                FlvPart::Item(_) | FlvPart::Bytes(_) => {}
            }
            ControlFlow::Continue(())
        })?;
        warnings.extend(damages.to_lines());
        warnings.extend(left_out.to_line());
        let origin = String::new();
        Ok(Self {
            streams: vec![Stream { origin, messages }],
            is_whole: warnings.is_empty(),
            warnings,
        })
    }

    fn capture(source: impl Read + Send) -> Result<Self, CaptureError> {
        let inspection = Inspection::read(source)?;
        Ok(Self {
            streams: inspection.sessions.iter().flat_map(streams_of).collect(),
            warnings: inspection.warnings(),
            is_whole: inspection.end == End::Clean,
        })
    }
}

/// The streams of a connection, in the order in which their first messages came.
fn streams_of(session: &Session) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    let mut known: BTreeMap<(bool, MessageStreamId), usize> = BTreeMap::new();
    for (direction, recorded) in session.messages() {
        for part in media_parts(&recorded.message) {
            let Some(message) = media_message(&part) else {
                continue;
            };
            let is_published = direction == Direction::ClientToServer;
            let at = *known.entry((is_published, part.stream)).or_insert_with(|| {
                let (client, server) = (session.connection.client, session.connection.server);
                let (from, to) = if is_published {
                    (client, server)
                } else {
                    (server, client)
                };
                streams.push(Stream {
                    origin: format!("{from} to {to}, message stream {}", part.stream.get()),
                    messages: Vec::new(),
                });
                streams.len() - 1
            });
            if let Some(stream) = streams.get_mut(at) {
                stream.messages.push(message);
            }
        }
    }
    streams
}
