//! Commands: `connect`, `publish`, `_result`, `onStatus` and all others (RTMP 1.0 §7.1.1, §7.2).

use std::borrow::Cow;

use bytes::Bytes;

use crate::amf0::{self, DecodeError, Value};
use crate::amf3::{Externals, FlexCollections};
use crate::chunk::{Message, MessageType};
use crate::limits::Limits;
use crate::message::values::Values;
use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// A command, or the answer to one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Command<'a> {
    /// What is called.
    pub name: Cow<'a, str>,
    /// Relates an answer to its call; 0 asks for none.
    pub transaction_id: f64,
    /// The command object. [`Value::Null`] where it has nothing to say or is missing.
    pub object: Value<'a>,
    /// What follows.
    pub arguments: Vec<Value<'a>>,
    /// Why arguments, or the command object, are missing at the end: they could not be decoded. What comes
    /// before is sound, and mostly enough. Of no meaning for a command to be sent.
    pub broken_off: Option<DecodeError>,
}

/// Why a message is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// Name or transaction id cannot be decoded.
    #[error("command: {0}")]
    Amf0(#[from] DecodeError),
    /// It does not begin with a string.
    #[error("command without a name")]
    NoName,
    /// What follows the name is no number.
    #[error("command without a transaction id")]
    NoTransactionId,
}

/// Bytes that are enough for nearly all commands that are sent.
const USUAL_LEN: usize = 512;

impl<'a> Command<'a> {
    /// A command without command object and arguments.
    pub fn new(name: impl Into<Cow<'a, str>>, transaction_id: f64) -> Self {
        Self {
            name: name.into(),
            transaction_id,
            object: Value::Null,
            arguments: Vec::new(),
            broken_off: None,
        }
    }

    /// The command with this command object.
    #[must_use]
    pub fn with_object(mut self, object: impl Into<Value<'a>>) -> Self {
        self.object = object.into();
        self
    }

    /// The command with one argument more.
    #[must_use]
    pub fn with(mut self, argument: impl Into<Value<'a>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Reads the payload of a command message, of type 20 or 17.
    ///
    /// A command is good for use once its name and its transaction id are there. What cannot be decoded behind
    /// them, such as the padding that some encoders append, ends the arguments and is told in
    /// [`broken_off`](Self::broken_off). Values in AMF 3 stay what they are: [`into_amf0`](Self::into_amf0) is for who
    /// does not care.
    ///
    /// Taken as well: a transaction id in a string; no command object at all, so that the first argument stands
    /// in its place (an argument is no object, and not null); type 17 without its format byte, or all in AMF 3 as RTMP
    /// 1.0 §7.1.1 has it.
    ///
    /// # Errors
    ///
    /// [`CommandError`], if name or transaction id are not there.
    pub fn decode(kind: MessageType, payload: &'a [u8], limits: &Limits) -> Result<Self, CommandError> {
        Self::decode_with(kind, payload, limits, &FlexCollections)
    }

    /// As [`decode`](Self::decode), with these readers for the classes of AMF 3 that write themselves in a way of their
    /// own.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode).
    pub fn decode_with(
        kind: MessageType,
        payload: &'a [u8],
        limits: &Limits,
        externals: &'a dyn Externals,
    ) -> Result<Self, CommandError> {
        let mut values = Values::new(kind, payload, limits).with_externals(externals);
        let Some(Value::String(name)) = values.next_value()?.map(Value::into_amf0) else {
            return Err(CommandError::NoName);
        };
        let transaction_id = match values.next_value()?.map(Value::into_amf0) {
            Some(Value::Number(number)) => Some(number),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        let mut command = Self::new(name, transaction_id.ok_or(CommandError::NoTransactionId)?);
        command.broken_off = command.decode_arguments(values).err();
        Ok(command)
    }

    fn decode_arguments(&mut self, mut values: Values<'a>) -> Result<(), DecodeError> {
        match values.next_value()? {
            None => return Ok(()),
            Some(argument) if is_argument(&argument) => self.arguments.push(argument),
            Some(object) => self.object = object,
        }
        while let Some(argument) = values.next_value()? {
            self.arguments.push(argument);
        }
        Ok(())
    }

    /// The same command without AMF 3 in it: see [`Value::from_amf3`].
    #[must_use]
    pub fn into_amf0(self) -> Self {
        Self {
            object: self.object.into_amf0(),
            arguments: self.arguments.into_iter().map(Value::into_amf0).collect(),
            ..self
        }
    }

    /// Appends the payload of a message of type 20.
    pub fn encode(&self, out: &mut Vec<u8>) {
        amf0::encode(&Value::String(Cow::Borrowed(&self.name)), out);
        amf0::encode(&Value::Number(self.transaction_id), out);
        amf0::encode(&self.object, out);
        for argument in &self.arguments {
            amf0::encode(argument, out);
        }
    }

    /// The message to send, of type 20 and timestamp 0.
    pub fn to_message(&self, chunk_stream: ChunkStreamId, stream: MessageStreamId) -> Message {
        let mut payload = Vec::with_capacity(USUAL_LEN);
        self.encode(&mut payload);
        Message {
            chunk_stream,
            stream,
            timestamp: Timestamp::ZERO,
            kind: MessageType::CommandAmf0,
            payload: Bytes::from(payload),
        }
    }

    /// The same command, which borrows nothing.
    pub fn into_owned(self) -> Command<'static> {
        Command {
            name: Cow::Owned(self.name.into_owned()),
            transaction_id: self.transaction_id,
            object: self.object.into_owned(),
            arguments: self.arguments.into_iter().map(Value::into_owned).collect(),
            broken_off: self.broken_off,
        }
    }
}

/// Whether a value in the place of the command object is none.
fn is_argument(value: &Value<'_>) -> bool {
    let is_array = if let Value::AvmPlus(value) = value {
        value.as_array().is_some()
    } else {
        matches!(value, Value::StrictArray(_))
    };
    is_array || value.as_bool().is_some() || value.as_str().is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amf0::Object;
    use crate::amf3;

    fn decode(payload: &[u8]) -> Result<Command<'_>, CommandError> {
        Command::decode(MessageType::CommandAmf0, payload, &Limits::default())
    }

