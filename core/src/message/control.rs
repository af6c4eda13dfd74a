//! Protocol control messages (RTMP 1.0 §5.4).

#![deny(clippy::arithmetic_side_effects)]

use super::control_message;
use crate::chunk::{Message, MessageType};
use crate::units::ChunkSize;
use crate::wire::Reader;

/// A protocol control message. It takes effect when it is complete; its timestamp means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Control {
    /// *Set Chunk Size*: the most payload of the sender's chunks from here on (§5.4.1).
    SetChunkSize(ChunkSize),
    /// *Abort Message*: the rest of the message begun on this chunk stream will not come (§5.4.2).
    Abort(u32),
    /// *Acknowledgement*: bytes received so far, modulo 2^32 (§5.4.3).
    Acknowledgement(u32),
    /// *Window Acknowledgement Size*: bytes after which the sender wants an acknowledgement (§5.4.4).
    WindowAcknowledgementSize(u32),
    /// *Set Peer Bandwidth*: bytes that the receiver may send without acknowledgement (§5.4.5).
    SetPeerBandwidth {
        /// Bytes.
        window: u32,
        /// How they bind.
        limit: LimitType,
    },
}

/// How a *Set Peer Bandwidth* binds (RTMP 1.0 §5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitType {
    /// 0: the window is the limit.
    Hard,
    /// 1: the window, or the limit in force if that is smaller.
    Soft,
    /// 2: as hard if the last one was hard, else to be ignored.
    Dynamic,
}

impl Control {
    /// Reads the payload of a message of this type.
    ///
    /// `None` if the type is another, if the payload is too short, or for a chunk size of zero or more than
    /// 2^31 - 1. A bandwidth without limit type, or with one that is not defined, is dynamic.
    pub fn parse(kind: MessageType, payload: &[u8]) -> Option<Self> {
        let mut r = Reader::new(payload);
        let value = r.u32().ok()?;
        match kind {
            MessageType::SetChunkSize => ChunkSize::new(value).map(Self::SetChunkSize),
            MessageType::Abort => Some(Self::Abort(value)),
            MessageType::Acknowledgement => Some(Self::Acknowledgement(value)),
            MessageType::WindowAcknowledgementSize => Some(Self::WindowAcknowledgementSize(value)),
            MessageType::SetPeerBandwidth => {
                let limit = match r.u8() {
                    Ok(0) => LimitType::Hard,
                    Ok(1) => LimitType::Soft,
                    _ => LimitType::Dynamic,
                };
                Some(Self::SetPeerBandwidth { window: value, limit })
            }
            MessageType::UserControl
            | MessageType::Audio
            | MessageType::Video
            | MessageType::DataAmf3
            | MessageType::SharedObjectAmf3
            | MessageType::CommandAmf3
            | MessageType::DataAmf0
            | MessageType::SharedObjectAmf0
            | MessageType::CommandAmf0
            | MessageType::Aggregate
            | MessageType::Unknown(_) => None,
        }
    }

    /// The message to send: chunk stream 2, message stream 0, timestamp 0.
    pub fn to_message(self) -> Message {
        let (kind, value) = match self {
            Self::SetChunkSize(size) => (MessageType::SetChunkSize, size.get()),
            Self::Abort(chunk_stream) => (MessageType::Abort, chunk_stream),
            Self::Acknowledgement(received) => (MessageType::Acknowledgement, received),
            Self::WindowAcknowledgementSize(window) => (MessageType::WindowAcknowledgementSize, window),
            Self::SetPeerBandwidth { window, .. } => (MessageType::SetPeerBandwidth, window),
        };
        let value = value.to_be_bytes();
        let payload = if let Self::SetPeerBandwidth { limit, .. } = self {
            let limit = match limit {
                LimitType::Hard => 0,
                LimitType::Soft => 1,
                LimitType::Dynamic => 2,
            };
            [&value[..], &[limit]].concat()
        } else {
            value.to_vec()
        };
        control_message(kind, payload)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::{ChunkStreamId, MessageStreamId};

    #[test]
    fn each_type_reads_its_number() {
        let bytes = [0x00, 0x00, 0x10, 0x00]; // 4096
        let size = ChunkSize::new(4096).unwrap();
        assert_eq!(
            Control::parse(MessageType::SetChunkSize, &bytes),
            Some(Control::SetChunkSize(size))
        );
        assert_eq!(
            Control::parse(MessageType::Abort, &bytes),
            Some(Control::Abort(4096))
        );
        assert_eq!(
            Control::parse(MessageType::Acknowledgement, &bytes),
            Some(Control::Acknowledgement(4096))
        );
        assert_eq!(
            Control::parse(MessageType::WindowAcknowledgementSize, &bytes),
            Some(Control::WindowAcknowledgementSize(4096))
        );
        assert_eq!(Control::parse(MessageType::Video, &bytes), None);
    }

    #[test]
    fn a_bandwidth_without_a_known_limit_type_is_dynamic() {
        let parse = |bytes: &[u8]| Control::parse(MessageType::SetPeerBandwidth, bytes);
        let with = |limit| {
            Some(Control::SetPeerBandwidth {
                window: 2_500_000,
                limit,
            })
        };
        // 2500000 is 0x002625A0.
        assert_eq!(parse(&[0x00, 0x26, 0x25, 0xA0, 0x00]), with(LimitType::Hard));
        assert_eq!(parse(&[0x00, 0x26, 0x25, 0xA0, 0x01]), with(LimitType::Soft));
        assert_eq!(parse(&[0x00, 0x26, 0x25, 0xA0, 0x02]), with(LimitType::Dynamic));
        assert_eq!(parse(&[0x00, 0x26, 0x25, 0xA0, 0x09]), with(LimitType::Dynamic));
        assert_eq!(parse(&[0x00, 0x26, 0x25, 0xA0]), with(LimitType::Dynamic));
    }

    #[test]
    fn short_bodies_are_nothing_and_long_ones_lose_their_surplus() {
        assert_eq!(Control::parse(MessageType::Acknowledgement, &[0, 0, 1]), None);
        assert_eq!(
            Control::parse(MessageType::Acknowledgement, &[0, 0, 0, 1, 0xFF]),
            Some(Control::Acknowledgement(1))
        );
    }

    #[test]
    fn impossible_chunk_sizes_are_nothing() {
        assert_eq!(Control::parse(MessageType::SetChunkSize, &[0, 0, 0, 0]), None);
        assert_eq!(Control::parse(MessageType::SetChunkSize, &[0x80, 0, 0, 0]), None);
    }

    #[test]
    fn control_messages_travel_on_the_connection_itself() {
        let message = Control::SetPeerBandwidth {
            window: 5,
            limit: LimitType::Dynamic,
        }
        .to_message();
        assert_eq!(message.chunk_stream, ChunkStreamId::CONTROL);
        assert_eq!(message.stream, MessageStreamId::CONNECTION);
        assert_eq!(message.payload[..], [0, 0, 0, 5, 2]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<u32>()) {
            let limit = LimitType::Soft;
            let written = [
                Control::SetChunkSize(ChunkSize::new(value).unwrap_or(ChunkSize::INITIAL)),
                Control::Abort(value),
                Control::Acknowledgement(value),
                Control::WindowAcknowledgementSize(value),
                Control::SetPeerBandwidth { window: value, limit },
            ];
            for control in written {
                let message = control.to_message();
                prop_assert_eq!(Control::parse(message.kind, &message.payload), Some(control));
            }
        }
    }
}
