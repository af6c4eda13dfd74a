//! AMF 3, in which clients of `objectEncoding` 3 may say single values ("AMF 3 Specification", Adobe, January 2013).
//!
//! RTMP's messages are in [AMF 0](crate::amf0), the types for AMF 3 too (15 for data, 17 for commands): there,
//! [`amf0::Value::AvmPlus`](crate::amf0::Value::AvmPlus) is a value in AMF 3. [`Decoder`] takes values off a message
//! that is all AMF 3 one at a time, [`decode_all`] all at once, [`encode`] appends one. Strings and bytes borrow from
//! the message.
//!
//! ```
//! use rtmp_core::amf3::{self, Object, Value};
//! use rtmp_core::limits::Limits;
//!
//! let mut bytes = Vec::new();
//! amf3::encode(&Object::new().with("app", "live").with("n", 1).into(), &mut bytes);
//! assert_eq!(bytes, b"\x0A\x0B\x01\x07app\x06\x09live\x03n\x04\x01\x01");
//!
//! let values = amf3::decode_all(&bytes, &Limits::default())?;
//! assert_eq!(values[0].as_object().unwrap().get("app"), Some(&Value::from("live")));
//! assert_eq!(values[0].to_string(), r#"{"app":"live","n":1}"#);
//! # Ok::<(), amf3::DecodeError>(())
//! ```
//!
//! # References
//!
//! Strings, traits (what the objects of a class have in common) and complex values that have come before may be
//! referred to by their place in a table of their kind, of which a message has one set. (Adobe does not say how
//! far a set reaches; Red5 and BlazeDS have one for a message.) References to strings and traits are resolved. Those to values are not: see
//! [`Value::Reference`] and [`referents`].
//!
//! # What a peer can cost
//!
//! Memory follows what has been decoded, never a count or length that is only announced. The values of a message
//! are counted against [`Limits::max_amf_values`](crate::limits::Limits::max_amf_values), their depth against
//! [`Limits::max_amf_depth`](crate::limits::Limits::max_amf_depth) or [`MAX_DEPTH`], whichever is less, together with
//! the AMF 0 around them. What references repeat of strings and traits is counted against
//! [`Limits::max_amf_repeated`](crate::limits::Limits::max_amf_repeated): so all that is made of decoded values later,
//! owned copies, other encodings, text, is in proportion to the message too. The decoder recurses, and so does what
//! walks a value afterwards (`Clone`, `Debug`, `Display`, `PartialEq`, `Drop`): nothing decoded is deeper than that.

mod decode;
mod display;
mod encode;
mod error;
mod external;
mod marker;
mod object;
mod parse;
mod referents;
mod tables;
mod u29;
mod value;

pub use decode::{Decoder, decode_all};
pub use encode::encode;
pub use error::{DecodeError, Table};
pub use external::{ExternalBody, Externals, FlexCollections};
pub use object::{Array, External, ExternalPart, Object, VectorObject};
pub use referents::referents;
pub use value::{ComplexType, Value};

pub(crate) use display::fmt_number;
pub(crate) use marker::STRING as STRING_MARKER;
pub(crate) use parse::Parser;
pub(crate) use tables::{Budget, Tables};

/// The most values inside one another that are decoded, whatever
/// [`Limits::max_amf_depth`](crate::limits::Limits::max_amf_depth) says: decoding, and what walks a decoded value,
/// recurse.
pub const MAX_DEPTH: usize = 64;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod tests;
