//! Whether bytes read like chunks: how strongly a chain of chunk headers says so, and how far it goes.
//!
//! A chunk bears no mark, and any bytes may look like a header. But a header names where the next one is, and
//! bytes that are no chunks hardly ever have a second and a third one there.

use std::collections::BTreeMap;

use rtmp_core::chunk::MessageType;
use rtmp_core::units::ChunkSize;

/// The evidence that makes a chain believed at the very first place where one is looked for, in bits. Every
/// doubling of the places tried costs one bit more, so that chance has brought forth a chain no sooner far
/// away than near.
const MIN_EVIDENCE: u32 = 32;

/// Messages of a believed chain, unless the recording ends before.
const MIN_MESSAGES: u32 = 3;

/// Longer messages are not believed (the length has 24 bits).
const MAX_MESSAGE_LEN: u32 = 8 << 20;

/// Message streams are numbered from 1; nobody was seen to have more.
const MAX_MESSAGE_STREAM: u32 = 16;

/// The most time between two messages of a chunk stream, in milliseconds, that the first header may tell.
const MAX_FIRST_DELTA: u32 = 1 << 16;

/// What speaks for chunks, in bits: rounded down from how many of all possible headers are plausible.
mod evidence {
    /// A type 0 header: message type, length, and a message stream id of which 27 bits are zero.
    pub(super) const FULL: u32 = 30;
    /// A type 1 header: message type, length, and one of few chunk streams.
    pub(super) const SAME_STREAM: u32 = 14;
    /// A type 2 or 3 header: one of the few chunk streams that have such a header there.
    pub(super) const SHORT: u32 = 6;
    /// The bytes end where a message does.
    pub(super) const CLEAN_END: u32 = 6;
}

/// The message type last seen on a chunk stream, by its id.
pub(super) type Kinds = BTreeMap<u32, MessageType>;

/// Bytes that read like chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// How many of them, up to the end of a message.
    pub(super) len: usize,
    /// Nothing behind it reads otherwise, but for lack of bytes.
    pub(super) reaches_end: bool,
    /// What speaks for it, in bits.
    pub(super) evidence: u32,
}

/// What is known of a chunk stream.
#[derive(Clone, Copy)]
struct ChunkStream {
    kind: MessageType,
    length: u32,
    /// The extended timestamp of its last message header.
    extended: Option<[u8; 4]>,
    /// Payload of its message that has not come.
    missing: usize,
}

/// Why a chain goes no further.
enum Stop {
    /// The bytes end.
    End,
    /// What follows reads like no chunk.
    Implausible,
}

/// Reads headers.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    chunk_size: usize,
    streams: BTreeMap<u8, ChunkStream>,
    evidence: u32,
    messages: u32,
    /// The chunk stream and message type of a first header of type 1 for which nothing else speaks yet.
    unsupported: Option<(u8, MessageType)>,
    /// Where the last message ends.
    end: usize,
    /// Where the last message ends behind which something plausible follows, or which is so short that the
    /// chunk size makes no difference.
    sure_end: usize,
}

impl Chain {
    /// The chain that begins with the byte at `start`, if there is good reason to believe it. `kinds` is what
    /// was seen before on chunk streams.
    pub(super) fn read(bytes: &[u8], start: usize, chunk_size: ChunkSize, kinds: &Kinds) -> Option<Self> {
        let places = start + 1;
        let bytes = bytes.get(start..)?;
        let mut walk = Walk {
            bytes,
            at: 0,
            chunk_size: chunk_size.as_len(),
            streams: BTreeMap::new(),
            evidence: 0,
            messages: 0,
            unsupported: None,
            end: 0,
            sure_end: 0,
        };
        if !may_begin(bytes) {
            return None;
        }
        let stop = loop {
            if let Err(stop) = walk.chunk(kinds) {
                break stop;
            }
        };
        let is_clean = walk.end == bytes.len();
        let reaches_end = matches!(stop, Stop::End);
        let evidence = walk.evidence + if is_clean { evidence::CLEAN_END } else { 0 };
        let is_long = walk.messages >= MIN_MESSAGES || reaches_end;
        let is_believed = evidence >= MIN_EVIDENCE + places.ilog2() && is_long && walk.unsupported.is_none();
        is_believed.then_some(Self {
            len: if reaches_end { walk.end } else { walk.sure_end },
            reaches_end,
            evidence,
        })
    }
}

