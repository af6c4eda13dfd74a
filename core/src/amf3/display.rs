//! Values as one line of text, for transcripts and logs.

use std::fmt::{self, Display, Formatter};

use super::object::{Array, ExternalPart, Object};
use super::value::Value;

/// Compact text as that of [AMF 0](crate::amf0::Value), on one line, with no character in it that a terminal would obey:
///
/// | value | text |
/// | --- | --- |
/// | integer, double | `1`, `29.97`, `-0`, `1e300`, `NaN`, `inf` |
/// | boolean, null, undefined | `true`, `null`, `undefined` |
/// | string | `"a \"b\"\n"`, escaped as in Rust |
/// | array | `[1,"n"]`, with names `{"k":1}[1,"n"]` |
/// | object | `{"app":"live"}`, of a class `"Point"{"x":1}` |
/// | externalizable object | `"com.example.Versioned"(bytes(02),"hi")` |
/// | date | `date(1700000000000)` |
/// | XML document, old and new | `xml("<a/>")` |
/// | bytes | `bytes(00ff)` |
/// | vectors | `int[1]`, `uint[1]`, `double[0.5]`, `vector<"Point">["Point"{"x":1}]` |
/// | dictionary | `dictionary{"k":1,2:"v"}` |
/// | reference | `ref(0)` |
impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Double(number) => fmt_number(*number, f),
            Self::String(text) => write!(f, "{text:?}"),
            Self::XmlDocument(text) | Self::Xml(text) => write!(f, "xml({text:?})"),
            Self::Date { millis } => {
                f.write_str("date(")?;
                fmt_number(*millis, f)?;
                f.write_str(")")
            }
            Self::Array(array) => array.fmt(f),
            Self::Object(object) => object.fmt(f),
            Self::External(external) => {
                write!(f, "{:?}(", external.class)?;
                separated(&external.parts, f, |part, f| match part {
                    ExternalPart::Bytes(bytes) => fmt_bytes(bytes, f),
                    ExternalPart::Value(value) => value.fmt(f),
                })?;
                f.write_str(")")
            }
            Self::ByteArray(bytes) => fmt_bytes(bytes, f),
            Self::VectorInt { items, .. } => {
                f.write_str("int")?;
                fmt_items(items, f, Display::fmt)
            }
            Self::VectorUint { items, .. } => {
                f.write_str("uint")?;
                fmt_items(items, f, Display::fmt)
            }
            Self::VectorDouble { items, .. } => {
                f.write_str("double")?;
                fmt_items(items, f, |number, f| fmt_number(*number, f))
            }
            Self::VectorObject(vector) => {
                write!(f, "vector<{:?}>", vector.class)?;
                fmt_items(&vector.items, f, Display::fmt)
            }
            Self::Dictionary { entries, .. } => {
                f.write_str("dictionary{")?;
                separated(entries, f, |(key, value), f| write!(f, "{key}:{value}"))?;
                f.write_str("}")
            }
            Self::Reference { index, .. } => write!(f, "ref({index})"),
        }
    }
}

/// As [`Value`]'s: `{"app":"live"}`.
impl Display for Object<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.class().is_empty() {
            write!(f, "{:?}", self.class())?;
        }
        f.write_str("{")?;
        separated(self.iter(), f, |(key, value), f| write!(f, "{key:?}:{value}"))?;
        f.write_str("}")
    }
}

/// As [`Value`]'s: `[1,"n"]`.
impl Display for Array<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.named.is_empty() {
            f.write_str("{")?;
            separated(&self.named, f, |(key, value), f| write!(f, "{key:?}:{value}"))?;
            f.write_str("}")?;
        }
        fmt_items(&self.items, f, Display::fmt)
    }
}

/// A number as short as it is still exact.
pub(crate) fn fmt_number(number: f64, f: &mut Formatter<'_>) -> fmt::Result {
    let size = number.abs();
    // Written out, a double may have more than 300 digits.
    if size.is_finite() && size != 0.0 && !(1e-5..1e17).contains(&size) {
        write!(f, "{number:e}")
    } else {
        write!(f, "{number}")
    }
}

fn fmt_bytes(bytes: &[u8], f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("bytes(")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
    f.write_str(")")
}

fn fmt_items<T>(
    items: &[T],
    f: &mut Formatter<'_>,
    item: impl Fn(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    f.write_str("[")?;
    separated(items, f, item)?;
    f.write_str("]")
}

fn separated<T>(
    items: impl IntoIterator<Item = T>,
    f: &mut Formatter<'_>,
    fmt: impl Fn(T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.into_iter().enumerate() {
        f.write_str(if i == 0 { "" } else { "," })?;
        fmt(item, f)?;
    }
    Ok(())
}
