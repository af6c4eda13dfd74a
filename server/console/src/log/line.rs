//! One line of the log.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use humantime::format_rfc3339_micros;

use super::{Field, Level};
use crate::style::{Colours, Style};

/// What a field says.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Nothing: the field is left out.
    None,
    /// A count.
    Number(u64),
    /// A measure.
    Fraction(f64),
    /// A text that may be a peer's: quoted, and escaped so that no peer writes our lines.
    Text(&'a str),
    /// A text of ours or of the system: not quoted, only its control characters are escaped.
    Shown(&'a dyn fmt::Display),
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<f64> for Value<'_> {
    fn from(fraction: f64) -> Self {
        Self::Fraction(fraction)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

/// `2026-01-01T00:00:00.000000Z  INFO connected id=1 app="live"`, with its end.
pub(super) fn text(
    colours: Colours,
    time: SystemTime,
    level: Level,
    message: &str,
    fields: &[Field<'_>],
) -> String {
    let mut line = Line::default();
    line.push(colours.paint(Style::Dim, format_rfc3339_micros(time)));
    line.push(' ');
    line.push(format_args!("{:>5}", colours.paint(style(level), level.name())));
    line.push(' ');
    line.push(message);
    for (name, value) in fields {
        if matches!(value, Value::None) {
            continue;
        }
        line.push(' ');
        line.push(colours.paint(Style::Italic, name));
        line.push(colours.paint(Style::Dim, '='));
        match value {
            Value::None => {}
            Value::Number(number) => line.push(number),
            Value::Fraction(fraction) => line.push(format_args!("{fraction:?}")),
            Value::Text(text) => line.push(format_args!("{text:?}")),
            Value::Shown(shown) => line.escaped(shown, |c| c.is_control().then(|| c.escape_default())),
        }
    }
    line.push('\n');
    line.0
}

/// `{"timestamp":"2026-01-01T00:00:00.000000Z","level":"INFO","message":"connected","id":1,"app":"live"}`, with its end.
pub(super) fn json(time: SystemTime, level: Level, message: &str, fields: &[Field<'_>]) -> String {
    let mut line = Line::default();
    line.push(r#"{"timestamp":""#);
    line.push(format_rfc3339_micros(time));
    line.push(r#"","level":""#);
    line.push(level.name());
    line.push(r#"","message":"#);
    line.string(&message);
    for (name, value) in fields {
        if matches!(value, Value::None) {
            continue;
        }
        line.push(',');
        line.string(name);
        line.push(':');
        match value {
            Value::None => {}
            Value::Number(number) => line.push(number),
            // JSON has no word for what is no number.
            Value::Fraction(fraction) if !fraction.is_finite() => line.push("null"),
            Value::Fraction(fraction) => line.push(format_args!("{fraction:?}")),
            Value::Text(text) => line.string(text),
            Value::Shown(shown) => line.string(shown),
        }
    }
    line.push("}\n");
    line.0
}

const fn style(level: Level) -> Style {
    match level {
        Level::Off | Level::Error => Style::Red,
        Level::Warn => Style::Yellow,
        Level::Info => Style::Green,
        Level::Debug => Style::Blue,
    }
}

#[derive(Default)]
struct Line(String);

impl Line {
    fn push(&mut self, shown: impl fmt::Display) {
        // Writing to a string fails only where what is shown does; then the line says what it can.
        let _ = write!(self.0, "{shown}");
    }

    /// A string of JSON (RFC 8259 §7).
    fn string(&mut self, shown: &dyn fmt::Display) {
        self.push('"');
        self.escaped(&shown, json_escape);
        self.push('"');
    }

    fn escaped<E: fmt::Display>(&mut self, shown: &dyn fmt::Display, escape: impl Fn(char) -> Option<E>) {
        let _ = write!(Escaping { line: self, escape }, "{shown}");
    }
}

fn json_escape(c: char) -> Option<JsonEscape> {
    (c.is_control() || c == '"' || c == '\\').then_some(JsonEscape(c))
}

struct JsonEscape(char);

impl fmt::Display for JsonEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            '"' | '\\' => write!(f, "\\{}", self.0),
            // All control characters have one unit in UTF-16.
            c => write!(f, "\\u{:04x}", u32::from(c)),
        }
    }
}

/// Passes on what is written to it, but for some characters.
struct Escaping<'a, F> {
    line: &'a mut Line,
    escape: F,
}

impl<E: fmt::Display, F: Fn(char) -> Option<E>> fmt::Write for Escaping<'_, F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match (self.escape)(c) {
                Some(escaped) => self.line.push(escaped),
                None => self.line.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [Field<'_>; 5] = [
        ("id", Value::Number(7)),
        ("peer", Value::Shown(&"127.0.0.1:1\n\x1B[31m")),
        ("app", Value::Text("li\"ve\n\x1B\\")),
        ("key", Value::None),
        ("seconds", Value::Fraction(2.0)),
    ];

    #[test]
    fn text_is_for_people() {
        assert_eq!(
            text(
                Colours::No,
                SystemTime::UNIX_EPOCH,
                Level::Warn,
                "refused",
                &FIELDS
            ),
            "1970-01-01T00:00:00.000000Z  WARN refused id=7 peer=127.0.0.1:1\\n\\u{1b}[31m \
             app=\"li\\\"ve\\n\\u{1b}\\\\\" seconds=2.0\n"
        );
    }

    #[test]
    fn a_terminal_gets_colours() {
        assert_eq!(
            text(
                Colours::Yes,
                SystemTime::UNIX_EPOCH,
                Level::Info,
                "stopped",
                &[("id", 7_u64.into())]
            ),
            "\x1B[2m1970-01-01T00:00:00.000000Z\x1B[0m \x1B[32m INFO\x1B[0m stopped \
             \x1B[3mid\x1B[0m\x1B[2m=\x1B[0m7\n"
        );
    }

    #[test]
    fn json_is_for_programs() {
        assert_eq!(
            json(SystemTime::UNIX_EPOCH, Level::Warn, "refused", &FIELDS),
            concat!(
                r#"{"timestamp":"1970-01-01T00:00:00.000000Z","level":"WARN","message":"refused","id":7,"#,
                r#""peer":"127.0.0.1:1\u000a\u001b[31m","app":"li\"ve\u000a\u001b\\","seconds":2.0}"#,
                "\n"
            )
        );
    }
}
