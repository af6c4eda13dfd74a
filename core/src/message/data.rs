//! Data messages: metadata and what else goes to a stream's players by name (RTMP 1.0 §7.1.2).

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use crate::amf0::{self, DecodeError};
use crate::chunk::MessageType;
use crate::limits::Limits;
use crate::media::data;

/// What a publisher wants to be done with its data.
///
/// The bytes in it are the part of the message that concerns the players, as the payload of a message of type
/// 18: the name of a handler, then values. They share the message's memory. A message without a name (FFmpeg sends
/// bare timecodes) is passed on like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataMessage {
    /// `@setDataFrame`: to be passed on, and kept for those who join later if it is metadata.
    SetDataFrame(Bytes),
    /// `@clearDataFrame`: forget what is kept under this name. Not for players.
    ClearDataFrame(Bytes),
    /// To be passed on. Metadata is kept for those who join later here too.
    Plain(Bytes),
}

impl DataMessage {
    /// Reads the payload of a message of type 18 or 15, as far as the handler's name; nothing is decoded.
    pub fn parse(kind: MessageType, payload: &Bytes) -> Self {
        let body = match (kind, &payload[..]) {
            // Type 15 begins with a format byte of 0, and goes on in AMF 0. No name begins with a 0.
            (MessageType::DataAmf3, [0, body @ ..]) => body,
            _ => payload,
        };
        // The slices below lie within `payload`, which is what `slice_ref` asks for.
        match data::handler(body) {
            Some((data::SET_DATA_FRAME, rest)) => Self::SetDataFrame(payload.slice_ref(rest)),
            Some((data::CLEAR_DATA_FRAME, rest)) => Self::ClearDataFrame(payload.slice_ref(rest)),
            _ => Self::Plain(payload.slice_ref(body)),
        }
    }

    /// The name of the handler that it is for, if it has one; not always UTF-8.
    pub fn handler(&self) -> Option<&[u8]> {
        data::handler(self.payload()).map(|(name, _)| name)
    }

    /// Whether it sets or clears the stream's metadata: the handler is `onMetaData`.
    pub fn is_metadata(&self) -> bool {
        self.handler() == Some(data::ON_META_DATA)
    }

    /// The payload: handler and values.
    pub const fn payload(&self) -> &Bytes {
        let (Self::SetDataFrame(payload) | Self::ClearDataFrame(payload) | Self::Plain(payload)) = self;
        payload
    }

    /// The payload: handler and values.
    pub fn into_payload(self) -> Bytes {
        let (Self::SetDataFrame(payload) | Self::ClearDataFrame(payload) | Self::Plain(payload)) = self;
        payload
    }

    /// Whether all values can be decoded within the limits, found out without building any. What a server keeps
    /// and hands to every player should pass.
    ///
    /// # Errors
    ///
    /// What the first value that cannot be decoded has wrong with it.
    pub fn validate(&self, limits: &Limits) -> Result<(), DecodeError> {
        amf0::validate(self.payload(), limits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `"onMetaData"`, `{width: 1280}` as an ECMA array.
    const METADATA: &[u8] = b"\x02\x00\x0AonMetaData\
        \x08\x00\x00\x00\x01\x00\x05width\x00\x40\x94\x00\x00\x00\x00\x00\x00\x00\x00\x09";

    fn parse(kind: MessageType, parts: &[&[u8]]) -> DataMessage {
        DataMessage::parse(kind, &Bytes::from(parts.concat()))
    }

    #[test]
    fn set_data_frame_is_taken_off() {
        let message = parse(MessageType::DataAmf0, &[b"\x02\x00\x0D@setDataFrame", METADATA]);
        assert_eq!(message, DataMessage::SetDataFrame(Bytes::from_static(METADATA)));
        assert!(message.is_metadata());
        assert_eq!(message.validate(&Limits::default()), Ok(()));
    }

    #[test]
    fn the_payload_is_a_slice_of_the_message() {
        let payload = Bytes::from([b"\x02\x00\x0D@setDataFrame", METADATA].concat());
        let stripped = DataMessage::parse(MessageType::DataAmf0, &payload).into_payload();
        assert_eq!(stripped.as_ptr(), payload[16..].as_ptr());
    }

    #[test]
    fn metadata_may_come_bare() {
        let message = parse(MessageType::DataAmf0, &[METADATA]);
        assert_eq!(message, DataMessage::Plain(Bytes::from_static(METADATA)));
        assert!(message.is_metadata());
    }

    #[test]
    fn clear_data_frame_names_what_to_forget() {
        let message = parse(
            MessageType::DataAmf0,
            &[b"\x02\x00\x0F@clearDataFrame", b"\x02\x00\x0AonMetaData"],
        );
        assert_eq!(
            message,
            DataMessage::ClearDataFrame(Bytes::from_static(b"\x02\x00\x0AonMetaData"))
        );
        assert!(message.is_metadata());
    }

    #[test]
    fn other_handlers_are_passed_on() {
        let message = parse(MessageType::DataAmf0, &[b"\x02\x00\x0AonTextData\x05"]);
        assert_eq!(message.handler(), Some(&b"onTextData"[..]));
        assert!(!message.is_metadata());
    }

    #[test]
    fn type_15_loses_its_format_byte() {
        for format in [&[0x00][..], &[]] {
            let message = parse(MessageType::DataAmf3, &[format, METADATA]);
            assert_eq!(message, DataMessage::Plain(Bytes::from_static(METADATA)));
        }
    }

    #[test]
    fn a_body_without_a_name_is_passed_on_as_it_is() {
        // A timecode, as `ffmpeg -f mpegts` sends it.
        let message = parse(MessageType::DataAmf0, &[&[0x00, 0x01, 0x02, 0x03]]);
        assert_eq!(
            message,
            DataMessage::Plain(Bytes::from_static(&[0x00, 0x01, 0x02, 0x03]))
        );
        assert_eq!(message.handler(), None);
        assert_eq!(
            parse(MessageType::DataAmf0, &[]),
            DataMessage::Plain(Bytes::new())
        );
        let nothing = parse(MessageType::DataAmf0, &[b"\x02\x00\x0D@setDataFrame"]);
        assert_eq!(nothing, DataMessage::SetDataFrame(Bytes::new()));
    }

    #[test]
    fn metadata_beyond_the_limits_is_found_out() {
        let message = parse(MessageType::DataAmf0, &[METADATA]);
        let limits = Limits {
            max_amf_values: 2,
            ..Limits::default()
        };
        assert_eq!(
            message.validate(&limits),
            Err(DecodeError::TooManyValues { limit: 2 })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..18u8], 0..64)) {
            for kind in [MessageType::DataAmf0, MessageType::DataAmf3] {
                let message = parse(kind, &[&bytes]);
                prop_assert!(bytes.ends_with(message.payload()));
                let _ = message.validate(&Limits::default());
            }
        }
    }
}
