//! Which codecs, by their FourCC or all at once.

use std::borrow::Cow;
use std::fmt;

use super::mask::FourCcInfo;
use crate::amf0::{Object, Value};
use crate::media::FourCc;

/// The most codecs of a list or map that are read; what comes behind them is passed over. Enhanced RTMP v2 has 12
/// names.
pub const MAX_FOURCCS: usize = 64;

/// One codec, or all of them (Enhanced RTMP v2, `fourCcList`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FourCcKey {
    /// `*`: whatever the codec. Recorders and relays say so.
    Any,
    /// This codec.
    Codec(FourCc),
}

impl FourCcKey {
    /// Reads a name of four bytes, or `*`.
    pub fn parse(name: &str) -> Option<Self> {
        if name == "*" {
            return Some(Self::Any);
        }
        let bytes = <[u8; 4]>::try_from(name.as_bytes()).ok()?;
        Some(Self::Codec(FourCc::new(bytes)))
    }

    /// The name as it is sent, where [`Display`](fmt::Display) escapes what is no text.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Any => Cow::Borrowed("*"),
            Self::Codec(codec) => String::from_utf8_lossy(codec.as_bytes()),
        }
    }

    /// Whether it means this codec.
    pub fn matches(self, codec: FourCc) -> bool {
        self == Self::Any || self == Self::Codec(codec)
    }
}

impl From<FourCc> for FourCcKey {
    fn from(codec: FourCc) -> Self {
        Self::Codec(codec)
    }
}

impl fmt::Display for FourCcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Codec(codec) => codec.fmt(f),
        }
    }
}

/// What a peer can do with which codec, in the order of the wire (Enhanced RTMP v2, `videoFourCcInfoMap`,
/// `audioFourCcInfoMap`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FourCcInfoMap(Vec<(FourCcKey, FourCcInfo)>);

impl FourCcInfoMap {
    /// The map with one entry more.
    #[must_use]
    pub fn with(mut self, key: impl Into<FourCcKey>, info: FourCcInfo) -> Self {
        self.0.push((key.into(), info));
        self
    }

    /// What can be done with a codec: what is said of it, and what is said of all.
    pub fn of(&self, codec: FourCc) -> FourCcInfo {
        self.iter()
            .filter(|(key, _)| key.matches(codec))
            .fold(FourCcInfo::NONE, |all, (_, info)| all | info)
    }

    /// The entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FourCcKey, FourCcInfo)> {
        self.0.iter().copied()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys that are no FourCC are passed over.
    pub(super) fn from_value(value: &Value<'_>) -> Self {
        let Some(object) = value.as_object() else {
            return Self::default();
        };
        let entries = object
            .iter()
            .filter_map(|(key, info)| Some((FourCcKey::parse(key)?, FourCcInfo::from(info))));
        Self(entries.take(MAX_FOURCCS).collect())
    }

    pub(super) fn to_object(&self) -> Object<'static> {
        let mut object = Object::new();
        for (key, info) in self.iter() {
            object.push(key.name().into_owned(), info);
        }
        object
    }
}

/// The strings of a strict array, or of an ECMA array, whose keys then are indices; what is no FourCC is passed
/// over.
pub(super) fn list_from_value(value: &Value<'_>) -> Vec<FourCcKey> {
    let key = |value: &Value<'_>| value.as_str().and_then(FourCcKey::parse);
    if let Value::StrictArray(items) = value {
        items.iter().filter_map(key).take(MAX_FOURCCS).collect()
    } else if let Some(object) = value.as_object() {
        object
            .iter()
            .filter_map(|(_, value)| key(value))
            .take(MAX_FOURCCS)
            .collect()
    } else {
        Vec::new()
    }
}

pub(super) fn list_to_value(list: &[FourCcKey]) -> Value<'static> {
    Value::StrictArray(list.iter().map(|key| key.name().into_owned().into()).collect())
}
