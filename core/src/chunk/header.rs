//! Chunk headers: basic header, message header, extended timestamp (RTMP 1.0 §5.3.1).

#![deny(clippy::arithmetic_side_effects)]

use crate::chunk::extended_timestamp::Extended;
use crate::units::{ChunkStreamId, MessageStreamId};
use crate::wire::{Reader, Truncated};

/// The longest header: 3 bytes of basic header, 11 of message header, 4 of extended timestamp.
pub(super) const MAX_HEADER_LEN: usize = 18;

/// The timestamp field that says "see the extended timestamp"; also the first value that needs one.
const EXTENDED: u32 = 0xFF_FFFF;

/// One chunk's header as it came, for tools that show what a peer sends.
/// See [`ChunkDecoder::decode_with`](super::ChunkDecoder::decode_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkHeader {
    /// The chunk type, 0 to 3 (§5.3.1.2).
    pub fmt: u8,
    /// The chunk stream.
    pub chunk_stream: ChunkStreamId,
    /// Bytes of the basic header, 1 to 3: some peers use a longer form than they need.
    pub basic_header_len: u8,
    /// The extended timestamp, where the chunk has one.
    pub extended_timestamp: Option<u32>,
    /// A chunk of type 3 that lacks the extended timestamp which the specification asks for there.
    pub extended_timestamp_omitted: bool,
    /// Bytes of payload in this chunk, most of which have yet to come.
    pub payload_len: usize,
    /// The chunk is the first of a message.
    pub begins_message: bool,
}

/// Chunk type and chunk stream (§5.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BasicHeader {
    pub(super) fmt: u8,
    pub(super) chunk_stream: ChunkStreamId,
    /// Bytes on the wire: 1 to 3.
    pub(super) len: u8,
}

impl BasicHeader {
    #[inline]
    pub(super) fn parse(r: &mut Reader<'_>) -> Result<Self, Truncated> {
        let first = r.u8()?;
        let (id, len) = match first & 0x3F {
            0 => (u32::from(r.u8()?).wrapping_add(64), 2),
            // The only field beside the message stream id with its low byte first.
            1 => (u32::from(u16::from_le_bytes(r.array()?)).wrapping_add(64), 3),
            id => (u32::from(id), 1),
        };
        // All three forms lie within 2 to 65599, so this is always an id.
        let chunk_stream = ChunkStreamId::new(id).ok_or(Truncated)?;
        Ok(Self {
            fmt: first >> 6,
            chunk_stream,
            len,
        })
    }

    /// The shortest form.
    fn to_bytes(fmt: u8, chunk_stream: ChunkStreamId) -> HeaderBytes {
        let fmt = fmt << 6;
        let [_, _, _, id] = chunk_stream.get().to_be_bytes();
        let [_, _, high, low] = chunk_stream.get().saturating_sub(64).to_be_bytes();
        let mut out = HeaderBytes::default();
        match chunk_stream.get() {
            0..64 => out.put([fmt | id]),
            64..320 => out.put([fmt, low]),
            320.. => out.put([fmt | 1, low, high]),
        }
        out
    }
}

/// The 24-bit timestamp or delta together with its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimestampField {
    pub(super) value: u32,
    pub(super) is_extended: bool,
}

impl TimestampField {
    pub(super) const fn new(value: u32) -> Self {
        Self {
            value,
            is_extended: value >= EXTENDED,
        }
    }

    pub(super) const fn extended(self) -> Option<u32> {
        if self.is_extended { Some(self.value) } else { None }
    }

    /// The 24 bits.
    fn field(self) -> [u8; 3] {
        u24(self.value.min(EXTENDED))
    }
}

/// Type and length of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) length: u32,
    pub(super) kind: u8,
}

/// The chunk message header (§5.3.1.2) of types 0 to 2, with the extended timestamp. Type 3 has none; whether
/// an extended timestamp follows it depends on what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageHeader {
    /// Type 0: everything, with an absolute timestamp.
    Full {
        timestamp: TimestampField,
        body: Body,
        stream: MessageStreamId,
    },
    /// Type 1: on the same message stream.
    SameStream { delta: TimestampField, body: Body },
    /// Type 2: also of the same type and length.
    SameBody { delta: TimestampField },
}

impl MessageHeader {
    /// Reads what follows a basic header of type `fmt`; `None` for type 3.
    pub(super) fn parse(fmt: u8, r: &mut Reader<'_>) -> Result<Option<Self>, Truncated> {
        if fmt > 2 {
            return Ok(None);
        }
        let field = r.u24()?;
        let body = if fmt < 2 {
            Some(Body {
                length: r.u24()?,
                kind: r.u8()?,
            })
        } else {
            None
        };
        let stream = if fmt == 0 {
            Some(MessageStreamId::new(r.u32_le()?))
        } else {
            None
        };
        let is_extended = field == EXTENDED;
        let time = TimestampField {
            value: if is_extended { r.u32()? } else { field },
            is_extended,
        };
        Ok(Some(match (body, stream) {
            (Some(body), Some(stream)) => Self::Full {
                timestamp: time,
                body,
                stream,
            },
            (Some(body), None) => Self::SameStream { delta: time, body },
            (None, _) => Self::SameBody { delta: time },
        }))
    }

    pub(super) const fn fmt(&self) -> u8 {
        match self {
            Self::Full { .. } => 0,
            Self::SameStream { .. } => 1,
            Self::SameBody { .. } => 2,
        }
    }

    pub(super) const fn time(&self) -> TimestampField {
        match *self {
            Self::Full { timestamp, .. } => timestamp,
            Self::SameStream { delta, .. } | Self::SameBody { delta } => delta,
        }
    }

