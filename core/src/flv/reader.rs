//! Bytes in, tags out.

#![deny(clippy::arithmetic_side_effects)]

use bytes::{Buf, Bytes, BytesMut};

use super::tag::TagHeader;
use super::{Damage, FlvError, FlvHeader, FlvTag};

/// Bytes set aside for a tag before they have come: a header announces 16 MB for free.
const MAX_RESERVE_AHEAD: usize = 64 << 10;

/// PreviousTagSize.
const SIZE_LEN: usize = 4;

/// What an [`FlvReader`] accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Bytes of data in one tag, 2^24 - 1 at most by the format. This is also what the reader may hold in memory, but
    /// for some bytes. An intra frame of 4K video at 100 Mbit/s has 2 to 4 MB.
    pub max_tag_data: u32,
    /// Whether to go on behind damage: to look for the next tag, and to say what was [skipped](FlvItem::Skipped).
    /// Otherwise damage is an error, and the end.
    pub resync: bool,
}

impl Default for ReadOptions {
    /// 8 MiB, as [`Limits::max_media_message`](crate::limits::Limits::max_media_message); no resynchronisation.
    fn default() -> Self {
        Self {
            max_tag_data: 8 << 20,
            resync: false,
        }
    }
}

impl ReadOptions {
    /// The defaults, but going on behind damage.
    pub fn resyncing() -> Self {
        Self {
            resync: true,
            ..Self::default()
        }
    }
}

/// What a file holds, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlvItem {
    /// The file's header; the first item, unless it is damaged.
    Header(FlvHeader),
    /// A tag.
    Tag(FlvTag),
    /// Bytes that are no tag, or not a whole one. Only with [`ReadOptions::resync`].
    Skipped {
        /// The place of the first of them in the file: of the header or tag that is damaged.
        offset: u64,
        /// How many there are.
        len: u64,
        /// What is wrong with the header or tag.
        damage: Damage,
    },
}

/// Reads a file, or a stream that has no end, from its first byte.
///
/// It holds one tag at most. A tag is handed out when the PreviousTagSize behind it has come.
///
/// # Damage
///
/// PreviousTagSize is often wrong, and not needed: a tag is sound if its size stands behind it, *or* if what follows
/// looks like another tag. If neither, the damage is in the tag, and it is not handed out. A tag of an unknown type is
/// sound only by its size. With [`ReadOptions::resync`] the next sound tag is looked for from there on, byte by byte,
/// also inside the damaged one.
#[derive(Debug)]
pub struct FlvReader {
    options: ReadOptions,
    state: State,
    /// The place in the file of the first byte held.
    offset: u64,
    held: BytesMut,
    ended: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In front of the file's header.
    Start,
    Tag,
    /// Looking for a tag behind damage.
    Search(FlvError),
    /// Nothing more comes.
    End,
    Failed(FlvError),
}

/// What the bytes held amount to.
enum Step {
    Item(FlvItem),
    /// Another state.
    Next,
    /// So many bytes must be held; fewer are.
    Need(usize),
    /// Something is wrong with what is held.
    Damaged(Damage),
}

impl FlvReader {
    /// A reader at the start of a file.
    pub fn new(options: ReadOptions) -> Self {
        Self {
            options,
            state: State::Start,
            offset: 0,
            held: BytesMut::new(),
            ended: false,
        }
    }

