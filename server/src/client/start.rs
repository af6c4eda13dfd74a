//! Where to begin in the midst of a stream.

use std::collections::VecDeque;
use std::time::Duration;

use rtmp_core::media::{Class, Headers, MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

use crate::timeline::is_frame;

/// Leaves out what lies before a time, and all up to the next key frame from there on; begins with the headers that are in
/// force then.
#[derive(Debug)]
pub(crate) struct Start(State);

#[derive(Debug)]
enum State {
    Skipping {
        from: From,
        headers: Headers,
        has_video: bool,
    },
    Passing,
}

#[derive(Clone, Copy, Debug)]
enum From {
    /// Milliseconds from the first frame on.
    First(u32),
    At(Timestamp),
}

impl Start {
    /// So long after the first frame. Timestamps are compared over 24 days, no more.
    pub(crate) fn after(time: Duration) -> Self {
        let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        if millis == 0 {
            Self(State::Passing)
        } else {
            Self::at(From::First(millis.min(i32::MAX.unsigned_abs())))
        }
    }

    fn at(from: From) -> Self {
        Self(State::Skipping {
            from,
            // A file's headers are not a peer's: they have no limit but the file's own.
            headers: Headers::new(usize::MAX),
            has_video: false,
        })
    }

    /// What is to be sent when this message comes: nothing, the message, or headers and then the message.
    pub(crate) fn take(&mut self, message: MediaMessage) -> VecDeque<MediaMessage> {
        let State::Skipping {
            from,
            headers,
            has_video,
        } = &mut self.0
        else {
            return [message].into();
        };
        let (class, timestamp) = (message.class(), message.timestamp);
        *has_video |= message.kind == MediaKind::Video;
        headers.note(&message);
        if !is_frame(class) {
            return VecDeque::new();
        }
        let at = match *from {
            From::First(millis) => timestamp.wrapping_add(millis),
            From::At(at) => at,
        };
        *from = From::At(at);
        if timestamp.since(at) < 0 || (*has_video && class != Class::Keyframe) {
            return VecDeque::new();
        }
        // Headers belong to the frame that follows them.
        let headers = headers.iter().map(|header| MediaMessage {
            timestamp,
            ..header.clone()
        });
        let all = headers.chain([message]).collect();
        self.0 = State::Passing;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{audio, header, inter, key};

    fn taken(after: u64, messages: Vec<MediaMessage>) -> Vec<(bool, u32)> {
        let mut start = Start::after(Duration::from_millis(after));
        let taken = messages.into_iter().flat_map(|message| start.take(message));
        taken
            .map(|message| (message.class().is_header(), message.timestamp.as_millis()))
            .collect()
    }

    #[test]
    fn it_begins_with_headers_and_the_next_key_frame() {
        let file = vec![
            header(0),
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
