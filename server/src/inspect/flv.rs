//! A recorded file, read as the stream that it is.

use std::io::{self, Read};

use rtmp_core::flv::{Damage, FlvHeader, FlvItem, FlvReader, FlvTag, NoMessage, ReadOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::{MediaKind, TrackId};
use sha2::{Digest, Sha256};

use super::finding::{TrackName, Trouble};
use super::media_facts::{StreamCount, StreamFacts};
use super::place::Place;
use super::text::hex;
use super::track::{Tracks, TracksReader};

/// Bytes that are read at once.
const BUFFER_LEN: usize = 64 << 10;

/// What every file begins with.
pub(super) const SIGNATURE: [u8; 3] = *b"FLV";

/// What a FLV file holds.
#[derive(Debug)]
pub struct Flv {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) tags: u64,
    pub(super) media: StreamFacts,
    pub(super) tracks: Tracks,
    /// What could not be read.
    pub(super) damages: Vec<Damaged>,
}

/// A place where the file is no FLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged {
    /// Bytes in front of it.
    pub offset: u64,
    /// Bytes that were passed over.
    pub len: u64,
    pub damage: Damage,
}

impl Flv {
    /// Reads a file to its end. Damage is passed over, up to the next bytes that are tags beyond doubt.
    ///
    /// # Errors
    ///
    /// If `source` cannot be read.
    pub fn read(mut source: impl Read) -> io::Result<Self> {
        let mut options = ReadOptions::resyncing();
        options.max_tag_data = 0xFF_FFFF;
        let mut reader = FlvReader::new(options);
        let mut file = FlvFile::default();
        let mut buffer = vec![0; BUFFER_LEN];
        loop {
            let len = match source.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                len => len?,
            };
            let mut input = buffer.get(..len).unwrap_or_default();
            file.hash.update(input);
            file.bytes += len as u64;
            if len == 0 {
                reader.handle_eof();
            }
            loop {
                match reader.read(&mut input) {
                    Ok(Some(item)) => file.take(item),
                    Ok(None) => break,
                    Err(error) => {
                        let (offset, damage) = (error.offset, error.damage);
                        file.damaged(offset, file.bytes.saturating_sub(offset), damage);
                        return Ok(file.finish());
                    }
                }
            }
            if len == 0 {
                return Ok(file.finish());
            }
        }
    }

    /// Whether all of it could be read.
    pub fn is_whole(&self) -> bool {
        self.damages.is_empty()
    }

    /// What kept parts of the file from being read, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.damages.iter().map(Damaged::to_string).collect()
    }
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { offset, len, damage } = self;
        match damage {
            Damage::Truncated { .. } => write!(f, "the file is cut short at byte {offset}: {damage}"),
            damage => write!(
                f,
                "the file is damaged at byte {offset}: {damage}; {len} bytes passed over"
            ),
        }
    }
}

#[derive(Default)]
struct FlvFile {
    bytes: u64,
    hash: Sha256,
    header: Option<FlvHeader>,
    tags: u64,
    media: StreamCount,
    tracks: TracksReader,
    has_audio: bool,
    has_video: bool,
    damages: Vec<Damaged>,
}

impl FlvFile {
    fn take(&mut self, item: FlvItem) {
        match item {
            FlvItem::Header(header) => self.header = Some(header),
            FlvItem::Tag(tag) => self.tag(&tag),
            FlvItem::Skipped { offset, len, damage } => self.damaged(offset, len, damage),
            _ => {}
        }
    }

    fn tag(&mut self, tag: &FlvTag) {
        self.tags += 1;
        let place = Place {
            byte: tag.offset,
            time: None,
        };
        if tag.has_wrong_size_behind() {
            let (stated, size) = (tag.previous_tag_size.unwrap_or_default(), tag.size());
            let detail = || format!("{stated} instead of {size}");
            self.tracks
                .findings()
                .add(None, Trouble::TagSize, Some(place), detail);
        }
        let message = match tag.message(&Limits::default()) {
            Ok(message) => message,
            Err(error) => {
                let (trouble, detail) = match error {
                    NoMessage::Encrypted => (Trouble::Encrypted, format!("type {}", tag.tag_type)),
                    NoMessage::TagType(tag_type) => (Trouble::Malformed, format!("type {tag_type}")),
                    error => (Trouble::Malformed, error.to_string()),
                };
                self.tracks.findings().add(None, trouble, Some(place), || detail);
                return;
            }
        };
        self.has_audio |= message.kind == MediaKind::Audio;
        self.has_video |= message.kind == MediaKind::Video;
        self.media.take(&message);
        self.tracks.take(&message, place);
    }

    fn damaged(&mut self, offset: u64, len: u64, damage: Damage) {
        self.damages.push(Damaged { offset, len, damage });
    }

    fn finish(mut self) -> Flv {
        if let Some(header) = self.header {
            for (kind, said, found) in [
                (MediaKind::Video, header.has_video(), self.has_video),
                (MediaKind::Audio, header.has_audio(), self.has_audio),
            ] {
                let trouble = match (said, found) {
                    (false, true) => Trouble::NotAnnounced,
                    (true, false) => Trouble::NeverComes,
                    _ => continue,
                };
                let id = TrackId::DEFAULT;
                let track = Some(TrackName { kind, id });
                self.tracks.findings().add(track, trouble, None, String::new);
            }
        }
        Flv {
            bytes: self.bytes,
            sha256: hex(&self.hash.finalize()),
            tags: self.tags,
            media: self.media.finish(),
            tracks: self.tracks.finish(),
            damages: self.damages,
        }
    }
}
