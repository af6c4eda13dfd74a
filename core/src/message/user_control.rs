//! User control messages: events on message streams (RTMP 1.0 §6.2, §7.1.7).

#![deny(clippy::arithmetic_side_effects)]

use bytes::BufMut;

use super::control_message;
use crate::chunk::{Message, MessageType};
use crate::units::MessageStreamId;
use crate::wire::{Reader, Truncated};

/// What a user control message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserControl {
    /// 0, from the server: the stream can be used. Stream 0 after `connect`.
    StreamBegin(MessageStreamId),
    /// 1, from the server: playback has ended.
    StreamEof(MessageStreamId),
    /// 2, from the server: no data for a while.
    StreamDry(MessageStreamId),
    /// 3, from the client: how much it buffers.
    SetBufferLength {
        /// The stream.
        stream: MessageStreamId,
        /// Milliseconds.
        millis: u32,
    },
    /// 4, from the server: the stream is a recording.
    StreamIsRecorded(MessageStreamId),
    /// 6: to be answered with the same number, which is the sender's time in milliseconds. 0 if it is missing.
    PingRequest(u32),
    /// 7: the number of the request. Some leave it out.
    PingResponse(Option<u32>),
    /// 26, from the server: prove which SWF file you are.
    SwfVerifyRequest,
    /// 27: the proof.
    SwfVerifyResponse {
        /// Bytes of the uncompressed file.
        size: u32,
        /// HMAC-SHA256 of the file's hash, under the last 32 bytes of S1.
        digest: [u8; 32],
    },
    /// 31, from the server: it has sent what the client's buffer can hold, and pauses.
    BufferEmpty(MessageStreamId),
    /// 32, from the server: it goes on.
    BufferReady(MessageStreamId),
    /// Any other event, without its data. To be ignored.
    Unknown {
        /// The number, none of those above.
        event: u16,
    },
}

impl UserControl {
    /// Reads the payload of a user control message (type 4).
    ///
    /// `None` if it is too short for its event. What follows the event's data is ignored.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        Self::read(&mut Reader::new(payload)).ok()
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Truncated> {
        Ok(match r.u16()? {
            0 => Self::StreamBegin(stream(r)?),
            1 => Self::StreamEof(stream(r)?),
            2 => Self::StreamDry(stream(r)?),
            3 => Self::SetBufferLength {
                stream: stream(r)?,
                millis: r.u32()?,
            },
            4 => Self::StreamIsRecorded(stream(r)?),
            6 => Self::PingRequest(r.u32().unwrap_or(0)),
            7 => Self::PingResponse(r.u32().ok()),
            26 => Self::SwfVerifyRequest,
            27 => {
                let [_, _] = r.array()?;
                let [size, _] = [r.u32()?, r.u32()?];
                Self::SwfVerifyResponse {
                    size,
                    digest: r.array()?,
                }
            }
            31 => Self::BufferEmpty(stream(r)?),
            32 => Self::BufferReady(stream(r)?),
            event => Self::Unknown { event },
        })
    }

    /// The message to send: chunk stream 2, message stream 0, timestamp 0.
    pub fn to_message(self) -> Message {
        let mut payload = Vec::with_capacity(10);
        payload.put_u16(self.event());
        match self {
            Self::StreamBegin(stream)
            | Self::StreamEof(stream)
            | Self::StreamDry(stream)
            | Self::StreamIsRecorded(stream)
            | Self::BufferEmpty(stream)
            | Self::BufferReady(stream) => payload.put_u32(stream.get()),
            Self::SetBufferLength { stream, millis } => {
                payload.put_u32(stream.get());
                payload.put_u32(millis);
            }
            Self::PingRequest(time) | Self::PingResponse(Some(time)) => payload.put_u32(time),
            Self::SwfVerifyRequest => payload.put_u8(1),
            Self::SwfVerifyResponse { size, digest } => {
                payload.put_slice(&[1, 1]);
                payload.put_u32(size);
                payload.put_u32(size);
                payload.put_slice(&digest);
            }
            Self::PingResponse(None) | Self::Unknown { .. } => {}
        }
        payload.shrink_to_fit();
        control_message(MessageType::UserControl, payload)
    }

