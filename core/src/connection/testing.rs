//! What the tests of both sides have in common: the other end of the wire, and how messages are written down.

use std::time::Duration;

use bytes::Bytes;

use crate::amf0::Value;
use crate::chunk::{ChunkDecoder, ChunkEncoder, Message, MessageType};
use crate::limits::Limits;
use crate::message::{Command, Control, UserControl};
use crate::units::{ChunkSize, ChunkStreamId, MessageStreamId, Timestamp};

/// The end of a connection that is not being tested.
pub(super) struct Wire {
    encoder: ChunkEncoder,
    pub(super) decoder: ChunkDecoder,
    /// Written, not yet sent.
    pub(super) outbox: Vec<u8>,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            encoder: ChunkEncoder::new(),
            decoder: ChunkDecoder::new(&Limits::default()),
            outbox: Vec::new(),
        }
    }
}

impl Wire {
    /// Writes a message to be sent with the next one.
    pub(super) fn write(&mut self, message: &Message) {
        self.encoder.encode(message, ChunkSize::INITIAL, &mut self.outbox);
    }

    /// Takes all that was written.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outbox)
    }

    /// Reads all that has been sent.
    pub(super) fn read(&mut self, mut sent: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = self.decoder.decode(&mut sent).unwrap() {
            messages.push(message);
        }
        assert!(!self.decoder.has_partial_message(), "whole messages only");
        messages
    }
}

/// `_result 4 1` on message stream 0 is "0: _result 4 1"; of information objects the code is shown.
#[allow(clippy::wildcard_enum_match_arm)] // What is not listed is shown as it is.
pub(crate) fn line(message: &Message) -> String {
    if let Some(control) = Control::parse(message.kind, &message.payload) {
        return match control {
            Control::SetChunkSize(size) => format!("Set Chunk Size {}", size.get()),
            Control::Abort(id) => format!("Abort {id}"),
            Control::Acknowledgement(sequence) => format!("Acknowledgement {sequence}"),
            Control::WindowAcknowledgementSize(window) => {
                format!("Window Acknowledgement Size {window}")
            }
            Control::SetPeerBandwidth { window, limit } => {
                format!("Set Peer Bandwidth {window} {limit:?}")
            }
        };
    }
    match message.kind {
        MessageType::UserControl => match UserControl::parse(&message.payload) {
            Some(UserControl::StreamBegin(stream)) => format!("StreamBegin {stream}"),
            Some(UserControl::StreamEof(stream)) => format!("StreamEOF {stream}"),
            other => format!("{:?}", other.unwrap()),
        },
        MessageType::CommandAmf0 => {
            let command = Command::decode(message.kind, &message.payload, &Limits::default()).unwrap();
            let mut line = format!("{}: {} {}", message.stream, command.name, command.transaction_id);
            for argument in &command.arguments {
                line.push(' ');
                match argument {
                    Value::Object(object) => {
                        line.push_str(object.get("code").and_then(Value::as_str).unwrap_or("?"));
                    }
                    Value::Number(number) => line.push_str(&number.to_string()),
                    other => line.push_str(&format!("{other:?}")),
                }
            }
            line
        }
        kind => format!(
            "{}: {kind:?} @{} {:?}",
            message.stream,
            message.timestamp.as_millis(),
            String::from_utf8_lossy(&message.payload)
        ),
    }
}

pub(crate) fn command(name: &str, transaction_id: u32) -> Command<'_> {
    Command::new(name, f64::from(transaction_id))
}

pub(crate) fn message(kind: MessageType, stream: u32, millis: u32, payload: &[u8]) -> Message {
    Message {
        chunk_stream: ChunkStreamId::new(4).unwrap(),
        stream: MessageStreamId::new(stream),
        timestamp: Timestamp::from_millis(millis),
        kind,
        payload: Bytes::copy_from_slice(payload),
    }
}

pub(crate) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
