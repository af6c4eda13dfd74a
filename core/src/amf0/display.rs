//! Values as one line of text, for transcripts and logs.

use std::fmt::{self, Display, Formatter};

use super::value::{Object, Value};
use crate::amf3::fmt_number;

/// Compact text in the manner of JSON, on one line, with no character in it that a terminal would obey:
///
/// | value | text |
/// | --- | --- |
/// | number | `1`, `29.97`, `-0`, `1e300`, `NaN`, `inf` |
/// | boolean, null, undefined, unsupported | `true`, `null`, `undefined`, `unsupported` |
/// | string | `"a \"b\"\n"`, escaped as in Rust |
/// | object | `{"app":"live","":1}` |
/// | ECMA array | `ecma{"width":1280}` |
/// | strict array | `["hvc1","av01"]` |
/// | typed object | `"Point"{"x":1}` |
/// | date | `date(1700000000000)`, `date(1700000000000,zone 60)` |
/// | XML document | `xml("<a/>")` |
/// | reference | `ref(0)` |
/// | value in AMF 3 | `amf3(1)`, as [there](crate::amf3::Value) |
///
/// Numbers of 10^17 and more, and those nearer to 0 than 10^-5, have an exponent.
impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt_number(*number, f),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Object(object) => object.fmt(f),
            Self::Null => f.write_str("null"),
            Self::Undefined => f.write_str("undefined"),
            Self::Reference(index) => write!(f, "ref({index})"),
            Self::EcmaArray(object) => write!(f, "ecma{object}"),
            Self::StrictArray(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Date { millis, zone } => {
                f.write_str("date(")?;
                fmt_number(*millis, f)?;
                if *zone != 0 {
                    write!(f, ",zone {zone}")?;
                }
                f.write_str(")")
            }
            Self::Unsupported => f.write_str("unsupported"),
            Self::Xml(text) => write!(f, "xml({text:?})"),
            Self::TypedObject { class, object } => write!(f, "{class:?}{object}"),
            Self::AvmPlus(value) => write!(f, "amf3({value})"),
        }
    }
}

/// As [`Value`]'s: `{"app":"live"}`.
impl Display for Object<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (key, value)) in self.iter().enumerate() {
            write!(f, "{}{key:?}:{value}", if i == 0 { "" } else { "," })?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let text = |number: f64| Value::from(number).to_string();
        assert_eq!(text(1.0), "1");
        assert_eq!(text(29.97), "29.97");
        assert_eq!(text(-0.0), "-0");
        assert_eq!(text(1_752_589_105.0), "1752589105");
        assert_eq!(text(1e300), "1e300");
        assert_eq!(text(-1.5e-9), "-1.5e-9");
        assert_eq!(text(f64::NAN), "NaN");
        assert_eq!(text(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn strings_are_escaped() {
        // A quote, a line's end, a terminal's escape and a right-to-left override.
        let value = Value::from("a\"\n\u{1B}\u{202E}");
        assert_eq!(value.to_string(), r#""a\"\n\u{1b}\u{202e}""#);
    }

    #[test]
    fn containers_are_compact() {
        let object = Object::new()
            .with("app", "live")
            .with("n", vec![1.0.into(), Value::Null]);
        assert_eq!(object.to_string(), r#"{"app":"live","n":[1,null]}"#);
        assert_eq!(
            Value::EcmaArray(Object::new().with("", true)).to_string(),
            r#"ecma{"":true}"#
        );
        let typed = Value::TypedObject {
            class: "P".into(),
            object: Box::default(),
        };
        assert_eq!(typed.to_string(), r#""P"{}"#);
    }

    #[test]
    fn what_json_lacks_has_a_name() {
        assert_eq!(Value::Undefined.to_string(), "undefined");
        assert_eq!(Value::Unsupported.to_string(), "unsupported");
        assert_eq!(Value::Reference(3).to_string(), "ref(3)");
        let avmplus = Value::AvmPlus(Box::new(vec![1.into()].into()));
        assert_eq!(avmplus.to_string(), "amf3([1])");
        assert_eq!(Value::Xml("<a/>".into()).to_string(), r#"xml("<a/>")"#);
        assert_eq!(
            Value::Date {
                millis: 1_700_000_000_000.0,
                zone: 0
            }
            .to_string(),
            "date(1700000000000)"
        );
        assert_eq!(
            Value::Date {
                millis: 0.0,
                zone: 60
            }
            .to_string(),
            "date(0,zone 60)"
        );
    }
}
