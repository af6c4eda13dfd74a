//! The time of a stream whose source comes and goes.

mod delivered;
mod splice;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

pub(crate) use splice::{Splice, is_frame, timestamp};

use delivered::{Delivered, Print};

/// Places what several sources send, one after the other, or one that was lost and found again, on one timeline.
///
/// The first source's timestamps stay as they are. After that:
///
/// - What has been delivered is not delivered twice: a server that has gone on meanwhile begins with its newest key
///   frame, which is an old one here. A stream that overlaps in this way goes on as if nothing had been. A file that
///   begins anew is no such stream.
/// - Otherwise video begins at a key frame, and frames keep their timestamps if these go on rising, and lie no farther ahead
///   than time has passed. If not, the new source's time begins where that of the old one would be by now.
///
/// A source whose time jumps back within itself is taken for another one.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    splice: Splice,
    /// When the latest frame was delivered.
    since: Option<Instant>,
    joint: Joint,
    /// Frames of video that depend on others are of no use yet.
    lacks_key_frame: bool,
    delivered: Delivered,
}

#[derive(Clone, Copy, Debug, Default)]
enum Joint {
    /// In the middle of a source, or before the first.
    #[default]
    None,
    /// Between two sources.
    Open,
    /// The source has begun with what had been delivered: it is the same one. With which frame, and when.
    Overlapping { first: Timestamp, since: Instant },
}

/// How much farther than time has passed the next source may lie ahead, to be believed: a server may have had a little
/// more in store than the last time.
const AHEAD: Duration = Duration::from_secs(10);

/// What a server has in store it sends as fast as it can. What comes as slowly as it is played, for so long, is sent anew.
const REPLAY: Duration = Duration::from_secs(1);

impl Timeline {
    /// A timeline without a source.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The same, on which the first source's time begins at zero.
    pub(crate) fn from_zero() -> Self {
        Self {
            splice: Splice::from_zero(),
            ..Self::default()
        }
    }

    /// What follows comes from another source, or from a place in the same one that may lie before or behind.
    pub(crate) fn restart(&mut self) {
        if self.last().is_some() {
            self.joint = Joint::Open;
            self.lacks_key_frame = true;
        }
    }

    /// Whoever was given all this has gone: what follows is for others, who have had nothing of it.
    pub(crate) fn forget(&mut self) {
        self.restart();
        self.delivered = Delivered::default();
    }

    /// The place of the latest frame that was delivered, in milliseconds.
    pub(crate) fn last(&self) -> Option<i64> {
        self.splice.last()
    }

    /// The message at its place; `None` if it has been delivered before, or can't be decoded here.
    pub(crate) fn place(&mut self, message: MediaMessage, now: Instant) -> Option<MediaMessage> {
        let class = message.class();
        let place = if is_frame(class) {
            self.place_frame(&message, class, now)?
        } else {
            self.beside(&message)
        };
        Some(MediaMessage {
            timestamp: timestamp(place),
            ..message
        })
    }

    fn place_frame(&mut self, message: &MediaMessage, class: Class, now: Instant) -> Option<i64> {
        let print = Print::of(message);
        if !matches!(self.joint, Joint::None) && self.delivered.has(print) {
            if self.is_replayed(message.timestamp, print, now) {
                // Whether it was a key frame: what it was the beginning of has been delivered with it.
                self.lacks_key_frame = false;
                return None;
            }
            self.forget();
        }
        if message.kind == MediaKind::Video && self.lacks_key_frame {
            match class {
                Class::Keyframe | Class::TrackKeyframe { .. } => self.lacks_key_frame = false,
                // Nobody knows what it depends on.
                Class::Opaque => {}
                _ => return None,
            }
        }
        let place = self.join(message, now);
        self.delivered.add(print, class);
        Some(place)
    }

    /// Whether a frame that has been delivered comes again because its server has kept it.
    fn is_replayed(&mut self, timestamp: Timestamp, print: Print, now: Instant) -> bool {
        if self.delivered.began_with(print) {
            return false;
        }
        let (first, since) = match self.joint {
            Joint::Overlapping { first, since } => (first, since),
            Joint::None | Joint::Open => (timestamp, now),
        };
        self.joint = Joint::Overlapping { first, since };
        let passed = now.saturating_duration_since(since);
        passed < REPLAY || i64::from(timestamp.since(first)) >= millis(passed.saturating_mul(2))
    }

    /// The place of a frame that is delivered.
    fn join(&mut self, message: &MediaMessage, now: Instant) -> i64 {
        let passed = self
            .since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        if let Joint::Open = std::mem::take(&mut self.joint) {
            let distance = self.splice.distance(message.timestamp);
            if distance > 0 && distance <= millis(passed.saturating_add(AHEAD)) {
                self.splice.go_on();
            } else {
                self.splice.begin();
                self.delivered.begin();
            }
        }
        let latest = self.last();
        let place = self.splice.place_behind(message, millis(passed));
        if self.last() > latest {
            self.since = Some(now);
        }
        place
    }

    /// The place of what is no frame.
    fn beside(&mut self, message: &MediaMessage) -> i64 {
        match (self.joint, self.last()) {
            (Joint::Open | Joint::Overlapping { .. }, Some(last)) => last,
            _ => self.splice.place(message),
        }
    }
}

/// No more than half of the circle on which timestamps are compared.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// Twelve days.
const LONGEST: i64 = 1 << 30;
