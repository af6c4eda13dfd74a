//! What has to be said before a stream's next frame means anything.

use super::audio::{AudioCodec, AudioTag};
use super::video::{VideoCodec, VideoTag};
use super::{Class, MediaMessage};
use crate::limits::Limits;

/// The headers in force at one point of a stream, in the order in which they came: metadata, and one of each class of each
/// track. Whoever begins there is given them before the first frame.
#[derive(Clone, Debug)]
pub struct Headers {
    all: Vec<(Class, MediaMessage)>,
    max_len: usize,
}

impl Headers {
    /// None yet, and room for so many bytes of payload.
    pub const fn new(max_len: usize) -> Self {
        Self {
            all: Vec::new(),
            max_len,
        }
    }

    /// Takes note of the next message of a stream; `true` if it is a header, and is kept. One that there is no room for ends the
    /// reign of the last one all the same.
    pub fn note(&mut self, message: &MediaMessage) -> bool {
        self.note_as(message.class(), message)
    }

    /// The same of a message of this class.
    pub(crate) fn note_as(&mut self, class: Class, message: &MediaMessage) -> bool {
        if class == Class::ClearMetadata {
            self.all.retain(|(known, _)| *known != Class::Metadata);
        }
        if !class.is_header() {
            return false;
        }
        // A new one stands behind all others.
        let payload = &message.payload;
        self.all
            .retain(|(known, header)| !outdates((class, payload), (*known, &header.payload)));
        let kept: usize = self.iter().map(|header| header.payload.len()).sum();
        let has_room = kept.saturating_add(payload.len()) <= self.max_len;
        if has_room {
            self.all.push((class, message.clone()));
        }
        has_room
    }

    /// Whether this very header is in force, with whatever timestamp.
    pub fn has(&self, message: &MediaMessage) -> bool {
        self.iter()
            .any(|header| header.kind == message.kind && header.payload == message.payload)
    }

    /// None are in force.
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The headers, each with the timestamp that it came with.
    pub fn iter(&self) -> impl Iterator<Item = &MediaMessage> {
        self.all.iter().map(|(_, message)| message)
    }
}

/// Room for [`Limits::max_kept_headers`] as it is by default.
impl Default for Headers {
    fn default() -> Self {
        Self::new(Limits::default().max_kept_headers)
    }
}

/// Whether a header, of this class and payload, ends the reign of another one: of one of its own class; and of what was said of
/// a track's video or audio in another codec, which players would take for something about the new one.
pub(crate) fn outdates((class, payload): (Class, &[u8]), (known, of_known): (Class, &[u8])) -> bool {
    match (class, known) {
        (Class::VideoSequenceHeader { track }, Class::VideoMetadata { track: of }) => {
            track == of && video_codec(payload) != video_codec(of_known)
        }
        (Class::AudioSequenceHeader { track }, Class::MultichannelConfig { track: of }) => {
            track == of && audio_codec(payload) != audio_codec(of_known)
        }
        _ => class == known,
    }
}

/// The codec of a message's first track.
fn video_codec(payload: &[u8]) -> Option<VideoCodec> {
    match VideoTag::parse(payload) {
        Ok(VideoTag::Packets(mut packets)) => Some(packets.next()?.ok()?.codec),
        Ok(VideoTag::Empty | VideoTag::Command(_)) | Err(_) => None,
    }
}

/// The codec of a message's first track.
fn audio_codec(payload: &[u8]) -> Option<AudioCodec> {
    match AudioTag::parse(payload) {
        Ok(AudioTag::Packets(mut packets)) => Some(packets.next()?.ok()?.codec),
        Ok(AudioTag::Silence) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MediaKind;
    use crate::media::metadata::Metadata;
    use crate::units::Timestamp;

    fn message(kind: MediaKind, payload: &'static [u8]) -> MediaMessage {
        MediaMessage {
            kind,
            timestamp: Timestamp::ZERO,
            payload: payload.into(),
        }
    }

    fn video(payload: &'static [u8]) -> MediaMessage {
        message(MediaKind::Video, payload)
    }

    #[test]
    fn the_last_of_each_class_is_in_force() {
        let mut headers = Headers::default();
        let metadata = Metadata::default().to_message(Timestamp::ZERO);
        let avc = video(b"\x17\0\0\0\0\x01\x64\0\x1F\xFF");
        let aac = message(MediaKind::Audio, b"\xAF\0\x12\x10");
        let other = message(MediaKind::Audio, b"\xAF\0\x11\x90");
        let frame = video(b"\x17\x01\0\0\0\0\0\0\x01\x65");
        for header in [&metadata, &aac, &avc, &other] {
            assert!(headers.note(header));
        }
        assert!(!headers.note(&frame));
        assert!(headers.has(&other) && !headers.has(&aac) && !headers.has(&frame));
        let in_force: Vec<_> = headers.iter().collect();
        assert_eq!(in_force, [&metadata, &avc, &other]);
        let clear = message(MediaKind::Data, b"\x02\0\x0F@clearDataFrame\x02\0\x0AonMetaData");
        assert!(!headers.note(&clear));
        assert_eq!(headers.iter().count(), 2);
    }

    #[test]
    fn what_there_is_no_room_for_is_not_kept_and_neither_is_what_it_replaces() {
        let mut headers = Headers::new(12);
        let (short, long) = (
            video(b"\x17\0\0\0\0\x01"),
            video(b"\x17\0\0\0\0\x01\x64\0\x1F\xFF"),
        );
        assert!(headers.note(&message(MediaKind::Audio, b"\xAF\0\x12\x10")));
        assert!(headers.note(&short));
        assert!(!headers.note(&long));
        assert!(!headers.has(&long) && !headers.has(&short));
        assert!(headers.note(&short), "there is room again");
    }

    /// Enhanced RTMP: frame type 4 with packet type 4 (metadata), or 1 with 0 (sequence start), and the FourCC.
    #[test]
    fn what_was_said_of_another_codec_is_not_in_force() {
        let mut headers = Headers::default();
        let details = video(b"\xD4hvc1\x02\0\x09colorInfo\x05");
        assert!(matches!(details.class(), Class::VideoMetadata { .. }));
        headers.note(&video(b"\x90hvc1\x01"));
        headers.note(&details);
        headers.note(&video(b"\x90hvc1\x02"));
        assert!(headers.has(&details), "the codec is the same");
        headers.note(&video(b"\x90av01\x81"));
        assert!(!headers.has(&details));
        assert_eq!(headers.iter().count(), 1);
    }
}
