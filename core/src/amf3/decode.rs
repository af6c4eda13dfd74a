//! From bytes to values.

#![deny(clippy::arithmetic_side_effects)]

use super::error::DecodeError;
use super::external::{Externals, FlexCollections};
use super::parse::Parser;
use super::tables::{Budget, Tables};
use super::value::Value;
use crate::limits::Limits;
use crate::wire::Reader;

/// Takes the values of one message off its front, one at a time.
///
/// The limits, and the tables that references point into, are the message's: use one decoder for one message.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    tables: Tables<'a>,
}

impl<'a> Decoder<'a> {
    /// A decoder for the values in `bytes`.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(bytes),
            budget: Budget::new(limits),
            tables: Tables::new(limits.max_amf_repeated, &FlexCollections),
        }
    }

    /// The decoder, with these readers for the classes that write themselves in a way of their own.
    #[must_use]
    pub const fn with_externals(mut self, externals: &'a dyn Externals) -> Self {
        self.tables.externals = externals;
        self
    }

    /// The next value; `None` at the end of the message.
    ///
    /// # Errors
    ///
    /// If what follows is not AMF 3 or exceeds a limit. The decoder then stays in front of it, so that a further call
    /// gives the same error.
    pub fn next_value(&mut self) -> Result<Option<Value<'a>>, DecodeError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let before = (self.reader, self.budget, self.tables.mark());
        let mut parser = Parser {
            reader: &mut self.reader,
            budget: &mut self.budget,
            tables: &mut self.tables,
        };
        let value = parser.value(0);
        if value.is_err() {
            (self.reader, self.budget) = (before.0, before.1);
            self.tables.restore(before.2);
        }
        value.map(Some)
    }

    /// What has not been decoded yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }
}

/// All the values in `bytes`, up to the end.
///
/// # Errors
///
/// If any of them is not AMF 3, or if a limit is exceeded.
pub fn decode_all<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Value<'a>>, DecodeError> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    while let Some(value) = decoder.next_value()? {
        values.push(value);
    }
    Ok(values)
}