    /// Takes bytes off the front of `input` up to the end of an item, and returns the item. `None` means that `input`
    /// is used up: call again with more. How the bytes are cut makes no difference.
    ///
    /// # Errors
    ///
    /// If the file is damaged, and the reader was not told to go on behind damage. It returns the same error again.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<FlvItem>, FlvError> {
        loop {
            let mut step = match self.state {
                State::Start => self.header(false),
                State::Tag => self.tag(),
                State::Search(error) => self.search(error),
                State::End => return Ok(None),
                State::Failed(error) => return Err(error),
            };
            if let Step::Need(len) = step {
                if self.fill(len, input) {
                    continue;
                }
                if !self.ended {
                    return Ok(None);
                }
                step = self.at_end(len);
            }
            match step {
                Step::Item(item) => return Ok(Some(item)),
                Step::Next | Step::Need(_) => {}
                Step::Damaged(damage) => {
                    let offset = self.offset;
                    let error = FlvError { offset, damage };
                    self.state = match self.options.resync {
                        true => State::Search(error),
                        false => State::Failed(error),
                    };
                }
            }
        }
    }

    /// No more bytes come than have been given, or are given at the next call of [`read`](Self::read). Call that until
    /// it returns `None`, at last with no bytes: it hands out what is left, or says where the file is truncated.
    pub const fn handle_eof(&mut self) {
        self.ended = true;
    }

    fn header(&mut self, at_end: bool) -> Step {
        let Some(bytes) = self.held.first_chunk() else {
            return Step::Need(FlvHeader::LEN);
        };
        let mut header = match FlvHeader::parse(*bytes) {
            Ok(header) => header,
            Err(damage) => return Step::Damaged(damage),
        };
        let len = header.data_offset as usize;
        let end = len.saturating_add(SIZE_LEN);
        header.previous_tag_size = self.size_at(len);
        // A file may end with its header.
        let is_whole = header.previous_tag_size.is_some() || at_end && self.held.len() == len;
        if !is_whole {
            return Step::Need(end);
        }
        self.discard(end);
        self.state = State::Tag;
        Step::Item(FlvItem::Header(header))
    }

    fn tag(&mut self) -> Step {
        let Some(bytes) = self.held.first_chunk() else {
            return Step::Need(TagHeader::LEN);
        };
        let header = TagHeader::parse(*bytes);
        let limit = self.options.max_tag_data;
        if header.data_size > limit {
            let size = header.data_size;
            return Step::Damaged(Damage::TagTooLong { size, limit });
        }
        match self.end_of(&header) {
            End::Missing(len) => Step::Need(len),
            End::Sound(stated) => self.take_tag(&header, Some(stated)),
            End::Unsound(_) if !header.is_known() => Step::Damaged(Damage::TagType(header.tag_type)),
            End::Unsound(stated) => Step::Damaged(Damage::TagSize {
                size: TagHeader::tag_size(header.data_size),
                stated,
            }),
        }
    }

    /// Drops bytes up to a tag that is surely one.
    fn search(&mut self, error: FlvError) -> Step {
        loop {
            let Some(bytes) = self.held.first_chunk() else {
                return Step::Need(TagHeader::LEN);
            };
            let header = TagHeader::parse(*bytes);
            if self.looks_like_a_tag(&header) {
                match self.end_of(&header) {
                    End::Missing(len) => return Step::Need(len),
                    End::Sound(_) => {
                        self.state = State::Tag;
                        return self.skipped(error);
                    }
                    End::Unsound(_) => {}
                }
            }
            self.discard(1);
        }
    }

    /// The file ends, and fewer than the `needed` bytes are held.
    fn at_end(&mut self, needed: usize) -> Step {
        let missing = u32::try_from(needed.saturating_sub(self.held.len())).unwrap_or(u32::MAX);
        match self.state {
            State::Tag if self.held.is_empty() => {
                self.state = State::End;
                Step::Next
            }
            State::Tag => self
                .last_tag()
                .unwrap_or(Step::Damaged(Damage::Truncated { missing })),
            State::Search(error) if self.held.is_empty() => {
                self.state = State::End;
                self.skipped(error)
            }
            // What looks like a tag here is not whole.
            State::Search(_) => {
                self.discard(1);
                Step::Next
            }
            State::Start => match self.header(true) {
                Step::Need(_) => Step::Damaged(Damage::Truncated { missing }),
                step @ (Step::Item(_) | Step::Next | Step::Damaged(_)) => step,
            },
            State::End | State::Failed(_) => Step::Next,
        }
    }

    /// The tag held, if it is whole but for the PreviousTagSize behind it, or but for another tag that would speak for
    /// it.
    fn last_tag(&mut self) -> Option<Step> {
        let header = TagHeader::parse(*self.held.first_chunk()?);
        let len = TagHeader::tag_len(header.data_size);
        if self.held.len() < len {
            None
        } else if header.is_known() {
            Some(self.take_tag(&header, self.size_at(len)))
        } else {
            Some(Step::Damaged(Damage::TagType(header.tag_type)))
        }
    }

    fn take_tag(&mut self, header: &TagHeader, previous_tag_size: Option<u32>) -> Step {
        let offset = self.offset;
        let len = TagHeader::tag_len(header.data_size);
        let payload = self.take_payload(len);
        // Where the file ends inside of it, what there is of it is dropped.
        let behind = SIZE_LEN.min(self.held.len());
        self.discard(behind);
        Step::Item(FlvItem::Tag(FlvTag {
            offset,
            tag_type: header.tag_type,
            filtered: header.filtered,
            timestamp: header.timestamp,
            stream_id: header.stream_id,
            payload,
            previous_tag_size,
        }))
    }

    /// Takes off the tag that is the first `len` bytes held: its data.
    ///
    /// They have memory of their own: who keeps one payload keeps that, and no other. Of them and what is held behind
    /// them, which is much when damage has been searched, the lesser part is copied: so all tags together cost no
    /// more than their bytes.
    fn take_payload(&mut self, len: usize) -> Bytes {
        if self.held.len().saturating_sub(len) > len {
            let payload = self.held.get(TagHeader::LEN..len).unwrap_or_default();
            let payload = Bytes::copy_from_slice(payload);
            self.discard(len);
            return payload;
        }
        let mut tag = self.split(len);
        self.held = BytesMut::from(&self.held[..]);
        tag.advance(TagHeader::LEN);
        tag.freeze()
    }
}