impl Walk<'_> {
    /// Reads one chunk.
    fn chunk(&mut self, kinds: &Kinds) -> Result<(), Stop> {
        let [basic] = self.take()?;
        let (fmt, id) = (basic >> 6, basic & 0x3F);
        if id < 2 {
            // Chunk streams from 64 on, which nobody needs.
            return Err(Stop::Implausible);
        }
        let known = self.streams.get(&id).copied();
        let is_continued = known.is_some_and(|stream| stream.missing > 0);
        let mut stream = match (fmt, known) {
            (0 | 1, _) if !is_continued => self.message_header(fmt, id, kinds)?,
            (2, Some(stream)) if !is_continued => {
                let delta = self.take()?;
                ChunkStream {
                    extended: self.extended(delta)?,
                    ..stream
                }
            }
            (3, Some(mut stream)) => {
                if let Some(extended) = stream.extended {
                    // Some leave it out.
                    let next = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk());
                    if let Some(next) = next.filter(|next| **next == extended || !is_continued) {
                        stream.extended = Some(*next);
                        self.at += 4;
                    }
                }
                stream
            }
            _ => return Err(Stop::Implausible),
        };
        if !is_continued {
            stream.missing = stream.length as usize;
        }
        if fmt > 1 {
            self.evidence += evidence::SHORT;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !is_continued && !begins_plausibly(stream.kind, stream.length, rest) {
            return Err(Stop::Implausible);
        }
        // What is behind the last message reads like a header as well, so that one ended where it should.
        self.sure_end = self.end;
        let len = stream.missing.min(self.chunk_size);
        let Some(payload) = rest.get(..len) else {
            return Err(Stop::End);
        };
        self.at += len;
        stream.missing -= len;
        self.streams.insert(id, stream);
        if stream.missing == 0 {
            self.messages += 1;
            self.end = self.at;
            if stream.length <= ChunkSize::INITIAL.get() {
                self.sure_end = self.at;
            }
            if let (MessageType::SetChunkSize, Some(size)) = (stream.kind, payload.first_chunk()) {
                self.chunk_size = u32::from_be_bytes(*size) as usize;
            }
        }
        Ok(())
    }

    /// Reads a message header of type 0 or 1 (RTMP 1.0 §5.3.1.2).
    fn message_header(&mut self, fmt: u8, id: u8, kinds: &Kinds) -> Result<ChunkStream, Stop> {
        let is_first = self.at == 1;
        let timestamp: [u8; 3] = self.take()?;
        let [high, middle, low, kind] = self.take()?;
        let length = u32::from_be_bytes([0, high, middle, low]);
        let kind = MessageType::from(kind);
        let is_control = matches!(
            kind,
            MessageType::SetChunkSize
                | MessageType::Abort
                | MessageType::Acknowledgement
                | MessageType::UserControl
                | MessageType::WindowAcknowledgementSize
                | MessageType::SetPeerBandwidth
        );
        let is_plausible = !matches!(kind, MessageType::Unknown(_))
            && length <= MAX_MESSAGE_LEN
            && (id == 2 || !is_control)
            // Some send an empty audio or video message, but nobody sends another.
            && (length > 0 || (!is_first && matches!(kind, MessageType::Audio | MessageType::Video)));
        if !is_plausible {
            return Err(Stop::Implausible);
        }
        if fmt == 0 {
            let message_stream = u32::from_le_bytes(self.take()?);
            if message_stream > MAX_MESSAGE_STREAM || (is_control && message_stream > 0) {
                return Err(Stop::Implausible);
            }
            self.evidence += evidence::FULL;
        } else {
            let [high, middle, low] = timestamp;
            if is_first && u32::from_be_bytes([0, high, middle, low]) > MAX_FIRST_DELTA {
                return Err(Stop::Implausible);
            }
            self.evidence += evidence::SAME_STREAM;
            if is_first && kinds.get(&u32::from(id)) != Some(&kind) {
                self.unsupported = Some((id, kind));
            }
        }
        if !is_first && self.unsupported == Some((id, kind)) {
            self.unsupported = None;
        }
        Ok(ChunkStream {
            kind,
            length,
            extended: self.extended(timestamp)?,
            missing: 0,
        })
    }

    /// The extended timestamp that a field of ones announces (RTMP 1.0 §5.3.1.3).
    fn extended(&mut self, field: [u8; 3]) -> Result<Option<[u8; 4]>, Stop> {
        if field == [0xFF; 3] {
            self.take().map(Some)
        } else {
            Ok(None)
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.first_chunk().copied().ok_or(Stop::End)?;
        self.at += N;
        Ok(taken)
    }
}

/// Whether a chain may begin here: with a header of type 0 or 1 and a known message type. It sorts out most
/// places without further ado.
fn may_begin(bytes: &[u8]) -> bool {
    let kind = bytes.get(7).copied().map(MessageType::from);
    bytes
        .first()
        .is_some_and(|basic| basic >> 6 < 2 && basic & 0x3F >= 2)
        && kind.is_some_and(|kind| !matches!(kind, MessageType::Unknown(_)))
}

