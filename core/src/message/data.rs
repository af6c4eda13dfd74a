//! Data messages: metadata and what else goes to a stream's players by name (RTMP 1.0 §7.1.2).

#![deny(clippy::arithmetic_side_effects)]

use bytes::Bytes;

use crate::amf0::{self, DecodeError, Value};
use crate::chunk::MessageType;
use crate::limits::Limits;
use crate::media::data;
use crate::message::values::{Values, behind_format_byte};

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
    /// The payload of a message of type 18 or 15 as one of type 18 has it: without a format byte, and without AMF 3,
    /// which few players can read.
    ///
    /// It shares the message's memory unless there is AMF 3 in it. Then its values are written anew (see
    /// [`Value::from_amf3`]), objects of metadata as the ECMA arrays that players expect.
    ///
    /// # Errors
    ///
    /// If the values exceed a limit, or one in AMF 3 cannot be decoded. What cannot be decoded otherwise, or has no name
    /// at its front, stays as it is; behind AMF 3 it is left out.
    pub fn payload_in_amf0(
        kind: MessageType,
        payload: &Bytes,
        limits: &Limits,
    ) -> Result<Bytes, DecodeError> {
        let mut values = Values::new(kind, payload, limits);
        let has_name = matches!(values.next_value(), Ok(Some(name)) if name.as_str().is_some());
        let end = loop {
            match values.skip_value() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        match end {
            Err(error) if error.is_over_limit() => return Err(error),
            Err(error @ DecodeError::AvmPlus(_)) if has_name || values.is_amf3() => return Err(error),
            // Without a name it need not be AMF at all: encoders send timecodes, and even audio, as data.
            _ if !has_name || !values.has_amf3() => {
                return Ok(payload.slice_ref(behind_format_byte(kind, payload)));
            }
            _ => {}
        }
        let mut values = Values::new(kind, payload, limits);
        let mut is_metadata = false;
        let mut out = Vec::new();
        while let Ok(Some(value)) = values.next_value() {
            let mut value = value.into_amf0();
            if let (Value::Object(object), true) = (&mut value, is_metadata) {
                value = Value::EcmaArray(std::mem::take(object));
            }
            is_metadata |= value.as_str().map(str::as_bytes) == Some(data::ON_META_DATA);
            amf0::encode(&value, &mut out);
        }
        // What was said in few values, numbers by the vector, may need more of them.
        amf0::validate(&out, limits)?;
        Ok(Bytes::from(out))
    }

    /// Reads the payload of a message of type 18 or 15, as far as the handler's name; nothing is decoded. A name in AMF 3
    /// is none: see [`payload_in_amf0`](Self::payload_in_amf0).
    pub fn parse(kind: MessageType, payload: &Bytes) -> Self {
        let body = behind_format_byte(kind, payload);
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
    use crate::amf3;

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

    fn in_amf0(kind: MessageType, payload: &Bytes) -> Result<Bytes, DecodeError> {
        DataMessage::payload_in_amf0(kind, payload, &Limits::default())
    }

    #[test]
    fn what_has_no_amf3_in_it_is_a_slice_of_the_message() {
        for (kind, format) in [
            (MessageType::DataAmf0, &[][..]),
            (MessageType::DataAmf3, &[]),
            (MessageType::DataAmf3, &[0]),
        ] {
            // Values, values with rubbish behind them, rubbish, what looks like AMF 3 but names nobody.
            for body in [
                METADATA,
                b"\x02\x00\x04name\xFF\xFF",
                b"\xFF\xF1\x50\x80",
                b"\x11\x00",
                b"\x11\x12",
            ] {
                let payload = Bytes::from([format, body].concat());
                let plain = in_amf0(kind, &payload).unwrap();
                assert_eq!(plain, body);
                assert_eq!(plain.as_ptr(), payload[format.len()..].as_ptr());
            }
        }
    }

    #[test]
    fn metadata_in_amf3_become_what_players_can_read() {
        let amf3 = b"\x0A\x0B\x01\x0Bwidth\x04\x8A\x00\x01"; // {width: 1280}
        let switched = [b"\x02\x00\x0AonMetaData\x11", &amf3[..]].concat();
        let all = [b"\x06\x15onMetaData", &amf3[..]].concat();
        for (kind, format, body) in [
            (MessageType::DataAmf3, &[0][..], &switched),
            (MessageType::DataAmf3, &[], &switched),
            (MessageType::DataAmf0, &[], &switched),
            (MessageType::DataAmf3, &[0], &all),
            (MessageType::DataAmf3, &[], &all),
        ] {
            let payload = Bytes::from([format, body].concat());
            assert_eq!(in_amf0(kind, &payload).unwrap(), METADATA);
        }
    }

    #[test]
    fn orders_in_amf3_are_orders() {
        let payload = Bytes::from_static(b"\x00\x06\x1B@setDataFrame\x06\x15onMetaData\x0A\x0B\x01\x01");
        let payload = in_amf0(MessageType::DataAmf3, &payload).unwrap();
        let message = DataMessage::parse(MessageType::DataAmf0, &payload);
        assert!(matches!(message, DataMessage::SetDataFrame(_)));
        assert!(message.is_metadata());
        assert!(message.payload().ends_with(b"\x08\x00\x00\x00\x00\x00\x00\x09"));
    }

    #[test]
    fn other_objects_in_amf3_stay_objects_and_rubbish_behind_them_is_left_out() {
        let payload = Bytes::from_static(b"\x00\x02\x00\x04onFI\x11\x0A\x0B\x01\x03k\x03\x01\xFF");
        let payload = in_amf0(MessageType::DataAmf3, &payload).unwrap();
        assert_eq!(payload, b"\x02\x00\x04onFI\x03\x00\x01k\x01\x01\x00\x00\x09"[..]);
    }

    #[test]
    fn amf3_that_cannot_be_read_is_told() {
        let payload = Bytes::from_static(b"\x00\x02\x00\x04onFI\x11\x0A\x07\x03C");
        let unknown = in_amf0(MessageType::DataAmf3, &payload).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            r#"AMF3 object of the externalizable class "C", which is not known"#
        );
        // In AMF 0 it would be undefined, and what follows something else than its sender says.
        let payload = Bytes::from_static(b"\x06\x00\x03\x00\x01a");
        assert_eq!(
            in_amf0(MessageType::DataAmf3, &payload),
            Err(DecodeError::AvmPlus(amf3::DecodeError::DanglingReference {
                table: amf3::Table::Strings,
                index: 0,
                len: 0
            }))
        );
    }

    #[test]
    fn numbers_by_the_vector_are_values_in_amf0() {
        let limits = Limits {
            max_amf_values: 4,
            ..Limits::default()
        };
        // "onFI" and a vector: of two integers, three values; of three integers, four.
        let two = Bytes::from_static(b"\x02\x00\x04onFI\x11\x0D\x05\x00\0\0\0\x01\0\0\0\x02");
        assert!(DataMessage::payload_in_amf0(MessageType::DataAmf0, &two, &limits).is_ok());
        let three = Bytes::from_static(b"\x02\x00\x04onFI\x11\x0D\x07\x00\0\0\0\x01\0\0\0\x02\0\0\0\x03");
        assert_eq!(
            DataMessage::payload_in_amf0(MessageType::DataAmf0, &three, &limits),
            Err(DecodeError::TooManyValues { limit: 4 })
        );
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

        #[test]
        fn what_players_get_has_no_amf3_in_it(
            values in prop::collection::vec(amf3::properties::any_value(), 0..4),
            is_switched: bool,
        ) {
            let mut payload = if is_switched { METADATA.to_vec() } else { b"\x06\x07abc".to_vec() };
            for value in values {
                if is_switched {
                    payload.push(0x11);
                }
                amf3::encode(&value, &mut payload);
            }
            let payload = Bytes::from(payload);
            let plain = in_amf0(MessageType::DataAmf3, &payload).unwrap();
            let values = amf0::decode_all(&plain, &Limits::default()).unwrap();
            let text = format!("{values:?}");
            prop_assert!(!text.contains("AvmPlus("), "{}", text);
        }
    }
}