/// What stands behind a tag.
enum End {
    /// So many bytes must be held to know; fewer are.
    Missing(usize),
    /// This PreviousTagSize, and it is right or another tag follows.
    Sound(u32),
    /// This PreviousTagSize, and nothing that speaks for the tag.
    Unsound(u32),
}

impl FlvReader {
    /// What stands behind the tag whose header is at the front of what is held.
    fn end_of(&self, header: &TagHeader) -> End {
        let len = TagHeader::tag_len(header.data_size);
        let Some(stated) = self.size_at(len) else {
            return End::Missing(len.saturating_add(SIZE_LEN));
        };
        if stated == TagHeader::tag_size(header.data_size) {
            return End::Sound(stated);
        }
        let next = len.saturating_add(SIZE_LEN);
        match self.held.get(next..).and_then(<[u8]>::first_chunk) {
            _ if !header.is_known() => End::Unsound(stated),
            None => End::Missing(next.saturating_add(TagHeader::LEN)),
            Some(next) if self.looks_like_a_tag(&TagHeader::parse(*next)) => End::Sound(stated),
            Some(_) => End::Unsound(stated),
        }
    }

    /// The PreviousTagSize at this place in what is held.
    fn size_at(&self, place: usize) -> Option<u32> {
        let bytes = self.held.get(place..)?.first_chunk()?;
        Some(u32::from_be_bytes(*bytes))
    }

    /// Of random bytes, one in a billion does.
    const fn looks_like_a_tag(&self, header: &TagHeader) -> bool {
        header.is_known() && header.stream_id == 0 && header.data_size <= self.options.max_tag_data
    }

    fn skipped(&self, error: FlvError) -> Step {
        Step::Item(FlvItem::Skipped {
            offset: error.offset,
            len: self.offset.saturating_sub(error.offset),
            damage: error.damage,
        })
    }

    /// Takes what is missing to `len` bytes off the front of `input`; false if it has too few.
    fn fill(&mut self, len: usize, input: &mut &[u8]) -> bool {
        let missing = len.saturating_sub(self.held.len());
        let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
        if self.held.capacity() < len && !taken.is_empty() {
            let ahead = missing.min(MAX_RESERVE_AHEAD).max(taken.len());
            self.held.reserve(ahead);
        }
        self.held.extend_from_slice(taken);
        *input = rest;
        taken.len() == missing
    }

    /// The first bytes of what is held, or all of it.
    fn split(&mut self, len: usize) -> BytesMut {
        let len = len.min(self.held.len());
        self.offset = self.offset.saturating_add(len as u64);
        self.held.split_to(len)
    }

    fn discard(&mut self, len: usize) {
        let len = len.min(self.held.len());
        self.offset = self.offset.saturating_add(len as u64);
        self.held.advance(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_behind_small_tags_is_not_copied_for_each_of_them() {
        // Audio of 1 byte, and its size; in front of them a tag that would reach beyond the file's end.
        const SMALL: &[u8] = b"\x08\0\0\x01\0\0\0\0\0\0\0\xFF\0\0\0\x0C";
        let mut file = b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x09\x01\0\0\0\0\0\0\0\0\0".to_vec();
        (0..100).for_each(|_| file.extend_from_slice(SMALL));
        let mut reader = FlvReader::new(ReadOptions::resyncing());
        let mut input = &file[..];
        reader.read(&mut input).unwrap();
        reader.handle_eof();
        let skipped = reader.read(&mut input).unwrap();
        assert!(matches!(skipped, Some(FlvItem::Skipped { len: 11, .. })));
        let place = reader.held.as_ptr() as usize;
        for n in 1..50 {
            assert!(matches!(reader.read(&mut input), Ok(Some(FlvItem::Tag(_)))));
            assert_eq!(reader.held.as_ptr() as usize, place + n * SMALL.len());
        }
    }
}
