//! When which message of which length is due.

use std::time::{Duration, Instant};

/// A message of one of the streams.
#[derive(Clone, Copy)]
pub(crate) struct Message {
    pub(crate) due: Instant,
    pub(crate) stream: usize,
    pub(crate) len: usize,
}

/// The messages of all streams, in order and without end. Streams are evenly out of step.
///
/// A stream is as `rtmp bench publish` makes it: 30 frames and 43 AAC frames per second, a key frame every two seconds
/// that weighs five others, which differ by a fifth.
pub(crate) struct Pace {
    /// Those of a group of pictures.
    messages: Vec<Message>,
    next: usize,
}

const GOP: usize = 60;
const GOP_TIME: Duration = Duration::from_secs(2);
const AUDIO_FRAMES: usize = 86;
const AUDIO_LEN: usize = 371;
/// A chunk's basic header and message header (RTMP 1.0 §5.3.1).
const HEADER: usize = 12;
/// More than a key frame has.
pub(crate) const MAX_LEN: usize = 1 << 20;

impl Pace {
    pub(crate) fn new(streams: usize, bitrate: usize) -> Self {
        let begin = Instant::now();
        let inter = bitrate / 8 * 2 / (GOP + 4);
        let frame_interval = GOP_TIME / GOP as u32;
        let mut messages = Vec::new();
        for stream in 0..streams {
            let first = begin + frame_interval * stream as u32 / streams as u32;
            messages.extend((0..GOP).map(|frame| Message {
                due: first + frame_interval * frame as u32,
                stream,
                len: HEADER
                    + if frame == 0 {
                        inter * 5
                    } else {
                        inter * (80 + frame * 18 % 41) / 100
                    },
            }));
            messages.extend((0..AUDIO_FRAMES).map(|frame| Message {
                due: first + GOP_TIME * frame as u32 / AUDIO_FRAMES as u32,
                stream,
                len: HEADER + AUDIO_LEN,
            }));
        }
        messages.sort_by_key(|message| message.due);
        Self { messages, next: 0 }
    }
}

impl Iterator for Pace {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let message = self.messages.get_mut(self.next)?;
        let this = *message;
        message.due += GOP_TIME;
        self.next = (self.next + 1) % self.messages.len();
        Some(this)
    }
}
