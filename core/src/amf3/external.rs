//! Classes that write themselves in a way of their own (AMF 3 §3.12, "externalizable").

use std::borrow::Cow;
use std::fmt;

use super::error::DecodeError;
use super::object::ExternalPart;
use super::parse::Parser;
use super::value::Value;

/// Knows externalizable classes by name, and what each has written.
///
/// AMF 3 says neither what the bytes of such an object mean nor where they end. Whoever does takes them off the
/// message, bytes and values in their order; what has been taken becomes the parts of an
/// [`External`](super::External), which is written back the same.
///
/// ```
/// use rtmp_core::amf3::{DecodeError, Decoder, ExternalBody, Externals, FlexCollections, Value};
/// use rtmp_core::limits::Limits;
///
/// /// A version in one byte, then a name.
/// #[derive(Debug)]
/// struct Mine;
///
/// impl Externals for Mine {
///     fn read(&self, class: &str, body: &mut ExternalBody<'_, '_>) -> Result<(), DecodeError> {
///         match class {
///             "com.example.Versioned" => {
///                 body.bytes(1)?;
///                 body.value()?;
///                 Ok(())
///             }
///             _ => FlexCollections.read(class, body),
///         }
///     }
/// }
///
/// let bytes = b"\x0A\x07\x2Bcom.example.Versioned\x02\x06\x05hi";
/// let limits = Limits::default();
/// let value = Decoder::new(bytes, &limits).with_externals(&Mine).next_value()?;
/// assert_eq!(value.unwrap().to_string(), r#""com.example.Versioned"(bytes(02),"hi")"#);
/// assert!(Decoder::new(bytes, &limits).next_value().is_err());
/// # Ok::<(), DecodeError>(())
/// ```
pub trait Externals: fmt::Debug + Send + Sync {
    /// Takes off `body` what an object of this class has written.
    ///
    /// # Errors
    ///
    /// [`ExternalBody::unknown`] for a class that it does not know, and those of what it takes.
    fn read(&self, class: &str, body: &mut ExternalBody<'_, '_>) -> Result<(), DecodeError>;
}

/// The classes that decoders know by themselves: the collections of Flex, each of which writes the one value that it
/// is made of (`ArrayCollection` and `ArrayList` an array, `ObjectProxy` an object).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlexCollections;

impl Externals for FlexCollections {
    fn read(&self, class: &str, body: &mut ExternalBody<'_, '_>) -> Result<(), DecodeError> {
        match class {
            "flex.messaging.io.ArrayCollection"
            | "flex.messaging.io.ArrayList"
            | "flex.messaging.io.ObjectProxy"
            | "mx.collections.ArrayCollection"
            | "mx.collections.ArrayList"
            | "mx.utils.ObjectProxy" => body.value().map(drop),
            _ => Err(ExternalBody::unknown(class)),
        }
    }
}

/// What follows the name of an externalizable class in a message.
#[derive(Debug)]
pub struct ExternalBody<'p, 'a> {
    parser: Parser<'p, 'a>,
    depth: usize,
    parts: Vec<ExternalPart<'a>>,
}

impl<'p, 'a> ExternalBody<'p, 'a> {
    pub(super) const fn new(parser: Parser<'p, 'a>, depth: usize) -> Self {
        Self {
            parser,
            depth,
            parts: Vec::new(),
        }
    }

    pub(super) fn into_parts(self) -> Vec<ExternalPart<'a>> {
        self.parts
    }

    /// Takes the next `count` bytes. They count as one of the message's values.
    ///
    /// # Errors
    ///
    /// If there are fewer, or no value is left to be counted.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let bytes = self.parser.bytes(count)?;
        self.parts.push(ExternalPart::Bytes(Cow::Borrowed(bytes)));
        Ok(bytes)
    }

    /// Takes the next AMF 3 value.
    ///
    /// # Errors
    ///
    /// Those of [`Decoder::next_value`](super::Decoder::next_value); the end of the message is one here.
    pub fn value(&mut self) -> Result<&Value<'a>, DecodeError> {
        let value = self.parser.value(self.depth)?;
        self.parts.push(ExternalPart::Value(value));
        match self.parts.last() {
            Some(ExternalPart::Value(value)) => Ok(value),
            // It has just been put there.
            Some(ExternalPart::Bytes(_)) | None => Err(DecodeError::Truncated),
        }
    }

    /// The error for a class that is not known.
    pub fn unknown(class: &str) -> DecodeError {
        DecodeError::Externalizable { class: class.into() }
    }
}