    const CREATE_STREAM: &[u8] = b"\x02\x00\x0CcreateStream\
        \x00\x40\x10\x00\x00\x00\x00\x00\x00\
        \x05"; // name; 4.0; null

    #[test]
    fn a_command_has_name_transaction_id_and_object() {
        assert_eq!(decode(CREATE_STREAM), Ok(Command::new("createStream", 4.0)));
    }

    #[test]
    fn connect_has_its_properties_in_the_command_object() {
        let payload = b"\x02\x00\x07connect\
            \x00\x3F\xF0\x00\x00\x00\x00\x00\x00\
            \x03\x00\x03app\x02\x00\x04live\x00\x00\x09"; // name; 1.0; {app: "live"}
        let connect = Command::new("connect", 1.0).with_object(Object::new().with("app", "live"));
        assert_eq!(decode(payload), Ok(connect));
    }

    #[test]
    fn type_17_has_a_format_byte_and_may_lack_it() {
        let mut payload = vec![0x00];
        payload.extend(CREATE_STREAM);
        for payload in [&payload[..], CREATE_STREAM] {
            let command = Command::decode(MessageType::CommandAmf3, payload, &Limits::default());
            assert_eq!(command, Ok(Command::new("createStream", 4.0)));
        }
        // In type 20 a leading 0 is a number where the name should be.
        assert_eq!(
            decode(&[0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x05]),
            Err(CommandError::NoName)
        );
    }

    #[test]
    fn arguments_may_be_in_amf3() {
        let payload = b"\x00\
            \x02\x00\x04play\
            \x00\x00\x00\x00\x00\x00\x00\x00\x00\
            \x05\
            \x02\x00\x04cam1\
            \x11\x04\x7F"; // format; name; 0.0; null; "cam1"; AMF 3 integer 127
        let play = Command::decode(MessageType::CommandAmf3, payload, &Limits::default()).unwrap();
        assert_eq!(play.broken_off, None);
        assert_eq!(
            play.arguments,
            ["cam1".into(), Value::AvmPlus(Box::new(127.into()))]
        );
        assert_eq!(play.into_amf0().arguments, ["cam1".into(), 127.0.into()]);
    }

    #[test]
    fn name_transaction_id_and_object_may_be_in_amf3_each_by_itself() {
        let payload = b"\x00\
            \x11\x06\x0Dpublic\
            \x11\x04\x02\
            \x11\x0A\x0B\x01\x03k\x03\x01\
            \x11\x06\x07cam"; // format; name; 2; {"k": true}; "cam"
        let command = Command::decode(MessageType::CommandAmf3, payload, &Limits::default()).unwrap();
        assert_eq!((&*command.name, command.transaction_id), ("public", 2.0));
        let object = Object::new().with("k", true);
        assert_eq!(
            command.into_amf0(),
            Command::new("public", 2.0).with_object(object).with("cam")
        );
    }

    #[test]
    fn a_command_may_be_all_in_amf3_as_the_specification_has_it() {
        // RTMP 1.0 §7.1.1 speaks of AMF 3 in type 17, without a format byte and without a switch.
        let body = b"\x06\x09play\x04\x00\x01\x06\x09cam1"; // name; 0; null; "cam1"
        for format in [&[0x00][..], &[]] {
            let payload = [format, body].concat();
            let play = Command::decode(MessageType::CommandAmf3, &payload, &Limits::default()).unwrap();
            assert_eq!(play.into_amf0(), Command::new("play", 0.0).with("cam1"));
            // In type 20 it is a number, or undefined, where the name should be.
            assert!(Command::decode(MessageType::CommandAmf0, &payload, &Limits::default()).is_err());
        }
    }

