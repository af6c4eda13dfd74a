//! Messages for tests, of a few bytes each.

use rtmp_core::media::{MediaKind, MediaMessage};
use rtmp_core::units::Timestamp;

pub(crate) fn message(kind: MediaKind, millis: u32, payload: &'static [u8]) -> MediaMessage {
    MediaMessage {
        kind,
        timestamp: Timestamp::from_millis(millis),
        payload: payload.into(),
    }
}

/// AVC, frame type 1, coded frames.
pub(crate) fn key(millis: u32) -> MediaMessage {
    message(MediaKind::Video, millis, b"\x17\x01\0\0\0\0\0\0\x01\x65")
}

/// The same with frame type 2.
pub(crate) fn inter(millis: u32) -> MediaMessage {
    message(MediaKind::Video, millis, b"\x27\x01\0\0\0\0\0\0\x01\x41")
}

/// AAC, a raw frame.
pub(crate) fn audio(millis: u32) -> MediaMessage {
    message(MediaKind::Audio, millis, b"\xAF\x01\x21")
}

/// The sequence header of AVC.
pub(crate) fn header(millis: u32) -> MediaMessage {
    message(MediaKind::Video, millis, b"\x17\0\0\0\0\x01\x64\0\x1F\xFF")
}
