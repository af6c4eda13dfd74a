//! A type and any payload: nothing that reads a message's meaning fails on it, and what is written back is the
//! same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp_core::amf0::Object;
use rtmp_core::chunk::{Message, MessageType};
use rtmp_core::limits::Limits;
use rtmp_core::media::metadata::{ColorInfo, Metadata};
use rtmp_core::message::{
    Aggregate, Capabilities, Command, Control, DataMessage, ReconnectRequest, UserControl,
};
use rtmp_core::units::{ChunkStreamId, MessageStreamId, Timestamp};

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, bytes) = (MessageType::from(input.0), input.1);
    let limits = Limits::default();
    if let Some(control) = Control::parse(kind, &bytes) {
        assert_eq!(Control::parse(kind, &control.to_message().payload), Some(control));
    }
    if let Some(event) = UserControl::parse(&bytes) {
        assert_eq!(UserControl::parse(&event.to_message().payload), Some(event));
    }
    if let Ok(command) = Command::decode(kind, &bytes, &limits) {
        let plain = command.clone().into_amf0();
        assert_eq!(plain.arguments.len(), command.arguments.len());
        assert!(command.arguments.len() < limits.max_amf_values);
        let sent = command.to_message(ChunkStreamId::COMMAND, MessageStreamId::CONNECTION);
        let again = Command::decode(sent.kind, &sent.payload, &limits).expect("what was written is read");
        assert_eq!(
            (&again.name, again.arguments.len()),
            (&command.name, command.arguments.len())
        );
        if let Some(object) = command.object.as_object() {
            let capabilities = Capabilities::from_object(object);
            let mut written = Object::new();
            capabilities.write_to(&mut written);
            assert_eq!(Capabilities::from_object(&written), capabilities);
        }
        if let Some(request) = ReconnectRequest::from_command(&command) {
            let _ = request.resolve("rtmp://host/app?query");
            assert_eq!(
                ReconnectRequest::from_command(&request.to_command()),
                Some(request)
            );
        }
    }
    if let Ok(metadata) = Metadata::from_payload(&bytes, &limits) {
        // A value that is no number equals nothing, not even itself: bytes are compared.
        let written = metadata.to_payload();
        let again = Metadata::from_payload(&written, &limits).expect("what was written is read");
        assert_eq!(again.to_payload(), written);
    }
    if let Ok(Some(info)) = ColorInfo::from_body(&bytes, &limits) {
        assert_eq!(ColorInfo::from_body(&info.to_body(), &limits), Ok(Some(info)));
    }
    let len = bytes.len();
    let message = Message {
        chunk_stream: ChunkStreamId::COMMAND,
        stream: MessageStreamId::CONNECTION,
        timestamp: Timestamp::ZERO,
        kind,
        payload: bytes.into(),
    };
    let data = DataMessage::parse(kind, &message.payload);
    assert!(message.payload.ends_with(data.payload()));
    let _ = data.validate(&limits);
    if let Ok(plain) = DataMessage::payload_in_amf0(kind, &message.payload, &limits) {
        // What has been said in AMF 0 stays as it is.
        let again = DataMessage::payload_in_amf0(MessageType::DataAmf0, &plain, &limits);
        assert_eq!(again.as_ref(), Ok(&plain));
    }
    let parts: Vec<_> = Aggregate::new(message, &limits).map_while(Result::ok).collect();
    assert!(parts.len() <= limits.max_aggregate_parts);
    assert!(parts.iter().map(|part| part.payload.len()).sum::<usize>() <= len);
});