    #[test]
    fn an_argument_that_cannot_be_read_ends_the_arguments_and_spares_those_before() {
        let payload = [CREATE_STREAM, b"\x02\x00\x04cam1\x11\x0A\x07\x03C"].concat();
        let command = decode(&payload).unwrap();
        assert_eq!(command.arguments, ["cam1".into()]);
        let class = "C".into();
        let unknown = DecodeError::AvmPlus(amf3::DecodeError::Externalizable { class });
        assert_eq!(command.broken_off, Some(unknown));
        /// Knows all classes: they write nothing.
        #[derive(Debug)]
        struct Silent;
        impl Externals for Silent {
            fn read(&self, _: &str, _: &mut amf3::ExternalBody<'_, '_>) -> Result<(), amf3::DecodeError> {
                Ok(())
            }
        }
        let limits = Limits::default();
        let command = Command::decode_with(MessageType::CommandAmf0, &payload, &limits, &Silent).unwrap();
        assert_eq!((command.arguments.len(), command.broken_off), (2, None));
    }

    #[test]
    fn padding_after_the_arguments_does_no_harm() {
        let payload = [CREATE_STREAM, &[0xFF, 0xFF]].concat();
        let command = decode(&payload).unwrap();
        assert_eq!((&*command.name, command.transaction_id), ("createStream", 4.0));
        assert_eq!(command.arguments, []);
        assert_eq!(command.broken_off, Some(DecodeError::UnknownMarker(0xFF)));
    }

    #[test]
    fn the_command_object_may_be_missing() {
        let payload = b"\x02\x00\x07publish\
            \x00\x00\x00\x00\x00\x00\x00\x00\x00\
            \x02\x00\x04cam1"; // name; 0.0; "cam1"
        assert_eq!(decode(payload), Ok(Command::new("publish", 0.0).with("cam1")));
        // Nothing at all behind the transaction id.
        let payload = b"\x02\x00\x05close\x00\x00\x00\x00\x00\x00\x00\x00\x00";
        assert_eq!(decode(payload), Ok(Command::new("close", 0.0)));
    }

    #[test]
    fn a_transaction_id_may_be_written_as_text() {
        let payload = b"\x02\x00\x05close\x02\x00\x017\x05";
        assert_eq!(decode(payload), Ok(Command::new("close", 7.0)));
    }

    #[test]
    fn without_name_or_transaction_id_it_is_no_command() {
        assert_eq!(decode(&[]), Err(CommandError::NoName));
        assert_eq!(decode(&[0x05]), Err(CommandError::NoName));
        assert_eq!(
            decode(b"\x02\x00\x05clo"),
            Err(CommandError::Amf0(DecodeError::Truncated))
        );
        assert_eq!(decode(b"\x02\x00\x05close"), Err(CommandError::NoTransactionId));
        assert_eq!(
            decode(b"\x02\x00\x05close\x05"),
            Err(CommandError::NoTransactionId)
        );
        assert_eq!(
            decode(b"\x02\x00\x05close\x02\x00\x01x"),
            Err(CommandError::NoTransactionId)
        );
    }

    #[test]
    fn arguments_beyond_the_limit_are_left_out() {
        let limits = Limits {
            max_amf_values: 4,
            ..Limits::default()
        };
        let mut payload = CREATE_STREAM.to_vec();
        payload.extend([0x05; 100]);
        let command = Command::decode(MessageType::CommandAmf0, &payload, &limits).unwrap();
        assert_eq!(command.arguments, [Value::Null]);
        assert_eq!(command.broken_off, Some(DecodeError::TooManyValues { limit: 4 }));
    }

    #[test]
    fn a_command_is_sent_in_amf0() {
        let message =
            Command::new("createStream", 4.0).to_message(ChunkStreamId::COMMAND, MessageStreamId::new(1));
        assert_eq!(message.kind, MessageType::CommandAmf0);
        assert_eq!(
            (message.chunk_stream, message.stream.get()),
            (ChunkStreamId::COMMAND, 1)
        );
        assert_eq!(&message.payload[..], CREATE_STREAM);
    }

    fn scalar() -> impl Strategy<Value = Value<'static>> {
        prop_oneof![
            any::<i32>().prop_map(|number| Value::from(f64::from(number))),
            any::<bool>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(Value::Null),
            Just(Value::Undefined),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in ".{0,12}",
            transaction_id in any::<u16>(),
            properties in prop::collection::vec((".{0,8}", scalar()), 0..4),
            arguments in prop::collection::vec(scalar(), 0..4),
        ) {
            let mut object = Object::new();
            for (key, value) in properties {
                object.push(key, value);
            }
            let mut command = Command::new(name, transaction_id.into()).with_object(object);
            command.arguments = arguments;
            let mut payload = Vec::new();
            command.encode(&mut payload);
            prop_assert_eq!(decode(&payload), Ok(command.clone()));
            prop_assert_eq!(decode(&payload).unwrap().into_owned(), command);
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..18u8], 0..64)) {
            for kind in [MessageType::CommandAmf0, MessageType::CommandAmf3] {
                let _ = Command::decode(kind, &bytes, &Limits::default());
                let payload = [CREATE_STREAM, &bytes].concat();
                prop_assert!(Command::decode(kind, &payload, &Limits::default()).is_ok());
            }
        }
    }
}
