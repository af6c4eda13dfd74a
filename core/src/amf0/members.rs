//! Where the members of an object are, for those who change some and leave the rest as it is.

#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::ops::Range;

use super::marker;
use super::value::Value;
use super::walk::{DecodeError, Open, Visitor, Walker};
use crate::limits::Limits;

/// One walk over the members of an object, which builds none of them.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    bytes: &'a [u8],
    walker: Walker<'a>,
    object: Open,
    count: Option<Range<usize>>,
    references: References,
}

/// A member of an object, by its place among the message's bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) key: &'a [u8],
    /// Key and value.
    pub(crate) place: Range<usize>,
    /// The value, which begins with its marker.
    pub(crate) value: Range<usize>,
    /// The value, if it is a number (AMF 0 §2.2).
    pub(crate) number: Option<f64>,
}

impl<'a> Members<'a> {
    /// Finds the first object or ECMA array among the values in `bytes`; `None` if there is none.
    pub(crate) fn of_first_object(bytes: &'a [u8], limits: &Limits) -> Result<Option<Self>, DecodeError> {
        let mut walker = Walker::new(bytes, limits);
        let mut references = References::default();
        let object = loop {
            if let Some(object) = walker.open_object()? {
                break object;
            }
            if !walker.walk(&mut references)? {
                return Ok(None);
            }
        };
        let head_end = offset(bytes, &walker);
        Ok(Some(Self {
            bytes,
            count: object.is_counted().then(|| head_end.saturating_sub(4)..head_end),
            walker,
            object,
            references,
        }))
    }

    pub(crate) fn next(&mut self) -> Result<Option<Member<'a>>, DecodeError> {
        let start = offset(self.bytes, &self.walker);
        let Some(key) = self.walker.next_key(&mut self.object)? else {
            return Ok(None);
        };
        let value = offset(self.bytes, &self.walker);
        let number = number(self.walker.rest());
        self.walker.walk_member(&mut self.references)?;
        let end = offset(self.bytes, &self.walker);
        Ok(Some(Member {
            key,
            place: start..end,
            value: value..end,
            number,
        }))
    }

    /// Where an ECMA array says how many members it has, in four bytes (AMF 0 §2.10), if it says so.
    pub(crate) fn count(&self) -> Option<Range<usize>> {
        self.count.clone()
    }

    /// Whether anything so far refers to a value before it. What it means then depends on how many those are.
    pub(crate) const fn refer(&self) -> bool {
        self.references.found || self.walker.has_avmplus()
    }
}

/// Looks for references.
#[derive(Debug, Default)]
struct References {
    found: bool,
}

impl<'a> Visitor<'a> for References {
    type Place = ();

    fn text(_: &'a [u8]) -> Cow<'a, str> {
        Cow::Borrowed("")
    }

    fn scalar(&mut self, _: Cow<'a, str>, value: impl FnOnce() -> Value<'a>) {
        self.found |= matches!(value(), Value::Reference(_));
    }

    fn open(&mut self, _: Cow<'a, str>, _: Value<'a>) {}

    fn close(&mut self, (): ()) {}
}

fn offset(bytes: &[u8], walker: &Walker<'_>) -> usize {
    bytes.len().saturating_sub(walker.rest().len())
}

fn number(value: &[u8]) -> Option<f64> {
    match value {
        [marker::NUMBER, number @ ..] => number.first_chunk().copied().map(f64::from_be_bytes),
        _ => None,
    }
}
