//! What has been delivered.

use std::collections::VecDeque;

use rtmp_core::media::{Class, MediaKind, MediaMessage};

/// The frames that have been delivered last.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    prints: VecDeque<Print>,
    /// The key frame with which the source has begun, and the newest one.
    key_frames: Option<(Print, Print)>,
}

/// A frame as its source has it: when, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print(u64);

impl Print {
    pub(super) fn of(message: &MediaMessage) -> Self {
        let kind = match message.kind {
            MediaKind::Audio => 8,
            MediaKind::Video => 9,
            MediaKind::Data => 18,
        };
        let content = crc32c::crc32c_append(kind, &message.payload);
        Self(u64::from(message.timestamp.as_millis()) << 32 | u64::from(content))
    }
}

impl Delivered {
    /// Frames remembered: half a minute of video and audio, longer than from one key frame to the next. 16 KiB.
    pub(super) const MOST: usize = 2048;

    /// Another source begins.
    pub(super) fn begin(&mut self) {
        self.key_frames = None;
    }

    pub(super) fn add(&mut self, print: Print, class: Class) {
        if self.prints.len() == Self::MOST {
            self.prints.pop_front();
        }
        self.prints.push_back(print);
        if class == Class::Keyframe {
            let (first, _) = self.key_frames.unwrap_or((print, print));
            self.key_frames = Some((first, print));
        }
    }

    /// Asked only where two sources meet.
    pub(super) fn has(&self, print: Print) -> bool {
        self.prints.contains(&print)
    }

    /// Whether the source has begun with this key frame, and has sent others since. A server keeps the newest; what begins
    /// with the first begins anew.
    pub(super) fn began_with(&self, print: Print) -> bool {
        matches!(self.key_frames, Some((first, newest)) if first == print && newest != print)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.prints.len()
    }
}
