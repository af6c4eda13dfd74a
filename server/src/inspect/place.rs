//! Where something was found.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Where a tag of a file, or a message of a recording, begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    /// Of a file: the bytes in front of the tag. Of a recording: those that the peer sent in front of the message,
    /// as far as they were recorded.
    pub(super) byte: u64,
    /// Of a recording: seconds from the connection's first segment to the message's last byte.
    #[serde(
        rename = "seconds",
        serialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) time: Option<Duration>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.byte)?;
        match self.time {
            Some(time) => write!(f, " ({:.3} s)", time.as_secs_f64()),
            None => Ok(()),
        }
    }
}

fn seconds<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}
