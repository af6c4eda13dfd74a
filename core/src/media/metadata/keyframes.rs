//! The index of key frames that tools put into files.

use super::value::number;
use crate::amf0::{Object, Value};

/// Where a file's key frames are (`keyframes`, a custom of all tools that finish FLV files).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyframeIndex {
    /// The key frames in their order.
    pub positions: Vec<KeyframePosition>,
}

/// Where a key frame is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyframePosition {
    /// Its timestamp, in seconds.
    pub time: f64,
    /// The offset of its tag in the file, in bytes.
    pub position: f64,
}

impl KeyframeIndex {
    /// Two arrays of the same length, all numbers.
    pub(super) fn from_value(value: &Value<'_>) -> Option<Self> {
        let object = value.as_object()?;
        if object.len() != 2 {
            return None;
        }
        let array = |key| {
            if let Some(Value::StrictArray(items)) = object.get(key) {
                Some(items)
            } else {
                None
            }
        };
        let (times, positions) = (array("times")?, array("filepositions")?);
        if times.len() != positions.len() {
            return None;
        }
        let positions = times.iter().zip(positions).map(|(time, position)| {
            Some(KeyframePosition {
                time: number(time)?,
                position: number(position)?,
            })
        });
        Some(Self {
            positions: positions.collect::<Option<_>>()?,
        })
    }

    pub(super) fn to_object(&self) -> Object<'static> {
        let array = |field: fn(&KeyframePosition) -> f64| {
            Value::StrictArray(self.positions.iter().map(|entry| field(entry).into()).collect())
        };
        Object::new()
            .with("filepositions", array(|entry| entry.position))
            .with("times", array(|entry| entry.time))
    }
}
