//! Behaviours on literal bytes, and limits at their edge.

use std::borrow::Cow;

use super::*;
use crate::limits::Limits;

mod externals;
mod limits;
mod references;
mod text;
mod types;

fn all(bytes: &[u8]) -> Result<Vec<Value<'_>>, DecodeError> {
    decode_all(bytes, &Limits::default())
}

/// The only value in `bytes`.
fn one(bytes: &[u8]) -> Result<Value<'_>, DecodeError> {
    all(bytes).map(|values| match <[_; 1]>::try_from(values) {
        Ok([value]) => value,
        Err(values) => unreachable!("{} values", values.len()),
    })
}

fn encoded(value: impl Into<Value<'static>>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&value.into(), &mut out);
    out
}

/// `value` decodes from `bytes`, and encodes to the same.
#[track_caller]
fn assert_both_ways(bytes: &[u8], value: impl Into<Value<'static>>) {
    let value = value.into();
    assert_eq!(one(bytes).as_ref(), Ok(&value));
    assert_eq!(encoded(value), bytes);
}
