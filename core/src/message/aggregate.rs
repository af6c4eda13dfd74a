//! Aggregate messages: several messages in one (RTMP 1.0 §7.1.6).

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use crate::chunk::{Message, MessageType};
use crate::limits::Limits;
use crate::units::Timestamp;
use crate::wire::{Reader, Truncated};

/// The audio, video and data messages in an aggregate message, in its order.
///
/// Each has the chunk stream and the message stream of the aggregate. One that is half of it or more shares its memory; the others
/// have their own, so that who keeps one keeps no more than twice its bytes. Timestamps are
/// moved so that the first is the aggregate's. A record that does not fit ends the iteration; a missing last
/// back pointer does not matter. Messages of other types are passed over: no command hides in media. More parts than
/// [`Limits::max_aggregate_parts`] are an error, after which nothing comes.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The aggregate, its payload what is left of it.
    message: Message,
    /// Bytes of all of it.
    len: usize,
    /// The timestamp written in the first record.
    first: Option<Timestamp>,
    /// Parts that may still come.
    left: usize,
}

/// An aggregate holds more messages than [`Limits::max_aggregate_parts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many messages in one aggregate")]
pub struct TooManyParts;

impl Aggregate {
    /// The parts of `message`, whose type should be 22.
    pub const fn new(message: Message, limits: &Limits) -> Self {
        Self {
            len: message.payload.len(),
            message,
            first: None,
            left: limits.max_aggregate_parts,
        }
    }

    fn next_part(&mut self) -> Result<Message, Truncated> {
        let mut r = Reader::new(&self.message.payload);
        let kind = MessageType::from(r.u8()?);
        let size = r.u24()? as usize;
        let (low, [high]) = (r.array()?, r.array()?);
        let timestamp = timestamp(high, low);
        let _stream = r.u24()?;
        let part = r.bytes(size)?;
        let payload = if part.len() < self.len.div_ceil(2) {
            Bytes::copy_from_slice(part)
        } else {
            self.message.payload.slice_ref(part)
        };
        let _back_pointer = r.u32();
        let rest = self.message.payload.slice_ref(r.rest());

        let first = *self.first.get_or_insert(timestamp);
        let since_first = timestamp.since(first).cast_unsigned();
        self.message.payload = rest;
        Ok(Message {
            chunk_stream: self.message.chunk_stream,
            stream: self.message.stream,
            timestamp: self.message.timestamp.wrapping_add(since_first),
            kind,
            payload,
        })
    }
}

/// As in an FLV tag: three bytes, then the one above them.
const fn timestamp(high: u8, [a, b, c]: [u8; 3]) -> Timestamp {
    Timestamp::from_millis(u32::from_be_bytes([high, a, b, c]))
}

impl Iterator for Aggregate {
    type Item = Result<Message, TooManyParts>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Ok(part) = self.next_part() else {
                self.message.payload.clear();
                return None;
            };
            let is_media = matches!(
                part.kind,
                MessageType::Audio | MessageType::Video | MessageType::DataAmf0 | MessageType::DataAmf3
            );
            if !is_media {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                self.message.payload.clear();
                return Some(Err(TooManyParts));
            };
            self.left = left;
            return Some(Ok(part));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::{ChunkStreamId, MessageStreamId};

