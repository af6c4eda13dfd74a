//! From bytes to values, and over bytes without making any.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::mem;

use smallvec::SmallVec;

use super::value::Value;
use super::walk::{DecodeError, Visitor, Walker};
use crate::limits::Limits;

/// Takes the values of one message off its front, one at a time.
///
/// The limits, and what a reference may point at, are the message's: use one decoder for one message.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    walker: Walker<'a>,
}

impl<'a> Decoder<'a> {
    /// A decoder for the values in `bytes`: the payload of a message, without the format byte that some types
    /// begin with.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Self {
        Self {
            walker: Walker::new(bytes, limits),
        }
    }

    /// The next value; `None` at the end of the message.
    ///
    /// # Errors
    ///
    /// If what follows is not AMF 0 or exceeds a limit. The decoder then stays in front of it, so that a
    /// further call gives the same error.
    pub fn next_value(&mut self) -> Result<Option<Value<'a>>, DecodeError> {
        let mut builder = Builder::default();
        self.walker.walk(&mut builder)?;
        Ok(builder.root)
    }

    /// Passes over the next value without building it; false at the end of the message.
    ///
    /// # Errors
    ///
    /// Where [`next_value`](Self::next_value) gives one, the same.
    pub fn skip_value(&mut self) -> Result<bool, DecodeError> {
        self.walker.walk(&mut Nobody)
    }

    /// What has not been decoded yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.walker.rest()
    }
}

/// All the values in `bytes`, up to the end.
///
/// # Errors
///
/// If any of them is not AMF 0, also one that nobody would have asked for, or if a limit is exceeded.
pub fn decode_all<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Value<'a>>, DecodeError> {
    let mut decoder = Decoder::new(bytes, limits);
    let mut values = Vec::new();
    while let Some(value) = decoder.next_value()? {
        values.push(value);
    }
    Ok(values)
}

/// Whether [`decode_all`] would take `bytes`, found out without building anything: for what is only passed on.
///
/// # Errors
///
/// Those of [`decode_all`].
pub fn validate(bytes: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    let mut decoder = Decoder::new(bytes, limits);
    while decoder.skip_value()? {}
    Ok(())
}

/// Makes a value of what is met.
#[derive(Default)]
struct Builder<'a> {
    /// The containers around the place of the walk, each with the key that it will have in the one before.
    open: SmallVec<[(Cow<'a, str>, Value<'a>); 4]>,
    key: Cow<'a, str>,
    root: Option<Value<'a>>,
}

impl<'a> Builder<'a> {
    fn add(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        match self.open.last_mut() {
            Some((_, Value::Object(object) | Value::EcmaArray(object))) => object.push(key, value),
            Some((_, Value::StrictArray(items))) => items.push(value),
            Some((_, Value::TypedObject { object, .. })) => object.push(key, value),
            // Nothing else is opened, so here nothing is open.
            _ => self.root = Some(value),
        }
    }
}

impl<'a> Visitor<'a> for Builder<'a> {
    fn text(bytes: &'a [u8]) -> Cow<'a, str> {
        // The strict check is several times faster than the lossy one, and hardly ever fails.
        str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
    }

    fn key(&mut self, key: Cow<'a, str>) {
        self.key = key;
    }

    fn scalar(&mut self, value: Value<'a>) {
        let key = mem::take(&mut self.key);
        self.add(key, value);
    }

    fn open(&mut self, container: Value<'a>) {
        self.open.push((mem::take(&mut self.key), container));
    }

    fn close(&mut self) {
        if let Some((key, container)) = self.open.pop() {
            self.add(key, container);
        }
    }
}

/// Wants to know nothing but whether the walk succeeds.
struct Nobody;

impl<'a> Visitor<'a> for Nobody {
    fn text(_: &'a [u8]) -> Cow<'a, str> {
        Cow::Borrowed("")
    }

    fn key(&mut self, _: Cow<'a, str>) {}

    fn scalar(&mut self, _: Value<'a>) {}

    fn open(&mut self, _: Value<'a>) {}

    fn close(&mut self) {}
}
