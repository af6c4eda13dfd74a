//! Protocol control messages and user control events in words.

use rtmp_core::chunk::{Message, MessageType};

/// The name of a message type, as `--json` has it.
pub(super) fn type_name(kind: MessageType) -> String {
    let name = match kind {
        MessageType::SetChunkSize => "SetChunkSize",
        MessageType::Abort => "Abort",
        MessageType::Acknowledgement => "Ack",
        MessageType::UserControl => "UserControl",
        MessageType::WindowAcknowledgementSize => "WindowAckSize",
        MessageType::SetPeerBandwidth => "SetPeerBandwidth",
        MessageType::Audio => "Audio",
        MessageType::Video => "Video",
        MessageType::DataAmf3 => "DataAMF3",
        MessageType::SharedObjectAmf3 => "SharedObjectAMF3",
        MessageType::CommandAmf3 => "CommandAMF3",
        MessageType::DataAmf0 => "Data",
        MessageType::SharedObjectAmf0 => "SharedObject",
        MessageType::CommandAmf0 => "Command",
        MessageType::Aggregate => "Aggregate",
        other => return format!("type {}", other.id()),
    };
    name.into()
}

/// What a protocol control message or user control event says, with its numbers as they are on the wire.
/// `Err` holds the same for a message that is too short. `None` for other types.
pub(super) fn describe(message: &Message) -> Option<Result<String, String>> {
    let payload = &message.payload;
    let said = match message.kind {
        MessageType::SetChunkSize
        | MessageType::Abort
        | MessageType::Acknowledgement
        | MessageType::WindowAcknowledgementSize => number(payload).map(|number| number.to_string()),
        MessageType::SetPeerBandwidth => number(payload)
            .zip(payload.get(4))
            .map(|(window, limit)| format!("{window} limit {limit}")),
        MessageType::UserControl => user_control(payload),
        _ => return None,
    };
    Some(said.ok_or_else(|| format!("malformed: {} bytes", payload.len())))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

/// An event with its arguments (RTMP 1.0 §6.2), such as `SetBufferLength [1, 3000]`.
fn user_control(payload: &[u8]) -> Option<String> {
    let (event, arguments) = payload.split_first_chunk()?;
    let name = match u16::from_be_bytes(*event) {
        0 => "StreamBegin",
        1 => "StreamEOF",
        2 => "StreamDry",
        3 => "SetBufferLength",
        4 => "StreamIsRecorded",
        6 => "PingRequest",
        7 => "PingResponse",
        26 => "SWFVerifyRequest",
        27 => "SWFVerifyResponse",
        31 => "BufferEmpty",
        32 => "BufferReady",
        other => &format!("event {other}"),
    };
    let (numbers, rest) = arguments.as_chunks();
    let numbers: Vec<u32> = numbers.iter().copied().map(u32::from_be_bytes).collect();
    let tail = if rest.is_empty() {
        String::new()
    } else {
        format!(" (+{} bytes)", rest.len())
    };
    Some(format!("{name} {numbers:?}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};

    fn described(kind: u8, payload: &'static [u8]) -> Option<Result<String, String>> {
        describe(&Message {
            chunk_stream: ChunkStreamId::CONTROL,
            stream: MessageStreamId::CONNECTION,
            timestamp: Timestamp::ZERO,
            kind: kind.into(),
            payload: payload.into(),
        })
    }

    #[test]
    fn numbers_are_shown() {
        assert_eq!(described(1, &[0, 0, 16, 0]), Some(Ok("4096".into())));
        assert_eq!(described(6, &[0, 0, 16, 0, 2]), Some(Ok("4096 limit 2".into())));
        assert_eq!(described(20, &[]), None);
    }

    #[test]
    fn events_show_their_arguments_and_what_is_left() {
        let event = [0, 3, 0, 0, 0, 1, 0, 0, 0x0B, 0xB8];
        assert_eq!(
            described(4, &[0, 0, 0, 0, 0, 1]),
            Some(Ok("StreamBegin [1]".into()))
        );
        assert_eq!(
            described(4, Box::leak(Box::new(event))),
            Some(Ok("SetBufferLength [1, 3000]".into()))
        );
        assert_eq!(
            described(4, &[0, 99, 7]),
            Some(Ok("event 99 [] (+1 bytes)".into()))
        );
    }

    #[test]
    fn short_messages_are_malformed() {
        assert_eq!(described(3, &[1]), Some(Err("malformed: 1 bytes".into())));
        assert_eq!(
            described(6, &[0, 0, 0, 1]),
            Some(Err("malformed: 4 bytes".into()))
        );
        assert_eq!(described(4, &[0]), Some(Err("malformed: 1 bytes".into())));
    }
}
