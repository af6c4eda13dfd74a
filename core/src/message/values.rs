//! The values of messages, in whichever encoding.

use crate::amf0::{DecodeError, Decoder, Value};
use crate::amf3::{self, Externals};
use crate::chunk::MessageType;
use crate::limits::Limits;

/// The values of a command or data message, one at a time.
///
/// Messages for AMF 3 (types 15 and 17) have a format byte in front: 0, the only one there is, stands for values in
/// AMF 0, of which each may switch to AMF 3 (RTMP Errata and Addenda §6.2). Some leave it out; and who takes RTMP 1.0
/// §7.1.1 at its word writes nothing but AMF 3, with or without that byte. Such a message is known by the marker of the
/// string that begins it, which AMF 0 has for undefined.
#[derive(Debug)]
pub(super) enum Values<'a> {
    Amf0(Decoder<'a>),
    Amf3(amf3::Decoder<'a>),
}

impl<'a> Values<'a> {
    pub(super) fn new(kind: MessageType, payload: &'a [u8], limits: &Limits) -> Self {
        let body = behind_format_byte(kind, payload);
        if is_for_amf3(kind) && body.first() == Some(&amf3::STRING_MARKER) {
            Self::Amf3(amf3::Decoder::new(body, limits))
        } else {
            Self::Amf0(Decoder::new(body, limits))
        }
    }

    pub(super) fn with_externals(self, externals: &'a dyn Externals) -> Self {
        match self {
            Self::Amf0(decoder) => Self::Amf0(decoder.with_externals(externals)),
            Self::Amf3(decoder) => Self::Amf3(decoder.with_externals(externals)),
        }
    }

    pub(super) fn next_value(&mut self) -> Result<Option<Value<'a>>, DecodeError> {
        match self {
            Self::Amf0(decoder) => decoder.next_value(),
            Self::Amf3(decoder) => {
                let value = decoder.next_value()?;
                Ok(value.map(|value| Value::AvmPlus(Box::new(value))))
            }
        }
    }

    /// Passes over a value, in AMF 0 without building it.
    pub(super) fn skip_value(&mut self) -> Result<bool, DecodeError> {
        match self {
            Self::Amf0(decoder) => decoder.skip_value(),
            Self::Amf3(_) => self.next_value().map(|value| value.is_some()),
        }
    }

    /// Whether the message is all in AMF 3.
    pub(super) const fn is_amf3(&self) -> bool {
        matches!(self, Self::Amf3(_))
    }

    /// Whether any of the values so far was, or held, one in AMF 3.
    pub(super) const fn has_amf3(&self) -> bool {
        match self {
            Self::Amf0(decoder) => decoder.has_avmplus(),
            Self::Amf3(_) => true,
        }
    }
}

/// The payload without the format byte of messages for AMF 3. No name of a command, a handler or anything else begins
/// with a 0.
pub(super) fn behind_format_byte(kind: MessageType, payload: &[u8]) -> &[u8] {
    match payload {
        [0, body @ ..] if is_for_amf3(kind) => body,
        _ => payload,
    }
}

fn is_for_amf3(kind: MessageType) -> bool {
    matches!(kind, MessageType::DataAmf3 | MessageType::CommandAmf3)
}
