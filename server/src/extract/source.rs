//! Streams in a recording.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use rtmp_core::flv::{FlvItem, FlvReader, ReadOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::MessageStreamId;

use crate::inspect::{CaptureError, Direction, Inspection, Session, media_message, media_parts};

/// What every FLV file begins with.
const FLV_SIGNATURE: [u8; 3] = *b"FLV";
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
}

impl Source {
    /// Reads a file of either kind, told apart by its first bytes.
    pub(super) fn read(file: impl Read + Send) -> Result<Self, CaptureError> {
        let mut source = BufReader::with_capacity(BUFFER_LEN, file);
        let front = source.fill_buf().map_err(|_| CaptureError::Read)?;
        if front.starts_with(&FLV_SIGNATURE) {
            Self::flv(source).map_err(|_| CaptureError::Read)
        } else {
            Self::capture(source)
        }
    }

    fn flv(mut source: impl Read) -> io::Result<Self> {
        let mut options = ReadOptions::resyncing();
        options.max_tag_data = 0xFF_FFFF;
        let mut reader = FlvReader::new(options);
        let mut messages = Vec::new();
        let mut warnings = Vec::new();
        let mut left_out: Option<(String, u64)> = None;
        let mut buffer = vec![0; BUFFER_LEN];
        'file: loop {
            let len = source.read(&mut buffer)?;
            let mut input = buffer.get(..len).unwrap_or_default();
            if len == 0 {
                reader.handle_eof();
            }
            loop {
                match reader.read(&mut input) {
                    Ok(Some(FlvItem::Tag(tag))) => match tag.message(&Limits::default()) {
                        Ok(message) => messages.push(message),
                        Err(error) => {
                            let first = || (format!("the tag at byte {}: {error}", tag.offset), 0);
                            left_out.get_or_insert_with(first).1 += 1;
                        }
                    },
                    Ok(Some(FlvItem::Skipped { offset, len, damage })) => {
                        warnings.push(format!(
                            "damaged at byte {offset}: {damage}; {len} bytes passed over"
                        ));
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) => {
                        warnings.push(error.to_string());
                        break 'file;
                    }
                }
            }
            if len == 0 {
                break;
            }
        }
        warnings.extend(left_out.map(|(first, count)| format!("tags left out: {count}; {first}")));
        let origin = String::new();
        Ok(Self {
            streams: vec![Stream { origin, messages }],
            warnings,
        })
    }

    fn capture(source: impl Read + Send) -> Result<Self, CaptureError> {
        let inspection = Inspection::read(source)?;
        Ok(Self {
            streams: inspection.sessions.iter().flat_map(streams_of).collect(),
            warnings: inspection.warnings(),
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
