//! What a server says about a request or a stream: the information object of `onStatus`, `_result` and `_error` (RTMP 1.0
//! §7.2.2).

use std::fmt;

use crate::amf0::{Object, Value};
use crate::message::Command;

/// How it went, what happened, and a sentence for a person. It comes from the server: texts are cut to 512 characters, and
/// control characters are left out, so that it can go to a log or a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// `status`, `warning` or `error`.
    pub level: String,
    /// What happened, `NetStream.Publish.Start` and the like.
    pub code: String,
    /// In words; mostly empty or the same for all.
    pub description: String,
    /// Which stream it is about; mostly empty.
    pub details: String,
}

/// Characters of a text that are kept.
const MAX_TEXT: usize = 512;

impl Status {
    pub(super) fn of(information: Option<&Object<'_>>) -> Self {
        let text = |key| {
            let text = information.and_then(|object| object.get(key));
            printable(text.and_then(Value::as_str).unwrap_or_default())
        };
        Self {
            level: text("level"),
            code: text("code"),
            description: text("description"),
            details: text("details"),
        }
    }

    /// Something was refused or went wrong.
    pub fn is_error(&self) -> bool {
        self.level == "error"
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.code, &*self.description) {
            ("", "") => f.write_str("without a reason"),
            (code, "") => f.write_str(code),
            ("", description) => f.write_str(description),
            (code, description) => write!(f, "{code}: {description}"),
        }
    }
}

/// A server's words, to be shown.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

/// The information object: the last one there is. That of the answer to `connect` has one with properties before it, and
/// some servers put it where the command object belongs.
pub(super) fn information<'a, 'b>(command: &'a Command<'b>) -> Option<&'a Object<'b>> {
    let arguments = command.arguments.iter().rev();
    arguments.chain([&command.object]).find_map(Value::as_object)
}
