//! Protocol control messages and user control events in words.

use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::message::Control;
use rtmp_core::message::UserControl;

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

/// What a protocol control message or user control event says, with its numbers as they are on the wire, also
/// where a server would put something else in their place. `Err` holds the same for a message that makes no
/// sense. `None` for other types.
pub(super) fn describe(message: &Message) -> Option<Result<String, String>> {
    let Message { kind, payload, .. } = message;
    let (words, is_sound) = match kind {
        MessageType::SetChunkSize
        | MessageType::Abort
        | MessageType::Acknowledgement
        | MessageType::WindowAcknowledgementSize => {
            let number = number(payload).map(|number| number.to_string());
            (number, Control::parse(*kind, payload).is_some())
        }
        MessageType::SetPeerBandwidth => {
            let limit = payload.get(4).map_or_else(|| "left out".into(), u8::to_string);
            let window = number(payload).map(|window| format!("{window} limit {limit}"));
            (window, Control::parse(*kind, payload).is_some())
        }
        MessageType::UserControl => (user_control(payload), UserControl::parse(payload).is_some()),
        _ => return None,
    };
    let words = words.unwrap_or_else(|| format!("{} bytes", payload.len()));
    Some(if is_sound {
        Ok(words)
    } else {
        Err(format!("malformed: {words}"))
    })
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
    fn what_makes_no_sense_is_malformed() {
        assert_eq!(described(3, &[1]), Some(Err("malformed: 1 bytes".into())));
        assert_eq!(described(1, &[0, 0, 0, 0]), Some(Err("malformed: 0".into())));
        assert_eq!(described(6, &[0, 0, 0, 1]), Some(Ok("1 limit left out".into())));
        assert_eq!(described(4, &[0]), Some(Err("malformed: 1 bytes".into())));
        assert_eq!(
            described(4, &[0, 3, 0, 0, 0, 1]),
            Some(Err("malformed: SetBufferLength [1]".into()))
        );
    }
}