    const TWO_PARTS: [u8; 38] = [
        // Audio, 3 bytes, 1000 ms, stream 0; body; back pointer 14.
        0x08, 0, 0, 3, 0x00, 0x03, 0xE8, 0x00, 0, 0, 0, 0xAF, 0x01, 0x21, 0, 0, 0, 0x0E,
        // Video, 5 bytes, 1023 ms, stream 0; body; back pointer 16.
        0x09, 0, 0, 5, 0x00, 0x03, 0xFF, 0x00, 0, 0, 0, 0x27, 0x01, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    fn aggregate(millis: u32, payload: Vec<u8>, limits: &Limits) -> Aggregate {
        let message = Message {
            chunk_stream: ChunkStreamId::COMMAND,
            stream: MessageStreamId::new(1),
            timestamp: Timestamp::from_millis(millis),
            kind: MessageType::Aggregate,
            payload: Bytes::from(payload),
        };
        Aggregate::new(message, limits)
    }

    fn parts(millis: u32, payload: &[u8]) -> Vec<(MessageType, u32, Vec<u8>)> {
        aggregate(millis, payload.to_vec(), &Limits::default())
            .map(|part| {
                let part = part.unwrap();
                assert_eq!(part.stream, MessageStreamId::new(1));
                (part.kind, part.timestamp.as_millis(), part.payload.to_vec())
            })
            .collect()
    }

    #[test]
    fn parts_keep_their_distance_from_the_first() {
        let audio = (MessageType::Audio, 5000, vec![0xAF, 0x01, 0x21]);
        let video = (MessageType::Video, 5023, vec![0x27, 0x01, 0, 0, 0]);
        assert_eq!(parts(5000, &TWO_PARTS), [audio, video]);
    }

    #[test]
    fn timestamps_wrap() {
        let times: Vec<_> = parts(0xFFFF_FFF0, &TWO_PARTS)
            .into_iter()
            .map(|part| part.1)
            .collect();
        assert_eq!(times, [0xFFFF_FFF0, 7]);
        // The second part lies before the first: the fourth byte makes 0x010003E8 of the first.
        let mut back = TWO_PARTS;
        back[7] = 0x01;
        let times: Vec<_> = parts(0x0200_0000, &back).into_iter().map(|part| part.1).collect();
        assert_eq!(times, [0x0200_0000, 0x0100_0017]);
    }

    #[test]
    fn the_last_back_pointer_may_be_missing() {
        assert_eq!(parts(0, &TWO_PARTS[..34]).len(), 2);
        assert_eq!(parts(0, &TWO_PARTS[..36]).len(), 2);
    }

    #[test]
    fn a_record_that_does_not_fit_is_dropped_with_what_follows() {
        assert_eq!(parts(0, &TWO_PARTS[..33]).len(), 1);
        let mut too_long = TWO_PARTS;
        too_long[1] = 0xFF;
        assert_eq!(parts(0, &too_long), []);
    }

    #[test]
    fn commands_and_aggregates_inside_are_passed_over() {
        for kind in [1, 20, 22] {
            let mut payload = TWO_PARTS;
            payload[0] = kind;
            let kinds: Vec<_> = parts(0, &payload).into_iter().map(|part| part.0).collect();
            assert_eq!(kinds, [MessageType::Video]);
        }
    }

    #[test]
    fn only_a_part_that_is_most_of_the_aggregate_keeps_all_of_it() {
        // Video, 100 bytes; audio, 1 byte.
        let long = [
            &[9, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0][..],
            &[0x27; 100],
            &[0, 0, 0, 111],
        ]
        .concat();
        let short = [8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xAF, 0, 0, 0, 12];
        let whole = aggregate(0, [&long[..], &short].concat(), &Limits::default());
        let place = whole.message.payload.as_ptr_range();
        let is_shared = |part: Message| place.contains(&part.payload.as_ptr());
        let shared: Vec<_> = whole.map(|part| is_shared(part.unwrap())).collect();
        assert_eq!(shared, [true, false]);
    }

    #[test]
    fn parts_beyond_the_limit_are_an_error_and_the_end() {
        let taken = |limit| {
            let limits = Limits {
                max_aggregate_parts: limit,
                ..Limits::default()
            };
            aggregate(0, TWO_PARTS.to_vec(), &limits)
                .map(|part| part.map(|part| part.kind))
                .collect::<Vec<_>>()
        };
        let (audio, video) = (Ok(MessageType::Audio), Ok(MessageType::Video));
        assert_eq!(taken(2), [audio, video]);
        assert_eq!(taken(1), [audio, Err(TooManyParts)]);
        assert_eq!(taken(0), [Err(TooManyParts)]);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..10u8], 0..96)) {
            let parts = aggregate(0, bytes.clone(), &Limits::default());
            let sum: usize = parts.map(|part| part.unwrap().payload.len()).sum();
            prop_assert!(sum <= bytes.len());
        }
    }
}
