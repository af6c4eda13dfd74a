//! AMF 0, the encoding of commands and metadata ("Action Message Format -- AMF 0", Adobe, 2007).
//!
//! A message holds values one after another. [`Decoder`] takes them off one at a time, [`decode_all`] all at
//! once, [`encode`] appends one. Strings borrow from the message, so that reading a command costs little more
//! than its containers.
//!
//! ```
//! use rtmp_core::amf0::{self, Object, Value};
//! use rtmp_core::limits::Limits;
//!
//! let mut bytes = Vec::new();
//! amf0::encode(&"connect".into(), &mut bytes);
//! amf0::encode(&1.0.into(), &mut bytes);
//! amf0::encode(&Object::new().with("app", "live").into(), &mut bytes);
//!
//! let values = amf0::decode_all(&bytes, &Limits::default())?;
//! assert_eq!(values[0], Value::from("connect"));
//! assert_eq!(values[2].to_string(), r#"{"app":"live"}"#);
//! # Ok::<(), amf0::DecodeError>(())
//! ```
//!
//! # What senders get wrong
//!
//! The decoder takes what is met in practice and cannot be misread:
//!
//! - The last object or ECMA array of a message, and those around it, may lack their end, or bytes of it.
//! - The count of an ECMA array is a hint: members are read up to the end marker. One that has had its count
//!   of members and is followed by what cannot be another ends without a marker.
//! - An end marker too many, between the values of a message, is passed over.
//! - An empty key is a key, keys may occur more than once, and their order is kept.
//! - Strings that are not UTF-8 are decoded with U+FFFD in place of what is wrong.
//!
//! A value may be in [AMF 3](crate::amf3): [`Value::AvmPlus`], which [`Value::into_amf0`] says in AMF 0.
//!
//! Bytes after the last value that a command has a use for are the caller's affair: stop in front of them.
//!
//! # What a peer can cost
//!
//! Memory follows what has been decoded, never a count or length that is only announced. The values of a message
//! are counted against [`Limits::max_amf_values`](crate::limits::Limits::max_amf_values), their depth against
//! [`Limits::max_amf_depth`](crate::limits::Limits::max_amf_depth) or [`MAX_DEPTH`], whichever is less. The
//! decoder does not recurse, but in values in AMF 3. What walks a value afterwards (its encoding, `Clone`, `Debug`, `Display`,
//! `PartialEq`, `Drop`) does, and may, since nothing decoded is deeper than that.

mod avmplus;
mod decode;
mod display;
mod encode;
mod marker;
mod members;
mod value;
mod walk;

pub use decode::{Decoder, decode_all, validate};
pub use encode::encode;
pub(crate) use members::Members;
pub use value::{Object, Value};
pub use walk::{DecodeError, MAX_DEPTH};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
