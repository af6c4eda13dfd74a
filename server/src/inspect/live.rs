//! A stream as it comes from a server.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use rtmp_core::amf0::{Object, Value};
use rtmp_core::media::MediaMessage;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::amf;
use super::place::Place;
use super::track::{Tracks, TracksReader};
use super::track_facts::TracksFacts;
use super::track_text::{praise_line, tracks_lines};

/// Reads a stream while it comes.
#[derive(Default)]
pub(crate) struct LiveReader {
    tracks: TracksReader,
    /// Of all messages so far.
    bytes: u64,
}

impl LiveReader {
    /// Takes the next message; `after`: since the stream was asked for.
    pub(crate) fn take(&mut self, message: &MediaMessage, after: Duration) {
        let place = Place {
            byte: self.bytes,
            time: Some(after),
        };
        self.tracks.take(message, place);
        self.bytes += message.payload.len() as u64;
    }

    pub(crate) fn finish(self) -> Live {
        Live(self.tracks.finish())
    }
}

/// What a stream was like: its tracks, and what is wrong with them.
#[derive(Debug)]
pub(crate) struct Live(Tracks);

impl Live {
    /// What keeps somebody from playing it well, in words.
    pub(crate) fn faults(&self) -> impl Iterator<Item = String> {
        let findings = self.0.findings.iter();
        findings
            .filter(|finding| finding.trouble.is_wrong())
            .map(ToString::to_string)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That nothing is wrong, if that is so; for who has found nothing else.
    pub(crate) fn praise(&self, f: &mut Formatter<'_>) -> fmt::Result {
        praise_line(&self.0, f)
    }
}

/// What was found, and the tracks. With ANSI escape sequences, as all reports on tracks.
impl Display for Live {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        tracks_lines(&self.0, f)
    }
}

impl Serialize for Live {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TracksFacts::of([(None, &self.0)]).serialize(serializer)
    }
}

/// An object of a command as programs read it.
pub(crate) fn object_json(object: &Object<'_>) -> Json {
    amf::json(&Value::Object(object.clone()))
}
