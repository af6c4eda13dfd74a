//! Where in a file to begin.

use std::collections::VecDeque;
use std::time::Duration;

use rtmp_core::media::{Class, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

use crate::client::{Headers, is_frame};

/// Leaves out what lies before a time, and all up to the next key frame behind it.
#[derive(Debug)]
pub(super) struct Start {
    millis: i64,
    state: State,
}

#[derive(Debug)]
enum State {
    Skipping {
        headers: Headers,
        /// The first frame's.
        first: Option<Timestamp>,
        has_video: bool,
    },
    Passing,
}

impl Start {
    /// `after`: from the first frame on.
    pub(super) fn new(after: Duration) -> Self {
        let skipping = State::Skipping {
            headers: Headers::default(),
            first: None,
            has_video: false,
        };
        Self {
            millis: i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            state: if after.is_zero() { State::Passing } else { skipping },
        }
    }

    /// What is to be sent when this message comes: nothing, the message, or headers and then the message.
    pub(super) fn take(&mut self, message: MediaMessage) -> VecDeque<MediaMessage> {
        let State::Skipping {
            headers,
            first,
            has_video,
        } = &mut self.state
        else {
            return [message].into();
        };
        let class = message.class();
        *has_video |= message.kind == MediaKind::Video;
        if headers.note(&message) || !is_frame(class) {
            return VecDeque::new();
        }
        let first = *first.get_or_insert(message.timestamp);
        let is_late_enough = i64::from(message.timestamp.since(first)) >= self.millis;
        if !is_late_enough || (*has_video && class != Class::Keyframe) {
            return VecDeque::new();
        }
        // Headers belong to the frame that follows them.
        let timestamp = message.timestamp;
        let headers = headers.iter().map(|header| MediaMessage {
            timestamp,
            ..header.clone()
        });
        let all = headers.chain([message]).collect();
        self.state = State::Passing;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::from_millis(millis),
            payload: payload.into(),
        }
    }

    fn sequence_header() -> MediaMessage {
        message(MediaKind::Video, 0, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF")
    }

    fn key(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x17\x01\0\0\0\0\0\0\x01\x65")
    }

    fn inter(millis: u32) -> MediaMessage {
        message(MediaKind::Video, millis, b"\x27\x01\0\0\0\0\0\0\x01\x41")
    }

    fn audio(millis: u32) -> MediaMessage {
        message(MediaKind::Audio, millis, b"\xAF\x01\x21")
    }

    fn taken(after: u64, messages: Vec<MediaMessage>) -> Vec<(bool, u32)> {
        let mut start = Start::new(Duration::from_millis(after));
        let taken = messages.into_iter().flat_map(|message| start.take(message));
        taken
            .map(|message| (message.class().is_header(), message.timestamp.as_millis()))
            .collect()
    }

    #[test]
    fn it_begins_with_headers_and_the_next_key_frame() {
        let file = vec![
            sequence_header(),
            key(1000),
            audio(1000),
            inter(1500),
            key(2000),
            audio(2000),
            inter(2500),
            audio(2501),
            key(3000),
            audio(3000),
        ];
        assert_eq!(
            taken(1200, file.clone()),
            [(true, 3000), (false, 3000), (false, 3000)]
        );
        assert_eq!(taken(1000, file.clone())[..2], [(true, 2000), (false, 2000)]);
        assert_eq!(taken(0, file.clone()).len(), file.len());
        assert_eq!(taken(2500, file), []);
    }

    #[test]
    fn sound_alone_may_begin_anywhere() {
        let file = vec![audio(0), audio(23), audio(46), audio(69)];
        assert_eq!(taken(40, file), [(false, 46), (false, 69)]);
    }
}
