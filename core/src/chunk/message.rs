//! What chunks carry.

use bytes::Bytes;

use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// One whole message: the unit of meaning (RTMP 1.0 §5.2, §6.1). Its payload is [`Bytes`] wherever this crate takes one or
/// gives one away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<P = Bytes> {
    /// The chunk stream that carried it, or is to carry it. It says nothing about the message's meaning.
    pub chunk_stream: ChunkStreamId,
    /// The message stream it belongs to.
    pub stream: MessageStreamId,
    /// Its place on the message stream's timeline; of no meaning in control messages and most commands.
    pub timestamp: Timestamp,
    /// What the payload is.
    pub kind: MessageType,
    /// The body, at most 16,777,215 bytes.
    pub payload: P,
}

impl<P> Message<P> {
    /// The same message with its payload in another form.
    pub(crate) fn map<Q>(self, change: impl FnOnce(P) -> Q) -> Message<Q> {
        Message {
            chunk_stream: self.chunk_stream,
            stream: self.stream,
            timestamp: self.timestamp,
            kind: self.kind,
            payload: change(self.payload),
        }
    }
}

/// The message type id (RTMP 1.0 §5.4, §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageType {
    /// 1: the size of the chunks that follow (§5.4.1).
    SetChunkSize,
    /// 2: the rest of a message will not come (§5.4.2).
    Abort,
    /// 3: so many bytes have been received (§5.4.3).
    Acknowledgement,
    /// 4: user control events (§6.2).
    UserControl,
    /// 5: how often to acknowledge (§5.4.4).
    WindowAcknowledgementSize,
    /// 6: how much may be under way without acknowledgement (§5.4.5).
    SetPeerBandwidth,
    /// 8: an audio tag's body (§7.1.4).
    Audio,
    /// 9: a video tag's body (§7.1.5).
    Video,
    /// 15: metadata in AMF 3 (§7.1.2).
    DataAmf3,
    /// 16: a shared object in AMF 3 (§7.1.3).
    SharedObjectAmf3,
    /// 17: a command in AMF 3 (§7.1.1).
    CommandAmf3,
    /// 18: metadata in AMF 0 (§7.1.2).
    DataAmf0,
    /// 19: a shared object in AMF 0 (§7.1.3).
    SharedObjectAmf0,
    /// 20: a command in AMF 0 (§7.1.1).
    CommandAmf0,
    /// 22: several messages in one (§7.1.6).
    Aggregate,
    /// Any other number. Such messages are to be skipped.
    Unknown(u8),
}

impl MessageType {
    /// The number on the wire.
    pub const fn id(self) -> u8 {
        match self {
            Self::SetChunkSize => 1,
            Self::Abort => 2,
            Self::Acknowledgement => 3,
            Self::UserControl => 4,
            Self::WindowAcknowledgementSize => 5,
            Self::SetPeerBandwidth => 6,
            Self::Audio => 8,
            Self::Video => 9,
            Self::DataAmf3 => 15,
            Self::SharedObjectAmf3 => 16,
            Self::CommandAmf3 => 17,
            Self::DataAmf0 => 18,
            Self::SharedObjectAmf0 => 19,
            Self::CommandAmf0 => 20,
            Self::Aggregate => 22,
            Self::Unknown(id) => id,
        }
    }
}

impl From<u8> for MessageType {
    fn from(id: u8) -> Self {
        match id {
            1 => Self::SetChunkSize,
            2 => Self::Abort,
            3 => Self::Acknowledgement,
            4 => Self::UserControl,
            5 => Self::WindowAcknowledgementSize,
            6 => Self::SetPeerBandwidth,
            8 => Self::Audio,
            9 => Self::Video,
            15 => Self::DataAmf3,
            16 => Self::SharedObjectAmf3,
            17 => Self::CommandAmf3,
            18 => Self::DataAmf0,
            19 => Self::SharedObjectAmf0,
            20 => Self::CommandAmf0,
            22 => Self::Aggregate,
            id => Self::Unknown(id),
        }
    }
}

impl From<MessageType> for u8 {
    fn from(kind: MessageType) -> Self {
        kind.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_a_type_and_comes_back() {
        for id in 0..=255 {
            assert_eq!(u8::from(MessageType::from(id)), id);
        }
        assert_eq!(MessageType::from(9), MessageType::Video);
        assert_eq!(MessageType::from(7), MessageType::Unknown(7));
    }
}