    pub(super) fn extended(&self) -> Option<Extended> {
        let value = self.time().extended()?;
        Some(if self.fmt() == 0 {
            Extended::Absolute(value)
        } else {
            Extended::Delta(value)
        })
    }

    /// The whole header of a message's first chunk.
    pub(super) fn to_bytes(self, chunk_stream: ChunkStreamId) -> HeaderBytes {
        let mut out = BasicHeader::to_bytes(self.fmt(), chunk_stream);
        out.put(self.time().field());
        if let Self::Full { body, .. } | Self::SameStream { body, .. } = self {
            out.put(u24(body.length));
            out.put([body.kind]);
        }
        if let Self::Full { stream, .. } = self {
            out.put(stream.get().to_le_bytes());
        }
        out.put_extension(self.time());
        out
    }
}

/// The header of a message's further chunks: type 3, with the extended timestamp again if the first had one.
pub(super) fn continuation(chunk_stream: ChunkStreamId, time: TimestampField) -> HeaderBytes {
    let mut out = BasicHeader::to_bytes(3, chunk_stream);
    out.put_extension(time);
    out
}

const fn u24(value: u32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}

/// A header as bytes, whole or cut short.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeaderBytes {
    bytes: [u8; MAX_HEADER_LEN],
    len: usize,
}

impl HeaderBytes {
    /// Appends; what there is no room for is left out, and there is room for every header.
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(slot) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *slot = bytes;
            self.len = self.len.saturating_add(N);
        }
    }

    fn put_extension(&mut self, time: TimestampField) {
        if let Some(value) = time.extended() {
            self.put(value.to_be_bytes());
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// These bytes and as many of `more` as there is room for.
    pub(super) fn join(mut self, more: &[u8]) -> Self {
        for (byte, slot) in more.iter().zip(self.bytes.iter_mut().skip(self.len)) {
            *slot = *byte;
            self.len = self.len.saturating_add(1);
        }
        self
    }

    pub(super) fn without_first(&self, n: usize) -> Self {
        Self::default().join(self.as_slice().get(n..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(bytes: &[u8]) -> Result<(u8, u32, u8), Truncated> {
        BasicHeader::parse(&mut Reader::new(bytes)).map(|h| (h.fmt, h.chunk_stream.get(), h.len))
    }

    #[test]
    fn a_basic_header_has_three_forms() {
        for (bytes, id) in [
            (&[0xC2][..], 2),
            (&[0xFF], 63),
            (&[0xC0, 0x00], 64),
            (&[0xC0, 0xFF], 319),
            (&[0xC1, 0x00, 0x01], 320),
            (&[0xC1, 0xFF, 0xFF], 65_599),
        ] {
            assert_eq!(basic(bytes), Ok((3, id, u8::try_from(bytes.len()).unwrap())));
            let written = continuation(ChunkStreamId::new(id).unwrap(), TimestampField::new(0));
            assert_eq!(written.as_slice(), bytes);
        }
    }

    #[test]
    fn the_three_byte_form_may_say_what_two_bytes_could() {
        assert_eq!(basic(&[0x01, 0x05, 0x00]), Ok((0, 69, 3)));
        assert_eq!(basic(&[0x00, 0x05]), Ok((0, 69, 2)));
    }

    #[test]
    fn a_header_cut_anywhere_is_truncated() {
        assert_eq!(basic(&[]), Err(Truncated));
        assert_eq!(basic(&[0x00]), Err(Truncated));
        assert_eq!(basic(&[0x01, 0x00]), Err(Truncated));
        let full = [0xFF, 0xFF, 0xFF, 0, 0, 6, 8, 1, 0, 0, 0, 1, 0, 0, 0];
        for len in 0..full.len() {
            assert_eq!(
                MessageHeader::parse(0, &mut Reader::new(&full[..len])),
                Err(Truncated)
            );
        }
    }

    #[test]
    fn a_message_header_of_each_type_comes_back() {
        let body = Body {
            length: 0x0133,
            kind: 9,
        };
        for (header, bytes) in [
            (
                MessageHeader::Full {
                    timestamp: TimestampField::new(1000),
                    body,
                    stream: MessageStreamId::new(12346),
                },
                // csid 4, timestamp 1000, length 307, type 9, msid 12346 with its low byte first
                &[
                    0x04, 0x00, 0x03, 0xE8, 0x00, 0x01, 0x33, 0x09, 0x3A, 0x30, 0x00, 0x00,
                ][..],
            ),
            (
                MessageHeader::SameStream {
                    delta: TimestampField::new(0x0100_0002),
                    body,
                },
                // delta in the extended timestamp, after length and type
                &[
                    0x44, 0xFF, 0xFF, 0xFF, 0x00, 0x01, 0x33, 0x09, 0x01, 0x00, 0x00, 0x02,
                ],
            ),
            (
                MessageHeader::SameBody {
                    delta: TimestampField::new(23),
                },
                &[0x84, 0x00, 0x00, 0x17],
            ),
            // exactly 0xFFFFFF cannot stand in the field itself
            (
                MessageHeader::SameBody {
                    delta: TimestampField::new(0xFF_FFFF),
                },
                &[0x84, 0xFF, 0xFF, 0xFF, 0x00, 0xFF, 0xFF, 0xFF],
            ),
        ] {
            assert_eq!(header.to_bytes(ChunkStreamId::new(4).unwrap()).as_slice(), bytes);
            let mut r = Reader::new(bytes);
            let basic = BasicHeader::parse(&mut r).unwrap();
            assert_eq!(MessageHeader::parse(basic.fmt, &mut r), Ok(Some(header)));
            assert!(r.is_empty());
        }
    }
}
