//! A recorded file, read as the stream that it is.

use std::io::{self, Read};
use std::ops::ControlFlow;

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
pub(crate) const SIGNATURE: [u8; 3] = *b"FLV";

/// What a FLV file holds.
#[derive(Debug)]
pub struct Flv {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) tags: u64,
    pub(super) media: StreamFacts,
    pub(super) tracks: Tracks,
    /// What could not be read.
    pub(super) damages: Damages,
}

/// A place where the file is no FLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// Bytes in front of it.
    pub(super) offset: u64,
    /// Bytes that were passed over.
    pub(super) len: u64,
    pub(super) damage: Damage,
    /// Whether they are the file's last ones.
    is_end: bool,
}

impl Flv {
    /// Reads a file to its end. Damage is passed over, up to the next bytes that are tags beyond doubt.
    ///
    /// # Errors
    ///
    /// If `source` cannot be read.
    pub fn read(source: impl Read) -> io::Result<Self> {
        let mut file = FlvFile::default();
        read_flv(source, |part| {
            file.part(part);
            ControlFlow::Continue(())
        })?;
        Ok(file.finish())
    }

    /// Whether all of it could be read.
    pub fn is_whole(&self) -> bool {
        self.damages.first.is_empty()
    }

    /// What kept parts of the file from being read, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        self.damages.to_lines().collect()
    }
}

/// Places that are listed. A file may be nothing but damage: the rest is counted.
const MAX_LISTED: usize = 20;

/// All places where a file is no FLV.
#[derive(Debug, Default)]
pub(crate) struct Damages {
    /// The first of them, [`MAX_LISTED`] at most.
    pub(super) first: Vec<Damaged>,
    /// How many more there are.
    pub(super) more: u64,
    /// Bytes passed over in those.
    pub(super) more_bytes: u64,
}

impl Damages {
    pub(crate) fn add(&mut self, damaged: Damaged) {
        if self.first.len() < MAX_LISTED {
            self.first.push(damaged);
        } else {
            self.more += 1;
            self.more_bytes += damaged.len;
        }
    }

    /// A sentence for each, and one for those that are not listed.
    pub(crate) fn to_lines(&self) -> impl Iterator<Item = String> {
        let (more, bytes) = (self.more, self.more_bytes);
        let rest = (more > 0).then(|| format!("{more} more places are damaged: {bytes} bytes passed over"));
        self.first.iter().map(Damaged::to_string).chain(rest)
    }
}

/// Tags that are no messages of a stream.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    first: Option<String>,
    count: u64,
}

impl LeftOut {
    pub(crate) fn add(&mut self, tag: &FlvTag, error: &NoMessage) {
        self.count += 1;
        self.first
            .get_or_insert_with(|| format!("the tag at byte {}: {error}", tag.offset));
    }

    /// A sentence, if there are any.
    pub(crate) fn to_line(&self) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(format!("tags left out: {}; {first}", self.count))
    }
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { offset, len, .. } = self;
        match self.damage {
            damage @ Damage::Truncated { .. } if self.is_end => {
                write!(f, "the file is cut short at byte {offset}: {damage}")
            }
            Damage::Truncated { missing } => write!(
                f,
                "the file is damaged at byte {offset}: a tag reaches {missing} bytes beyond the end of the file; \
                 {len} bytes passed over"
            ),
            damage => write!(
                f,
                "the file is damaged at byte {offset}: {damage}; {len} bytes passed over"
            ),
        }
    }
}

/// A part of a file.
pub(crate) enum FlvPart<'a> {
    /// Bytes, as they were read.
    Bytes(&'a [u8]),
    /// What they hold, unless it is damage.
    Item(FlvItem),
    /// What they do not.
    Damaged(Damaged),
}

/// Reads a file to its end, or to where its reader breaks off. Damage is passed over, up to the next bytes that are tags
/// beyond doubt.
pub(crate) fn read_flv(
    mut source: impl Read,
    mut visit: impl FnMut(FlvPart<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut options = ReadOptions::resyncing();
    options.max_tag_data = 0xFF_FFFF;
    let mut reader = FlvReader::new(options);
    let mut bytes = 0;
    let mut buffer = vec![0; BUFFER_LEN];
    loop {
        let count = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        let mut input = buffer.get(..count).unwrap_or_default();
        if visit(FlvPart::Bytes(input)).is_break() {
            return Ok(());
        }
        bytes += count as u64;
        let is_end = count == 0;
        if is_end {
            reader.handle_eof();
        }
        loop {
            let part = match reader.read(&mut input) {
                Ok(Some(FlvItem::Skipped { offset, len, damage })) => FlvPart::Damaged(Damaged {
                    offset,
                    len,
                    damage,
                    is_end: is_end && offset + len == bytes,
                }),
                Ok(Some(item)) => FlvPart::Item(item),
                Ok(None) => break,
                Err(error) => {
                    let (offset, damage) = (error.offset, error.damage);
                    // It is the last part anyway.
                    let _ = visit(FlvPart::Damaged(Damaged {
                        offset,
                        len: bytes.saturating_sub(offset),
                        damage,
                        is_end: true,
                    }));
                    return Ok(());
                }
            };
            if visit(part).is_break() {
                return Ok(());
            }
        }
        if is_end {
            return Ok(());
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
    damages: Damages,
}

impl FlvFile {
    fn part(&mut self, part: FlvPart<'_>) {
        match part {
            FlvPart::Bytes(bytes) => {
                self.hash.update(bytes);
                self.bytes += bytes.len() as u64;
            }
            FlvPart::Item(FlvItem::Header(header)) => self.header = Some(header),
            FlvPart::Item(FlvItem::Tag(tag)) => self.tag(&tag),
            FlvPart::Item(_) => {}
            FlvPart::Damaged(damaged) => self.damages.add(damaged),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_damaged_places_the_first_are_listed() {
        let mut damages = Damages::default();
        for offset in 0..1000 {
            damages.add(Damaged {
                offset,
                len: 2,
                damage: Damage::Signature,
                is_end: false,
            });
        }
        let lines: Vec<_> = damages.to_lines().collect();
        assert_eq!(lines.len(), 21);
        assert!(lines[0].contains("byte 0"), "{}", lines[0]);
        assert_eq!(lines[20], "980 more places are damaged: 1960 bytes passed over");
    }
}