    /// The event's number.
    pub const fn event(self) -> u16 {
        match self {
            Self::StreamBegin(_) => 0,
            Self::StreamEof(_) => 1,
            Self::StreamDry(_) => 2,
            Self::SetBufferLength { .. } => 3,
            Self::StreamIsRecorded(_) => 4,
            Self::PingRequest(_) => 6,
            Self::PingResponse(_) => 7,
            Self::SwfVerifyRequest => 26,
            Self::SwfVerifyResponse { .. } => 27,
            Self::BufferEmpty(_) => 31,
            Self::BufferReady(_) => 32,
            Self::Unknown { event } => event,
        }
    }
}

fn stream(r: &mut Reader<'_>) -> Result<MessageStreamId, Truncated> {
    r.u32().map(MessageStreamId::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: MessageStreamId = MessageStreamId::new(1);

    #[test]
    fn set_buffer_length_has_a_stream_and_milliseconds() {
        let bytes = [0x00, 0x03, 0, 0, 0, 1, 0, 0, 0x0B, 0xB8];
        let event = UserControl::SetBufferLength {
            stream: ONE,
            millis: 3000,
        };
        assert_eq!(UserControl::parse(&bytes), Some(event));
        assert_eq!(event.to_message().payload[..], bytes);
    }

    #[test]
    fn pings_may_lack_their_number() {
        assert_eq!(
            UserControl::parse(&[0x00, 0x07, 1, 2, 3, 4]),
            Some(UserControl::PingResponse(Some(0x0102_0304)))
        );
        assert_eq!(
            UserControl::parse(&[0x00, 0x07]),
            Some(UserControl::PingResponse(None))
        );
        assert_eq!(
            UserControl::parse(&[0x00, 0x06]),
            Some(UserControl::PingRequest(0))
        );
    }

    #[test]
    fn an_event_without_its_stream_is_nothing() {
        assert_eq!(UserControl::parse(&[]), None);
        assert_eq!(UserControl::parse(&[0x00]), None);
        assert_eq!(UserControl::parse(&[0x00, 0x00, 0, 0, 1]), None);
        assert_eq!(UserControl::parse(&[0x00, 0x03, 0, 0, 0, 1]), None);
    }

    #[test]
    fn surplus_bytes_are_ignored() {
        let bytes = [0x00, 0x00, 0, 0, 0, 1, 0xAA, 0xBB];
        assert_eq!(UserControl::parse(&bytes), Some(UserControl::StreamBegin(ONE)));
    }

    #[test]
    fn events_of_flash_media_server_and_unknown_ones_are_told_apart() {
        assert_eq!(
            UserControl::parse(&[0, 31, 0, 0, 0, 1]),
            Some(UserControl::BufferEmpty(ONE))
        );
        assert_eq!(
            UserControl::parse(&[0, 32, 0, 0, 0, 1]),
            Some(UserControl::BufferReady(ONE))
        );
        assert_eq!(
            UserControl::parse(&[0, 26, 1]),
            Some(UserControl::SwfVerifyRequest)
        );
        assert_eq!(
            UserControl::parse(&[0, 99, 1, 2, 3]),
            Some(UserControl::Unknown { event: 99 })
        );
    }

    fn event() -> impl Strategy<Value = UserControl> {
        let stream = any::<u32>().prop_map(MessageStreamId::new);
        (stream, any::<u32>(), any::<[u8; 32]>(), 33..=u16::MAX).prop_flat_map(
            |(stream, number, digest, event)| {
                prop::sample::select(vec![
                    UserControl::StreamBegin(stream),
                    UserControl::StreamEof(stream),
                    UserControl::StreamDry(stream),
                    UserControl::SetBufferLength {
                        stream,
                        millis: number,
                    },
                    UserControl::StreamIsRecorded(stream),
                    UserControl::PingRequest(number),
                    UserControl::PingResponse(Some(number)),
                    UserControl::PingResponse(None),
                    UserControl::SwfVerifyRequest,
                    UserControl::SwfVerifyResponse { size: number, digest },
                    UserControl::BufferEmpty(stream),
                    UserControl::BufferReady(stream),
                    UserControl::Unknown { event },
                ])
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(event in event()) {
            let message = event.to_message();
            prop_assert_eq!(message.kind, MessageType::UserControl);
            prop_assert_eq!(UserControl::parse(&message.payload), Some(event));
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(event) = UserControl::parse(&bytes) {
                prop_assert_eq!(event.event().to_be_bytes(), [bytes[0], bytes[1]]);
            }
        }
    }
}