/// Whether a message of this type and length may begin with `payload`, as far as that is there.
fn begins_plausibly(kind: MessageType, length: u32, payload: &[u8]) -> bool {
    /// The type of an AMF 0 string.
    const STRING: u8 = 2;
    let Some(first) = payload.first() else {
        return true;
    };
    match kind {
        MessageType::SetChunkSize => {
            let size = payload.first_chunk().copied().map(u32::from_be_bytes);
            length == 4 && size.is_none_or(|size| ChunkSize::new(size).is_some())
        }
        MessageType::Abort | MessageType::Acknowledgement | MessageType::WindowAcknowledgementSize => {
            length == 4
        }
        MessageType::SetPeerBandwidth => length == 5,
        // The longest is an answer of 42 bytes to a SWFVerifyRequest.
        MessageType::UserControl => (2..=44).contains(&length) && *first == 0,
        MessageType::CommandAmf0 | MessageType::DataAmf0 => *first == STRING,
        MessageType::CommandAmf3 | MessageType::DataAmf3 => matches!(*first, 0 | STRING),
        MessageType::Aggregate => matches!(*first, 8 | 9 | 18),
        // Enhanced, or one of five frame types.
        MessageType::Video => length == 0 || first & 0x80 != 0 || matches!(first >> 4, 1..=5),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIO: [u8; 3] = [0xAF, 1, 0x21];

    fn read(bytes: &[u8], chunk_size: u32) -> Option<Chain> {
        Chain::read(bytes, 0, ChunkSize::new(chunk_size)?, &Kinds::new())
    }

    /// Type 1 on chunk stream 4: delta 23, 3 bytes, audio.
    fn audio() -> Vec<u8> {
        [&[0x44, 0, 0, 23, 0, 0, 3, 8], &AUDIO[..]].concat()
    }

    /// Type 0 on chunk stream 6: timestamp 40, `len` bytes, video, message stream 1; chunks of 128 bytes.
    fn video(len: u8) -> Vec<u8> {
        let mut bytes = vec![0x06, 0, 0, 40, 0, 0, len, 9, 1, 0, 0, 0, 0x27];
        bytes.extend((1..len).flat_map(|at| if at == 128 { vec![0xC6, 0xAB] } else { vec![0xAB] }));
        bytes
    }

    #[test]
    fn one_full_header_whose_message_ends_with_the_bytes_is_believed_at_the_first_place() {
        let chain = read(&video(20), 128).unwrap();
        assert_eq!((chain.len, chain.reaches_end), (32, true));
        let far = [&[0; 100], &video(20)[..]].concat();
        assert_eq!(Chain::read(&far, 100, ChunkSize::INITIAL, &Kinds::new()), None);
    }

    #[test]
    fn a_chain_of_short_headers_needs_several() {
        assert_eq!(read(&audio(), 128), None);
        assert_eq!(
            read(&[audio(), audio()].concat(), 128).map(|chain| chain.len),
            Some(22)
        );
    }

    #[test]
    fn a_lone_header_of_type_1_needs_another_of_its_kind() {
        let bytes = [audio(), video(20), video(20), video(20)].concat();
        assert_eq!(read(&bytes, 128), None);
        let kinds = Kinds::from([(4, MessageType::Audio)]);
        assert!(Chain::read(&bytes, 0, ChunkSize::INITIAL, &kinds).is_some());
    }

    #[test]
    fn a_wrong_chunk_size_breaks_the_chain_and_what_rests_on_it_is_not_believed() {
        let bytes = [video(20), video(20), video(20), video(200), video(20)].concat();
        assert_eq!(read(&bytes, 128).map(|chain| chain.len), Some(bytes.len()));
        // Read as one chunk the long message ends one byte too early.
        let chain = read(&bytes, 4096).unwrap();
        assert_eq!((chain.len, chain.reaches_end), (96, false));
    }

    #[test]
    fn a_set_chunk_size_is_obeyed() {
        // Type 0 on chunk stream 2: 4 bytes, type 1; 64
        let set = [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 64];
        let mut long = video(100);
        long.insert(12 + 64, 0xC6);
        let bytes = [&set[..], &long, &video(20)].concat();
        assert_eq!(read(&bytes, 128).map(|chain| chain.len), Some(bytes.len()));
    }

    #[test]
    fn what_no_message_looks_like_ends_the_chain() {
        for (at, value) in [
            (0, 0x00),  // chunk stream 64
            (0, 0xC6),  // type 3 without a header before
            (4, 0xFF),  // 16 MiB
            (7, 7),     // an unknown message type
            (7, 20),    // a command that begins with no string
            (9, 1),     // message stream 257
            (12, 0x77), // frame type 7
        ] {
            let mut bytes = video(20);
            bytes[at] = value;
            assert_eq!(read(&bytes, 128), None, "byte {at} is {value}");
        }
    }

    #[test]
    fn zeros_and_ones_are_no_chain() {
        for byte in 0..=255 {
            assert_eq!(read(&[byte; 3000], 128), None, "{byte}");
        }
    }
}
